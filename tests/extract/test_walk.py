"""Cell-to-cell data flow: who reads what whom left, last writer first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Flows = Callable[..., list[str]]


def test_a_name_flows_from_the_cell_that_binds_it(flows: Flows) -> None:
    assert flows("x = 1", "y = x", "print(x, y)") == ["0 x 1", "0 x 2", "1 y 2"]


def test_a_name_bound_again_before_it_is_read_does_not_flow(flows: Flows) -> None:
    assert flows("x = 1", "x = 2\nprint(x)", "x") == ["1 x 2"]


def test_imports_bind_no_data(flows: Flows) -> None:
    assert flows("import numpy as np\nfrom os import path", "np.zeros(3)\npath.join('a')") == []


@pytest.mark.parametrize(
    "change",
    [
        "d['a'] = 1", "d.a = 1", "d.a.b['c'] = 1", "d[0][1] = 2", "d += [1]", "d['n'] += 1", "del d['a']", "del d.a",
        "d.append(1)", "d.fillna(0, inplace=True)", "d['a'].replace(1, 2, inplace=True)", "d.loc[0, 'a'] = 3",
        "e = d\ne.append(1)", "for e in [d]:\n    e['x'] = 1", "for k, e in {'k': d}.items():\n    e['x'] = 1",
        "for i, e in enumerate([d]):\n    e['x'] = 1", "for e, n in zip([d], [1]):\n    e['x'] = n",
        "[e.append(1) for e in (d,)]", "def f(e):\n    e.append(1)\nf(d)", "def f(e):\n    e['a'] = 1\nf(e=d)",
        "def f():\n    global d\n    d = 2\nf()", "def f():\n    d.append(3)\nf()", "globals()['d'] = 1\nprint(d)",
        "with open('f') as d['file']:\n    pass", "if c:\n    d.append(1)", "try:\n    d.append(1)\nexcept E:\n    pass",
        "class A:\n    def change(self, other):\n        other.append(1)\nA().change(d)",
        "(lambda e: e.append(1))(d)", "async def f(e):\n    e.append(1)\nawait f(d)",
        "match c:\n    case 1:\n        d.append(1)", "while c:\n    d.append(1)",
        "import random\nrandom.shuffle(d)", "def g(e):\n    e.append(1)\ndef f(e):\n    g(e)\nf(d)",
        "d, x = d, 1", "d: list = [*d]", "(d := d + [1])",
    ],
)  # fmt: skip
def test_a_change_makes_the_changing_cell_the_last_writer(flows: Flows, change: str) -> None:
    found = flows("d = load()", change, "print(d)")
    assert "1 d 2" in found
    assert "0 d 2" not in found


@pytest.mark.parametrize(
    "reading",
    ["d.head()", "print(d[0])", "d.fillna(0)", "d.sort_values('a', inplace=False)", "e = d.copy()\ne['x'] = 1",
     "e = d[['a']]\ne['x'] = 1", "f'{d}'", "[x for x in d]", "sorted(d)", "d == 1", "def f(e=d):\n    pass",
     "def f(e: d):\n    pass", "class A(d):\n    pass", "@d\ndef f():\n    pass", "assert d", "raise d", "print(*d, **d)",
     "x = 1 if d else 2", "x[d] = 1", "for d2 in d:\n    pass", "import pandas\npandas.concat([d, d])"],
)  # fmt: skip
def test_reading_leaves_the_last_writer_as_it_was(flows: Flows, reading: str) -> None:
    found = flows("d = load()", reading, "print(d)")
    assert [flow for flow in found if " d " in flow] == ["0 d 1", "0 d 2"]


@pytest.mark.parametrize(
    "hiding",
    ["def f(d):\n    return d", "[d for d in range(3)]", "{d: d for d in range(3)}", "lambda d: d", "def f():\n    d = 1\n    return d",
     "class A:\n    d = 1", "sum(d for d in range(3))", "lambda: d", "def f():\n    for d in x:\n        pass\nf()", "def f():\n    print(d)"],
)  # fmt: skip
def test_a_name_of_an_inner_scope_is_another_name(flows: Flows, hiding: str) -> None:
    assert not [flow for flow in flows("d = 1", hiding, "1") if " d " in flow]


def test_globals_that_a_function_reads_count_where_it_is_called(flows: Flows) -> None:
    assert flows("a = 1", "def f():\n    return a", "f()") == ["0 a 2", "1 f 2"]


def test_functions_called_by_functions_count_at_the_outermost_call(flows: Flows) -> None:
    found = flows("a = 1", "def g():\n    return a", "def f():\n    return g()", "f()")
    assert found == ["0 a 3", "1 g 3", "2 f 3"]


def test_a_function_given_to_a_library_is_called_by_it(flows: Flows) -> None:
    found = flows(
        "a = 1", "def f(x):\n    return x + a", "import pandas as pd\ns = pd.Series([1])\ns.apply(f)"
    )
    assert found == ["0 a 2", "1 f 2"]


def test_methods_read_globals_where_they_are_called(flows: Flows) -> None:
    code = "class A:\n    def __init__(self):\n        self.x = a\n    def g(self):\n        return b"
    assert flows("a = 1\nb = 2", code, "o = A()", "o.g()") == ["0 a 2", "0 b 3", "1 A 2", "2 o 3"]


def test_a_method_that_sets_attributes_changes_its_object(flows: Flows) -> None:
    code = "class A:\n    def set(self, x):\n        self.x = x\no = A()"
    assert flows(code, "o.set(1)", "o.x") == ["0 o 1", "1 o 2"]


def test_a_recursive_function_ends(flows: Flows) -> None:
    assert flows("def f(n):\n    return n and f(n - 1) + a", "a = 1", "f(3)") == ["0 f 2", "1 a 2"]


def test_mutually_recursive_functions_end(flows: Flows) -> None:
    code = "def f(n):\n    return g(n)\ndef g(n):\n    return f(n) + a"
    assert flows(code, "a = 1", "f(3)") == ["0 f 2", "0 g 2", "1 a 2"]


def test_a_decorator_of_the_program_is_followed(flows: Flows) -> None:
    code = "def d(f):\n    def inner(*args):\n        return f(*args) + a\n    return inner\n@d\ndef h(x):\n    return b"
    assert flows("a = b = 1", code, "h(1)") == ["0 a 2", "0 b 2", "1 h 2"]


def test_closures_keep_what_they_closed_over(flows: Flows) -> None:
    code = "def make(k):\n    def inner(x):\n        return x + k + a\n    return inner\nadd = make(2)"
    assert flows("a = 1", code, "add(3)") == ["0 a 2", "1 add 2"]


def test_branches_join_and_the_later_writer_counts(flows: Flows) -> None:
    assert flows("x = 1", "if c:\n    x = 2", "x") == ["1 x 2"]


def test_a_loop_carries_its_values_round(flows: Flows) -> None:
    assert flows("x = 1", "for i in range(9):\n    y = x\n    x = y + 1", "x, y") == [
        "0 x 1",
        "1 x 2",
        "1 y 2",
    ]


def test_a_name_only_bound_in_an_exception_handler_flows(flows: Flows) -> None:
    assert flows("try:\n    import fast\nexcept ImportError:\n    fast = None", "fast") == ["0 fast 1"]


def test_names_in_a_query_string_are_read(flows: Flows) -> None:
    assert flows("limit = 3", "import pandas as pd\ndf = pd.DataFrame()", "df.query('a > @limit')") == [
        "0 limit 2",
        "1 df 2",
    ]


def test_names_in_shell_lines_and_magics_are_read(flows: Flows) -> None:
    found = flows("url = 'u'\nn = 3", "!wget {url}", "%timeit f(n)", "files = !ls", "files")
    assert found == ["0 url 1", "0 n 2", "3 files 4"]


def test_a_cell_magic_does_not_hide_its_cell(flows: Flows) -> None:
    assert flows("%%time\nx = 1", "%%capture out\ny = x", "out, y") == ["0 x 1", "1 out 2", "1 y 2"]


def test_a_cell_that_does_not_parse_leaves_the_others(flows: Flows) -> None:
    assert flows("x = 1", "x = = 2", "y = x") == ["0 x 2"]


def test_a_deleted_name_flows_to_its_deletion(flows: Flows) -> None:
    assert flows("x = 1", "del x", "x = 2", "x") == ["0 x 1", "2 x 3"]


def test_nonlocal_and_global_names_are_written_where_they_say(flows: Flows) -> None:
    code = "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        global total\n        total = n\n    g()\nf()"
    assert flows("total = 0", code, "total") == ["1 total 2"]


def test_a_walrus_in_a_comprehension_binds_outside(flows: Flows) -> None:
    assert flows("[last := x for x in range(3)]", "last") == ["0 last 1"]


def test_match_patterns_bind_their_names(flows: Flows) -> None:
    code = "match point:\n    case {'x': x, **rest}:\n        pass\n    case [y, *others]:\n        pass\n    case P(z=z) as p:\n        pass"
    assert flows(code, "x, rest, y, others, z, p") == [
        f"0 {name} 1" for name in ("others", "p", "rest", "x", "y", "z")
    ]


def test_a_fitted_element_changes_the_list_that_holds_it(flows: Flows) -> None:
    code = "from sklearn.svm import SVC\na, b = SVC(), SVC()\nmodels = [a, b]"
    found = flows(code, "for m in models:\n    m.fit(X, y)", "a.predict(X)\nmodels[1].predict(X)")
    assert found == ["0 models 1", "1 a 2", "1 models 2"]


def test_ten_thousand_assignments_end_soon_and_keep_their_last_writer(flows: Flows) -> None:
    assert flows("\n".join(f"x = {i}" for i in range(10_000)), "x") == ["0 x 1"]


def test_two_hundred_nested_calls_end(flows: Flows) -> None:
    assert flows("x = 1", "f(" * 90 + "x" + ")" * 90) == ["0 x 1"]


def test_a_sum_of_a_thousand_terms_is_followed(flows: Flows) -> None:
    assert flows("x = 1", " + ".join(["x"] * 1000)) == ["0 x 1"]


def test_functions_that_call_each_other_many_times_end(flows: Flows) -> None:
    chain = "\n".join(f"def f{i}():\n    f{i + 1}(); f{i + 1}(); f{i + 1}()" for i in range(20))
    found = flows("a = 1", chain + "\ndef f20():\n    return a", "f0()")
    assert found == ["0 a 2", *sorted(f"1 f{i} 2" for i in range(21))]


def test_an_out_argument_is_changed(flows: Flows) -> None:
    assert flows("import numpy as np\na = np.zeros(3)", "np.add(a, 1, out=a)", "a") == ["0 a 1", "1 a 2"]
