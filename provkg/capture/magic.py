"""`%provkg`: what a session knows of itself, in the notebook, from its journal alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from json import loads
from typing import Any

from provkg.capture.journal import NAME
from provkg.capture.session import Session, find_session, find_shell, start_session
from provkg.capture.supervise import RUNS

USAGE = """%provkg status            what is recorded
%provkg on | off          record from the next cell on, or no more
%provkg lineage NAME      which cells and files a variable came from
%provkg runs              the runs of this project
%provkg tag KEY=VALUE     mark this run
%provkg summary           show a summary, which is saved with the notebook
%provkg export FILE       write the project's graph to a file"""

SUMMARY = "application/vnd.provkg.summary+json"
"""The mime type under which a summary is saved in the notebook."""

Record = dict[str, Any]


@dataclass(slots=True)
class Execution:
    """One execution of a cell, as the journal tells it."""

    number: int
    text: str
    count: int | None = None
    status: str = "running"
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    started: float = 0.0
    ended: float | None = None

    @property
    def label(self) -> str:
        """How a reader knows it: by its count and its first line."""
        first = next((line.strip() for line in self.text.splitlines() if line.strip()), "")
        return f"[{self.count if self.count is not None else '*'}] {first[:60]}"


def read_records(path: str) -> Iterator[Record]:
    """The records of a journal; a line that is cut is left out."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                record = loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "k" in record:
                yield record


def read_executions(path: str) -> list[Execution]:
    """The executions of a journal, in the order in which they ran."""
    found: dict[int, Execution] = {}
    for record in read_records(path):
        if record["k"] == "step" and record.get("event") == "start":
            number = record["n"]
            found[number] = Execution(number, record.get("code") or "", started=record["t"])
        elif record["k"] == "step" and record.get("n") in found:
            execution = found[record["n"]]
            execution.count, execution.status = record.get("count"), record.get("status", "")
            execution.reads = record.get("reads", [])
            execution.writes = [*record.get("writes", []), *record.get("changes", [])]
            execution.ended = record["t"]
        elif record["k"] == "file" and record.get("s") in found:
            mode, name = record.get("mode", ""), record.get("path", "")
            found[record["s"]].files.append(f"{mode} {name}".strip())
    return [found[number] for number in sorted(found)]


def lineage_lines(executions: list[Execution], name: str) -> list[str]:
    """The cells that a variable came from, as a tree: each with what it read; the last writer counts."""
    lines: list[str] = []
    told: set[int] = set()

    def tell(name: str, before: int, depth: int) -> None:
        """Tell of the last cell before this place that gave the name its value."""
        writers = [each for each in executions[:before] if name in each.writes and each.status != "running"]
        if not writers:
            return
        writer = writers[-1]
        place = executions.index(writer)
        lines.append(f"{'  ' * depth}{name} ← {writer.label}")
        if place in told:
            return
        told.add(place)
        lines.extend(f"{'  ' * (depth + 1)}{file}" for file in dict.fromkeys(writer.files))
        for read in writer.reads:
            tell(read, place, depth + 1)

    tell(name, len(executions), 0)
    return lines


def summary_of(run: str, path: str) -> Record:
    """What a reader of the notebook alone should know of its run, by the journal at `path`."""
    try:
        executions = read_executions(path)
    except OSError:  # nothing could be recorded
        executions = []
    return {
        "run": run,
        "executions": [
            {
                "count": each.count,
                "status": each.status,
                "reads": each.reads,
                "writes": each.writes,
                "files": each.files,
                "seconds": None if each.ended is None else round(each.ended - each.started, 3),
            }
            for each in executions
        ],
    }


# --- commands


def show_status(session: Session, rest: str, shell: Any) -> None:
    """What is recorded."""
    executions = read_executions(session.recorder.journal.path)
    failed = sum(1 for each in executions if each.status == "failed")
    state = "on" if session.is_on else "off"
    trouble = session.recorder.journal.failure
    print(f"provkg is {state}: run {session.run} of {session.document}")
    print(f"  {len(executions)} executions, {failed} failed; journal in {session.folder}")
    if trouble is not None:
        print(f"  nothing more is written: {trouble}")


def turn_on(session: Session, rest: str, shell: Any) -> None:
    """Record from the next cell on."""
    session.start()
    print("provkg records from the next cell on")


def turn_off(session: Session, rest: str, shell: Any) -> None:
    """Record no more cells."""
    session.stop()
    print("provkg records no more cells; %provkg on begins again")


def show_lineage(session: Session, rest: str, shell: Any) -> None:
    """Which cells and files a variable came from."""
    lines = lineage_lines(read_executions(session.recorder.journal.path), rest) if rest else []
    print("\n".join(lines) if lines else f"provkg: no recorded cell gave {rest or 'a variable'} a value")


def show_runs(session: Session, rest: str, shell: Any) -> None:
    """The runs of the project."""
    folder = os.path.join(session.home, RUNS)
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name, NAME)
        records = list(read_records(path)) if os.path.isfile(path) else []
        run = next((each for each in records if each["k"] == "run"), None)
        if run is not None:
            end = next((each for each in reversed(records) if each["k"] == "end"), {})
            state = "this session" if name == session.run else end.get("status", "not ended")
            print(f"{name}  {run.get('document')}  {state}")


def add_tag(session: Session, rest: str, shell: Any) -> None:
    """Mark this run."""
    key, sign, value = rest.partition("=")
    if not sign or not key.strip():
        print("provkg: a tag is written as KEY=VALUE")
        return
    session.tag(key.strip(), value.strip())


def show_summary(session: Session, rest: str, shell: Any) -> None:
    """Show a summary, which is saved with the notebook."""
    summary = summary_of(session.run, session.recorder.journal.path)
    lines = [f"provkg run {session.run}: {len(summary['executions'])} executions"]
    for each in summary["executions"]:
        files = f"; {', '.join(each['files'])}" if each["files"] else ""
        lines.append(f"  [{each['count']}] {', '.join(each['reads'])} → {', '.join(each['writes'])}{files}")
    shell.display_pub.publish({"text/plain": "\n".join(lines), SUMMARY: summary})


def export_graph(session: Session, rest: str, shell: Any) -> None:
    """Write the project's graph to a file, by a process of its own: libraries of RDF stay out of this one."""
    if not rest:
        print("provkg: say which file to write, as in %provkg export graph.nq")
        return
    root, target = os.path.dirname(session.home), os.path.abspath(rest)
    session.recorder.journal.release()
    try:
        for command in (["flush", "-q"], ["store", "export", "-o", target]):
            done = subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-m", "provkg", *command],
                cwd=root,
                env=outside_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                print(done.stderr.strip())
                return
    finally:
        session.recorder.journal.hold()
    print(f"provkg wrote {rest}")


