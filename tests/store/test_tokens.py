"""The tokens of SPARQL 1.1, whatever stands between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.store.tokens import KINDS, significant, tokens, unquote

DECLARED = (
    "PREFIX a: <http://a/> SELECT ?x { ?x a:b%20 'it''s' }",
    "ASK{?s ?p 1.5e-3,.5,1.,-2;a:p/^a:q|!a:r*?o}",
    "SELECT (COUNT(*) AS ?n) { FILTER(?a<=?b&&?a!=?b||!?c) }",
)


def shapes(sparql: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in significant(tokens(sparql))]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("iri", "<>"),
        ("iri", "<http://example.org/a#b>"),
        ("iri", r"<http://example.org/\u00E9\U0001F600>"),
        ("iri", "<it's>"),
        ("string", "''"),
        ("string", '""'),
        ("string", '"a # no comment <http://a> \'"'),
        ("string", r'"a\"b\\"'),
        ("string", r"'\t\b\n\r\f\"\'\\\u0041\U00000041'"),
        ("string", "''''''"),
        ("string", '"""a "" b " c\n\\""""'),
        ("string", "'''it's ''two'' quotes'''"),
        ("variable", "?x"),
        ("variable", "$1_é"),
        ("blank", "_:b0"),
        ("blank", "_:1.2-a"),
        ("name", ":"),
        ("name", "a:"),
        ("name", ":b"),
        ("name", "a:b%20"),
        ("name", "a.b-c:d.e:f"),
        ("name", r"a:it\'s\#1\%"),
        ("name", "a:1"),
        ("name", "a:_"),
        ("name", "é:ü"),
        ("language", "@en"),
        ("language", "@de-CH-1996"),
        ("number", "1"),
        ("number", "1.5"),
        ("number", ".5"),
        ("number", "1e9"),
        ("number", "1.e-9"),
        ("number", ".5E+0"),
        ("word", "select"),
        ("word", "ENCODE_FOR_URI"),
        ("word", "SHA256"),
        ("punctuation", "^^"),
        ("punctuation", "&&"),
        ("punctuation", "||"),
        ("punctuation", "!="),
        ("punctuation", "<="),
        ("punctuation", "<"),
        ("broken", "%"),
        ("broken", '"'),
        ("broken", "'''a''"),
        ("broken", '"""a"\n"b"'),
        ("broken", "\\"),
    ],
)  # fmt: skip
def test_each_shape_of_the_grammar_is_one_token(kind: str, text: str) -> None:
    assert kind in KINDS
    assert shapes(text) == [(kind, text)]


@pytest.mark.parametrize(
    ("sparql", "expected"),
    [
        ("?a<?b", ["?a", "<", "?b"]),
        ("?a < ?b && ?c > ?d", ["?a", "<", "?b", "&&", "?c", ">", "?d"]),
        ("?a<1 || 2>?b", ["?a", "<", "1", "||", "2", ">", "?b"]),
        ("?s<p>?o", ["?s", "<p>", "?o"]),
        ("<a>/<b>", ["<a>", "/", "<b>"]),
        ("<<?s ?p ?o>>", ["<", "<", "?s", "?p", "?o", ">", ">"]),
        ("a:b.", ["a:b", "."]),
        ("a:b.c", ["a:b.c"]),
        ("a:b.. a:c", ["a:b", ".", ".", "a:c"]),
        ("_:b.", ["_:b", "."]),
        ("1.", ["1", "."]),
        ("1.a:b", ["1", ".", "a:b"]),
        ("+1-2", ["+", "1", "-", "2"]),
        ('"a"@en .', ['"a"', "@en", "."]),
        ('"1"^^a:b', ['"1"', "^^", "a:b"]),
        ("a:p?", ["a:p", "?"]),
        ("'a''b'", ["'a'", "'b'"]),
        ("ASK{}", ["ASK", "{", "}"]),
        ("SERVICE:x", ["SERVICE:x"]),
        ("SERVICE :x", ["SERVICE", ":x"]),
        ("SERVICE<x>", ["SERVICE", "<x>"]),
        ("?service#SERVICE\n$service", ["?service", "$service"]),
        ("<http://a#b> #c", ["<http://a#b>"]),
        ("a:b#c", ["a:b"]),
        ("_x", ["_", "x"]),
        (r"S\u0045RVICE", ["S", "\\", "u0045RVICE"]),
    ],
)  # fmt: skip
def test_tokens_end_where_the_grammar_says(sparql: str, expected: list[str]) -> None:
    assert [text for _, text in shapes(sparql)] == expected


@pytest.mark.parametrize("sparql", DECLARED)
def test_queries_have_no_broken_token(sparql: str) -> None:
    assert [text for kind, text in shapes(sparql) if kind == "broken"] == []


PIECES = st.sampled_from(
    ["<", ">", "'", '"', "'''", '"""', "#", "\n", " ", "\\", ":", "_:", "?", "$", "@", ".", "%", "%20", "{",
     "a", "é", "1", "e", "SERVICE", "\\u0041", "\\'", "-", "+", "^", "|", "\ufffe", "\x00", "\ud800"]
)  # fmt: skip


@given(st.lists(PIECES).map("".join) | st.text())
def test_nothing_gets_lost_whatever_the_text(text: str) -> None:
    read = list(tokens(text))
    assert "".join(token.text for token in read) == text
    assert all(text.startswith(token.text, token.start) and token.text for token in read)


@given(st.text())
def test_a_string_stands_for_what_was_quoted(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    for quoted in (f'"{escaped}"', f'"""{escaped}"""'):
        assert shapes(quoted) == [("string", quoted)]
        assert unquote(quoted) == text


@given(st.text(), st.sampled_from(["word", "string", "comment", "iri", "variable", "name"]))
def test_only_a_word_is_a_keyword(text: str, kind: str) -> None:
    hidden = {
        "word": "service", "string": "'service'", "comment": "#service", "iri": "<service>",
        "variable": "?service", "name": "service:x",
    }[kind]  # fmt: skip
    found = [token.keyword for token in tokens(hidden) if token.keyword]
    assert found == (["SERVICE"] if kind == "word" else [])


@pytest.mark.parametrize("escape", [r"\uD800", r"\U00110000"])
def test_an_escape_for_no_character_is_no_text(escape: str) -> None:
    with pytest.raises(ValueError, match=r"character|range"):
        unquote(f'"{escape}"')


@pytest.mark.parametrize(
    "piece", ["'", '"', "'''", '"""', "<", "<a", "a:", "a.", "_:a.", "\\'", "%2", "1.", "@a-", "'\\"]
)
def test_long_texts_are_read_in_linear_time(piece: str) -> None:
    """A regular expression that tried every way would not end within the lifetime of the test."""
    assert sum(len(token.text) for token in tokens(piece * 100_000)) == len(piece) * 100_000
