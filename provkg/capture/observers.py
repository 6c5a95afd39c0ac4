"""What is watched while a program runs. Each observer is a module that is started with the recorder.

Whatever an observer needs has to be imported when it is: a module that is imported later could be the
program's own of the same name.
"""

from __future__ import annotations

import atexit
import os
from types import CodeType
from typing import Any, Protocol

from provkg.capture.databases import Databases
from provkg.capture.failures import Failures
from provkg.capture.files import Files
from provkg.capture.network import Network
from provkg.capture.packages import Packages
from provkg.capture.processes import Processes
from provkg.capture.recorder import Recorder


class Observer(Protocol):
    """Something that watches a program."""

    def start(self) -> None:
        """Watch from now on."""

    def finish(self) -> None:
        """Tell what can only be told in the end."""


def start(recorder: Recorder, wanted: dict[str, Any]) -> None:
    """Start every observer; each tells the rest when Python comes to its end."""
    packages, databases = Packages(recorder), Databases(recorder)
    packages.listeners.append(databases.on_import)
    observers: list[Observer] = [
        Files(recorder),
        Processes(recorder),
        Network(recorder),
        databases,
        packages,
        Failures(recorder),
    ]
    for observer in observers:
        observer.start()
    process = os.getpid()

    def finish() -> None:
        if os.getpid() != process:  # a fork: the parent tells it
            return
        for observer in observers:
            observer.finish()
        recorder.emit("stop", lost=recorder.lost)

    atexit.register(finish)


def compile_program(script: str, recorder: Recorder, wanted: dict[str, Any]) -> CodeType:
    """The code of the program that is run, from the bytes of its file."""
    with open(script, "rb") as file:
        source = file.read()
    code: CodeType = compile(source, script, "exec", dont_inherit=True)
    return code
