"""From what a person gives to the text that is asked."""

from __future__ import annotations

import pytest

from provkg.errors import QueryError
from provkg.query.bank import Parameter, Question, find_question, parse_question, read_own_question
from provkg.query.parameters import prepare, read_number
from provkg.store.memory import MemoryStore

HEADER = """#+ summary: What has this name?
#+ tags: [test]
#+ x-provkg:
#+   parameters:
#+     name: {type: string, required: true, doc: the name, example: clf}
#+     least: {type: number, doc: how often at least}
"""
BODY = "SELECT ?s WHERE { ?s <http://schema.org/name> ?_name ; <http://e.org/n> ?__least_number }\n"


@pytest.fixture
def question() -> Question:
    return parse_question("test.named", HEADER + BODY)


def ask(question: Question, *given: tuple[str, str]) -> str:
    return prepare(MemoryStore(), question, given)


def test_a_header_says_what_a_question_takes(question: Question) -> None:
    assert question.parameters == (
        Parameter("name", "string", "the name", "_name", True, "clf"),
        Parameter("least", "number", "how often at least", "__least_number"),
    )
    assert (question.kind, question.group, question.sparql) == ("SELECT", "test", BODY)


def test_what_may_be_left_out_stays_free(question: Question) -> None:
    assert ask(question, ("name", "clf")) == BODY.replace("{", '{ VALUES ?_name { "clf" }', 1)


def test_a_number_is_written_as_one(question: Question) -> None:
    assert "VALUES ?__least_number { 3 }" in ask(question, ("name", "clf"), ("least", "3")).replace(
        '"3"^^<http://www.w3.org/2001/XMLSchema#integer>', "3"
    )


def test_what_is_missing_is_named_with_an_example(question: Question) -> None:
    with pytest.raises(QueryError, match=r"has to know: name \(the name\)") as caught:
        ask(question)
    assert caught.value.hint == "add: -p name clf"


def test_an_unknown_parameter_has_a_near_one(question: Question) -> None:
    with pytest.raises(QueryError, match="no parameter called 'nme'") as caught:
        ask(question, ("nme", "clf"))
    assert caught.value.hint == "did you mean name?"


@pytest.mark.parametrize("word", ["", "x", "1e", "0x1", "--1", "1_0"])
def test_what_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(QueryError, match="has to be a number"):
        read_number(word)


@pytest.mark.parametrize("variable", ["x", "_x", "__x", "_x_iri", "__x_iri"])
def test_a_query_without_header_takes_its_variables(variable: str) -> None:
    own = parse_question("own.rq", f"SELECT ?s {{ ?s ?p ?{variable} }}", is_own=True)
    assert f"VALUES ?{variable} {{ <urn:a> }}" in ask(own, ("x", "urn:a"))


def test_a_query_without_header_lacks_a_variable() -> None:
    own = parse_question("own.rq", "SELECT ?s { ?s ?p ?o }", is_own=True)
    with pytest.raises(QueryError, match=r"no variable \?x"):
        ask(own, ("x", "urn:a"))


def test_a_question_is_found_by_its_id_its_name_and_its_file() -> None:
    ids = {
        find_question(name).id
        for name in ("ml.data-trained-model", "data-trained-model", "ml/data-trained-model.rq")
    }
    assert ids == {"ml.data-trained-model"}


def test_an_unknown_question_has_near_ones() -> None:
    with pytest.raises(QueryError) as caught:
        find_question("ml.data-traind-model")
    assert caught.value.hint
    assert "ml.data-trained-model" in caught.value.hint


def test_a_header_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(QueryError, match="not YAML"):
        parse_question("test.bad", "#+ summary: [\nASK {}")


@pytest.mark.parametrize("header", ["#+ a: 1\n#+ summary: x\n", "#+ tags: []\n"])
def test_a_header_of_the_bank_has_a_summary_and_known_keys_only(header: str) -> None:
    with pytest.raises(QueryError, match="header"):
        parse_question("test.bad", header + "ASK {}")


def test_a_question_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(QueryError, match="no type that is known: thing"):
        parse_question("test.bad", HEADER.replace("number", "thing") + BODY)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(QueryError) as caught:
        read_own_question("nowhere.rq")
    assert caught.value.path == "nowhere.rq"
