"""Definition facts: ids, spans, bindings, calls, imports, definitions, blocks, uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.definition import (
    Binding,
    Block,
    Call,
    Definition,
    Import,
    OrderDifference,
    Plan,
    Step,
    Use,
)
from provkg.facts.execution import StepRun
from provkg.facts.factset import Span
from provkg.sources.document import Cell, Document

FactsOf = Callable[..., list[Any]]


def local(identity: str | None) -> str | None:
    """The part of an id behind its cell's: "df.L3"."""
    return identity.split("#", 1)[1].split(".", 2)[2] if identity else None


def locals_of(identities: tuple[str, ...]) -> list[str | None]:
    return [local(each) for each in identities]


@pytest.fixture
def bindings(facts_of: FactsOf) -> Callable[..., dict[str, Binding]]:
    """Cells → bindings by what follows the cell in their ids."""
    return lambda *sources, **options: {
        str(local(fact.id)): fact for fact in facts_of(Binding, *sources, **options)
    }


@pytest.fixture
def calls(facts_of: FactsOf) -> Callable[..., dict[str, Call]]:
    """Cells → calls by their callee as written."""
    return lambda *sources, **options: {fact.text: fact for fact in facts_of(Call, *sources, **options)}


Bindings = Callable[..., dict[str, Binding]]
Calls = Callable[..., dict[str, Call]]


# ids and spans


def test_ids_are_those_that_identity_promises(facts_of: FactsOf) -> None:
    cell = facts_of(Step, "\n\ndf = f(1)")[0].id
    assert cell.startswith("nb.ipynb#v")
    assert [fact.id for fact in facts_of(Binding, "\n\ndf = f(1)")] == [f"{cell}.df.L3"]
    assert [fact.id for fact in facts_of(Call, "\n\ndf = f(1)")] == [f"{cell}.call-L3C6"]


def test_all_ids_of_a_set_differ(extract: Callable[..., Any]) -> None:
    code = "x = 1; x = 2\nf(f(x)(x))\nf(x).g(x).g(x)\nimport a, a as b, b\nfrom c import *\nfor i in i: i = i\nx = x = x"
    for fact_set in extract(code, code, "def f():\n    def f(): pass\n    class f: f = f\nf = lambda f: f()"):
        ids = [fact.id for fact in fact_set.facts if not isinstance(fact, Use)]
        assert len(ids) == len(set(ids))


def test_columns_count_bytes_of_utf_8(calls: Calls) -> None:
    assert calls("é = 'ü→'; größe(é)")["größe"].span == Span(1, 14, 1, 25)


def test_a_unicode_name_is_percent_encoded_in_ids_and_plain_in_names(bindings: Bindings) -> None:
    assert bindings("größe = 1")["gr%C3%B6%C3%9Fe.L1"].name == "größe"


def test_the_text_of_an_argument_is_cut_out_of_unicode_lines_at_the_right_place(calls: Calls) -> None:
    call = calls("ü = f('äöü→', größe * 2)")["f"]
    assert [argument.text for argument in call.arguments] == ["'äöü→'", "größe * 2"]


def test_an_argument_over_several_lines_keeps_its_lines(calls: Calls) -> None:
    assert calls("f([1,\n   2])")["f"].arguments[0].text == "[1,\n   2]"


def test_long_arguments_and_values_are_cut(facts_of: FactsOf) -> None:
    code = f"x = {'a' * 5000!r}\nf({'b' * 5000!r}, x)"
    arguments = facts_of(Call, code)[0].arguments
    assert [len(argument.text) for argument in arguments] == [301, 1]
    assert [len(argument.value) for argument in arguments] == [301, 301]
    assert len(facts_of(Binding, code)[0].value) == 301


def test_a_binding_spans_its_name(bindings: Bindings) -> None:
    found = bindings("a, größe = 1, 2\nfor i in a:\n    pass\nwith b as c:\n    pass\nif (d := 1):\n    pass")
    assert {each.name: each.span for each in found.values()} == {
        "a": Span(1, 0, 1, 1),
        "größe": Span(1, 3, 1, 10),
        "i": Span(2, 4, 2, 5),
        "c": Span(4, 10, 4, 11),
        "d": Span(6, 4, 6, 5),
    }


