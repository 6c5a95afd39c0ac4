"""What each kind of fact becomes, where the vocabulary leaves room to get it wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from provkg.facts.definition import Argument, Binding, Call, Import, Step, Use
from provkg.facts.deployment import Agent, Package
from provkg.facts.execution import Access, DataFile, Output, Run
from provkg.facts.factset import FactSet, How, Origin, Problem, Span
from provkg.facts.learning import Metric, Model, Parameter
from provkg.graph.builder import build_quads
from provkg.graph.terms import MLS, PPLAN, PROV, PROVKG, PROVONE, RDF, RDFS, REPR, SCHEMA
from provkg.identity import digest_text, named_information

BASE = "https://example.org/"
SPAN = Span(3, 0, 4, 9)
STEP = Step("a#v1.c", "a#v1", "a#c", 6, "code", "x = 1", digest_text("x = 1"))
Rich = Callable[..., FactSet]


class Graph:
    """Quads, to be asked by id."""

    def __init__(self, quads: list[Quad]) -> None:
        self.quads = quads

    def values(self, identifier: str, predicate: NamedNode) -> list[str]:
        """Objects of a subject, short: ids for what lies below the base."""
        node = NamedNode(identifier if ":" in identifier else BASE + identifier)
        found = [quad.object for quad in self.quads if (quad.subject, quad.predicate) == (node, predicate)]
        return [item.value.removeprefix(BASE) for item in found]

    def subjects(self, predicate: NamedNode, value: NamedNode | Literal) -> list[str]:
        found = [quad.subject for quad in self.quads if (quad.predicate, quad.object) == (predicate, value)]
        return [item.value.removeprefix(BASE) for item in found]


def graph_of(*facts: object, how: How = "inferred", problems: tuple[Problem, ...] = ()) -> Graph:
    fact_set = FactSet(f"a#{how}", "a", Origin("provkg.extract", "0.1.0", how), facts, problems)  # type: ignore[arg-type]
    return Graph(build_quads(fact_set, BASE))


def test_labels_say_where_a_definition_stands() -> None:
    graph = graph_of(STEP, Binding("d", STEP.id, "df", "", "assignment", SPAN))
    assert graph.values("d", RDFS.label) == ["df (cell 7, line 3)"]


def test_the_source_text_stands_on_the_node_of_its_digest() -> None:
    graph = graph_of(STEP)
    source = named_information(STEP.digest)
    assert graph.values(STEP.id, PPLAN.hasInputVar) == [source]
    assert graph.values(source, RDF.value) == ["x = 1"]


def test_redacted_text_never_stands_on_the_node_of_the_true_bytes() -> None:
    redacted = replace(STEP, id="b", text="x = '***'")
    graph = graph_of(STEP, redacted)
    source = named_information(STEP.digest)
    assert graph.values(source, RDF.value) == ["x = 1"]
    assert graph.values("b", PPLAN.hasInputVar) == [source, "b.source"]
    assert graph.values("b.source", RDF.value) == ["x = '***'"]
    assert graph.values("b.source", PROV.wasDerivedFrom) == [source]


def test_without_source_the_digest_is_still_there() -> None:
    graph = graph_of(replace(STEP, text=None))
    assert graph.values(named_information(STEP.digest), RDF.value) == []
    assert graph.values(STEP.id, PPLAN.hasInputVar) == [named_information(STEP.digest)]


def test_tags_that_read_the_same_are_stated_once() -> None:
    graph = graph_of(replace(STEP, tags=("\x00", "\x01", "a", "a")))
    assert graph.values(STEP.id, SCHEMA.keywords) == ["\ufffd", "a"]


def test_a_name_bound_in_two_cells_is_one_variable_with_two_definitions() -> None:
    other = replace(STEP, id="a#v1.d", index=7)
    graph = graph_of(
        STEP, other,
        Binding("d1", STEP.id, "df", "", "assignment", SPAN),
        Binding("d2", other.id, "df", "", "mutation", SPAN, ("d1",)),
    )  # fmt: skip
    assert (
        graph.values("d1", PROVKG.ofVariable) == graph.values("d2", PROVKG.ofVariable) == ["a#v1.variable.df"]
    )
    assert graph.subjects(PPLAN.hasOutputVar, NamedNode(BASE + "d1")) == [STEP.id]
    assert graph.values("d2", PROV.wasDerivedFrom) == ["d1"]


def test_what_a_function_binds_for_itself_is_no_output_of_the_cell() -> None:
    graph = graph_of(STEP, Binding("d", STEP.id, "x", "f.<locals>.g", "assignment", SPAN))
    assert graph.values(STEP.id, PPLAN.hasOutputVar) == []
    assert graph.values("d", PROVKG.inCell) == [STEP.id]
    assert graph.values("d", PROVKG.ofVariable) == ["a#v1.variable.f%2E%3Clocals%3E%2Eg.x"]


def test_each_output_variable_comes_from_one_step_only(rich: Rich) -> None:
    quads = build_quads(rich(how="recorded"), BASE)
    outputs = [quad.object for quad in quads if quad.predicate == PPLAN.hasOutputVar]
    assert len(outputs) == len(set(outputs)) > 5


def test_reading_in_document_order_is_input_and_dependency() -> None:
    binding = Binding("d", "w", "df", "", "assignment", SPAN)
    graph = graph_of(STEP, binding, Use(STEP.id, "d", "df", 1, "document"))
    assert graph.values(STEP.id, PPLAN.hasInputVar)[-1] == "d"
    assert graph.values(STEP.id, PROVKG.dependsOn) == ["w"]


def test_reading_in_execution_order_is_kept_apart_from_document_order() -> None:
    graph = graph_of(STEP, Use(STEP.id, "d", "df", 1, "execution"))
    assert graph.values(STEP.id, PROVKG.executionInputVar) == ["d"]
    assert graph.values(STEP.id, PROVKG.dependsOn) == []
    assert "d" not in graph.values(STEP.id, PPLAN.hasInputVar)


def test_a_call_of_the_programs_own_function_points_at_its_definition() -> None:
    graph = graph_of(Call("c", "s", "f", "f", (), SPAN, definition="s.f"))
    assert graph.values("c", PROVKG.calls) == ["s.f"]


def test_a_call_of_a_library_points_at_a_node_that_all_projects_share() -> None:
    graph = graph_of(Call("c", "s", "pandas.read_csv", "pd.read_csv", (), SPAN))
    function = "https://w3id.org/provkg/python/pandas.read_csv"
    assert graph.values("c", PROVKG.calls) == [function]
    assert graph.values(function, PROVKG.qualifiedName) == ["pandas.read_csv"]


def test_a_call_that_is_not_resolved_keeps_its_text() -> None:
    graph = graph_of(Call("c", "s", None, "df.groupby('a').mean", (), SPAN, confidence="unresolved"))
    assert graph.values("c", PROVKG.calls) == []
    assert graph.values("c", SCHEMA.text) == ["df.groupby('a').mean"]


def test_a_confidence_is_stated_where_there_is_doubt() -> None:
    graph = graph_of(
        Call("sure", "s", "f", "f", (), SPAN),
        Call("unsure", "s", None, "f", (), SPAN, confidence="unresolved"),
        Access("guessed", "s", "data.csv", "read", 2, "read_csv", "convention"),
    )
    found = [graph.values(name, PROVKG.confidence) for name in ("sure", "unsure", "guessed")]
    assert found == [[], ["unresolved"], ["convention"]]


def test_an_argument_says_what_is_written_and_what_it_is() -> None:
    arguments = (Argument(0, None, "x", "a.csv", True), Argument(None, "sep", "','", ",", True))
    graph = graph_of(Call("c", "s", "f", "f", arguments, SPAN))
    assert graph.values("c", PPLAN.hasInputVar) == ["c.arg0", "c.arg1"]
    assert [graph.values("c.arg0", each) for each in (SCHEMA.position, SCHEMA.text, SCHEMA.value)] == [
        ["0"], ["x"], ["a.csv"]
    ]  # fmt: skip
    assert [graph.values("c.arg1", each) for each in (SCHEMA.name, SCHEMA.text)] == [["sep"], ["','"]]


def test_imports_name_module_and_library_and_local_modules_stay_in_the_project() -> None:
    graph = graph_of(
        Import("i", "s", "sklearn.svm", "SVC", "SVC", "scikit-learn", "distribution", SPAN),
        Import("j", "s", ".utils", None, "utils", None, "local", SPAN),
    )
    module = "https://w3id.org/provkg/python/sklearn.svm"
    assert graph.values("s", PROVKG.imports) == [module, "_module/%2Eutils"]
    assert graph.values(module, PROVKG.providedBy) == ["pkg:pypi/scikit-learn"]
    assert graph.values("_module/%2Eutils", PROVKG.providedBy) == []


def test_only_an_import_whose_name_stands_nowhere_else_says_so() -> None:
    used = Import("i", "s", "os", None, "os", None, "standard", SPAN)
    graph = graph_of(used, replace(used, id="j", is_named=False))
    assert [graph.values(each, PROVKG.isNamed) for each in "ij"] == [[], ["false"]]


def test_a_pinned_package_is_a_version_of_the_library() -> None:
    graph = graph_of(Package("numpy", "s", "pip install", "2.0", "==2.0"))
    assert graph.values("s", PROVKG.requires) == ["pkg:pypi/numpy@2.0"]
    assert graph.values("pkg:pypi/numpy@2.0", PROV.specializationOf) == ["pkg:pypi/numpy"]
    (requirement,) = graph.subjects(RDF.type, PROVKG.Requirement)
    assert graph.values(requirement, PROVKG.versionSpecifier) == ["==2.0"]


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"])
def test_people_are_known_by_their_orcid(orcid: str) -> None:
    graph = graph_of(Agent("a#author", "Ada", "a#v1", orcid))
    assert graph.values("a#v1", PROV.wasAttributedTo) == ["https://orcid.org/0000-0002-1825-0097"]


def test_what_is_no_orcid_makes_no_iri() -> None:
    graph = graph_of(Agent("a#author", "Ada", "a#v1", "javascript:alert(1)"))
    assert graph.values("a#v1", PROV.wasAttributedTo) == ["a#author"]


def test_a_file_has_its_bytes_as_a_version() -> None:
    digest = digest_text("a,b")
    graph = graph_of(DataFile("data.csv", "file", "data.csv", True, "data.csv", digest, 3))
    assert graph.values(named_information(digest), PROV.specializationOf) == ["data.csv"]
    assert graph.values(named_information(digest), SCHEMA.contentSize) == ["3"]


def test_reading_a_file_makes_the_direct_edges_and_keeps_the_evidence() -> None:
    graph = graph_of(Access("r", "s", "data.csv", "read", 2, "pandas.read_csv", "resolved", "c", "d"))
    assert graph.values("s", PROVKG.reads) == ["data.csv"]
    assert graph.values("d", PROV.wasDerivedFrom) == ["data.csv"]
    assert graph.values("r", PROV.specializationOf) == ["data.csv"]
    assert graph.values("r", PROVKG.rule) == ["pandas.read_csv"]


def test_a_file_that_is_read_and_written_back_is_not_derived_from_itself() -> None:
    graph = graph_of(
        Access("r", "s", "data.csv", "read", 2, "rule", "resolved", None, "d"),
        Access("w", "s", "data.csv", "write", 2, "rule", "resolved", None, "d"),
    )
    assert graph.values("w", PROV.wasDerivedFrom) == ["d"]
    assert graph.values("data.csv", PROV.wasDerivedFrom) == []


def test_only_what_happened_uses_and_generates(rich: Rich) -> None:
    written = {
        quad.predicate for quad in build_quads(rich(how="inferred"), BASE) if "write-L1" in str(quad.subject)
    }
    happened = {
        quad.predicate for quad in build_quads(rich(how="recorded"), BASE) if "write-L1" in str(quad.subject)
    }
    assert happened - written == {PROV.wasGeneratedBy}


def test_a_run_has_its_plan_in_an_association_without_a_blank_node() -> None:
    graph = graph_of(Run("r", "a#v1", tool="papermill 2.4.0", parameters=(("alpha", 0.5),)))
    assert graph.values("r", PROV.qualifiedAssociation) == ["r.association"]
    assert graph.values("r.association", PROV.hadPlan) == ["a#v1"]
    assert graph.values("r.association", PROV.agent) == graph.values("r", PROV.wasAssociatedWith)
    assert graph.values("r.parameter-alpha", SCHEMA.value) == ["5.0E-1"]


@pytest.mark.parametrize(
    ("kind", "mime", "expected"),
    [
        ("stream", "text/plain", REPR.Log),
        ("display_data", "image/png", PROVONE.Visualization),
        ("execute_result", "text/html", REPR.Result),
    ],
)
def test_outputs_are_typed_by_what_they_are(kind: str, mime: str, expected: NamedNode) -> None:
    output = Output("o", "r", "s", 0, kind, mime, digest_text("x"), 1)  # type: ignore[arg-type]
    assert expected.value in graph_of(output).values("o", RDF.type)


def test_a_model_is_an_instance_of_its_class_and_trained_by_a_call() -> None:
    graph = graph_of(Model("m", "s", "c", "sklearn.svm.SVC", "svc", "d", "resolved"))
    assert MLS.Model.value in graph.values("m", RDF.type)
    assert graph.values("m", PROVKG.modelClass) == ["https://w3id.org/provkg/python/sklearn.svm.SVC"]
    assert graph.values("m", PROVKG.trainedBy) == ["c"]


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("declared", REPR.ProspectiveProvenance),
        ("inferred", REPR.ProspectiveProvenance),
        ("observed", REPR.RetrospectiveProvenance),
        ("recorded", REPR.RetrospectiveProvenance),
    ],
)
def test_a_graph_says_how_its_facts_are_known_and_who_found_them(how: How, kind: NamedNode) -> None:
    graph = graph_of(how=how)
    assert graph.values(f"a#{how}", RDF.type) == [kind.value, PROV.Bundle.value, PROV.Entity.value]
    assert graph.values(f"a#{how}", PROVKG.how) == [how]
    assert graph.values(f"a#{how}", SCHEMA.about) == ["a"]
    assert graph.values(f"a#{how}", PROV.wasAttributedTo) == ["pkg:pypi/provkg@0.1.0#provkg.extract"]


def test_problems_are_never_lost() -> None:
    graph = graph_of(problems=(Problem("s", "odd", "error", 3), Problem("s", "odd", "error", 4)))
    problems = graph.subjects(RDF.type, PROVKG.Problem)
    assert [graph.values(problem, PROVKG.startLine) for problem in problems] == [["3"], ["4"]]
    assert graph.values(problems[0], SCHEMA.about) == ["s"]


def test_the_value_of_a_measure_comes_from_the_output_that_shows_it() -> None:
    metric = Metric(
        "m", STEP.id, "call", 3, "sklearn.metrics.f1_score", "rule", "resolved", value=0.9, output="o"
    )
    graph = graph_of(STEP, metric)
    assert graph.values("m", MLS.hasValue) == ["9.0E-1"]
    assert graph.values("m", PROV.wasDerivedFrom) == ["o"]
    assert graph.values("o", RDF.type) == [PROV.Entity.value]


def test_a_default_leads_to_the_version_of_the_library_that_has_it() -> None:
    default = Parameter(
        "p", "model", STEP.id, "call", 3, "C", "hyperparameter", "sklearn.svm.SVC", "1.0", 1.0, True,
        is_default=True, library="scikit-learn", version="1.7.2",
    )  # fmt: skip
    graph = graph_of(STEP, default)
    assert graph.values("p", PROVKG.isDefault) == ["true"]
    assert graph.values("p", PROV.wasDerivedFrom) == ["pkg:pypi/scikit-learn@1.7.2"]
    assert graph.values("pkg:pypi/scikit-learn@1.7.2", SCHEMA.softwareVersion) == ["1.7.2"]
