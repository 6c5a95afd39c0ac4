from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.capture.steps import Granularity, StepTracker

Record = dict[str, Any]
Observe = Callable[..., list[Record]]


def shown(name: str, value: Any) -> Any:
    """A summary that a test can read."""
    if isinstance(value, list | tuple | dict):
        return repr(value)
    return value if isinstance(value, int | float | str) else type(value).__name__


@pytest.fixture
def observe() -> Observe:
    """Runs a script, whose cells begin at `# %%`, and gives what was told of it."""

    def run(
        text: str, granularity: Granularity = "call", summarise: Callable[[str, Any], Any] = shown
    ) -> list[Record]:
        told: list[Record] = []
        tracker = StepTracker(
            lambda kind, **fields: told.append({"k": kind, **fields}), summarise, granularity
        )
        lines = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("# %%")]
        names: dict[str, Any] = {"__name__": "__main__"}
        tracker.namespace = names
        code = tracker.compile_script(text.encode(), "program.py", lines or [1])
        try:
            exec(code, names)  # noqa: S102
            tracker.end("completed")
        except Exception as error:
            traceback = error.__traceback__
            assert traceback is not None
            assert traceback.tb_next is not None
            tracker.end("failed", {"exception": type(error).__name__}, traceback.tb_next.tb_lineno)
        return told

    return run


def ends(told: list[Record]) -> list[Record]:
    """The ends of steps."""
    return [record for record in told if record["k"] == "step" and record["event"] == "end"]


def of(told: list[Record], kind: str, **fields: Any) -> list[Record]:
    """The records of a kind with these fields."""
    return [
        each
        for each in told
        if each["k"] == kind and all(each.get(key) == item for key, item in fields.items())
    ]
