import argparse
from pathlib import Path

import pytest

REPORT = """\
data_sources           P 0.970 R 0.868 F1 0.917  tp 33 fp 1 fn 5
seeds(recall only)     P 1.000 R 0.909 F1 0.952  tp 10 fp 0 fn 1
splits                 P 0.000 R 0.000 F1 0.000  tp 0 fp 0 fn 0
trained_on exact 39/46; on files with >1 source 12/17; cell graph exact 17/18"""

SCORER = """
C = []
def main(labels, predictions):
    C.append(1)
    print(f"models                 P 1.000 R 1.000 F1 1.000  tp {len(C)} fp 0 fn 0")
"""


def test_every_topic_and_share_of_a_report_becomes_a_figure() -> None:
    from accuracy import parse_figures

    assert parse_figures(REPORT) == pytest.approx(
        {
            "data sources, precision": 33 / 34,
            "data sources, recall": 33 / 38,
            "data sources, F1": 66 / 72,
            "seeds, precision": 1,
            "seeds, recall": 10 / 11,
            "seeds, F1": 20 / 21,
            "splits, precision": 0,
            "splits, recall": 0,
            "splits, F1": 0,
            "trained on, exact": 39 / 46,
            "trained on, exact among several sources": 12 / 17,
            "cell dependencies, exact": 17 / 18,
        }
    )


def test_a_rate_that_is_only_printed_as_high_as_its_goal_misses_it() -> None:
    from accuracy import describe_goals, parse_figures

    report = "trained_on             P 1.000 R 0.970 F1 0.984  tp 1939 fp 0 fn 61"
    figures = {f"labelled set, {name}": figure for name, figure in parse_figures(report).items()}
    goals = describe_goals(figures).splitlines()
    assert [line.split(" | ")[-1].strip(" |") for line in goals[2:]] == ["yes", "NO"]


def test_every_goal_is_about_a_figure_that_the_scorers_give() -> None:
    from accuracy import GOALS, LABEL_GOALS, parse_figures

    topics = [topic.replace(" ", "_") for topic in LABEL_GOALS]
    report = "\n".join([*(f"{topic} tp 1 fp 0 fn 0" for topic in topics), REPORT.splitlines()[-1]])
    figures = {f"labelled set, {name}" for name in parse_figures(report)}
    assert {name for name in GOALS if not name.startswith("CRABS, ")} <= figures


def test_a_held_out_set_is_given_as_name_and_folder() -> None:
    from accuracy import parse_held_out

    assert parse_held_out("set 1=a/b=c") == ("set 1", Path("a/b=c"))
    for text in ("set 1", "=a", "set 1="):
        with pytest.raises(argparse.ArgumentTypeError, match="is not NAME=DIR"):
            parse_held_out(text)


def test_held_out_sets_are_counted_apart_under_their_own_headings_and_without_goals(tmp_path: Path) -> None:
    from accuracy import measure_held_out

    (tmp_path / "score.py").write_text(SCORER)
    for name in "ab":
        for kind, file, text in (("labels", "x.json", "{}"), ("programs", "x.py", "a = 1\n")):
            (tmp_path / name / kind).mkdir(parents=True)
            (tmp_path / name / kind / file).write_text(text)
    options = argparse.Namespace(
        accuracy=tmp_path, held_out=[(f"set {name}", tmp_path / name) for name in "ab"]
    )
    parts, figures = measure_held_out(options, tmp_path / "out")
    assert parts[::2] == ["### set a, 1 programs", "### set b, 1 programs"]
    assert all("tp 1 fp" in part for part in parts[1::2])
    assert figures == {}
    assert (tmp_path / "out" / "held-out" / "set a" / "x.json").is_file()
