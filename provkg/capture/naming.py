"""Summaries of values that have a name: where the name says secret, the value is one."""

from __future__ import annotations

from typing import Any

from provkg.capture.recorder import Recorder
from provkg.capture.values import summarise
from provkg.extract.redaction import REDACTED

BUDGET_SECONDS = 0.002
"""Many names are looked at after each cell, so that a change in place is seen."""


class NamedSummaries:
    """Summarises values for a recorder, which from then on leaves the secrets among them out everywhere."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __call__(self, name: str, value: Any) -> Any:
        """What the value of this name is, in few words."""
        summary = summarise(value, BUDGET_SECONDS)
        text = summary.get("value")
        if not isinstance(text, str) or self.recorder.redact_value(name, text) != REDACTED:
            return summary
        if type(value) is str:
            self.recorder.hide(value)
        return {"type": summary.get("type"), "kind": "secret"}
