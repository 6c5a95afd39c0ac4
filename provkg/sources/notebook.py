"""Notebooks: every nbformat from 1 to 4.5, taken from the JSON as it stands.

`nbformat.read` invents other cell ids at each reading and takes four times as long, so it is not used;
nbformat's converters are, for formats 1 to 3. What breaks the format's rules is repaired with a problem:
one odd cell is no reason to lose the others.
"""

# mypy: untyped-calls-exclude=nbformat
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from provkg.errors import SourceError
from provkg.facts.factset import Problem
from provkg.identity import digest_bytes
from provkg.sources.decoding import Report, normalise_newlines, read_bytes
from provkg.sources.document import Cell, CellKind, Document
from provkg.sources.language import find_language
from provkg.sources.notebook_json import decode_json, load_json

Json = Any
"""A value as `json.loads` gives it."""

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""The grammar of nbformat 4.5."""

_KINDS: dict[str, CellKind] = {
    "code": "code",
    "markdown": "markdown",
    "raw": "raw",
    "heading": "markdown",
    "html": "markdown",
    "text": "markdown",
}

_MAPPINGS_IN_METADATA = ("kernelspec", "language_info", "papermill", "widgets")

_OUTPUT_FIELDS: dict[str, dict[str, tuple[type, ...]]] = {
    "stream": {"name": (str,), "text": (str, list)},
    "display_data": {"data": (dict,), "metadata": (dict,)},
    "execute_result": {"data": (dict,), "metadata": (dict,)},
    "error": {"ename": (str,), "evalue": (str,), "traceback": (list,)},
}


def read_notebook(path: Path, name: str) -> Document:
    """The notebook in the file `path`, called `name` from here on.

    Raises:
        SourceError: the file cannot be read, or is no notebook.
    """
    return parse_notebook(read_bytes(path, name), name)


def parse_notebook(data: bytes, name: str) -> Document:
    """The notebook that `data` holds; all that was odd about it stands in its problems.

    Raises:
        SourceError: this is no notebook.
    """
    digest, size_bytes = digest_bytes(data), len(data)
    problems: list[Problem] = []

    def report(message: str) -> None:
        problems.append(Problem(name, message))

    text = decode_json(data, report)
    del data  # 100 MB of outputs need not lie in memory twice
    notebook = load_json(text, name, report)
    del text
    _check_is_notebook(notebook, name)
    major, minor = _read_version(notebook, report)
    metadata = _read_metadata(notebook, report)
    cells = _read_cells(_find_cells(notebook, major, report), report)
    return Document(
        path=name,
        kind="notebook",
        format=f"nbformat {major}.{minor}",
        language=find_language(metadata, _find_cell_language(notebook)),
        cells=cells,
        digest=digest,
        size_bytes=size_bytes,
        metadata=metadata,
        problems=tuple(problems),
    )


def as_nbformat(data: bytes, name: str) -> Any:
    """The notebook that `data` holds as nbformat has it, in its newest format: what runs notebooks takes.

    Raises:
        SourceError: this is no notebook.
    """
    from nbformat import convert, from_dict

    notebook = load_json(decode_json(data, lambda message: None), name, lambda message: None)
    _check_is_notebook(notebook, name)
    try:
        return from_dict(convert(from_dict(notebook), 4))
    except Exception as error:  # nbformat's converters fail in many ways
        raise SourceError(f"this notebook cannot be run: {error}", path=name) from error


def _check_is_notebook(notebook: Json, name: str) -> None:
    if not isinstance(notebook, dict):
        what = {list: "a list", str: "a text", type(None): "null"}.get(type(notebook), "a number")
        raise SourceError(f"this is JSON but not a notebook: {what}", path=name)
    if "cells" not in notebook and "worksheets" not in notebook:
        raise SourceError("this is JSON but not a notebook: it has no cells", path=name)


def _read_version(notebook: dict[str, Json], report: Report) -> tuple[int, int]:
    """Major and minor number of the format; what the layout looks like where they are not stated."""
    major, minor = notebook.get("nbformat"), notebook.get("nbformat_minor", 0)
    if type(major) is not int or major < 1:
        major = 4 if "cells" in notebook else 3
        report(f"it does not say its format; read as nbformat {major}")
    elif major > 4:
        report(f"nbformat {major} is newer than this provkg knows; read as nbformat 4")
    if type(minor) is not int:
        report("its nbformat_minor is not a number; read as 0")
        minor = 0
    return major, minor


def _read_metadata(notebook: dict[str, Json], report: Report) -> dict[str, Json]:
    """The notebook's metadata, in which the parts that everybody reads are objects or absent."""
    metadata = _read_mapping(notebook, "metadata", report)
    odd = [key for key in _MAPPINGS_IN_METADATA if not isinstance(metadata.get(key, {}), dict)]
    for key in odd:
        report(f"its metadata.{key} is not an object; left out")
    return {key: value for key, value in metadata.items() if key not in odd} if odd else metadata


