"""Scripts: plain, in percent cells, exported; and every line of theirs stays where it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.errors import SourceError
from provkg.identity import digest_bytes
from provkg.sources.document import Cell, Document
from provkg.sources.script import parse_script


def parse(text: str) -> Document:
    return parse_script(text.encode(), "a.py")


def cells(text: str) -> list[tuple[str, int, str]]:
    """Kind, first line and source of each cell."""
    document = parse(text)
    assert document.problems == ()
    return [(cell.kind, cell.first_line, cell.source) for cell in document.cells]


def only_cell(text: str) -> Cell:
    (cell,) = parse(text).cells
    return cell


# --- plain scripts --------------------------------------------------------------------------------------


def test_a_plain_script_is_one_cell() -> None:
    text = "#!/usr/bin/env python\nimport os\n\n\nprint(1)\n\n"
    document = parse(text)
    assert (document.path, document.kind, document.format, document.language) == (
        "a.py",
        "script",
        "python",
        "python",
    )
    assert document.cells == (Cell(index=0, kind="code", source=text),)
    assert (document.digest, document.size_bytes) == (digest_bytes(text.encode()), len(text))


def test_an_empty_script_is_one_empty_cell() -> None:
    assert cells("") == [("code", 1, "")]


@pytest.mark.parametrize(
    "comment", ["# %%time", "#%%timeit x", "    # %%", "x = 1  # %%", "# %", "# In 3", "# In[a]"]
)
def test_what_only_resembles_a_marker_does_not_split(comment: str) -> None:
    assert parse(f"a\n{comment}\nb\n").format == "python"


WRONG_COMMENT = "its coding comment names no encoding that fits"


@pytest.mark.parametrize(
    ("data", "text", "problems"),
    [
        (b"\xef\xbb\xbfx = '\xc3\xa9'", "x = 'é'", []),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'", "# -*- coding: latin-1 -*-\nx = 'é'", []),
        (b"#!python\n# set coding=cp1251\n'\xc0'", "#!python\n# set coding=cp1251\n'А'", []),
        ("\ufeffx".encode("utf-16-le"), "x", ["written in UTF-16, which Python does not read"]),
        (b"a\r\nb\rc", "a\nb\nc", []),
        (b"x = '\xe9'", "x = 'é'", ["not valid UTF-8 (byte 6); read as Latin-1"]),
        (b"a\n" * 9 + b"'\xe9'", "a\n" * 9 + "'é'", ["not valid UTF-8 (byte 20); read as Latin-1"]),
        (b"# coding: nonsense\nx", "# coding: nonsense\nx", [WRONG_COMMENT]),
        (b"# coding: rot13\nx", "# coding: rot13\nx", [WRONG_COMMENT]),
        (b"'\xed\xa0\x80'", "'\ufffd'", ["lone surrogates were replaced by U+FFFD"]),
        (b"x = 1\0", "x = 1\0", []),
    ],
)  # fmt: skip
def test_encodings_are_those_of_python(data: bytes, text: str, problems: list[str]) -> None:
    document = parse_script(data, "a.py")
    assert document.cells[0].source == text
    assert [problem.message for problem in document.problems] == problems


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!DOCTYPE html><html>", "this is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "this is a Git LFS pointer"),
        (b"PK\x03\x04\xff\x00", "this is a zip archive"),
    ],
)
def test_what_is_no_script_is_called_by_its_name(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse_script(data, "a.py")


# --- percent cells --------------------------------------------------------------------------------------


def test_percent_markers_split_cells() -> None:
    text = """\
import os

# %%
a = 1


