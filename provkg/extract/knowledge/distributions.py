"""Which PyPI distribution an import comes from."""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from pathlib import Path


@cache
def _table() -> tuple[dict[str, str], frozenset[str]]:
    data = tomllib.loads((Path(__file__).parent / "distributions.toml").read_text(encoding="utf-8"))
    return data["distribution"], frozenset(data["standard"]["python2"].split())


@cache
def is_standard(module: str) -> bool:
    """Whether `module` is of the standard library, of today's or of Python 2's."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _table()[1]


@cache
def find_distribution(module: str) -> str | None:
    """The normalised PyPI name of what provides `module`; None for the standard library.

    A name outside the table is its own distribution, as most are: ask only for modules that are not local.

    >>> find_distribution("sklearn.svm"), find_distribution("google.cloud.storage.blob")
    ('scikit-learn', 'google-cloud-storage')
    """
    if is_standard(module):
        return None
    known, prefix = _table()[0], module
    while prefix:
        if prefix in known:
            return known[prefix]
        prefix = prefix.rpartition(".")[0]
    return normalise(module.partition(".")[0])


def normalise(name: str) -> str:
    """`name` as PEP 503 writes it: lower case, runs of `-`, `_` and `.` as one hyphen."""
    return re.sub(r"[-_.]+", "-", name).lower()
