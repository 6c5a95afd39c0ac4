"""A cell as a syntax tree, with its commands taken apart."""

from __future__ import annotations

import ast
import warnings
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.extract.magics import COMMAND_CALL, ParsedCell, RawCommand, command_index, parse_cell
from provkg.facts.factset import Span


def parse(source: str) -> ParsedCell:
    return parse_cell(dedent(source).strip("\n"))


def code_of(source: str) -> str:
    """What a cell becomes, as Python text."""
    cell = parse(source)
    assert cell.tree is not None, cell.unparsed
    assert cell.unparsed is None
    return ast.unparse(cell.tree)


def command_of(source: str) -> RawCommand:
    cell = parse(source)
    assert cell.unparsed is None
    (command,) = cell.commands
    return command


# Plain Python


def test_plain_python_is_parsed_as_it_stands() -> None:
    cell = parse("x = await f()\nyield_ = ____")
    assert cell.tree is not None
    assert ast.dump(cell.tree) == ast.dump(ast.parse("x = await f()\nyield_ = ____"))
    assert cell == ParsedCell(cell.tree)


@pytest.mark.parametrize(
    "source",
    [
        'help = """\n%matplotlib inline\n!ls\n%%time\nwhy?\n"""',
        "s = '''\n  !pip install x\n'''",
        "x = a \\\n% b",
        "y = [\n1, # !ls\n2]",
    ],
)
def test_valid_python_is_never_rewritten(source: str) -> None:
    cell = parse(source)
    assert cell.commands == ()
    assert cell.tree is not None
    assert ast.dump(cell.tree) == ast.dump(ast.parse(source))


def test_strings_keep_their_lines_beside_a_real_command() -> None:
    source = 'text = """\n%time\n!ls\n"""\n!pwd\n'
    assert code_of(source) == f"text = '\\n%time\\n!ls\\n'\n{COMMAND_CALL}(0)"


def test_odd_escapes_are_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse("s = '\\d'").tree is not None


def test_other_languages_are_not_parsed() -> None:
    assert parse_cell("x <- c(1, 2)", "r") == ParsedCell(None)


# Lines


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%matplotlib inline", "__command__(0)"),
        ("!pip install pandas", "__command__(0)"),
        ("!!ls", "__command__(0)"),
        ("files = !ls {folder}", "files = __command__(0, folder)"),
        ("here = %pwd", "here = __command__(0)"),
        ("a, b = !ls", "(a, b) = __command__(0)"),
        ("!wget {base + '/x.csv'} -P $folder", "__command__(0, base + '/x.csv', folder)"),
        ("!awk '{print $1}' {name} > $HOME/x", "__command__(0)"),
        ("!echo '$name' $$", "__command__(0)"),
        ("!cat \\\n  {a} \\\n  {b}\nx = 1", "__command__(0, a, b)\nx = 1"),
        (
            "for url in urls:\n    !wget {url}\n    n += 1",
            "for url in urls:\n    __command__(0, url)\n    n += 1",
        ),
        ("if x:\n    %cd data\nelse:\n    !ls", "if x:\n    __command__(0)\nelse:\n    __command__(1)"),
        ("%time x = f(y)", "__command__(0)\nx = f(y)"),
        ("%time", "__command__(0)"),
        ("%timeit -n 10 -r3 f(x)", "__command__(0)\nf(x)"),
        ("%time for i in range(3): f(i)", "for i in range(3):\n    f(i)"),
        ("%lprun -f g g(x)", "__command__(0)\ng(x)"),
        ("df?", "__command__(0, df)"),
        ("?df.head", "__command__(0, df.head)"),
        ("%time??", "__command__(0)"),
        ("pip install pandas", "__command__(0)"),
        ("cd data/raw\nx = 1", "__command__(0)\nx = 1"),
        ("%store -r model", "model = __command__(0)"),
        ("%store model", "__command__(0, model)"),
        ("  !ls\n  x = 1", "__command__(0)\nx = 1"),
        ("x = 1;\n%cd ..\n", "x = 1\n__command__(0)"),
    ],
)
def test_a_command_becomes_a_call(source: str, expected: str) -> None:
    cell = parse_cell(source)
    assert (cell.unparsed, cell.tree is None) == (None, False)
    assert ast.unparse(cell.tree or ast.Module([], [])) == ast.unparse(ast.parse(expected))


def test_pylab_imports_what_it_imports() -> None:
    code = code_of("%pylab inline")
    assert "import numpy as np" in code
    assert "from pylab import *" in code


@pytest.mark.parametrize("source", ["ls = 3\nls * 2 % 3\n!x", "time in times\n!x", "cat = dog\n!x"])
def test_names_that_are_magics_too_stay_names(source: str) -> None:
    assert [command.text for command in parse(source).commands] == ["!x"]