#%%
b = 2
# %% [markdown]
# # Title
#
# text
# %% [md]
#more
# %% [raw]
# raw text
# %%
"""
    assert parse(text).format == "percent"
    assert cells(text) == [
        ("code", 1, "import os"),
        ("code", 4, "a = 1"),
        ("code", 8, "b = 2"),
        ("markdown", 10, "# Title\n\ntext"),
        ("markdown", 14, "more"),
        ("raw", 16, "raw text"),
        ("code", 18, ""),
    ]


@pytest.mark.parametrize(
    ("options", "kind", "metadata"),
    [
        ("", "code", {}),
        (" Load data", "code", {"title": "Load data"}),
        ("%% sub-cell", "code", {"title": "sub-cell"}),
        (" [markdown]", "markdown", {}),
        (" Intro [markdown]", "markdown", {"title": "Intro"}),
        (' Intro [md] key="a b" n=3 tags=["x", "y"]', "markdown",
         {"title": "Intro", "key": "a b", "n": 3, "tags": ["x", "y"]}),
        (' tags=["parameters"]', "code", {"tags": ["parameters"]}),
        (" tags=['a', 'b'] x='y' z=True", "code", {"tags": ["a", "b"], "x": "y", "z": True}),
        (' title here {"tags": ["a"]}', "code", {"title": "title here", "tags": ["a"]}),
        (" a = b", "code", {"title": "a = b"}),
        (" x=3 apples", "code", {"title": "x=3 apples"}),
        (r' k="\ud800"', "code", {"k": "\ufffd"}),
        (" {broken", "code", {"title": "{broken"}),
        (" key=" + "[" * 5000, "code", {"title": "key=" + "[" * 5000}),
    ],
)  # fmt: skip
def test_markers_carry_title_type_and_metadata(options: str, kind: str, metadata: dict[str, Any]) -> None:
    cell = only_cell(f"# %%{options}\n# x\n")
    assert (cell.kind, cell.metadata) == (kind, metadata)


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_text_cells_may_be_strings(quotes: str) -> None:
    text = f"# %% [markdown]\n\n{quotes}\n# Title\n\n# %% no marker\n{quotes}\n# %%\nx\n"
    assert cells(text) == [("markdown", 4, "# Title\n\n# %% no marker"), ("code", 9, "x")]
    assert cells(f"# %% [md]\nr{quotes}one line{quotes}\n") == [("markdown", 2, "one line")]


@pytest.mark.parametrize(
    "body",
    [
        'x = """\n# %% not a cell\n"""',
        "x = '''a \\''' \n# %%\n'''",
        "x = 'a\\\n# %% b'",
        '# it\'s\nx = """ " ""\n# In[3]:\n"""  # """\ny = 1',
        'f(r"""\\"""", """\n# %%\n""")',
    ],
)
def test_a_marker_inside_a_string_does_not_split(body: str) -> None:
    assert cells(f"# %%\n{body}\n# %%\nz") == [("code", 2, body), ("code", 3 + body.count("\n") + 1, "z")]


def test_a_string_that_is_never_closed_hides_no_cells() -> None:
    assert cells('# %%\nx = """\n# %%\ny\n') == [("code", 2, 'x = """'), ("code", 4, "y")]


def test_commented_magics_are_magics_again() -> None:
    text = '''\
# %%
# %matplotlib inline
# !pip install \\
#     numpy
    # %time x
files = 1
# files = !ls
# just a comment
# cd to the folder
s = """
# !not one
"""
# %%
# %%time
y
'''
    first, second = parse(text).cells
    assert first.source.split("\n") == [
        "%matplotlib inline",
        "!pip install \\",
        "    numpy",
        "    %time x",
        "files = 1",
        "files = !ls",
        "# just a comment",
        "# cd to the folder",
        's = """',
        "# !not one",
        '"""',
    ]
    assert second.source == "%%time\ny"


def test_bare_shell_commands_are_trusted_only_below_a_header_of_jupytext() -> None:
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     name: python3\n# ---\n\n"
    assert only_cell("# %%\n# ls -l\n").source == "# ls -l"
    assert only_cell(header + "# %%\n# ls -l\n").source == "ls -l"


def test_a_plain_script_keeps_its_commented_magics() -> None:
    assert only_cell("# %matplotlib inline\n").source == "# %matplotlib inline\n"


def test_a_cell_in_another_language_gets_its_magic_back() -> None:
    cell = only_cell('# %% language="bash" magic_args="-x"\n# ls\n# cd ..\n')
    assert (cell.source, cell.first_line) == ("%%bash -x\nls\ncd ..", 1)


@pytest.mark.parametrize("language", ["python", "a b", "x\\n!rm", ""])
def test_a_language_that_is_none_changes_nothing(language: str) -> None:
    assert only_cell(f'# %% language="{language}"\nx = 1\n').source == "x = 1"


def test_cells_for_the_notebook_only_are_not_comments() -> None:
    assert only_cell('# %% tags=["active-ipynb"]\n# x = 1\n# # why\n').source == "x = 1\n# why"
    assert only_cell('# %% tags=["active-py"]\n# x = 1\n').source == "# x = 1"


def test_the_header_of_jupytext_is_metadata() -> None:
    text = """\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
# ---
# title: "My study"
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %%
x
"""
    document = parse(text)
    assert document.metadata == {
        "title": "My study",
        "jupytext": {"text_representation": {"format_name": "percent", "format_version": "1.3"}},
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    }
    assert cells(text) == [("code", 17, "x")]


