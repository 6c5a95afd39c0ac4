"""Puts a watcher around functions and methods of libraries, so that nobody can tell.

The wrapper has name, documentation and signature of what it wraps, and is found under the same name. It takes
itself out of tracebacks, and its code bears a name that the module `warnings` passes over, so that errors and
warnings look as they would without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import update_wrapper
from types import CodeType, FunctionType, ModuleType
from typing import Any, Protocol

from provkg.capture.kinds import module_of, names_in, names_of_module

FILENAME = "<frozen importlib._bootstrap of provkg>"
"""`warnings` takes such a frame for one of the import system, and goes on to its caller."""

_MARK = "__provkg_watched__"

Function = Callable[..., Any]


class Caller(Protocol):
    """Who is told of calls."""

    def begin(self, watched: Any, function: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A call begins; what comes back is given to `end` or `fail`."""

    def end(self, begun: Any, result: Any) -> None:
        """It gave a result."""

    def fail(self, begun: Any, error: BaseException) -> None:
        """It raised an error."""


def _wrap(function: Function, watched: Any, caller: Caller) -> Any:
    begin, end, fail = caller.begin, caller.end, caller.fail
    trim = BaseException.with_traceback

    def call(*given, **named):  # type: ignore[no-untyped-def] # it takes what the watched function takes
        begun = begin(watched, function, given, named)
        try:
            result = function(*given, **named)
        except BaseException as error:
            fail(begun, error)
            trim(error, error.__traceback__.tb_next)  # type: ignore[union-attr] # an error that was raised has a traceback
            raise
        if begun is not None:
            end(begun, result)
        return result

    return call


_code: CodeType | None = None


def wrap(function: Function, watched: Any, caller: Caller) -> Function:
    """A function that does what `function` does, and tells of its calls."""
    global _code
    wrapper: Function = _wrap(function, watched, caller)
    if _code is None:
        _code = wrapper.__code__.replace(co_filename=FILENAME)
    wrapper.__code__ = _code
    update_wrapper(wrapper, function)
    wrapper.__dict__[_MARK] = True
    return wrapper


def is_watched(function: Any) -> bool:
    """Whether a function is a wrapper of ours."""
    return isinstance(function, FunctionType) and _MARK in function.__dict__


def watch_method(kind: type, name: str, watched: Any, caller: Caller) -> None:
    """Watch a method that the body of a class defines: plain, of the class, static, or of some objects."""
    member = names_in(kind).get(name)
    if isinstance(member, FunctionType):
        if not is_watched(member):
            setattr(kind, name, wrap(member, watched, caller))
    elif isinstance(member, classmethod | staticmethod):
        inner = member.__func__
        if isinstance(inner, FunctionType) and not is_watched(inner):
            setattr(kind, name, type(member)(wrap(inner, watched, caller)))
    elif isinstance(getattr(member, "fn", None), FunctionType) and not is_watched(member.fn):
        member.fn = wrap(member.fn, watched, caller)  # scikit-learn's `available_if`


def watch_function(
    module: ModuleType, name: str, watched: Any, caller: Caller, *, any_kind: bool = False
) -> None:
    """Watch a function that a module holds; one that is not written in Python only if `any_kind`."""
    member = names_of_module(module).get(name)
    if not any_kind and not isinstance(member, FunctionType):
        return
    if callable(member) and not isinstance(member, type) and not is_watched(member):
        setattr(module, name, wrap(member, watched, caller))


def classes_of(module: ModuleType) -> Iterator[type]:
    """The classes that a module itself defines."""
    name = module.__name__
    for member in list(names_of_module(module).values()):
        if isinstance(member, type) and module_of(member) == name:
            yield member
