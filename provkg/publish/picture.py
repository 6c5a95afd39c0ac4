"""The lineage of a program as a drawing: what its cells read, what they give each other, what they write.

Drawn here and not by Graphviz, whose drawings differ between versions: files that are read on the left, cells
in the middle in their order, files that are written and models on the right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from provkg.publish.study import Cell, DataFile, Program, Study

WIDTH, BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN = 940, 250, 44, 16, 12
COLUMNS = (MARGIN, (WIDTH - BOX_WIDTH) // 2, WIDTH - BOX_WIDTH - MARGIN)
"""Where the boxes of each column begin."""
MOST_BOXES = 60
"""Boxes in one column: more cannot be read."""
LONGEST_LINE = 32


@dataclass(frozen=True, slots=True)
class Box:
    """A thing in the drawing."""

    iri: str
    column: int
    title: str
    note: str
    kind: str
    """A class of the style: file, cell or model."""


Place = tuple[int, int]


def draw_lineage(study: Study, program: Program) -> str:
    """The drawing of a program as SVG; empty where its cells read and write nothing."""
    boxes, edges = find_boxes(study, program)
    if not edges:
        return ""
    places = lay_out(boxes)
    height = MARGIN + max(y for _, y in places.values()) + BOX_HEIGHT
    title = escape(f"What {program.path} reads, does and writes")
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{title}</title>",
        *(draw_edge(places, one, other) for one, other in edges if one in places and other in places),
        *(line for box in boxes for line in draw_box(box, places[box.iri])),
        "</svg>",
    ]
    return "\n".join(lines)


def find_boxes(study: Study, program: Program) -> tuple[list[Box], list[tuple[str, str]]]:
    """The boxes of a program, column by column, and from which to which data go."""
    cells = [cell for cell in study.cells_of(program.version) if cell.kind == "code"]
    models = [told.model for told in study.models if told.model.place.path == program.path]
    trained = {
        model.iri: cell.iri for model in models for cell in cells if cell.position == model.place.position
    }
    wanted = find_telling(cells, trained.values())
    read = dict.fromkeys(iri for cell in wanted for iri in cell.reads)
    written = dict.fromkeys(iri for cell in wanted for iri in cell.writes if iri not in read)
    files = {file.iri: file for file in study.files}
    ends = [(iri, column) for column, iris in ((0, read), (2, written)) for iri in list(iris)[:MOST_BOXES]]
    boxes = [tell_file(files[iri], column) for iri, column in ends if iri in files]
    boxes += [Box(cell.iri, 1, first_line(cell), tell_cell(cell), "cell") for cell in wanted]
    boxes += [
        Box(model.iri, 2, model.variable or "model", (model.class_name or "").rpartition(".")[2], "model")
        for model in models
        if model.iri in trained
    ]
    return boxes, find_edges(wanted, trained)


def tell_file(file: DataFile, column: int) -> Box:
    """The box of a file."""
    return Box(file.iri, column, name_file(file.path or file.locator), size(file.size_bytes), "file")


def find_telling(cells: Sequence[Cell], trained: Iterable[str]) -> list[Cell]:
    """The cells between data that come in and what comes out, in their order."""
    by_iri = {cell.iri: cell for cell in cells}
    ends = {*trained, *(cell.iri for cell in cells if cell.writes)}
    starts = {cell.iri for cell in cells if cell.reads}
    needed = reach(ends or starts, {cell.iri: cell.depends_on for cell in cells})
    after: dict[str, list[str]] = {}
    for cell in cells:
        for other in cell.depends_on:
            after.setdefault(other, []).append(cell.iri)
    fed = reach(starts or ends, after)
    chosen = (needed & fed) | starts | ends
    return [cell for iri, cell in by_iri.items() if iri in chosen][:MOST_BOXES]


def reach(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that edges lead to, the starts included."""
    found, waiting = set(starts), list(starts)
    while waiting:
        for each in edges.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def find_edges(cells: Sequence[Cell], trained: Mapping[str, str]) -> list[tuple[str, str]]:
    """From which box to which data go."""
    known = {cell.iri for cell in cells}
    edges = [(iri, cell.iri) for cell in cells for iri in cell.reads]
    edges += [(other, cell.iri) for cell in cells for other in cell.depends_on if other in known]
    edges += [(cell.iri, iri) for cell in cells for iri in cell.writes]
    edges += [(cell, model) for model, cell in trained.items()]
    return list(dict.fromkeys(edges))


def lay_out(boxes: Sequence[Box]) -> dict[str, Place]:
    """Where each box stands: one below the other in each column, all columns centred."""
    heights = {column: sum(box.column == column for box in boxes) for column in (0, 1, 2)}
    tallest = max(heights.values())
    places: dict[str, Place] = {}
    for column in (0, 1, 2):
        top = MARGIN + (tallest - heights[column]) * (BOX_HEIGHT + GAP) // 2
        for index, box in enumerate(box for box in boxes if box.column == column):
            places.setdefault(box.iri, (COLUMNS[column], top + index * (BOX_HEIGHT + GAP)))
    return places


def draw_edge(places: Mapping[str, Place], one: str, other: str) -> str:
    """A line from one box to another; between cells it bends to the side."""
    (x1, y1), (x2, y2) = places[one], places[other]
    middle = BOX_HEIGHT // 2
    if x1 == x2:
        bend = min(70, 16 + abs(y2 - y1) // 8)
        path = f"M{x1} {y1 + middle}C{x1 - bend} {y1 + middle} {x2 - bend} {y2 + middle} {x2} {y2 + middle}"
        return f'<path class="inner" d="{path}"/>'
    start, end = (x1 + BOX_WIDTH, x2) if x1 < x2 else (x1, x2 + BOX_WIDTH)
    half = (start + end) // 2
    path = f"M{start} {y1 + middle}C{half} {y1 + middle} {half} {y2 + middle} {end} {y2 + middle}"
    return f'<path d="{path}"/>'


def draw_box(box: Box, place: Place) -> Iterator[str]:
    """A box with its title and a note below it."""
    x, y = place
    yield f'<g class="{box.kind}"><rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
    yield f'<text x="{x + 10}" y="{y + 18}">{escape(shorten(box.title))}</text>'
    if box.note:
        yield f'<text class="note" x="{x + 10}" y="{y + 35}">{escape(shorten(box.note))}</text>'
    yield "</g>"


def name_file(path: str) -> str:
    """A path, or its end where it is long."""
    return path if len(path) <= LONGEST_LINE else "…" + path[1 - LONGEST_LINE :]


def first_line(cell: Cell) -> str:
    """The first line of a cell that is no comment and no import."""
    lines = [line.strip() for line in cell.source.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("#", "import ", "from ", "%"))]
    return next(iter(telling or lines), "")


def tell_cell(cell: Cell) -> str:
    """Which cell it is, and what it is for."""
    return f"cell {cell.position}" + (f" · {', '.join(cell.phases)}" if cell.phases else "")


def size(number: int | None) -> str:
    """A size for people."""
    if number is None:
        return ""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            break
        number //= 1000
    return f"{number:,}\N{NO-BREAK SPACE}{unit}"


def shorten(text: str) -> str:
    """A text that fits into a box."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
