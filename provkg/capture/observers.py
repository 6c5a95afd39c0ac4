"""What is watched while a program runs. Each observer is a module that is started with the recorder.

Whatever an observer needs has to be imported when it is: a module that is imported later could be the
program's own of the same name.
"""

from __future__ import annotations

from typing import Any

from provkg.capture.recorder import Recorder


def start(recorder: Recorder, wanted: dict[str, Any]) -> None:
    """Start every observer."""
