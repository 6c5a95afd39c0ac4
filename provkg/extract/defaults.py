"""The parameters that nobody wrote, as the installed library has them: read only where the user asks for it.

To know a default, its library is imported. That is done for libraries alone that the knowledge base
describes and that are installed beside provkg, never for a module of the user's: while it lasts, modules are
found where the running Python installs libraries and nowhere else, neither in the working directory nor in
the folder that is analysed.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import os
import re
import site
import sys
import sysconfig
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from importlib.metadata import DistributionFinder, MetadataPathFinder
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

from provkg.extract.knowledge.distributions import find_distribution
from provkg.extract.knowledge.library import described_libraries
from provkg.extract.values import MISSING, CallSite
from provkg.facts import Fact
from provkg.facts.factset import Problem
from provkg.facts.learning import Model, Parameter
from provkg.identity import encode_name

LONGEST_DEFAULT = 200
"""Characters of a default that are kept."""

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

FINDERS = (BuiltinImporter, FrozenImporter, PathFinder)
"""What finds modules on a path."""

REDIRECTING = ("__editable__", "editables")
"""How modules begin whose finders lead to projects that are being worked on."""


@dataclass(frozen=True, slots=True)
class Library:
    """An installed library: its name on PyPI, and its version where that is known."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a class as a library that is installed has them."""

    library: Library
    positional: tuple[str, ...]
    """Those that can be given by position, in order."""
    defaults: Mapping[str, Any]


class Unavailable(Exception):
    """A signature cannot be read; the message says why, and what would help."""


# Libraries


def installed_folders(excluded: Collection[Path] = ()) -> list[str]:
    """Where the running Python has libraries installed; not the folders in which something excluded lies."""
    names = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        names.append(site.getusersitepackages())
    folders = {name: Path(name).resolve() for name in names if name and os.path.isdir(name)}
    analysed = [path.resolve() for path in excluded]
    return [
        name for name, folder in folders.items() if not any(path.is_relative_to(folder) for path in analysed)
    ]


@contextmanager
def only_installed(folders: Sequence[str]) -> Iterator[None]:
    """Meanwhile modules are found only in these folders and in the standard library; prints are lost."""
    standard = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    standard.append(sysconfig.get_config_var("DESTSHARED") or "")
    path, finders = sys.path[:], sys.meta_path[:]
    sys.path[:] = [*dict.fromkeys(each for each in standard if each), *folders]
    sys.meta_path[:] = [each for each in finders if each in FINDERS or is_of_library(each, folders)]
    before = list(sys.meta_path)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        added = [each for each in sys.meta_path if each not in before]
        sys.path[:], sys.meta_path[:] = path, finders + added


def is_of_library(finder: Any, folders: Sequence[str]) -> bool:
    """Whether an installed library brought a finder for its own modules, as six does for six.moves."""
    module = str(getattr(finder, "__module__", ""))
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return not module.startswith(REDIRECTING) and spec is not None and lies_in(spec, folders)


def read_signature(name: str, folders: Sequence[str]) -> Signature:
    """The signature of a class, by its dotted name, from the library installed in one of these folders.

    Raises:
        Unavailable: the library is not described, not installed, or has no such class.
    """
    top = name.partition(".")[0]
    distribution = find_distribution(name)
    if top not in described_libraries() or distribution is None or top == name:
        raise Unavailable(f"the knowledge base does not describe {top}")
    if not is_installed(top, folders):
        raise Unavailable(f"{distribution} is not installed here; try: pip install {distribution}")
    with only_installed(folders):
        version = version_of(distribution, folders)
        shown = f"{distribution} {version}" if version else distribution
        try:
            found = find_class(name)
            signature = inspect.signature(found) if inspect.isclass(found) else None
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:  # a library may do anything while it is imported
            raise Unavailable(f"{shown} cannot tell: {type(error).__name__}") from error
    if signature is None:
        raise Unavailable(f"{shown} has no class {name}")
    return signature_of(signature, Library(distribution, version))


def signature_of(signature: inspect.Signature, library: Library) -> Signature:
    """The positional parameters and the defaults of a signature."""
    parameters = list(signature.parameters.values())
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return Signature(
        library,
        tuple(each.name for each in parameters if each.kind in by_position),
        {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty},
    )


def is_installed(top: str, folders: Sequence[str]) -> bool:
    """Whether a top-level module lies in one of these folders, and is not another one that is loaded."""
    spec = PathFinder.find_spec(top, list(folders))
    if spec is None or not lies_in(spec, folders):
        return False
    loaded = getattr(sys.modules.get(top), "__spec__", None)
    return top not in sys.modules or (loaded is not None and lies_in(loaded, folders))


def lies_in(spec: Any, folders: Sequence[str]) -> bool:
    """Whether all that a module consists of lies in one of these folders."""
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or ())
    roots = [Path(folder).resolve() for folder in folders]
    return bool(places) and all(
        any(Path(place).resolve().is_relative_to(root) for root in roots) for place in places
    )


