"""The lines that a print writes, and how a line of output is read by them."""

from __future__ import annotations

import ast
from decimal import Decimal

import pytest

from provkg.extract.printed import ANYTHING, Line, Number, lines_of, match_line, place_in_order


def lines(code: str) -> list[Line]:
    """The lines that a print writes, where `m()` is a measure."""
    (statement,) = ast.parse(code).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return lines_of(statement.value, lambda node: node if is_measure(node) else None)[0]


def is_measure(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "m"


def told(code: str) -> list[str]:
    """Lines as a text: "#" for a number, "…" for what is unknown."""
    return [
        "".join("#" if isinstance(p, Number) else "…" if p is ANYTHING else str(p) for p in line)
        for line in lines(code)
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print()", [""]),
        ("print('a', 1, None)", ["a 1 None"]),
        ("print('a\\nb', m())", ["a", "b #"]),
        ("print(x, m(), sep=', ')", ["…, #"]),
        ("print(x, m(), sep=s)", ["…"]),
        ("print(m(), end='')", []),
        ("print(m(), end='\\n\\n')", ["#", ""]),
        ("print(*xs)", ["…"]),
        ("print(f'{x}{m()}')", ["…"]),
        ("print(f'{m():{width}}')", ["…"]),
        ("print('%*d %s' % (3, 4, m()))", ["…"]),
        ("print('%s' % (m(), m()))", ["…"]),
        ("print('%(a)s' % {'a': m()})", ["…"]),
        ("print('{' .format(m()))", ["…"]),
        ("print('{a.b} {}'.format(m(), a=3))", ["… #"]),
        ("print('-' * 3 + 'a' + str(m()))", ["---a#"]),
        ("print('-' * 100000000)", ["…"]),
        ("print(1 + m())", ["…"]),
    ],
)
def test_a_print_writes_lines_of_text_numbers_and_gaps(code: str, expected: list[str]) -> None:
    assert told(code) == expected


@pytest.mark.parametrize(
    ("code", "text", "numbers"),
    [
        ("print(f'a {m():.2f} b')", "a -0.50 b", ["-0.50"]),
        ("print(f'a {m():.2e}')", "a 1.50e-07", ["1.50E-7"]),
        ("print(f'{m():8.2f}|')", "    0.50|", ["0.50"]),
        ("print(f'{m():.3g}.')", "0.5.", ["0.5"]),
        ("print(x, m())", "a b 0.5", ["0.5"]),
        ("print(x, m(), y)", "1 2 3 4", []),
        ("print(m(), m())", "1 2", ["1", "2"]),
    ],
)
def test_a_line_is_read_where_there_is_only_one_way_to_read_it(
    code: str, text: str, numbers: list[str]
) -> None:
    match = match_line(lines(code)[0], text)
    assert match is not None
    assert sorted(match.numbers.values()) == sorted(map(Decimal, numbers))
    assert match.is_clear == bool(numbers)


@pytest.mark.parametrize("text", ["a 0.5", "a 0.500", "b 0.50", "a 0.50 ", "a nan", "a ٠.٥٠", "x" * 1000])
def test_another_line_is_not_read(text: str) -> None:
    assert match_line(lines("print(f'a {m():.2f}')")[0], text) is None


def test_lines_that_follow_each_other_have_places_where_there_is_no_choice() -> None:
    written = [line for code in ("print('a', m())", "print(x)", "print('a', m())") for line in lines(code)]
    assert [place[:2] for place in place_in_order(written, ["a 1", "?", "a 2"])] == [(0, 0), (1, 1), (2, 2)]
    assert [place[:2] for place in place_in_order(written, ["a 1", "?", "a 2", "a 3"])] == [(0, 0)]
    assert list(place_in_order(written, ["a 1", "a 2"])) == []