def test_a_command_says_what_it_is_and_where() -> None:
    assert command_of("if ä:\n    !sudo python3 -m pip install -q x  ") == RawCommand(
        kind="shell",
        name="pip",
        arguments="sudo python3 -m pip install -q x",
        text="!sudo python3 -m pip install -q x  ",
        span=Span(2, 4, 2, 39),
    )


def test_the_calls_point_at_their_commands() -> None:
    cell = parse("!a\nf(0)\n%b")
    assert cell.tree is not None
    calls = [node for node in ast.walk(cell.tree) if isinstance(node, ast.Call)]
    assert [command_index(call) for call in calls] == [0, None, 1]


# Cell magics


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%%time\nx = 1", "__command__(0)\nx = 1"),
        ("# slow\n\n%%time\nx = 1", "__command__(0)\nx = 1"),
        ("%%capture out\nprint(1)", "out = __command__(0)\nprint(1)"),
        ("%%capture --no-stderr\nprint(1)", "__command__(0)\nprint(1)"),
        ("%%time\n%%capture out\n!ls", "__command__(0)\nout = __command__(1)\n__command__(2)"),
        ("%%timeit -n 3 y = g()\nf(y)", "__command__(0)\ny = g()\nf(y)"),
        ("%%someone_elses option\nx = 1", "__command__(0)\nx = 1"),
    ],
)
def test_the_body_of_a_cell_magic_is_python(source: str, expected: str) -> None:
    assert code_of(source) == expected
    assert parse(source).language is None


@pytest.mark.parametrize(
    ("source", "language", "code"),
    [
        ("%%bash\nls *.csv", "bash", "__command__(0)"),
        ("%%script perl -w\nprint 1;", "perl", "__command__(0)"),
        ("%%html\n<b>%time</b>", "html", "__command__(0)"),
        ("%%R -i df,n -o result\nresult <- n", "r", "result = __command__(0, df, n)"),
        ("%%bigquery df --project x\nselect 1", "sql", "df = __command__(0)"),
        ("%%sql rows <<\nselect 1", "sql", "rows = __command__(0)"),
        ("%%bash --out text\nls", "bash", "text = __command__(0)"),
        ("%%python3\nx = 1", "python", "__command__(0)"),
        ("%%writefile {folder}/run.py\nimport os", "python", "__command__(0, folder)"),
        ("%%writefile notes\nhello?", "text", "__command__(0)"),
        ("%%nobody_knows\nselect * from x", "nobody_knows", "__command__(0)"),
    ],
)
def test_the_body_of_another_language_is_kept_apart(source: str, language: str, code: str) -> None:
    cell = parse(source)
    assert (cell.language, code_of(source)) == (language, code)
    assert cell.commands[0].body == source.partition("\n")[2]


# Scripts that nbconvert wrote


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("get_ipython().run_line_magic('matplotlib', 'inline')", "__command__(0)"),
        (
            "get_ipython().system('wget {url}')\nget_ipython().system('ls')",
            "__command__(0, url)\n__command__(1)",
        ),
        ("files = get_ipython().getoutput('ls')", "files = __command__(0)"),
        ("get_ipython().run_line_magic('time', 'x = f(y)')", "__command__(0)\nx = f(y)"),
        (
            "get_ipython().run_cell_magic('time', '', 'x = 1\\n!ls\\n')",
            "__command__(0)\nx = 1\n__command__(1)",
        ),
        ("get_ipython().run_cell_magic('bash', '', 'ls')", "__command__(0)"),
        ("if x:\n    get_ipython().magic('cd data')", "if x:\n    __command__(0)"),
        ("get_ipython().run_cell_magic('time', '', 'x = = 1')", None),
        ("get_ipython().run_line_magic(name, 'inline')", None),
        ("shell = get_ipython()\nshell.system('ls')", None),
    ],
)
def test_calls_that_stand_for_commands_are_commands(source: str, expected: str | None) -> None:
    assert code_of(source) == ast.unparse(ast.parse(source if expected is None else expected))


def test_what_comes_out_of_a_call_lies_on_the_call() -> None:
    source = "y = 0\nget_ipython().run_cell_magic('time', '', 'x = 1\\nz = x')"
    cell = parse(source)
    assert cell.tree is not None
    assert {node.lineno for node in ast.walk(cell.tree) if isinstance(node, ast.stmt | ast.expr)} == {1, 2}
    assert cell.commands[0].span == Span(2, 0, 2, len(source) - 6)


# Lines and columns


