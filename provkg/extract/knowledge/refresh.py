"""Rewrites the generated part of `sklearn.toml` and `imblearn.toml` from the libraries installed here.

    python -m provkg.extract.knowledge.refresh sklearn imblearn

A new release is a refresh: everything below the marker line is written again, everything above it was
written by hand and stays. The only module that imports a library it describes; nothing imports it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent
MARKER = "# -- generated below this line by refresh.py"
WIDTH = 108

BASES = (
    "sklearn.model_selection._search.BaseSearchCV",
    "sklearn.pipeline.Pipeline",
    "imblearn.base.SamplerMixin",
    "sklearn.base.ClassifierMixin",
    "sklearn.base.RegressorMixin",
    "sklearn.base.ClusterMixin",
    "sklearn.base.OutlierMixin",
    "sklearn.base.DensityMixin",
    "sklearn.base.BiclusterMixin",
    "sklearn.neighbors._base.KNeighborsMixin",
    "sklearn.base.TransformerMixin",
    "sklearn.model_selection._split.BaseCrossValidator",
    "sklearn.model_selection._split.BaseShuffleSplit",
    "sklearn.model_selection._split._RepeatedSplits",
    "sklearn.gaussian_process.kernels.Kernel",
    "sklearn.base.BaseEstimator",
)
"""What a class can be, what trains before what transforms: the first one decides its role."""

ROLES = {
    "y_true": "truth",
    "labels_true": "truth",
    "y_pred": "prediction",
    "y_score": "prediction",
    "y_prob": "prediction",
    "y_proba": "prediction",
    "y_pred_proba": "prediction",
    "pred_decision": "prediction",
    "labels_pred": "prediction",
    "labels": "prediction",
    "X": "features",
    "y": "target",
    "estimator": "estimator",
    "sample_weight": "weights",
}
"""Names of parameters of metric functions and what they mean."""


def find_public(library: str) -> Iterator[tuple[str, Any]]:
    """Every public class and function of a library, by its shortest public dotted name."""
    root = importlib.import_module(library)
    for module in (root, *import_submodules(root)):
        for name in getattr(module, "__all__", dir(module)):
            thing = getattr(module, name, None)
            home = str(getattr(thing, "__module__", ""))
            is_public = home.startswith(library) if hasattr(module, "__all__") else home == module.__name__
            if callable(thing) and is_public and not name.startswith("_"):
                yield f"{module.__name__}.{name}", thing


def import_submodules(root: ModuleType) -> Iterator[ModuleType]:
    """The public modules below `root`, tests and experiments left out."""
    for found in pkgutil.walk_packages(root.__path__, root.__name__ + "."):
        parts = found.name.split(".")
        if not any(part.startswith("_") or part in {"tests", "conftest", "externals"} for part in parts):
            yield importlib.import_module(found.name)


def group_classes(library: str) -> dict[str, dict[str, list[str]]]:
    """Bases → module → names of the classes with exactly these bases."""
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for dotted, thing in find_public(library):
        if not inspect.isclass(thing) or issubclass(thing, BaseException):
            continue
        bases = find_bases(thing)
        if dotted not in BASES:
            module, _, name = dotted.rpartition(".")
            groups[" ".join(bases)][module].append(name)
    return groups


def find_bases(thing: type) -> list[str]:
    """Which of `BASES` a class has; where the library gives it no mixin, its methods say what it is."""
    mro = {f"{base.__module__}.{base.__qualname__}" for base in inspect.getmro(thing)[1:]}
    bases = [base for base in BASES if base in mro]
    if bases != ["sklearn.base.BaseEstimator"]:
        return [base for base in bases if base != "sklearn.base.BaseEstimator"] or ["builtins.object"]
    if hasattr(thing, "score_samples"):
        return ["sklearn.base.DensityMixin"]
    return ["sklearn.base.TransformerMixin"] if hasattr(thing, "fit_transform") else bases


def group_metrics(library: str) -> dict[str, list[str]]:
    """Roles of arguments → names of the metric functions that take them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for dotted, thing in find_public(library):
        module, _, name = dotted.rpartition(".")
        if module != f"{library}.metrics" or not inspect.isfunction(thing) or "pairwise" in thing.__module__:
            continue
        roles = find_roles(list(inspect.signature(thing).parameters))
        if roles:
            groups[roles].append(name)
    return groups


def find_roles(parameters: list[str]) -> str:
    """What the parameters of a metric mean, as an entry says it; `labels` are predictions only beside `X`."""
    return ", ".join(
        f"{place} {parameter}: {ROLES[parameter]}" if place < 3 else f"{parameter}: {ROLES[parameter]}"
        for place, parameter in enumerate(parameters)
        if parameter in ROLES and (parameter != "labels" or "X" in parameters)
    )


def render(library: str) -> str:
    """The generated part of a library's file."""
    lines = [MARKER + f" (version {importlib.import_module(library).__version__})"]
    for bases, modules in sorted(group_classes(library).items()):
        lines += ["", f'[subclass."{bases}"]']
        for module, names in sorted(modules.items()):
            lines.append(f'"{module}" = {quote(names)}')
    for roles, names in sorted(group_metrics(library).items()):
        lines += ["", f'[function."{library}.metrics".{min(names)}]']
        lines += [f"names = {quote(names)}", 'action = "measure"', f'arguments = "{roles}"']
    return "\n".join(lines) + "\n"


def quote(names: list[str]) -> str:
    """The names as one TOML text."""
    rows = fill(names)
    return f'"""\n{rows}"""' if rows.count("\n") > 1 else f'"{rows.strip()}"'


def fill(names: list[str]) -> str:
    """The names in order, several to a line."""
    rows = [""]
    for name in sorted(set(names)):
        if rows[-1] and len(rows[-1]) + len(name) >= WIDTH:
            rows.append("")
        rows[-1] += f" {name}" if rows[-1] else name
    return "".join(f"{row}\n" for row in rows)


def refresh(library: str) -> None:
    """Write the generated part of a library's file again."""
    path = FOLDER / f"{library}.toml"
    written_by_hand = path.read_text(encoding="utf-8").partition(MARKER)[0]
    path.write_text(written_by_hand + render(library), encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        refresh(name)
