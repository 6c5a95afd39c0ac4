"""Applying a call: what it gives, what it changes, whether it is the program's own or a library's."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

from provkg.extract.constants import (
    MOST_COMBINATIONS,
    PATH_TYPES,
    combine,
    fold_text_method,
    folder_of,
    join_path,
    plain_path,
)
from provkg.extract.environment import Position
from provkg.extract.knowledge import (
    ArgumentRole,
    DataAccess,
    Effect,
    Knowledge,
    Mutation,
    Place,
    Returns,
    pick_arguments,
)
from provkg.extract.parts import LARGEST_LITERAL, NAMESPACE, Parts, cut_literal, find_item, is_key
from provkg.extract.values import (
    MISSING,
    CallSite,
    Definition,
    Frame,
    Value,
    blur,
    content_of,
    is_fresh,
    join_values,
)

LOADER_PREFIXES = ("load", "read", "fetch", "get_", "open")

DATA_MODULES = frozenset({"datasets", "dataset"})
"""What a library calls the module that its example data come from."""

DATA_LOCATOR = re.compile(
    r"^(?:https?|ftp|s3|gs)://|\.(?:csv|tsv|txt|dat|json|jsonl|xlsx?|parquet|feather|h5|hdf5?|nc|zarr|npy|npz|mat|pkl"
    r"|pickle|gz|zip|tar|pdb|xtc|dcd|fits|tiff?|png|jpe?g|wav|mp3|shp|geojson|gpkg|graphml|gml|db|sqlite)$"
)
"""A text that names data whatever function it is given to."""

OBJECT_CALL = Effect("*.__call__", "convention", actions=("predict",))
"""Calling an object of an unknown class: what it gives depends on the object, as with models."""

MEASURE = re.compile(
    r"(?:_score|_error|_loss|_distance)$|(?:^|_)(?:accuracy|auc|f1|logloss|mae|mape|mse|rmse|rmsle)$"
)
"""A function that says by its name that it compares truth and predictions."""

COMPARING: tuple[tuple[Place, ArgumentRole], ...] = ((Place(0), "truth"), (Place(1), "prediction"))

DATA_LOADER = re.compile(
    r"(?:load|read|fetch|get|import)_(?:\w+_)?(?:data|datasets?|dataframe|df|csv|images|corpus)$"
)
"""A function that says by its name that it brings data in."""

NOT_CALLING = frozenset(
    {"callable", "functools.partial", "functools.update_wrapper", "functools.wraps", "getattr", "hasattr",
     "id", "isinstance", "issubclass", "print", "repr", "setattr", "str", "type"}
)  # fmt: skip
"""Functions that do not call the functions that they are given."""

DATA_CLASS = re.compile(r"\.[A-Z]\w*Data(?:[sS]et|Loader|Module|Provider|Reader)$")
"""A class that says by its name that its objects hold data."""

SEQUENCES = frozenset({"list", "set", "tuple"})

QUERY_NAME = re.compile(r"@([A-Za-z_]\w*)")
"""A variable inside a pandas query string."""

PATH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "os.path.join": lambda *parts: join_path(parts),
    "os.path.abspath": posixpath.normpath,
    "os.path.realpath": posixpath.normpath,
    "os.path.normpath": posixpath.normpath,
    "os.path.expanduser": lambda path: path,
    "os.path.dirname": folder_of,
    "os.path.split": posixpath.split,
    "os.path.splitext": posixpath.splitext,
    "os.path.basename": posixpath.basename,
    "os.fspath": lambda path: path,
    "str": lambda value: str(value),
    "urllib.parse.urljoin": lambda base, path: (
        base.rsplit("/", 1)[0] + "/" + path if "://" in base else MISSING
    ),
}

FOLDED: dict[str, Callable[..., Any]] = {
    "abs": abs, "bool": bool, "float": float, "int": int, "len": lambda count: count, "max": max, "min": min,
    "round": round,
}  # fmt: skip
"""Functions of constants."""

NAMESPACES = frozenset({"argparse.Namespace", "types.SimpleNamespace"})
"""Objects that have the attributes that their constructor is given."""

WORKING_DIRECTORY = frozenset(f"{name}.cwd" for name in PATH_TYPES)

ENVIRONMENT_LOOKUPS = frozenset({"os.environ.get", "os.getenv"})
"""Their default is what the program uses where nobody set the variable."""

SAME_PATH_METHODS = frozenset({"absolute", "as_posix", "expanduser", "resolve", "__str__", "__fspath__"})

ITERATORS = frozenset(
    {"enumerate", "iter", "list", "reversed", "set", "sorted", "tuple", "tqdm", "tqdm.tqdm"}
)

FOLD_PATH_METHODS: dict[str, Callable[..., Any]] = {
    "joinpath": plain_path,
    "with_name": lambda path, name: posixpath.join(posixpath.dirname(path), name),
    "with_suffix": lambda path, suffix: posixpath.splitext(path)[0] + suffix,
}


class Calls(Parts):
    """Applies calls, by the knowledge base where a library does the work."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.effect: Effect | None = None
        """What the knowledge base says of the call that was applied last."""
        self.called_back: list[Value] = []
        """What the program's own functions gave, that the library called which was applied last."""

    def apply(
        self,
        site: CallSite,
        callee: Value,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: list[Definition],
    ) -> Value:
        """The result of a call, after everything it is known to do."""
        if callee.alternatives:
            known = [each for each in callee.alternatives if each.code is not None or each.name is not None]
            if known:
                return join_values(
                    [self.apply(site, each, receiver, arguments, keywords, read) for each in known]
                )
        if callee.code is not None:
            result = self.apply_own(site, callee, arguments, keywords)
            self.effect = None  # what the calls inside the function do is theirs
            return result
        calls_back = callee.name not in NOT_CALLING
        given = self.call_back([*arguments, *keywords.values()], receiver) if calls_back else []
        self.called_back = given
        self.effect = None
        if callee.name is not None:
            return self.apply_function(site, callee.name, arguments, keywords, read)
        if callee.type is not None and "." in callee.type:
            return self.apply_object(site, callee, arguments, keywords)
        if isinstance(site.node.func, ast.Attribute) and receiver is not None:
            return self.apply_method(site, site.node.func, receiver, arguments, keywords, read)
        return Value()

    def apply_object(
        self, site: CallSite, callee: Value, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Call an object of a library's class: a layer, a loss, a fitted function."""
        site.resolve(f"{callee.type}.__call__")
        effect = self.knowledge.find_method(callee.type, "__call__")
        if effect is None:
            self.effect = OBJECT_CALL
            return Value()
        self.effect = effect
        return self.result_of(effect, callee, arguments, keywords)

    def parent_of(self) -> Value:
        """What `super()` gives here; the walk knows how."""
        raise NotImplementedError

    def apply_own(
        self, site: CallSite, callee: Value, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Call a function, method or class of the program itself; the walk knows how."""
        raise NotImplementedError

    def call_back(self, arguments: list[Value], receiver: Value | None = None) -> list[Value]:
        """What the program's own functions give that a library was given to call; the walk knows how."""
        raise NotImplementedError

    def apply_function(
        self,
        site: CallSite,
        name: str,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: list[Definition],
    ) -> Value:
        site.resolve(name)
        if name in PATH_FUNCTIONS and not keywords:
            folded = combine(arguments, PATH_FUNCTIONS[name], "str") if arguments else Value("str", "")
            return taken_apart(folded)
        if name in PATH_TYPES:
            parts = arguments or [Value("str", ".")]
            return combine(parts, plain_path, "pathlib.Path")
        if name in WORKING_DIRECTORY:
            return Value("pathlib.Path", ".")
        if name in ENVIRONMENT_LOOKUPS and len(arguments) > 1:
            return arguments[1]
        if name == "os.getcwd":
            return Value("str", "")
        if name in {"globals", "locals", "vars"} and not arguments:
            return Value(NAMESPACE)
        if name == "vars" and arguments[0].attributes is not None:
            return Value("dict", items=dict(arguments[0].attributes))
        if name in ITERATORS or name in {"zip", "range", "dict", "getattr", "next"}:
            shaped = self.apply_builtin(name, arguments, keywords)
            if shaped is not None:
                return shaped
        if name in FOLDED and arguments and not keywords:
            folded = combine(list(map(counted, arguments)) if name == "len" else arguments, FOLDED[name])
            if folded.constant is not MISSING or folded.alternatives:
                return folded
        if name == "super":
            return self.parent_of()
        if name in NAMESPACES:
            namespace = Value(name)
            namespace.attributes = dict(keywords)
            return namespace
        effect = self.knowledge.find_function(name) or conventional_effect(name, arguments)
        effect = effect or class_of_data(name, arguments, keywords)
        if effect is None:
            return Value(class_by_convention(name))
        if effect.name in PATH_TYPES:  # under another name: `from fastai.vision.all import *`
            return combine(arguments or [Value("str", ".")], plain_path, "pathlib.Path")
        self.effect = effect
        if effect.returns is not None and effect.returns.form in ("receiver", "receiver class"):
            return Value(name.rpartition(".")[0])  # a class method: it makes an object of its class
        self.change_out(site, keywords, read)
        self.mutate(effect, site, None, arguments, keywords, read)
        if effect.constructs and (effect.returns is None or effect.returns.form == "class"):
            return Value(name)
        return self.result_of(effect, None, arguments, keywords)

    def apply_builtin(self, name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value | None:
        """What the iteration helpers give, where the elements are known; None where nothing is."""
        if name == "range":
            return range_value(arguments)
        if name == "dict":
            return dict_value(arguments, keywords)
        if name == "getattr" and len(arguments) > 1 and isinstance(arguments[1].constant, str):
            return self.attribute_of(arguments[0], arguments[1].constant)
        if name == "zip":
            rows = [item_values(argument) for argument in arguments]
            known_rows = [row for row in rows if row is not None]
            if not rows or len(known_rows) < len(rows):
                elements = [self.iterate(argument) for argument in arguments]
                return Value("zip", items=[Value("tuple", items=elements)])
            columns = zip(*known_rows, strict=False)  # as the program's own zip: the shortest counts
            return Value("zip", items=[Value("tuple", items=list(row)) for row in columns])
        if not arguments:
            return Value("list", items=[]) if name == "list" else None
        if name == "next":
            return self.iterate_first(arguments[0])
        items = item_values(arguments[0])
        if items is not None and name == "reversed":
            items = items[::-1]
        if name == "enumerate":
            known = items if items is not None else [self.iterate(arguments[0])]
            return Value("enumerate", items=[Value("tuple", items=[Value("int"), item]) for item in known])
        shaped = Value(name if name in SEQUENCES else None, items=None if items is None else list(items))
        if name == "sorted":
            shaped.type = "list"
        shaped.place, shaped.element = arguments[0].place, arguments[0].element
        return shaped if items is not None or shaped.place or shaped.element else None

    def iterate_first(self, value: Value) -> Value | None:
        """What `next` gives: the first element of a literal, else any; None where nothing is known."""
        if isinstance(value.items, list) and value.items and value.type != "generator":
            return value.items[0]
        element = self.iterate(value)
        return None if is_fresh(element) and element.type is None else element

    def apply_method(
        self,
        site: CallSite,
        function: ast.Attribute,
        receiver: Value,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: list[Definition],
    ) -> Value:
        name = function.attr
        if receiver.alternatives:
            folded = self.fold_method(receiver, name, arguments, keywords)
            if folded is not None:
                return folded
        elif receiver.constant is not MISSING or receiver.items is not None:
            known = self.fold_method(receiver, name, arguments, keywords)
            if known is not None:
                site.resolve(f"{receiver.type}.{name}")
                return known
        if name in {"query", "eval"} and arguments and isinstance(arguments[0].constant, str):
            for variable in QUERY_NAME.findall(arguments[0].constant):
                self.read(variable, site.node.lineno)
        if receiver.type is not None and receiver.type != "NoneType":
            site.resolve(f"{receiver.type}.{name}")
        else:
            site.confidence = "unresolved"
        if is_asked_for(keywords.get("inplace")):
            self.change_root(function.value, receiver, (site.node.lineno, site.node.col_offset), read, site)
        effect = self.knowledge.find_method(receiver.type, name)
        if effect is None:
            if receiver.type == "argparse.ArgumentParser" or name in {"parse_args", "parse_known_args"}:
                return self.apply_parser(receiver, name, arguments, keywords)
            return Value()
        self.effect = effect
        if effect.confidence == "convention" and site.function is None:
            site.confidence = "convention"
        self.mutate(effect, site, receiver, arguments, keywords, read)
        if receiver.type == "argparse.ArgumentParser":
            return self.apply_parser(receiver, name, arguments, keywords)
        if isinstance(receiver.items, (list, dict)):
            taken = take_out(receiver.items, name, arguments, is_sure=not self.logs)
            if taken is not None:
                return taken
            self.change_items(receiver, name, arguments, keywords)
        return self.result_of(effect, receiver, arguments, keywords)

    def result_of(
        self, effect: Effect, receiver: Value | None, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """The result of a call, by the keywords that change it and else as it always is."""
        for keyword, variant in effect.variants:
            if is_asked_for(keywords.get(keyword)):
                return self.returned_value(variant, receiver, arguments, keywords)
        if effect.returns is None:
            return Value()
        return self.returned_value(effect.returns, receiver, arguments, keywords)

    def fold_method(
        self, receiver: Value, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value | None:
        """Methods of constants and literals: texts, paths, dicts; None where nothing is known."""
        if any(each.type in PATH_TYPES for each in receiver.each()):
            if name in SAME_PATH_METHODS:
                return combine(
                    [receiver], lambda path: path, "str" if name == "as_posix" else receiver.each()[0].type
                )
            if name in {"glob", "rglob"}:
                matched = Value("generator")
                matched.place = combine([receiver, *arguments], plain_path, "pathlib.Path")
                return matched
            if name in {"joinpath", "with_name", "with_suffix"}:
                return combine([receiver, *arguments], FOLD_PATH_METHODS[name], "pathlib.Path")
            return None
        if all(isinstance(each.constant, str) for each in receiver.each()):
            return self.fold_text(receiver, name, arguments, keywords)
        if isinstance(receiver.items, dict):
            return self.dict_method(receiver, receiver.items, name, arguments)
        if isinstance(receiver.items, list) and name == "copy":
            return Value(receiver.type, items=list(receiver.items))
        return None

    def fold_text(
        self, receiver: Value, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value | None:
        if name == "join" and arguments and isinstance(arguments[0].items, list):
            return combine(
                [receiver, *arguments[0].items],
                lambda glue, *parts: (
                    glue.join(parts) if all(isinstance(part, str) for part in parts) else MISSING
                ),
                "str",
            )
        names = list(keywords)
        count = len(arguments)
        folded = combine(
            [receiver, *arguments, *keywords.values()],
            lambda text, *rest: fold_text_method(
                text, name, list(rest[:count]), dict(zip(names, rest[count:], strict=True))
            ),
            "str",
        )
        if isinstance(folded.constant, list):
            return Value("list", items=[Value("str", part) for part in folded.constant])
        return folded if folded.constant is not MISSING or folded.alternatives else None

    def dict_method(
        self, receiver: Value, items: dict[Any, Value], name: str, arguments: list[Value]
    ) -> Value | None:
        if name == "copy":
            return dict_value([receiver], {})
        if name == "items":
            rows = [
                [Value(type(key).__name__, key) if is_key(key) else Value(), item]
                for key, item in items.items()
            ]
            return Value("dict_items", items=[Value("tuple", items=row) for row in rows])
        if name == "values":
            return Value("dict_values", items=list(items.values()))
        if name == "keys":
            return Value("dict_keys", items=[Value(type(key).__name__, key) for key in items if is_key(key)])
        if name == "get" and arguments and is_key(arguments[0].constant):
            default = arguments[1] if len(arguments) > 1 else Value("NoneType", None)
            key = arguments[0].constant
            is_there = key in items or not all(map(is_key, items))
            return find_item(items, key) if is_there else default
        return None

    def change_items(
        self, receiver: Value, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> None:
        """Keep a literal's known elements true when a method changes them."""
        if isinstance(receiver.items, list) and name in {"append", "insert"} and arguments:
            if len(receiver.items) < LARGEST_LITERAL:
                place = arguments[0].constant if name == "insert" else MISSING
                receiver.items.insert(place if isinstance(place, int) else len(receiver.items), arguments[-1])
            elif arguments[-1].constant is MISSING or isinstance(arguments[-1].constant, str):
                receiver.is_cut = True
        elif (
            isinstance(receiver.items, list)
            and name == "extend"
            and arguments
            and isinstance(arguments[0].items, list)
        ):
            room = max(0, LARGEST_LITERAL - len(receiver.items))
            receiver.is_cut = receiver.is_cut or cut_literal(None, arguments[0].items[room:]).is_cut
            receiver.items.extend(arguments[0].items[:room])
        elif (
            isinstance(receiver.items, dict)
            and name == "update"
            and (added := dict_value(arguments, keywords)) is not None
            and isinstance(added.items, dict)
        ):
            for key, item in added.items.items():
                may_stay = self.logs and key in receiver.items
                receiver.items[key] = join_values([item, receiver.items[key]]) if may_stay else item
            receiver.nodes = {**(receiver.nodes or {}), **(added.nodes or {})}
        elif name == "clear" and receiver.items is not None:
            receiver.items.clear()
        elif name == "reverse" and isinstance(receiver.items, list):
            receiver.items.reverse()
        elif isinstance(receiver.items, list) and name not in {"copy", "count", "index"}:
            blur(receiver)
        elif name not in {"copy", "get", "items", "keys", "pop", "popitem", "setdefault", "values"}:
            receiver.items = None

    def apply_parser(
        self, receiver: Value, name: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """argparse: options and their defaults become attributes of the parsed arguments."""
        if name == "add_argument":
            receiver.attributes = receiver.attributes or {}
            options = [argument.constant for argument in arguments if isinstance(argument.constant, str)]
            long = [option for option in options if option.startswith("--")] or options
            destination = (
                keywords["dest"].constant if "dest" in keywords else long[0].lstrip("-") if long else None
            )
            if isinstance(destination, str):
                receiver.attributes[destination.replace("-", "_")] = option_default(keywords)
        elif name in {"parse_args", "parse_known_args"}:
            parsed = Value("argparse.Namespace")
            parsed.attributes = receiver.attributes
            return parsed if name == "parse_args" else Value("tuple", items=[parsed, Value()])
        elif name in {"add_argument_group", "add_mutually_exclusive_group"}:
            return receiver
        return Value()

    def change_out(self, site: CallSite, keywords: dict[str, Value], read: list[Definition]) -> None:
        """`out=` names the object that takes the result, whatever the function is."""
        if "out" in keywords:
            node = next(keyword.value for keyword in site.node.keywords if keyword.arg in ("out", None))
            self.change_root(node, keywords["out"], (site.node.lineno, site.node.col_offset), read, site)

    def mutate(
        self,
        effect: Effect,
        site: CallSite,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: list[Definition],
    ) -> None:
        for mutation in effect.mutates or ():
            if mutation.when is not None and not is_asked_for(keywords.get(mutation.when)):
                continue
            self.mutate_place(mutation, site, receiver, arguments, keywords, read)

    def mutate_place(
        self,
        mutation: Mutation,
        site: CallSite,
        receiver: Value | None,
        arguments: list[Value],
        keywords: dict[str, Value],
        read: list[Definition],
    ) -> None:
        position = (site.node.lineno, site.node.col_offset)
        place = mutation.place
        if place.is_receiver:
            self.change_root(getattr(site.node.func, "value", None), receiver, position, read, site)
            return
        nodes = {keyword.arg: keyword.value for keyword in site.node.keywords if keyword.arg}
        for node, value in zip(
            pick_arguments(place, site.node.args, nodes),
            pick_arguments(place, arguments, keywords),
            strict=False,
        ):
            self.change_root(node, value, position, read, site)

    def change_root(
        self,
        node: ast.expr | None,
        value: Value | None,
        position: Position,
        derived: list[Definition],
        call: CallSite | None = None,
    ) -> None:
        """The object that `node` stands for changes, and what it is a part of: `models["a"].fit()`."""
        if value is not None and value.name is None:
            self.change(value, position, derived, call)
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
            node = node.value
            if not isinstance(node, ast.Name):
                continue
            for frame in self.frame.chain():
                variable = frame.variables.get(node.id)
                if variable is not None:
                    if variable.value is not value and variable.value.name is None:
                        self.change_variable(frame, node.id, position, derived, call)
                    break

    def change_variable(
        self, frame: Frame, name: str, position: Position, derived: list[Definition], call: CallSite | None
    ) -> None:
        value = frame.variables[name].value
        self.change(value, position, derived, call)
        definition = self.define(frame, name, "mutation", position)
        if definition not in frame.variables[name].definitions:
            self.change_name(frame, name, position, derived, call)


def option_default(keywords: dict[str, Value]) -> Value:
    """What a command-line option is where the command line says nothing; unknown where it has no default."""
    default = keywords.get("default")
    if default is None:
        action = keywords["action"].constant if "action" in keywords else None
        if action not in ("store_true", "store_false"):
            return Value()
        default = Value("bool", action == "store_false")
    if default.constant is MISSING:
        return default
    option = Value(default.type, default.constant)
    option.is_option = True
    return option


def class_by_convention(name: str) -> str | None:
    """The class that an unknown callable makes objects of: a capital at its end, or `Class.from_…`."""
    owner, _, last = name.rpartition(".")
    if last[:1].isupper():
        return name
    return owner if last.startswith("from_") and owner.rpartition(".")[2][:1].isupper() else None


def conventional_effect(name: str, arguments: list[Value]) -> Effect | None:
    """What an unknown function surely does by its name: `lib.datasets.load_x()`, `lib.load("x.h5")`."""
    *path, last = name.split(".")
    if path and MEASURE.search(last) and len(arguments) > 1:
        return Effect(name, "convention", actions=("measure",), phase="evaluation", roles=COMPARING)
    if path and last.endswith("_split") and "train" in last:
        return Effect(name, "convention", actions=("split",), phase="split")
    if last.startswith("make_") and not DATA_MODULES.isdisjoint(path):
        return Effect(name, "convention", (DataAccess("read", "synthetic", None),), actions=("generate",))
    if not path or not last.startswith(LOADER_PREFIXES):
        return None
    locators = [each.constant for each in arguments[0].each()] if arguments else []
    if any(isinstance(locator, str) and DATA_LOCATOR.search(locator) for locator in locators):
        return Effect(name, "convention", (DataAccess("read", "file", Place(0)),))
    if DATA_MODULES.isdisjoint(path):
        if DATA_LOADER.match(last) is None:
            return None
        if arguments:
            return Effect(name, "convention", (DataAccess("read", "file", Place(0)),))
    return Effect(name, "convention", (DataAccess("read", "dataset", None),))


def class_of_data(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Effect | None:
    """What an unknown class does by its name, given settings and no data: `MnistDataModule("data/")`."""
    given = [*arguments, *keywords.values()]
    if not given or DATA_CLASS.search(name) is None or any(content_of(each) is not None for each in given):
        return None
    if not all(is_setting(each) for each in arguments):
        return None
    return Effect(name, "convention", (DataAccess("read", "dataset", None),), returns=Returns("class", name))


def is_setting(value: Value) -> bool:
    """A constant, a literal or a path; what is not known, and most objects of a library, may be data."""
    is_constant = value.constant is not MISSING or bool(value.alternatives)
    return is_constant or value.items is not None or value.type in PATH_TYPES


def taken_apart(value: Value) -> Value:
    """A constant tuple as a tuple of values, so that its elements are known."""
    if not isinstance(value.constant, tuple):
        return value
    return Value("tuple", items=[Value("str", part) for part in value.constant])


def is_asked_for(flag: Value | None) -> bool:
    """A keyword such as `inplace` that is given and not constantly false."""
    return flag is not None and (flag.constant is MISSING or bool(flag.constant))


def item_values(value: Value) -> list[Value] | None:
    """The elements that iterating over a literal gives; None where they are not known."""
    if isinstance(value.items, dict):
        return [Value(type(key).__name__, key) if is_key(key) else Value() for key in value.items]
    return value.items


def counted(value: Value) -> Value:
    """How many elements a literal or a text has."""
    if value.items is not None and value.type != "generator":
        return Value("int", len(value.items))
    return Value("int", len(value.constant)) if isinstance(value.constant, str) else Value("int")


def dict_value(arguments: list[Value], keywords: dict[str, Value]) -> Value | None:
    """What `dict(mapping or pairs, name=value)` gives; None where the keys are not known."""
    items: dict[Any, Value] = {}
    made = Value("dict", items=items)
    made.nodes = {}
    for given in arguments:
        if isinstance(given.items, dict):
            items.update(given.items)
            made.nodes.update(given.nodes or {})
        elif isinstance(given.items, list):
            for pair in given.items:
                if not isinstance(pair.items, list) or len(pair.items) != 2:
                    return None
                key, value = pair.items
                items[key.constant if is_key(key.constant) else object()] = value
        else:
            return None
    items.update(keywords)
    return made


def take_out(
    items: list[Value] | dict[Any, Value], name: str, arguments: list[Value], is_sure: bool
) -> Value | None:
    """The element that `pop` takes out of a literal, or `setdefault` finds or puts there; None for others.

    Where it is not sure that the call is reached, what is taken out stays as well.
    """
    key = arguments[0].constant if arguments else -1
    if isinstance(items, dict) and name in {"pop", "setdefault"} and arguments:
        default = arguments[1] if len(arguments) > 1 else Value()
        found = find_item(items, key) if key in items or not all(map(is_key, items)) else default
        if name == "setdefault" and is_key(key):
            items[key] = found
        elif is_sure and is_key(key):
            items.pop(key, None)
        return found
    if isinstance(items, list) and name == "pop" and isinstance(key, int) and -len(items) <= key < len(items):
        return items.pop(key) if is_sure else items[key]
    return None


def range_value(arguments: list[Value]) -> Value | None:
    """The numbers of a short constant range."""
    bounds = [argument.constant for argument in arguments]
    if not bounds or len(bounds) > 3 or not all(type(bound) is int for bound in bounds) or bounds[2:] == [0]:
        return Value("range")
    numbers = range(*bounds)
    known = list(islice(numbers, MOST_COMBINATIONS + 1))  # `len` fails for numbers beyond C's
    if len(known) > MOST_COMBINATIONS:
        return Value("range")
    return Value("range", items=[Value("int", number) for number in known])
