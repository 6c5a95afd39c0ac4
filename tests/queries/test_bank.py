"""Every question of the bank has the rows that are written down for it, whoever is asked.

`tests/queries/<group>/<name>.csv` holds the rows for the example of the header, asked of the graphs that
`x-provkg: fixture` names; `<name>.all.csv`, where it is there, those without any parameter. Columns of IRIs are
left out. `--update-golden` writes them anew: read the difference.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
import rdflib
from pyoxigraph import QuerySolutions

from provkg.errors import ProvkgError
from provkg.query.bank import Question, load_bank
from provkg.query.parameters import prepare
from provkg.query.results import Table, read_table
from provkg.report.answers import leave_out_iris
from provkg.report.questions import write_readme
from provkg.store.base import Store
from provkg.store.memory import MemoryStore
from provkg.store.tokens import significant, tokens

HERE = Path(__file__).parent
BANK = load_bank()
IDS = [question.id for question in BANK]

StoreOf = Callable[[str], MemoryStore]
JenaQuery = Callable[[bytes, str], list[list[str]]]


class Server(Protocol):
    """A server of the fixtures in `tests/conftest.py`."""

    query_url: str

    def store(self) -> Store: ...


Case = tuple[Question, dict[str, str], Path]


def cases() -> list[Case]:
    """Each question with its example, and without parameters where rows are written down for that."""
    found: list[Case] = []
    for question in BANK:
        file = HERE / question.group / f"{question.id.partition('.')[2]}.csv"
        found.append((question, question.example, file))
        if file.with_suffix(".all.csv").exists():
            found.append((question, {}, file.with_suffix(".all.csv")))
    return found


def name_of(case: object) -> str:
    return Path(str(case[2])).relative_to(HERE).with_suffix("").as_posix() if isinstance(case, tuple) else ""


def write_rows(table: Table) -> str:
    """The table as CSV, without IRIs and with nothing for what is not bound."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    shown = leave_out_iris(table)
    writer.writerow(shown.columns)
    writer.writerows([["" if value is None else value for value in row] for row in shown.rows])
    return stream.getvalue()


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_a_question_has_the_expected_rows(
    case: Case, given_store: StoreOf, request: pytest.FixtureRequest
) -> None:
    question, words, file = case
    store = given_store(question.fixture)
    found = write_rows(read_table(store.query(prepare(store, question, words.items()))))
    if request.config.getoption("--update-golden"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")
    assert found.count("\n") > 1, "a question that finds nothing shows nothing"


RDFLIB_TAKES_MINUTES = {"ml.leakage"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib warns of itself, at each quad
@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_rdflib_gives_the_same_rows(
    case: Case, given_store: StoreOf, given_graphs: Callable[[str], bytes]
) -> None:
    question, words, file = case
    if question.id in RDFLIB_TAKES_MINUTES:
        pytest.skip("rdflib takes minutes over it")
    dataset = read_dataset(given_graphs(question.fixture))
    text = prepare(given_store(question.fixture), question, words.items())
    answer = dataset.query(text)
    columns = tuple(map(str, answer.vars or ()))
    rows = [tuple(None if term is None else python(term) for term in row) for row in answer]  # type: ignore[union-attr]
    assert write_rows(Table(columns, rows)) == file.read_text(encoding="utf-8")


@cache
def read_dataset(nquads: bytes) -> rdflib.Dataset:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=nquads, format="nquads")
    return dataset


FIRST = frozenset(
    [
        "lineage.backward",
        "lineage.forward",
        "lineage.files-influencing",
        "lineage.variable",
        "lineage.outputs",
        "ml.data-trained-model",
        "ml.features",
        "ml.split",
        "ml.hyperparameters",
        "ml.seeds",
        "ml.metric-history",
        "ml.how-trained",
        "ml.models-of-dataset",
        "runs.list",
        "diff.params",
        "diff.values",
        "diff.operations",
        "diff.code",
        "diff.data",
        "diff.environment",
        "nb.execution-order",
        "nb.nonlinear",
        "nb.hidden-state",
        "nb.unused-imports",
        "nb.failed-cells",
        "nb.slow-cells",
        "env.libraries",
        "env.affected",
        "who.responsible",
        "corpus.same-content",
        "fair.gaps",
    ]
)
"""The questions that people ask first; they are asked of every engine."""


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_an_oxigraph_server_gives_the_same_rows(
    case: Case, given_store: StoreOf, oxigraph_server: Server
) -> None:
    assert ask_server(case, given_store, oxigraph_server) == case[2].read_text(encoding="utf-8")


VIRTUOSO_CANNOT = {
    "env.affected": "it takes an empty part of a version for no number",
    "lineage.backward": "its memory for one query is not enough",
    "lineage.columns": "it starts no path from what is not bound yet",
    "lineage.files-influencing": "it finds more than there is",
    "lineage.forward": "its memory for one query is not enough",
    "lineage.path": "it starts no path from what is not bound yet",
    "ml.checklist": "it cannot parse what it makes of the query",
    "ml.leakage": "it has no answer within a minute",
    "ml.how-trained": "it cannot replace what may be empty",
    "ml.hyperparameters": "it finds less than there is",
    "ml.metrics-without-split": "it cannot compile the query (internal error SQ156)",
    "ml.split": "it cannot write a value of mixed types as text",
}
"""Questions that Virtuoso 7.2.5 refuses or answers otherwise than the standard says → why."""


VIRTUOSO_MAY_MISS = 8
"""How many more it may answer wrong.

Which rows it finds depends on what it held and was asked before: run after run of one order of questions, the same ones have
rows too many or too few, and in another order others (seen: diff.code, diff.environment, diff.params, ml.finetuned-from,
ml.preprocessing, ml.unseeded; four at once).
"""


def test_virtuoso_gives_the_same_rows(given_store: StoreOf, virtuoso_server: Server) -> None:
    asked = [case for case in cases() if case[0].id not in VIRTUOSO_CANNOT]
    wrong = [
        name_of(case)
        for case in sorted(asked, key=lambda case: case[0].fixture)
        if with_ones(answer_or_error(case, given_store, virtuoso_server))
        != with_ones(case[2].read_text("utf-8"))
    ]
    assert len(wrong) <= VIRTUOSO_MAY_MISS, wrong


def answer_or_error(case: Case, given_store: StoreOf, server: Server) -> str:
    try:
        return ask_server(case, given_store, server)
    except ProvkgError as error:
        return str(error)


def with_ones(rows: str) -> str:
    """The rows with 1 for yes and 0 for no, as Virtuoso writes them."""
    return re.sub(r"(?<=,)(True|False)(?=[,\n])", lambda found: str(int(found[0] == "True")), rows)


LOADED: dict[str, tuple[str, Store]] = {}
"""URL of a server → the given graphs that it holds, and the store behind it."""


def ask_server(case: Case, given_store: StoreOf, server: Server) -> str:
    """The rows that a server finds in the given graphs."""
    question, words, _ = case
    here = given_store(question.fixture)
    loaded, there = LOADED.get(server.query_url, ("", None))
    if there is None or loaded != question.fixture:
        there = server.store()
        there.replace_graphs({name: list(here.quads(name)) for name in here.graphs()})
        LOADED[server.query_url] = question.fixture, there
    return write_rows(read_table(there.query(prepare(here, question, words.items()))))


@pytest.mark.parametrize("case", [case for case in cases() if case[0].id in FIRST], ids=name_of)
def test_jena_gives_the_same_rows(
    case: Case, given_store: StoreOf, given_graphs: Callable[[str], bytes], jena_query: JenaQuery
) -> None:
    question, words, file = case
    text = prepare(given_store(question.fixture), question, words.items())
    columns, *rows = jena_query(given_graphs(question.fixture), text)
    table = leave_out_iris(Table(tuple(columns), [tuple(row) for row in rows]))
    expected = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
    assert [list(map(plain, row)) for row in (table.columns, *table.rows)] == [
        list(map(plain, row)) for row in expected
    ]


def plain(cell: str) -> str:
    """A value however an engine writes it: 4 and 4.0 and 4e0, true and True."""
    try:
        return repr(float(cell))
    except ValueError:
        return cell.lower() if cell in ("True", "False") else cell


def python(term: rdflib.term.Node) -> object:
    """An RDF term of rdflib as `provkg.query.asking.python_value` gives it."""
    if not isinstance(term, rdflib.Literal):
        return str(term)
    kind = str(term.datatype or "").rpartition("#")[2]
    if kind == "integer":
        return int(term)
    if kind in ("double", "decimal", "float"):
        return float(term)
    if kind == "dateTime":  # rdflib writes "00.500000+00:00" for "00.5Z"
        return re.sub(r"(\.[0-9]*?)0+(?=\+)", r"\1", str(term)).replace(".+", "+").replace("+00:00", "Z")
    return str(term) == "true" if kind == "boolean" else str(term)


@pytest.mark.parametrize("question", BANK, ids=IDS)
def test_a_question_documents_its_columns_and_parameters(question: Question, given_store: StoreOf) -> None:
    answer = given_store(question.fixture).query(question.sparql)
    if isinstance(answer, QuerySolutions):
        assert [variable.value for variable in answer.variables] == list(question.columns)
    written = {token.text[1:] for token in tokens(question.sparql) if token.kind == "variable"}
    assert {each.variable for each in question.parameters} == {
        name for name in written if name.startswith("_")
    }
    assert all(each.example is not None for each in question.parameters if each.is_required)
    assert question.when_empty
    assert question.tags


@pytest.mark.parametrize("question", BANK, ids=IDS)
def test_a_question_is_plain_sparql_with_a_total_order(question: Question) -> None:
    words = [token.keyword for token in significant(tokens(question.sparql)) if token.keyword]
    assert not {"SERVICE", "LATERAL", "FROM"} & set(words)
    if question.kind == "SELECT":
        assert "ORDER" in words
    rdflib.Dataset().query(question.sparql)  # valid to a second parser, prefixes and all


@pytest.mark.parametrize(
    "path", sorted((HERE.parents[1] / "queries").rglob("*.rq")), ids=lambda path: path.stem
)
def test_a_header_calls_the_question_as_its_file_is_called(path: Path) -> None:
    written = re.search(r"^#\+   id: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert written
    assert written[1] == f"{path.parent.name}.{path.stem}"


def test_every_row_file_belongs_to_a_question() -> None:
    files: Sequence[Path] = [file for file in HERE.rglob("*.csv") if "given" not in file.parts]
    assert {f"{file.parent.name}.{file.name.partition('.')[0]}" for file in files} == set(IDS)


def test_the_readme_is_what_the_headers_say(request: pytest.FixtureRequest) -> None:
    path = HERE.parents[1] / "queries" / "README.md"
    if request.config.getoption("--update-golden"):
        path.write_text(write_readme(BANK), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == write_readme(BANK)


def test_the_tables_of_coverage_name_questions_that_there_are() -> None:
    tables = (HERE.parents[1] / "queries" / "coverage").glob("*.md")
    groups = "|".join({question.group for question in BANK})
    named = {
        id for path in tables for id in re.findall(rf"`((?:{groups})\.[a-z-]+)`", path.read_text("utf-8"))
    }
    assert named
    assert named <= set(IDS)
