"""Graphs under a new base: where they are deposited, or under the DOI that they have got since.

Names below the old base are rewritten, once and everywhere; names of content (`ni:`), libraries, people and
pages have no base of ours and stay. Each program and file under its new name is `prov:alternateOf` the one
under its old name, so that graphs that speak of the old one can be joined.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from provkg.errors import GraphError
from provkg.graph.iris import check_base
from provkg.graph.terms import PROV, PROVKG
from provkg.identity import encode_path


def find_bases(quads: Iterable[Quad]) -> dict[str, list[str]]:
    """Base → the names below it of the programs that the quads describe."""
    found: dict[str, dict[str, None]] = {}
    for quad in quads:
        if quad.predicate == PROVKG.path and isinstance(quad.object, Literal):
            name = encode_path(quad.object.value)
            iri = str(getattr(quad.subject, "value", ""))
            if iri.endswith(("/" + name, "#" + name)):
                found.setdefault(iri.removesuffix(name), {})[name] = None
    return {base: sorted(names) for base, names in sorted(found.items())}


def rebase_quads(quads: Iterable[Quad], new: str) -> list[Quad]:
    """The quads with every name below an old base below the new one, and the links to the old names.

    Raises:
        GraphError: two programs would have one name.
        SettingsError: names cannot stand behind the new base.
    """
    check_base(new)
    quads = list(quads)
    bases = [base for base in find_bases(quads) if base != new]
    check_clashes(find_bases(quads), new)
    links = [link for quad in quads if (link := link_to_old(quad, bases, new)) is not None]
    moved = [Quad(*(rebase(term, bases, new) for term in quad)) for quad in quads]
    return list(dict.fromkeys([*moved, *links]))


def link_to_old(quad: Quad, bases: Iterable[str], new: str) -> Quad | None:
    """What leads from a new name to the old one, where the quad tells the path of a program or file."""
    if quad.predicate != PROVKG.path:
        return None
    iri, name = str(getattr(quad.subject, "value", "")), encode_path(str(getattr(quad.object, "value", "")))
    if not any(iri == base + name for base in bases):
        return None
    graph = rebase(quad.graph_name, bases, new)
    return Quad(rebase(quad.subject, bases, new), PROV.alternateOf, quad.subject, graph)


def check_clashes(bases: dict[str, list[str]], new: str) -> None:
    """Find out that programs of several bases have one name.

    Raises:
        GraphError: they have.
    """
    seen: dict[str, str] = {}
    for base, names in bases.items():
        for name in names:
            if name in seen:
                raise GraphError(
                    f"{seen[name]}{name} and {base}{name} would both be {new}{name}",
                    hint="publish them one by one, each with a base of its own",
                )
            seen[name] = base


def rebase(term: Any, bases: Iterable[str], new: str) -> Any:
    """A term under the new base, where it stands below an old one."""
    if not isinstance(term, NamedNode):
        return term
    for base in bases:
        if term.value.startswith(base):
            return NamedNode(new + term.value[len(base) :])
    return term
