from __future__ import annotations

import ast
import inspect
import linecache
import pickle
import traceback
from types import CodeType
from typing import Any

import pytest

from provkg.capture.instrument import compile_alone, reads_bytecode
from provkg.capture.steps import StepTracker


def compile_watched_text(text: str, granularity: str = "variable", filename: str = "program.py") -> CodeType:
    tracker = StepTracker(lambda kind, **fields: None, lambda name, value: None, granularity)  # type: ignore[arg-type]
    return tracker.compile_script(text.encode(), filename)


def show(text: str) -> str:
    """A text that a program builds in `out`, or the traceback that it ends with."""
    results = []
    for code in (compile_alone(ast.parse(text), "program.py", "exec"), compile_watched_text(text)):
        linecache.cache["program.py"] = (len(text), None, text.splitlines(keepends=True), "program.py")
        names: dict[str, Any] = {"__name__": "program", "out": []}
        try:
            exec(code, names)  # noqa: S102
        except BaseException as error:
            lines = traceback.format_exception(error)
            names["out"].append("".join(line for line in lines if __file__ not in line))
        results.append("\n".join(map(str, names["out"])))
    assert results[1] == results[0]
    return results[0]


PROGRAMS = {
    "names": "def f(a):\n    b = a\n    return sorted(locals())\nout += [f(1), sorted(n for n in dir() if n[0] != '_')]",
    "docstring": "'''top'''\ndef f():\n    'of f'\nclass C:\n    'of C'\n    def m(self): 'of m'\nout += [__doc__, f.__doc__, C.m.__doc__, f(), C().m()]",
    "future": "'''doc'''\nfrom __future__ import annotations\ndef f(x: nothing) -> nowhere: pass\nout.append(f.__annotations__)",
    "traceback": "def f(x):\n    y = 1\n    return (y +\n        g(x))\ndef g(x):\n    try:\n        return 1 / x\n    finally:\n        x = 2\nf(0)",
    "traceback of a chain": "def f():\n    try:\n        {}['k']\n    except KeyError as e:\n        raise ValueError('v') from e\nf()",
    "bare raise": "def f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        raise\nf()",
    "global": "n = 0\ndef f():\n    global n\n    n += 1\n    return n\nout += [f(), f(), n]",
    "nonlocal": "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    return g\ng = f()\nout += [g(), g()]",
    "generator": "def f(n):\n    got = yield n\n    yield got\n    return 'end'\ng = f(1)\nout += [next(g), g.send(5)]\ntry:\n    next(g)\nexcept StopIteration as e:\n    out.append(e.value)",
    "yield from": "def f():\n    return (yield from [1, 2])\nout.append(list(f()))",
    "async": "import asyncio\nasync def f(n):\n    await asyncio.sleep(0)\n    return n\nasync def g():\n    return await asyncio.gather(f(1), f(2))\nout.append(asyncio.run(g()))",
    "async generator": "import asyncio\nasync def f():\n    yield 1\nasync def g():\n    return [x async for x in f()]\nout.append(asyncio.run(g()))",
    "recursion": "def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\nout.append(f(15))",
    "recursion limit": "def f(n):\n    return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError as e:\n    out.append(str(e)[:33])",
    "decorators": "import functools\ndef d(f):\n    @functools.wraps(f)\n    def g(*a):\n        return f(*a) * 2\n    return g\n@d\ndef f(x):\n    return x\nout += [f(2), f.__name__, f.__wrapped__.__qualname__]",
    "cache": "from functools import cache\n@cache\ndef f(n):\n    out.append(n)\n    return n\nf(1); f(1); out.append(f.cache_info())",
    "property": "class C:\n    @property\n    def p(self): return 1\n    @p.setter\n    def p(self, v): out.append(v)\n    @staticmethod\n    def s(a): return a\n    @classmethod\n    def c(cls): return cls.__name__\nc = C(); c.p = 3; out += [c.p, C.s(1), C.c()]",
    "super": "class A:\n    def f(self): return 'A'\nclass B(A):\n    def f(self):\n        return super().f() + __class__.__name__\nout.append(B().f())",
    "mangling": "class A:\n    def f(self, __x):\n        return __x\nout.append(A().f(3))",
    "dataclass": "from dataclasses import dataclass, fields\n@dataclass\nclass P:\n    x: int\n    y: int = 2\n    def area(self): return self.x * self.y\nout += [P(3).area(), P(1), [f.name for f in fields(P)]]",
    "enum": "from enum import Enum\nclass E(Enum):\n    A = 1\n    def m(self): return self.name\nout += [E.A.m(), list(E)]",
    "signature": "import inspect\ndef f(a, /, b: int = 2, *c, d, **e): return a\nout += [inspect.signature(f), f(1, d=2), f.__defaults__, f.__code__.co_firstlineno, f.__code__.co_varnames]",
    "decorated line": "import functools\n\n@functools.wraps(len)\ndef f(a):\n    return 1\nout.append(f.__code__.co_firstlineno)",
    "finally": "def f():\n    try:\n        return 1\n    finally:\n        out.append('f')\ndef g():\n    for i in range(3):\n        try:\n            continue\n        finally:\n            out.append(i)\nout.append(f()); g()",
    "return in finally": "def f():\n    try:\n        1 / 0\n    finally:\n        return 'kept'\nout.append(f())",
    "with": "from contextlib import contextmanager\n@contextmanager\ndef c():\n    out.append('in')\n    try:\n        yield 5\n    except KeyError:\n        out.append('caught')\nwith c() as v, c():\n    out.append(v)\n    raise KeyError",
    "match": "def f(x):\n    match x:\n        case [a, *rest] if a:\n            return a, rest\n        case {'k': v, **more}:\n            return v, more\n        case _:\n            return None\nout += [f([1, 2]), f({'k': 1, 'z': 2}), f(3)]",
    "walrus": "if (n := 10) > 5:\n    out.append(n)\nout.append([y := 1, y ** 2])",
    "comprehension": "xs = [1, 2]\nout += [[x * len(xs) for x in xs], {x: 1 for x in xs}, sum(x for x in xs)]",
    "star targets": "a, *b = 1, 2, 3\n(c, [d, e]) = 1, (2, 3)\nfor i, (j, k) in [(1, (2, 3))]:\n    out += [a, b, c, d, e, i, j, k]",
    "deleted names": "x = 1\ndel x\nfor i in [1]:\n    x = i\n    del x\nout.append('x' in dir())",
    "except name": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    out.append(str(e))\nout.append('e' in dir())",
    "loop else": "for i in range(2):\n    pass\nelse:\n    out.append('else')\nwhile True:\n    break\nelse:\n    out.append('no')",
    "lifetime": "import weakref\nclass C: pass\ndef f(x):\n    r = weakref.ref(x)\n    return r\nc = C()\nr = f(c)\ndel c\nout.append(r() is None)\nc = C(); r = weakref.ref(c); c = None\nout.append(r() is None)",
    "exit": "import sys\ndef f():\n    sys.exit(3)\nf()",
    "warnings": "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n    def f():\n        warnings.warn('w', stacklevel=2)\n    f()\nout += [(str(e.message), e.lineno) for e in w]",
    "frames": "import sys\ndef f():\n    g = sys._getframe(1)\n    return g.f_code.co_name, g.f_lineno\ndef h():\n    return f()\nout += [h(), f()]",
    "exec and eval": "x = 2\nexec('y = x + 1')\nout += [y, eval('x * y')]",
    "closures in a loop": "fs = []\nfor i in range(100):\n    def f(a, i=i):\n        return a + i\n    fs.append(f)\nout.append(sum(f(1) for f in fs for _ in range(2)))",
    "hot": "def f(n):\n    'doc'\n    if n % 2:\n        return n\n    return -n\nout.append(sum(f(i) for i in range(5000)))",
    "hot closure": "def make(k):\n    def f(n):\n        return n + k\n    return f\nf = make(2)\nout.append(sum(f(i) for i in range(1000)))\ng = make(3)\nout.append(sum(g(i) for i in range(1000)))",
    "hot with failures": "def f(n):\n    if n % 3 == 0:\n        raise ValueError(n)\n    return n\ngot = 0\nfor i in range(1000):\n    try:\n        got += f(i)\n    except ValueError as e:\n        got -= len(e.args)\nout.append(got)",
    "shadowed builtins": "BaseException = None\ndef f(): return 1\nTrue_ = 0\nout.append(f())",
    "empty bodies": "def f(): ...\ndef g(): pass\nclass C: pass\nclass D:\n    'doc'\nout += [f(), g(), C.__doc__, D.__doc__]",
    "annotations": "x: int = 1\ny: str\nclass C:\n    z: int = 2\nout += [__annotations__, C.__annotations__, C.z]",
    "semicolons": "a = 1; b = a; out.append(b)\nif a: b = 2; out.append(b)",
    "hostile": "class H:\n    def __getattr__(self, n): raise RuntimeError(n)\n    def __repr__(self): raise SystemExit(9)\n    def __eq__(self, o): raise KeyboardInterrupt\n    __hash__ = None\n    def __len__(self): raise MemoryError\ndef f(h): return h\nh = f(H())\nout.append(type(h).__name__)",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_behaves_as_without_us(name: str) -> None:
    assert show(PROGRAMS[name])


def test_functions_can_be_pickled_by_reference_and_their_source_can_be_found(tmp_path: Any) -> None:
    text = "def f(a):\n    return a + 1\n\n\nclass C:\n    def m(self):\n        return 2\n"
    path = tmp_path / "program.py"
    path.write_text(text)
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile_watched_text(text, filename=str(path)), names)  # noqa: S102
    assert inspect.getsource(names["f"]) == "def f(a):\n    return a + 1\n"
    assert inspect.getsource(names["C"].m).strip() == "def m(self):\n        return 2"
    globals()["f"] = names["f"]
    assert pickle.loads(pickle.dumps(names["f"]))(1) == 2  # noqa: S301


