from __future__ import annotations

from tests.capture.conftest import Observe, of


def test_calls_are_gathered_by_the_place_that_they_come_from(observe: Observe) -> None:
    told = observe("def f(a, b=2, *c, **d):\n    return a + b\nx = f(1)\nfor i in range(3):\n    f(i, 5)\n")
    (call,) = of(told, "call")
    first, second = call["sites"]
    assert (call["function"], call["line"], call["count"], call["is_complete"]) == ("f", 1, 4, True)
    assert (first["span"], first["count"], first["first"]["result"]) == ([3, 4, 3, 8], 1, 3)
    assert (second["span"], second["count"]) == ([5, 4, 5, 11], 3)
    assert second["first"] == {"n": 2, "arguments": {"a": 0, "b": 5, "c": "()", "d": "{}"}, "result": 5}
    assert second["last"]["arguments"]["a"] == 2


def test_a_million_calls_need_little_space_and_are_counted_exactly(observe: Observe) -> None:
    told = observe("def f(n):\n    return n\nfor i in range(100_000):\n    f(i)\n")
    (call,) = of(told, "call")
    assert (call["count"], call["is_complete"]) == (100_000, False)
    (site,) = call["sites"]
    assert site["count"] < 100
    assert site["first"]["result"] == 0
    assert 50_000 < site["last"]["n"] <= 100_000
    assert site["last"]["result"] == site["last"]["n"] - 1


def test_recursion_is_counted_exactly(observe: Observe) -> None:
    told = observe("def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nx = fib(15)\n")
    (call,) = of(told, "call")
    assert call["count"] == 1973
    top = next(site for site in call["sites"] if site["caller"] == "")
    assert (top["first"]["arguments"], top["first"]["result"]) == ({"n": 15}, 610)


def test_calls_within_calls_say_who_calls(observe: Observe) -> None:
    told = observe("def g(x):\n    return x\ndef f(x):\n    return g(x) + 1\nf(1)\n")
    assert {call["function"]: call["sites"][0]["caller"] for call in of(told, "call")} == {"g": "f", "f": ""}


def test_a_failure_is_counted_with_its_exception(observe: Observe) -> None:
    told = observe(
        "def f(x):\n    return 1 / x\nfor x in [0, 1]:\n    try:\n        f(x)\n    except ZeroDivisionError:\n        pass\n"
    )
    (site,) = of(told, "call")[0]["sites"]
    assert (site["count"], site["failures"]) == (2, 1)
    assert site["first"]["error"] == "ZeroDivisionError"
    assert site["last"]["result"] == 1.0


def test_what_a_library_calls_is_told_at_the_place_that_called_the_library(observe: Observe) -> None:
    told = observe("from functools import reduce\ndef f(a, b):\n    return a + b\nx = reduce(f, [1, 2, 3])\n")
    assert [site["span"] for site in of(told, "call")[0]["sites"]] == [[4, 4, 4, 24]]


def test_methods_tell_the_class_of_their_object_and_not_what_is_in_it(observe: Observe) -> None:
    told = observe(
        "class C:\n    def __init__(self, a):\n        self.a = a\n    def m(self):\n        return self.a\nC(1).m()\n"
    )
    assert {call["function"]: call["sites"][0]["first"]["arguments"] for call in of(told, "call")} == {
        "C.__init__": {"self": {"type": "__main__.C"}, "a": 1},
        "C.m": {"self": {"type": "__main__.C"}},
    }


def test_generators_and_coroutines_are_counted(observe: Observe) -> None:
    told = observe("def g(n):\n    yield n\nlist(g(1)); list(g(2))\n")
    (call,) = of(told, "call")
    assert (call["function"], call["count"]) == ("g", 2)


def test_code_that_is_sent_to_another_process_tells_nobody() -> None:
    import pickle

    from provkg.capture.calls import Callers, WatchedFunction
    from provkg.capture.instrument import FunctionSite

    watched = WatchedFunction(FunctionSite("f", "a.py", 1), Callers(lambda name, value: None))
    probes = pickle.loads(pickle.dumps(watched))  # noqa: S301
    probes.enter((1,))
    assert probes.leave(5) == 5
    assert probes.told()["sites"] == []


def test_what_summaries_do_is_not_told(observe: Observe) -> None:
    def nosy(name: str, value: object) -> object:
        return value.size() if hasattr(value, "size") else value

    told = observe(
        "class C:\n    def size(self):\n        return 1\ndef f(c):\n    return c.size()\nf(C())\n",
        summarise=nosy,
    )
    assert {call["function"]: call["count"] for call in of(told, "call")} == {"f": 1, "C.size": 2}
    assert [site["count"] for call in of(told, "call", function="C.size") for site in call["sites"]] == [1]
