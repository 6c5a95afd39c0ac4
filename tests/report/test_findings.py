"""Findings read well, in full and line by line."""

from __future__ import annotations

from provkg.report.findings import tell_concise, tell_full, tell_rule, tell_rules
from provkg.validate.findings import Finding, Place, Report, Rule, Silenced

RULE = Rule(
    "RUN213",
    "No absolute paths",
    "They exist on one machine only.",
    "{?value} is absolute",
    "warning",
    ("Julynter p1",),
    "Name the file from the folder of the notebook.",
    1,
    ('fails: open("/home/a.csv")', 'passes: open("a.csv")'),
    "script",
)


IN_CELL = Place("a.ipynb", 3, 2)


def finding(
    message: str = "/home/a.csv is absolute",
    place: Place | None = IN_CELL,
    severity: str = "warning",
) -> Finding:
    return Finding(
        "RUN213", RULE.name, message, severity, "http://e.org/r", None, "/home/a.csv", place, "http://e.org/s"
    )  # type: ignore[arg-type]


def report(*findings: Finding, silenced: tuple[Silenced, ...] = (), document: str = "a.ipynb") -> Report:
    return Report(document, f"http://e.org/{document}", "notebook", ("script",), (RULE,), findings, silenced)


def test_a_full_report_tells_where_what_and_how_to_mend_it() -> None:
    found = report(finding(), finding("it is empty", Place("a.ipynb")))
    assert tell_full([found, report(document="b.ipynb")]) == (
        "a.ipynb\n"
        "  warning    RUN213  No absolute paths\n"
        "    cell 3:line 2  /home/a.csv is absolute\n"
        "                   it is empty\n"
        "    mend: Name the file from the folder of the notebook.\n"
        "\n"
        "2 warnings in 2 documents\n"
    )


def test_the_worst_comes_first_and_many_places_are_cut() -> None:
    many = [finding(place=Place("a.ipynb", number)) for number in range(1, 12)]
    worse = finding("it is broken", Place("a.ipynb", 20), "violation")
    lines = tell_full([report(*many, worse)]).splitlines()
    assert lines[1].startswith("  violation")
    assert "    … and 4 places more" in lines
    assert lines[-1] == "1 violation, 11 warnings in 1 document"


def test_a_concise_report_has_a_line_for_each_finding_and_says_what_is_silenced() -> None:
    silenced = (
        Silenced(finding(), "a comment"),
        Silenced(finding(), "--ignore"),
        Silenced(finding(), "--ignore"),
    )
    assert tell_concise([report(finding(), silenced=silenced)]) == (
        "a.ipynb:cell 3:line 2: warning RUN213 /home/a.csv is absolute\n"
        "1 warning in 1 document\n"
        "3 findings silenced: 2 by --ignore, 1 by a comment\n"
    )


def test_without_findings_there_is_nothing_to_mend() -> None:
    assert tell_full([report()]) == "nothing to mend in 1 document\n"


def test_what_would_steer_a_terminal_is_shown_as_text() -> None:
    assert "\x1b" not in tell_concise([report(finding("\x1b[31mred"))])
    assert "\x1b" not in tell_full([report(finding("\x1b[31mred"))])


def test_a_rule_is_told_with_its_reason_its_examples_and_how_to_mend_it() -> None:
    assert tell_rule(RULE) == (
        "RUN213  No absolute paths\n"
        "  why       They exist on one machine only.\n"
        "  says      {?value} is absolute\n"
        "  severity  warning\n"
        "  profile   script\n"
        "  mend      Name the file from the folder of the notebook. (minutes)\n"
        '  fails     open("/home/a.csv")\n'
        '  passes    open("a.csv")\n'
        "  source    Julynter p1\n"
    )
    assert tell_rules([RULE]) == "RUN213    warning    script    No absolute paths\n"
