"""Sessions of IPython kernels: every cell that runs, in true order, with what it read, wrote and showed.

It lives in the kernel, so it works with every front end. Nothing of IPython is replaced but three methods of
its own instances, which call what stood there before; turning capture off takes all of it back.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import CodeType
from typing import Any

from provkg.capture.steps import Cell, StepTracker

HIDDEN = re.compile(r"_+\d*|_i+\d*|_[io]h|_dh|__.*|In|Out|exit|quit|get_ipython|open|_exit_code")
"""Names that IPython gives its users' namespace."""

LONGEST_PREVIEW = 2_000
"""Characters of an output's text that are told; the digest stands for the rest."""

BINARY = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
"""Mime types whose content travels as base64."""


@dataclass(slots=True)
class Stream:
    """What was written to one stream without a break."""

    name: str
    size: int = 0
    preview: str = ""
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, text: str) -> None:
        """Take a text in."""
        data = text.encode("utf-8", "surrogatepass")
        self.digest.update(data)
        self.size += len(data)
        if len(self.preview) < LONGEST_PREVIEW:
            self.preview = (self.preview + text)[:LONGEST_PREVIEW]

    def told(self) -> list[dict[str, Any]]:
        """As it goes into the journal."""
        return [
            {
                "output": "stream",
                "stream": self.name,
                "mime": "text/plain",
                "digest": f"sha256:{self.digest.hexdigest()}",
                "size": self.size,
                "preview": self.preview,
            }
        ]


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that was displayed, or the result of a cell, in one or more representations."""

    kind: str
    data: dict[str, Any]

    def told(self) -> list[dict[str, Any]]:
        """As it goes into the journal: a record for each representation."""
        return [describe_content(self.kind, mime, content) for mime, content in self.data.items()]


def describe_content(kind: str, mime: str, content: Any) -> dict[str, Any]:
    """What the journal says of one representation: digest and size of its bytes, the beginning of a text."""
    preview = None
    if isinstance(content, bytes):
        data = content
    elif mime in BINARY and isinstance(content, str):
        data = b64decode(content)
    else:
        from json import dumps

        text = content if isinstance(content, str) else dumps(content, sort_keys=True, default=str)
        data = text.encode("utf-8", "surrogatepass")
        preview = text[:LONGEST_PREVIEW]
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    told = {"output": kind, "mime": mime, "digest": digest, "size": len(data)}
    return told if preview is None else {**told, "preview": preview}


class Outputs:
    """What the running cell shows, in order."""

    def __init__(self) -> None:
        self.items: list[Stream | Shown] = []
        self.is_open = False

    def write(self, name: str, text: str) -> None:
        """Something was written to a stream."""
        if self.is_open and text:
            last = self.items[-1] if self.items else None
            if not (isinstance(last, Stream) and last.name == name):
                last = Stream(name)
                self.items.append(last)
            last.write(text)

    def show(self, kind: str, data: Any) -> None:
        """Something was displayed."""
        if self.is_open and isinstance(data, dict):
            self.items.append(Shown(kind, dict(data)))

    def clear(self) -> None:
        """The front end was told to forget what was shown."""
        self.items.clear()


class Patches:
    """Methods of instances that were wrapped, to be taken back."""

    def __init__(self) -> None:
        self.undo: list[Callable[[], None]] = []

    def after(self, owner: Any, name: str, note: Callable[..., None]) -> None:
        """Let `note` see the arguments of a method of this instance, which runs as before."""
        method = getattr(owner, name, None)
        if method is None or not hasattr(owner, "__dict__"):
            return
        own = vars(owner).get(name)

        def noting(*args: Any, **keywords: Any) -> Any:
            """Note, and run the method."""
            with suppress(Exception):
                note(*args, **keywords)
            return method(*args, **keywords)

        try:
            setattr(owner, name, noting)
        except (AttributeError, TypeError):
            return
        self.undo.append(lambda: delattr(owner, name) if own is None else setattr(owner, name, own))

    def take_back(self) -> None:
        """Leave no trace."""
        while self.undo:
            with suppress(Exception):
                self.undo.pop()()


class KernelTracker:
    """Follows the cells of one shell."""

    def __init__(self, shell: Any, tracker: StepTracker, own_file: Callable[[str], None]) -> None:
        self.shell = shell
        self.tracker = tracker
        self.own_file = own_file
        """Told the file name of each cell's code."""
        self.outputs = Outputs()
        self.patches = Patches()
        self.streams = Patches()
        self.is_on = False

    def start(self) -> None:
        """Follow every cell from the next one on."""
        if self.is_on:
            return
        self.is_on = True
        self.tracker.namespace = self.shell.user_ns
        self.tracker.callers.is_on = self.tracker.assignments.is_on = True
        self.shell.events.register("pre_run_cell", self.before_cell)
        self.shell.events.register("post_run_cell", self.after_cell)
        self.watch_outputs()
        self.watch_compiler()

    def stop(self) -> None:
        """Follow no cell any more."""
        if not self.is_on:
            return
        self.is_on = False
        self.outputs.is_open = False
        self.streams.take_back()
        self.tracker.end("completed")
        self.tracker.callers.is_on = self.tracker.assignments.is_on = False
        for event, callback in (("pre_run_cell", self.before_cell), ("post_run_cell", self.after_cell)):
            with suppress(ValueError):
                self.shell.events.unregister(event, callback)
        self.patches.take_back()

    # What IPython tells

    def before_cell(self, info: Any) -> None:
        """A cell begins."""
        if info.silent or not info.store_history or self.tracker.step is not None:
            return
        cell = Cell(info.raw_cell, id=getattr(info, "cell_id", None))
        self.tracker.blocks.clear()
        self.tracker.begin(cell, [])
        self.outputs.items.clear()
        self.outputs.is_open = True
        self.watch_streams()

    def after_cell(self, result: Any) -> None:
        """A cell is over."""
        self.outputs.is_open = False
        self.streams.take_back()
        if self.tracker.step is None:
            return
        for place, item in enumerate(self.outputs.items):
            for told in item.told():
                self.tracker.emit("output", index=place, **told)
        self.outputs.items.clear()
        error = result.error_before_exec or result.error_in_exec
        count = getattr(result, "execution_count", None)
        if error is None:
            self.tracker.end("completed", count=count)
        else:
            self.tracker.end("failed", describe_error(error), count=count)

    # What is wrapped

    def watch_outputs(self) -> None:
        """See what is displayed."""
        show = self.outputs.show
        self.patches.after(
            self.shell.display_pub,
            "publish",
            lambda data=None, *args, **keywords: show("display_data", data),
        )
        self.patches.after(
            self.shell.display_pub, "clear_output", lambda *args, **keywords: self.outputs.clear()
        )
        self.patches.after(
            self.shell.displayhook,
            "write_format_data",
            lambda format_dict, *args, **keywords: show("execute_result", format_dict),
        )

    def watch_streams(self) -> None:
        """See what is printed, for as long as a cell runs: IPython itself wraps the streams anew for each."""
        for name in ("stdout", "stderr"):
            self.streams.after(getattr(sys, name), "write", partial(self.printed, name))

    def printed(self, name: str, text: str) -> None:
        """Something was written to a stream; what a terminal shows of a result or an error is none of it."""
        shell = self.shell
        is_shown = (
            getattr(shell.display_pub, "is_publishing", False)
            or getattr(shell.displayhook, "is_active", False)
            or getattr(shell, "showing_traceback", False)
        )
        if not is_shown:
            self.outputs.write(name, text)

    def watch_compiler(self) -> None:
        """Have the code of cells tell what it does.

        The compiler's class is exchanged, as IPython calls the instance itself.
        """
        compiler, tracker, own_file = self.shell.compile, self.tracker, self.own_file
        original = type(compiler)

        class WatchingCompiler(original):  # type: ignore[misc, valid-type] # the class is that of the running IPython
            """Compiles as before, and then again so that the code tells what it does."""

            def __call__(self, source: Any, filename: str, symbol: str, **keywords: Any) -> CodeType:
                plain = partial(super().__call__, **keywords) if keywords else super().__call__
                step = tracker.step
                if step is not None and isinstance(source, ast.Module | ast.Interactive):
                    with suppress(Exception):  # the cell runs as it would without us
                        step.statements += source.body
                        step.files[filename] = None
                        own_file(filename)
                        return tracker.compile(source, filename, plain)
                return plain(source, filename, symbol)  # type: ignore[no-any-return] # IPython has no types

        WatchingCompiler.__name__ = original.__name__
        WatchingCompiler.__qualname__ = original.__qualname__
        WatchingCompiler.__module__ = original.__module__
        compiler.__class__ = WatchingCompiler
        self.patches.undo.append(lambda: setattr(compiler, "__class__", original))


def describe_error(error: BaseException) -> dict[str, Any]:
    """What the journal says of an exception."""
    from traceback import format_exception

    try:
        message = str(error)
    except Exception:
        message = ""
    try:
        lines = format_exception(type(error), error, error.__traceback__)
    except Exception:
        lines = []
    text = "".join(line for line in lines if "/IPython/core/interactiveshell.py" not in line)
    return {
        "exception": type(error).__name__,
        "message": message[:LONGEST_PREVIEW],
        "traceback": text[-20_000:],
    }
