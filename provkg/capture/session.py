"""A session: what one interpreter does from here to its end, recorded as a run.

In IPython each cell is a step; elsewhere the session is recorded as a whole. A session writes into the
journal of its own run, or into that of the run whose kernel this is (`provkg run NOTEBOOK`).
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from json import loads
from typing import Any

from provkg.capture import observers
from provkg.capture.contents import keep_content
from provkg.capture.deployment import Repository
from provkg.capture.ipython import HIDDEN, KernelTracker
from provkg.capture.journal import NAME, VARIABLE, Journal
from provkg.capture.launch import hide_variable
from provkg.capture.naming import NamedSummaries
from provkg.capture.recorder import Recorder, set_current
from provkg.capture.steps import Granularity, StepTracker
from provkg.capture.supervise import RUNS, make_folder, new_id, record_surroundings, settle_files

LARGEST_NOTEBOOK = 2**24
"""Bytes of a notebook's file that is kept at the end of its session."""

_session: Session | None = None


class Session:
    """A recorded interpreter."""

    def __init__(
        self, run: str, home: str, document: str, recorder: Recorder, kernel: KernelTracker | None
    ) -> None:
        self.run = run
        self.home = home
        self.document = document
        self.recorder = recorder
        self.kernel = kernel
        self.notebook: str | None = None
        """Path of the notebook's file, where the front end tells it."""
        self.repository: Repository | None = None
        """Asked from the beginning, so that the end need not wait for it."""
        self.ends_run = True
        """False where somebody else ends the run: it outlives the kernel."""
        self.is_over = False
        self.begun = time.time()
        self.process = os.getpid()

    @property
    def folder(self) -> str:
        """The folder of the run."""
        return os.path.join(self.home, RUNS, self.run)

    @property
    def is_on(self) -> bool:
        """Are cells recorded?"""
        return not self.is_over and (self.kernel is None or self.kernel.is_on)

    def tag(self, key: str, value: str) -> None:
        """Mark the run."""
        self.recorder.emit("tag", key=key, value=value)

    def stop(self) -> None:
        """Record no more cells; the run goes on until the interpreter ends."""
        if self.kernel is not None:
            self.kernel.stop()

    def start(self) -> None:
        """Record from the next cell on."""
        if self.kernel is not None:
            self.kernel.start()

    def end(self) -> None:
        """The interpreter ends, and the run with it."""
        if self.is_over or os.getpid() != self.process:  # a fork: the parent tells it
            return
        self.is_over = True
        self.stop()
        with suppress(Exception):
            self.keep_notebook()
        if self.ends_run:
            now = time.time()
            self.recorder.emit("end", code=0, status="completed", at=now, seconds=now - self.begun)
            with suppress(Exception):
                settle_files(self.recorder)
            with suppress(Exception):
                repository = self.repository or Repository(os.path.dirname(self.home))
                record_surroundings(self.recorder, repository)

    def keep_notebook(self) -> None:
        """Keep the notebook as it stands on disk."""
        if self.notebook is None:
            return
        with open(self.notebook, "rb") as file:
            data = file.read(LARGEST_NOTEBOOK + 1)
        if len(data) <= LARGEST_NOTEBOOK:
            self.recorder.emit("notebook", digest=keep_content(self.home, data))


def find_session() -> Session | None:
    """The session of this interpreter, if there is one."""
    return _session