# --- cells, wherever the format keeps them -------------------------------------------------------------


def _find_cells(notebook: dict[str, Json], major: int, report: Report) -> list[Json]:
    """All cells in the shape of nbformat 4."""
    if "cells" not in notebook:
        if major >= 4:
            report(f"it says nbformat {major} but is laid out as nbformat 3")
        return _upgrade_cells(_iterate_worksheets(notebook, report), min(major, 3), report)
    cells = _as_list(notebook["cells"], "its list of cells", report)
    if major == 1:
        return _upgrade_cells(cells, 1, report)
    if major < 4:
        report(f"it says nbformat {major} but is laid out as nbformat 4")
    return cells


def _iterate_worksheets(notebook: dict[str, Json], report: Report) -> Iterator[Json]:
    for worksheet in _as_list(notebook["worksheets"], "its list of worksheets", report):
        if isinstance(worksheet, dict):
            yield from _as_list(worksheet.get("cells", []), "the list of cells of a worksheet", report)
        else:
            report("a worksheet is not an object; kept as a cell")
            yield worksheet


def _find_cell_language(notebook: dict[str, Json]) -> str:
    """The language that the code cells of nbformat 2 and 3 state; Python where none does."""
    if "worksheets" in notebook:
        for cell in _iterate_worksheets(notebook, lambda message: None):
            if isinstance(cell, dict) and isinstance(language := cell.get("language"), str) and language:
                return find_language({"kernelspec": {"language": language}})
    return "python"


def _upgrade_cells(cells: Iterable[Json], major: int, report: Report) -> list[Json]:
    """Cells of nbformat 1 to 3 in the shape of nbformat 4; of a broken one, as much as is whole."""
    upgraded = []
    for index, cell in enumerate(cells):
        try:
            upgraded.append(_convert_cell(cell, major) if isinstance(cell, dict) else cell)
        except (AttributeError, LookupError, NameError, TypeError, ValueError, RecursionError):
            report(f"cell {index + 1}: breaks the rules of nbformat {major}; read as far as it goes")
            upgraded.append(_salvage_cell(cell))
    return upgraded


def _salvage_cell(cell: dict[str, Json]) -> dict[str, Json]:
    """A cell of nbformat 1 to 3 under the names of nbformat 4, its outputs as they are."""
    texts = (cell[key] for key in ("input", "source", "code", "text") if key in cell)
    count = {"execution_count": cell["prompt_number"]} if "prompt_number" in cell else {}
    return {**cell, "source": next(texts, ""), **count}


