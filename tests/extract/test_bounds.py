"""Programs made to take long: what is gone through and what is found stay small, and a cut is a problem."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest

from provkg.extract import content, learning, values
from provkg.extract.constants import MOST_PARTS, to_constant
from provkg.extract.environment import MANY_NAMES, MANY_USES, MOST_CHANGED_NAMES, MOST_USES
from provkg.extract.expressions import MANY_ELEMENTS
from provkg.extract.files import MANY_LOCATORS
from provkg.extract.functions import CUT_SHORT, DEEP_CALLS, MOST_REPEATED, MOST_STATEMENTS
from provkg.extract.knowledge import load_knowledge
from provkg.extract.parameters import MANY_PARTS
from provkg.extract.parts import LONGEST_SUM
from provkg.extract.training import MANY_MODELS
from provkg.extract.values import MISSING, MOST_ANCESTORS, Class, Frame, Value, content_of
from provkg.extract.walk import MANY_ANCESTORS, MANY_KEPT, Walk
from provkg.facts.definition import Step
from provkg.facts.factset import FactSet
from provkg.facts.learning import Training

Extract = Callable[..., list[FactSet]]
Flows = Callable[..., list[str]]

CALLS_OF_ALL = {
    "one statement each": "\n    ".join,
    "one list": lambda calls: f"return [{', '.join(calls)}]",
    "one lambda": lambda calls: f"return (lambda: ({', '.join(calls)}))()",
    "inside a block": lambda calls: "if x:\n        " + "\n        ".join(calls),
}


def walk_of(*steps: str) -> Walk:
    """The walk after these steps."""
    walk = Walk(load_knowledge(frozenset(), ()))
    for index, step in enumerate(steps):
        walk.run_step(f"s{index}", ast.parse(step).body)
    walk.finish()
    return walk


def messages(extract: Extract, *cells: str) -> list[str]:
    return [problem.message for problem in extract(*cells)[0].problems]


def mutual(count: int, write: Callable[[list[str]], str], before: str = "pass") -> str:
    """Functions each of which calls all of them, then a call of the first."""
    body = write([f"f{other}(x)" for other in range(count)])
    return "\n".join(f"def f{each}(x):\n    {before}\n    {body}" for each in range(count)) + "\nf0(d)\n"


@pytest.mark.parametrize("write", CALLS_OF_ALL.values(), ids=CALLS_OF_ALL)
def test_functions_that_all_call_each_other_cost_no_more_than_is_allowed(
    write: Callable[[list[str]], str],
) -> None:
    walk = walk_of("d = []", mutual(40, write))
    at_last = 24 * 40 + 40 * 40  # what the functions that are being called still have to do
    assert walk.visited <= min(walk.allowed, MOST_STATEMENTS) + 10 * at_last
    assert CUT_SHORT in walk.limits


def test_a_longer_program_is_allowed_no_more_than_most_statements() -> None:
    walk = walk_of("d = []", mutual(60, CALLS_OF_ALL["one statement each"], 'x["a"] = 1'))
    assert walk.allowed > 3 * MOST_STATEMENTS
    assert walk.visited < 2 * MOST_STATEMENTS


def test_cutting_calls_short_is_a_problem_of_the_first_place(extract: Extract) -> None:
    hog = mutual(30, CALLS_OF_ALL["one list"])
    inferred = extract("d = []", hog, "f0(d)")[0]
    (step,) = (each.id for each in inferred.facts if isinstance(each, Step) and each.index == 1)
    found = [(each.where, each.line) for each in inferred.problems if each.message == CUT_SHORT]
    assert found == [(step, len(hog.splitlines()))]


LETTERS = ", ".join(f"'{each}'" for each in range(200))
COLUMNS = "import pandas as pd\na = pd.read_csv('a.csv')\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"{COLUMNS}X = a[[{LETTERS}]]", MANY_ELEMENTS),
        (f"{COLUMNS}names = [{LETTERS}]\nX = a[names]", MANY_ELEMENTS),
        (f"{COLUMNS}d = [{'a.copy(), ' * 101}]", MANY_ELEMENTS),
        (f"{COLUMNS}d = {{{', '.join(f'{i}: a.copy()' for i in range(101))}}}", MANY_ELEMENTS),
        (f"{COLUMNS}for name in [{LETTERS}]:\n    pd.read_csv(name)", MANY_LOCATORS),
        (f"{COLUMNS}for name in [{LETTERS}]:\n    pd.read_csv('data/' + name)", MANY_LOCATORS),
        (f"{COLUMNS}for i in range(15):\n    pd.read_csv(f'{{i}}.csv')", MANY_LOCATORS),
        (
            "from sklearn.svm import SVC\nmodels = ["
            + "SVC(), " * 20
            + "]\nfor m in models:\n    m.fit(X, y)",
            MANY_MODELS,
        ),
        ("def f0(): pass\n" + "".join(f"def f{i + 1}(): f{i}()\n" for i in range(30)) + "f30()", DEEP_CALLS),
        (
            f"from sklearn.svm import SVC\nSVC(x=[{', '.join(str([1] * 99) for _ in range(99))}]).fit(X, y)",
            MANY_PARTS,
        ),
    ],
)
def test_what_is_left_out_is_a_problem_of_the_cell_that_loses_it(
    extract: Extract, code: str, message: str
) -> None:
    inferred = extract(code)[0]
    (problem,) = (each for each in inferred.problems if each.message == message)
    assert problem.where in {each.id for each in inferred.facts if isinstance(each, Step)}
    assert problem.line is not None


@pytest.mark.parametrize(
    "code",
    [
        f"numbers = [{', '.join(map(str, range(5000)))}]",
        f"words = [{LETTERS}]\nfor word in words:\n    print(word)",
        f"import matplotlib.pyplot as plt\n{COLUMNS}for name in [{LETTERS}]:\n    plt.hist(a[name])",
        f"names = {{{', '.join(f'{i}: {i}' for i in range(500))}}}",
        f"{COLUMNS}for i in range(1000):\n    print(a.head(i))",
        f"{COLUMNS}for name in ['a.csv', 'b.csv']:\n    pd.read_csv(name)",
        "def f(n):\n    return f(n - 1) if n else 0\nf(100)",
        "x = []\nfor i in range(1000):\n    x.append(i)",
    ],
)
def test_ordinary_programs_leave_nothing_out(extract: Extract, code: str) -> None:
    assert messages(extract, code) == []


def test_what_calls_do_is_known_where_they_are_cut_short(flows: Flows) -> None:
    assert "0 d 2" in flows("d = []", "def g(x):\n    return d", mutual(30, CALLS_OF_ALL["one list"], "g(x)"))


def test_functions_after_a_cut_are_still_gone_through(flows: Flows) -> None:
    hog = mutual(60, CALLS_OF_ALL["one statement each"])
    assert "1 e 2" in flows("d = []\n" + hog, "e = 1", "def late(x):\n    return e\nlate(0)")


def test_lambdas_that_make_lambdas_are_gone_through_no_more_than_is_allowed() -> None:
    walk = walk_of(
        "w = lambda x: (x(lambda y: x(y)), x(lambda z: x(z)))\nw(w)\nw(lambda u: w(lambda v: u(w)))"
    )
    assert walk.visited <= 2 * walk.allowed


def test_a_cut_short_call_notes_few_of_the_names_that_its_function_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("provkg.extract.functions.MOST_STATEMENTS", 200)
    names = [f"g{index}" for index in range(400)]
    walk = walk_of(
        "\n".join(f"{name} = 1" for name in names),
        "def f():\n    return [" + ", ".join(names) + "]",
        *["f()"] * 20,
    )
    assert CUT_SHORT in walk.limits
    assert sum(step == "s21" for step, _, _ in walk.uses) == MOST_REPEATED + 1


def test_uses_through_functions_are_not_noted_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provkg.extract.environment.MOST_USES", 100)
    cells = ["\n".join(f"g{index} = 1" for index in range(30)), "def f():\n    return ["]
    cells[1] += ", ".join(f"g{index}" for index in range(30)) + "]"
    walk = walk_of(*cells, *["f()"] * 30, "h = g1")
    assert MANY_USES in walk.limits
    through = [use for use in walk.uses if use[2] is not None]
    assert len(through) <= 100
    assert ("s32", "g1") in {(step, definition.name) for step, definition, _ in walk.uses}
    assert MOST_USES >= 100_000


def test_an_object_of_many_names_is_not_changed_under_all_of_them_without_end() -> None:
    names = [f"a{index} = d" for index in range(300)]
    walk = walk_of("d = []", *names, *["d.append(1)"] * 300)
    assert MANY_NAMES in walk.limits
    mutations = [each for each in walk.definitions.values() if each.kind == "mutation"]
    assert len(mutations) <= MOST_CHANGED_NAMES + 3 * 300
    assert ("s600", "d") in {(each.step, each.name) for each in mutations}


def test_an_object_in_many_literals_does_not_change_all_of_them_without_end(extract: Extract) -> None:
    names = [f"a{index} = [d]" for index in range(300)]
    assert MANY_NAMES in messages(extract, "d = []", *names, *["d.append(1)"] * 300)


def test_sixty_names_of_one_object_are_all_changed(flows: Flows) -> None:
    names = "\n".join(f"a{index} = d" for index in range(60))
    assert "2 a37 3" in flows("d = []", names, "d.append(1)\n" * 100, "a37")


def test_an_object_in_literals_in_literals_changes_each_of_them_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed: list[str] = []
    change_name = Walk.change_name

    def count(self: Walk, frame: Frame, name: str, *rest: Any) -> None:
        changed.append(name)
        change_name(self, frame, name, *rest)

    monkeypatch.setattr(Walk, "change_name", count)
    doubled = [f"x{index} = [x{index - 1}, x{index - 1}]" for index in range(1, 40)]
    walk_of("x0 = []", *doubled, "x0.append(1)")
    assert sorted(changed) == sorted(f"x{index}" for index in range(40))


def test_a_class_is_looked_into_once_however_many_ways_lead_to_it() -> None:
    walk = walk_of(
        "class A0: pass\nclass B0: pass",
        *[
            f"class A{index}(A{index - 1}, B{index - 1}): pass\nclass B{index}(A{index - 1}, B{index - 1}): pass"
            for index in range(1, 50)
        ],
    )
    code = walk.globals.variables["A49"].value.code
    assert isinstance(code, Class)
    assert [each.name for each in code.lineage][:2] == ["A49", "A48"]
    assert len(code.lineage) == 99
    assert not walk.limits


def test_the_first_base_that_has_a_method_gives_it(flows: Flows) -> None:
    program = """
