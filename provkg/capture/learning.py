"""Machine learning as it happens: which calls of libraries train, split, predict and measure, on what data.

The functions and methods that `watched.json` names get a watcher when their library is imported. Only the
outermost call that the user's own code leads to is recorded: what a pipeline or a search does inside is part
of it. Of a call that is made again and again in one place, the first ones are recorded, then every second,
fourth, eighth…; all are counted, and the numbers that they give are kept.

Kinds of records (`rule` says which call it is, `span` where in the source it stands):

    training     model, data by role, settings, result        fit, train, cross-validation, search
    prediction   model, data, result
    score        model or none, data, value
    split        data, parts
    seed         value
    read         locator, result
    repeated     count, seconds and values of the calls of one place, told when the program ends
"""

from __future__ import annotations

import os
import sys
import time
from _thread import _local
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from json import loads
from types import CodeType, FrameType, ModuleType
from typing import Any, Protocol

from provkg.capture.frames import UserCode
from provkg.capture.identities import Identities
from provkg.capture.imports import Watcher, stop_watching, watch_imports
from provkg.capture.kinds import (
    ancestors_of,
    module_of,
    names_in,
    names_of_module,
    own_name,
    qualified_name,
)
from provkg.capture.loops import Loops
from provkg.capture.models import defaults_of, is_same, parameters_of, signature_of
from provkg.capture.values import Summary, summarise
from provkg.capture.watch import classes_of, watch_function, watch_method

DATA_ROLES = frozenset(
    {"data", "features", "target", "weights", "groups", "validation", "truth", "prediction"}
)

DATA_SECONDS = 0.25
"""The budget for data that go into a call: some 200 MB are hashed as a whole."""
MODEL_SECONDS = 0.05
FIRST_CALLS = 8
"""Calls of one place that are all recorded."""
MOST_VALUES = 1000
"""Numbers that are kept of the calls of one place."""
MOST_COMPONENTS = 30
MOST_PARAMETERS = 200
LONGEST_SETTING = 0.001
"""Seconds that a setting may cost to be told."""

IMPORTING = "<frozen importlib._bootstrap>"
"""The file of the frames of an import."""

KINDS = {
    "train": "training", "tune": "training", "fit": "training", "measure": "score", "predict": "prediction",
    "split": "split", "seed": "seed", "read": "read",
}  # fmt: skip
"""What a call is for → the kind of its record; the first that fits counts."""

PREDICTING = ("predict", "fit_predict", "predict_proba", "decision_function", "score_samples", "evaluate")
"""Methods that tell a predictor from what only transforms."""