@pytest.mark.parametrize(
    "text", ["def f(:", "return 1", "x = 1\n  y", "def f():\n    nonlocal z", "await f()"]
)
def test_what_is_no_python_is_refused_as_python_refuses_it(text: str) -> None:
    with pytest.raises(SyntaxError) as plain:
        compile_alone(text, "program.py", "exec")
    with pytest.raises(SyntaxError) as watched:
        compile_watched_text(text)
    assert (watched.value.msg, watched.value.lineno) == (plain.value.msg, plain.value.lineno)


def test_what_the_compiler_warns_of_is_told_once() -> None:
    with pytest.warns(SyntaxWarning) as told:
        compile_watched_text("def f(x):\n    return x is 1\n")
    assert len(told) == 1


def test_a_text_without_functions_and_suites_is_the_same_code() -> None:
    text = "x = 1\nprint(x)\n"
    tracker = StepTracker(lambda kind, **fields: None, lambda name, value: None)
    code = tracker.compile(ast.parse(text), "program.py")
    assert code.co_code == compile_alone(text, "program.py", "exec").co_code


def test_who_speaks_of_tools_that_read_bytecode_has_no_functions_watched() -> None:
    assert reads_bytecode("from numba import njit")
    assert not reads_bytecode("import numpy")
    text = "import dis\n# numba\ndef f(a):\n    return a\n"
    code = compile_watched_text(text)
    (watched,) = [each for each in code.co_consts if isinstance(each, CodeType)]
    plain = compile_alone(text, "program.py", "exec")
    assert watched.co_code == next(each for each in plain.co_consts if isinstance(each, CodeType)).co_code