class Root:
    def load(self): return b
class Left(Root): pass
class Right(Root):
    def load(self): return a
class Both(Left, Right): pass
Both().load()
"""
    assert flows("a = 1", "b = 2", program) == ["1 b 2"]


def test_a_method_thirty_classes_up_is_found(flows: Flows) -> None:
    chain = "\n".join(f"class C{index}(C{index - 1}): pass" for index in range(1, 31))
    assert flows("a = 1", f"class C0:\n    def load(self): return a\n{chain}\nC30().load()") == ["0 a 1"]


def test_a_class_of_too_many_ancestors_is_a_problem(extract: Extract) -> None:
    chain = "\n".join(f"class C{index}(C{index - 1}): pass" for index in range(1, MOST_ANCESTORS + 50))
    assert messages(extract, "class C0: pass\n" + chain) == [MANY_ANCESTORS]


def test_what_an_object_consists_of_is_looked_into_once_at_each_depth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    merged: list[int] = []

    def count(contents: Any) -> content.Content | None:
        merged.append(1)
        return content.merge_contents(contents)

    leaf = Value("list")
    leaf.content = content.Content(rows=frozenset(["read"]))
    nested = Value("list", items=[leaf] * 100)
    for _ in range(6):
        nested = Value("list", items=[Value("list", items=[nested] * 100)] * 100)
    monkeypatch.setattr(values, "merge_contents", count)
    assert content_of(Value("list", items=[Value("list", items=[leaf] * 100)] * 100)) is leaf.content
    assert content_of(nested) is None
    assert len(merged) < 20


def test_data_come_once_into_each_element() -> None:
    nested = leaf = Value()
    for _ in range(60):
        nested = Value("list", items=[nested, nested])
    nested.items.append(nested)  # type: ignore[union-attr]
    values.add_content(nested, content.Content(rows=frozenset(["read"])))
    assert leaf.content is not None


def test_a_literal_with_too_many_parts_is_no_constant() -> None:
    def square(side: int) -> Value:
        return Value("list", items=[Value("list", items=[Value("int", 1)] * side)] * side)

    assert to_constant(square(60)) == [[1] * 60] * 60
    assert to_constant(square(100)) is MISSING
    deep = Value("int", 1)
    for _ in range(6):
        deep = Value("list", items=[deep] * 90)
    assert to_constant(deep) is MISSING
    assert MOST_PARTS > 60 * 60


@pytest.mark.parametrize("double", ["x = x + x", "x = [*x, *x]", "x += x", "x.extend(x)", "x = x * 9"])
def test_a_list_doubled_sixty_times_keeps_few_elements_apart(double: str) -> None:
    walk = walk_of("x = [open('a'), open('b')]", *[double] * 60)
    assert len(walk.globals.variables["x"].value.items or ()) <= LONGEST_SUM


def test_statements_that_are_never_reached_are_left_out_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("provkg.extract.walk.MOST_KEPT_IN_ALL", 100)
    names = "\n".join(f"g{index} = [{index}]" for index in range(60))
    walk = walk_of(names, *["if False:\n    f()"] * 10)
    assert MANY_KEPT in walk.limits
    assert walk.kept < 1000
    assert len(walk.calls) < 10


def test_visits_of_one_call_with_and_without_named_columns_are_one_training(extract: Extract) -> None:
    program = """
