"""What programs read of a validation is what they expect: places, levels, fingerprints, escapes."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from provkg.report.machine import write_github, write_gitlab, write_json, write_junit, write_sarif
from provkg.validate.findings import Finding, Place, Report, Silenced

from .test_findings import RULE, finding, report

IN_SCRIPT = Place("a b.py", None, 12)


def sarif(*reports: Report) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(write_sarif(reports, "1.2.3"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


def test_json_has_all_of_a_finding_and_who_silenced_another() -> None:
    (document,) = json.loads(write_json([report(finding(), silenced=(Silenced(finding(), "--ignore"),))]))
    assert (document["document"], document["profiles"], document["rules"]) == (
        "a.ipynb",
        ["script"],
        ["RUN213"],
    )
    assert document["findings"][0]["place"] == {"document": "a.ipynb", "cell": 3, "line": 2}
    assert document["findings"][0]["value"] == "/home/a.csv"
    assert document["silenced"][0]["by"] == "--ignore"


def test_github_gets_a_command_for_each_finding_with_the_cell_in_its_message() -> None:
    reports = [report(finding("50% of it\nis, well: absolute"), finding(place=IN_SCRIPT, severity="info"))]
    assert write_github(reports) == (
        "::warning title=provkg RUN213,file=a.ipynb,line=1::cell 3:line 2: 50%25 of it%0Ais, well: absolute\n"
        "::notice title=provkg RUN213,file=a b.py,line=12::/home/a.csv is absolute\n"
    )


def test_names_of_files_cannot_add_properties_to_a_command_of_github() -> None:
    text = write_github([report(finding(place=Place("a,line=7::b%.py", None, 1)))])
    assert text.startswith("::warning title=provkg RUN213,file=a%2Cline=7%3A%3Ab%25.py,line=1::")


def test_gitlab_gets_fingerprints_that_differ_and_stay() -> None:
    first, second = json.loads(write_gitlab([report(finding(), finding())]))
    (again,) = json.loads(write_gitlab([report(finding(place=Place("a.ipynb", 9, 9)))]))
    assert first["fingerprint"] != second["fingerprint"]
    assert first["fingerprint"] == again["fingerprint"], "a cell that is put before it changes nothing"
    assert first["severity"] == "minor"
    assert first["location"] == {"path": "a.ipynb", "lines": {"begin": 1}}


def test_sarif_names_the_rule_the_place_and_what_is_suppressed() -> None:
    run = sarif(
        report(finding(place=IN_SCRIPT), silenced=(Silenced(finding(), "a comment"),), document="a b.py")
    )
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RUN213"]
    open_, suppressed = run["results"]
    assert (open_["ruleId"], open_["ruleIndex"], open_["level"]) == ("RUN213", 0, "warning")
    physical = open_["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": "a%20b.py"}, "region": {"startLine": 12}}
    assert suppressed["suppressions"] == [{"kind": "inSource", "justification": "silenced by a comment"}]
    assert suppressed["locations"][0]["logicalLocations"] == [{"name": "cell 3", "kind": "element"}]
    assert "suppressions" not in open_


def test_junit_has_a_case_for_each_rule_that_fails_or_passes() -> None:
    root = ElementTree.fromstring(write_junit([report(finding(), finding()), report(document="b.ipynb")]))  # noqa: S314
    assert root.attrib == {"name": "provkg", "tests": "2", "failures": "1", "errors": "0"}
    failed, passed = root.iter("testcase")
    assert [child.tag for child in failed] == ["failure"]
    assert list(passed) == []
    assert failed[0].text == "\n".join(["a.ipynb:cell 3:line 2: /home/a.csv is absolute"] * 2)


def test_junit_skips_what_is_silenced() -> None:
    root = ElementTree.fromstring(write_junit([report(silenced=(Silenced(finding(), "--ignore"),))]))  # noqa: S314
    assert [child.tag for case in root.iter("testcase") for child in case] == ["skipped"]


@given(st.text(), st.text(min_size=1))
def test_any_text_can_be_in_a_message_or_the_name_of_a_document(message: str, name: str) -> None:
    reports = [report(finding(message, Place(name, 1, 1)), document=name)]
    ElementTree.fromstring(write_junit(reports).encode("utf-8", "replace"))  # noqa: S314
    assert json.loads(write_json(reports))[0]["findings"][0]["message"] == message
    assert sarif(*reports)["results"][0]["message"]["text"].endswith(message)
    assert write_github(reports).count("\n") == 1


def test_a_finding_of_no_known_rule_or_place_is_told_as_well() -> None:
    lone = Finding("X1", "", "odd", "violation", "http://e.org/x", None, None, None, "http://e.org/s")
    reports = [Report("g.ttl", "", "graph", (), (RULE,), (lone,))]
    assert sarif(*reports)["results"][0]["ruleId"] == "X1"
    assert "ruleIndex" not in sarif(*reports)["results"][0]
    assert json.loads(write_gitlab(reports))[0]["location"]["path"] == "g.ttl"
    assert 'failures="1"' in write_junit(reports)
