"""What led to something, or what came of it: as a tree, as JSON, and as drawings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from provkg.errors import GraphError, MissingExtra
from provkg.query.lineage import Edge, Lineage, Node, far_end, neighbours
from provkg.report.answers import WIDEST
from provkg.report.text import printable
from provkg.report.trained import shorten, tell_place

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

DEEPEST = 8
"""Branches within branches; what lies deeper is told in a tree of its own, so that it fits a terminal."""

MOST_LINES = 500
MOST_NAMES = 5
"""Things told before that are named in one line."""

# --- words ----------------------------------------------------------------------------------------------


def tell_place_in_full(node: Node, folder: str = "") -> str:
    """Where a thing stands: "analysis.ipynb cell 4, line 2", below a folder that need not be told."""
    if node.place is None or node.kind in ("notebook", "script"):
        return ""
    path = node.place.path.removeprefix(folder)
    return path if node.kind == "cell" else f"{path} {tell_place(node.place)}"


def common_folder(found: Lineage) -> str:
    """The folder in which all the programs lie, with a slash behind it; "" where there is none."""
    folders = {node.place.path.rpartition("/")[0] for node in found.nodes.values() if node.place is not None}
    common = posixpath.commonpath(folders) if folders and all(folders) else ""
    return f"{common}/" if common else ""


def tell_name(node: Node) -> str:
    """What a thing is called, for people."""
    return {"write": "written", "read": "read"}.get(node.kind, node.name)


def tell_kind(node: Node) -> str:
    """What a thing is, where its name does not say so, and what else is known of it."""
    if node.kind == "model":
        return f"model {node.detail}".strip()
    kind = "" if node.kind in ("variable", "write", "read", "cell", "thing") else node.kind
    return ", ".join(filter(None, (kind if not node.detail.startswith(("=", "on ")) else "", node.detail)))


def tell_role(edge: Edge | None) -> str:
    """What data are to a training; nothing where it is only data."""
    return edge.role if edge is not None and edge.role not in (None, "data") else ""


# --- a tree ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Branch:
    """Things in a row, each of which leads to the next alone, and the branches that part from the last."""

    things: list[tuple[Edge | None, str]] = field(default_factory=list)
    told: dict[str, list[str]] = field(default_factory=dict)
    """Thing of the row → what it leads to as well, told before."""
    branches: list[Branch] = field(default_factory=list)


def grow(found: Lineage, start: str, seen: set[str], ways: Mapping[str, Sequence[Edge]]) -> Branch:
    """The tree of what a start leads to; what is in `seen` is not gone into again."""
    root = Branch([(None, start)])
    seen.add(start)
    waiting = [root]
    while waiting:
        branch = waiting.pop()
        thing = branch.things[-1][1]
        if len(branch.things) == 1 and branch is not root and thing in seen:
            # an earlier branch, which was told meanwhile, came here first
            continue
        new = _walk(found, branch, seen, ways)
        branch.branches = [Branch([(edge, far_end(edge, found.is_backward))]) for edge in new]
        waiting += reversed(branch.branches)
    return root


def _walk(found: Lineage, branch: Branch, seen: set[str], ways: Mapping[str, Sequence[Edge]]) -> list[Edge]:
    """Lengthen a branch while its last thing leads to one new thing only; gives the edges where it parts."""
    while True:
        thing = branch.things[-1][1]
        seen.add(thing)
        edges = ways.get(thing, ())
        told = [edge for edge in edges if far_end(edge, found.is_backward) in seen]
        new = [edge for edge in edges if edge not in told]
        if told:
            branch.told[thing] = [far_end(edge, found.is_backward) for edge in told]
        if len(new) != 1:
            return new
        branch.things.append((new[0], far_end(new[0], found.is_backward)))


def print_tree(found: Lineage, stream: TextIO) -> None:
    """What was found, fitted to a terminal; elsewhere each thing is one line, however long."""
    from rich.console import Console

    console = Console(file=stream, highlight=False, width=None if stream.isatty() else WIDEST)
    with console.capture() as capture:
        for tree in _trees(found):
            console.print(tree, no_wrap=True, overflow="ellipsis", crop=True)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    stream.writelines(f"{line}\n" for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        stream.write(f"… and {len(lines) - MOST_LINES} lines more: take --depth, or -f json for all\n")


def _trees(found: Lineage) -> Iterator[Tree]:
    """The trees of all starts, and of what lies too deep in one."""
    ways, seen = neighbours(found), set[str]()
    for start in found.starts:
        if start in seen:
            continue
        later = [grow(found, start, seen, ways)]
        while later:
            yield _draw(found, later.pop(0), later)


def _draw(found: Lineage, root: Branch, later: list[Branch]) -> Tree:
    """A tree of rich; branches that lie too deep are put into `later`."""
    from rich.tree import Tree

    folder = common_folder(found)
    tree = Tree(_tell_row(found, folder, root), highlight=False)
    waiting = [(root, tree, 1)]
    while waiting:
        branch, parent, depth = waiting.pop()
        for each in branch.branches:
            thing = each.things[0][1]
            if depth < DEEPEST or not each.branches:
                waiting.append((each, parent.add(_tell_row(found, folder, each)), depth + 1))
            else:
                parent.add(_tell(found, folder, None, thing, "  (continued below)"))
                later.append(each)
    return tree


def _tell_row(found: Lineage, folder: str, branch: Branch) -> Text:
    """The things of a row, a line each; what leads to the next stands behind an arrow."""
    from rich.text import Text

    lines = []
    arrow = "← " if found.is_backward else "→ "
    for index, (edge, thing) in enumerate(branch.things):
        told = branch.told.get(thing, ())
        lead = arrow if index else ""
        lines.append(Text.assemble(lead, _tell(found, folder, edge, thing)))
        if told:
            lines.append(Text(f"{'  ' if index else ''}{arrow}{_tell_told(found, told)}", "dim"))
    return Text("\n").join(lines)


def _tell(found: Lineage, folder: str, edge: Edge | None, thing: str, end: str = "") -> Text:
    from rich.text import Text

    node = found.nodes[thing]
    parts: list[str | tuple[str, str]] = []
    if role := tell_role(edge):
        parts.append((f"{role}: ", "italic"))
    parts.append((printable(tell_name(node)), "bold"))
    if kind := tell_kind(node):
        parts.append(f"  {printable(kind)}")
    if place := tell_place_in_full(node, folder):
        parts.append((f"  {printable(place)}", "cyan"))
    if node.code:
        parts.append((f"  {printable(shorten(node.code))}", "dim"))
    return Text.assemble(*parts, end)


def _tell_told(found: Lineage, told: Sequence[str]) -> str:
    """The names of things that were told before."""
    names = list(dict.fromkeys(printable(tell_name(found.nodes[each])) for each in told))
    rest = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{rest} (told above)"


# --- JSON -----------------------------------------------------------------------------------------------


def lineage_to_json(found: Lineage) -> dict[str, Any]:
    """What was found as JSON can say it.

    `nodes`, nearest first: id, kind, name, distance; where known notebook, cell (from 1), line, code, detail.
    `edges`: from, to, relation, role; they go the way of the data, whichever way was asked.
    """
    return {
        "direction": "backward" if found.is_backward else "forward",
        "starts": found.starts,
        "complete": not found.is_cut and not found.left_out,
        "nodes": [_node_to_json(found, node) for node in found.nodes.values()],
        "edges": [
            {"from": edge.cause, "to": edge.effect, "relation": edge.relation}
            | ({"role": edge.role} if edge.role else {})
            for edge in found.edges
        ],
    }


def _node_to_json(found: Lineage, node: Node) -> dict[str, Any]:
    told: dict[str, Any] = {"id": node.iri, "kind": node.kind, "name": node.name}
    told["distance"] = found.distances[node.iri]
    if node.place is not None:
        told |= {"notebook": node.place.path, "cell": node.place.position, "line": node.place.line}
    told |= {"code": node.code, "detail": node.detail}
    return {key: value for key, value in told.items() if value not in (None, "")}


# --- drawings -------------------------------------------------------------------------------------------

SHAPES = {"model": "box3d", "measure": "diamond", "output": "note", "error": "note"} | dict.fromkeys(
    ("file", "url", "database", "dataset", "directory", "synthetic", "memory"), "cylinder"
)
"""Kind of a thing → its shape in Graphviz; all others are boxes."""

MERMAID_SHAPES = {
    "box3d": ('[["', '"]]'),
    "diamond": ('{{"', '"}}'),
    "note": ('>"', '"]'),
    "cylinder": ('[("', '")]'),
}
"""Shape in Graphviz → what stands around a label in Mermaid."""


def _label(node: Node) -> list[str]:
    """What stands in the box of a thing, line by line."""
    kind, place = tell_kind(node), tell_place_in_full(node)
    return [shorten(printable(each)) for each in (tell_name(node), kind, place, node.code) if each]


def write_dot(found: Lineage) -> str:
    """What was found in the language of Graphviz; arrows go the way of the data."""
    ids = {iri: f"n{index}" for index, iri in enumerate(found.nodes)}
    lines = ["digraph lineage {", "  rankdir=LR", '  node [shape=box, fontname="sans-serif", fontsize=10]']
    lines += ['  edge [fontname="sans-serif", fontsize=9]']
    for iri, node in found.nodes.items():
        label = r"\n".join(map(_escape_dot, _label(node)))
        style = ", penwidth=2" if iri in found.starts else ""
        lines.append(f'  {ids[iri]} [label="{label}", shape={SHAPES.get(node.kind, "box")}{style}]')
    for edge in found.edges:
        role = tell_role(edge)
        said = f' [label="{_escape_dot(role)}"]' if role else ""
        lines.append(f"  {ids[edge.cause]} -> {ids[edge.effect]}{said}")
    return "\n".join([*lines, "}", ""])


def _escape_dot(text: str) -> str:
    """A text as it stands between quotes; Graphviz reads HTML's entities in it, and escapes of its own."""
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', r"\"")


