from __future__ import annotations

from typing import Any

from tests.capture.conftest import Observe, ends, of


def flow(told: list[dict[str, Any]]) -> list[tuple[list[str], list[str]]]:
    return [(end["reads"], sorted({*end["writes"], *end["changes"]})) for end in ends(told)]


def test_a_cell_reads_what_it_finds_and_writes_what_it_binds(observe: Observe) -> None:
    told = observe("# %%\na = 1\nb = 2\n# %%\nc = a\na = 3\n# %%\nprint(c, a)\n")
    assert flow(told) == [([], ["a", "b"]), (["a"], ["a", "c"]), (["a", "c"], [])]


def test_what_a_cell_binds_first_it_does_not_read(observe: Observe) -> None:
    told = observe("# %%\na = 1\n# %%\na = 2\nb = a\n")
    assert flow(told)[1] == ([], ["a", "b"])


def test_only_the_branch_that_ran_counts(observe: Observe) -> None:
    told = observe("# %%\na, b, c = 1, 2, 3\n# %%\nif a > 1:\n    d = b\nelse:\n    d = c\n")
    assert flow(told)[1] == (["a", "c"], ["d"])


def test_a_loop_that_never_ran_reads_nothing(observe: Observe) -> None:
    told = observe("# %%\nxs, y = [], 1\n# %%\nfor x in xs:\n    z = y\nelse:\n    w = 1\n")
    assert flow(told)[1] == (["xs"], ["w"])


def test_an_object_that_is_changed_in_place_is_written(observe: Observe) -> None:
    told = observe("# %%\nxs = [1]\n# %%\nxs.append(2)\n# %%\nlen(xs)\n")
    assert flow(told)[1:] == [(["xs"], ["xs"]), (["xs"], [])]
    assert [each["summary"] for each in of(told, "value", name="xs")] == ["[1]", "[1, 2]"]


def test_a_function_reads_globals_when_it_is_called(observe: Observe) -> None:
    told = observe("# %%\nk = 2\ndef f(x):\n    return x * k\n# %%\ny = 1\n# %%\nz = f(3)\n")
    assert flow(told)[1:] == [([], ["y"]), (["f", "k"], ["z"])]


def test_a_function_that_is_called_after_its_global_was_bound_anew_reads_the_new_one(
    observe: Observe,
) -> None:
    told = observe("# %%\nk = 2000\ndef f(x):\n    return x * k\n# %%\nk = 5000\nz = f(3)\n")
    assert flow(told)[1] == (["f"], ["k", "z"])


def test_a_hot_function_is_still_seen_in_the_next_step(observe: Observe) -> None:
    told = observe(
        "# %%\nk = 1\ndef f(x):\n    return x + k\n# %%\nfor i in range(1000):\n    f(i)\n# %%\nf(7)\n"
    )
    (last,) = of(told, "call")[1:]
    assert flow(told)[2] == (["f", "k"], [])
    assert (last["count"], last["sites"][0]["first"]["arguments"]) == (1, {"x": 7})


def test_names_that_are_deleted_are_told(observe: Observe) -> None:
    told = observe("# %%\na = 1\n# %%\ndel a\n")
    assert ends(told)[1]["deletes"] == ["a"]


def test_what_exec_and_star_imports_bind_is_seen(observe: Observe) -> None:
    told = observe("# %%\nexec('a = 1')\n# %%\nfrom math import *\n")
    assert flow(told)[0] == ([], ["a"])
    assert {"pi", "sin"} <= set(flow(told)[1][1])


def test_a_failed_step_says_where_it_stopped_and_counts_only_what_came_before(observe: Observe) -> None:
    told = observe("# %%\na, b = 1, 0\n# %%\nc = a\nd = a / b\ne = c\n")
    end = ends(told)[1]
    assert (end["status"], end["line"], end["error"]) == ("failed", 5, {"exception": "ZeroDivisionError"})
    assert (end["reads"], end["writes"]) == (["a", "b"], ["c"])


def test_a_step_without_an_end_is_the_one_that_was_running(observe: Observe) -> None:
    told = observe("# %%\na = 1\n# %%\nb = 2\n")
    assert [(each["n"], each["event"]) for each in of(told, "step")] == [
        (0, "start"), (0, "end"), (1, "start"), (1, "end"),
    ]  # fmt: skip


def test_modules_functions_and_classes_have_no_values(observe: Observe) -> None:
    told = observe("import math\ndef f(): pass\nclass C: pass\nc = C()\n")
    assert [each["name"] for each in of(told, "value")] == ["c"]


def test_whole_runs_are_left_alone(observe: Observe) -> None:
    assert observe("# %%\na = 1\n", "run") == []


def test_cells_without_calls_are_told_where_that_is_wished(observe: Observe) -> None:
    told = observe("# %%\ndef f(): return 1\n# %%\na = f()\n", "cell")
    assert flow(told)[1] == (["f"], ["a"])
    assert of(told, "call") == []
