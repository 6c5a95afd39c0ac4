"""Calls of the user's own functions, gathered by call site, so that a million of them need little space.

The first calls of a function are looked at closely: who calls, with what, what comes back, in what time.
Then the light code takes over, which counts in C (about 30 ns a call), and lets one call through to be looked
at whenever their number has doubled. Counts are exact; where a function became light, arguments, results and
times are those of the calls that were looked at, and so are its call sites.

Values are summarised at once and never kept: an object lives as long as it would without us.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count, islice, repeat
from operator import length_hint
from sys import _getframe
from time import perf_counter
from types import CodeType, FrameType, FunctionType
from typing import Any
from weakref import WeakSet

from provkg.capture.instrument import FunctionSite

CLOSE_CALLS = 32
"""Calls of each function that are looked at before its light code takes over."""

FIRST_BLOCK = 64
"""Light calls until the next one is looked at; the number doubles each time."""

MOST_SITES = 256
"""Call sites of one function that are told apart."""

FARTHEST_CALLER = 60
"""Frames of libraries between a function and the user's code that called them."""

Summarise = Callable[[str, Any], Any]
Span = tuple[int, int, int, int]


@dataclass(slots=True)
class Look:
    """One call that was looked at."""

    number: int
    arguments: dict[str, Any] | None = None
    result: Any = None
    error: str | None = None
    is_open: bool = True

    def told(self) -> dict[str, Any]:
        """As it goes into the journal."""
        told: dict[str, Any] = {"n": self.number}
        if self.arguments is not None:
            told["arguments"] = self.arguments
        if self.error is not None:
            told["error"] = self.error
        elif not self.is_open:
            told["result"] = self.result
        return told


@dataclass(slots=True)
class CallSite:
    """A place in the user's code from which a function was called."""

    file: str
    span: Span
    caller: str
    """The function in which the place lies; "" for the top of a cell or module."""
    count: int = 0
    seconds: float = 0.0
    failures: int = 0
    first: Look | None = None
    last: Look | None = None

    def told(self) -> dict[str, Any]:
        """As it goes into the journal."""
        told: dict[str, Any] = {
            "file": self.file,
            "span": list(self.span),
            "caller": self.caller,
            "count": self.count,
            "seconds": round(self.seconds, 9),
        }
        if self.failures:
            told["failures"] = self.failures
        if self.first is not None:
            told["first"] = self.first.told()
        if self.last is not None and self.last is not self.first:
            told["last"] = self.last.told()
        return told


@dataclass(slots=True)
class OpenCall:
    """A call that is running."""

    frame: int
    site: CallSite
    look: Look
    started: float


class Stack(threading.local):
    """The calls that run in this thread, and whether it is we who run."""

    def __init__(self) -> None:
        self.calls: list[OpenCall] = []
        self.is_busy = False