def _convert_cell(cell: dict[str, Json], major: int) -> dict[str, Json]:
    """A cell of nbformat 1 to 3 in the shape of nbformat 4, by nbformat's own converters."""
    from nbformat import from_dict
    from nbformat.v2.convert import upgrade as upgrade_v1
    from nbformat.v3.rwbase import rejoin_lines
    from nbformat.v4.convert import upgrade_cell

    if cell["cell_type"] == "code":
        cell = {"outputs": [], **cell}
    if major == 1:
        notebook = upgrade_v1(from_dict({"nbformat": 1, "cells": [cell]}))
    else:
        notebook = from_dict({"worksheets": [{"cells": [cell]}]})
    upgraded = upgrade_cell(rejoin_lines(notebook).worksheets[0].cells[0])
    del upgraded["id"]  # invented at random
    plain: dict[str, Json] = json.loads(json.dumps(upgraded))
    return plain


# --- one cell -------------------------------------------------------------------------------------------


def _read_cells(cells: list[Json], report: Report) -> tuple[Cell, ...]:
    ids = Counter(cell["id"] for cell in cells if isinstance(cell, dict) and isinstance(cell.get("id"), str))
    repeated = {cell_id for cell_id, count in ids.items() if count > 1} if len(ids) < ids.total() else set()
    for cell_id in sorted(repeated):
        report(
            f"the cell id {cell_id[:64]!r} stands for {ids[cell_id]} cells; their positions are used instead"
        )
    return tuple([_read_cell(cell, index, repeated, report) for index, cell in enumerate(cells)])


def _read_cell(cell: Json, index: int, repeated_ids: set[str], report: Report) -> Cell:
    def note(message: str) -> None:
        report(f"cell {index + 1}: {message}")

    if not isinstance(cell, dict):
        note("is not an object; kept as raw text")
        return Cell(index, "raw", normalise_newlines(_as_text(cell)))
    return Cell(
        index=index,
        kind=_read_kind(cell, note),
        source=_read_source(cell, note),
        id=_read_id(cell, repeated_ids, note),
        execution_count=_read_count(cell, note),
        outputs=_read_outputs(cell, note),
        metadata=_read_mapping(cell, "metadata", note),
        attachments=_read_attachments(cell, note),
    )


def _read_kind(cell: dict[str, Json], note: Report) -> CellKind:
    cell_type = cell.get("cell_type")
    kind = _KINDS.get(cell_type) if isinstance(cell_type, str) else None
    if kind:
        return kind
    if cell_type is None and not {"outputs", "execution_count", "input"}.isdisjoint(cell):
        note("does not say its type; read as code")
        return "code"
    note(f"is of unknown type {_as_text(cell_type)[:40]!r}; read as raw")
    return "raw"


def _read_source(cell: dict[str, Json], note: Report) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        try:
            source = "".join(source)
        except TypeError:
            note("lines of its source are not texts; kept as they are written")
            source = "".join(map(_as_text, source))
    elif not isinstance(source, str):
        note("its source is not a text" if "source" in cell else "has no source")
        source = _as_text(cell.get("input", "") if source is None else source)
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        source = "#" * (level if type(level) is int and 1 <= level <= 6 else 1) + " " + source
    return normalise_newlines(source)


def _read_id(cell: dict[str, Json], repeated_ids: set[str], note: Report) -> str | None:
    cell_id = cell.get("id")
    if cell_id is None:
        return None
    if not isinstance(cell_id, str) or not _CELL_ID.fullmatch(cell_id):
        note(f"its id {_as_text(cell_id)[:40]!r} is not a valid one; its position is used instead")
        return None
    return None if cell_id in repeated_ids else cell_id


def _read_count(cell: dict[str, Json], note: Report) -> int | None:
    count = cell.get("execution_count")
    if count is None or type(count) is int:
        return count
    note(f"its execution count {_as_text(count)[:40]!r} is not a whole number; left out")
    return None


def _read_attachments(cell: dict[str, Json], note: Report) -> Mapping[str, Mapping[str, Json]]:
    if "attachments" not in cell:
        return {}
    attachments = _read_mapping(cell, "attachments", note)
    odd = [name for name, bundle in attachments.items() if not isinstance(bundle, dict)]
    for name in odd:
        note(f"its attachment {name[:40]!r} is not an object; left out")
    return {name: bundle for name, bundle in attachments.items() if name not in odd} if odd else attachments