def outside_environment() -> dict[str, str]:
    """The environment for a process of ours, which finds provkg where this one did."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    path = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


COMMANDS: dict[str, Callable[[Session, str, Any], None]] = {
    "status": show_status,
    "on": turn_on,
    "off": turn_off,
    "lineage": show_lineage,
    "runs": show_runs,
    "tag": add_tag,
    "summary": show_summary,
    "export": export_graph,
}


def start(**options: Any) -> Session:
    """Record this interpreter from here on, and give its shell, if it has one, `%provkg`.

    Raises:
        ProvkgError: there is no place to record to.
    """
    session = start_session(**options)
    shell = options.get("shell") or find_shell()
    if shell is not None:
        shell.register_magic_function(lambda line: run_command(line, find_session(), shell), "line", "provkg")
    return session


def start_in_kernel() -> None:
    """Record the kernel that somebody set up to be recorded; what fails is no concern of its notebook."""
    with suppress(Exception):
        start()


def run_command(line: str, session: Session | None, shell: Any) -> None:
    """Do what a line of `%provkg` says."""
    word, _, rest = line.strip().partition(" ")
    command = COMMANDS.get(word or "status")
    if session is None:
        print("provkg: nothing is recorded here; %load_ext provkg begins")
    elif command is None:
        print(USAGE)
    else:
        command(session, rest.strip(), shell)
