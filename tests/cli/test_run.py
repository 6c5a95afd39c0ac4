"""`provkg run` and `provkg flush`, as a user meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PROGRAM = '''"""A small analysis."""
import csv
import sys
from helper import mean

with open("data.csv") as file:
    rows = list(csv.DictReader(file))
with open("result.txt", "w") as out:
    out.write(str(mean([float(row["x"]) for row in rows])))
print("done", *sys.argv[1:])
'''


def provkg(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "OMP_NUM_THREADS": "3",
        "API_TOKEN": "hunter2hunter2",
    }
    return subprocess.run(
        [sys.executable, "-m", "provkg", *arguments],
        cwd=place, env=environment, text=True, capture_output=True, timeout=300,
    )  # fmt: skip


def ask(place: Path, question: str, *arguments: str) -> list[dict[str, str]]:
    done = provkg(place, "query", question, "-f", "json", *arguments)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a program ran twice: well, and to its failure."""
    place = tmp_path_factory.mktemp("project")
    (place / "provkg.toml").write_text("")
    (place / "analysis.py").write_text(PROGRAM)
    (place / "helper.py").write_text("def mean(values):\n    return sum(values) / len(values)\n")
    (place / "data.csv").write_text("x\n1\n3\n")
    done = provkg(place, "run", "--tag", "data=v1", "--message", "first try", "analysis.py", "--fast", "-q")
    assert (done.returncode, done.stdout) == (0, "done --fast -q\n")
    assert done.stderr.startswith("provkg: analysis.py ran ")
    (place / "data.csv").write_text("x\n")
    failed = provkg(place, "run", "-q", "--", "analysis.py", "--password=hunter2hunter2")
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stderr
    assert "provkg" not in failed.stderr
    return place


def test_runs_are_listed_with_how_they_ended(place: Path) -> None:
    rows = ask(place, "runs.list")
    assert [(row["notebook"], row["status"], row["failed"]) for row in rows] == [
        ("analysis.py", "Completed", "0"), ("analysis.py", "Failed", "1")]  # fmt: skip


def test_a_run_tells_what_it_was(place: Path) -> None:
    run = ask(place, "runs.list")[0]["runIri"].rpartition("run-")[2].removesuffix(".run")
    shown = {row["property"]: row["value"] for row in ask(place, "runs.show", "-p", "run", run)}
    assert shown["command"] == "analysis.py --fast -q"
    assert (shown["message"], shown["tag"], shown["exit code"]) == ("first try", "data=v1", "0")
    assert shown["environment variable"]
    assert shown["operating system"]


def test_outputs_have_the_digests_of_the_run(place: Path) -> None:
    rows = [row for row in ask(place, "lineage.outputs") if row["product"] == "result.txt"]
    assert {row["line"] for row in rows} == {"8"}
    assert {row.get("sha256") for row in rows} >= {sha256(b"2.0").hexdigest(), sha256(b"").hexdigest()}


def test_what_the_program_read_is_among_what_a_run_needs(place: Path) -> None:
    run = ask(place, "runs.list")[0]["runIri"]
    rows = ask(place, "runs.restore", "-p", "run", run)
    assert "data.csv" in {row["name"] for row in rows if row["kind"] == "data"}


def test_somebody_is_responsible(place: Path) -> None:
    rows = ask(place, "who.responsible", "-p", "entity", "analysis.py")
    assert {row["role"] for row in rows} == {"ran it"}
    assert len({row["agent"] for row in rows}) == 2


def test_no_credential_is_kept(place: Path) -> None:
    provkg(place, "flush")
    for path in place.rglob("*"):
        if path.is_file():
            assert b"hunter2hunter2" not in path.read_bytes(), path


def test_journals_and_contents_are_for_their_owner_only(place: Path) -> None:
    kept = [path for name in ("runs", "contents") for path in (place / ".provkg" / name).rglob("*")]
    assert {path.stat().st_mode & 0o077 for path in kept if path.name != "done"} == {0}


def test_flush_says_what_it_does(place: Path) -> None:
    ask(place, "runs.list")
    assert provkg(place, "flush").stderr == "provkg: no run was waiting\n"
    journal = next(place.glob(".provkg/runs/*/journal.jsonl"))
    (journal.parent / "done").unlink()
    assert provkg(place, "flush").stderr == "provkg: 1 run added to the store\n"


def test_a_program_that_is_not_there_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    done = provkg(tmp_path, "run", "missing.py")
    assert done.returncode == 2
    assert "missing.py" in done.stderr


def test_a_store_that_cannot_be_written_does_not_stop_the_program(tmp_path: Path) -> None:
    (tmp_path / "provkg.toml").write_text("")
    (tmp_path / ".provkg").write_text("in the way")
    (tmp_path / "p.py").write_text("print('ran')")
    done = provkg(tmp_path, "run", "p.py")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "was not recorded as a whole" in done.stderr


def test_a_separator_behind_the_program_is_not_an_argument_of_it(tmp_path: Path) -> None:
    (tmp_path / "show.py").write_text("import sys\nprint(sys.argv[1:])\n")
    assert provkg(tmp_path, "run", "-q", "show.py", "--", "-x", "--", "y").stdout == "['-x', '--', 'y']\n"
    assert provkg(tmp_path, "run", "-q", "show.py", "-x", "--").stdout == "['-x', '--']\n"