@pytest.mark.parametrize(
    ("code", "span"),
    [
        ("import numpy as np", Span(1, 16, 1, 18)),
        ("from os import path", Span(1, 15, 1, 19)),
        ("def f(): pass", Span(1, 4, 1, 5)),
        ("class A: pass", Span(1, 6, 1, 7)),
    ],
)
def test_a_binding_of_a_statement_spans_its_name_or_the_statement(
    facts_of: FactsOf, code: str, span: Span
) -> None:
    assert facts_of(Binding, code)[0].span in (span, Span(1, 0, 1, len(code)))


def test_two_bindings_of_one_line_have_two_ids(bindings: Bindings) -> None:
    assert list(bindings("x = 1; x = 2")) == ["x.L1", "x.L1C7"]


def test_ids_do_not_depend_on_other_cells_of_the_same_version(facts_of: FactsOf) -> None:
    cells = ["a = 1", "b = a"]
    assert [local(each.id) for each in facts_of(Binding, *cells)] == ["a.L1", "b.L1"]


# bindings


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("x = 1", "assignment"),
        ("x: int = 1", "assignment"),
        ("x = 0\nx += 1", "augmented"),
        ("x.append(1)\nx = 0", "assignment"),
        ("x = []\nx.append(1)", "mutation"),
        ("x = {}\nx['a'] = 1", "mutation"),
        ("x = 1\ndel x", "deletion"),
        ("import x", "import"),
        ("from y import x", "import"),
        ("def x(): pass", "function"),
        ("async def x(): pass", "function"),
        ("class x: pass", "class"),
        ("for x in y: pass", "loop"),
        ("with y as x: pass", "with"),
        ("try:\n    y\nexcept E as x:\n    pass", "exception"),
        ("match y:\n    case x: pass", "match"),
        ("(x := 1)", "walrus"),
        ("lambda x: x\n(lambda x: x)(1)", "parameter"),
    ],
)
def test_each_way_of_binding_has_its_kind(facts_of: FactsOf, code: str, kind: str) -> None:
    assert [each.kind for each in facts_of(Binding, code) if each.name == "x"][-1] == kind


def test_a_list_extended_by_an_augmented_assignment_is_augmented(bindings: Bindings) -> None:
    assert bindings("a = [1]\na += [2]")["a.L2"].kind == "augmented"


@pytest.mark.parametrize(
    "code",
    [
        "a = [1]\na += [2]",
        "a = [1]\nb = a\na += [2]",
        "a = [1]\na = a\na = a",
        "a = 1\na += a",
        "a = [1]\nfor b in a:\n    a.append(b)",
    ],
)
def test_no_binding_holds_or_derives_from_itself(facts_of: FactsOf, code: str) -> None:
    for each in facts_of(Binding, code):
        assert each.id not in (*each.derived_from, *each.holds)


def test_a_value_derives_from_every_name_in_its_expression(bindings: Bindings) -> None:
    found = bindings("a = 1\nb = 2\nc = {'k': a, 'm': [b, f(a)]}")
    assert locals_of(found["c.L3"].derived_from) == ["a.L1", "b.L2"]


def test_each_target_of_a_parallel_assignment_derives_from_its_own_side(bindings: Bindings) -> None:
    found = bindings("a, b = 1, 2\nc, d = b, a")
    assert locals_of(found["c.L2"].derived_from) == ["b.L1"]
    assert locals_of(found["d.L2"].derived_from) == ["a.L1"]


def test_an_augmented_assignment_derives_from_the_state_before(bindings: Bindings) -> None:
    found = bindings("n = 1\nm = 2\nn += m")
    assert locals_of(found["n.L3"].derived_from) == ["n.L1", "m.L2"]


def test_a_mutation_derives_from_the_state_before_and_from_what_was_put_in(bindings: Bindings) -> None:
    found = bindings("d = {}\ne = 1\nd['e'] = e")
    assert sorted(map(str, locals_of(found["d.L3"].derived_from))) == ["d.L1", "e.L2"]


