"""`provkg trained` and the bank say the same of the data that trained a model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provkg.query.bank import find_question
from provkg.query.models import choose_models, explain_model, find_models, names_of
from provkg.query.naming import find_named
from provkg.query.parameters import prepare
from provkg.query.results import read_table
from provkg.store.memory import MemoryStore

StoreOf = Callable[[str], MemoryStore]

FIXTURES = ("birds", "flowers", "reuse")


def ask(store: MemoryStore, name: str, **words: str) -> list[dict[str, object]]:
    table = read_table(store.query(prepare(store, find_question(name), words.items())))
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


@pytest.mark.parametrize("fixture", FIXTURES)
def test_trained_and_the_bank_know_the_same_models(fixture: str, given_store: StoreOf) -> None:
    store = given_store(fixture)
    known = {model.iri for model in find_models(store)}
    assert known
    assert known == {row["modelIri"] for row in ask(store, "ml.models")}


@pytest.mark.parametrize("fixture", FIXTURES)
def test_trained_and_the_bank_tell_the_same_data(fixture: str, given_store: StoreOf) -> None:
    store = given_store(fixture)
    for model in find_models(store):
        told = explain_model(store, model)
        both = (("records", told.sources), ("influence", told.influences))
        by_trained = {(role, each.locator, each.sha256) for role, sources in both for each in sources}
        rows = ask(store, "ml.data-trained-model", model=model.iri)
        assert by_trained == {(row["role"], row["data"], row["sha256"]) for row in rows}


@pytest.mark.parametrize("fixture", FIXTURES)
def test_a_name_means_the_same_models_to_both(fixture: str, given_store: StoreOf) -> None:
    store = given_store(fixture)
    models = find_models(store)
    for name in {name for model in models for name in names_of(model)[1:]}:
        named = {node.value for node in find_named(store, "model", name)}
        assert {model.iri for model in choose_models(store, models, name)} == named
        assert named


def test_data_that_only_had_influence_are_told_apart(given_store: StoreOf) -> None:
    rows = ask(given_store("flowers"), "ml.data-trained-model", model="net")
    assert {(row["role"], row["data"]) for row in rows} == {
        ("records", "data/flowers.csv"),
        ("influence", "data/weather.csv"),
    }
