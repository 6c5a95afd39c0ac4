"""What an object is, asked of its class alone: no code runs that the object or its class brings along.

`isinstance`, `__class__`, `len` and attributes can all be answered by the program's own code; the methods of
`type` itself cannot.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_MRO = type.__dict__["__mro__"]
_MODULE = type.__dict__["__module__"]
_QUALNAME = type.__dict__["__qualname__"]
_NAMES = type.__dict__["__dict__"]
_MODULE_NAMES: Any = vars(ModuleType)["__dict__"]


def ancestors_of(kind: type) -> tuple[type, ...]:
    """The class and its bases, in the order in which methods are looked up."""
    ancestors: tuple[type, ...] = _MRO.__get__(kind)
    return ancestors


def names_in(kind: type) -> Any:
    """What the body of a class defines: a read-only mapping."""
    return _NAMES.__get__(kind)


def module_of(kind: type) -> str:
    """Name of the module that a class says it is from; empty where it says none."""
    try:
        module = _MODULE.__get__(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def own_name(kind: type) -> str:
    """The name of a class within its module."""
    name: str = _QUALNAME.__get__(kind)
    return name


def is_importable(kind: type) -> bool:
    """Whether the module that a class says it is from, or one above, really holds it under its name."""
    module, name = module_of(kind), own_name(kind)
    if find_member(module, name) is kind:
        return True
    public = qualified_name(kind).removesuffix("." + name)
    return public != module and find_member(public, name) is kind


def qualified_name(kind: type) -> str:
    """The shortest dotted name under which a class can be imported by now, else where it was made.

    >>> from fractions import Fraction
    >>> qualified_name(int), qualified_name(Fraction)
    ('int', 'fractions.Fraction')
    """
    module, name = module_of(kind), own_name(kind)
    if module in ("", "builtins"):
        return name
    parts = module.split(".")
    for length in range(1, len(parts)):
        public = ".".join(parts[:length])
        if find_member(public, name) is kind:
            return f"{public}.{name}"
    return f"{module}.{name}"


def find_member(module: str, name: str) -> Any:
    """What a module that is imported holds under a name; None where there is none of either."""
    found = sys.modules.get(module)
    return names_of_module(found).get(name) if found is not None else None


def names_of_module(module: Any) -> dict[str, Any]:
    """The names of a module, without asking its `__getattr__`."""
    if ModuleType not in ancestors_of(type(module)):
        return {}
    names: dict[str, Any] = _MODULE_NAMES.__get__(module)
    return names


def attributes_of(value: object) -> dict[str, Any]:
    """What an object holds in its own dictionary; empty where it has none."""
    try:
        names = object.__getattribute__(value, "__dict__")
    except Exception:
        return {}
    return names if type(names) is dict else {}