import pandas as pd
from sklearn.svm import SVC
d = pd.read_csv("a.csv")
def fit(X):
    return SVC().fit(X, d["y"])
fit(d[["u"]]); fit(d)
"""
    assert extract(program)[0].problems == ()


def fits_in_a_function(count: int, calls: str) -> str:
    """A function that trains and measures some models, and calls of it."""
    body = "".join(
        f"    m{each} = SVC(C={each})\n    m{each}.fit(X, y)\n    accuracy_score(y, m{each}.predict(X))\n"
        for each in range(count)
    )
    imports = "from sklearn.svm import SVC\nfrom sklearn.metrics import accuracy_score\n"
    return f"{imports}def f(X):\n{body}\n{calls}"


def test_the_same_trainings_again_and_again_make_facts_once(
    extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    original = learning.parameters_of_training

    def counted(training: Training, *rest: Any) -> Any:
        made.append(training.id)
        return original(training, *rest)

    monkeypatch.setattr(learning, "parameters_of_training", counted)
    facts = extract(fits_in_a_function(20, "f(X)\n" * 60))[0].facts
    assert len(made) == sum(isinstance(each, Training) for each in facts) == 20


def test_a_training_on_other_data_is_told_with_both(extract: Extract) -> None:
    code = "import pandas as pd\na, b = pd.read_csv('a.csv'), pd.read_csv('b.csv')\n"
    facts = extract(code + fits_in_a_function(1, "f(a)\nf(a)\nf(b)\n"))[0].facts
    (training,) = (each for each in facts if isinstance(each, Training))
    assert len(training.trained_on) == 2


def test_measures_look_only_at_the_models_that_made_the_predictions(
    extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    original = learning.made_by

    def counted(maker: Any, group: Any) -> bool:
        asked.append(maker)
        return original(maker, group)

    monkeypatch.setattr(learning, "made_by", counted)
    extract(fits_in_a_function(40, "f(X)\n"))
    assert len(asked) == 40
