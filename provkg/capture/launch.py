"""Runs the user's program in this process as `python PROGRAM` would, with observers beside it.

The process is started as `python -c "…"` by `supervise`, which says in the environment what is wanted. Here
everything that a program can see is put as it would be without us: `sys.argv`, `sys.path`, `__main__`,
`__file__`, the environment; tracebacks begin with the program's own frames.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Collection
from importlib.machinery import SourceFileLoader
from json import dumps, loads
from types import CodeType, TracebackType
from typing import Any

from provkg.capture import observers
from provkg.capture.frames import set_traceback, traceback_of
from provkg.capture.journal import VARIABLE, Journal
from provkg.capture.program import Program
from provkg.capture.recorder import Recorder, set_current

_FOLDER = os.path.dirname(os.path.dirname(__file__)) + os.sep

_HOOK = os.path.join(_FOLDER, "capture", "hook")
_RUN = "exec(code, names)"
"""Run from a frame that looks as the end of the stack does to the module `warnings`: `sys:1`."""


def launch(before: Collection[str]) -> None:
    """Run the program that `sys.argv` names behind `-c`; `before` names the modules loaded before ours."""
    wanted = loads(os.environ[VARIABLE])
    hide_variable(VARIABLE)
    sys.argv = sys.argv[1:]
    sys.orig_argv = [sys.orig_argv[0], *sys.argv]
    script = absolute_path(sys.argv[0])
    names = _prepare_main(script)
    _set_path(script)
    _lead_children(wanted, script)
    recorder = Recorder(Journal(wanted["journal"]), script, wanted.get("redact", ()))
    recorder.journal.hold()
    set_current(recorder)
    recorder.emit("program", path=script)
    observers.start(recorder, wanted)
    forget_shadowing(sys.path[0], before)
    program = Program(recorder, wanted)
    program.start()
    atexit.register(program.finish)
    _run(script, names, program)


def descend(before: Collection[str]) -> None:
    """Record this process, which the recorded program started, as a part of its run."""
    wanted = loads(os.environ[VARIABLE])
    hide_variable(VARIABLE)
    recorder = Recorder(
        Journal(wanted["journal"]), wanted.get("script"), wanted.get("redact", ()), is_main=False
    )
    recorder.journal.hold()
    set_current(recorder)
    recorder.emit("child", command=sys.orig_argv, parent=os.getppid())
    observers.start(recorder, wanted)
    folder = os.path.dirname(os.path.abspath(sys.orig_argv[1])) if len(sys.orig_argv) > 1 else os.getcwd()
    forget_shadowing(folder, before)


def _lead_children(wanted: dict[str, Any], script: str) -> None:
    """Have the processes that this one starts record themselves, without a trace in `os.environ`."""
    path = os.environ.get("PYTHONPATH")
    os.putenv("PYTHONPATH", _HOOK + (os.pathsep + path if path else ""))
    os.putenv(VARIABLE, dumps({**wanted, "script": script}))


def hide_variable(name: str) -> None:
    """Take a variable away from `os.environ`, and leave it to processes that this one starts."""
    os.environ._data.pop(os.environ.encodekey(name), None)  # type: ignore[attr-defined] # a name of the standard library that typeshed leaves out


def absolute_path(script: str) -> str:
    """The path that Python gives `__file__` of the program that it runs."""
    return script if os.path.isabs(script) else f"{os.getcwd()}{os.sep}{script}"


def _prepare_main(script: str) -> dict[str, Any]:
    """The names of `__main__`, as they are before the first line of a program."""
    names = sys.modules["__main__"].__dict__
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    names.update(__file__=script, __cached__=None, __loader__=SourceFileLoader("__main__", script))
    return names


def _set_path(script: str) -> None:
    """Where `import` looks first: the folder of the program, links followed."""
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(script)))


def forget_shadowing(folder: str, before: Collection[str]) -> None:
    """Let the program import its own modules of names that we imported from the standard library before.

    A file `queue.py` beside a program is what `import queue` means to it; our own references stay.
    """
    try:
        beside = {name.partition(".")[0] for name in os.listdir(folder)}
    except OSError:
        return
    for name in sys.modules.keys() - before:
        if name.partition(".")[0] in beside:
            sys.modules.pop(name, None)


def _run(script: str, names: dict[str, Any], program: Program) -> None:
    try:
        with open(script, "rb") as file:
            source = file.read()
        code = program.compile(source, script, names)
        runner = compile(_RUN, "sys", "exec", dont_inherit=True)
        exec(runner, {"__name__": "sys", "code": code, "names": names})  # noqa: S102 - the user's own program
        program.end(None)
    except SystemExit as error:
        program.end(error)
        raise
    except BaseException as error:
        program.end(error)
        _show_without_us(error)
        raise


def _show_without_us(error: BaseException) -> None:
    """Have the traceback shown as if the program had been run by Python alone."""
    own = _own_part(traceback_of(error))
    show = sys.excepthook

    def show_own(kind: type[BaseException], value: BaseException, _: TracebackType | None) -> None:
        sys.excepthook = show
        sys.last_traceback = own
        set_traceback(value, own)
        show(kind, value, own)

    sys.excepthook = show_own


def _own_part(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame of the program on."""
    while traceback is not None and _is_ours(traceback.tb_frame.f_code):
        traceback = traceback.tb_next
    return traceback


def _is_ours(code: CodeType) -> bool:
    return code.co_filename in ("sys", "<string>") or code.co_filename.startswith(_FOLDER)
