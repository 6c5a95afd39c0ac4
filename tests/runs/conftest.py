"""Journals as they would be written, without a program that runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from provkg.facts.factset import FactSet
from provkg.identity import digest_bytes
from provkg.runs.facts import observed_facts
from provkg.runs.journal import parse_journal

Observe = Callable[..., FactSet]

STARTED = 1_700_000_000.0


@pytest.fixture
def observe() -> Observe:
    """What is observed of a program with this text, given the records between its start and its end."""

    def observe(source: str, *records: dict[str, Any], kept: dict[str, bytes] | None = None) -> FactSet:
        data = source.encode()
        contents = {digest_bytes(data): data, **(kept or {})}
        start = {"k": "run", "id": "r1", "document": "train.py", "root": "/p", "digest": digest_bytes(data),
                 "tool": "provkg run", "argv": ["train.py", "--token", "x"], "tags": {"data": "v2"}}  # fmt: skip
        end = {"k": "end", "at": STARTED + 9, "code": 0, "status": "completed", "seconds": 9.0}
        lines = [start, {"k": "program", "path": "/p/train.py"}, *records, end]
        text = "\n".join(json.dumps({"t": STARTED + n, "s": None, **each}) for n, each in enumerate(lines))
        return observed_facts(parse_journal(text.encode()), contents.get)

    return observe