@pytest.mark.parametrize(
    "source",
    [
        "%time total = add(left, right)",
        "%%time\ntotal = add(left, right)",
        "!ls\ntotal = add(left, right)",
        "  %cd x\n  total = add(left, right)",
        "!wget \\\n  a \\\n  b\ntotal = add(left, right)",
        "'ü'; print 'é', 010L\ntotal = add(left, right)",
        "if 1:\n    !ls\n    total = add(left, right)",
    ],
)
def test_the_tree_has_the_columns_of_the_text(source: str) -> None:
    tree = parse_cell(source).tree
    assert tree is not None
    names = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in ("total", "left", "right")
    ]
    assert len(names) == 3
    assert all(ast.get_source_segment(source, name) == name.id for name in names)


def test_the_call_of_a_command_lies_on_the_command() -> None:
    source = "if x:\n    files = !ls {a} {b}"
    tree = parse_cell(source).tree
    assert tree is not None
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert ast.get_source_segment(source, call) == "!ls {a} {b}"


# Python 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("print 'a', b", "print('a', b)"),
        ('print"a"', "print('a')"),
        ("print 'a' % b, ; x = 1", "print('a' % b,)\nx = 1"),
        ("print >>log, 'a'; print 1", "print('a', file=log); print(1)"),
        ("print >>log; print 1", "print(file=log); print(1)"),
        ("if x: print 'a'  # why", "if x:\n    print('a')"),
        ("print 'a', \\\n  b", "print('a', b)"),
        ("print f(\n  a)", "print(f(a))"),
        (
            "try:\n    f()\nexcept (A, B), e:\n    raise C, 'no'",
            "try:\n    f()\nexcept (A, B) as e:\n    raise C('no')",
        ),
        ("x = `y` <> ur'z'", "x = repr(y) != 'z'"),
        ("mode = 0755; n = 10L + 0xFFL; del n", "mode = 493\nn = 10 + 255\ndel n"),
        ("exec 'x = 1'", "exec('x = 1')"),
        ("%time print 'a'", "__command__(0)\nprint('a')"),
        ("print 'print \"x\" `y` 010'", "print('print \"x\" `y` 010')"),
    ],
)
def test_python_2_is_brought_up_to_date(source: str, expected: str) -> None:
    cell = parse(source)
    assert (cell.rewritten, cell.unparsed) == ("python 2", None)
    assert cell.tree is not None
    assert ast.unparse(cell.tree) == ast.unparse(ast.parse(expected))


def test_python_2_that_cannot_be_rewritten_is_named_so() -> None:
    cell = parse("print 'a'\nf = lambda (x, y): x")
    assert (cell.unparsed or "").startswith("Python 2 syntax: Missing parentheses")


# What does not parse


def test_the_statements_around_a_broken_one_are_kept() -> None:
    cell = parse(
        """
        import pandas as pd
        @decorated
        def f():
            return 1

        x = = 2
        if f():
            y = 1
        else:
            y = 2
        broken(
        z = y
        """
    )
    assert cell.unparsed == "invalid syntax (line 6)"
    assert cell.tree is not None
    assert ast.unparse(cell.tree).split("\n")[0] == "import pandas as pd"
    assert [node.lineno for node in cell.tree.body] == [1, 3, 7, 12]


@pytest.mark.parametrize(
    "source",
    [
        "Multiply 3 by 2",
        "'Pluto's a planet!'",
        "@article{key, title={x}}",
        "x = 1\0",
        "(" * 300,
        "f(" * 5000 + ")" * 5000,
        "not " * 100_000 + "x",
        "x = '''",
        "%",
        "!",
        "%%",
        "\\",
    ],
)
def test_what_is_no_python_has_a_reason(source: str) -> None:
    assert parse_cell(source).unparsed


def test_a_lone_surrogate_does_not_hide_the_cell() -> None:
    cell = parse_cell("x = '\ud800'\ny = 1")
    assert cell.unparsed is None
    assert cell.tree is not None
    assert len(cell.tree.body) == 2


PIECES = st.sampled_from(
    ["%", "%%", "!", "?", "time", "bash", "capture out", "x", " = ", "\n", "    ", "'", '"""', "(", ")",
     "{x}", "\\\n", "print ", "`", "<>", "010", "#", "if x:", "\r\n", "é", "\0", "pip install ", "$y", "@",
     "😀"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=15).map("".join))
def test_any_text_gives_a_tree_or_a_reason(source: str) -> None:
    cell = parse_cell(source)
    assert cell.tree is not None or cell.unparsed
    lines = source.replace("\r\n", "\n").split("\n")
    for command in cell.commands:
        assert 1 <= command.span.start_line <= command.span.end_line <= len(lines)
    for node in ast.walk(cell.tree or ast.Module([], [])):
        if isinstance(node, ast.expr):
            assert 1 <= node.lineno <= len(lines)
            assert 0 <= node.col_offset <= len(lines[node.lineno - 1].encode("utf-8", "replace"))