def version_of(distribution: str, folders: Sequence[str]) -> str | None:
    """The version of an installed distribution; None where its folder does not tell."""
    # Not Distribution.discover: it asks sys.meta_path, where importlib_metadata may stand in for PathFinder.
    wanted = DistributionFinder.Context(name=distribution, path=list(folders))
    found = next(iter(MetadataPathFinder.find_distributions(wanted)), None)
    return found.version if found is not None else None


def find_class(name: str) -> Any:
    """What a dotted name stands for in an installed library; None where there is nothing of the name."""
    top, *rest = name.split(".")
    prefix = top
    found: Any = importlib.import_module(top)
    for part in rest:
        prefix += f".{part}"
        following = getattr(found, part, None)
        if following is None and inspect.ismodule(found):
            try:
                following = importlib.import_module(prefix)
            except ModuleNotFoundError:
                return None
        if following is None:
            return None
        found = following
    return found


# Facts


def with_defaults(
    facts: Sequence[Fact],
    sites: Iterable[CallSite],
    trees: Iterable[ast.Module],
    folders: Sequence[str],
    plan: str,
) -> tuple[list[Fact], list[Problem]]:
    """The facts with the defaults of models that are made by calling a class, and what could not be read."""
    sites = list(sites)
    made = {site.id: site for site in sites if site.id}
    changed = names_changed(sites, trees)
    found: list[Fact] = []
    reasons: dict[str, None] = {}
    signatures: dict[str, Signature | None] = {}
    for fact in facts:
        construction = construction_of(fact, made)
        if not isinstance(fact, Model) or construction is None or changed is None:
            continue
        name = fact.class_name or ""
        if name not in signatures:
            try:
                signatures[name] = read_signature(name, folders)
            except Unavailable as reason:
                signatures[name] = None
                reasons[f"the defaults of {name} are not known: {reason}"] = None
        signature = signatures[name]
        if signature is not None:
            found += defaults_of(fact, construction, signature, changed)
    return [*facts, *found], [Problem(plan, reason, "info") for reason in reasons]


def construction_of(fact: Fact, made: Mapping[str, CallSite]) -> CallSite | None:
    """The call that makes a model: where it is not known what that is given, None."""
    if not isinstance(fact, Model) or fact.class_name is None or fact.constructor or fact.count != 1:
        return None
    site = made.get(fact.construction or "")
    if site is None or site.function != fact.class_name or site.definition is not None:
        return None
    node = site.node
    is_plain = not any(isinstance(each, ast.Starred) for each in node.args) and all(
        keyword.arg is not None for keyword in node.keywords
    )
    return site if is_plain else None


def names_changed(sites: Iterable[CallSite], trees: Iterable[ast.Module]) -> frozenset[str] | None:
    """Names of parameters that the program may set after an object is made; None where it may be any."""
    changed: set[str] = set()
    for call in sites:
        function = call.node.func
        if isinstance(function, ast.Attribute) and function.attr == "set_params":
            for keyword in call.node.keywords:
                if keyword.arg is None:
                    return None
                changed.add(keyword.arg)
    for node in chain.from_iterable(map(ast.walk, trees)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            changed.add(node.attr)
    return frozenset(changed)


def defaults_of(
    model: Model, construction: CallSite, signature: Signature, changed: Collection[str]
) -> Iterator[Parameter]:
    """The parameters of a model that its construction is not given."""
    node = construction.node
    given = {*signature.positional[: len(node.args)], *(keyword.arg for keyword in node.keywords)}
    for name, default in signature.defaults.items():
        if name in given or name in changed:
            continue
        constant = constant_of(default)
        yield Parameter(
            id=f"{model.id}.default-{encode_name(name)}",
            of=model.id,
            step=construction.step,
            call=construction.id,
            line=node.lineno,
            name=name,
            kind="hyperparameter",
            function=model.class_name,
            text=text_of_default(default),
            value=None if constant is MISSING else constant,
            is_constant=constant is not MISSING,
            is_default=True,
            library=signature.library.name,
            version=signature.library.version,
        )


def constant_of(default: Any) -> Any:
    """A default that JSON can say; else MISSING."""
    if isinstance(default, float) and not isfinite(default):
        return MISSING
    if default is None or type(default) in (bool, int, float, str):
        return default if len(str(default)) <= LONGEST_DEFAULT else MISSING
    if type(default) in (list, tuple):
        items = [constant_of(each) for each in default]
        return MISSING if any(each is MISSING for each in items) else items
    return MISSING


def text_of_default(default: Any) -> str:
    """How a default is written; functions and classes by their names, nothing that differs between runs."""
    if inspect.isclass(default) or inspect.isroutine(default):
        text = f"{default.__module__}.{default.__qualname__}"
    else:
        try:
            text = ADDRESS.sub("", repr(default))
        except Exception:
            text = type(default).__qualname__
    return text if len(text) <= LONGEST_DEFAULT else text[: LONGEST_DEFAULT - 1] + "…"
