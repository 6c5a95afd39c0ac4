"""What every kind of constraint works with: value nodes in, violations out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyoxigraph as ox

from provkg.validate.results import Term
from provkg.validate.shapes import Shape

Values = Mapping[Any, list[Any]]
"""Focus node → its value nodes."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What a constraint finds: a result without what its shape adds to it."""

    component: Any
    focus: Any
    value: Any = None
    path: str | None = None
    """Where it is another one than the shape's."""
    messages: tuple[str, ...] | None = None
    """Where they are others than the shape's."""


class Validation(Protocol):
    """A data graph held to a shapes graph, as far as constraints need it."""

    data: ox.Store
    shapes: ox.Store

    def get_shape(self, node: Any) -> Shape:
        """The shape that a node of the shapes graph stands for."""

    def find_instances(self, kind: Any) -> Iterator[Term]:
        """The instances of a class and of its subclasses in the data graph; some more than once."""

    def find_failing(self, node: Any, nodes: Iterable[Any]) -> set[Any]:
        """Those of the nodes that do not conform to the shape that `node` stands for."""

    def parse_list(self, node: Any) -> list[Any]:
        """The members of a list in the shapes graph."""


def distinct(values: Values) -> list[Any]:
    """All value nodes of all focus nodes, each once."""
    return list(dict.fromkeys(value for found in values.values() for value in found))
