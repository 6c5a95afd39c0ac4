"""Notebooks and scripts, unchanged and never run, as a provenance knowledge graph.

Where to begin reading: `provkg.pipeline`, the plan of the house.
"""

from __future__ import annotations

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Begin to record what the cells of this kernel do: `%load_ext provkg`."""
    from provkg.capture.magic import start

    start(shell=shell)


def unload_ipython_extension(shell: Any) -> None:
    """Record no more: `%unload_ext provkg`."""
    from provkg.capture.session import find_session

    session = find_session()
    if session is not None:
        session.stop()


def __getattr__(name: str) -> Any:
    """`provkg.capture()` works after `import provkg` alone."""
    if name == "capture":
        from importlib import import_module

        return import_module("provkg.capture")
    raise AttributeError(f"module 'provkg' has no attribute {name!r}")