def test_every_alias_of_a_changed_object_is_bound_anew(bindings: Bindings) -> None:
    found = bindings("a = []\nb = a\nc = (b, 1)\na.append(1)")
    assert {name for name, each in found.items() if each.kind == "mutation"} == {"a.L4", "b.L4", "c.L4"}


def test_an_alias_holds_what_it_stands_for(bindings: Bindings) -> None:
    found = bindings("a = []\nb = a\nc = a.copy()")
    assert locals_of(found["b.L2"].holds) == ["a.L1"]
    assert found["c.L3"].holds == ()


def test_a_literal_holds_its_elements(bindings: Bindings) -> None:
    assert locals_of(bindings("a = []\nb = {}\nc = [a, b]")["c.L3"].holds) == ["a.L1", "b.L2"]


def test_a_binding_names_the_call_whose_result_it_is(bindings: Bindings) -> None:
    found = bindings("import pandas as pd\ndf = pd.read_csv('a.csv')\ndf.dropna(inplace=True)")
    assert local(found["df.L2"].call) == "call-L2C16"
    assert local(found["df.L3"].call) == "call-L3C9"


@pytest.mark.parametrize(
    ("code", "type_name"),
    [
        ("x = 1", "int"),
        ("x = f'a{y}'", "str"),
        ("x = []", "list"),
        ("x = {'a': 1}", "dict"),
        ("x = [y for y in z]", "list"),
        ("x = {k: k for k in z}", "dict"),
        ("import pandas as pd\nx = pd.DataFrame()", "pandas.DataFrame"),
        ("import pandas\nx = pandas.read_csv('a').dropna()", "pandas.DataFrame"),
        ("import numpy as np\nx = np.zeros(3)", "numpy.ndarray"),
        ("from sklearn.svm import SVC\nx = SVC().fit(a, b)", "sklearn.svm.SVC"),
        ("import pathlib\nx = pathlib.Path('a').parent", "pathlib.Path"),
        ("x = y", None),
        ("x = y()", None),
    ],
)
def test_types_are_followed_to_dotted_names(facts_of: FactsOf, code: str, type_name: str | None) -> None:
    assert facts_of(Binding, code)[-1].type == type_name


@pytest.mark.parametrize(
    "code",
    [
        "x = {y for y in z}",
        "x = (y for y in z)",
        "x = [] if y else 1",
        "x = {1, 2}",
    ],
)
def test_what_is_no_list_is_not_called_one(facts_of: FactsOf, code: str) -> None:
    assert facts_of(Binding, code)[-1].type != "list"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3", 3), ("-3", -3), ("True", True), ("None", None), ("2.5", 2.5), ("1e999", "inf"), ("2j", "2j"),
        ("'a' + 'b'", "ab"), ("2 ** 10", 1024), ("10 // 3", 3), ("b'a'", "b'a'"), ("...", "Ellipsis"),
        ("10 ** 10 ** 10", None), ("'a' * 10 ** 12", None), ("1 / 0", None), ("y", None),
    ],
)  # fmt: skip
def test_constants_are_folded_and_others_are_left_open(
    facts_of: FactsOf, expression: str, value: Any
) -> None:
    assert facts_of(Binding, f"x = {expression}")[-1].value == value


@pytest.mark.parametrize(
    "code",
    [
        "def f(p):\n    x = p + 1\n    return x\nf(1)\nf(2)",
        "x = 0\nfor i in [1, 2]:\n    x = x + 1",
        "x = 0\nwhile x < 10:\n    x += 1",
    ],
)
def test_a_name_that_has_several_values_at_one_place_has_no_constant(facts_of: FactsOf, code: str) -> None:
    assert [each.value for each in facts_of(Binding, code) if each.name == "x"][-1] is None


def test_locals_have_their_function_as_scope(bindings: Bindings) -> None:
    found = bindings("def f(p):\n    q = p\n    return q\nf(1)")
    assert {name: each.scope for name, each in found.items()} == {"f.L1": "", "f.p.L1": "f", "f.q.L2": "f"}


def test_a_result_derives_from_what_the_function_computes(bindings: Bindings) -> None:
    found = bindings("k = 3\ndef f():\n    return k\nr = f()")
    assert sorted(map(str, locals_of(found["r.L4"].derived_from))) == ["f.L2", "k.L1"]


