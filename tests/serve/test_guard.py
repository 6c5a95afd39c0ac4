"""No query makes the server ask another one, and none is refused for looking like it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store

from provkg.errors import RequestError
from provkg.serve.guard import explain_error, read_query

ELSEWHERE = "http://127.0.0.1:9/"
"""A port that Oxigraph refuses before it connects: asking for it is told from all other errors."""

PROLOGUE = f"PREFIX : <{ELSEWHERE}> PREFIX service: <{ELSEWHERE}> PREFIX ex: <http://ex/> PREFIX webService: <http://w/> "


@pytest.fixture(scope="module", autouse=True)
def _store() -> None:
    STORE.extend([Quad(NamedNode("http://s"), NamedNode("http://p"), Literal(n)) for n in range(3)])


STORE = Store()


def status(sparql: str) -> int | None:
    """The status with which the guard refuses; None where it lets through."""
    try:
        read_query(sparql)
    except RequestError as error:
        return error.status
    return None


def asks_elsewhere(sparql: str) -> bool:
    """Does Oxigraph, given this text as it stands, ask another server?"""
    try:
        answer = STORE.query(sparql)
        if not isinstance(answer, QueryBoolean):
            list(answer)
    except (OSError, RuntimeError) as error:
        return "not allowed for HTTP" in str(error) or "service name" in str(error)
    except (SyntaxError, ValueError):
        return False
    return False


HOSTILE = (
    "SERVICE :x {?s ?p ?o}",
    "SERVICE<http://127.0.0.1:9/>{}",
    "service # a comment {\n <http://127.0.0.1:9/> {}",
    "SeRvIcE :x {?s ?p ?o}",
    "SERVICE:x{?s ?p ?o}",
    "?s ?p ?o service:x {?s ?p ?o}",
    "?s ?p 1SERVICE:x{?s ?p ?o}",
    "?s ?p ?a FILTER(?a<2)SERVICE#>\n:x{?s ?p ?a}",
    "?s ?p ?a FILTER(?a<2&&?a!='>') SERVICE :x {?s ?p ?a} FILTER(?a!='x')",
    "?s ?p ?a FILTER(?a<2)#>GRAPH\n service:x{?s ?p ?a}",
    'VALUES ?x {"""a"} SERVICE:x{?s ?p ?o} FILTER(?x!="""")',
    'VALUES ?x {"""a"} SERVICE:x{?s ?p ?o} #\\q\n FILTER(\'b\'!="""")',
    "FILTER EXISTS {?s ?p ?o SERVICE :x {}} ?s ?p ?o",
    "{SELECT * {SERVICE ?x {}}} VALUES ?x {:x}",
    "OPTIONAL{SERVICE:x{?s ?p ?o}}",
    "'\\'' ?p ?o} # '\n VALUES ?x {:x} {SERVICE ?x{?s ?p ?o}",
)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hidden_service_is_not_let_through(pattern: str) -> None:
    sparql = f"{PROLOGUE}SELECT * {{{pattern}}}"
    if status(sparql) is None:
        assert not asks_elsewhere(read_query(sparql).text)
        with pytest.raises(SyntaxError):
            STORE.query(read_query(sparql).text)


def test_the_hostile_queries_are_hostile() -> None:
    queries = [f"{PROLOGUE}SELECT * {{{pattern}}}" for pattern in HOSTILE]
    assert sum(map(asks_elsewhere, queries)) >= 10


@pytest.mark.parametrize(
    "pattern", ["SERVICE :x {}", "SERVICE SILENT ?x {}", "?s ?p trueSERVICE:x{}", "SERVICESILENT:x{}"]
)
def test_service_is_forbidden_and_not_only_misunderstood(pattern: str) -> None:
    # The last two are one word or name for us, and not SPARQL.
    assert status(f"{PROLOGUE}ASK {{{pattern}}}") in (
        {403} if " :x" in pattern or "?x" in pattern else {403, None}
    )


HARMLESS = (
    "?s ?p 'SERVICE <http://a> {}'",
    '?s ?p """SERVICE\n<http://a> " {}"""',
    "?s ?p ?o # SERVICE <http://a> {}\n",
    "?s ?p ?service . $service ?p ?o",
    "?s service:SERVICE ?o",
    "?s ?p service:x {?s ?p ?o} UNION {?s ?p ?o}",
    "?s ex:service webService:SERVICE",
    "GRAPH service:x {?s ?p ?o}",
    "?s <http://a/service#> ?o",
    "?s ?p <http://a/SERVICE> . GRAPH\n?g {?s ?p ?o}",
    "_:service ?p ?o",
    "?s ?p 'a'@service",
    "?s ?p ?o FILTER(?o<2 && ?o>0)",
    "?s ?p ?o FILTER(?o<?s || ?o = 'service')",
    "?s ?p ?o FILTER(?s IN (service:x, <service:x>))",
)  # fmt: skip