def _read_outputs(cell: dict[str, Json], note: Report) -> tuple[Mapping[str, Json], ...]:
    outputs = cell.get("outputs", [])
    if outputs == []:
        return ()
    listed = _as_list(outputs, "its list of outputs", note)
    if len(listed) == 1:
        return (_read_output(listed[0], note),)
    return tuple(_join_streams([_read_output(output, note) for output in listed]))


def _join_streams(outputs: list[Mapping[str, Json]]) -> Iterator[Mapping[str, Json]]:
    """The outputs, in which what a cell wrote to one stream without a break is one output.

    Some tools save each write on its own: half a million of them are one text all the same.
    """
    for stream, group in groupby(outputs, _stream_of):
        first, *rest = group
        if stream is None or not rest:
            yield first
            yield from rest
        else:
            yield {**first, "text": "".join(map(_stream_text, (first, *rest)))}


def _stream_of(output: Mapping[str, Json]) -> tuple[str | None] | None:
    """The name of the stream that an output belongs to, if it has one; None for other outputs."""
    return (output.get("name"),) if output["output_type"] == "stream" else None


def _stream_text(output: Mapping[str, Json]) -> str:
    return "".join(output.get("text", ()))


def _read_output(output: Json, note: Report) -> Mapping[str, Json]:
    """`output` itself where it is well formed; else a copy with the odd fields as texts, or left out."""
    if not isinstance(output, dict):
        note("an output is not an object; kept as text")
        return {"output_type": "display_data", "data": {"text/plain": _as_text(output)}, "metadata": {}}
    output_type = output.get("output_type")
    fields = _OUTPUT_FIELDS.get(output_type) if isinstance(output_type, str) else None
    if fields is None:
        note(f"an output is of unknown type {_as_text(output_type)[:40]!r}")
        return {**output, "output_type": _as_text(output_type)}
    odd = [
        field for field, types in fields.items() if field in output and not _is_field(output[field], types)
    ]
    return _repair_output(output, odd, fields, note) if odd else output


def _is_field(value: Json, types: tuple[type, ...]) -> bool:
    """Is `value` of one of the types and, if it is a list, a list of texts?"""
    return isinstance(value, types) and (not isinstance(value, list) or set(map(type, value)) <= {str})


def _repair_output(
    output: dict[str, Json], odd: list[str], fields: dict[str, tuple[type, ...]], note: Report
) -> Mapping[str, Json]:
    repaired = dict(output)
    for field in odd:
        note(f"the {field} of an output is not what the format asks for")
        value = repaired.pop(field)
        if isinstance(value, list) and list in fields[field]:
            repaired[field] = [_as_text(line) for line in value]
        elif value is not None and dict not in fields[field]:
            repaired[field] = _as_text(value) if str in fields[field] else [_as_text(value)]
        elif value is not None and field == "data":
            repaired[field] = {"text/plain": _as_text(value)}
    return repaired


# --- repairs --------------------------------------------------------------------------------------------


def _read_mapping(owner: dict[str, Json], key: str, note: Report) -> dict[str, Json]:
    value = owner.get(key)
    if isinstance(value, dict):
        return value
    if key in owner:
        note(f"its {key} is not an object; left out")
    return {}


def _as_list(value: Json, what: str, report: Report) -> list[Json]:
    """`value` if it is a list; else what it holds, as a list."""
    if isinstance(value, list):
        return value
    report(f"{what} is not a list")
    if isinstance(value, dict) and value and all(isinstance(item, dict) for item in value.values()):
        return list(value.values())
    return [] if value is None or value == {} else [value]


def _as_text(value: Json) -> str:
    """A text for itself, nothing for null, the JSON of anything else."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "…"