def start_session(
    *,
    shell: Any = None,
    granularity: Granularity = "call",
    message: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Session:
    """Record this interpreter from here on; gives the session that records it already, if there is one.

    Raises:
        ProvkgError: there is no place to record to.
    """
    global _session
    if _session is not None and not _session.is_over:
        _session.start()
        return _session
    shell = shell if shell is not None else find_shell()
    wanted = wanted_by_run()
    _session = join_run(wanted, shell) if wanted else begin_run(shell, granularity, message, tags or {})
    _session.start()
    atexit.register(_session.end)
    return _session


def find_shell() -> Any:
    """The IPython shell of this interpreter; None where it is another Python."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def wanted_by_run() -> dict[str, Any]:
    """What the run wants to be recorded of its kernel; empty where this is no kernel of a run."""
    wanted: dict[str, Any] = loads(os.environ.get(VARIABLE, "{}"))
    if not wanted.get("kernel"):
        return {}
    hide_variable(VARIABLE)
    return wanted


def join_run(wanted: dict[str, Any], shell: Any) -> Session:
    """A session that writes into the journal of the run whose kernel this is."""
    recorder = Recorder(Journal(wanted["journal"]), redact=wanted.get("redact", ()))
    kernel = watch_shell(shell, recorder, wanted["granularity"])
    session = Session(
        os.path.basename(wanted["folder"]), wanted["home"], wanted["document"], recorder, kernel
    )
    session.ends_run = False
    observe(recorder, wanted)
    return session


def begin_run(shell: Any, granularity: Granularity, message: str | None, tags: Mapping[str, str]) -> Session:
    """A session that is a run of its own, in the project that its notebook or working directory lies in."""
    from pathlib import Path

    from provkg.project import find_project, open_home

    notebook = find_notebook(shell)
    project = open_home(find_project(Path(notebook or os.getcwd())))
    run, home, root = new_id(), str(project.home), str(project.root)
    document = f"session-{run}.ipynb"
    if notebook is not None:
        document = Path(os.path.relpath(notebook, root)).as_posix()
    folder = os.path.join(home, RUNS, run)
    make_folder(folder)
    recorder = Recorder(Journal(os.path.join(folder, NAME)), redact=project.settings.redact)
    recorder.emit(
        "run",
        id=run,
        tool=tool_name(shell),
        argv=[*sys.argv] if shell is None else [],
        cwd=os.getcwd(),
        root=root,
        document=document,
        digest=None,
        session=True,
        message=message,
        tags=dict(tags),
        granularity=granularity,
        pid=os.getpid(),
    )
    session = Session(run, home, document, recorder, watch_shell(shell, recorder, granularity))
    session.notebook = notebook
    session.repository = Repository(root)
    wanted = {
        "journal": recorder.journal.path,
        "folder": folder,
        "home": home,
        "root": root,
        "granularity": granularity,
        "redact": project.settings.redact,
    }
    observe(recorder, wanted)
    return session


def observe(recorder: Recorder, wanted: dict[str, Any]) -> None:
    """Have everything else watched: files, processes, libraries."""
    recorder.journal.hold()
    set_current(recorder)
    observers.start(recorder, wanted)


def watch_shell(shell: Any, recorder: Recorder, granularity: Granularity) -> KernelTracker | None:
    """Who follows the cells of a shell."""
    if shell is None or granularity == "run":
        return None

    def set_step(number: int | None) -> None:
        """Have all that is recorded from here on belong to a step."""
        recorder.step = number

    def own_file(filename: str) -> None:
        """Count a cell's code among the user's own."""
        recorder.own[filename] = True

    tracker = StepTracker(recorder.emit, NamedSummaries(recorder), granularity, set_step, is_hidden)
    return KernelTracker(shell, tracker, own_file)


def is_hidden(name: str) -> bool:
    """Is it IPython that gives its user this name?"""
    return HIDDEN.fullmatch(name) is not None


def find_notebook(shell: Any) -> str | None:
    """The path of the notebook whose kernel this is, as far as front ends tell it."""
    names = getattr(shell, "user_ns", {})
    told = names.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    if isinstance(told, str) and told.endswith(".ipynb"):
        path = os.path.abspath(told)
        beside = os.path.join(os.getcwd(), os.path.basename(told))  # a server tells it relative to its root
        return next((each for each in (path, beside) if os.path.isfile(each)), None)
    return None


def tool_name(shell: Any) -> str:
    """What runs the session: "provkg session, IPython 9.1.0, Python 3.11.7"."""
    python = f"Python {sys.version.split()[0]}"
    module = sys.modules.get("IPython")
    if shell is None or module is None:
        return f"provkg session, {python}"
    return f"provkg session, IPython {module.__version__}, {python}"