# calls


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("import numpy as np\nnp.random.rand(3)", "numpy.random.rand"),
        ("import numpy\nnumpy.zeros(3)", "numpy.zeros"),
        ("import os.path\nos.path.join('a')", "os.path.join"),
        ("from os.path import join as j\nj('a')", "os.path.join"),
        ("from sklearn import svm\nsvm.SVC()", "sklearn.svm.SVC"),
        ("import numpy as np\nzeros = np.zeros\nzeros(3)", "numpy.zeros"),
        ("from .helpers import load\nload()", ".helpers.load"),
        ("print(1)", "print"),
        ("x = 'a'\nx.upper()", "str.upper"),
        ("import pandas as pd\ndf = pd.DataFrame()\ndf.head()", "pandas.DataFrame.head"),
        ("import pandas as pd\npd.read_csv('a').groupby('b').mean()", None),
        ("unknown()", None),
        ("unknown.method()", None),
    ],
)
def test_calls_are_resolved_through_aliases_and_classes(
    facts_of: FactsOf, code: str, function: str | None
) -> None:
    last = max(facts_of(Call, code), key=lambda call: (call.span.start_line, call.span.end_column))
    if function is None:
        assert last.function is None or last.function.startswith("pandas.")
    else:
        assert last.function == function


def test_a_name_bound_to_something_else_is_no_builtin(calls: Calls) -> None:
    assert calls("print = unknown\nprint(1)")["print"].function is None


def test_a_conventional_name_stands_for_its_module_only_where_nothing_binds_it(calls: Calls) -> None:
    assert calls("pd.read_csv('a')")["pd.read_csv"].function == "pandas.read_csv"
    assert calls("pd = f()\npd.read_csv('a')")["pd.read_csv"].function is None


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("sc.textFile('a.txt')", "pyspark.SparkContext.textFile"),
        ("spark.table('a')", "pyspark.sql.SparkSession.table"),
        ("from unknown import *\nspark.table('a')", "pyspark.sql.SparkSession.table"),
        ("spark = f()\nspark.table('a')", None),
    ],
)
def test_what_a_shell_binds_is_known_where_the_program_binds_nothing(
    facts_of: FactsOf, code: str, function: str | None
) -> None:
    assert facts_of(Call, code)[-1].function == function


def test_what_is_not_known_is_unresolved(calls: Calls) -> None:
    assert calls("unknown.method()")["unknown.method"].confidence == "unresolved"


@pytest.mark.parametrize("code", ["unknown()", "f = unknown\nf()", "unknown[0]()"])
def test_a_callee_that_is_not_known_is_unresolved(facts_of: FactsOf, code: str) -> None:
    call = facts_of(Call, code)[-1]
    assert (call.function, call.definition, call.confidence) == (None, None, "unresolved")


def test_a_method_has_the_bindings_of_its_object_as_receiver(calls: Calls) -> None:
    assert locals_of(calls("a = []\na.append(1)")["a.append"].receiver) == ["a.L1"]
    assert calls("def f(): pass\nf()")["f"].receiver == ()


def test_arguments_stand_as_written_with_what_they_read(calls: Calls) -> None:
    call = calls("a = 1\nf(a, 2, *g, key=a + 1, **h)")["f"]
    assert [(each.position, each.name, each.text) for each in call.arguments] == [
        (0, None, "a"), (1, None, "2"), (2, None, "*g"), (None, "key", "a + 1"), (None, "**", "h"),
    ]  # fmt: skip
    assert [locals_of(each.bindings) for each in call.arguments] == [["a.L1"], [], [], ["a.L1"], []]


def test_constant_arguments_are_known_by_their_value(calls: Calls) -> None:
    code = "a = 2\nf(a, a * 3, [a, 'x'], k={'a': (a, None)}, u=unknown)"
    values = [(each.value, each.is_constant) for each in calls(code)["f"].arguments]
    assert values == [(2, True), (6, True), ([2, "x"], True), ({"a": [2, None]}, True), (None, False)]


def test_an_argument_that_differs_between_visits_is_no_constant(calls: Calls) -> None:
    call = calls("def f(p, q):\n    g(p, q)\nf(1, 5)\nf(2, 5)")["g"]
    assert [(each.value, each.is_constant) for each in call.arguments] == [(None, False), (5, True)]


