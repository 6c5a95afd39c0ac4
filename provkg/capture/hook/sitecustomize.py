"""Found first by Python processes that a recorded program starts: they record themselves, unaware of it.

The process may run another version of Python than ours, and may have no provkg at all: then nothing happens.
A `sitecustomize` of the environment's own, which this one stands in front of, is imported as if it were not.
"""

import os
import sys
from contextlib import suppress
from importlib import import_module

HOOK = os.path.dirname(os.path.abspath(__file__))


def restore_path() -> None:
    """Put `sys.path` and the environment as they were without us, for this process alone."""
    sys.path[:] = [path for path in sys.path if path != HOOK]
    rest = os.pathsep.join(
        path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != HOOK
    )
    data = os.environ._data  # type: ignore[attr-defined] # what is taken away here, children still get
    if rest:
        data[os.environ.encodekey("PYTHONPATH")] = os.environ.encodevalue(rest)
    else:
        data.pop(os.environ.encodekey("PYTHONPATH"), None)


def start() -> None:
    """Record this process as a part of the run that it belongs to."""
    before = {*sys.modules}
    root = os.path.dirname(os.path.dirname(os.path.dirname(HOOK)))
    sys.path.append(root)
    try:
        from provkg.capture.launch import descend

        descend(before)
    finally:
        sys.path.remove(root)


try:
    restore_path()
    if sys.version_info >= (3, 11):  # noqa: UP036 - any Python may be started
        start()
except Exception:  # noqa: S110 - the process is the user's, and has to run whatever becomes of us
    pass
ours = sys.modules.pop("sitecustomize", None)
with suppress(ImportError):
    import_module("sitecustomize")  # the next one on the path
if "sitecustomize" not in sys.modules and ours is not None:
    sys.modules["sitecustomize"] = ours  # the import system wants to find what it has just imported
