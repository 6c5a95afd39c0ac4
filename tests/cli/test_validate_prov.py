"""`provkg validate` on PROV documents, and against ontologies."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import Result

from provkg.graph.terms import SH
from provkg.validate import ontology

Write = Callable[..., Path]
Invoke = Callable[..., Result]

PREFIX = "document\nprefix ex <http://example.org/>\n"
VALID = (
    PREFIX + "entity(ex:table)\nactivity(ex:run, -, -)\nwasGeneratedBy(ex:table, ex:run, -)\nendDocument\n"
)
CIRCLE = PREFIX + "wasDerivedFrom(ex:a, ex:b)\nwasDerivedFrom(ex:b, ex:a)\nendDocument\n"

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")


def test_a_valid_prov_document_has_nothing_to_mend(write: Write, invoke: Invoke) -> None:
    write("run.provn", VALID)
    result = invoke("validate", "run.provn", "-f", "concise")
    assert (result.exit_code, result.stdout) == (0, "nothing to mend in 1 document\n")


def test_an_invalid_one_is_told(write: Write, invoke: Invoke) -> None:
    write("run.provn", CIRCLE)
    result = invoke("validate", "run.provn", "-f", "concise")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "run.provn: violation PROV505 these are derived from one another in a circle: a → b → a"
    )


def test_json_is_taken_for_what_it_is(write: Write, invoke: Invoke) -> None:
    ex = {"prefix": {"ex": "http://example.org/"}}
    derived = {"_:d": {"prov:generatedEntity": "ex:a", "prov:usedEntity": "ex:a"}}
    write("run.json", json.dumps(ex | {"wasDerivedFrom": derived}))
    result = invoke("validate", "run.json", "-f", "concise")
    assert "PROV505 a is derived from itself" in result.stdout


def test_what_is_no_prov_document_could_not_be_checked(write: Write, invoke: Invoke) -> None:
    write("run.provn", "document entity( endDocument")
    result = invoke("validate", "run.provn")
    assert result.exit_code == 2
    assert "this is no PROV-N document" in result.stderr


def test_rules_of_prov_are_selected_and_silenced_like_others(write: Write, invoke: Invoke) -> None:
    write("run.provn", CIRCLE)
    assert invoke("validate", "run.provn", "--select", "PROV501").exit_code == 0
    assert invoke("validate", "run.provn", "--ignore", "PROV505").exit_code == 0


def test_a_report_about_a_prov_document_is_turtle_that_loads_again(
    write: Write, invoke: Invoke, folder: Path
) -> None:
    write("run.provn", CIRCLE)
    invoke("validate", "run.provn", "-f", "turtle", "-o", "report.ttl")
    quads = list(ox.parse(path=str(folder / "report.ttl")))
    results = [quad.subject for quad in quads if quad.object == SH.ValidationResult]
    (result,) = results
    assert {
        str(quad.object) for quad in quads if quad.subject == result and quad.predicate == SH.sourceShape
    } == {"<https://w3id.org/provkg/shapes#PROV505>"}


def test_every_rule_of_prov_is_explained(invoke: Invoke) -> None:
    result = invoke("rule", "PROV502")
    assert result.exit_code == 0
    assert "Each event is one event" in result.stdout


TRIAL = "<http://example.org/t> a <https://w3id.org/reproduceme#Trial>, <http://www.w3.org/ns/prov#Entity> ."


@needs_java
def test_what_contradicts_the_ontologies_is_named(write: Write, invoke: Invoke) -> None:
    write("a.ttl", TRIAL)
    result = invoke("validate", "a.ttl", "--owl", "--select", "OWL", "-f", "concise")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "a.ttl: violation OWL601 these cannot all be true: <http://example.org/t> a prov:Entity; "
        "<http://example.org/t> a repr:Trial; because p-plan:Activity rdfs:subClassOf prov:Activity; "
        "prov:Activity owl:disjointWith prov:Entity; repr:Trial rdfs:subClassOf p-plan:Activity"
    )


@needs_java
def test_a_class_that_nothing_can_be_in_is_named(write: Write, invoke: Invoke) -> None:
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    write(
        "own.ttl",
        f"<http://example.org/C> a <http://www.w3.org/2002/07/owl#Class> ; {below} <http://www.w3.org/ns/prov#Entity>, <http://www.w3.org/ns/prov#Activity> .",
    )
    write("a.ttl", "<http://example.org/e> a <http://www.w3.org/ns/prov#Entity> .")
    result = invoke("validate", "a.ttl", "--ontologies", "own.ttl", "--select", "OWL", "-f", "concise")
    assert "OWL602 nothing can be in the class <http://example.org/C>" in result.stdout


@needs_java
def test_a_notebook_agrees_with_the_ontologies(write: Write, invoke: Invoke) -> None:
    write()
    assert invoke("validate", "a.ipynb", "--owl", "--select", "OWL").exit_code == 0


def test_without_java_it_says_what_to_install(
    write: Write, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ontology.shutil, "which", lambda _: None)
    write("a.ttl", TRIAL)
    result = invoke("validate", "a.ttl", "--owl")
    assert result.exit_code == 2
    assert "needs Java" in result.stderr