def test_a_call_of_the_programs_own_function_points_at_its_definition(facts_of: FactsOf) -> None:
    code = "def f(): pass\nclass A:\n    def m(self): pass\nf()\nA().m()"
    assert {each.text: local(each.definition) for each in facts_of(Call, code)} == {
        "f": "def-f.L1",
        "A": "def-A.L2",
        "A().m": "def-A%2Em.L3",
    }


def test_calls_have_the_block_or_definition_around_them_as_parent(facts_of: FactsOf) -> None:
    code = "a()\nfor i in x:\n    b()\ndef f():\n    c()\n    if x:\n        d()"
    assert {each.text: local(each.parent) for each in facts_of(Call, code)} == {
        "a": None,
        "b": "for-L2C0",
        "c": "def-f.L4",
        "d": "if-L6C4",
    }


def test_calls_in_functions_that_nobody_calls_are_known(facts_of: FactsOf) -> None:
    code = "import numpy as np\ndef f():\n    return np.zeros(3)"
    assert [each.function for each in facts_of(Call, code)] == ["numpy.zeros"]


def test_a_call_of_an_earlier_cells_function_stays_in_that_cell(facts_of: FactsOf) -> None:
    steps = facts_of(Step, "def f():\n    g()", "f()")
    assert {each.text: each.step for each in facts_of(Call, "def f():\n    g()", "f()")} == {
        "g": steps[0].id,
        "f": steps[1].id,
    }


# imports


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import pandas as pd", ("pandas", None, "pd", "pandas", "distribution")),
        ("import os.path", ("os.path", None, "os", None, "standard")),
        ("import sklearn.svm", ("sklearn.svm", None, "sklearn", "scikit-learn", "distribution")),
        ("from sklearn import svm as s", ("sklearn", "svm", "s", "scikit-learn", "distribution")),
        ("from cv2 import imread", ("cv2", "imread", "imread", "opencv-python", "distribution")),
        ("from math import *", ("math", "*", None, None, "standard")),
        ("from . import a", (".", "a", "a", None, "local")),
        ("from ..b.c import a", ("..b.c", "a", "a", None, "local")),
    ],
)
def test_imports_say_what_they_bind_and_where_it_comes_from(
    facts_of: FactsOf, code: str, expected: tuple[Any, ...]
) -> None:
    (found,) = facts_of(Import, code)
    assert (found.module, found.name, found.bound, found.distribution, found.origin) == expected


def test_modules_that_lie_beside_the_document_are_local(facts_of: FactsOf) -> None:
    options = ExtractOptions(local_modules=frozenset({"pandas"}))
    (found,) = facts_of(Import, "import pandas.io as p", options=options)
    assert (found.origin, found.distribution) == ("local", None)


def test_a_module_that_a_cell_writes_is_local(facts_of: FactsOf) -> None:
    (found,) = facts_of(Import, "%%writefile birds.py\nx = 1", "import birds")
    assert (found.origin, found.distribution) == ("local", None)


def test_imports_in_functions_that_nobody_calls_are_known(facts_of: FactsOf) -> None:
    assert [each.module for each in facts_of(Import, "def f():\n    import torch")] == ["torch"]


def test_an_import_says_whether_its_name_stands_anywhere_else(facts_of: FactsOf) -> None:
    code = (
        "import os, random; import re; re.compile('é', re.I); import json\nimport a.b, c as d\nx.random(a.b)"
    )
    found = facts_of(
        Import, code, "# os is not needed\nfrom e import *\nfrom f import (\n    g,\n    h,\n)\nh = 1"
    )
    assert [each.bound for each in found if not each.is_named] == ["random", "json", "d", "g"]


def test_an_import_that_a_string_speaks_of_is_used(facts_of: FactsOf) -> None:
    found = facts_of(
        Import, "import econml, shap", "model.fit(method='backdoor.econml.dml.DML', plot='a shap.')"
    )
    assert [each.bound for each in found if not each.is_named] == []


