from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from provkg.capture.ipython import HIDDEN, KernelTracker
from provkg.capture.steps import StepTracker
from tests.capture.conftest import ends, of, shown

IPython = pytest.importorskip("IPython")

Record = dict[str, Any]
Run = Callable[..., list[Record]]


class Kernel:
    """A shell whose cells are followed."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        InteractiveShell.clear_instance()
        self.shell = InteractiveShell.instance()
        self.told: list[Record] = []
        tracker = StepTracker(
            lambda kind, **fields: self.told.append({"k": kind, **fields}),
            shown,
            hidden=lambda name: HIDDEN.fullmatch(name) is not None,
        )
        self.tracker = KernelTracker(self.shell, tracker, lambda filename: None)
        self.tracker.start()

    def run(self, *cells: str, **options: Any) -> list[Record]:
        """What was told of these cells."""
        self.told.clear()
        for cell in cells:
            self.shell.run_cell(cell, **{"store_history": True, **options})
        return list(self.told)


@pytest.fixture
def kernel(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    kernel = Kernel()
    yield kernel
    kernel.tracker.stop()
    kernel.shell.history_manager.end_session()
    type(kernel.shell).clear_instance()


def flow(told: list[Record]) -> list[tuple[list[str], list[str]]]:
    return [(end["reads"], sorted({*end["writes"], *end["changes"]})) for end in ends(told)]


def test_cells_are_told_in_the_order_in_which_they_ran(kernel: Kernel) -> None:
    told = kernel.run("a = 1", "b = a + 1", "a = 5", "b = a + 1")
    assert flow(told) == [([], ["a"]), (["a"], ["b"]), ([], ["a"]), (["a"], ["b"])]
    assert [end["count"] for end in ends(told)] == [1, 2, 3, 4]
    starts = of(told, "step", event="start")
    assert [start["code"] for start in starts] == ["a = 1", "b = a + 1", "a = 5", "b = a + 1"]
    assert starts[1]["digest"] == starts[3]["digest"]


def test_a_cell_says_its_id_where_the_front_end_gives_it(kernel: Kernel) -> None:
    assert of(kernel.run("1", cell_id="7f3e"), "step", event="start")[0]["cell"] == "7f3e"


def test_results_and_displays_are_told_by_digest_and_preview(kernel: Kernel) -> None:
    told = kernel.run("from IPython.display import display, HTML\ndisplay(HTML('<b>'))\n1 + 1")
    outputs = of(told, "output")
    assert [(each["index"], each["output"], each["mime"]) for each in outputs] == [
        (0, "display_data", "text/plain"),
        (0, "display_data", "text/html"),
        (1, "execute_result", "text/plain"),
    ]
    assert outputs[1]["digest"] == "sha256:" + hashlib.sha256(b"<b>").hexdigest()
    assert (outputs[2]["preview"], outputs[2]["size"]) == ("2", 1)


def test_what_is_printed_is_told_as_one_output_for_each_stretch_of_a_stream(
    kernel: Kernel, capsys: pytest.CaptureFixture[str]
) -> None:
    told = kernel.run(
        "import sys\nprint('a'); print('b')\nprint('e', file=sys.stderr)\nprint('c')", "print('d')"
    )
    assert [(each["stream"], each["preview"], each["size"]) for each in of(told, "output")] == [
        ("stdout", "a\nb\n", 4),
        ("stderr", "e\n", 2),
        ("stdout", "c\n", 2),
        ("stdout", "d\n", 2),
    ]
    assert of(told, "output")[0]["digest"] == "sha256:" + hashlib.sha256(b"a\nb\n").hexdigest()
    assert capsys.readouterr().out == "a\nb\nc\nd\n"


def test_an_output_that_is_long_is_told_by_its_beginning_and_its_digest(kernel: Kernel) -> None:
    (output,) = of(kernel.run("print('x' * 100_000, end='')"), "output")
    assert (len(output["preview"]), output["size"]) == (2000, 100_000)
    assert output["digest"] == "sha256:" + hashlib.sha256(b"x" * 100_000).hexdigest()


@pytest.mark.parametrize(
    ("cell", "exception"),
    [("1 / 0", "ZeroDivisionError"), ("def f(:", "SyntaxError"), ("raise SystemExit(3)", "SystemExit")],
)
def test_an_error_ends_its_cell_as_failed(kernel: Kernel, cell: str, exception: str) -> None:
    (end,) = ends(kernel.run(cell))
    assert (end["status"], end["error"]["exception"]) == ("failed", exception)
    assert "instrument.py" not in end["error"]["traceback"]


def test_functions_of_other_cells_are_told_at_the_place_that_calls_them(kernel: Kernel) -> None:
    told = kernel.run("def f(x):\n    return x + 1", "[f(i) for i in range(2)]")
    (call,) = of(told, "call")
    second = ends(told)[1]
    assert (call["count"], call["sites"][0]["span"], call["sites"][0]["file"]) == (
        2,
        [1, 1, 1, 5],
        second["files"][0],
    )


def test_what_front_ends_ask_in_silence_is_no_step(kernel: Kernel) -> None:
    assert kernel.run("a = 1", silent=True, store_history=False) == []
    assert kernel.run("a = 1", store_history=False) == []


def test_magics_and_awaits_run_as_ever(kernel: Kernel) -> None:
    told = kernel.run("%%capture\na = 1", "%time b = a", "import asyncio\nawait asyncio.sleep(0)\nc = b")
    assert [end["status"] for end in ends(told)] == ["completed"] * 3
    assert kernel.shell.user_ns["c"] == 1
    assert flow(told)[2] == (["b"], ["asyncio", "c"])


def test_turning_it_off_leaves_no_trace(kernel: Kernel) -> None:
    from IPython.core.compilerop import CachingCompiler

    before = set(vars(kernel.shell.display_pub)) - {"publish", "clear_output"}
    kernel.tracker.stop()
    assert kernel.run("a = 1") == []
    assert type(kernel.shell.compile) is CachingCompiler
    assert set(vars(kernel.shell.display_pub)) == before
    assert "write_format_data" not in vars(kernel.shell.displayhook)
    kernel.tracker.start()
    assert flow(kernel.run("b = a")) == [(["a"], ["b"])]


def test_the_names_of_ipython_are_nobodys_values(kernel: Kernel) -> None:
    told = kernel.run("1", "_ + 1", "_x = _1")
    assert [each["name"] for each in of(told, "value")] == ["_x"]
