"""Documents are checked one by one, with all that is known of each."""

from __future__ import annotations

import pytest

from provkg import pipeline
from provkg.errors import ValidationError
from provkg.store.memory import MemoryStore
from provkg.validate.checking import Asked, check_store, find_document

from .conftest import PREFIXES

DOCUMENT = """
GRAPH <http://example.org/{name}#inferred> {{
  <http://example.org/{name}#inferred> schema:about <http://example.org/{name}> .
  <http://example.org/{name}> provkg:path "{name}" .
  <http://example.org/{name}#v> a provkg:{kind} ; prov:specializationOf <http://example.org/{name}> .
  <http://example.org/{name}#v> a prov:Plan, prov:Entity .
  <http://example.org/{name}#c> p-plan:isStepOfPlan <http://example.org/{name}#v> ; schema:position 1 ;
    p-plan:hasInputVar <http://example.org/{name}#s> ; provkg:startLine 11 .
  <http://example.org/{name}#s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> \"\"\"{source}\"\"\" .
  <http://example.org/{name}#r> a provkg:FileAccess ; provkg:inCell <http://example.org/{name}#c> ;
    provkg:startLine {line} ; prov:specializationOf <file:///a.csv> .
  <file:///a.csv> provkg:fileKind "file" ; provkg:isResolved true ; provkg:locator "/home/jane/a.csv" .
}}
"""

PATHS = Asked(("script",), ("RUN213",))


def store_of(*documents: str, extra: str = "") -> MemoryStore:
    store = MemoryStore()
    store.load_graph((PREFIXES + "".join(documents) + extra).encode(), "test")
    return store


def document(name: str = "a.ipynb", kind: str = "NotebookVersion", source: str = "", line: int = 2) -> str:
    return DOCUMENT.format(name=name, kind=kind, source=source, line=line)


def test_each_document_has_a_report_of_its_own_in_the_order_of_names() -> None:
    reports = list(check_store(store_of(document("b.ipynb"), document("a.py", "ScriptVersion")), PATHS))
    assert [(report.document, report.kind, len(report.findings)) for report in reports] == [
        ("a.py", "script", 1),
        ("b.ipynb", "notebook", 1),
    ]


def test_places_are_lines_of_cells_in_notebooks_and_lines_of_the_file_in_scripts() -> None:
    reports = check_store(store_of(document("b.ipynb"), document("a.py", "ScriptVersion")), PATHS)
    assert [str(report.findings[0].place) for report in reports] == ["a.py:line 12", "b.ipynb:cell 1:line 2"]


def test_a_comment_in_the_cell_silences_and_the_report_says_so() -> None:
    (report,) = check_store(store_of(document(source="# provkg: ignore RUN213")), PATHS)
    assert report.findings == ()
    assert [(each.finding.code, each.by) for each in report.silenced] == [("RUN213", "a comment")]


@pytest.mark.parametrize(("line", "count"), [(2, 0), (1, 1)])
def test_a_comment_behind_code_silences_in_its_line_only(line: int, count: int) -> None:
    source = "x = 1\\nf('/home')  # provkg: ignore"
    for kind in ("NotebookVersion", "ScriptVersion"):
        (report,) = check_store(store_of(document(kind=kind, source=source, line=line)), PATHS)
        assert len(report.findings) == count


def test_who_asked_for_silence_is_named() -> None:
    asked = Asked(("script",), ("RUN213",), {"RUN2": "--ignore"})
    (report,) = check_store(store_of(document()), asked)
    assert [each.by for each in report.silenced] == ["--ignore"]


def test_graphs_about_no_document_count_for_all() -> None:
    """A graph with a licence for a notebook, say, that somebody wrote by hand."""
    extra = '<file:///a.csv> provkg:locator "/data/other.csv" .'
    reports = list(check_store(store_of(document("a.ipynb"), document("b.ipynb"), extra=extra), PATHS))
    assert [len(report.findings) for report in reports] == [2, 2]


def test_a_graph_of_no_document_is_checked_as_it_is() -> None:
    text = ':r a provkg:FileAccess ; prov:specializationOf :f . :f provkg:fileKind "file" ; provkg:isResolved true ; provkg:locator "/home/a.csv" .'
    (report,) = check_store(store_of(text), PATHS, "graph.ttl")
    assert (report.document, report.kind, len(report.findings)) == ("graph.ttl", "graph", 1)


def test_the_usual_profiles_fit_the_kind_of_document() -> None:
    (script,) = check_store(store_of(document("a.py", "ScriptVersion")), Asked())
    (graph,) = check_store(store_of(":a :b :c ."), Asked())
    assert "script" in script.profiles
    assert graph.profiles == ("core", "prov")


def test_a_stored_report_is_no_data() -> None:
    report = (
        "GRAPH <http://example.org/a.ipynb#validation> { <http://example.org/a.ipynb#validation> "
        "schema:about <http://example.org/a.ipynb> . :r a provkg:FileAccess ; prov:specializationOf "
        '<file:///a.csv> ; provkg:inCell :elsewhere . <file:///a.csv> provkg:locator "/home/b.csv" }'
    )
    (found,) = check_store(store_of(document(), extra=report), PATHS)
    assert len(found.findings) == 1


def test_a_document_is_found_by_path_iri_or_graph() -> None:
    store = store_of(document("a.ipynb"))
    for name in ("a.ipynb", "http://example.org/a.ipynb", "http://example.org/a.ipynb#inferred"):
        assert find_document(store, name) == "http://example.org/a.ipynb"
    assert find_document(store, "b.ipynb") is None


def test_unknown_profiles_and_codes_name_the_nearest() -> None:
    with pytest.raises(ValidationError) as error:
        list(check_store(store_of(document()), Asked(("scrpt",))))
    assert error.value.hint == "did you mean script?"
    with pytest.raises(ValidationError) as error:
        list(check_store(store_of(document()), Asked(select=("RUN2134",))))
    assert "RUN213" in str(error.value.hint)


def test_the_same_findings_come_from_files_and_from_the_project_store(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.py").write_text("open('/home/jane/a.csv').read()\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    direct = list(pipeline.check(["a.py"], None, 1, Asked()))
    from click.testing import CliRunner

    from provkg.cli.main import main

    assert CliRunner().invoke(main, ["extract", "a.py"]).exit_code == 0
    stored = list(pipeline.check([], None, 1, Asked()))
    assert [[each.message for each in report.findings] for report in direct] == [  # type: ignore[union-attr]
        [each.message for each in report.findings]
        for report in stored  # type: ignore[union-attr]
    ]
