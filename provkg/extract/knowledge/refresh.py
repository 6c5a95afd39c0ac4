"""Compares knowledge files with the libraries installed here, and rewrites what is generated from them.

    python -m provkg.extract.knowledge.refresh sklearn torch         rewrite the generated part of these files
    python -m provkg.extract.knowledge.refresh --signatures torch    only print the signature tables
    python -m provkg.extract.knowledge.refresh --check torch keras   print what the library does otherwise

A new release is a refresh: everything below the marker line is written again, everything above it was
written by hand and stays. Signatures are generated for every library, classes and metrics for scikit-learn
and imbalanced-learn only. It imports the libraries that it describes, as `extract/defaults.py` does where a
user asks for it; no other module imports it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from provkg.extract.knowledge.entries import Place
from provkg.extract.knowledge.library import (
    expand_entries,
    expand_signatures,
    expand_subclasses,
    load_knowledge,
)
from provkg.extract.knowledge.schema import Raw, parse_effect

FOLDER = Path(__file__).parent
MARKER = "# -- generated below this line by refresh.py"
WIDTH = 108
MOST_PARAMETERS = 12
GENERATED = ("sklearn", "imblearn")
NO_INTEREST = frozenset({"plot", "describe"})

MADE_BY_METHOD = "transformers.PreTrained"
"""Nobody calls the constructors of these classes, they have `from_pretrained`."""

KEPT = {
    "fastai.all.Learner": "dls model loss_func opt_func lr splitter cbs metrics path model_dir wd",
    "fastai.all.Learner.fine_tune": "epochs base_lr freeze_epochs lr_mult pct_start div",
    "fastai.all.Learner.fit": "n_epoch lr wd cbs reset_opt start_epoch",
    "fastai.all.Learner.fit_flat_cos": "n_epoch lr div_final pct_start wd cbs reset_opt",
    "fastai.all.Learner.fit_one_cycle": "n_epoch lr_max div div_final pct_start wd moms cbs",
    "fastai.all.cnn_learner": "dls arch normalize n_out pretrained",
    "fastai.all.tabular_learner": "dls layers emb_szs config n_out y_range",
    "fastai.all.vision_learner": "dls arch normalize n_out pretrained",
    "keras.Model.compile": "optimizer loss metrics",
    "keras.Model.fit_generator": "generator steps_per_epoch epochs verbose callbacks validation_data",
    "lightgbm.LGBMClassifier": "boosting_type num_leaves max_depth learning_rate n_estimators",
    "lightgbm.LGBMRegressor": "boosting_type num_leaves max_depth learning_rate n_estimators",
    "sklearn.cross_validation.KFold": "n n_folds shuffle random_state",
    "sklearn.cross_validation.LeaveOneOut": "n",
    "sklearn.cross_validation.ShuffleSplit": "n n_iter test_size train_size random_state",
    "sklearn.cross_validation.StratifiedKFold": "y n_folds shuffle random_state",
    "sklearn.cross_validation.StratifiedShuffleSplit": "y n_iter test_size train_size random_state",
    "sklearn.neural_network.MLPRegressor": "hidden_layer_sizes activation",
    "statsmodels.tsa.arima_model.ARIMA": "endog order exog dates freq missing",
    "statsmodels.tsa.arima_model.ARMA": "endog order exog dates freq missing",
    "transformers.Seq2SeqTrainer": "model args data_collator train_dataset eval_dataset",
    "transformers.Seq2SeqTrainingArguments": "output_dir",
    "transformers.Trainer": "model args data_collator train_dataset eval_dataset",
    "transformers.TrainingArguments": "output_dir",
    "wandb.log": "data step commit",
    "wandb.log_artifact": "artifact_or_path name type aliases tags",
    "wandb.save": "glob_str base_path policy",
    "xgboost.XGBClassifier": "max_depth learning_rate n_estimators",
    "xgboost.XGBRanker": "max_depth learning_rate n_estimators",
    "xgboost.XGBRegressor": "max_depth learning_rate n_estimators",
}
"""Signatures of former releases, which most notebooks were written for: where a new release put a parameter
first, wants what could be given by position by name, or has the thing no more. Some libraries hide theirs."""

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


def find_thing(dotted: str) -> Any:
    """What a dotted name of an installed library stands for; None where there is nothing of that name."""
    owner, _, name = dotted.rpartition(".")
    if not owner:
        return import_module(dotted)
    try:
        return getattr(find_thing(owner), name)
    except Exception:  # a library may fail in any way while it looks for what it imports late
        return import_module(dotted)


def import_module(name: str) -> ModuleType | None:
    """The module of this name, where there is one."""
    try:
        return importlib.import_module(name)
    except Exception:  # a library may fail in any way while it is imported
        return None


def find_signature(dotted: str) -> inspect.Signature | None:
    """The parameters of a call, the receiver left out; None where there is nothing, or nothing is told."""
    thing = find_thing(dotted)
    is_made = inspect.isclass(thing) and any("__init__" in vars(each) for each in thing.__mro__[:-1])
    if not callable(thing):
        return None
    try:
        signature = inspect.signature(thing.__init__ if is_made else thing)
    except (TypeError, ValueError):
        return None
    parameters = list(signature.parameters.values())
    return signature.replace(parameters=parameters[is_made or has_receiver(dotted) :])


def has_receiver(dotted: str) -> bool:
    """Whether this is a method as its class has it, which wants the object first."""
    owner, _, name = dotted.rpartition(".")
    holder = find_thing(owner) if owner else None
    if not inspect.isclass(holder):
        return False
    kept = inspect.getattr_static(holder, name, None)
    return not isinstance(kept, staticmethod | classmethod) and not inspect.ismethod(
        getattr(holder, name, None)
    )


def positional_names(signature: inspect.Signature) -> tuple[str, ...]:
    """The names of the first parameters that can be given by position; nobody gives more than a dozen."""
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = (each.name for each in signature.parameters.values() if each.kind in by_position)
    return tuple(islice(names, MOST_PARAMETERS))


def named_things(library: str, data: Raw) -> Iterator[str]:
    """What a knowledge file names whose arguments are of interest: classes, and calls that have a purpose."""
    knowledge = load_knowledge(frozenset({library}))
    for name in {*data.get("class", {}), *(name for name, _ in expand_subclasses(data.get("subclass", {})))}:
        entry = knowledge.find_class(name)
        if entry is None or MADE_BY_METHOD not in entry.ancestors:
            yield name
    for dotted, raw in expand_entries(data.get("function", {})):
        is_told = "arguments" in raw or "action" in raw
        if (
            is_told
            and not {"reads", "writes"} & {*raw}
            and not NO_INTEREST & {*raw.get("action", "").split()}
        ):
            yield dotted
    for dotted, raw in expand_entries(data.get("method", {})):
        if "arguments" in raw and library not in GENERATED:
            yield dotted


def known_signatures(library: str, data: Raw) -> dict[str, tuple[str, ...]]:
    """Each function, class and method that a knowledge file names → what can be given by position."""
    found = {}
    for dotted in sorted(set(named_things(library, data))):
        is_public = not any(part.startswith("_") or part == "utils" for part in dotted.split(".")[:-1])
        signature = find_signature(dotted) if is_public else None
        if signature is not None:
            found[dotted] = positional_names(signature)
    kept = {
        dotted: tuple(names.split()) for dotted, names in KEPT.items() if dotted.startswith(f"{library}.")
    }
    return {**found, **kept}


def inherits_parameters(dotted: str, found: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a class would take over the signature of a base: then it needs a row, even an empty one."""
    entry = load_knowledge(frozenset({dotted.partition(".")[0]})).find_class(dotted)
    return entry is not None and any(found.get(ancestor) for ancestor in entry.ancestors[1:])


