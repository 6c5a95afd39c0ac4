"""Starts the user's program as a process of its own, waits for it, and ends as it ended.

What can be done outside the program's process is done here: it costs the program nothing, and it is done
even where the program is killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from provkg.capture.contents import LARGEST_SOURCE, keep_content
from provkg.capture.deployment import Repository, allowed_variables, read_machine, user_name
from provkg.capture.journal import NAME, Journal, parse_records
from provkg.capture.launch import VARIABLE
from provkg.capture.recorder import Recorder
from provkg.capture.settle import settle
from provkg.identity import digest_bytes

RUNS = "runs"
"""Where journals are kept, below the folder of the project."""

_LAUNCH = (
    "import sys; before = {*sys.modules}; sys.path[:1] = sys.path[:1] if sys.flags.safe_path else []; "
    "sys.path.append(%r); from provkg.capture.launch import launch; sys.path.pop(); launch(before)"
)
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
_LEFT_ALONE = ("SIGINT", "SIGQUIT")
"""A terminal sends them to the program as well."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run, and what is to be recorded of it."""

    program: str
    arguments: tuple[str, ...]
    home: str
    """The project's own folder, `.provkg`."""
    document: str
    """Path of the program relative to the project, as its graph calls it."""
    root: str
    granularity: str = "call"
    message: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    redact: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    """What observers are told besides."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    run: str
    """Its id."""
    folder: str
    status: int
    """The exit code; minus the number of the signal that ended it."""
    elapsed_seconds: float
    trouble: str | None = None
    """Why it is not recorded, or not as a whole."""


def run_program(request: Request) -> Ended:
    """Run a program to its end; what cannot be recorded is no reason not to run it."""
    run = _new_id()
    folder = os.path.join(request.home, RUNS, run)
    trouble = _make_folder(folder)
    journal = Journal(os.path.join(folder, NAME))
    recorder = Recorder(journal, redact=request.redact)
    journal.hold()
    _record_start(run, request, recorder)
    begun = time.monotonic()
    process = _start(request, journal, folder)
    repository = Repository(request.root)
    status = _wait(process)
    ended, elapsed = time.time(), time.monotonic() - begun
    _record_surroundings(recorder, repository)
    _settle(recorder, request.home)
    outcome = "completed" if status == 0 else "failed"
    recorder.emit("end", at=ended, code=status, status=outcome, seconds=elapsed)
    return Ended(run, folder, status, elapsed, trouble or journal.failure)


def end_like(status: int) -> int:
    """End this process by the signal that ended the program; else give the program's exit code."""
    if status >= 0:
        return status
    _no_core_dump()
    with suppress(OSError):  # SIGKILL has no other handler
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    time.sleep(1)  # a signal that is ignored or blocked does not end us
    return 128 - status


def _new_id() -> str:
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.urandom(3).hex()}"


def _make_folder(folder: str) -> str | None:
    try:
        os.makedirs(folder, mode=0o700)
    except OSError as error:
        return error.strerror or str(error)
    return None


def _record_start(run: str, request: Request, recorder: Recorder) -> None:
    source = _read_source(request.program)
    recorder.emit(
        "run",
        id=run,
        tool=f"provkg run, Python {sys.version.split()[0]}",
        argv=[request.program, *request.arguments],
        cwd=os.getcwd(),
        root=request.root,
        document=request.document,
        digest=None if source is None else _keep(request.home, source),
        message=request.message,
        tags=dict(request.tags),
        granularity=request.granularity,
        pid=os.getpid(),
    )


def _record_surroundings(recorder: Recorder, repository: Repository) -> None:
    recorder.emit("machine", **read_machine())
    recorder.emit("environment", variables=allowed_variables(os.environ))
    found = repository.read()
    recorder.emit("agent", name=found.pop("user", None) or user_name())
    if found:
        recorder.emit("commit", **found)


def _settle(recorder: Recorder, home: str) -> None:
    """What is still to be told of the files of a program that is over."""
    try:
        with open(recorder.journal.path, "rb") as file:
            records, _ = parse_records(file.read())
    except OSError:
        return
    settle(records, recorder.emit)
    for path in dict.fromkeys(record["path"] for record in records if record["k"] == "module"):
        data = _read_source(path)
        if data is not None:
            recorder.emit("source", path=path, size=len(data), digest=_keep(home, data))


def _read_source(path: str) -> bytes | None:
    """The bytes of program text; None for what is too large to be any, or cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_SOURCE + 1)
    except OSError:
        return None
    return data if len(data) <= LARGEST_SOURCE else None


def _keep(home: str, data: bytes) -> str:
    """The digest of bytes, which are kept if that is possible."""
    try:
        return keep_content(home, data)
    except OSError:
        return digest_bytes(data)


# --- the process --------------------------------------------------------------------------------------------


def _start(request: Request, journal: Journal, folder: str) -> subprocess.Popen[bytes]:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    wanted = {
        "journal": journal.path,
        "folder": folder,
        "home": request.home,
        "root": request.root,
        "granularity": request.granularity,
        "redact": request.redact,
        **request.options,
    }
    environment = {**os.environ, VARIABLE: json.dumps(wanted)}
    command = [sys.executable, "-c", _LAUNCH % root, request.program, *request.arguments]
    return subprocess.Popen(command, env=environment, close_fds=False)  # noqa: S603 - the user's own program


def _wait(process: subprocess.Popen[bytes]) -> int:
    with _signals_for(process.pid):
        return process.wait()


@contextmanager
def _signals_for(child: int) -> Iterator[None]:
    """Meanwhile, signals are the program's: those that a terminal sends to both are not passed on twice."""

    def forward(number: int, _: FrameType | None) -> None:
        with suppress(OSError):
            os.kill(child, number)

    previous = [*_handle(_FORWARDED, forward), *_handle(_LEFT_ALONE, lambda *_: None)]
    try:
        yield
    finally:
        for number, handler in previous:
            signal.signal(number, handler)


def _handle(names: Sequence[str], handler: Any) -> Iterator[tuple[signal.Signals, Any]]:
    for name in names:
        number = getattr(signal, name, None)
        if number is not None:
            yield number, signal.signal(number, handler)


def _no_core_dump() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
