"""A recorded program does what it does under Python alone: same output, same files, same end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

PROGRAMS = {
    "arguments": "import sys; print(sys.argv, sys.orig_argv[1:], len(sys.argv))",
    "main module": """
        import sys
        main = sys.modules["__main__"]
        print(__name__, __file__, __spec__, __package__, __doc__, type(__loader__).__name__, sorted(vars(main)))
    """,
    "import path": "import sys, os; print(sys.path[0], os.getcwd(), len(sys.path))",
    "environment": "import os; print(sorted(os.environ.items()))",
    "standard input": "import sys; print(input(), sys.stdin.read().upper(), sys.stdin.isatty())",
    "standard error": "import sys; print('out'); print('err', file=sys.stderr); sys.stderr.write('no line feed')",
    "exit code": "import sys; sys.exit(3)",
    "exit message": "import sys; sys.exit('that was wrong')",
    "exit with None": "raise SystemExit",
    "exit from a function": "def f():\n    raise SystemExit(7)\ntry:\n    f()\nfinally:\n    print('finally')",
    "hard exit": "import os; print('gone', flush=True); os._exit(9)",
    "exception": "def f(x):\n    return 1 / x\nprint('before')\nf(0)",
    "chained exception": """
        def f():
            try:
                {}["missing"]
            except KeyError as error:
                raise ValueError("no such thing") from error
        f()
    """,
    "exception with notes": "e = RuntimeError('x')\ne.add_note('a note')\nraise e",
    "exception group": "raise ExceptionGroup('several', [ValueError(1), TypeError('two')])",
    "exception of another module": "import helper\nhelper.fail()",
    "deep recursion": "def f(n):\n    return f(n + 1)\ntry:\n    f(0)\nexcept RecursionError as e:\n    print('deep', e)",
    "syntax error": "print('never'\nx = = 1\n",
    "own excepthook": """
        import sys, traceback
        def hook(kind, value, tb):
            print("hook", kind.__name__, value, [f.name for f in traceback.extract_tb(tb)])
        sys.excepthook = hook
        def f():
            raise LookupError("mine")
        f()
    """,
    "failing excepthook": "import sys\ndef hook(*a):\n    raise SystemExit(5)\nsys.excepthook = hook\nraise ValueError",
    "last traceback": """
        import atexit, sys, traceback
        atexit.register(lambda: print([f.name for f in traceback.extract_tb(sys.last_traceback)]))
        def f():
            raise OSError(2, "none")
        f()
    """,
    "at exit": "import atexit\natexit.register(print, 'first registered')\natexit.register(print, 'second')\nprint('body')",
    "exception at exit": "import atexit\ndef f():\n    raise ValueError('late')\natexit.register(f)\nprint('body')",
    "threads": """
        import threading
        results = []
        def work(n):
            results.append(n)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(5)]
        [t.start() for t in threads]; [t.join() for t in threads]
        print(sorted(results), threading.active_count(), threading.current_thread().name)
    """,
    "failing thread": "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='worker')\nt.start(); t.join(); print('on')",
    "thread that outlives the main one": "import threading\ne = threading.Event()\nthreading.Thread(target=lambda: (e.wait(), print('late'))).start()\ne.set()",
    "asyncio": """
        import asyncio
        async def f(n):
            await asyncio.sleep(0)
            return n
        async def main():
            print(await asyncio.gather(f(1), f(2)))
            raise KeyError("from a task")
        asyncio.run(main())
    """,
    "asyncio subprocess": """
        import asyncio, sys
        async def main():
            p = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(6 * 7)", stdout=asyncio.subprocess.PIPE)
            print(await p.communicate(), p.returncode)
        asyncio.run(main())
    """,
    "multiprocessing by fork": """
        import multiprocessing as mp
        def work(n):
            return n * n
        if __name__ == "__main__":
            with mp.get_context("fork").Pool(2) as pool:
                print(pool.map(work, range(5)))
    """,
    "multiprocessing by spawn": """
        import multiprocessing as mp, os
        def work(n):
            return n * n, "PROVKG_CAPTURE" in os.environ
        if __name__ == "__main__":
            with mp.get_context("spawn").Pool(1) as pool:
                print(pool.map(work, range(3)))
    """,
    "fork": """
        import os
        print("before", flush=True)
        child = os.fork()
        if child == 0:
            open("child.txt", "w").write("c")
            os._exit(4)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """,
    "subprocesses": """
        import subprocess, sys
        print(subprocess.run(["echo", "hello"], capture_output=True, text=True))
        print(subprocess.run([sys.executable, "-c", "import sys; print(sys.argv, sys.path[0]); sys.exit(5)"]).returncode)
        print(subprocess.run("cat; exit 2", shell=True, input="in", text=True, capture_output=True))
        try:
            subprocess.run(["no-such-program-at-all"])
        except FileNotFoundError as error:
            print(error)
        try:
            subprocess.run(["false"], check=True)
        except subprocess.CalledProcessError as error:
            print(error)
    """,
    "python in another environment": "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import os; print(os.environ)'], env={}, capture_output=True, text=True).stdout)",
    "shell": "import os\nprint(os.system('exit 3'), os.popen('echo popen').read())",
    "killed": "import os, signal\nprint('x', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)",
    "segmentation fault": "import ctypes\nprint('x', flush=True)\nctypes.string_at(0)",
    "abort": "import os\nprint('x', flush=True)\nos.abort()",
    "interrupt": "import os, signal, atexit\natexit.register(print, 'bye')\nos.kill(os.getpid(), signal.SIGINT)\nprint('not reached')",
    "caught interrupt": "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt:\n    print('caught')",
    "own signal handler": """
        import signal
        class Late(Exception): pass
        def handler(*_):
            raise Late("by signal")
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            while True:
                open("data.txt").close()
        except Late as error:
            print(error)
        print(signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT).__name__)
    """,
    "generators": """
        def numbers():
            try:
                yield 1
                yield 2
            finally:
                print("closed")
        g = numbers(); print(next(g)); del g
        print(list(numbers()))
    """,
    "context and cleanup": """
        class Resource:
            def __enter__(self): print("enter"); return self
            def __exit__(self, *a): print("exit", a[0]); return True
            def __del__(self): print("deleted")
        with Resource() as r:
            raise ValueError
        del r
        print("end")
    """,
    "warnings": """
        import warnings
        warnings.warn("shown")
        warnings.warn("of the caller", stacklevel=2)
        def f():
            warnings.warn("old", DeprecationWarning, stacklevel=2)
        f()
        warnings.warn("beyond", DeprecationWarning, stacklevel=3)
    """,
    "pickles of what the program defines": """
        import pickle
        class Point:
            def __init__(self, x): self.x = x
        def f(): pass
        print(pickle.loads(pickle.dumps(Point(3))).x, pickle.loads(pickle.dumps(f)) is f, Point.__module__)
    """,
    "source of the program": "import inspect\ndef f(x):\n    # a comment\n    return x\nprint(inspect.getsource(f), inspect.signature(f))",
    "modules named as the standard library's": "import queue, helper\nprint(queue.MINE, helper.__name__, helper.__file__)",
    "a dataclass and its annotations": "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\nprint(A(), __annotations__, A.__annotations__)",
    "docstring": '"""What it does."""\nprint(__doc__)\nassert __doc__',
    "files of all kinds": """
        import os, tempfile, pathlib, shutil, json
        with open("a.txt", "w") as f: f.write("a")
        with open("a.txt", "a") as f: f.write("b")
        with open("a.txt", "r+") as f: print(f.read()); f.write("c")
        print(open("a.txt", "rb").read(), f.fileno if False else "")
        try:
            open("a.txt", "x")
        except FileExistsError as e:
            print(e)
        try:
            open("missing/b.txt")
        except FileNotFoundError as e:
            print(e, e.filename)
        os.rename("a.txt", "b.txt"); shutil.copy("b.txt", "c.txt"); os.remove("b.txt")
        pathlib.Path("d.json").write_text(json.dumps([1]))
        with tempfile.TemporaryDirectory() as place: pathlib.Path(place, "x").touch()
        fd = os.open("e.bin", os.O_CREAT | os.O_RDWR); print(fd); os.write(fd, b"e"); os.close(fd)
        os.truncate("e.bin", 0)
        print(sorted(os.listdir(".")))
    """,
    "all descriptors closed": "import os\nos.closerange(3, 4096)\nfd = os.open('a.txt', os.O_CREAT | os.O_WRONLY)\nprint(fd)\nos.write(fd, b'mine')\nopen('b.txt', 'w').write('x')",
    "descriptors": "f = open('data.txt')\nprint(f.fileno())",
    "sqlite": """
        import sqlite3
        c = sqlite3.connect("a.db")
        c.execute("create table t (x)"); c.execute("insert into t values (1)"); c.commit()
        print(c.execute("select * from t").fetchall(), c.row_factory, sqlite3.connect.__name__)
        c.set_trace_callback(print); c.execute("select 2")
        sqlite3.connect("missing/a.db")
    """,
    "hostile objects": """
        class Hostile(BaseException):
            def __str__(self): print("asked"); return "text"
            def __repr__(self): print("shown"); return "repr"
            def __eq__(self, other): raise RuntimeError("compared")
            __hash__ = None
        class Path:
            def __fspath__(self): print("path"); return "data.txt"
        print(open(Path()).read())
        raise Hostile(1)
    """,
    "recursion in an exception": "class E(Exception):\n    def __getattribute__(self, n):\n        raise ValueError(n)\nraise E('x')",
    "redirected streams": "import sys, io\nout, sys.stdout = sys.stdout, io.StringIO()\nprint('kept')\ntext = sys.stdout.getvalue()\nsys.stdout = out\nprint(repr(text))",
    "closed standard output": "import os\nos.close(1)\nopen('a.txt', 'w').write('x')",
    "logging": "import logging\nlogging.basicConfig(format='%(levelname)s %(module)s:%(lineno)d %(message)s')\nlogging.warning('w')\nlogging.exception('e')",
    "tracing": """
        import sys
        seen = []
        def tracer(frame, event, arg):
            seen.append((event, frame.f_code.co_name))
            return tracer
        def f():
            return open("data.txt").read()
        sys.settrace(tracer); f(); sys.settrace(None)
        print(seen)
    """,
    "limits": "import resource, sys\nprint(resource.getrlimit(resource.RLIMIT_NOFILE), sys.getrecursionlimit())",
    "garbage": "import gc\nclass A: pass\na = A(); a.me = a; del a\nprint(gc.isenabled(), gc.collect() >= 1, gc.get_threshold())",
    "execution of texts": "exec(compile('print(__name__); x = 1', 'text', 'exec'))\nprint(eval('x + 1'))\nexec('1 / 0')",
    "run as another main": "import runpy\nprint(runpy.run_path('helper.py')['VALUE'])",
}  # fmt: skip

ADDRESS = re.compile(r"0x[0-9a-f]+|refcount : \d+")
ARGUMENTS = ("first", "--option=1", "-q", "--tag", "ü x")


@dataclass(frozen=True)
class Done:
    """What a program did, as far as others can see it."""

    code: int
    output: str
    errors: str
    files: dict[str, bytes]


def run(command: list[str], place: Path) -> Done:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1", "PROVKG_X": "y"}
    done = subprocess.run(
        [*command, *ARGUMENTS],
        cwd=place,
        env=environment,
        input="one\ntwo\n",
        text=True,
        capture_output=True,
        timeout=120,
    )
    files = {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and ".provkg" not in path.parts and path.suffix != ".db"
    }
    return Done(done.returncode, ADDRESS.sub("0x0", done.stdout), ADDRESS.sub("0x0", done.stderr), files)


def prepare(place: Path, source: str) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / "program.py").write_bytes(textwrap.dedent(source).lstrip("\n").encode())
    (place / "helper.py").write_text("VALUE = 3\n\ndef fail():\n    raise ValueError('from the helper')\n")
    (place / "queue.py").write_text("MINE = True\n")
    (place / "data.txt").write_text("data\n")
    (place / ".provkg").mkdir()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_recorded_program_does_the_same_as_under_python(name: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    prepare(place, PROGRAMS[name])
    plain = run([sys.executable, "program.py"], place)
    prepare(place, PROGRAMS[name])
    recorded = run([sys.executable, "-m", "provkg", "run", "-q", "program.py"], place)
    assert recorded == plain
    assert len(list(place.glob(".provkg/runs/*/journal.jsonl"))) == 1


def test_the_program_is_found_by_other_paths_too(tmp_path: Path) -> None:
    place = tmp_path / "place"
    source = "import sys; print(__file__, sys.argv[0], sys.path[0])"
    prepare(place, source)
    (place / "sub").mkdir()
    (place / "sub" / "program.py").write_text(source)
    (place / "link.py").symlink_to(place / "sub" / "program.py")
    for path in ("./program.py", "sub/../sub/program.py", "link.py", str(place / "program.py")):
        plain = run([sys.executable, path], place)
        assert run([sys.executable, "-m", "provkg", "run", "-q", path], place) == plain


def test_signals_that_are_sent_to_provkg_reach_the_program(tmp_path: Path) -> None:
    place = tmp_path / "place"
    prepare(
        place,
        """
        import signal, sys
        def end(*_):
            print("told to end", flush=True)
            sys.exit(6)
        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        signal.pause()
        """,
    )
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "provkg", "run", "-q", "program.py"]
    with subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[0] == "told to end\n"
    assert process.returncode == 6
