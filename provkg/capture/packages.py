"""Which installed libraries a program really imported, and which were there to be imported."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from provkg.capture.audit import watch
from provkg.capture.recorder import Recorder

_DISTRIBUTION = re.compile(r"(.+?)-([^-]+?)\.(?:dist-info|egg-info)")
_SEPARATORS = re.compile(r"[-_.]+")
_STANDARD = sys.stdlib_module_names | {"sitecustomize", "usercustomize"}


class Packages:
    """The imports of this process."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.asked: set[str] = set()
        self.listeners: list[Callable[[str], None]] = []
        """Who wants to know of each module that is about to be loaded."""

    def start(self) -> None:
        """Watch from now on."""
        watch("import", self.on_import)

    def on_import(self, arguments: tuple[Any, ...]) -> None:
        """A module is looked for; told at once, in case that the program does not come to its end."""
        for listener in self.listeners:
            listener(arguments[0])
        name = arguments[0].partition(".")[0]
        if name not in self.asked:
            self.asked.add(name)
            if name not in _STANDARD:
                self.recorder.emit("import", name=name, **self.recorder.place_fields())

    def finish(self) -> None:
        """Tell what was imported, from which distributions, and what is installed."""
        loaded = {name for name in map(_top, list(sys.modules)) if name in self.asked - _STANDARD}
        folders = {os.path.dirname(place) for name in loaded if (place := _place_of(name)) is not None}
        installed: dict[str, str] = {}
        providers: dict[str, str] = {}
        for folder in sys.path:
            found = dict(find_distributions(folder))
            installed |= {name: version for name, (version, _) in found.items() if name not in installed}
            if folder in folders:
                providers |= find_providers(folder, found, loaded - providers.keys())
        fields = {"installed": installed} if self.recorder.is_main else {}
        self.recorder.emit("packages", loaded=sorted(loaded), providers=providers, **fields)


def _top(name: str) -> str:
    return name.partition(".")[0]


def _place_of(name: str) -> str | None:
    """The file or folder of a module, without running any code of it."""
    module = sys.modules.get(name)
    try:
        spec = object.__getattribute__(module, "__dict__").get("__spec__")
        origin = spec.origin
    except AttributeError:
        return None
    if not isinstance(origin, str):
        return None
    return os.path.dirname(origin) if os.path.basename(origin).startswith("__init__.") else origin


def find_distributions(folder: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Normalised name → version and metadata folder of what is installed in a folder of `sys.path`."""
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return
    for name in names:
        match = _DISTRIBUTION.fullmatch(name)
        if match:
            yield normalise(match[1]), (match[2], os.path.join(folder, name))


def normalise(name: str) -> str:
    """The name of a distribution as PEP 503 says."""
    return _SEPARATORS.sub("-", name).lower()


def find_providers(
    folder: str, distributions: dict[str, tuple[str, str]], modules: Iterable[str]
) -> dict[str, str]:
    """Module → the distribution in this folder that provides it, by its name, else by what it says itself."""
    wanted = set(modules)
    found = {name: normalise(name) for name in wanted if normalise(name) in distributions}
    wanted -= found.keys()
    for name, (_, metadata) in distributions.items():
        if not wanted:
            break
        if name not in found.values():
            for module in wanted & set(_modules_of(metadata)):
                found[module] = name
                wanted.discard(module)
    return found


def _modules_of(metadata: str) -> Iterator[str]:
    """The modules at the top of a distribution."""
    try:
        with open(os.path.join(metadata, "top_level.txt"), encoding="utf-8") as file:
            yield from file.read().split()
        return
    except (OSError, UnicodeError):
        pass
    try:
        with open(os.path.join(metadata, "RECORD"), encoding="utf-8") as file:
            for line in file:
                yield line.partition("/")[0].partition(",")[0].partition(".")[0]
    except (OSError, UnicodeError):
        return
