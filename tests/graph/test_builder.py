"""The graph of a fact set: legal whatever the input, the same for every order, and good to read."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from provkg.facts.codec import FACT_TYPES
from provkg.facts.definition import Argument, Binding, Call, Plan, Step, Use
from provkg.facts.execution import Access, Failure, Output, Run, StepRun
from provkg.facts.factset import FactSet, Origin, Span
from provkg.graph.builder import EMITTERS, build_graph, build_quads, turtle_prefixes
from provkg.graph.terms import FAIR4ML, PREFIXES, PROV, PROVKG, RDF, RDFS, REPR, SCHEMA
from provkg.identity import digest_bytes, digest_text, digest_texts

BASE = "https://w3id.org/my/project/"
Rich = Callable[..., FactSet]
Draw = Callable[[st.DataObject], FactSet]


def turtle(quads: list[Quad], prefixes: dict[str, str]) -> str:
    lines = serialize([quad.triple for quad in quads], format=RdfFormat.TURTLE, prefixes=prefixes).decode()
    return "".join(line for line in lines.splitlines(keepends=True) if not line.startswith("@prefix"))


def statements(fact_set: FactSet) -> set[Triple]:
    """What a graph says, but for what it says of itself."""
    return {quad.triple for quad in build_quads(fact_set, BASE) if quad.subject != quad.graph_name}


def test_every_fact_type_has_an_emitter() -> None:
    assert set(EMITTERS) == set(FACT_TYPES)


def test_the_turtle_of_a_small_notebook_reads_from_top_to_bottom() -> None:
    plan, cells = "iris.ipynb#v3fa9", ("df = load()", "df.head()")
    load, show = f"{plan}.cell-a1", f"{plan}.cell-b2"
    facts = (
        Use(show, f"{load}.df.L1", "df", 1, "document"),
        Call(f"{load}.call-L1C5", load, "lib.load", "load",
             (Argument(0, None, "5", 5, True),), Span(1, 5, 1, 11)),
        Binding(f"{load}.df.L1", load, "df", "", "assignment", Span(1, 0, 1, 11), (), f"{load}.call-L1C5"),
        Step(show, plan, "iris.ipynb#cell-b2", 1, "code", cells[1], digest_text(cells[1]), "b2", load),
        Step(load, plan, "iris.ipynb#cell-a1", 0, "code", cells[0], digest_text(cells[0]), "a1"),
        Plan(plan, "iris.ipynb", "notebook", "iris.ipynb", "nbformat 4.5", "python",
             digest_texts(cells), digest_bytes(b""), 0),
    )  # fmt: skip
    origin = Origin("provkg.extract", "0.1.0", "inferred")
    quads = build_quads(FactSet("iris.ipynb#inferred", "iris.ipynb", origin, facts), BASE)
    assert turtle(quads, turtle_prefixes(quads, BASE)) == Path(__file__).with_name("small.ttl").read_text()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_text_gives_a_graph_that_every_format_gives_back(
    draw_fact_set: Draw, data: st.DataObject
) -> None:
    quads = build_quads(draw_fact_set(data), BASE)
    assert len(set(quads)) == len(quads)
    triples = [quad.triple for quad in quads]
    prefixes = turtle_prefixes(quads, BASE)
    nquads = serialize(quads, format=RdfFormat.N_QUADS)
    assert set(parse(nquads, format=RdfFormat.N_QUADS)) == set(quads)
    for rdf_format in (RdfFormat.TURTLE, RdfFormat.RDF_XML):
        text = serialize(triples, format=rdf_format, prefixes=prefixes)
        assert {quad.triple for quad in parse(text, format=rdf_format)} == set(triples)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_text_is_written_as_the_library_writes_it(draw_fact_set: Draw, data: st.DataObject) -> None:
    nquads = build_graph(draw_fact_set(data), BASE).nquads
    assert serialize(parse(nquads, format=RdfFormat.N_QUADS), format=RdfFormat.N_QUADS) == nquads


def test_a_graph_is_a_sequence_of_its_quads(rich: Rich) -> None:
    graph, quads = build_graph(rich(), BASE), build_quads(rich(), BASE)
    assert (len(graph), list(graph), graph[0], graph[-2:]) == (len(quads), quads, quads[0], quads[-2:])
    assert graph == build_graph(rich(), BASE)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_order_of_facts_never_changes_the_bytes(draw_fact_set: Draw, data: st.DataObject) -> None:
    fact_set = draw_fact_set(data)
    shuffled = replace(
        fact_set,
        facts=tuple(data.draw(st.permutations(fact_set.facts))),
        problems=tuple(data.draw(st.permutations(fact_set.problems))),
    )
    assert build_quads(shuffled, BASE) == build_quads(fact_set, BASE)


def test_the_order_of_facts_never_changes_the_bytes_of_a_whole_notebook(rich: Rich) -> None:
    fact_set = rich()
    expected = build_quads(fact_set, BASE)
    for seed in range(20):
        facts = list(fact_set.facts)
        random.Random(seed).shuffle(facts)  # noqa: S311
        assert build_quads(replace(fact_set, facts=tuple(facts)), BASE) == expected


def test_two_documents_built_apart_and_joined_equal_them_built_together(rich: Rich) -> None:
    one, other = (replace(rich(document), problems=()) for document in ("a.ipynb", "b.ipynb"))
    together = replace(one, facts=one.facts + other.facts)
    assert statements(one) | statements(other) == statements(together)


def test_what_is_written_and_what_happened_join_without_a_seam(rich: Rich) -> None:
    whole = rich(how="recorded")
    retrospective = (Run, StepRun, Output, Failure, Access)
    happened = tuple(fact for fact in whole.facts if isinstance(fact, retrospective))
    written = tuple(fact for fact in whole.facts if not isinstance(fact, retrospective))
    joined = statements(replace(whole, facts=happened)) | statements(replace(whole, facts=written))
    lost = statements(whole) - joined
    known_to_both = {RDFS.label, FAIR4ML.trainedOn, SCHEMA.sha256, SCHEMA.contentSize}
    assert {triple.predicate for triple in lost} <= {PROV.used, *known_to_both}, (
        "they name what the other part knows"
    )
    assert {triple.predicate for triple in joined - statements(whole)} <= known_to_both


def test_no_quad_comes_twice_and_subjects_stand_together(rich: Rich) -> None:
    quads = build_quads(rich(), BASE)
    assert len(set(quads)) == len(quads)
    subjects = [subject for subject, _ in groupby(quad.subject for quad in quads)]
    assert len(set(subjects)) == len(subjects)


def test_types_come_first_then_the_label(rich: Rich) -> None:
    seen: dict[NamedNode, list[NamedNode]] = {}
    for quad in build_quads(rich(), BASE):
        seen.setdefault(quad.subject, []).append(quad.predicate)
    for predicates in seen.values():
        kinds = [{RDF.type: 0, RDFS.label: 1}.get(predicate, 2) for predicate in predicates]
        assert kinds == sorted(kinds)
        assert kinds[0] == 0


@pytest.mark.parametrize("how", ["inferred", "recorded"])
def test_every_node_that_says_something_has_a_class_of_prov(rich: Rich, how: str) -> None:
    classes = {PROV.Entity, PROV.Activity, PROV.Agent, PROV.Association}
    types: dict[NamedNode, set[NamedNode]] = {}
    for quad in build_quads(rich("a.ipynb", how), BASE):
        types.setdefault(quad.subject, set())
        if quad.predicate == RDF.type:
            types[quad.subject].add(quad.object)
    assert [node for node, kinds in types.items() if not kinds & classes] == []
    assert [node for node, kinds in types.items() if {PROV.Entity, PROV.Activity} <= kinds] == []


def test_there_are_no_blank_nodes(rich: Rich) -> None:
    assert not [q for q in build_quads(rich(), BASE) if BlankNode in (type(q.subject), type(q.object))]


def test_what_a_person_sees_has_a_label(rich: Rich) -> None:
    quads = build_quads(rich(), BASE)
    labelled = {quad.subject for quad in quads if quad.predicate == RDFS.label}
    labelled |= {quad.subject for quad in quads if quad.object == REPR.Argument}  # they have their text
    assert {quad.subject.value for quad in quads if quad.subject not in labelled} == {
        BASE + "nb/iris.ipynb#v3fa9c1d2e4b5.run.association"
    }


def test_the_same_facts_give_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    code = (
        "import runpy, sys, hashlib; m = runpy.run_path(sys.argv[1]); from provkg.graph.builder import *;"
        "from pyoxigraph import *; q = build_quads(m['rich_fact_set'](), 'https://example.org/');"
        "p = turtle_prefixes(q, 'https://example.org/');"
        "print(hashlib.sha256(serialize(q, format=RdfFormat.TRIG, prefixes=p)).hexdigest())"
    )
    conftest = Path(__file__).with_name("conftest.py")
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, str(conftest)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1


def test_prefixes_name_the_vocabularies_in_use_and_the_document(rich: Rich) -> None:
    quads = build_quads(rich(), BASE)
    prefixes = turtle_prefixes(quads, BASE)
    assert {prefix: iri for prefix, iri in prefixes.items() if prefix not in PREFIXES} == {
        "base": BASE,
        "dir": BASE + "nb/",
        "doc": BASE + "nb/iris.ipynb#",
        "v": BASE + "nb/iris.ipynb#v3fa9c1d2e4b5.",
    }
    assert set(PREFIXES) <= set(prefixes)


def test_what_was_recorded_reads_with_the_prefixes_of_its_document(rich: Rich) -> None:
    whole = rich(how="recorded")
    facts = tuple(fact for fact in whole.facts if isinstance(fact, Run | StepRun))
    quads = build_quads(replace(whole, facts=facts), BASE)
    assert turtle_prefixes(quads, BASE)["v"] == BASE + "nb/iris.ipynb#v3fa9c1d2e4b5."


def test_prefixes_are_numbered_where_there_are_several_documents(rich: Rich) -> None:
    quads = build_quads(rich("a.ipynb"), BASE) + build_quads(rich("b.ipynb"), BASE)
    prefixes = turtle_prefixes(quads, BASE)
    assert prefixes["v1"] == BASE + "a.ipynb#v3fa9c1d2e4b5."
    assert prefixes["doc2"] == BASE + "b.ipynb#"
    assert "v" not in prefixes


def test_a_base_that_ends_in_a_hash_gives_legal_iris(rich: Rich) -> None:
    base = "https://example.org/kg#"
    quads = build_quads(rich("a.ipynb"), base)
    assert NamedNode(base + "a.ipynb:v3fa9c1d2e4b5") in {quad.subject for quad in quads}
    assert turtle_prefixes(quads, base)["doc"] == base + "a.ipynb:"


def test_all_calls_of_a_function_are_one_pattern_away(rich: Rich) -> None:
    store = Store()
    store.extend(build_quads(rich("a.ipynb"), BASE) + build_quads(rich("b.ipynb"), BASE))
    query = "SELECT ?call { GRAPH ?g { ?call provkg:calls <https://w3id.org/provkg/python/pandas.read_csv> }}"
    assert len(list(store.query(query, prefixes=PREFIXES))) == 2


def test_the_dependency_between_cells_is_a_direct_edge(rich: Rich) -> None:
    document = BASE + "nb/iris.ipynb#v3fa9c1d2e4b5"
    edges = {
        (q.subject.value, q.object.value)
        for q in build_quads(rich(), BASE)
        if q.predicate == PROVKG.dependsOn
    }
    assert edges == {(f"{document}.cell-b2", f"{document}.cell-a1")}