@dataclass(slots=True)
class Callers:
    """What all functions of a program share: which code is the user's, and how values are summarised."""

    summarise: Summarise
    entered: Callable[[WatchedFunction, FrameType], None] = lambda function, frame: None
    """Told of each call that is looked at, with its frame."""
    files: set[str] = field(default_factory=set)
    """The file names of the user's own code, as code objects have them."""
    stack: Stack = field(default_factory=Stack)
    is_on: bool = True
    close_calls: int = CLOSE_CALLS
    places: dict[tuple[int, int], tuple[CodeType, Span]] = field(default_factory=dict)

    def find(self, frame: FrameType | None) -> tuple[str, Span, str] | None:
        """Where in the user's code this frame is, or the nearest one that called it."""
        for _ in range(FARTHEST_CALLER):
            if frame is None:
                return None
            code = frame.f_code
            if code.co_filename in self.files:
                return code.co_filename, self.span(code, frame.f_lasti, frame.f_lineno), scope_of(code)
            frame = frame.f_back
        return None

    def span(self, code: CodeType, instruction: int, line: int) -> Span:
        """The stretch of source that an instruction stands for."""
        known = self.places.get((id(code), instruction))
        if known is None:
            position = next(islice(code.co_positions(), instruction // 2, None), (line,) * 4)
            start, end, column, end_column = (each if each is not None else 0 for each in position)
            # The code is kept, so that no other one gets its number.
            known = self.places[id(code), instruction] = code, (start, column, end, end_column)
        return known[1]


def scope_of(code: CodeType) -> str:
    """The function that a code object belongs to; "" for the top of a module."""
    parts = [part for part in code.co_qualname.split(".") if not part.startswith("<")]
    return ".".join(parts)


class WatchedFunction:
    """The probes of one function, and what they learned."""

    def __init__(self, site: FunctionSite, callers: Callers) -> None:
        self.site = site
        self.callers = callers
        self.detailed: CodeType | None = None
        self.light: CodeType | None = None
        self.functions: WeakSet[FunctionType] = WeakSet()
        self.looked_at = 0
        self.is_light = False
        self.sites: dict[tuple[str, Span], CallSite] = {}
        self.overflow = 0
        """Calls from places beyond those that are told apart, or from outside the user's code."""
        self.finished = 0
        """Light calls in the blocks that are over."""
        self.block: repeat[None] = repeat(None, 0)
        self.size = 0
        self.told_count = 0
        self.ticks: Iterator[None] = chain.from_iterable(map(self.next_block, count()))

    def __reduce__(self) -> Any:
        """In another process, where the code may be sent to, nobody watches."""
        return unwatched, (self.site,)

    @property
    def count(self) -> int:
        """All calls so far."""
        return self.looked_at + self.finished + self.size - length_hint(self.block)

    # Versions of the code

    def made(self, function: Any) -> Any:
        """The function object that a `def` made, unchanged but for the version of its code."""
        try:
            self.functions.add(function)
            if self.is_light:
                self.use(function, self.light)
        except Exception:  # noqa: S110 - the program goes on
            pass
        return function

    @staticmethod
    def use(function: FunctionType, code: CodeType | None) -> None:
        """Let a function run this version of its code from its next call on."""
        if code is not None:
            function.__code__ = code

    def switch(self, code: CodeType | None) -> None:
        """Let all function objects of this `def` run this version from their next call on."""
        for function in list(self.functions):
            self.use(function, code)

    def next_block(self, index: int) -> repeat[None]:
        """The next stretch of light calls; when one is over, the next call is looked at."""
        try:
            self.finished += self.size
            self.size = FIRST_BLOCK << min(index, 40)
            self.block = repeat(None, self.size)
            if index:
                self.switch(self.detailed)
        except Exception:  # noqa: S110 - the program goes on
            pass
        return self.block

    def look_again(self) -> None:
        """Let the next call be looked at."""
        if self.is_light:
            self.switch(self.detailed)

    # Probes

    def enter(self, arguments: tuple[Any, ...] | None) -> None:
        """Note the beginning of a call."""
        callers = self.callers
        stack = callers.stack
        self.looked_at += 1
        if stack.is_busy or not callers.is_on:
            return
        stack.is_busy = True
        try:
            frame = _getframe(1)
            if self.looked_at >= callers.close_calls and self.light is not None:
                self.is_light = True
                self.switch(self.light)
            callers.entered(self, frame)
            site = self.find_site(frame)
            if site is None:
                return
            look = Look(self.looked_at if not self.is_light else self.count)
            site.count += 1
            site.first = site.first or look
            site.last = look
            if arguments is None:
                return
            look.arguments = self.summarise_arguments(arguments)
            stack.calls.append(OpenCall(id(frame), site, look, perf_counter()))
        except Exception:  # noqa: S110 - the program goes on
            pass
        finally:
            stack.is_busy = False

    def find_site(self, frame: FrameType) -> CallSite | None:
        """The place that a call came from; None where it is not told apart."""
        found = self.callers.find(frame.f_back)
        if found is None:
            self.overflow += 1
            return None
        file, span, caller = found
        site = self.sites.get((file, span))
        if site is None:
            if len(self.sites) >= MOST_SITES:
                self.overflow += 1
                return None
            site = self.sites[file, span] = CallSite(file, span, caller)
        return site

    def summarise_arguments(self, arguments: tuple[Any, ...]) -> dict[str, Any]:
        """Each argument by its parameter's name; of the object whose method it is only the class."""
        summarise = self.callers.summarise
        told = {}
        for index, (name, value) in enumerate(zip(self.site.parameters, arguments, strict=False)):
            if index == 0 and self.site.is_method and name in ("self", "cls"):
                owner = value if isinstance(value, type) else type(value)
                told[name] = {"type": f"{owner.__module__}.{owner.__qualname__}"}
            else:
                told[name] = summarise(name, value)
        return told

    def leave(self, value: Any) -> Any:
        """Note the result of a call; gives it back."""
        stack = self.callers.stack
        if stack.calls and not stack.is_busy:
            ended = perf_counter()
            stack.is_busy = True
            try:
                call = self.ended(id(_getframe(1)), ended)
                if call is not None:
                    call.look.result = self.callers.summarise(self.site.name, value)
            except Exception:  # noqa: S110 - the program goes on
                pass
            finally:
                stack.is_busy = False
        return value

    def fail(self) -> None:
        """Note that an exception ended a call."""
        from sys import exc_info

        stack = self.callers.stack
        if stack.calls and not stack.is_busy:
            ended = perf_counter()
            stack.is_busy = True
            try:
                call = self.ended(id(_getframe(1)), ended)
                if call is not None:
                    call.site.failures += 1
                    kind = exc_info()[0]
                    call.look.error = kind.__name__ if kind is not None else "exception"
            except Exception:  # noqa: S110 - the program goes on
                pass
            finally:
                stack.is_busy = False

    def ended(self, frame: int, ended: float) -> OpenCall | None:
        """The call that runs in this frame, which is over now; those above it never came to their end."""
        calls = self.callers.stack.calls
        for index in range(len(calls) - 1, -1, -1):
            if calls[index].frame == frame:
                call = calls[index]
                del calls[index:]
                call.site.seconds += ended - call.started
                call.look.is_open = False
                return call
        return None

    # What was learned

    def told(self) -> dict[str, Any] | None:
        """What was learned since the last time, for the journal; None where nothing was called."""
        number = self.count
        if number == self.told_count:
            return None
        calls, self.told_count = number - self.told_count, number
        sites, self.sites = self.sites, {}
        site = self.site
        return {
            "function": site.name,
            "file": site.file,
            "line": site.line,
            "count": calls,
            "is_complete": not self.is_light and not self.overflow,
            "sites": [each.told() for each in sites.values()],
        }


def unwatched(site: FunctionSite) -> WatchedFunction:
    """Probes that tell nobody, for code that was sent to another process."""
    return WatchedFunction(site, Callers(summarise=lambda name, value: None, is_on=False))
