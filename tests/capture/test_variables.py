from __future__ import annotations

from typing import Any

from tests.capture.conftest import Observe, of


def assigned(told: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            each["name"],
            each["line"],
            each["count"],
            each["summary"],
            [tuple(source) for source in each["from"]],
        )
        for each in of(told, "value")
        if "line" in each
    ]


def test_each_assignment_tells_its_value_and_what_it_was_computed_from(observe: Observe) -> None:
    told = observe("a = 1\nb = a + 1\na = b\n", "variable")
    assert assigned(told) == [("a", 1, 1, 1, []), ("b", 2, 1, 2, [("a", 1)]), ("a", 3, 1, 2, [("b", 2)])]


def test_a_loop_tells_the_first_and_the_last_value(observe: Observe) -> None:
    told = observe("t = 0\nfor i in range(1000):\n    t += i\n", "variable")
    (total,) = of(told, "value", name="t", line=3)
    assert (total["count"], total["first"], total["summary"], total["n"]) == (1000, 0, 499500, 1000)
    assert {tuple(source) for source in total["from"]} == {("i", 2), ("t", 1), ("t", 3)}


def test_an_element_or_attribute_that_is_set_changes_its_object(observe: Observe) -> None:
    told = observe("d = {}\nk = 1\nd['a'] = k\n", "variable")
    (change,) = of(told, "value", name="d", line=3)
    assert change["change"]
    assert sorted(map(tuple, change["from"])) == [("d", 1), ("k", 2)]


def test_local_variables_of_functions_are_told_with_their_scope(observe: Observe) -> None:
    told = observe("def f(x):\n    y = x + 1\n    return y\nf(1)\n", "variable")
    assert [(each["name"], each["scope"], each["summary"]) for each in of(told, "value", line=2)] == [
        ("y", "f", 2)
    ]


def test_targets_of_loops_and_with_statements_are_told(observe: Observe) -> None:
    text = "from contextlib import nullcontext\nwith nullcontext(3) as a, nullcontext() as b:\n    for i, (j, *k) in [(1, (2, 3))]:\n        pass\n"
    told = observe(text, "variable")
    assert [(name, line) for name, line, *_ in sorted(assigned(told))] == [
        ("a", 2),
        ("b", 2),
        ("i", 3),
        ("j", 3),
        ("k", 3),
    ]


def test_objects_are_not_kept_alive(observe: Observe) -> None:
    told = observe(
        "import weakref\nclass C: pass\nc = C()\nr = weakref.ref(c)\nc = None\nx = r() is None\n", "variable"
    )
    assert of(told, "value", name="x")[0]["summary"] is True
