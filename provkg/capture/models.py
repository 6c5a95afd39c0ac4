"""Estimators and networks: their parameters, and what training left in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from provkg.capture.budgets import BYTES_HASHED
from provkg.capture.encoding import ContentHash, add_array, header_of
from provkg.capture.kinds import ancestors_of, attributes_of, module_of, names_in, qualified_name
from provkg.capture.tables import torch_array

Summary = dict[str, Any]

MOST_FITTED = 40
"""Fitted attributes that are told."""
LARGEST_NETWORK = 20_000
"""Tensors of a network that are gone through."""
MOST_LAYERS = 60
TRUSTED = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "imblearn"})
"""Libraries whose `get_params` only reads."""


# --- estimators in the manner of scikit-learn ---------------------------------------------------------------


def describe_estimator(value: Any, look: Any) -> Summary:
    """An estimator by its parameters, and the fitted attributes by their digests."""
    parameters = {name: look.nested(each) for name, each in sorted(parameters_of(value).items())}
    fitted = {name: fitted_summary(each, look) for name, each in fitted_attributes(value)}
    summary: Summary = {"kind": "estimator", "parameters": parameters}
    return {**summary, "fitted": fitted} if fitted else summary


def parameters_of(estimator: Any) -> dict[str, Any]:
    """The parameters of an estimator; of a class of the program's own as its attributes hold them."""
    if module_of(type(estimator)).partition(".")[0] in TRUSTED:
        try:
            return dict(estimator.get_params(deep=False))
        except Exception:
            return {}
    held = attributes_of(estimator)
    return {name: held[name] for name in defaults_of(type(estimator)) if name in held}


def signature_of(function: Any) -> Any:
    """The signature of a function.

    Raises:
        TypeError, ValueError: it does not tell.
    """
    from inspect import signature  # every library that is watched has imported it; other programs need not

    return signature(function)


def defaults_of(kind: type) -> dict[str, Any]:
    """Parameter of a class's constructor → its default; a class of `inspect` where there is none.

    A constructor that passes on what it does not know has the parameters of the next one as well.
    """
    found: dict[str, Any] = {}
    for base in ancestors_of(kind):
        constructor = names_in(base).get("__init__")
        if constructor is None:
            continue
        try:
            parameters = list(signature_of(constructor).parameters.values())[1:]
        except (TypeError, ValueError):
            break
        for each in parameters:
            if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
                found.setdefault(each.name, each.default)
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            break
    return found


def is_same(value: Any, default: Any) -> bool:
    """Whether a parameter has its default value; only plain values can be compared."""
    if value is default:
        return True
    kind = type(value)
    if kind is tuple and type(default) is tuple and len(value) == len(default):
        return all(map(is_same, value, default))
    is_plain = any(kind is each for each in (bool, int, float, str))
    return (
        is_plain
        and type(default) is kind
        and bool(value == default or (value != value and default != default))
    )


def fitted_attributes(estimator: Any) -> Iterator[tuple[str, Any]]:
    """What training left: attributes whose names end in an underscore, by scikit-learn's convention."""
    held = attributes_of(estimator)
    names = sorted(
        name for name in held if type(name) is str and name.endswith("_") and not name.startswith("_")
    )
    for name in names[:MOST_FITTED]:
        yield name, held[name]


def fitted_summary(value: Any, look: Any) -> Any:
    """A fitted attribute, an array without its statistics."""
    told = look.nested(value)
    if type(told) is dict and "digest" in told:
        return {name: told[name] for name in ("type", "shape", "dtype", "length", "digest") if name in told}
    return told


# --- networks -----------------------------------------------------------------------------------------------


def describe_module(value: Any, look: Any) -> Summary:
    """A network of PyTorch: its layers, how many parameters, and the digest of its weights."""
    tensors = dict(tensors_of(value))
    sizes = [int(each.numel()) for name, (each, is_parameter) in tensors.items() if is_parameter]
    summary: Summary = {"kind": "network", "parameter_count": sum(sizes), "layers": list(layers_of(value))}
    digest = weights_digest({name: each for name, (each, _) in tensors.items()}, look)
    return {**summary, "digest": digest} if digest else summary


def children_of(module: Any) -> Iterator[tuple[str, Any]]:
    """The networks that a network is made of, as its own dictionary holds them."""
    children = attributes_of(module).get("_modules")
    if children is not None and dict in ancestors_of(type(children)):
        yield from ((name, each) for name, each in dict.items(children) if each is not None)


def tensors_of(module: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, tuple[Any, bool]]]:
    """Dotted name of each tensor of a network, the tensor, and whether it is trained."""
    held = attributes_of(module)
    for name, is_parameter in (("_parameters", True), ("_buffers", False)):
        for key, tensor in dict(held.get(name) or {}).items():
            if tensor is not None:
                yield f"{prefix}{key}", (tensor, is_parameter)
    for key, child in children_of(module) if depth < 50 else ():
        yield from tensors_of(child, f"{prefix}{key}.", depth + 1)


def layers_of(module: Any) -> Iterator[str]:
    """The classes of the networks that a network is made of."""
    for count, (name, child) in enumerate(children_of(module)):
        if count >= MOST_LAYERS:
            return
        yield f"{name}: {qualified_name(type(child))}"


def weights_digest(tensors: dict[str, Any], look: Any) -> str | None:
    """The digest of all tensors of a network; None where they lie on another device, or are too large."""
    if len(tensors) > LARGEST_NETWORK or any(each.device.type != "cpu" for each in tensors.values()):
        return None
    cost = sum(each.numel() * each.element_size() for each in tensors.values()) / BYTES_HASHED
    if not tensors or not look.budget.takes(cost + 2e-5 * len(tensors)):
        return None
    content = ContentHash(["tensors", len(tensors)])
    for name in sorted(tensors):
        array = torch_array(tensors[name])
        if array is None:
            return None
        content.add_json([name, *header_of(array)])
        add_array(content, array)
    return content.digest


def describe_keras(value: Any, look: Any) -> Summary:
    """A network of Keras: its layers and, once it is built, how many parameters it has."""
    layers = [f"{each.name}: {qualified_name(type(each))}" for each in list(value.layers)[:MOST_LAYERS]]
    summary: Summary = {"kind": "network", "layers": layers}
    if value.built:
        summary["parameter_count"] = int(value.count_params())
    return summary


def describe_optimizer(value: Any, look: Any) -> Summary:
    """An optimizer of PyTorch by the settings of its first group of parameters."""
    groups = attributes_of(value).get("param_groups") or [{}]
    settings = {name: look.nested(each) for name, each in groups[0].items() if name != "params"}
    return {"kind": "estimator", "parameters": settings}


def describe_booster(value: Any, look: Any) -> Summary:
    """A booster by its number of rounds."""
    rounds = value.num_boosted_rounds() if hasattr(value, "num_boosted_rounds") else value.current_iteration()
    return {"kind": "estimator", "parameters": {}, "rounds": int(rounds)}


MODELS: dict[str, dict[str, Callable[[Any, Any], Summary]]] = {
    "sklearn": {"BaseEstimator": describe_estimator},
    "keras": {"Model": describe_keras},
    "torch": {"Module": describe_module, "Optimizer": describe_optimizer},
    "xgboost": {"Booster": describe_booster},
    "lightgbm": {"Booster": describe_booster},
}
"""Library → name of its class → what describes such values."""