def test_what_a_package_imports_is_for_others() -> None:
    cell = Cell(0, "code", "import os")
    package = Document("pkg/__init__.py", "script", "python", "python", (cell,), "sha256:0", 9)
    assert [fact.is_named for fact in extract_facts(package)[0].facts if isinstance(fact, Import)] == [True]


def test_an_import_of_the_future_is_none(facts_of: FactsOf) -> None:
    assert facts_of(Import, "from __future__ import annotations") == []


# definitions and blocks


def test_definitions_have_qualified_names_parents_and_parameters(facts_of: FactsOf) -> None:
    code = (
        "@deco(1)\ndef f(a, /, b=1, *args, c: int = 2, **kw):\n    def g(): pass\nclass A(B):\n"
        "    @staticmethod\n    def m(x): pass\n    class Inner:\n        def z(self): pass\nasync def co(*, k): pass"
    )
    found = {each.name: each for each in facts_of(Definition, code)}
    assert {name: (each.kind, local(each.parent)) for name, each in found.items()} == {
        "f": ("function", None),
        "f.g": ("function", "def-f.L2"),
        "A": ("class", None),
        "A.m": ("function", "def-A.L4"),
        "A.Inner": ("class", "def-A.L4"),
        "A.Inner.z": ("function", "def-A%2EInner.L7"),
        "co": ("function", None),
    }
    assert found["f"].parameters == ("a", "b", "*args", "c", "**kw")
    assert found["co"].parameters == ("k",)
    assert (found["f"].decorators, found["A.m"].decorators) == (("deco(1)",), ("staticmethod",))


def test_blocks_have_their_header_as_text_and_nest(facts_of: FactsOf) -> None:
    code = (
        "for i in range(3):  # three\n    if i > 1:\n        with open('a') as f:\n            pass\n"
        "    else:\n        while True:\n            break\n"
        "try:\n    pass\nfinally:\n    pass\nmatch x:\n    case 1:\n        pass\nasync def f():\n    async for a in b:\n        pass"
    )
    assert {local(each.id): (each.kind, local(each.parent)) for each in facts_of(Block, code)} == {
        "for-L1C0": ("for", None),
        "if-L2C4": ("if", "for-L1C0"),
        "with-L3C8": ("with", "if-L2C4"),
        "while-L6C8": ("while", "if-L2C4"),
        "try-L8C0": ("try", None),
        "match-L12C0": ("match", None),
        "for-L16C4": ("for", "def-f.L15"),
    }
    texts = {each.text for each in facts_of(Block, code)}
    assert {"if i > 1", "with open('a') as f", "while True", "try", "match x", "async for a in b"} <= texts


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("if x: y()", "if x"),
        ("for i in x:  # a comment\n    pass", "for i in x"),
        ("while f('a:b'): pass", "while f('a:b')"),
        ("with open('#:'): y()", "with open('#:')"),
    ],
)
def test_a_header_ends_where_its_body_begins(facts_of: FactsOf, code: str, text: str) -> None:
    assert [each.text for each in facts_of(Block, code)] == [text]


def test_the_else_branch_belongs_to_the_condition_and_elif_is_one_inside(facts_of: FactsOf) -> None:
    code = "if a:\n    pass\nelif b:\n    pass\nelse:\n    c()"
    assert [(local(each.id), local(each.parent)) for each in facts_of(Block, code)] == [
        ("if-L1C0", None),
        ("if-L3C0", "if-L1C0"),
    ]


# uses and executions


def test_a_use_through_a_function_names_the_function(facts_of: FactsOf) -> None:
    cells = ("k = 3", "def f():\n    return k", "\nf()\nk")
    assert [(local(each.binding), each.line, local(each.through)) for each in facts_of(Use, *cells)] == [
        ("f.L1", 2, None),
        ("k.L1", 2, "def-f.L1"),
        ("k.L1", 3, None),
    ]


def test_a_lambda_is_no_detour(facts_of: FactsOf) -> None:
    assert [each.through for each in facts_of(Use, "k = 3", "(lambda: k)()")] == [None]


def test_uses_inside_functions_that_nobody_calls_are_none(facts_of: FactsOf) -> None:
    assert facts_of(Use, "k = 3", "def f():\n    return k") == []


