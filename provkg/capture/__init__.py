"""Capture: what a program does while it runs.

`provkg.capture()` begins to record in any Python; in IPython and Jupyter, `%load_ext provkg` does the same.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """This module, which can be called: the command has the name of the room that does it."""

    def __call__(self, **options: Any) -> Any:
        from provkg.capture.magic import start

        return start(**options)


sys.modules[__name__].__class__ = _Callable
