"""From journals to facts: on the plan, the steps and the files of the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from provkg.errors import FactsError
from provkg.extract.run import extract_facts
from provkg.facts.codec import decode_fact_sets, encode_fact_sets
from provkg.facts.definition import Plan, Step
from provkg.facts.deployment import Commit, Environment, Machine, Package
from provkg.facts.execution import Access, DataFile, Failure, Process, Run, StepRun
from provkg.facts.factset import FactSet
from provkg.identity import digest_bytes, digest_text
from provkg.runs.facts import observed_facts
from provkg.runs.journal import find_waiting, mark_done, parse_journal
from provkg.sources.script import parse_script

Observe = Callable[..., FactSet]
Kind = TypeVar("Kind")

SOURCE = "import pandas as pd\ndf = pd.read_csv('a.csv')\ndf.to_csv('out.csv')\n"
A, B = digest_text("a"), digest_text("b")


def facts(found: FactSet, kind: type[Kind]) -> list[Kind]:
    return [fact for fact in found.facts if isinstance(fact, kind)]


def opened(
    path: str, mode: str, line: int, size: int | None = None, changed: int | None = None
) -> dict[str, Any]:
    return {"k": "file", "path": path, "mode": mode, "line": line, "at": line, "source": "/p/train.py",
            "size": size, "changed": changed}  # fmt: skip


def hashed(path: str, size: int, changed: int, digest: str) -> dict[str, Any]:
    return {"k": "digest", "path": path, "size": size, "changed": changed, "digest": digest}


def test_what_was_observed_stands_on_the_plan_and_the_steps_of_the_code(observe: Observe) -> None:
    found = observe(SOURCE)
    (inferred, *_) = extract_facts(parse_script(SOURCE.encode(), "train.py"))
    for kind in (Plan, Step):
        assert facts(found, kind) == facts(inferred, kind)
    assert (found.id, found.source, found.origin.how) == ("train.py#run-r1", "train.py", "observed")


def test_a_run_tells_when_how_and_by_what(observe: Observe) -> None:
    (run,) = facts(observe(SOURCE, {"k": "agent", "name": "Ada"}), Run)
    assert (run.started, run.ended) == ("2023-11-14T22:13:20Z", "2023-11-14T22:13:29Z")
    assert (run.status, run.exit_code, run.agent, run.tags) == ("completed", 0, "Ada", ("data=v2",))
    assert run.command is not None


def test_a_plain_script_is_one_step_that_runs_as_long_as_the_run(observe: Observe) -> None:
    (step_run,) = facts(observe(SOURCE), StepRun)
    assert (step_run.elapsed_seconds, step_run.status) == (9.0, "completed")


def test_a_file_that_the_code_reads_is_read_into_its_variable_with_the_digest_of_the_run(
    observe: Observe,
) -> None:
    found = observe(SOURCE, opened("/p/a.csv", "read", 2, 1, 5), hashed("/p/a.csv", 1, 5, A))
    (access,) = facts(found, Access)
    (inferred, *_) = extract_facts(parse_script(SOURCE.encode(), "train.py"))
    written = next(each for each in facts(inferred, Access) if each.mode == "read")
    assert (access.file, access.binding, access.call, access.rule) == (
        written.file, written.binding, written.call, "pandas.read_csv")  # fmt: skip
    assert (access.digest, access.size_bytes, access.step_run) == (A, 1, "train.py#run-r1.run.step-0")
    assert facts(found, DataFile)[0].digest == A


def test_a_file_that_is_written_has_the_digest_of_what_is_found_next(observe: Observe) -> None:
    found = observe(
        SOURCE,
        hashed("/p/out.csv", 3, 1, A),
        opened("/p/out.csv", "write", 3, 3, 1),
        hashed("/p/out.csv", 4, 9, B),
    )
    (access,) = facts(found, Access)
    assert (access.mode, access.digest, access.size_bytes) == ("write", B, 4)


def test_a_file_that_is_moved_counts_under_its_last_name(observe: Observe) -> None:
    found = observe(
        SOURCE,
        opened("/p/out.csv.tmp", "write", 3),
        hashed("/p/out.csv.tmp", 4, 9, B),
        {"k": "rename", "old": "/p/out.csv.tmp", "path": "/p/out.csv"},
        hashed("/p/out.csv", 4, 9, B),
    )
    (access,) = facts(found, Access)
    assert (access.file, access.digest) == ("out.csv", B)


def test_a_file_that_is_written_and_gone_was_only_a_means(observe: Observe) -> None:
    found = observe(SOURCE, opened("/p/x.tmp", "write", 3), opened("/p/x.tmp", "read", 3, 4, 9),
                    {"k": "gone", "path": "/p/x.tmp"})  # fmt: skip
    assert facts(found, Access) == []


def test_two_contents_of_one_file_are_two_versions(observe: Observe) -> None:
    found = observe(
        SOURCE,
        opened("/p/a.csv", "read", 2, 1, 5),
        hashed("/p/a.csv", 1, 5, A),
        opened("/p/a.csv", "update", 3, 1, 5),
        hashed("/p/a.csv", 2, 7, B),
    )
    assert [file.digest for file in facts(found, DataFile)] == [A, B]
    assert {(each.mode, each.digest) for each in facts(found, Access)} == {("read", A), ("write", B)}


def test_a_file_outside_the_project_keeps_its_own_name(observe: Observe) -> None:
    found = observe(SOURCE, opened("/data/big.csv", "read", 2, 1, 5))
    assert [file.id for file in facts(found, DataFile)] == ["file:///data/big.csv"]


def test_a_place_in_a_module_is_told(observe: Observe) -> None:
    record = {**opened("/p/b.txt", "write", 3), "source": "/p/lib/helper.py", "line": 12}
    (access,) = facts(observe(SOURCE, record), Access)
    assert (access.line, access.rule) == (3, "open (lib/helper.py, line 12)")


def test_cells_of_a_script_have_their_own_lines(observe: Observe) -> None:
    source = "# %%\nx = 1\n# %%\n\nopen('a.txt')\n"
    found = observe(source, opened("/p/a.txt", "read", 5, 1, 5))
    (access,) = facts(found, Access)
    second = next(step for step in facts(found, Step) if step.index == 1)
    assert (access.step, access.line) == (second.id, 5 - second.first_line + 1)


def test_databases_are_read_and_written_by_their_statements(observe: Observe) -> None:
    place = {"line": 2, "at": 2, "source": "/p/train.py"}
    found = observe(
        SOURCE,
        {"k": "database", "path": "/p/a.db", "mode": "open", "size": 8, "changed": 1, **place},
        {"k": "statement", "path": "/p/a.db", "mode": "read", "text": "SELECT * FROM t", **place},
        {"k": "statement", "path": "/p/a.db", "mode": "write", "text": "INSERT INTO t VALUES (?)", **place},
        hashed("/p/a.db", 8, 1, A),
        hashed("/p/a.db", 9, 2, B),
    )
    accesses = {each.mode: each for each in facts(found, Access)}
    assert accesses["read"].text == "SELECT * FROM t"
    assert {file.kind for file in facts(found, DataFile)} == {"database"}
    assert accesses["read"].digest == A


def test_requests_name_urls_and_connections_hosts_that_no_request_names(observe: Observe) -> None:
    found = observe(
        SOURCE,
        {"k": "network", "host": "example.org", "port": 443, "address": "1.2.3.4"},
        {"k": "network", "url": "https://example.org/a.csv", "method": "GET"},
        {"k": "network", "url": "https://example.org/api", "method": "POST"},
        {"k": "network", "host": "db.example.org", "port": 5432, "address": "1.2.3.5"},
    )
    assert {(each.file, each.mode) for each in facts(found, Access)} == {
        ("https://example.org/a.csv", "read"),
        ("https://example.org/api", "write"),
        ("tcp://db.example.org:5432", "read"),
    }


def test_a_program_that_is_started_reads_and_writes_the_files_that_its_command_names(
    observe: Observe,
) -> None:
    process = {"k": "process", "n": 1, "command": ["cp", "a.csv", "b.csv"], "cwd": "/p", "by": "subprocess.Popen",
               "named": [{"path": "/p/a.csv", "size": 1, "changed": 5}, {"path": "/p/b.csv", "size": None, "changed": None}]}  # fmt: skip
    found = observe(
        SOURCE,
        process,
        {
            "k": "exit",
            "n": 1,
            "code": 2,
            "named": [
                {"path": "/p/a.csv", "size": 1, "changed": 5},
                {"path": "/p/b.csv", "size": 1, "changed": 9},
            ],
        },
        hashed("/p/b.csv", 1, 9, A),
    )
    assert {(each.file, each.mode, each.rule) for each in facts(found, Access)} == {
        ("a.csv", "read", "cp"), ("b.csv", "write", "cp")}  # fmt: skip
    assert {each.digest for each in facts(found, Access) if each.mode == "write"} == {A}
    (ran,) = facts(found, Process)
    assert (ran.command, ran.exit_code, ran.status) == ("cp a.csv b.csv", 2, "failed")


def test_what_a_python_program_does_that_was_started_belongs_to_the_place_of_its_start(
    observe: Observe,
) -> None:
    start = {
        "k": "process",
        "n": 1,
        "command": ["python", "child.py"],
        "at": 3,
        "line": 3,
        "by": "subprocess.Popen",
    }
    found = observe(
        SOURCE,
        start,
        {"k": "child", "command": ["/usr/bin/python3", "child.py"], "p": 77},
        {"k": "file", "path": "/p/c.txt", "mode": "write", "source": "/p/child.py", "line": 9, "p": 77},
    )
    (access,) = facts(found, Access)
    assert (access.line, access.rule) == (3, "open (child.py, line 9)")


def test_libraries_that_were_imported_have_the_versions_that_were_there(observe: Observe) -> None:
    found = observe(
        SOURCE,
        {"k": "import", "name": "sklearn", "at": 1},
        {"k": "packages", "loaded": ["helper", "sklearn", "numpy"], "providers": {"sklearn": "scikit-learn", "numpy": "numpy"},
         "installed": {"scikit-learn": "1.5.0", "numpy": "2.0", "rich": "13"}},
    )  # fmt: skip
    assert {(each.name, each.version) for each in facts(found, Package)} == {
        ("scikit-learn", "1.5.0"), ("numpy", "2.0")}  # fmt: skip


def test_a_program_that_was_killed_still_tells_what_it_imported(observe: Observe) -> None:
    found = observe(SOURCE, {"k": "import", "name": "sklearn", "at": 1})
    assert facts(found, Package) == []  # which distribution that is, nobody could tell any more


def test_machine_commit_and_variables_are_told(observe: Observe) -> None:
    found = observe(
        SOURCE,
        {"k": "machine", "python": "3.12.1", "implementation": "CPython", "system": "Linux", "cores": 8, "gpus": ["H100"]},
        {"k": "environment", "variables": {"OMP_NUM_THREADS": "4"}},
        {"k": "commit", "commit": "abc123", "branch": "main", "clean": False, "origin": "https://me:pw12345678@git.org/a"},
    )  # fmt: skip
    (environment,), (machine,), (commit,) = (facts(found, kind) for kind in (Environment, Machine, Commit))
    assert (environment.language_version, environment.variables) == ("3.12.1", (("OMP_NUM_THREADS", "4"),))
    assert (machine.cores, machine.graphics) == (8, ("H100",))
    assert (commit.digest, commit.is_clean) == ("abc123", False)
    assert "pw12345678" not in str(commit.repository)
    assert facts(found, Run)[0].commit == commit.id


def test_a_failure_is_told_with_its_place(observe: Observe) -> None:
    error = {"k": "error", "exception": "KeyError", "message": "'x'", "at": 2,
             "traceback": [["/p/train.py", 2, "<module>"], ["/usr/lib/python3/pandas/io.py", 9, "read"]]}  # fmt: skip
    (failure,) = facts(observe(SOURCE, error), Failure)
    assert (failure.exception, failure.message) == ("KeyError", "'x'")
    assert failure.traceback == 'File "train.py", line 2, in <module>\nFile "pandas/io.py", line 9, in read'


def test_modules_of_the_program_are_plans_within_its_plan(observe: Observe) -> None:
    data = b"def f():\n    pass\n"
    record = {"k": "source", "path": "/p/helper.py", "size": len(data), "digest": digest_bytes(data)}
    found = observe(SOURCE, record, kept={digest_bytes(data): data})
    module = next(plan for plan in facts(found, Plan) if plan.path == "helper.py")
    assert module.part_of == facts(found, Plan)[0].id


def test_observed_facts_survive_json(observe: Observe) -> None:
    found = observe(SOURCE, opened("/p/a.csv", "read", 2, 1, 5), {"k": "machine", "python": "3.12"})
    assert list(decode_fact_sets(encode_fact_sets([found]))) == [found]


def test_a_journal_without_a_beginning_says_so() -> None:
    with pytest.raises(FactsError, match="no beginning"):
        observed_facts(parse_journal(b'{"k":"file","t":1}\n'), {}.get)


def test_a_run_waits_until_all_of_its_journal_is_a_graph(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "r1"
    folder.mkdir(parents=True)
    assert list(find_waiting(tmp_path)) == []
    (folder / "journal.jsonl").write_bytes(b'{"k":"run","t":1}\n')
    assert list(find_waiting(tmp_path)) == [folder]
    mark_done(folder, 18)
    assert list(find_waiting(tmp_path)) == []
    with (folder / "journal.jsonl").open("ab") as file:
        file.write(b'{"k":"end","t":2}\n')
    assert list(find_waiting(tmp_path)) == [folder]


def test_a_file_that_only_the_kernel_saw_stands_where_the_code_says(observe: Observe) -> None:
    source = "import h5py\n\nf = h5py.File('x.h5', 'w')\n"
    record = {"k": "file", "path": "/p/x.h5", "mode": "write", "size": 4, "changed": 9, "by": "kernel"}
    (access,) = facts(observe(source, record, hashed("/p/x.h5", 4, 9, B)), Access)
    assert (access.line, access.rule, access.digest) == (3, "h5py.File", B)


def test_a_program_of_which_nobody_asked_how_it_ended_is_looked_at_in_the_end(observe: Observe) -> None:
    process = {"k": "process", "n": 1, "command": ["cp a.csv b.csv"], "cwd": "/p", "by": "os.system",
               "named": [{"path": "/p/b.csv", "size": None, "changed": None}]}  # fmt: skip
    named = {"k": "named", "n": 1, "of": None, "path": "/p/b.csv", "size": 1, "changed": 9, "digest": A}
    found = observe(SOURCE, process, named)
    (access,) = facts(found, Access)
    assert (access.file, access.mode, access.digest) == ("b.csv", "write", A)
    assert facts(found, Process)[0].status == "unknown"
