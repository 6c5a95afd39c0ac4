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


GENERIC = frozenset(
    {"aux", "base", "classes", "common", "conf", "config", "configs", "const", "constants", "core",
     "data_utils", "dataset", "definitions", "env", "example", "examples", "experiment", "experiments",
     "func", "functions", "global_vars", "helper", "helpers", "init", "lib", "libs", "local",
     "main", "metrics", "misc", "model", "models", "my_functions", "my_utils", "mylib", "mymodule",
     "nb_utils", "notebook_utils", "params", "paths", "plot_utils", "plots", "plotting",
     "preprocess", "preprocessing", "scripts",
     "settings", "shared", "source", "src", "support", "test", "tests", "tools", "train", "training",
     "util", "utilities", "utils", "vars"}
)  # fmt: skip
"""Modules that are far more often a file beside the program than what PyPI has under the name."""


@cache
def is_standard(module: str) -> bool:
    """Whether `module` is of the standard library, of today's or of Python 2's."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _table()[1]


@cache
def find_distribution(module: str) -> str | None:
    """The normalised PyPI name of what provides `module`; None for the standard library.

    A name outside the table is its own distribution, as most are: ask only for modules that are not local.
    None too for a name that every other project gives to a module of its own, such as `utils`.

    >>> find_distribution("sklearn.svm"), find_distribution("google.cloud.storage.blob")
    ('scikit-learn', 'google-cloud-storage')
    """
    if is_standard(module) or module.partition(".")[0] in GENERIC:
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
