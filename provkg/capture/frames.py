"""Which code is the user's own: neither Python's, nor a library's, nor ours."""

from __future__ import annotations

import os
import sys
from types import FrameType, TracebackType
from typing import Any

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def library_folders() -> tuple[str, ...]:
    """The folders, ending in a separator, where Python and installed libraries lie."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    folders = [os.path.join(prefix, name) for prefix in prefixes for name in ("lib", "lib64", "Lib")]
    folders += [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    folders += [os.path.dirname(os.__file__), _ROOT]
    real = {os.path.realpath(folder) for folder in folders}
    return tuple(sorted({folder + os.sep for folder in (*folders, *real)}))


class UserCode(dict[str, bool]):
    """Name of a code's file → is it the user's own? Each is looked at once."""

    def __init__(self) -> None:
        super().__init__()
        self._libraries = library_folders()

    def __missing__(self, filename: str) -> bool:
        is_own = (
            bool(filename)
            and filename[0] != "<"
            and filename != "sys"
            and not filename.startswith(self._libraries)
            and f"{os.sep}site-packages{os.sep}" not in filename
        )
        self[filename] = is_own
        return is_own


_traceback: Any = BaseException.__dict__["__traceback__"]


def traceback_of(error: BaseException) -> TracebackType | None:
    """The traceback of an exception, without running any code of its class."""
    found: TracebackType | None = _traceback.__get__(error)
    return found


def set_traceback(error: BaseException, traceback: TracebackType | None) -> None:
    """Give an exception another traceback, without running any code of its class."""
    _traceback.__set__(error, traceback)


def hide_frame(error: BaseException) -> None:
    """Take the frame that caught an exception out of its traceback; a bare `raise` does not add it again.

    So that what we put around a function of a library is not to be seen where that function fails.
    """
    traceback = traceback_of(error)
    if traceback is not None:
        set_traceback(error, traceback.tb_next)


def find_place(frame: FrameType | None, own: UserCode) -> tuple[str, int] | None:
    """File and line of the nearest frame of the user's code, from `frame` outwards."""
    while frame is not None:
        filename = frame.f_code.co_filename
        if own[filename]:
            return filename, frame.f_lineno
        frame = frame.f_back
    return None


def find_line(frame: FrameType | None, filename: str) -> int | None:
    """The line of the outermost frame that runs code of the file `filename`, where it runs any."""
    line = None
    while frame is not None:
        if frame.f_code.co_filename == filename:
            line = frame.f_lineno
        frame = frame.f_back
    return line
