"""Notebooks as they are found: whole, odd, broken, and what only looks like one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.errors import SourceError
from provkg.identity import digest_bytes
from provkg.sources import notebook_json
from provkg.sources.document import Document
from provkg.sources.notebook import parse_notebook, read_notebook


def notebook(*cells: Any, **fields: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **fields}


def code(source: Any = "", **fields: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {**empty, "source": source, **fields}


def parse(value: Any) -> Document:
    return parse_notebook(json.dumps(value).encode(), "a.ipynb")


def messages(document: Document) -> list[str]:
    assert all(problem.where == "a.ipynb" for problem in document.problems)
    return [problem.message for problem in document.problems]


def sources(document: Document) -> list[str]:
    return [cell.source for cell in document.cells]


def refusal(data: bytes) -> SourceError:
    with pytest.raises(SourceError) as caught:
        parse_notebook(data, "a.ipynb")
    assert "\n" not in str(caught.value)
    return caught.value


# --- whole notebooks ------------------------------------------------------------------------------------


def test_a_well_formed_notebook_is_taken_as_it_stands() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n", "2\n"]}
    value = notebook(
        {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": ["# Title\n", "text"],
         "attachments": {"a.png": {"image/png": "aGk="}}},
        code("print(1)", id="c-1", execution_count=3, outputs=[output], metadata={"tags": ["parameters"]}),
        {"cell_type": "raw", "id": "r_1", "metadata": {}, "source": "raw"},
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )  # fmt: skip
    document = parse(value)
    assert document.problems == ()
    assert (document.path, document.kind, document.format) == ("a.ipynb", "notebook", "nbformat 4.5")
    assert document.metadata == value["metadata"]
    first, second, third = document.cells
    assert (first.kind, first.source, first.id) == ("markdown", "# Title\ntext", "intro")
    assert first.attachments == {"a.png": {"image/png": "aGk="}}
    assert (second.kind, second.source, second.id, second.execution_count) == ("code", "print(1)", "c-1", 3)
    assert second.outputs == (output,)
    assert second.metadata == {"tags": ["parameters"]}
    assert (third.kind, third.source, third.index, third.first_line) == ("raw", "raw", 2, 1)
    assert document.code_cells == (second,)


def test_digest_and_size_are_of_the_bytes_of_the_file() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(notebook()).encode()
    document = parse_notebook(data, "a.ipynb")
    assert (document.digest, document.size_bytes) == (digest_bytes(data), len(data))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_byte_order_marks_and_wide_encodings_are_understood(encoding: str) -> None:
    data = json.dumps(notebook(code("é = '😀'")), ensure_ascii=False).encode(encoding)
    document = parse_notebook(data, "a.ipynb")
    assert (sources(document), messages(document)) == (["é = '😀'"], [])


def test_latin_1_is_the_last_resort_and_said() -> None:
    data = json.dumps(notebook(code("é")), ensure_ascii=False).encode("latin-1")
    document = parse_notebook(data, "a.ipynb")
    assert sources(document) == ["é"]
    assert messages(document) == [f"not valid UTF-8 (byte {data.index(0xE9) + 1}); read as Latin-1"]


def test_a_large_notebook_with_emoji_reads_the_same_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(notebook(code('é😀 \\ " \u2028' * 50)), ensure_ascii=False).encode()
    small = parse_notebook(data, "a.ipynb")
    monkeypatch.setattr(notebook_json, "LARGE", 1)
    monkeypatch.setattr(notebook_json, "_BLOCK", 7)
    assert parse_notebook(data, "a.ipynb") == small
    assert parse_notebook(b"\xef\xbb\xbf" + data, "a.ipynb").cells == small.cells
    assert sources(parse_notebook(data.replace("é".encode(), b"\xe9"), "a.ipynb"))[0].startswith("é")


def test_windows_newlines_become_plain_ones() -> None:
    assert sources(parse(notebook(code(["a\r\n", "b\r", "c"]), code("d\r\ne")))) == ["a\nb\nc", "d\ne"]


def test_nul_bytes_stay_in_the_source() -> None:
    document = parse(notebook(code("a\0b")))
    assert (sources(document), messages(document)) == (["a\0b"], [])


def test_raw_control_characters_are_read_around() -> None:
    document = parse_notebook(
        b'{"nbformat": 4, "cells": [{"cell_type": "raw", "source": "a\tb"}]}', "a.ipynb"
    )
    assert sources(document) == ["a\tb"]
    assert messages(document)[0].startswith("not strictly JSON")


def test_a_number_of_thousands_of_digits_is_read_around() -> None:
    data = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "a", "execution_count": %s}]}' % (
        b"9" * 9000
    )
    document = parse_notebook(data, "a.ipynb")
    assert (sources(document), document.cells[0].execution_count) == (["a"], None)


# --- lone surrogates ------------------------------------------------------------------------------------


def test_lone_surrogates_become_replacement_characters_everywhere() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": ["ok", "\udc00"]}
    value = notebook(code("a\ud800b", outputs=[output]), metadata={"\ud800k": {"x": "\udfff"}})
    document = parse(value)
    assert document.cells[0].source == "a\ufffdb"
    assert document.cells[0].outputs[0]["text"] == ["ok", "\ufffd"]
    assert document.metadata == {"\ufffdk": {"x": "\ufffd"}}
    assert messages(document) == ["lone surrogates were replaced by U+FFFD in 4 texts"]
    json.dumps([document.cells[0].source, document.metadata], ensure_ascii=False).encode()


def test_a_pair_of_surrogates_is_one_character_and_no_problem() -> None:
    document = parse(notebook(code("😀")))
    assert (sources(document), messages(document)) == (["😀"], [])


def test_surrogates_written_as_bytes_are_replaced_too() -> None:
    data = json.dumps(notebook(code("é X"))).encode().replace(b"X", b"\xed\xa0\x80")
    document = parse_notebook(data, "a.ipynb")
    assert sources(document) == ["é \ufffd"]
    assert messages(document) == ["lone surrogates were replaced by U+FFFD"]


def test_text_about_surrogates_is_left_alone() -> None:
    document = parse(notebook(code(r"'\ud800'")))
    assert (sources(document), messages(document)) == ([r"'\ud800'"], [])


# --- odd cells ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "source", "message"),
    [
        ({"source": 7}, "7", "cell 1: its source is not a text"),
        ({"source": None}, "", "cell 1: its source is not a text"),
        ({"source": {"a": 1}}, '{"a": 1}', "cell 1: its source is not a text"),
        (
            {"source": ["a\n", 2, None, "\nb"]},
            "a\n2\nb",
            "cell 1: lines of its source are not texts; kept as they are written",
        ),
    ],
)
def test_a_source_of_the_wrong_type_is_kept_as_text(fields: Any, source: str, message: str) -> None:
    document = parse(notebook(code(**fields)))
    assert (sources(document), messages(document)) == ([source], [message])


def test_a_cell_without_source_is_empty_or_has_its_old_input() -> None:
    document = parse(notebook({"cell_type": "code"}, {"cell_type": "code", "input": "x = 1"}))
    assert sources(document) == ["", "x = 1"]
    assert messages(document) == ["cell 1: has no source", "cell 2: has no source"]


def test_cells_that_are_no_objects_keep_their_place_and_text() -> None:
    document = parse(notebook("import this", 3, None, code("x")))
    assert [(cell.kind, cell.source) for cell in document.cells] == [
        ("raw", "import this"), ("raw", "3"), ("raw", ""), ("code", "x")
    ]  # fmt: skip
    assert messages(document) == [f"cell {n}: is not an object; kept as raw text" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(None, []), ({}, []), ({"0": code("a"), "1": code("b")}, ["a", "b"]), (code("a"), ["a"]), ("a", ["a"])],
)
def test_cells_that_are_no_list_are_still_read(cells: Any, expected: list[str]) -> None:
    document = parse(notebook(cells=cells))
    assert [source[:1] for source in sources(document)] == expected
    assert messages(document)[0] == "its list of cells is not a list"


def test_unknown_cell_types_are_raw() -> None:
    document = parse(notebook({"cell_type": "sql", "source": "a"}, {"cell_type": ["x"], "source": "b"}))
    assert [cell.kind for cell in document.cells] == ["raw", "raw"]
    assert messages(document) == [
        "cell 1: is of unknown type 'sql'; read as raw",
        "cell 2: is of unknown type '[\"x\"]'; read as raw",
    ]


def test_a_cell_with_outputs_but_no_type_is_code() -> None:
    document = parse(notebook({"source": "a", "outputs": []}, {"source": "b"}))
    assert [cell.kind for cell in document.cells] == ["code", "raw"]


def test_headings_become_markdown() -> None:
    document = parse(notebook({"cell_type": "heading", "level": 2, "source": ["Data"]}))
    assert [(cell.kind, cell.source) for cell in document.cells] == [("markdown", "## Data")]


def test_ids_shared_by_cells_name_none_of_them() -> None:
    document = parse(notebook(code(id="a"), code(id="b"), code(id="a")))
    assert [cell.id for cell in document.cells] == [None, "b", None]
    assert messages(document) == ["the cell id 'a' stands for 2 cells; their positions are used instead"]


@pytest.mark.parametrize("cell_id", ["", "a b", "a" * 65, "../x", "é", "a\n", 5, ["a"]])
def test_ids_against_the_grammar_are_dropped(cell_id: Any) -> None:
    document = parse(notebook(code(id=cell_id)))
    assert document.cells[0].id is None
    assert len(document.problems) == 1


@pytest.mark.parametrize("count", [1.5, "3", True, [1]])
def test_odd_execution_counts_are_left_out(count: Any) -> None:
    document = parse(notebook(code(execution_count=count)))
    assert document.cells[0].execution_count is None
    assert "is not a whole number" in messages(document)[0]


def test_metadata_that_is_no_object_is_left_out() -> None:
    document = parse(
        notebook(code(metadata=None, attachments=[1]), code(attachments={"a": 1, "b": {}}), metadata=[])
    )
    assert (document.metadata, document.cells[0].metadata, document.cells[0].attachments) == ({}, {}, {})
    assert document.cells[1].attachments == {"b": {}}
    assert sorted(messages(document)) == [
        "cell 1: its attachments is not an object; left out",
        "cell 1: its metadata is not an object; left out",
        "cell 2: its attachment 'a' is not an object; left out",
        "its metadata is not an object; left out",
    ]


def test_known_parts_of_metadata_are_objects_or_absent() -> None:
    document = parse(notebook(metadata={"kernelspec": None, "language_info": "python", "x": 1}))
    assert document.metadata == {"x": 1}
    assert document.language == "python"
    assert len(document.problems) == 2


def test_what_was_written_to_one_stream_without_a_break_is_one_output() -> None:
    def written(text: Any, name: str = "stdout") -> dict[str, Any]:
        return {"output_type": "stream", "name": name, "text": text}

    shown = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
    outputs = [
        written("a\n"),
        written(["b", "c\n"]),
        written("!", "stderr"),
        written("d"),
        shown,
        shown,
        written("e"),
    ]
    document = parse(notebook(code(outputs=outputs)))
    assert document.cells[0].outputs == (
        written("a\nbc\n"), written("!", "stderr"), written("d"), shown, shown, written("e")
    )  # fmt: skip
    assert messages(document) == []


def test_pieces_of_a_stream_that_break_the_format_are_joined_as_they_were_repaired() -> None:
    pieces = [
        {"output_type": "stream"},
        {"output_type": "stream", "text": 5},
        {"output_type": "stream", "text": ["a", 1]},
    ]
    (output,) = parse(notebook(code(outputs=pieces))).cells[0].outputs
    assert output == {"output_type": "stream", "text": "5a1"}


def test_outputs_that_are_no_list_or_object_are_kept_as_text() -> None:
    document = parse(notebook(code(outputs=None), code(outputs=[1]), code(outputs="done")))
    text = {"output_type": "display_data", "metadata": {}}
    assert [cell.outputs for cell in document.cells] == [
        (), ({**text, "data": {"text/plain": "1"}},), ({**text, "data": {"text/plain": "done"}},)
    ]  # fmt: skip
    assert messages(document) == [
        "cell 1: its list of outputs is not a list",
        "cell 2: an output is not an object; kept as text",
        "cell 3: its list of outputs is not a list",
        "cell 3: an output is not an object; kept as text",
    ]


@pytest.mark.parametrize(
    ("output", "repaired"),
    [
        ({"output_type": "stream", "name": None, "text": 5}, {"output_type": "stream", "text": "5"}),
        ({"output_type": "stream", "text": ["a", 1]}, {"output_type": "stream", "text": ["a", "1"]}),
        (
            {"output_type": "display_data", "data": "x", "metadata": []},
            {"output_type": "display_data", "data": {"text/plain": "x"}},
        ),
        (
            {"output_type": "error", "ename": 1, "evalue": None, "traceback": "t"},
            {"output_type": "error", "ename": "1", "traceback": ["t"]},
        ),
        ({"output_type": "pyout", "text": "1"}, {"output_type": "pyout", "text": "1"}),
        ({"output_type": 3}, {"output_type": "3"}),
        ({}, {"output_type": ""}),
    ],
)
def test_fields_of_outputs_have_the_types_of_the_format(output: Any, repaired: Any) -> None:
    document = parse(notebook(code(outputs=[output])))
    assert document.cells[0].outputs == (repaired,)
    assert document.problems


# --- versions and languages -----------------------------------------------------------------------------


def old_notebook(*cells: Any, nbformat: int = 3) -> dict[str, Any]:
    return {
        "nbformat": nbformat,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": list(cells)}],
    }


def test_nbformat_3_is_upgraded_without_random_ids() -> None:
    value = old_notebook(
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Old", "data"]},
        {"cell_type": "code", "language": "python", "collapsed": False, "metadata": {},
         "input": ["a = 1\n", "a"], "prompt_number": 4, "outputs": [
             {"output_type": "pyout", "prompt_number": 4, "text": ["1"], "png": "aGk=", "metadata": {}},
             {"output_type": "stream", "stream": "stderr", "text": ["w"]},
             {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": []}]},
    )  # fmt: skip
    document = parse(value)
    assert document == parse(value)
    assert (document.format, document.problems) == ("nbformat 3.0", ())
    heading, cell = document.cells
    assert (heading.kind, heading.source, heading.id) == ("markdown", "## Old data", None)
    assert (cell.kind, cell.source, cell.execution_count, cell.id) == ("code", "a = 1\na", 4, None)
    assert [output["output_type"] for output in cell.outputs] == ["execute_result", "stream", "error"]
    assert cell.outputs[0]["data"] == {"text/plain": "1", "image/png": "aGk="}
    assert cell.outputs[1]["name"] == "stderr"
    assert all(type(output) is dict for output in cell.outputs)


def test_a_broken_cell_of_nbformat_3_does_not_take_the_others_along() -> None:
    document = parse(
        old_notebook(
            {"cell_type": "code", "input": "a", "outputs": [{"no": "type"}], "prompt_number": 2},
            {"input": "b"},
            "c",
            {"cell_type": "code", "input": "d"},
        )
    )
    assert [(cell.kind, cell.source) for cell in document.cells] == [
        ("code", "a"), ("code", "b"), ("raw", "c"), ("code", "d")
    ]  # fmt: skip
    assert document.cells[0].execution_count == 2
    assert messages(document)[:2] == [
        f"cell {number}: breaks the rules of nbformat 3; read as far as it goes" for number in (1, 2)
    ]


def test_nbformat_2_and_1_are_upgraded() -> None:
    second = parse(old_notebook({"cell_type": "code", "input": "a", "outputs": []}, nbformat=2))
    assert (second.format, sources(second)) == ("nbformat 2.0", ["a"])
    cells = [{"cell_type": "code", "code": "a"}, {"cell_type": "text", "text": "b"}, {"cell_type": "?"}]
    first = parse({"nbformat": 1, "cells": cells})
    assert [(cell.kind, cell.source) for cell in first.cells] == [
        ("code", "a"),
        ("markdown", "b"),
        ("raw", ""),
    ]


@pytest.mark.parametrize("worksheets", [None, {}, [{}], [3], [{"cells": None}], [{"cells": {"a": 1}}]])
def test_broken_worksheets_give_what_they_hold(worksheets: Any) -> None:
    document = parse({"nbformat": 3, "metadata": {}, "worksheets": worksheets})
    assert len(document.cells) <= 1


def test_the_layout_decides_where_version_and_layout_disagree() -> None:
    as_four = parse({**notebook(code("a")), "nbformat": 3})
    as_three = parse({**old_notebook({"cell_type": "code", "input": "a", "outputs": []}), "nbformat": 4})
    unstated = parse({"cells": [code("a")]})
    newer = parse({**notebook(code("a")), "nbformat": 5})
    for document in (as_four, as_three, unstated, newer):
        assert sources(document) == ["a"]
        assert len(document.problems) == 1


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"kernelspec": {"name": "ir", "language": "R"}}, "r"),
        ({"kernelspec": {"name": "ir"}}, "r"),
        ({"kernelspec": {"name": "julia-1.6"}}, "julia"),
        ({"kernelspec": {"name": "conda-env-py36"}}, "python"),
        ({"kernelspec": {"name": "xcpp17"}}, "c++"),
        ({"kernelspec": {"language": 3, "name": []}, "language_info": {"name": "scala"}}, "scala"),
        ({"kernelspec": {"language": ""}, "language_info": {"name": "ipython"}}, "python"),
        ({"kernelspec": {"language": "python2"}}, "python"),
        ({"language_info": {"name": "plaintext"}}, "python"),
        ({"language_info": {"name": "My Language"}}, "my language"),
    ],
)
def test_language_is_taken_from_kernel_or_language_metadata(metadata: Any, language: str) -> None:
    assert parse(notebook(metadata=metadata)).language == language


def test_old_cells_say_the_language_themselves() -> None:
    cell = {"cell_type": "code", "language": "julia", "input": "a", "outputs": []}
    assert parse(old_notebook({"cell_type": "markdown", "source": "x"}, cell)).language == "julia"


def test_reading_a_usual_notebook_does_not_import_nbformat() -> None:
    script = (
        "import sys; from provkg.sources.notebook import parse_notebook\n"
        "parse_notebook(b'{\"nbformat\": 4, \"cells\": []}', 'a'); sys.exit('nbformat' in sys.modules)"
    )
    root = Path(sys.modules["provkg.sources"].__path__[0]).parents[1]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)


# --- what is no notebook --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "the file is empty", None),
        (b" \n ", "the file is empty", None),
        (b"import pandas\n", "this is not JSON, so not a notebook", 1),
        (b'{"cells": [\n\n{a}]}', "this is not valid JSON", 3),
        (b"\n<!DOCTYPE html>\n<html>", "this is a web page", None),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "this is a Git LFS pointer", None),
        (
            b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n]}',
            "it holds the marks of an unsettled merge",
            2,
        ),
        (b'{"cells": [\n{"source": "a', "its JSON ends in the middle", 2),
        (b'{"cells": [\n{"source": "a"\n', "its JSON ends in the middle", 2),
        (b"[]", "this is JSON but not a notebook: a list", None),
        (b"null", "this is JSON but not a notebook: null", None),
        (b"3", "this is JSON but not a notebook: a number", None),
        (b'{"a": 1}', "this is JSON but not a notebook: it has no cells", None),
        (b"PK\x03\x04\x00\x00\x00", "this is a zip archive", None),
        (b"\x89PNG\r\n\x1a\n\0\0", "this is a picture", None),
        (b"\x01\x02\0\0\0abc", "this is a binary file", None),
    ],
)
def test_what_is_no_notebook_is_called_by_its_name(data: bytes, message: str, line: int | None) -> None:
    error = refusal(data)
    assert error.message.startswith(message)
    assert (error.path, error.line) == ("a.ipynb", line)


def test_json_nested_too_deeply_is_refused() -> None:
    data = b'{"cells": [' + b"[" * 200_000 + b"]" * 200_000 + b"]}"
    assert refusal(data).message == "its JSON is nested too deeply"


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.ipynb").symlink_to(tmp_path / "loop.ipynb")
    for name, message in [
        ("missing.ipynb", "there is no such file"),
        (".", "this is a folder"),
        ("loop.ipynb", "cannot read this file"),
        ("a\0b.ipynb", "this is not a possible file name"),
        ("x" * 5000, "cannot read this file"),
    ]:
        with pytest.raises(SourceError) as caught:
            read_notebook(tmp_path / name, name)
        assert caught.value.message.startswith(message)


# --- anything -------------------------------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        "cells", "worksheets", "metadata", "nbformat", "cell_type", "source", "input", "outputs", "id",
        "code", "execution_count", "prompt_number", "attachments", "output_type", "text", "data", "name",
        "traceback", "kernelspec", "language", "level",
    ]
)  # fmt: skip
TEXTS = st.sampled_from(["code", "markdown", "heading", "stream", "pyout", "error", "\ud800", "a\r\n", "\0"])
SCALARS = st.none() | st.booleans() | st.integers(-2, 5) | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=2), inner, max_size=5)
    ),
    max_leaves=15,
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading", "html", "text", "?"]) | VALUES,
        "source": st.text() | st.lists(st.text()) | VALUES,
        "input": st.text() | VALUES,
        "outputs": st.lists(VALUES) | VALUES,
        "execution_count": VALUES,
        "metadata": VALUES,
        "id": st.sampled_from(["a", "b"]) | VALUES,
        "attachments": VALUES,
        "level": VALUES,
        "code": VALUES,
    },
)
LISTS_OF_CELLS = st.lists(CELLS | VALUES, max_size=4) | VALUES
NOTEBOOKS = st.fixed_dictionaries(
    {},
    optional={
        "nbformat": st.integers(0, 6) | VALUES,
        "nbformat_minor": st.integers(0, 6) | VALUES,
        "metadata": VALUES,
        "cells": LISTS_OF_CELLS,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": LISTS_OF_CELLS}) | VALUES, max_size=2)
        | VALUES,
    },
)


@given(NOTEBOOKS | VALUES)
def test_anything_like_a_notebook_gives_a_sound_document_or_a_source_error(value: Any) -> None:
    try:
        document = parse(value)
    except SourceError:
        return
    assert document == parse(value)
    ids = [cell.id for cell in document.cells if cell.id is not None]
    assert len(ids) == len(set(ids))
    for index, cell in enumerate(document.cells):
        assert cell.index == index
        assert cell.kind in ("code", "markdown", "raw")
        assert "\r" not in cell.source
        cell.source.encode()
        assert all(isinstance(output["output_type"], str) for output in cell.outputs)
        assert isinstance(cell.metadata, dict)


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_give_a_document_or_a_source_error(data: bytes) -> None:
    with pytest.raises(SourceError):
        parse_notebook(data, "a.ipynb")


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=["Cs"]))))
def test_well_formed_sources_come_back_unchanged(texts: list[str]) -> None:
    document = parse(notebook(*[code(text.splitlines(keepends=True)) for text in texts]))
    assert sources(document) == texts
    assert document.problems == ()