@pytest.mark.parametrize("pattern", HARMLESS)
def test_what_only_looks_like_service_is_let_through_and_means_the_same(pattern: str) -> None:
    sparql = f"{PROLOGUE}SELECT * {{{pattern}}}"
    assert answers(read_query(sparql).text) == answers(sparql)


def answers(sparql: str) -> list[list[str]]:
    answer = STORE.query(sparql)
    assert isinstance(answer, QuerySolutions)
    names = [variable.value for variable in answer.variables]
    return [names, *sorted([str(term) for term in row] for row in answer)]


PIECES = st.sampled_from(
    ["SERVICE", "service", "SILENT", "service:x", ":x", "SERVICE:x", f"<{ELSEWHERE}>", "?x", "{", "}", "{?s ?p ?o}", "{}",
     "?s ?p ?o", "?s ?p 1", ".", ";", ",", "#", "\n", " ", " ", "'", '"', "'''", '"""', "\\", "\\'", "\\u0041", "<", ">", "(", ")",
     "FILTER(?o<2)", "FILTER(", "BIND(", " AS ?y)", "VALUES ?x {", "GRAPH", "GRAPH ?g", "true", "1", "a", "@en", "^^", "_:b", "ex:a", "UNION",
     "OPTIONAL", "EXISTS", "||", "&&", "!=", "?o", "\r", "\t", "\xa0", "\u2028", "é", "-", "%20", "|", "[]", "<<", ">>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14))
@example(["?s ?p ?o", "FILTER(?o<2)", "SERVICE", "#", ">", "\n", ":x", "{?s ?p ?o}"])
def test_whatever_is_let_through_asks_nobody_else(pieces: list[str]) -> None:
    sparql = f"{PROLOGUE}SELECT * {{{''.join(pieces)}}}"
    if status(sparql) is None:
        assert not asks_elsewhere(read_query(sparql).text)


TEXTS = st.text().filter(lambda text: "\x00" not in text)


@given(TEXTS, st.sampled_from(["'", '"', "'''", '"""']))
def test_a_string_means_the_same_to_the_store(text: str, quote: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    quoted = quote + escaped.replace("\n", "\\n").replace("\r", "\\r") + quote
    sparql = f"SELECT ({quoted} AS ?x) {{}} # SERVICE {{"
    (row,) = STORE.query(read_query(sparql).text)  # type: ignore[misc]
    assert row["x"] == Literal(text)  # type: ignore[index]


@given(
    st.lists(st.sampled_from(HARMLESS[:11]), min_size=1, max_size=4),
    st.sampled_from(["\n", " ", "#SERVICE\n", "\t#'\n"]),
)
def test_nothing_harmless_is_refused(patterns: list[str], between: str) -> None:
    sparql = (
        between.join(PROLOGUE.split(" "))
        + "ASK{"
        + f"{between}.{between}".join(f"{{{p}}}" for p in patterns)
        + "}"
    )
    assert status(sparql) is None


@pytest.mark.parametrize(
    ("sparql", "form", "has_dataset"),
    [
        ("SELECT * {}", "SELECT", False),
        ("base <http://a/> prefix ask: <http://b> # SELECT\n construct {} from <http://g> where {}", "CONSTRUCT", True),
        ("ASK { ?from ?p 'FROM' }", "ASK", False),
        ("DESCRIBE <FROM>", "DESCRIBE", False),
        ("", "", False),
    ],
)  # fmt: skip
def test_the_form_of_a_query_is_its_first_keyword(sparql: str, form: str, has_dataset: bool) -> None:
    query = read_query(sparql)
    assert (query.form, query.has_dataset) == (form, has_dataset)


@pytest.mark.parametrize(
    "update", ["INSERT DATA {}", "PREFIX a: <b> delete where {}", "LOAD <http://a>", "DROP ALL"]
)
def test_updates_are_forbidden(update: str) -> None:
    assert status(update) == 403


@pytest.mark.parametrize(
    ("sparql", "message"),
    [
        ("ASK {\n  ?s 'a", "line 2, column 6: this text has no end"),
        ("ASK { ?s ?p %x }", "line 1, column 13: '%' begins nothing"),
        ("ASK {?s ?p '\\uD800'}", "line 1, column 12: \\uD800 is no character"),
    ],
)
def test_what_is_no_token_is_told_with_its_place(sparql: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_query(sparql)
    assert (caught.value.status, caught.value.message) == (400, message)


@pytest.mark.parametrize(
    ("sparql", "place"),
    [
        ("SELECT * {", "line 1, column 11"),
        ("PREFIX a: <http://a/> SELECT * { <http://b> a:c }", "line 1, column 49"),
        ("SELECT * { ?s ?p '''a\nb''' # c\n ?x }", "line 3, column 6"),
        ("SELECT * { 'é😀' <http://é> }", "line 1, column 28"),
    ],
)
def test_the_place_of_an_error_is_the_one_in_the_query_as_it_came(sparql: str, place: str) -> None:
    query = read_query(sparql)
    with pytest.raises(SyntaxError) as caught:
        STORE.query(query.text)
    assert explain_error(str(caught.value), query).startswith(f"{place}: expected")