def test_where_branches_meet_each_definition_is_used(facts_of: FactsOf) -> None:
    uses = facts_of(Use, "if a:\n    x = 1\nelse:\n    x = 2", "x")
    assert sorted(str(local(each.binding)) for each in uses) == ["x.L2", "x.L4"]


def test_steps_follow_each_other_in_document_order(facts_of: FactsOf) -> None:
    steps = facts_of(Step, "a", "b", "a")
    assert [step.previous for step in steps] == [None, steps[0].id, steps[1].id]
    assert len({step.id for step in steps}) == 3


def test_two_documents_with_the_same_code_are_one_version(facts_of: FactsOf) -> None:
    assert facts_of(Plan, "a", "b") == facts_of(Plan, "a", "b", counts=(1, 2))
    assert facts_of(Plan, "a", "b")[0].id != facts_of(Plan, "ab", "")[0].id


def test_an_order_of_execution_that_changes_the_data_flow_is_a_fact(facts_of: FactsOf) -> None:
    cells, counts = ("x = 1", "x = 2", "print(x)"), (2, 1, 3)
    (difference,) = facts_of(OrderDifference, *cells, counts=counts)
    steps = [step.id for step in facts_of(Step, *cells)]
    assert (difference.step, difference.name) == (steps[2], "x")
    assert difference.in_document_order == (f"{steps[1]}.x.L1",)
    assert difference.in_execution_order == (f"{steps[0]}.x.L1",)
    assert [use.binding for use in facts_of(Use, *cells, counts=counts) if use.order == "execution"] == [
        f"{steps[0]}.x.L1"
    ]


def test_a_name_that_is_not_bound_yet_in_document_order_differs(facts_of: FactsOf) -> None:
    (difference,) = facts_of(OrderDifference, "print(x)", "x = 1", counts=(2, 1))
    assert (difference.in_document_order, len(difference.in_execution_order)) == ((), 1)


def test_an_order_of_execution_that_changes_nothing_is_none(facts_of: FactsOf) -> None:
    assert facts_of(OrderDifference, "a = 1", "b = 2", "a + b", counts=(2, 1, 3)) == []
    assert facts_of(OrderDifference, "a = 1", "a", counts=(7, 9)) == []
    assert facts_of(OrderDifference, "a = 1", "a", counts=(None, None)) == []


def test_cells_that_did_not_run_take_no_part_in_the_order_of_execution(facts_of: FactsOf) -> None:
    uses = facts_of(Use, "x = 1", "x = 2", "y = 3", "x, y", counts=(2, None, 1, 3))
    in_execution = {local(use.binding) for use in uses if use.order == "execution"}
    assert in_execution == {"x.L1", "y.L1"}
    assert len([use for use in uses if use.order == "execution"]) == 2


def test_executions_are_informed_by_those_whose_state_they_read(facts_of: FactsOf) -> None:
    runs = facts_of(StepRun, "x = 1", "x = 2", "print(x)", counts=(2, 1, 3))
    by_count = {run.count: run for run in runs}
    assert by_count[3].informed_by == (by_count[2].id,)
    assert by_count[1].informed_by == by_count[2].informed_by == ()


def test_executions_in_document_order_are_informed_too(facts_of: FactsOf) -> None:
    first, second = facts_of(StepRun, "x = 1", "print(x)", counts=(1, 2))
    assert second.informed_by == (first.id,)
    assert first.informed_by == ()


def test_a_name_that_only_a_star_import_can_bind_is_read_from_it(facts_of: FactsOf) -> None:
    cells = ("from numpy import *", "a = array([1])", "from mylib import *", "zork(a)", "print(len([]))")
    uses = [(local(each.binding), each.step[-9:]) for each in facts_of(Use, *cells) if each.name == "*"]
    calls = [each.function for each in facts_of(Call, *cells)]
    assert [binding for binding, _ in uses] == ["%2A.L1", "%2A.L1"]
    assert calls == ["numpy.array", "mylib.zork", "print", "len"]


def test_a_module_named_as_any_project_names_its_own_is_of_unknown_origin(facts_of: FactsOf) -> None:
    (statement,) = facts_of(Import, "import utils")
    assert (statement.origin, statement.distribution) == ("unknown", None)
