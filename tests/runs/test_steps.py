from __future__ import annotations

import json
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from provkg.extract.run import extract_facts
from provkg.facts.definition import Binding, OrderDifference, Step, Use
from provkg.facts.execution import CallRun, Failure, Output, StepRun, VariableState
from provkg.facts.factset import FactSet
from provkg.sources.script import parse_script
from tests.runs.recordings import record_script, record_session

Kind = TypeVar("Kind")


def of(facts: FactSet, kind: type[Kind]) -> list[Kind]:
    return [fact for fact in facts.facts if isinstance(fact, kind)]


def test_executions_stand_on_the_steps_that_static_extraction_finds() -> None:
    text = "# %%\na = 1\n# %%\nb = a\n"
    observed = record_script(text).facts()
    (inferred,) = extract_facts(parse_script(text.encode(), "program.py"))
    assert of(observed, Step) == of(inferred, Step)
    first, second = of(observed, StepRun)
    assert [run.step for run in (first, second)] == [step.id for step in of(observed, Step)]
    assert second.informed_by == (first.id,)
    assert second.used == (f"{first.id}.value-a",)
    assert (first.sequence, first.status, first.elapsed_seconds) == (0, "completed", 2.0)


def test_values_are_tied_to_the_bindings_of_the_text_and_to_the_values_before_them() -> None:
    facts = record_script("# %%\na = 1\nx = 5\n# %%\nt = a + 1\nb = [t]\n").facts()
    states = {state.name: state for state in of(facts, VariableState)}
    assert states["b"].derived_from == (states["a"].id,)
    assert (states["a"].value, states["a"].type) == (1, "int")
    bindings = {binding.id: binding for binding in of(facts, Binding)}
    assert states["b"].binding is not None
    assert bindings[states["b"].binding].name == "b"


def test_a_change_in_place_is_a_revision() -> None:
    facts = record_script("# %%\nxs = [1]\n# %%\nxs.append(2)\n").facts()
    first, second = of(facts, VariableState)
    assert second.previous == first.id
    assert (first.value, second.value) == ({"length": 1, "first": [1]}, {"length": 2, "first": [1, 2]})


def test_a_branch_that_did_not_run_binds_nothing() -> None:
    facts = record_script("# %%\na = 1\n# %%\nif a > 1:\n    b = a\nelse:\n    c = a\n").facts()
    assert {binding.name for binding in of(facts, Binding)} == {"a", "c"}


def test_calls_stand_on_their_call_sites() -> None:
    text = "# %%\ndef g(x):\n    return x\ndef f(x):\n    return g(x)\n# %%\ny = f(3)\n"
    facts = record_script(text).facts()
    calls = {run.function: run for run in of(facts, CallRun)}
    first, second = of(facts, Step)
    assert calls["f"].call == f"{second.id}.call-L1C5"
    assert calls["g"].call == f"{first.id}.call-L4C12"
    assert calls["f"].definition is not None
    assert calls["g"].caller == calls["f"].definition
    assert calls["g"].step == first.id
    assert calls["g"].step_run == of(facts, StepRun)[1].id
    assert json.dumps(calls["f"].first).count('"value": 3') == 2


def test_a_hot_function_has_its_exact_count_where_one_place_calls_it() -> None:
    facts = record_script("def f(x):\n    return x\nfor i in range(5000):\n    f(i)\n").facts()
    (run,) = of(facts, CallRun)
    assert run.count == 5000
    assert run.looked_at < 100


def test_assignments_are_tied_to_their_bindings() -> None:
    facts = record_script("a = 1\nfor i in range(3):\n    a = a + i\n", "variable").facts()
    states = {(state.name, state.line): state for state in of(facts, VariableState) if state.line is not None}
    (step,) = of(facts, Step)
    assert states["a", 3].binding == f"{step.id}.a.L3"
    assert (states["a", 3].count, states["a", 3].value) == (3, 4)
    assert set(states["a", 3].derived_from) == {states["a", 1].id, states["a", 3].id, states["i", 2].id}


def test_an_execution_that_was_cut_off_has_no_end() -> None:
    recording = record_script("# %%\na = 1\n# %%\nb = 2\n")
    while recording.records[-1].get("event") != "start":
        recording.records.pop()
    first, second = of(recording.facts(), StepRun)
    assert (first.status, second.status, second.ended) == ("completed", "unknown", None)


def test_a_session_keeps_edited_and_deleted_cells() -> None:
    facts = record_session(
        ("x", "a = 1"), ("y", "b = a"), ("x", "a = 2"), ("z", "c = a"), ("y", "b = a")
    ).facts()
    assert [(step.index, step.text) for step in of(facts, Step)] == [
        (0, "a = 1"), (1, "a = 2"), (2, "c = a"), (3, "b = a"),
    ]  # fmt: skip
    runs = of(facts, StepRun)
    texts = {step.id: step.text for step in of(facts, Step)}
    assert [texts[run.step] for run in runs] == ["a = 1", "b = a", "a = 2", "c = a", "b = a"]
    assert [run.count for run in runs] == [1, 2, 3, 4, 5]
    assert [run.informed_by for run in runs[1:]] == [(runs[0].id,), (), (runs[2].id,), (runs[2].id,)]


def test_a_name_that_meant_something_else_when_its_cell_ran_is_a_difference_of_order() -> None:
    facts = record_session(("x", "a = 1"), ("y", "b = a"), ("z", "a = 2"), ("y", "b = a")).facts()
    (difference,) = of(facts, OrderDifference)
    names = {step.id: step.text for step in of(facts, Step)}
    assert (names[difference.step], difference.name) == ("b = a", "a")
    assert len(difference.in_execution_order) == 2
    assert {use.order for use in of(facts, Use)} == {"execution"}


