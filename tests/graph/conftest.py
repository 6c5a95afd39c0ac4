"""A fact set that says something of every kind, and fact sets of any text whatever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import strategies as st

from provkg.facts.codec import FACT_TYPES
from provkg.facts.definition import (
    Argument,
    Binding,
    Block,
    Call,
    Command,
    Definition,
    Import,
    OrderDifference,
    Plan,
    Step,
    UnresolvedName,
    Use,
)
from provkg.facts.deployment import Agent, Environment, EnvironmentVariable, Package
from provkg.facts.execution import (
    Access,
    Attachment,
    CallRun,
    DataFile,
    Failure,
    Output,
    Run,
    StepRun,
    VariableState,
)
from provkg.facts.factset import FactSet, How, Origin, Problem, Span
from provkg.facts.learning import Model
from provkg.identity import digest_bytes, digest_text, digest_texts

LOAD = "import pandas as pd\ndf = pd.read_csv('iris.csv')"
FIT = "token = '<redacted>'\nsvc.fit(df)"


def span(line: int, column: int = 0) -> Span:
    return Span(line, column, line, column + 5)


def written(document: str) -> list[Any]:
    """What is written in a notebook of two cells."""
    plan = f"{document}#v3fa9c1d2e4b5"
    load, fit, file = f"{plan}.cell-a1", f"{plan}.cell-b2", "data/iris.csv"
    read, train = f"{load}.call-L2C5", f"{fit}.call-L5C2"
    return [
        Plan(plan, document, "notebook", document, "nbformat 4.5", "python",
             digest_texts([LOAD, FIT]), digest_bytes(document.encode()), 4, "Iris"),
        Step(load, plan, f"{document}#cell-a1", 0, "code", LOAD, digest_text(LOAD), "a1", tags=("parameters",)),
        Step(fit, plan, f"{document}#cell-2", 1, "code", FIT, digest_text("secret"), previous=load,
             language="bash", unparsed="line 3: odd", first_line=7),
        Import(f"{load}.import-pd", load, "pandas", None, "pd", "pandas", "distribution", span(1)),
        Import(f"{fit}.import-load", fit, ".utils", "load", "load", None, "local", span(1)),
        Binding(f"{load}.pd.L1", load, "pd", "", "import", span(1)),
        Binding(f"{load}.df.L2", load, "df", "", "assignment", span(2), (f"{load}.pd.L1",), read, "pandas.DataFrame"),
        Binding(f"{fit}.df.L1", fit, "df", "", "mutation", span(1), (f"{load}.df.L2",), value=1.5),
        Binding(f"{fit}.f.y.L4", fit, "y", "f", "assignment", span(4), value=[1, 2]),
        Call(read, load, "pandas.read_csv", "pd.read_csv", (
            Argument(0, None, "'iris.csv'", "iris.csv", True),
            Argument(None, "sep", "s", None, False, (f"{load}.pd.L1",)),
            Argument(None, "names", "None", None, True),
        ), span(2, 5), (f"{load}.pd.L1",)),
        Call(train, fit, None, "f", (), span(5, 2), (), f"{fit}.f", f"{fit}.for-L5", "unresolved"),
        Use(fit, f"{load}.df.L2", "df", 1, "document"),
        Use(fit, f"{load}.df.L2", "df", 1, "execution"),
        OrderDifference(f"{fit}.order-df", fit, "df", (f"{load}.df.L2",), (f"{fit}.df.L1",)),
        UnresolvedName(f"{fit}.unresolved-y", fit, "y", 5),
        Definition(f"{fit}.f", plan, fit, "function", "f", span(3), ("x", "*args"), ("cache",)),
        Definition(f"{fit}.Net", plan, fit, "class", "Net", span(7)),
        Definition(f"{fit}.Net.forward", plan, fit, "function", "Net.forward", span(8), ("self",), (), f"{fit}.Net"),
        Block(f"{fit}.for-L5", fit, "for", "for i in range(5)", span(5), f"{fit}.f"),
        *[Block(f"{fit}.{kind}-L9", fit, kind, kind, span(9)) for kind in ("while", "if", "match", "try", "with")],
        Command(f"{fit}.command-L10", fit, "shell", "pip", "pip install numpy==2.0", span(10)),
        Package("numpy", fit, "pip install", "2.0", "==2.0"),
        Package("numpy", fit, "import"),
        EnvironmentVariable(f"{fit}.env-SEED", fit, "SEED", "1"),
        Environment(f"{plan}.environment", plan, "python3", "Python 3", "python", "3.11.2", "ipython"),
        Agent(f"{plan}.author-1", "Ada Lovelace", plan, "0000-0002-1825-0097"),
        Agent(f"{plan}.author-2", "Bob", plan),
        DataFile(file, "file", "iris.csv", True, file, digest_bytes(b"a,b"), 3),
        DataFile("https://example.org/a%20b.csv", "url", "https://example.org/a b.csv", True),
        *[DataFile(f"{document}#{kind}", kind, kind, False) for kind in ("directory", "database", "dataset", "memory")],
        Access(f"{load}.read-L2", load, file, "read", 2, "pandas.read_csv", "resolved", read, f"{load}.df.L2"),
        Access(f"{load}.write-L2", load, file, "write", 2, "pandas.to_csv", "resolved", None, f"{load}.df.L2"),
        Access(f"{fit}.write-L1", fit, file, "write", 1, "pandas.to_csv", "convention", None, f"{fit}.df.L1"),
        Model(f"{fit}.model-L5C2", fit, train, "sklearn.svm.SVC", "svc", f"{fit}.df.L1", "resolved", (f"{load}.read-L2",)),
        Attachment(f"{fit}.attachment-a", fit, "a.png", "image/png", digest_text("png"), 3),
    ]  # fmt: skip


def happened(document: str) -> list[Any]:
    """What the same notebook recorded of its run."""
    plan = f"{document}#v3fa9c1d2e4b5"
    load, fit, run = f"{plan}.cell-a1", f"{plan}.cell-b2", f"{plan}.run"
    return [
        Run(run, plan, "2024-01-02T03:04:05Z", "2024-01-02T03:05:05.123456+02:00", "failed", "papermill 2.4.0",
            (("alpha", 0.1), ("names", ["a"]))),
        StepRun(f"{run}.1", run, load, 1, 0, "2024-01-02T03:04:05Z", None, "completed", 1.25),
        StepRun(f"{run}.2", run, fit, 2, 1, status="failed", informed_by=(f"{run}.1",)),
        Output(f"{run}.1.out-0", f"{run}.1", load, 0, "stream", "text/plain", digest_text("hi"), 2, "hi", "stdout"),
        Output(f"{run}.1.out-1", f"{run}.1", load, 1, "display_data", "image/png", digest_text("png"), 3),
        Output(f"{load}.out-2", None, load, 2, "execute_result", "text/html", digest_text("html"), 4, "html"),
        Failure(f"{run}.2.error", f"{run}.2", fit, "KeyError", "'x'", "Traceback\n \x1b[31mboom"),
        VariableState(f"{run}.1.value-df", f"{run}.1", load, "df", "", 2, f"{load}.df.L2", "pandas.DataFrame",
                      digest_text("df"), True, (150, 5), {"rows": 150}, 3),
        VariableState(f"{run}.2.value-n", f"{run}.2", fit, "n", value=3, derived_from=(f"{run}.1.value-df",),
                      previous=f"{run}.1.value-df"),
        CallRun(f"{run}.2.call-f", f"{run}.2", fit, "f", 1, 7, 3, 0.5, 1, f"{load}.call-L2C4", None, None,
                {"arguments": {"x": 1}}, {"result": 2}),
        Use(fit, f"{load}.df.L2", "df", 1, "execution"),
        Access(f"{load}.read-L2", load, "data/iris.csv", "read", 2, "pandas.read_csv", "resolved"),
        Access(f"{fit}.write-L1", fit, "data/iris.csv", "write", 1, "pandas.to_csv", "resolved"),
    ]  # fmt: skip


def rich_fact_set(document: str = "nb/iris.ipynb", how: How = "inferred", *extra: Any) -> FactSet:
    """Every kind of fact about one document, and two problems."""
    facts = (*written(document), *happened(document), *extra)
    problems = (
        Problem(f"{document}#v3fa9c1d2e4b5.cell-b2", "odd", "warning", 3),
        Problem('my "file"', "bad", "error"),
    )
    return FactSet(f"{document}#{how}", document, Origin("provkg.extract", "0.1.0", how), facts, problems)


@pytest.fixture(scope="session")
def rich() -> Callable[..., FactSet]:
    """`rich(document, how, *extra)`: a fact set with facts of every kind about a document."""
    return rich_fact_set


# Any text, whatever it does to IRIs and literals: control characters, lone surrogates, syntax of RDF.
texts = st.text(st.characters(codec=None, categories=None), max_size=30) | st.sampled_from(
    ["a b", '"', "<x>", "sha256:00", "sha256:" + "0f" * 32, "http://www.w3.org/ns/prov#Entity", "http://[/", "\ud800",
     "data:," + "x" * 3000, "../../etc", "//host/x", "%zz", "x#y#z", "> . <a> <b> <c>", "\x00", "a\\b", "_:b0", "pkg:"]
)  # fmt: skip
small = st.integers(0, 4)
constants = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


def strategy_for(hint: Any) -> Any:
    """Values of a field with this annotation; `...` leaves it to Hypothesis."""
    plain = {
        "str": texts,
        "str | None": st.none() | texts,
        "int": small,
        "tuple[str, ...]": st.lists(texts, max_size=2).map(tuple),
        "Constant": constants,
        "tuple[tuple[str, Constant], ...]": st.lists(st.tuples(texts, constants), max_size=2).map(tuple),
        "Span": st.builds(Span, small, small, small, small),
        "tuple[Argument, ...]": st.deferred(lambda: st.lists(facts_of(Argument), max_size=2).map(tuple)),
    }
    return plain.get(hint, ...)


def facts_of(kind: type) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{field.name: strategy_for(field.type) for field in fields(kind)})


fact_sets = st.builds(
    FactSet,
    id=texts,
    source=texts,
    origin=facts_of(Origin),
    facts=st.lists(st.one_of([facts_of(kind) for kind in FACT_TYPES]), max_size=6).map(tuple),
    problems=st.lists(facts_of(Problem), max_size=2).map(tuple),
)


@pytest.fixture(scope="session")
def draw_fact_set() -> Callable[[st.DataObject], FactSet]:
    """Draws a fact set of every kind of fact with any text in every field."""
    return lambda data: data.draw(fact_sets)
