"""Options of the test suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites what the golden cases expect."""
    parser.addoption("--update-golden", action="store_true", help="write what is found as what is expected")
