"""What validation found, for programs: JSON, GitHub, GitLab, SARIF and JUnit.

Lines of notebooks are counted in cells, which these formats do not know: there the place stands in the
message, and the line is 1, as ruff does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from provkg.identity import digest_text
from provkg.report.findings import name_place
from provkg.validate.findings import Finding, Report, Rule, Silenced

HOME = "https://w3id.org/provkg"
SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_ILLEGAL_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_json(reports: Sequence[Report]) -> str:
    """A list of documents with their findings, and with those that are silenced."""
    return _dump([_report_to_json(report) for report in reports])


def _report_to_json(report: Report) -> dict[str, Any]:
    return {
        "document": report.document,
        "iri": report.iri,
        "kind": report.kind,
        "profiles": list(report.profiles),
        "rules": [rule.code for rule in report.rules],
        "findings": [_finding_to_json(finding) for finding in report.findings],
        "silenced": [{**_finding_to_json(each.finding), "by": each.by} for each in report.silenced],
    }


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "place": place and {"document": place.document, "cell": place.cell, "line": place.line},
        "focus": finding.focus,
        "path": finding.path,
        "value": finding.value,
        "shape": finding.source_shape,
    }


def _dump(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


# --- GitHub -------------------------------------------------------------------------------------------------

_GITHUB = {"violation": "error", "warning": "warning", "info": "notice"}


def write_github(reports: Sequence[Report]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    return "".join(
        f"::{_GITHUB[finding.severity]} title={_property(f'provkg {finding.code}')},"
        f"file={_property(_file_of(report, finding))},line={_line_of(finding)}"
        f"::{_data(_tell(report, finding))}\n"
        for report, finding in _all_findings(reports)
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _all_findings(reports: Sequence[Report]) -> Iterator[tuple[Report, Finding]]:
    return ((report, finding) for report in reports for finding in report.findings)


def _file_of(report: Report, finding: Finding) -> str:
    return (finding.place.document if finding.place else None) or report.document or "graph"


def _is_in_cell(finding: Finding) -> bool:
    return finding.place is not None and finding.place.cell is not None


def _line_of(finding: Finding) -> int:
    """The line in the file; 1 where a finding is about a cell of a notebook, or about all."""
    if finding.place is None or finding.place.line is None or _is_in_cell(finding):
        return 1
    return finding.place.line


def _tell(report: Report, finding: Finding) -> str:
    """The message, after the cell where there is one, and how to mend it."""
    place = f"{name_place(report, finding).rpartition(_file_of(report, finding) + ':')[2]}: "
    return f"{place if _is_in_cell(finding) else ''}{finding.message}"


# --- GitLab -------------------------------------------------------------------------------------------------

_GITLAB = {"violation": "major", "warning": "minor", "info": "info"}


def write_gitlab(reports: Sequence[Report]) -> str:
    """A report of code quality, as GitLab takes it from jobs."""
    seen: dict[str, int] = {}
    return _dump(
        [
            {
                "description": f"{finding.code}: {_tell(report, finding)}",
                "check_name": finding.code,
                "fingerprint": _fingerprint(report, finding, seen),
                "severity": _GITLAB[finding.severity],
                "location": {"path": _file_of(report, finding), "lines": {"begin": _line_of(finding)}},
            }
            for report, finding in _all_findings(reports)
        ]
    )


def _fingerprint(report: Report, finding: Finding, seen: dict[str, int]) -> str:
    """What tells a finding from others, even where another cell is put before it; unique in a report."""
    text = "\n".join((_file_of(report, finding), finding.code, finding.message, finding.value or ""))
    number = seen[text] = seen.get(text, 0) + 1
    return digest_text(f"{text}\n{number}").partition(":")[2]


# --- SARIF --------------------------------------------------------------------------------------------------

_SARIF = {"violation": "error", "warning": "warning", "info": "note"}


def write_sarif(reports: Sequence[Report], version: str) -> str:
    """A log of SARIF 2.1.0; what is silenced is in it as suppressed."""
    rules = {rule.code: rule for report in reports for rule in report.rules}
    indexes = {code: index for index, code in enumerate(sorted(rules))}
    seen: dict[str, int] = {}
    results = []
    for report in reports:
        results += [_sarif_result(report, each, indexes, seen) for each in report.findings]
        for silent in report.silenced:
            result = _sarif_result(report, silent.finding, indexes, seen)
            results.append({**result, "suppressions": [_suppression(silent)]})
    driver = {
        "name": "provkg",
        "version": version,
        "informationUri": HOME,
        "rules": [_sarif_rule(rules[code]) for code in sorted(rules)],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _dump({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.description},
        "help": {"text": rule.mend},
        "defaultConfiguration": {"level": _SARIF[rule.severity]},
        "properties": {"tags": [rule.profile]},
    }


def _sarif_result(
    report: Report, finding: Finding, indexes: dict[str, int], seen: dict[str, int]
) -> dict[str, Any]:
    physical = {
        "artifactLocation": {"uri": _uri(_file_of(report, finding))},
        "region": {"startLine": _line_of(finding)},
    }
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.place is not None and finding.place.cell is not None:
        location["logicalLocations"] = [{"name": f"cell {finding.place.cell}", "kind": "element"}]
    known = {"ruleIndex": indexes[finding.code]} if finding.code in indexes else {}
    return {
        "ruleId": finding.code,
        **known,
        "level": _SARIF[finding.severity],
        "message": {"text": _tell(report, finding)},
        "locations": [location],
        "partialFingerprints": {"provkg/v1": _fingerprint(report, finding, seen)},
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/:;,@&=+$!*'()~#?%-._")


def _suppression(silent: Silenced) -> dict[str, str]:
    in_source = silent.by == "a comment"
    return {"kind": "inSource" if in_source else "external", "justification": f"silenced by {silent.by}"}


# --- JUnit --------------------------------------------------------------------------------------------------


def write_junit(reports: Sequence[Report]) -> str:
    """A test suite for each document, a case for each rule that it was held to."""
    suites = [_suite(report) for report in reports]
    root = ElementTree.Element("testsuites", {"name": "provkg", **_sum_up(suites)})
    root.extend(suites)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(report: Report) -> ElementTree.Element:
    failing: dict[str, list[Finding]] = {}
    for finding in report.findings:
        failing.setdefault(finding.code, []).append(finding)
    silenced = {each.finding.code: each.by for each in report.silenced}
    known = {rule.code: rule.name for rule in report.rules}
    known |= {code: found[0].name for code, found in failing.items() if code not in known}
    counts = {
        "tests": str(len(known)),
        "failures": str(len(failing)),
        "errors": "0",
        "skipped": str(len(silenced.keys() - failing)),
    }
    suite = ElementTree.Element("testsuite", {"name": _legal(report.document or "graph"), **counts})
    for code, name in sorted(known.items()):
        case = ElementTree.SubElement(
            suite, "testcase", name=_legal(f"{code} {name}"), classname=_legal(report.document or "graph")
        )
        if code in failing:
            _add_failure(case, report, failing[code])
        elif code in silenced:
            ElementTree.SubElement(case, "skipped", message=_legal(f"silenced by {silenced[code]}"))
    return suite


def _add_failure(case: ElementTree.Element, report: Report, findings: Sequence[Finding]) -> None:
    first = findings[0]
    failure = ElementTree.SubElement(case, "failure", message=_legal(first.message), type=first.severity)
    failure.text = _legal(
        "\n".join(f"{name_place(report, finding)}: {finding.message}" for finding in findings)
    )


def _sum_up(suites: Sequence[ElementTree.Element]) -> dict[str, str]:
    names = ("tests", "failures", "errors")
    return {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in names}


def _legal(text: str) -> str:
    return _ILLEGAL_IN_XML.sub("\ufffd", text)
