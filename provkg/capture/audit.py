"""One audit hook for all that Python itself tells of: files opened, processes started, connections made.

Source: PEP 578. A hook cannot be taken away again, so there is one for each process, and it hands on what
somebody asked for. While one event is handled, those that the handling causes itself are passed over.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from collections.abc import Callable
from types import TracebackType
from typing import Any

from provkg.capture.frames import UserCode, traceback_of

Handler = Callable[[tuple[Any, ...]], None]

_handlers: dict[str, Handler] = {}
_busy: set[int] = set()
_own = UserCode()
_is_hooked = False


def watch(event: str, handler: Handler) -> None:
    """Have a handler called with the arguments of each event of this name; there is one for each name."""
    global _is_hooked
    _handlers[event] = handler
    if not _is_hooked:
        _is_hooked = True
        sys.addaudithook(_make_hook())


def forget() -> None:
    """Hand no event on any more."""
    _handlers.clear()


def _make_hook() -> Callable[[str, tuple[Any, ...]], None]:
    # Everything is a local of the closure: it is looked up faster, and is there until the very end.
    find, busy, own_thread = _handlers.get, _busy, get_ident

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        handler = find(event)
        if handler is None:
            return
        thread = own_thread()
        if thread in busy:
            return
        busy.add(thread)
        try:
            handler(arguments)
        except Exception as error:
            if _is_the_programs(traceback_of(error)):
                raise
        finally:
            busy.discard(thread)

    return hook


def _is_the_programs(traceback: TracebackType | None) -> bool:
    """Whether an exception comes from the program: its signal handler may run at any moment, and raise."""
    while traceback is not None:
        if _own[traceback.tb_frame.f_code.co_filename]:
            return True
        traceback = traceback.tb_next
    return False
