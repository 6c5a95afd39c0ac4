"""What a person's word for something stands for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provkg.errors import QueryError
from provkg.query.naming import find_nodes, read_iri
from provkg.store.memory import MemoryStore

StoreOf = Callable[..., MemoryStore]

PROGRAM = (
    "import pandas as pd, joblib\nfrom sklearn.svm import SVC",
    "birds = pd.read_csv('data/birds.csv')",
    "clf = SVC(C=2)\nclf.fit(birds[['size']], birds['species'])",
    "birds = birds.dropna()\njoblib.dump(clf, 'out/clf.joblib')",
)


@pytest.fixture
def store(store_of: StoreOf) -> MemoryStore:
    return store_of(*PROGRAM)


@pytest.mark.parametrize(
    "word", ["clf", "SVC", "sklearn.svm.SVC", "clf.joblib", "out/clf.joblib", "nb.ipynb:clf", "nb.ipynb:SVC"]
)
def test_a_model_is_called_so(store: MemoryStore, word: str) -> None:
    assert len(find_nodes(store, "model", word)) == 1


@pytest.mark.parametrize("word", ["birds.csv", "data/birds.csv"])
def test_a_file_is_called_so(store: MemoryStore, word: str) -> None:
    (node,) = find_nodes(store, "file", word)
    assert node.value == "https://example.org/data/birds.csv"


def test_a_variable_is_all_its_definitions(store: MemoryStore) -> None:
    assert len(find_nodes(store, "variable", "birds")) == 2
    assert find_nodes(store, "variable", "nb.ipynb:birds") == find_nodes(store, "variable", "birds")


@pytest.mark.parametrize("word", ["2", "nb.ipynb:2"])
def test_a_cell_is_called_by_its_number(store: MemoryStore, word: str) -> None:
    (node,) = find_nodes(store, "cell", word)
    assert node.value.partition(".cell-")[2].startswith("1-")


def test_a_plan_is_called_by_its_path(store: MemoryStore) -> None:
    (node,) = find_nodes(store, "plan", "nb.ipynb")
    assert node.value == "https://example.org/nb.ipynb"


def test_a_library_is_called_by_its_name(store: MemoryStore) -> None:
    (node,) = find_nodes(store, "library", "scikit-learn")
    assert node.value == "pkg:pypi/scikit-learn"


def test_an_entity_is_first_of_all_a_model(store: MemoryStore) -> None:
    assert find_nodes(store, "entity", "clf") == find_nodes(store, "model", "clf")
    assert find_nodes(store, "entity", "birds.csv") == find_nodes(store, "file", "birds.csv")
    assert find_nodes(store, "entity", "birds") == find_nodes(store, "variable", "birds")


def test_a_wrong_name_has_near_ones(store: MemoryStore) -> None:
    with pytest.raises(QueryError, match="no model called 'clff'") as caught:
        find_nodes(store, "model", "clff")
    assert caught.value.hint
    assert "clf" in caught.value.hint


def test_a_name_like_no_other_is_answered_with_those_that_there_are(store: MemoryStore) -> None:
    with pytest.raises(QueryError) as caught:
        find_nodes(store, "plan", "zzz")
    assert caught.value.hint == "there are: nb.ipynb"


def test_another_notebook_has_no_such_variable(store: MemoryStore) -> None:
    with pytest.raises(QueryError):
        find_nodes(store, "variable", "other.ipynb:birds")


@pytest.mark.parametrize(
    "word", ["https://a.org/x", "<urn:x>", "arcp://uuid,1/a", "pkg:pypi/numpy", "ni:///sha-256;abc"]
)
def test_this_is_an_iri(word: str) -> None:
    iri = read_iri(word)
    assert iri is not None
    assert iri.value == word.strip("<>")


@pytest.mark.parametrize("word", ["nb.ipynb:4", "C:\\data.csv", "clf", "a:b"])
def test_this_is_a_name(word: str) -> None:
    assert read_iri(word) is None


@pytest.mark.parametrize("word", ["https://a.org/ x", "<a b>", 'urn:"'])
def test_what_looks_like_an_iri_and_is_none_says_so(word: str) -> None:
    with pytest.raises(QueryError, match="no IRI"):
        read_iri(word)


@pytest.mark.parametrize("word", ['" } #', "clf\n", "'", "\\", "{}", "?x"])
def test_a_hostile_name_is_only_not_found(store: MemoryStore, word: str) -> None:
    with pytest.raises(QueryError, match="there is no entity called"):
        find_nodes(store, "entity", word)
