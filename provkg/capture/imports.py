"""Calls back when a library has been imported, whoever imports it; costs a look-up for any other module.

The module is found and loaded by whoever would do it anyway. Only for the time of its execution the loader,
which is an object of that one module, has a method of its own; nothing of that is left afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Imported = Callable[[ModuleType], None]


class Watcher:
    """A finder that finds nothing by itself, and is told of the modules of some libraries."""

    def __init__(self, libraries: Collection[str], imported: Imported) -> None:
        self.libraries = frozenset(libraries)
        self._imported = imported

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find; of a watched library, with word to us once it is executed."""
        if name.partition(".")[0] not in self.libraries:
            return None
        spec = self._find_by_others(name, path, target)
        if spec is not None and spec.loader is not None:
            self._watch(spec.loader)
        return spec

    def _find_by_others(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and (find := getattr(finder, "find_spec", None)) is not None:
                spec: ModuleSpec | None = find(name, path, target)
                if spec is not None:
                    return spec
        return None

    def _watch(self, loader: Any) -> None:
        execute = getattr(loader, "exec_module", None)
        held = getattr(loader, "__dict__", None)
        if execute is None or held is None or isinstance(loader, type) or "exec_module" in held:
            return

        def exec_module(module: ModuleType) -> None:
            held.pop("exec_module", None)
            execute(module)
            self._tell(module)

        held["exec_module"] = exec_module

    def _tell(self, module: ModuleType) -> None:
        with suppress(Exception):  # the program does not depend on what we make of its modules
            self._imported(module)


def watch_imports(libraries: Collection[str], imported: Imported) -> Watcher:
    """Call `imported` with each module of these libraries: those that are loaded, and those to come."""
    watcher = Watcher(libraries, imported)
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in watcher.libraries and isinstance(module, ModuleType):
            watcher._tell(module)
    sys.meta_path.insert(0, watcher)
    return watcher


def stop_watching(watcher: Watcher) -> None:
    """Be told of nothing any more."""
    if watcher in sys.meta_path:
        sys.meta_path.remove(watcher)
