"""What the knowledge base says of a call: plain values, read from TOML by `schema`, found by `library`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from provkg.facts.definition import Phase
from provkg.facts.execution import FileKind, Mode
from provkg.facts.factset import Confidence

Content = Literal["data", "model", "object", "figure", "configuration", "text"]
"""What a file holds, where it matters: loading a model is no data source, nor is reading settings.

"object" may be either, data or a model (`pickle.load`): what was written there, or is done with it, says
which."""

Carries = Literal["values", "statistic", "names", "shape", "nothing"]
"""How much of what goes in comes out: the values themselves, a summary of them, only names of columns,
only lengths and types, or nothing at all (`print`)."""

Action = Literal[
    "read", "write", "generate", "describe", "clean", "transform", "fit", "split", "train", "tune",
    "configure", "backward", "optimize", "predict", "measure", "seed", "plot", "log", "run",
]  # fmt: skip
"""What a call is for. "train" fits a predictor, "fit" a transformer, "tune" searches; "configure" says how to
train (`compile`); in a hand-written training loop "backward" computes gradients, and "optimize" is one step;
"generate" makes random data; "measure" computes a metric; "log" tells an experiment tracker; "run" starts a
shell command, a program or a database statement."""

ArgumentRole = Literal[
    "data", "features", "target", "weights", "groups", "validation", "truth", "prediction", "columns",
    "estimator", "steps", "hyperparameters", "grid", "metric", "splitter", "sampler", "seed", "formula",
    "loss", "optimizer", "learning rate", "epochs", "batch size", "callbacks", "layers", "size",
    "function", "name", "value", "query", "command", "target name", "feature names",
    "logged parameter", "logged metric", "logged value",
]  # fmt: skip
"""What an argument means to a call, in the words of the field. "data" holds features and target together;
"target name" is the name of the column that is the target, "feature names" those of the features. What is
logged is kept by an experiment tracker, under what is a "name" to the call, or a dictionary under its keys; a
"logged value" is a metric where it is the score of a model, else a parameter."""

ClassRole = Literal[
    "predictor", "transformer", "search", "pipeline", "splitter", "sampler", "network", "layer", "loss",
    "optimizer", "dataset", "loader", "formula", "trainer", "metric", "callback",
]  # fmt: skip

ReturnForm = Literal[
    "class", "receiver", "receiver class", "argument", "argument class", "arguments", "split"
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a call an argument stands: by position, by one of its keyword names, or both."""

    position: int | None = None
    names: tuple[str, ...] = ()
    is_receiver: bool = False
    """The object whose method is called."""
    is_rest: bool = False
    """Every positional argument from `position` on."""


@dataclass(frozen=True, slots=True)
class DataAccess:
    """A call reads or writes data."""

    mode: Mode | Literal["by argument"]
    """"by argument": what the argument at `mode_place` says, else `default_mode`; see `access_modes`."""
    kind: FileKind | Literal["handle"]
    """"handle": an open file, a connection, a buffer: the call that opened it is the access, not this one."""
    place: Place | None
    """Where the locator stands; None: the call's own dotted name is the locator (`load_iris()`)."""
    content: Content = "data"
    form: Literal["one", "many", "glob"] = "one"
    """One locator, a list (or dict) of locators, or a pattern that stands for many files."""
    mode_place: Place | None = None
    default_mode: str = "r"
    default: str | None = None
    """The locator where the call is given none."""


@dataclass(frozen=True, slots=True)
class Returns:
    """What a call gives back.

    form             meaning
    class            a new object of class `name`; `items` are what is in it: `tuple[A, B]`, `list[A]`
    receiver         the very object whose method was called (`model.fit(…)`)
    receiver class   a new object of the receiver's class (`df.dropna()`)
    argument         the very object that stands at `place`
    argument class   a new object of the class of the argument at `place`
    arguments        the very objects that stand at `place`, as a tuple where there are several
    split            one tuple: for each argument at `place` as many new objects of its class as `parts`
    """

    form: ReturnForm
    name: str | None = None
    items: tuple[Returns, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Mutation:
    """A call changes the object that stands at `place`."""

    place: Place
    when: str | None = None
    """Only if the keyword of this name is given and not constantly false ("inplace")."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of a function, a method, a constructor or an attribute."""

    name: str
    """The rule behind a conclusion: the entry's dotted name "pandas.read_csv", by convention "*.to_csv"."""
    confidence: Confidence = "resolved"
    accesses: tuple[DataAccess, ...] = ()
    locates: DataAccess | None = None
    """The result stands for this place, opened or not (`open("x")`, `Path("x")`, `glob("x")`)."""
    returns: Returns | None = None
    """None where the class of the result is not known."""
    variants: tuple[tuple[str, Returns], ...] = ()
    """What comes back instead if the keyword of this name is given and not constantly false: `return_X_y`."""
    constructs: bool = False
    """The call makes an object of the class that it names; the name as written is then the better one."""
    mutates: tuple[Mutation, ...] = ()
    """What it changes in place, besides what `inplace=True` and `out=` say of any call."""
    actions: tuple[Action, ...] = ()
    phase: Phase | None = None
    roles: tuple[tuple[Place, ArgumentRole], ...] = ()
    parts: tuple[str, ...] = ()
    """Roles of the parts that a split or a loader of split data returns, in order: ("train", "test")."""
    carries: Carries = "values"
    parameters: tuple[str, ...] = ()
    """Names of the parameters that can be given by position, in order, the receiver left out: the second
    positional argument is the one that the second name stands for. Empty where they are not known."""

    @property
    def trains(self) -> bool:
        """Whether a predictor is trained here, searches and cross-validation included."""
        return "train" in self.actions or "tune" in self.actions


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """What is known of a class."""

    name: str
    ancestors: tuple[str, ...]
    """The class itself and its known bases, nearest first: where methods are looked for."""
    role: ClassRole | None = None
    items: Returns | None = None
    """What subscripting and iterating give, where that is known."""


def access_modes(mode: str) -> tuple[Mode, ...]:
    """What a file opened in `mode` is for: "r" reads, "w", "x" and "a" write, "r+" does both.

    >>> access_modes("rb"), access_modes("wt"), access_modes("r+")
    (('read',), ('write',), ('read', 'write'))
    """
    if mode.startswith("r") and "+" in mode:
        return ("read", "write")
    return ("write",) if mode[:1] in {"w", "x", "a"} else ("read",)


def pick_arguments(
    place: Place, positional: Sequence[T], named: Mapping[str, T], receiver: T | None = None
) -> list[T]:
    """The arguments of a call that stand at `place`: none, one, or for a rest place several.

    >>> pick_arguments(Place(0, ("path",)), [], {"path": "a.csv"})
    ['a.csv']
    """
    if place.is_receiver:
        return [] if receiver is None else [receiver]
    if place.is_rest:
        return list(positional[place.position or 0 :])
    for name in place.names:
        if name in named:
            return [named[name]]
    if place.position is not None and place.position < len(positional):
        return [positional[place.position]]
    return []