@pytest.mark.parametrize("header", ["# ---\n# a:\n#   jupyter:\n# ---\n", "# ---\n# jupyter:\n", "# ---\n"])
def test_other_blocks_of_comments_are_no_header(header: str) -> None:
    document = parse(f"{header}\n# %%\nx")
    assert document.metadata == {}
    assert document.cells[0].source == header.rstrip("\n")


def test_a_marker_inside_the_header_or_before_the_code_keeps_lines_right() -> None:
    assert cells("# ---\n# jupyter:\n# %%\n# ---\n# %%\nx\n") == [("code", 6, "x")]
    assert cells("# %% coding: utf-8\nx\n") == [("code", 2, "x")]


def test_a_header_of_another_kernel_says_the_language() -> None:
    assert (
        parse("# ---\n# jupyter:\n#   kernelspec:\n#     language: sage\n# ---\nx = 1\n").language == "sage"
    )


# --- exported scripts -----------------------------------------------------------------------------------


def test_an_export_of_nbconvert_gives_back_code_and_text_cells() -> None:
    text = """\
#!/usr/bin/env python
# coding: utf-8

# # Title
# text
#
# more

# second

# In[1]:


import os
# a comment at the end


# ## Section

# In[ ]:


# only a comment


# In[12]:


def f():
    pass


# not text

x = f()

"""
    assert parse(text).format == "nbconvert"
    assert cells(text) == [
        ("markdown", 4, "# Title\ntext\n\nmore"),
        ("markdown", 9, "second"),
        ("code", 14, "import os\n# a comment at the end"),
        ("markdown", 18, "## Section"),
        ("code", 23, "# only a comment"),
        ("code", 29, "def f():\n    pass\n\n\n# not text\n\nx = f()"),
    ]
    assert all(cell.execution_count is None for cell in parse(text).cells)


def test_the_first_exports_of_ipython_are_read() -> None:
    text = "# <nbformat>3.0</nbformat>\n\n# <markdowncell>\n\n# Text\n\n# <codecell>\n\nx = 1\n"
    assert cells(text)[1:] == [("markdown", 5, "Text"), ("code", 9, "x = 1")]


# --- properties -----------------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        "x = 1", "    y", "", "  ", "# text", "# don't", "# %time", "#!x", "\f", "\\", "# %%", "#%% title",
        "# %% [markdown]", "# %% [raw]", "# In[3]:", "# <codecell>", "# ---", "# jupyter:", '"""', "'''",
        'z = "a"', "s = 'a\\",
    ]
)  # fmt: skip


@given(st.lists(LINES | st.text(alphabet="#% [\"'\\abx=\t", max_size=8), max_size=25))
def test_the_cells_of_a_script_cover_it_line_by_line(lines: list[str]) -> None:
    """Each line of a code cell stands in the file where `first_line` says, and no code is lost."""
    document = parse("\n".join(lines))
    position = 0
    for index, cell in enumerate(document.cells):
        assert cell.index == index
        start = cell.first_line - 1
        assert start >= position
        skipped = lines[position:start]
        assert all(line.lstrip()[:1] in ("", "#", '"', "'", "r", "R") for line in skipped)
        covered = cell.source.split("\n") if cell.source else []
        if cell.kind == "code":
            for covered_line, line in zip(covered, lines[start:], strict=False):
                assert covered_line == line or line.replace("# ", "", 1).replace("#", "", 1) == covered_line
        position = start + len(covered)
    assert all(line.lstrip()[:1] in ("", "#", '"', "'") for line in lines[position:])


@given(st.text() | st.lists(LINES).map("\n".join))
def test_any_text_is_a_script(text: str) -> None:
    document = parse_script(text.encode("utf-8", "surrogatepass"), "a.py")
    assert document.cells
    for cell in document.cells:
        cell.source.encode()


@given(st.lists(st.from_regex(r"[a-z]+ = [0-9]+(\n\n?[a-z]+ = [0-9]+)*", fullmatch=True), min_size=1))
def test_code_cells_come_back_as_they_were_written(texts: list[str]) -> None:
    document = parse("".join(f"# %%\n{text}\n\n" for text in texts))
    assert [cell.source for cell in document.cells] == texts


@given(st.binary())
def test_any_bytes_are_a_script_or_a_source_error(data: bytes) -> None:
    try:
        document = parse_script(data, "a.py")
    except SourceError:
        return
    document.cells[0].source.encode()