def test_outputs_and_errors_are_facts() -> None:
    recording = record_session(("x", "a = 1"))
    start = next(place for place, each in enumerate(recording.records) if each.get("event") == "start")
    shown = {
        "k": "output",
        "t": 1.5,
        "s": 0,
        "index": 0,
        "output": "stream",
        "stream": "stdout",
        "mime": "text/plain",
    }
    recording.records.insert(start + 1, {**shown, "digest": "sha256:00", "size": 2, "preview": "hi"})
    end = next(each for each in recording.records if each.get("event") == "end")
    end |= {"status": "failed", "error": {"exception": "KeyError", "message": "k", "traceback": "T"}}
    facts = recording.facts()
    (output,) = of(facts, Output)
    (failure,) = of(facts, Failure)
    (run,) = of(facts, StepRun)
    assert (output.step_run, output.kind, output.preview, output.stream) == (run.id, "stream", "hi", "stdout")
    assert (failure.step_run, failure.exception, run.status) == (run.id, "KeyError", "failed")


def test_damaged_records_are_passed_over() -> None:
    recording = record_script("def f(x): return x\nf(1)\n")
    for record in recording.records:
        if record["k"] == "value":
            record["summary"] = None
        if record.get("event") == "end":
            record["reads"] = {"odd": 1}
    assert len(of(recording.facts(), StepRun)) == 1


# ---- what is inferred covers what is observed ----

NAMES = ("a", "b", "c", "d")
expressions = st.recursive(
    st.sampled_from([*NAMES, "1", "2"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} + {pair[1]})"),
        inner.map(lambda each: f"f({each})"),
        inner.map(lambda each: f"[{each}, 1][0]"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} > 2 else {parts[2]})"),
    ),
    max_leaves=4,
)
simple = st.one_of(
    st.tuples(st.sampled_from(NAMES), expressions).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(st.sampled_from(NAMES), expressions).map(lambda pair: f"{pair[0]} += {pair[1]}"),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), expressions).map(
        lambda parts: f"{parts[0]}, {parts[1]} = {parts[2]}, {parts[1]}"
    ),
    expressions.map(lambda each: f"xs.append({each} % 97)"),
    st.sampled_from(NAMES).map(lambda name: f"{name} = len(xs)"),
    st.sampled_from(NAMES).map(lambda name: f"{name} = xs[-1]"),
)


def block(head: str, body: list[str]) -> str:
    return "\n".join([head, *(f"    {line}" for statement in body for line in statement.splitlines())])


compound = st.one_of(
    st.tuples(expressions, st.lists(simple, min_size=1, max_size=3)).map(
        lambda p: block(f"if {p[0]} % 2:", p[1])
    ),
    st.tuples(st.sampled_from(NAMES), st.lists(simple, min_size=1, max_size=3)).map(
        lambda p: block(f"for {p[0]} in range(3):", p[1])
    ),
    st.lists(simple, min_size=1, max_size=2).map(lambda body: block("for x in xs[:2]:", body)),
    st.lists(simple, min_size=1, max_size=2).map(
        lambda body: block("try:", body) + "\n" + block("except ZeroDivisionError:", ["a = 0"])
    ),
)
cells = st.lists(st.one_of(simple, compound), min_size=1, max_size=4).map("\n".join)
SETUP = "a, b, c, d = 1, 2, 3, 4\nxs = [5]\ndef f(x):\n    return (x + a) % 1000"


def program_of(texts: list[str]) -> str:
    return "".join(f"# %%\n{text}\n" for text in [SETUP, *texts])


def missed(text: str) -> list[tuple[Any, ...]]:
    """What was observed of a program that its text does not imply."""
    recording = record_script(text, "variable")
    context = recording.context()
    from provkg.runs.steps import Observed

    observed = Observed(context)
    bindings = {fact.id: fact for fact in context.inferred.facts if isinstance(fact, Binding)}
    uses: dict[tuple[str, str], set[str]] = {}
    for fact in context.inferred.facts:
        if isinstance(fact, Use) and fact.order == "document":
            uses.setdefault((fact.step, fact.name), set()).add(bindings[fact.binding].step)
    found: list[tuple[Any, ...]] = [
        ("read", execution.step.index, name, writer.step.index)
        for execution in observed.executions
        for name in execution.reads
        if (writer := observed.writers.get((execution.number, name))) is not None
        if writer.step.id not in uses.get((execution.step.id, name), ())
    ]
    states = {state.id: state for state in observed.states}
    assigned = [state for state in states.values() if state.line is not None]
    found += [
        ("value", state.name, state.line, states[source].name)
        for state in assigned
        for source in state.derived_from
        if states[source].name not in sources_of(state.binding, bindings)
    ]
    found += [
        ("binding", state.name, state.line) for state in assigned if state.binding is None and not state.scope
    ]
    return found


def sources_of(binding: str | None, bindings: dict[str, Binding]) -> set[str]:
    """The names that a binding may have been computed from."""
    seen: set[str] = set()
    waiting = [binding] if binding else []
    while waiting:
        for source in bindings[waiting.pop()].derived_from:
            if source in bindings and source not in seen:
                seen.add(source)
                waiting.append(source)
    return {bindings[each].name for each in seen}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(cells, min_size=1, max_size=4))
def test_what_is_inferred_covers_what_is_observed(texts: list[str]) -> None:
    assert missed(program_of(texts)) == []


def test_what_is_read_but_not_inferred_would_be_found() -> None:
    text = program_of(
        ["exec('e = a')", "b = globals()['e']", "c = eval('b')", "def g():\n    return e\na = g()"]
    )
    assert ("read", 4, "e", 1) in missed(text)