def write_mermaid(found: Lineage) -> str:
    """What was found as a flow chart of Mermaid; arrows go the way of the data."""
    ids = {iri: f"n{index}" for index, iri in enumerate(found.nodes)}
    lines = ["flowchart LR"]
    for iri, node in found.nodes.items():
        opened, closed = MERMAID_SHAPES.get(SHAPES.get(node.kind, "box"), ('["', '"]'))
        lines.append(f"  {ids[iri]}{opened}{'<br/>'.join(map(_escape_mermaid, _label(node)))}{closed}")
    for edge in found.edges:
        role = tell_role(edge)
        said = f'|"{_escape_mermaid(role)}"|' if role else ""
        lines.append(f"  {ids[edge.cause]} -->{said} {ids[edge.effect]}")
    starts = ",".join(ids[start] for start in found.starts)
    return "\n".join([*lines, *([f"  style {starts} stroke-width:3px"] if starts else []), ""])


_SAFE = re.compile(r"[^\w .,:=+/()'-]")


def _escape_mermaid(text: str) -> str:
    """A text as it stands between quotes: what may mean something to Mermaid is told by its number."""
    return _SAFE.sub(lambda match: f"#{ord(match[0])};", text)


def draw_svg(dot: str) -> bytes:
    """A drawing in the language of Graphviz as SVG.

    Raises:
        MissingExtra: the library is not installed.
        GraphError: the program `dot` is not, or it fails.
    """
    try:
        import graphviz
    except ImportError as error:
        raise MissingExtra(
            "drawing needs the library graphviz", hint="install it: pip install 'provkg[draw]'"
        ) from error
    try:
        drawn: bytes = graphviz.Source(dot).pipe(format="svg")
    except graphviz.ExecutableNotFound as error:
        raise GraphError(
            "drawing needs the program dot of Graphviz, which is not installed",
            hint="apt install graphviz, brew install graphviz or conda install graphviz; or take -f dot",
        ) from error
    except graphviz.CalledProcessError as error:
        raise GraphError(f"dot cannot draw it: {error}", hint="take -f dot or -f mermaid") from error
    return drawn


# --- beside the answer ----------------------------------------------------------------------------------


def tell_notes(found: Lineage, word: str) -> Iterable[str]:
    """What a reader should know of an answer: that it is not all, or is of several things."""
    if len(found.starts) > 1:
        yield f"{word!r} stands for {len(found.starts)} things; NOTEBOOK:NAME narrows it down to one notebook"
    if found.left_out:
        yield f"{found.left_out} more are called so, and were left out"
    if found.is_cut:
        yield "there is more beyond this depth: take a greater --depth, or none"


def tell_nothing(found: Lineage, word: str) -> str:
    """That nothing leads on from the starts, why that may be, and what to try."""
    node = found.nodes[found.starts[0]]
    place = tell_place_in_full(node)
    what = f"{word} ({', '.join(filter(None, (node.kind, place)))})"
    if found.is_backward:
        why = "it is where data come in, or the program that made it was not extracted"
        ask = "see what came of it: --forward"
    else:
        why = "nothing that was extracted reads it"
        ask = "see what led to it: --backward"
    said = "nothing that is known led to" if found.is_backward else "nothing that is known came of"
    return f"provkg: {said} {printable(what)}\n  {why}\n  {ask}; functions and imports as well: --all"
