"""How many nodes each rule looks at in a graph: what a score is a share of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from provkg.graph.terms import PROVKG
from provkg.validate.engine import Validation
from provkg.validate.findings import Rule
from provkg.validate.profiles import code_of, load_shapes
from provkg.validate.shapes import find_targeted


def count_considered(data: ox.Store, rules: Iterable[Rule]) -> dict[str, int]:
    """Code → how many nodes of the graph its rule says something about, which may be none.

    These are the targets of the rule's shapes, or fewer where the rule says so itself (provkg:considers). A
    rule without targets, which judges the graph as a whole, looks at one thing.
    """
    wanted = {rule.code for rule in rules}
    shapes = load_shapes(tuple(sorted({rule.profile for rule in rules})))
    validation = Validation(data, shapes)
    found: dict[str, set[Any]] = {}
    for node in find_targeted(shapes):
        code = code_of(node.value) if isinstance(node, ox.NamedNode) else ""
        if code in wanted:
            found.setdefault(code, set()).update(_find_considered(validation, node))
    whole = int(len(data) > 0)
    return {code: len(found[code]) if code in found else whole for code in sorted(wanted)}


def _find_considered(validation: Validation, node: Any) -> Iterable[Any]:
    shape = validation.get_shape(node)
    queries = shape.values_of(PROVKG.considers)
    if not queries:
        return validation.find_focus_nodes(shape)
    rows: Any = validation.data.query(queries[0].value)
    return (row["this"] for row in rows)
