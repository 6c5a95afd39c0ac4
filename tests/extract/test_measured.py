"""Which values of measures a saved notebook shows, and where it is not certain that it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.definition import Step
from provkg.facts.execution import Output
from provkg.facts.learning import Metric
from tests.extract.conftest import document_of

SETUP = """
from sklearn.metrics import accuracy_score, f1_score, confusion_matrix
from sklearn.svm import SVC
import numpy as np
model = SVC().fit(X, y)
p = model.predict(X)
"""


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": text}}


def facts(
    code: str, *outputs: dict[str, Any], before: str = "", options: ExtractOptions | None = None
) -> list[Any]:
    """The facts of a cell with these outputs, after a cell that trains a model."""
    document = document_of(SETUP + before, code)
    first, second = document.cells
    document = replace(document, cells=(first, replace(second, outputs=outputs)))
    return [fact for fact_set in extract_facts(document, options) for fact in fact_set.facts]


def values(code: str, *outputs: dict[str, Any], **given: Any) -> list[float | None]:
    return [fact.value for fact in facts(code, *outputs, **given) if isinstance(fact, Metric)]


@pytest.mark.parametrize(
    ("code", "shown", "value"),
    [
        ("accuracy_score(y, p)", "0.93", 0.93),
        ("accuracy_score(y, p)", "np.float64(0.93)", 0.93),
        ("accuracy_score(y, p)", "1", 1.0),
        ("m = accuracy_score(y, p)\nm", "0.93", 0.93),
        ("a, b = accuracy_score(y, p), 3\na", "0.93", 0.93),
        ("round(accuracy_score(y, p), 2)", "0.93", 0.93),
        ("model.score(X, y)", "-1.5e-05", -1.5e-05),
        ("accuracy_score(y, p) * 100", "93.0", None),
        ("m = accuracy_score(y, p)\nm += 1\nm", "1.93", None),
        ("m = accuracy_score(y, p)\nif q:\n    m = 3\nm", "3", None),
        ("m = accuracy_score(y, p)\nfor m in range(3): pass\nm", "2", None),
        ("accuracy_score(y, p)\n3", "3", None),
        ("confusion_matrix(y, p)", "array([[1, 2], [3, 4]])", None),
        ("accuracy_score(y, p)", "nan", None),
        ("accuracy_score(y, p)", "0.93 is the answer", None),
    ],
)
def test_the_result_of_a_cell_is_the_value_of_the_measure_that_it_ends_with(
    code: str, shown: str, value: float | None
) -> None:
    assert values(code, result(shown)) == [value]


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("print(accuracy_score(y, p))", "0.93\n", 0.93),
        ("print('acc', accuracy_score(y, p))", "acc 0.93\n", 0.93),
        ("s = accuracy_score(y, p)\nprint('acc:', s, sep='')", "acc:0.93\n", 0.93),
        ("s = accuracy_score(y, p)\nprint(f'Accuracy: {s:.3f}')", "Accuracy: 0.930\n", 0.93),
        ("print(f'Accuracy: {accuracy_score(y, p):.1%}')", "Accuracy: 93.5%\n", 0.935),
        ("print('Accuracy: %.2f' % accuracy_score(y, p))", "Accuracy: 0.93\n", 0.93),
        ("print('%s got %6.3f%%' % ('SVC', accuracy_score(y, p)))", "SVC got  0.930%\n", 0.93),
        ("print('{}: {:.2f}'.format('SVC', accuracy_score(y, p)))", "SVC: 0.93\n", 0.93),
        ("print('{1:.2f} of {0}'.format(who, accuracy_score(y, p)))", "0.93 of it\n", 0.93),
        ("print('{a:.2f}'.format(a=accuracy_score(y, p)))", "0.93\n", 0.93),
        ("print('Accuracy: ' + str(accuracy_score(y, p)))", "Accuracy: 0.93\n", 0.93),
        ("print('Accuracy: ' + str(round(accuracy_score(y, p), 2)))", "Accuracy: 0.93\n", 0.93),
        ("print('=' * 5)\nprint('acc', accuracy_score(y, p))", "=====\nacc 0.93\n", 0.93),
        ("print('acc\\n', accuracy_score(y, p))", "acc\n 0.93\n", 0.93),
        ("print(f'acc {accuracy_score(y, p)}, n = {len(y)}')", "acc 0.93, n = 150\n", 0.93),
        ("print(f'{accuracy_score(y, p):,.2f}')", "1,234.50\n", 1234.5),
        ("s = accuracy_score(y, p)\nprint(s)\nprint(f'{s:.2f}')", "0.9333\n0.93\n", 0.9333),
        ("fit()\nprint('acc', accuracy_score(y, p))", "1/1 - 0s\nacc 0.93\n", 0.93),
        ("print('acc', accuracy_score(y, p) * 100)", "acc 93.0\n", None),
        ("print(f'acc {100 * accuracy_score(y, p):.2f}')", "acc 93.00\n", None),
        ("print('acc %d' % accuracy_score(y, p))", "acc 0\n", None),
        ("print(f'acc {accuracy_score(y, p)!r}')", "acc 0.93\n", None),
        ("print('acc', accuracy_score(y, p), file=log)", "acc 0.93\n", None),
        ("print(f'acc {accuracy_score(y, p):.3f}')", "acc 0.93\n", None),
        ("print('acc', accuracy_score(y, p))", "accuracy 0.93\n", None),
        ("print('acc', accuracy_score(y, p))", "acc 0.93\nacc 0.94\n", None),
        ("print('now', end=' ')\nprint('acc', accuracy_score(y, p))", "now acc 0.93\n", None),
        ("s = accuracy_score(y, p)\nprint(s)\nprint(f'{s:.2f}')", "0.9333\n0.83\n", None),
    ],
)  # fmt: skip
def test_a_printed_line_shows_the_value_where_it_is_what_the_print_writes(
    code: str, text: str, value: float | None
) -> None:
    assert values(code, printed(text)) == [value]


TWO = "print('acc', accuracy_score(y, p))\nprint('acc', accuracy_score(y, q))"


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (TWO, "acc 0.9\nacc 0.8\n", [0.9, 0.8]),
        (TWO, "acc 0.9\nacc 0.8\nacc 0.7\n", [None, None]),
        (TWO, "acc 0.9\n", [None, None]),
        ("print(accuracy_score(y, p), f1_score(y, p))", "0.9 0.8\n", [0.9, 0.8]),
        ("print(accuracy_score(y, p))\nprint(f1_score(y, p))", "0.9\n0.8\n", [0.9, 0.8]),
        ("print(len(y))\nprint(f1_score(y, p))", "150\n0.8\n", [0.8]),
        ("print(f1_score(y, p))\nshow()", "0.8\n150\n", [None]),
    ],
)
def test_prints_in_a_row_are_told_apart_by_their_order(
    code: str, text: str, expected: list[float | None]
) -> None:
    assert values(code, printed(text)) == expected


FUNCTION = "def tell(name):\n    s = accuracy_score(y, p)\n    print(name, 'accuracy:', s)\n"
LOOP = "for m in models:\n    print('accuracy:', accuracy_score(y, p))"


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("tell('SVC')", "SVC accuracy: 0.9\n", [0.9]),
        ("tell('one')\ntell('other')", "one accuracy: 0.9\nother accuracy: 0.8\n", [None]),
        (LOOP, "accuracy: 0.9\n", [0.9]),
        (LOOP, "accuracy: 0.9\naccuracy: 0.8\n", [None]),
        (LOOP + "\nprint('accuracy:', f1)", "accuracy: 0.9\n", [None]),
        ("if q:\n    print(accuracy_score(y, p))", "0.9\n", [None]),
        ("s = accuracy_score(y, p)\nif q:\n    print('accuracy:', s)", "accuracy: 0.9\n", [0.9]),
        ("s = accuracy_score(y, p)\nwhile q:\n    print('accuracy:', s)\n    s = 3", "accuracy: 0.9\n", [None]),
    ],
)  # fmt: skip
def test_a_print_that_may_run_any_number_of_times_shows_a_value_where_only_one_line_may_be_its(
    code: str, text: str, expected: list[float | None]
) -> None:
    assert values(code, printed(text), before=FUNCTION) == expected


def test_the_value_of_a_measure_in_a_function_is_that_of_the_cell_that_calls_it() -> None:
    found = facts("tell('SVC')", printed("SVC accuracy: 0.9\n"), before=FUNCTION)
    places = {fact.id: fact.index for fact in found if isinstance(fact, Step)}
    assert [(places[fact.step], fact.value) for fact in found if isinstance(fact, Metric)] == [(1, 0.9)]


def test_the_output_that_shows_a_value_is_named() -> None:
    found = facts(
        "print('a')\nprint('acc', accuracy_score(y, p))", printed("a\n"), result("7"), printed("acc 0.9\n")
    )
    (metric,) = [fact for fact in found if isinstance(fact, Metric)]
    outputs = [fact for fact in found if isinstance(fact, Output)]
    assert metric.value == 0.9
    assert metric.output == outputs[2].id


@pytest.mark.parametrize(
    "outputs",
    [
        [printed("acc 0.9\n"), {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}],
        [printed("acc 0.9\n" + "x" * 200_000)],
        [printed("acc 0.9\nOutput truncated to the last lines\n")],
        [{"output_type": "stream", "name": "stderr", "text": "acc 0.9\n"}],
        [printed("acc " + "9" * 10_000)],
        [],
    ],
)
def test_nothing_is_taken_from_an_output_that_is_not_whole(outputs: list[dict[str, Any]]) -> None:
    assert values("print('acc', accuracy_score(y, p))", *outputs) == [None]


def test_without_outputs_there_are_no_values() -> None:
    options = ExtractOptions(keep_outputs=False)
    assert values("accuracy_score(y, p)", result("0.93"), options=options) == [None]


def test_what_is_to_be_hidden_is_no_value() -> None:
    options = ExtractOptions(redact=(r"0\.93",))
    assert values("accuracy_score(y, p)", result("0.93"), options=options) == [None]
    assert values("print('acc', accuracy_score(y, p))", printed("acc 0.93\n"), options=options) == [None]


def test_hostile_outputs_take_no_longer_than_others() -> None:
    code = "print(f'{a} {b} {c} {d} {accuracy_score(y, p)} {e} {f} {g} x')"
    assert values(code, printed((" 1" * 240 + "\n") * 200)) == [None]
