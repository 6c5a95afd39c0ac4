"""What holds for every program: facts survive, graphs are valid, and the inferred flow is the observed one."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse, serialize

from provkg.extract.run import extract_facts
from provkg.facts.codec import decode_fact_sets, encode_fact_sets
from provkg.facts.factset import FactSet
from provkg.facts.learning import Dataset, LearningFact, Metric, Model, Training
from provkg.graph.builder import build_quads
from provkg.identity import digest_text
from provkg.report.labels import cell_dependencies, label_of
from provkg.sources.document import Cell, Document

BASE = "https://example.org/"
RELAXED = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

FRAGMENTS = [
    "x = 1", "y = x", "import pandas as pd", "df = pd.read_csv('a.csv')", "df['b'] = x", "df.to_csv(f'{x}.csv')",
    "def f(a, b=x):\n    global y\n    y = a\n    return g(b)", "g = lambda a: f(a)", "f(1)", "class A:\n    x = x\n    def m(self): return x",
    "A().m()", "for i in [1, 2]:\n    x = i\nelse:\n    y = 2", "while x:\n    x -= 1", "with open('a') as h:\n    h.read()",
    "try:\n    x\nexcept E as e:\n    y = e\nfinally:\n    del x", "match x:\n    case [y, *z]: pass\n    case {'a': y, **z}: pass",
    "[x for x in y if (z := x)]", "%cd data", "!wget {x}", "%%time", "%%bash\nls", "from m import *", "x = = 1", "print x",
    "from sklearn.svm import SVC\nm = SVC().fit(x, y)", "x.y.z[1] = x", "x += [y]", "a = b = [x]", "globals()['x'] = 3", "?x", "\ud800",
]  # fmt: skip

texts = st.text(st.characters(exclude_categories=()), max_size=60)
lines = st.one_of(texts, st.sampled_from(FRAGMENTS))
sources = st.lists(lines, max_size=5).map("\n".join)


@st.composite
def documents(draw: st.DrawFn, path: str = "nb.ipynb") -> Document:
    """Notebooks with any text in their cells, counts in any order."""
    written = draw(st.lists(sources, max_size=5))
    kinds = st.sampled_from(["code", "code", "code", "markdown", "raw"])
    counts = st.one_of(st.none(), st.integers(1, 6))
    cells = tuple(
        Cell(index, draw(kinds), source, execution_count=draw(counts)) for index, source in enumerate(written)
    )
    cells = tuple(cell if cell.kind == "code" else replace(cell, execution_count=None) for cell in cells)
    return Document(path, "notebook", "nbformat 4.5", "python", cells, digest_text("".join(written)), 1)


def quads_of(sets: list[FactSet]) -> list[Quad]:
    return [quad for fact_set in sets for quad in build_quads(fact_set, BASE)]


@RELAXED
@given(documents())
def test_facts_of_any_notebook_survive_json(document: Document) -> None:
    sets = extract_facts(document)
    assert list(decode_fact_sets(list(encode_fact_sets(sets)))) == sets


@RELAXED
@given(documents())
def test_any_text_in_a_cell_gives_a_valid_graph(document: Document) -> None:
    quads = quads_of(extract_facts(document))
    text = serialize(quads, format=RdfFormat.N_QUADS)
    assert set(parse(text, format=RdfFormat.N_QUADS)) == set(quads)


@RELAXED
@given(documents())
def test_extracting_twice_gives_the_same(document: Document) -> None:
    assert extract_facts(document) == extract_facts(document)


@RELAXED
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_change_the_graph(document: Document, random: Any) -> None:
    for fact_set in extract_facts(document):
        facts, problems = list(fact_set.facts), list(fact_set.problems)
        random.shuffle(facts)
        random.shuffle(problems)
        shuffled = replace(fact_set, facts=tuple(facts), problems=tuple(problems))
        assert build_quads(shuffled, BASE) == build_quads(fact_set, BASE)


@RELAXED
@given(documents("a.ipynb"), documents("b/c.ipynb"))
def test_two_documents_built_apart_and_joined_are_those_built_together(
    one: Document, other: Document
) -> None:
    apart = [*extract_facts(one), *extract_facts(other)]
    together = list(decode_fact_sets(list(encode_fact_sets(apart))))
    assert set(quads_of(together)) == set(quads_of(apart[: len(extract_facts(one))])) | set(
        quads_of(extract_facts(other))
    )


@RELAXED
@given(documents("a.ipynb"), documents("b/c.ipynb"))
def test_documents_share_no_graph_and_no_cell(one: Document, other: Document) -> None:
    first, second = quads_of(extract_facts(one)), quads_of(extract_facts(other))
    assert not {quad.graph_name for quad in first} & {quad.graph_name for quad in second}
    steps = re.compile(r"#v\w+\.cell-")
    subjects = [
        {str(quad.subject) for quad in quads if steps.search(str(quad.subject))} for quads in (first, second)
    ]
    assert not subjects[0] & subjects[1]


@RELAXED
@given(documents())
def test_every_fact_stands_in_a_known_step(document: Document) -> None:
    for fact_set in extract_facts(document):
        steps = {step.id for step in extract_facts(document)[0].facts if type(step).__name__ == "Step"}
        for fact in fact_set.facts:
            assert getattr(fact, "step", None) in {None, *steps}


@RELAXED
@given(documents())
def test_every_id_that_a_fact_points_at_is_there(document: Document) -> None:
    facts = [fact for fact_set in extract_facts(document) for fact in fact_set.facts]
    known = {fact.id for fact in facts if hasattr(fact, "id")}
    for fact in facts:
        for name in (
            "binding",
            "call",
            "file",
            "parent",
            "definition",
            "plan",
            "previous",
            "through",
            "step_run",
        ):
            value = getattr(fact, name, None)
            assert value is None or value in known, (name, fact)
        for name in (
            "derived_from",
            "holds",
            "receiver",
            "informed_by",
            "in_document_order",
            "in_execution_order",
        ):
            assert set(getattr(fact, name, ())) <= known, (name, fact)


# ---- machine learning: calls in any order ----

LEARNING = [
    "a = pd.read_csv('a.csv')", "b = pd.read_csv('b.csv')", "a = b", "a, b = b, a", "a = a.fillna(b.mean())", "a['z'] = a.x + b.x",
    "a = a.merge(b)", "a = a[['x', 'y', 'z']]", "a = a.drop(columns='z')", "del a['z']", "a.drop(columns='y', inplace=True)",
    "a = a.rename(columns={'z': 'x'})", "a, b = train_test_split(a, random_state=1)", "X1, X2, y1, y2 = train_test_split(a[['x']], a.y)",
    "a, y = a[['x']], a.y", "s = StandardScaler().fit(b)", "a = s.transform(a)", "m = SVC(C=2)", "m = n", "n = LinearRegression()", "m.fit(a, y)",
    "m.fit(X1, y1)", "n = m.fit(a[['x']], a['y'])", "cross_val_score(m, a, y, scoring='f1')", "m = make_pipeline(StandardScaler(), SVC())",
    "m = GridSearchCV(m, {'C': [1]}).fit(a, y)", "for i, j in KFold(3).split(a):\n    m = SVC().fit(a.iloc[i], y[i])\n    m.score(a.iloc[j], y[j])",
    "p = m.predict(b)", "a['p'] = m.predict(a)", "accuracy_score(y, p)", "m.score(X2, y2)", "def train(m, d):\n    m.fit(d[['x']], d.y)\n    return m",
    "n = train(SVC(), a)", "n = train(m, b)", "for m in [SVC(), n]:\n    m.fit(a, y)", "joblib.dump(m, 'm')", "n = joblib.load('m')", "np.random.seed(3)",
    "b = xgb.DMatrix(a[['x']], label=y)", "m = xgb.train({'eta': .1}, b, 9, evals=[(b, 'b')])", "r = smf.ols('y ~ x', data=a).fit()",
    "net = torch.nn.Linear(1, 1)", "opt = torch.optim.SGD(net.parameters(), lr=.1)", "loss = net(a).sum()", "loss.backward()", "opt.step()",
    "for e in range(3):\n    net(b).sum().backward()\n    opt.step()", "k = keras.Sequential()", "k.compile('adam')", "k.fit(a, y, epochs=2, validation_data=(b, y))",
]  # fmt: skip

LEARNING_IMPORTS = """\
import joblib, keras, numpy as np, pandas as pd, torch, xgboost as xgb
import statsmodels.formula.api as smf
from sklearn.linear_model import LinearRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC"""


@st.composite
def learning_programs(draw: st.DrawFn) -> Document:
    """Calls of libraries of machine learning, in any order, in a few cells."""
    calls = st.lists(st.sampled_from(LEARNING), min_size=1, max_size=6).map("\n".join)
    written = [LEARNING_IMPORTS, *draw(st.lists(calls, min_size=1, max_size=5))]
    cells = tuple(Cell(index, "code", source) for index, source in enumerate(written))
    return Document("nb.ipynb", "notebook", "nbformat 4.5", "python", cells, digest_text("".join(written)), 1)


@RELAXED
@given(learning_programs())
def test_facts_of_machine_learning_survive_json_and_give_a_valid_graph(document: Document) -> None:
    sets = extract_facts(document)
    assert list(decode_fact_sets(list(encode_fact_sets(sets)))) == sets
    quads = quads_of(sets)
    assert set(parse(serialize(quads, format=RdfFormat.N_QUADS), format=RdfFormat.N_QUADS)) == set(quads)
    label = label_of(sets)
    assert json.loads(json.dumps(label)) == label


@RELAXED
@given(learning_programs())
def test_what_facts_of_machine_learning_point_at_is_there(document: Document) -> None:
    facts = [fact for fact_set in extract_facts(document) for fact in fact_set.facts]
    identified = [fact.id for fact in facts if hasattr(fact, "id")]
    assert len(identified) == len(set(identified))
    known = set(identified)
    single = ("of", "model", "call", "binding", "construction", "step")
    several = (
        "data", "trained_on", "influenced_by", "validated_on", "derived_from", "models", "inputs", "parts", "bindings"
    )  # fmt: skip
    for fact in facts:
        if isinstance(fact, LearningFact):
            pointed = [getattr(fact, name, None) for name in single]
            pointed += [
                each
                for name in several
                if name != "models" or isinstance(fact, Metric)
                for each in getattr(fact, name, ())
            ]
            assert {each for each in pointed if each is not None} <= known, fact


@RELAXED
@given(learning_programs())
def test_a_model_has_trainings_and_no_data_that_they_lack(document: Document) -> None:
    facts = [fact for fact_set in extract_facts(document) for fact in fact_set.facts]
    for model in (fact for fact in facts if isinstance(fact, Model)):
        acts = [fact for fact in facts if isinstance(fact, Training) and fact.model == model.id]
        assert acts
        assert {each for act in acts for each in act.trained_on} <= set(model.trained_on)
        assert not set(model.trained_on) & set(model.influenced_by)


@RELAXED
@given(learning_programs())
def test_no_column_of_data_is_both_in_it_and_left_out(document: Document) -> None:
    for fact_set in extract_facts(document):
        for fact in fact_set.facts:
            if isinstance(fact, Dataset):
                assert not {*(fact.columns or ())} & {*fact.excluded}, fact


# ---- an oracle: run safe programs whose globals are traced, and compare the flow between cells ----

NAMES = ["a", "b", "c"]

EXPRESSIONS = [
    "{0}", "[{0}]", "[{0}, {1}]", "({0}, {1})", "str({0})", "[{1} for _ in range(2)]", "[a for a in [{0}]]",
    "(lambda a: [a])({0})", "(lambda: {0})()", "f'{{{0}}}'", "{{'k': {0}}}", "len(str({0}))", "[{0}][0]", "{0} == {1}",
    "[*{0}]", "{{**{{'k': {0}}}}}", "sorted(map(str, [{0}, {1}]))", "dict(k={0})['k']", "{{str(a) for a in [{0}]}}",
    "[b for a in [{0}] for b in [a, {1}]]", "isinstance({0}, int)", "list(map(lambda a: {1}, [{0}]))",
]  # fmt: skip

STATEMENTS = [
    "{x} = {e}", "{x} = {e}", "{x} = {e}", "{e}", "{e}", "{x} = {y} = {e}", "{x}, {y} = {e}, {g}", "{x}, *{y} = {e}, {g}", "del {x}",
    "with Quiet() as {x}:\n    {e}",
    "for {x} in [{e}]:\n    {y} = {x}", "try:\n    {x} = {e}\nfinally:\n    {y} = {g}", "{x}: int = {e}", "_ = [{x} := {e}]",
    "def local():\n    {x} = {e}\n    return {x}\nlocal()", "def local({x}={e}):\n    return {x}\nlocal()",
    "class K:\n    {x} = 1\n    {y} = 2", "class K:\n    def m(self): return {e}\nK().m()",
    "def reader():\n    return {e}", "reader()", "reader()", "def writer():\n    global {x}\n    {x} = [{e}]", "writer()", "writer()",
    "match {e}:\n    case {x}:\n        {y} = {x}",
    "def make(k):\n    return lambda: (k, {e})\nreader = make({g})",
]  # fmt: skip

BRANCHES = [
    *STATEMENTS, "if 1:\n    {x} = {e}", "if 0:\n    pass\nelse:\n    {x} = {e}", "while True:\n    {x} = {e}\n    break",
    "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {x} = {e}", "{x} = {e} if 1 else {g}", "{x} = {e} and {g}",
]  # fmt: skip

MUTATIONS = [
    # Each makes its object look different: that is how the observer knows.
    "{x} += [{e}]", "{x}.append({e})", "{x}['k'] = [{e}, str({x})]", "{x}[0] = [{x}[0], {e}]", "{x} = [[{e}]]", "{x} = {{'k': []}}", "{x} = {y}", "{x} = [{y}]",
    "{x}[0].append({e})", "for {x} in [{y}]:\n    {x}.append(1)", "def put(v):\n    v.append({e})\nput({x})",
    "{x} = {y}[0]", "{x}.extend([{y}])", "del {x}[0]", "def put():\n    {x}.append(2)\nput()",
]  # fmt: skip

atoms = st.sampled_from([*NAMES, *NAMES, "1", "2"])


@st.composite
def programs(draw: st.DrawFn, forms: list[str]) -> list[str]:
    """A few cells of one or two straight-line statements; the first binds the names."""

    def expression() -> str:
        return draw(st.sampled_from(EXPRESSIONS)).format(draw(atoms), draw(atoms))

    def statement(_: int) -> str:
        name = st.sampled_from(NAMES)
        return draw(st.sampled_from(forms)).format(x=draw(name), y=draw(name), e=expression(), g=expression())

    cells = [list(map(statement, range(draw(st.integers(1, 2))))) for _ in range(draw(st.integers(1, 6)))]
    # Python compiles other stores of a name beside a `global` statement of it to such stores as well.
    cells = [next(([each] for each in cell if "global" in each), cell) for cell in cells]
    return ["a = [1]\nb = [2]\nc = [3]", *map("\n".join, cells)]


class Quiet:
    """A context that gives a number."""

    def __enter__(self) -> int:
        return 1

    def __exit__(self, *_: object) -> None:
        return None


class Globals(dict[str, Any]):
    """The globals of a program that remember which cell bound or changed what, and who read it.

    `exec` looks names up through the methods of a subclass of `dict`, except in the bodies of classes, and
    stores them through them, except what `global` statements say, which shows in another
    value at the next look.
    """

    def __init__(self) -> None:
        super().__init__(Quiet=Quiet)
        self.cell = 0
        self.writers: dict[str, int] = {}
        self.known: dict[str, tuple[Any, str]] = {}
        self.flows: set[tuple[int, int, str]] = set()

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        self.look(name, value)
        if not name.startswith("__") and self.writers.get(name, self.cell) != self.cell:
            self.flows.add((self.writers[name], self.cell, name))
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.note(name, value)

    def __delitem__(self, name: str) -> None:
        self[name]
        super().__delitem__(name)

    def note(self, name: str, value: Any) -> None:
        self.writers[name], self.known[name] = self.cell, (value, repr(value))

    def look(self, name: str, value: Any) -> None:
        """A value that is another or looks otherwise than before was written by the running cell."""
        if name in NAMES and name in self.known:
            before, text = self.known[name]
            if before is not value or text != repr(value):
                self.note(name, value)

    def look_at_all(self) -> None:
        for name, value in list(self.items()):
            if name in NAMES:
                self.known.setdefault(name, (None, ""))
                self.look(name, value)


def observe(cells: list[str]) -> set[tuple[int, int, str]]:
    """Who reads what whom left when these cells run; programs that fail are of no use."""
    namespace = Globals()
    for number, cell in enumerate(cells):
        namespace.cell = number
        try:
            exec(compile(cell, "<cell>", "exec"), namespace)  # noqa: S102 - made of the safe forms above
        except Exception:
            assume(False)
        namespace.look_at_all()
    return namespace.flows


def infer(cells: list[str]) -> set[tuple[int, int, str]]:
    """The dependencies that extraction finds."""
    steps = tuple(Cell(index, "code", cell) for index, cell in enumerate(cells))
    document = Document("nb.ipynb", "notebook", "nbformat 4.5", "python", steps, "sha256:0", 1)
    facts = [fact for fact_set in extract_facts(document) for fact in fact_set.facts]
    return {(writer, reader, name) for writer, reader, name in cell_dependencies(facts)}


@settings(RELAXED, max_examples=150)
@given(programs(STATEMENTS))
def test_the_inferred_flow_of_a_straight_line_program_is_the_observed_one(cells: list[str]) -> None:
    assert infer(cells) == observe(cells)


@settings(RELAXED, max_examples=150)
@given(programs(BRANCHES))
def test_the_inferred_flow_covers_the_ways_that_a_program_takes(cells: list[str]) -> None:
    assert readings(observe(cells)) <= readings(infer(cells))


@settings(RELAXED, max_examples=150)
@given(programs(MUTATIONS))
def test_the_inferred_flow_covers_what_changes_through_aliases(cells: list[str]) -> None:
    assert readings(observe(cells)) <= readings(infer(cells))


def readings(flows: set[tuple[int, int, str]]) -> set[tuple[int, str]]:
    """Which cell reads which name of an earlier one."""
    return {(reader, name) for _, reader, name in flows}
