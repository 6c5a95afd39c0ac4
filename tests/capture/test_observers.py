"""What the journal says of a program that reaches outside of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from provkg.capture.audit import _is_the_programs
from provkg.capture.databases import path_of, strip_values
from provkg.capture.failures import message_of
from provkg.capture.journal import parse_records

CHECKOUT = Path(__file__).parents[2]
PROGRAM = """
import os, sqlite3, subprocess, sys, threading, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"data")
    do_POST = do_GET
    def log_message(self, *_): pass

server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
urllib.request.urlopen(url + "/a.csv?token=6fbd9c1d2e4b5a7f80a1").read()
urllib.request.urlopen(url + "/api", data=b"x").read()
database = sqlite3.connect("a.db")
database.execute("create table t (x)")
for number in range(100):
    database.execute("insert into t values (?)", (number,))
database.commit()
subprocess.run([sys.executable, "child.py"], check=True)
subprocess.run(["cp", "in.txt", "copy.txt"], check=True)
pid = os.fork()
if pid == 0:
    open("forked.txt", "w").write("x")
    os._exit(0)
os.waitpid(pid, 0)
import helper
helper.fail()
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    place = tmp_path_factory.mktemp("project")
    (place / ".provkg").mkdir()
    (place / "program.py").write_text(PROGRAM)
    (place / "child.py").write_text("open('by_child.txt', 'w').write('c')\n")
    (place / "helper.py").write_text("def fail():\n    raise LookupError('gone')\n")
    (place / "in.txt").write_text("in")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "no_proxy": "*"}
    command = [sys.executable, "-m", "provkg", "run", "-q", "program.py"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=120)
    assert "LookupError: gone" in done.stderr
    (journal,) = place.glob(".provkg/runs/*/journal.jsonl")
    found, damaged = parse_records(journal.read_bytes())
    assert damaged == 0
    return found


def of(records: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in records if record["k"] == kind]


def files(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {Path(record["path"]).name: record for record in of(records, "file")}


def test_requests_are_told_with_their_method_and_without_their_token(records: list[dict[str, Any]]) -> None:
    told = [
        (each["method"], each["url"].rpartition("/")[2]) for each in of(records, "network") if "url" in each
    ]
    assert told == [("GET", "a.csv?token=<redacted>"), ("POST", "api")]


def test_statements_are_told_once_for_all_values(records: list[dict[str, Any]]) -> None:
    assert [(each["text"], each["mode"]) for each in of(records, "statement")] == [
        ("create table t (x)", "write"),
        ("insert into t values (?)", "write"),
    ]


def test_programs_that_are_started_are_told_with_how_they_ended(records: list[dict[str, Any]]) -> None:
    assert [each["command"][-1] for each in of(records, "process")] == ["child.py", "copy.txt"]
    assert [each["code"] for each in of(records, "exit")] == [0, 0]
    copied = of(records, "exit")[1]["named"]
    assert [each["size"] for each in copied] == [2, 2]


def test_a_python_program_that_is_started_and_a_fork_tell_their_files(records: list[dict[str, Any]]) -> None:
    assert [each["command"][-1] for each in of(records, "child")] == ["child.py"]
    assert files(records)["by_child.txt"]["line"] == 1
    assert files(records)["forked.txt"]["p"] != files(records)["by_child.txt"]["p"]


def test_modules_of_the_program_are_kept(records: list[dict[str, Any]]) -> None:
    assert {Path(each["path"]).name for each in of(records, "module")} == {"helper.py"}
    assert {Path(each["path"]).name for each in of(records, "source")} >= {"helper.py"}


def test_the_error_is_told_with_the_lines_of_the_program(records: list[dict[str, Any]]) -> None:
    (error,) = of(records, "error")
    assert (error["exception"], error["message"], error["line"]) == ("LookupError", "gone", 2)
    assert error["at"] == len(PROGRAM.splitlines())
    assert [name for _, _, name in error["traceback"]] == ["<module>", "fail"]


def test_every_file_that_is_there_in_the_end_has_a_digest(records: list[dict[str, Any]]) -> None:
    hashed = {Path(each["path"]).name for each in of(records, "digest")}
    assert {"by_child.txt", "forked.txt", "a.db"} <= hashed


def test_the_record_is_whole(records: list[dict[str, Any]]) -> None:
    assert [each["lost"] for each in of(records, "stop")] == [0, 0]
    assert of(records, "end")[-1]["status"] == "failed"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT * FROM t1 WHERE a = 'x''y' AND b > -1.5e3", "SELECT * FROM t1 WHERE a = ? AND b > ?"),
        ("INSERT INTO t VALUES (1, 2, 3)", "INSERT INTO t VALUES (?)"),
        ('SELECT "col 1", c2 FROM x', 'SELECT "col 1", c2 FROM x'),
    ],
)
def test_values_are_no_part_of_a_statement(statement: str, expected: str) -> None:
    assert strip_values(statement) == expected


@pytest.mark.parametrize("name", [":memory:", "", "file::memory:?cache=shared", 7])
def test_a_database_in_memory_has_no_path(name: object) -> None:
    assert path_of(name) is None


def test_a_message_is_not_asked_of_the_programs_own_code() -> None:
    class Loud(Exception):
        def __str__(self) -> str:
            raise AssertionError("asked")

    assert message_of(Loud("quiet")) == "quiet"
    assert message_of(Loud(object())) == ""
    assert message_of(KeyError("k")) == "'k'"
    assert message_of(OSError(2, "none")) == "[Errno 2] none"


def test_what_a_signal_handler_of_the_program_raises_is_the_programs() -> None:
    with pytest.raises(ValueError, match="late") as raised:
        raise ValueError("late")
    assert _is_the_programs(raised.value.__traceback__)
    assert not _is_the_programs(None)