class Sink(Protocol):
    """Where records go, and which code is the user's own: the recorder."""

    own: UserCode

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one record."""

    def place_fields(self) -> dict[str, Any]:
        """What a record says of its place."""


class Watched:
    """A function or method that is watched."""

    __slots__ = ("actions", "is_method", "kind", "name", "parameters", "roles")

    def __init__(self, name: str, actions: str, roles: str, *, is_method: bool) -> None:
        self.name = name
        """Dotted name of a function, the bare name of a method."""
        self.actions = actions.split()
        self.roles = tuple(parse_roles(roles))
        """Position, whether all that follow count too, names, and role of each argument."""
        self.is_method = is_method
        self.kind = next(KINDS[each] for each in KINDS if each in self.actions)
        """The kind of record that its calls give."""
        self.parameters: dict[int, list[str]] = {}
        """Identity of a wrapped function → the names that can be given by position, once it was asked."""


class Site:
    """A place in the program that makes a call."""

    __slots__ = ("count", "fields", "recorded", "seconds", "values")

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields
        self.count = 0
        self.recorded = 0
        self.seconds = 0.0
        self.values: list[float] = []


class Begun:
    """A call that is going on."""

    __slots__ = ("arguments", "receiver", "record", "site", "started", "watched")

    def __init__(self, watched: Watched, site: Site, receiver: Any) -> None:
        self.watched = watched
        self.site = site
        self.receiver = receiver
        self.started = 0.0
        self.record: dict[str, Any] | None = None
        """What is known of it before it runs; None where it is only counted."""
        self.arguments: dict[str, Any] = {}


def read_table() -> dict[str, dict[str, dict[str, tuple[str, str]]]]:
    """Library → "functions" and "methods" → name → actions, and roles of arguments."""
    with open(os.path.join(os.path.dirname(__file__), "watched.json"), "rb") as file:
        table: dict[str, dict[str, dict[str, tuple[str, str]]]] = loads(file.read())
    return table


def parse_roles(text: str) -> Iterator[tuple[int | None, bool, tuple[str, ...], str]]:
    """The places of arguments and their roles, as the knowledge base writes them.

    >>> list(parse_roles("0 X|raw: features, weight: weights, 1*: data"))
    [(0, False, ('X', 'raw'), 'features'), (None, False, ('weight',), 'weights'), (1, True, (), 'data')]
    """
    for part in filter(None, map(str.strip, text.split(","))):
        place, _, role = part.partition(": ")
        first, _, rest = place.partition(" ")
        if first.rstrip("*").isdigit():
            names = tuple(rest.split("|")) if rest else ()
            yield int(first.rstrip("*")), first.endswith("*"), names, role
        else:
            yield None, False, tuple(place.split("|")), role


class Learning:
    """Watches the calls of libraries of machine learning."""

    def __init__(self, recorder: Sink, keep: Callable[[Any], dict[str, Any] | None] | None = None) -> None:
        self.recorder = recorder
        self.keep = keep
        """Stores the bytes of a trained model, and gives their digest, size and format."""
        self.identities = Identities()
        self._table = read_table()
        self._methods: dict[str, dict[str, Watched]] = {}
        self._functions: dict[str, dict[str, list[Watched]]] = {}
        self._sites: dict[tuple[CodeType, int, str], Site] = {}
        self._local = _local()
        self._watcher: Watcher | None = None
        self._extensions: dict[str, Callable[[ModuleType], None]] = {}
        self._finishers: list[Callable[[], None]] = []
        loops = Loops(self)
        self._extensions["torch.optim.optimizer"] = loops.watch_optimizers
        self._extensions["torch.utils.data.dataloader"] = loops.watch_loaders
        self._extensions["torch._tensor"] = loops.watch_losses

    # --- watching -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Watch the libraries that are loaded, and those that will be."""
        self._watcher = watch_imports(self._table.keys(), self._imported)

    def stop(self) -> None:
        """Watch no library that is imported from now on."""
        if self._watcher is not None:
            stop_watching(self._watcher)

    def at_end(self, finish: Callable[[], None]) -> None:
        """Have something told when the program, or a step of it, is over."""
        self._finishers.append(finish)

    def _imported(self, module: ModuleType) -> None:
        name = module.__name__
        top = name.partition(".")[0]
        if name in self._extensions:
            self._extensions[name](module)
        if top not in self._table:
            return
        held = names_of_module(module)
        for function, several in self._functions_of(top).items():
            if function in held and (watched := nearest(several, name)) is not None:
                watch_function(module, function, watched, self, any_kind=watched.kind == "seed")
        methods = self._methods_of(top)
        for kind in classes_of(module) if methods else ():
            self._watch_class(kind, methods)
            if "__init_subclass__" in names_in(kind) and top == "sklearn":
                self._watch_subclasses(kind, methods)

    def _watch_class(self, kind: type, methods: dict[str, Watched]) -> None:
        for name in methods.keys() & names_in(kind).keys():
            watch_method(kind, name, methods[name], self)

    def _watch_subclasses(self, kind: type, methods: dict[str, Watched]) -> None:
        """Watch the classes as well that the program derives from one of a library."""
        member = names_in(kind)["__init_subclass__"]
        original = getattr(member, "__func__", None)
        if original is None or hasattr(original, "__provkg_watched__"):
            return

        def __init_subclass__(cls: Any, **options: Any) -> None:  # noqa: N807 - it becomes a class's own
            original(cls, **options)
            self._watch_class(cls, methods)

        __init_subclass__.__dict__["__provkg_watched__"] = True
        kind.__init_subclass__ = classmethod(__init_subclass__)  # type: ignore[arg-type,assignment] # any class of a library

    def _methods_of(self, top: str) -> dict[str, Watched]:
        if top not in self._methods:
            rows = self._table[top]["methods"]
            self._methods[top] = {
                name: Watched(name, actions, roles, is_method=True) for name, (actions, roles) in rows.items()
            }
        return self._methods[top]

    def _functions_of(self, top: str) -> dict[str, list[Watched]]:
        """Name of a function → the functions of the library that are called so."""
        if top not in self._functions:
            known = self._functions[top] = {}
            for name, (actions, roles) in self._table[top]["functions"].items():
                watched = Watched(name, actions, roles, is_method=False)
                known.setdefault(name.rpartition(".")[2], []).append(watched)
        return self._functions[top]

    # --- calls ----------------------------------------------------------------------------------------------

    def is_inside(self) -> bool:
        """Whether a call that is watched is going on in this thread."""
        return getattr(self._local, "inside", False)

    def begin(
        self, watched: Watched, function: Any, given: tuple[Any, ...], named: dict[str, Any]
    ) -> Begun | None:
        """A call begins; None where it is part of another, or the user's code did not lead to it."""
        try:
            if self.is_inside():
                return None
            frame = self.user_frame(sys._getframe(2))
            if frame is None:
                return None
            self._local.inside = True
            return self._begin(watched, function, given, named, frame)
        except Exception:
            self._local.inside = False
            return None

    def user_frame(self, frame: FrameType | None) -> FrameType | None:
        """The nearest frame of the user's own code; None where a library is being imported between."""
        own = self.recorder.own
        while frame is not None and not own[frame.f_code.co_filename]:
            if frame.f_code.co_filename == IMPORTING:
                return None
            frame = frame.f_back
        return frame

    def _begin(
        self, watched: Watched, function: Any, given: tuple[Any, ...], named: dict[str, Any], frame: FrameType
    ) -> Begun:
        receiver = given[0] if watched.is_method and given else None
        site = self.site_of(frame, watched.name)
        site.count += 1
        begun = Begun(watched, site, receiver)
        if site.count <= FIRST_CALLS or site.count & (site.count - 1) == 0:
            begun.arguments = self._bind(watched, function, given, named)
            begun.record = {**site.fields, **self._given(watched, begun)}
        begun.started = time.perf_counter()
        return begun

    def site_of(self, frame: FrameType, rule: str) -> Site:
        """The place in the program where a frame is."""
        key = (frame.f_code, frame.f_lasti, rule)
        site = self._sites.get(key)
        if site is None:
            span = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
            fields = {**self.recorder.place_fields(), "span": list(span) if span is not None else None}
            site = self._sites[key] = Site({**fields, "rule": rule})
        return site

    def fields_of(self, frame: FrameType, rule: str) -> dict[str, Any]:
        """What a record says of the place where a frame is."""
        return self.site_of(frame, rule).fields

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one record."""
        self.recorder.emit(kind, **fields)

    def end(self, begun: Begun, result: Any) -> None:
        """A call gave a result."""
        try:
            seconds = time.perf_counter() - begun.started
            begun.site.seconds += seconds
            value = scalar_of(result) if "measure" in begun.watched.actions else None
            if value is not None and len(begun.site.values) < MOST_VALUES:
                begun.site.values.append(value)
            if begun.record is not None:
                begun.site.recorded += 1
                begun.record["rule"] = rule_of(begun)
                begun.site.fields["rule"] = begun.record["rule"]
                told = {**begun.record, **self._gave(begun, result)}
                self.recorder.emit(begun.watched.kind, n=begun.site.count, seconds=seconds, **told)
        except Exception:  # noqa: S110 - what cannot be told is not told
            pass
        finally:
            self._local.inside = False

    def fail(self, begun: Begun | None, error: BaseException) -> None:
        """A call raised an error."""
        if begun is None:
            return
        try:
            if begun.record is not None:
                begun.record["rule"] = rule_of(begun)
                seconds = time.perf_counter() - begun.started
                name = qualified_name(type(error))
                self.recorder.emit(
                    begun.watched.kind, n=begun.site.count, seconds=seconds, error=name, **begun.record
                )
        except Exception:  # noqa: S110 - the error that counts is the program's
            pass
        finally:
            self._local.inside = False

    def finish(self) -> None:
        """Tell what was counted only, and what is still going on."""
        for each in self._finishers:
            try:
                each()
            except Exception:  # noqa: S112 - the others are told nevertheless
                continue
        for site in self._sites.values():
            if site.count > site.recorded:
                fields = {**site.fields, "count": site.count, "seconds": site.seconds}
                self.recorder.emit("repeated", **fields, **({"values": site.values} if site.values else {}))
                site.recorded = site.count

    # --- what is told ---------------------------------------------------------------------------------------

    def _bind(
        self, watched: Watched, function: Any, given: tuple[Any, ...], named: dict[str, Any]
    ) -> dict[str, Any]:
        """The arguments by the names of their parameters; those without one by their position."""
        names = watched.parameters.get(id(function))
        if names is None:
            names = watched.parameters[id(function)] = names_by_position(function)
        bound: dict[str, Any] = {}
        for position, value in enumerate(given):
            bound[names[position] if position < len(names) else str(position)] = value
        if watched.is_method and bound:
            bound.pop(next(iter(bound)))
        return {**bound, **named}

    def _given(self, watched: Watched, begun: Begun) -> dict[str, Any]:
        """What is known of a call before it runs: the data as they are then, and the settings."""
        told: dict[str, Any] = {"actions": watched.actions}
        by_role = roles_of_arguments(watched, begun.arguments)
        data = [
            {"role": role, "parameter": name, **self.data(begun.arguments[name])}
            for name, role in by_role.items()
            if role in DATA_ROLES and begun.arguments[name] is not None
        ]
        if data:
            told["data"] = data
        settings = {
            name: summarise_setting(value, whole=by_role.get(name) == "hyperparameters")
            for name, value in begun.arguments.items()
            if by_role.get(name) not in DATA_ROLES and by_role.get(name) != "estimator"
        }
        if settings:
            told["settings"] = settings
        return told

    def _gave(self, begun: Begun, result: Any) -> dict[str, Any]:
        """What is known of a call once it is over: the model as it is then, and what came of it."""
        kind = begun.watched.kind
        told: dict[str, Any] = {}
        model = model_of(begun, result)
        if model is not None:
            told["model"] = self.model(model, is_trained=kind == "training")
        if kind == "split":
            parts = result if type(result) in (list, tuple) else ()
            told["parts"] = [self.data(each) for each in islice(parts, 20)]
        elif kind == "read":
            told["result"] = self.data(result)
        elif kind == "prediction":
            told["result"] = self.data(result, statistics=False)
        elif kind == "score" or "measure" in begun.watched.actions:
            value = scalar_of(result)
            told["value"] = value if value is not None else summarise(result, LONGEST_SETTING)
        elif kind == "training" and result is not model and "predict" in begun.watched.actions:
            told["result"] = self.data(result, statistics=False)
        return told

    def data(self, value: Any, *, statistics: bool = True) -> Summary:
        """Data by their content, and the number of the object that holds them."""
        summary = summarise(value, DATA_SECONDS, statistics=statistics)
        number = self.identities.number_of(value)
        return {"object": number, **summary} if number is not None else summary

    def model(self, value: Any, *, is_trained: bool) -> Summary:
        """A model by its class; one that is trained with its parameters, and which of them are defaults."""
        kind = type(value)
        told: Summary = {"object": self.identities.number_of(value), "type": qualified_name(kind)}
        told["predicts"] = predicts(value)
        if not is_trained:
            return told
        if self.keep is not None and told["predicts"] and (kept := self.keep(value)) is not None:
            told["kept"] = kept
        summary = summarise(value, MODEL_SECONDS)
        told.update({name: each for name, each in summary.items() if name != "type"})
        given = parameters_of(value)
        if "parameters" not in told:
            told["parameters"] = {name: summarise_setting(each) for name, each in given.items()}
        defaults = defaults_of(kind)
        told["defaults"] = sorted(
            name for name, each in given.items() if name in defaults and is_same(each, defaults[name])
        )
        components = list(islice(components_of(value), MOST_COMPONENTS))
        if components:
            told["components"] = components
        return told


def names_by_position(function: Any) -> list[str]:
    """The parameters of a function that can be given by position; none where it does not tell."""
    try:
        parameters = signature_of(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [
        each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]


def nearest(several: list[Watched], module: str) -> Watched | None:
    """The function that a module holds, of several of one name: that of the closest public module."""
    place = module.replace(".src", "") + "."
    fitting = [each for each in several if place.startswith(each.name.rpartition(".")[0] + ".")]
    return max(fitting, key=lambda each: len(each.name), default=None)


def roles_of_arguments(watched: Watched, arguments: dict[str, Any]) -> dict[str, str]:
    """Name of an argument → what it is to the call."""
    names = list(arguments)
    found: dict[str, str] = {}
    for position, is_rest, choices, role in watched.roles:
        by_name = next((name for name in choices if name in arguments), None)
        if by_name is not None:
            found.setdefault(by_name, role)
        elif position is not None:
            places = range(position, len(names)) if is_rest else (position,)
            for place in places:
                is_there = place < len(names)
                if is_there and (names[place].isdigit() or not (choices or is_rest)):
                    found.setdefault(names[place], role)
    return found


def summarise_setting(value: Any, *, whole: bool = False) -> Any:
    """A plain setting as it is, anything else by its summary; `whole`: a dictionary with all in it."""
    if whole and type(value) is dict:
        rows = islice(value.items(), MOST_PARAMETERS)
        return {name: summarise_setting(each) for name, each in rows if type(name) is str}
    if value is None or type(value) in (bool, int, float, str):
        told = summarise(value, LONGEST_SETTING)
        return told["value"] if told.keys() == {"type", "kind", "value"} else told
    return summarise(value, LONGEST_SETTING, statistics=False)


def scalar_of(result: Any) -> float | None:
    """The number that a measure is; None where it is several, or none."""
    told = summarise(result, LONGEST_SETTING)
    value = told.get("value")
    return value if told.get("kind") == "scalar" and type(value) in (int, float) else None


def rule_of(begun: Begun) -> str:
    """What is called: a function by its name, a method by its class and name."""
    if not begun.watched.is_method:
        return begun.watched.name
    receiver = begun.receiver if isinstance(begun.receiver, type) else type(begun.receiver)
    return f"{qualified_name(receiver)}.{begun.watched.name}"


def model_of(begun: Begun, result: Any) -> Any:
    """The model that a call trains or asks."""
    by_role = roles_of_arguments(begun.watched, begun.arguments)
    estimator = next((name for name, role in by_role.items() if role == "estimator"), None)
    if estimator is not None:
        return begun.arguments[estimator]
    if begun.watched.is_method and not isinstance(begun.receiver, type) and begun.watched.kind != "split":
        return getattr_of_trainer(begun.receiver)
    return result if begun.watched.kind == "training" and hasattr(type(result), "predict") else None


def getattr_of_trainer(receiver: Any) -> Any:
    """What a trainer trains: its model; an estimator is its own."""
    if module_of(type(receiver)).partition(".")[0] == "transformers" and "model" in vars(receiver):
        return vars(receiver)["model"]
    return receiver


def predicts(model: Any) -> bool:
    """Whether a model predicts, not only transforms; a pipeline does what its last step does."""
    steps = model.__dict__.get("steps") if own_name(type(model)) == "Pipeline" else None
    if type(steps) is list and steps and type(steps[-1]) is tuple:
        return not isinstance(steps[-1][1], str) and predicts(steps[-1][1])
    return any(name in names_in(base) for base in ancestors_of(type(model)) for name in PREDICTING) or any(
        own_name(base) == "Module" for base in ancestors_of(type(model))
    )


def components_of(model: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The estimators among the parameters of a model, their names in front: the steps of a pipeline."""
    for name, value in named_parts(parameters_of(model)) if depth < 4 else ():
        if not is_estimator(value):
            continue
        given, defaults = parameters_of(value), defaults_of(type(value))
        told = {each: summarise_setting(one) for each, one in given.items() if not is_estimator(one)}
        own = sorted(each for each, one in given.items() if each in defaults and is_same(one, defaults[each]))
        yield {"name": name, "type": qualified_name(type(value)), "parameters": told, "defaults": own}
        for part in components_of(value, depth + 1):
            yield {**part, "name": f"{name}__{part['name']}"}


def named_parts(parameters: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """The parameters of an estimator, and what stands in lists of names and estimators."""
    for name, value in parameters.items():
        if type(value) is list:
            for row in value:
                if type(row) is tuple and len(row) >= 2 and type(row[0]) is str:
                    yield row[0], row[1]
        else:
            yield name, value


def is_estimator(value: Any) -> bool:
    """Whether a value is an object that can be fitted."""
    return not isinstance(value, type) and any("fit" in names_in(base) for base in ancestors_of(type(value)))
