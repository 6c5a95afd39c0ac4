"""The program and its own modules, compiled so that they tell what they do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from provkg.capture.frames import traceback_of
from provkg.capture.instrument import compile_alone
from provkg.capture.naming import NamedSummaries
from provkg.capture.recorder import Recorder
from provkg.capture.steps import StepTracker

CompileModule = Callable[[bytes, str], CodeType]


class WatchingLoader(SourceFileLoader):
    """Loads a module as ever, and compiles it again so that it tells what it does.

    What Python itself would do is done first: the same errors, the same file in `__pycache__`.
    """

    def __init__(self, fullname: str, path: str, compile_module: CompileModule) -> None:
        super().__init__(fullname, path)
        self.compile_module = compile_module

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the module."""
        code = super().get_code(fullname)
        try:
            path = self.get_filename(fullname)
            return self.compile_module(self.get_data(path), path)
        except Exception:
            return code


WatchingLoader.__name__ = WatchingLoader.__qualname__ = SourceFileLoader.__name__
WatchingLoader.__module__ = SourceFileLoader.__module__


class OwnModules(MetaPathFinder):
    """Finds modules where Python would, and has those of the user's own watched."""

    def __init__(self, is_own: Callable[[str], bool], compile_module: CompileModule) -> None:
        self.is_own = is_own
        self.compile_module = compile_module

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is, as `PathFinder` finds it."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader and self.is_own(spec.loader.path):
            spec.loader = WatchingLoader(fullname, spec.loader.path, self.compile_module)
        return spec

    def install(self) -> None:
        """Stand before `PathFinder`; its part is then done by us."""
        places = [place for place, finder in enumerate(sys.meta_path) if finder is PathFinder]
        sys.meta_path.insert(places[0] if places else len(sys.meta_path), self)


class Program:
    """The steps, calls and variables of a program that is run from a script."""

    def __init__(self, recorder: Recorder, wanted: dict[str, Any]) -> None:
        self.recorder = recorder
        self.first_lines = wanted.get("first_lines") or [1]
        self.process = os.getpid()
        summaries = NamedSummaries(recorder)
        self.tracker = StepTracker(recorder.emit, summaries, wanted.get("granularity", "call"), self.set_step)

    def set_step(self, number: int | None) -> None:
        """Have all that is recorded from here on belong to a step."""
        self.recorder.step = number

    def start(self) -> None:
        """Watch the modules of the program's own from now on."""
        if self.tracker.granularity in ("call", "variable"):
            OwnModules(self.recorder.own.__getitem__, self.tracker.compile_module).install()

    def compile(self, source: bytes, script: str, namespace: dict[str, Any]) -> CodeType:
        """The code of the program.

        Raises:
            SyntaxError, ValueError: what `compile` raises for the program itself.
        """
        self.tracker.namespace = namespace
        with suppress(Exception):
            return self.tracker.compile_script(source, script, self.first_lines)
        return compile_alone(source, script, "exec")  # what is wrong with it, Python itself says

    def end(self, error: BaseException | None) -> None:
        """The program's last line was reached, or this ended it."""
        if os.getpid() != self.process:
            return
        is_failure = error is not None and not (type(error) is SystemExit and error.code in (None, 0))
        self.tracker.end("failed" if is_failure else "completed", line=self.line_of(error))

    def line_of(self, error: BaseException | None) -> int | None:
        """The line at the top of the program where an error came out."""
        traceback = traceback_of(error) if error is not None else None
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename in self.tracker.files:
                return traceback.tb_lineno
            traceback = traceback.tb_next
        return None

    def finish(self) -> None:
        """Tell of what threads and exit handlers called after the last line."""
        if self.tracker.granularity in ("call", "variable"):
            self.tracker.tell_calls()