def render_signatures(library: str, data: Raw) -> list[str]:
    """The signature tables of a library; names with the same parameters share a row."""
    owners: dict[str, dict[tuple[str, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    found = known_signatures(library, data)
    for dotted, parameters in found.items():
        owner, _, name = dotted.rpartition(".")
        if parameters or inherits_parameters(dotted, found):
            owners[owner][parameters].append(name)
    lines = []
    for owner, rows in sorted(owners.items()):
        lines += ["", f'[signature."{owner}"]']
        for parameters, names in sorted(rows.items(), key=lambda row: min(row[1])):
            lines += [f"{quote_key(row)} = {quote(parameters)}" for row in fill_rows(names)]
    return lines


def quote_key(names: str) -> str:
    """Names as a key of a TOML table."""
    return names if names.isidentifier() else f'"{names}"'


def render(library: str) -> str:
    """The generated part of a library's file."""
    lines = [MARKER + f" (version {getattr(importlib.import_module(library), '__version__', 'unknown')})"]
    if library not in GENERATED:
        return lines[0] + "\n"
    for bases, modules in sorted(group_classes(library).items()):
        lines += ["", f'[subclass."{bases}"]']
        for module, names in sorted(modules.items()):
            lines.append(f'"{module}" = {quote(sorted(names))}')
    for roles, names in sorted(group_metrics(library).items()):
        lines += ["", f'[function."{library}.metrics".{min(names)}]']
        lines += [f"names = {quote(sorted(names))}", 'action = "measure"', f'arguments = "{roles}"']
    return "\n".join(lines) + "\n"


def quote(names: Sequence[str]) -> str:
    """The names as one TOML text."""
    rows = fill_rows(names)
    return f'"{rows[0]}"' if len(rows) == 1 else "\n".join(['"""', *rows, '"""'])


def fill_rows(names: Sequence[str]) -> list[str]:
    """The names in their order, several to a row, each of them once."""
    rows = [""]
    for name in dict.fromkeys(names):
        if rows[-1] and len(rows[-1]) + len(name) >= WIDTH:
            rows.append("")
        rows[-1] += f" {name}" if rows[-1] else name
    return rows


def refresh(library: str) -> None:
    """Write the generated part of a library's file again: signatures, and for some classes and metrics."""
    path = FOLDER / f"{library}.toml"
    text = path.read_text(encoding="utf-8").partition(MARKER)[0].rstrip() + "\n\n" + render(library)
    signatures = render_signatures(library, tomllib.loads(text))
    path.write_text(text + "".join(f"{line}\n" for line in signatures), encoding="utf-8")


def check(library: str) -> Iterator[str]:
    """Where a knowledge file and the installed library differ: signatures, then places of entries."""
    data = tomllib.loads((FOLDER / f"{library}.toml").read_text(encoding="utf-8"))
    written = dict(expand_signatures(data.get("signature", {})))
    if library in GENERATED:
        list(find_public(library))  # scikit-learn has some classes only after its experiments are imported
    installed = known_signatures(library, data)
    for dotted, parameters in installed.items():
        if written.get(dotted, "").split() != list(parameters):
            yield f"{dotted}: has ({', '.join(parameters)}), not ({written.get(dotted, '')})"
    yield from sorted(f"{dotted}: has a signature here, is not there" for dotted in {*written} - {*installed})
    yield from check_places(library, data)


def check_places(library: str, data: Raw) -> Iterator[str]:
    """The places in entries whose position or names the library's own parameters contradict."""
    for table in ("function", "method"):
        for dotted, raw in expand_entries(data.get(table, {})):
            effect = parse_effect(dotted, raw)
            places = [*(access.place for access in effect.accesses), *(place for place, _ in effect.roles)]
            for name in [dotted] if find_thing(dotted) else inheritors(library, data, dotted):
                signature = find_signature(name)
                if signature is not None:
                    found = [wrong for place in places for wrong in differences(place, signature)]
                    yield from (f"{name}: {wrong}" for wrong in found)


def inheritors(library: str, data: Raw, dotted: str) -> Iterator[str]:
    """The same method of each class that has this entry, where its owner is no class of the library."""
    method = dotted.rpartition(".")[2]
    knowledge = load_knowledge(frozenset({library}))
    for name in [*data.get("class", {}), *(name for name, _ in expand_subclasses(data.get("subclass", {})))]:
        effect = knowledge.find_method(name, method)
        if effect is not None and effect.name == dotted:
            yield f"{name}.{method}"


def differences(place: Place | None, signature: inspect.Signature) -> Iterator[str]:
    """What is wrong with a place: another parameter stands there, or none has its name."""
    if place is None or place.is_receiver or place.is_rest or not place.names:
        return
    names = positional_names(signature)
    if not {*place.names} & {*signature.parameters}:
        kinds = {each.kind for each in signature.parameters.values()}
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            yield f"no parameter {'|'.join(place.names)} in {signature}"
    elif place.position is not None and {*place.names}.isdisjoint(names[place.position : place.position + 1]):
        yield f"{place.position} is not {'|'.join(place.names)} in ({', '.join(names)})"


def main(arguments: Sequence[str]) -> None:
    """Rewrite, print or check, as the first argument says."""
    mode = arguments[0] if arguments and arguments[0].startswith("--") else ""
    for library in arguments[bool(mode) :]:
        if mode == "--check":
            print(*check(library), sep="\n")
        elif mode == "--signatures":
            data = tomllib.loads((FOLDER / f"{library}.toml").read_text(encoding="utf-8"))
            print(*render_signatures(library, data), sep="\n")
        else:
            refresh(library)


if __name__ == "__main__":
    main(sys.argv[1:])
