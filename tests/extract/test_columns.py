"""Which columns are chosen, dropped and made, whatever is done to a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.extract.columns import (
    ANY,
    Columns,
    combine,
    derive,
    drop,
    read_formula,
    rename,
    select,
    select_unknown,
    set_aside,
    unite,
)

AB = Columns(("a", "b"))


def test_what_is_selected_is_chosen_in_the_order_of_its_names_and_once() -> None:
    assert select(None, ["b", "a", "b"]).chosen == ("b", "a")


def test_a_column_that_is_selected_again_is_not_dropped() -> None:
    assert select(drop(None, ["a", "b"]), ["a"]) == Columns(("a",), ("b",))


def test_dropping_takes_chosen_columns_away() -> None:
    assert drop(AB, ["a"]).chosen == ("b",)
    assert drop(AB, ["a"]).unused == ("a",)


def test_of_an_unknown_table_only_the_dropped_columns_are_known() -> None:
    assert drop(None, ["a"]) == Columns(None, ("a",))


def test_what_a_derived_column_was_made_from_is_used_though_it_is_dropped() -> None:
    columns = drop(derive(AB, "c", Columns(("a",))), ["a"])
    assert (columns.used, columns.unused, columns.derived_names) == (("b", "a"), (), ("c",))


def test_a_column_computed_from_itself_is_not_derived() -> None:
    assert derive(ANY, "a", Columns(("a",))) == ANY
    assert derive(AB, "a", Columns(("b",))) == AB


def test_what_is_made_from_a_derived_column_goes_back_to_its_bases() -> None:
    columns = derive(derive(ANY, "c", Columns(("a",))), "d", Columns(("c", "b")))
    assert columns.derived == (("c", ("a",)), ("d", ("a", "b")))


def test_a_column_that_is_made_anew_is_not_dropped_any_more() -> None:
    assert derive(drop(None, ["a"]), "a", Columns(("b",))) == Columns(None, (), (("a", ("b",)),))


def test_dropping_a_derived_column_undoes_it() -> None:
    assert drop(derive(ANY, "c", AB), ["c"]).derived == ()


def test_selecting_leaves_the_derived_columns_that_are_chosen() -> None:
    columns = derive(derive(ANY, "c", AB), "d", AB)
    assert select(columns, ["d"]).derived_names == ("d",)


def test_an_unknown_selection_keeps_a_single_column_and_what_was_dropped() -> None:
    assert select_unknown(Columns(("a",))) == Columns(("a",))
    assert select_unknown(Columns(("a", "b"), ("c",))) == Columns(None, ("c",))
    assert select_unknown(None) is None


def test_an_index_is_no_column() -> None:
    assert set_aside(AB, ["a"]) == Columns(("b",))
    assert set_aside(ANY, ["a"]) == ANY


def test_renaming_changes_chosen_and_derived_names() -> None:
    assert rename(derive(AB, "c", Columns(("a",))), {"a": "x", "c": "z"}) == Columns(
        ("x", "b"), (), (("z", ("a",)),)
    )


@pytest.mark.xfail(strict=True, reason="a new name that was dropped before stays among the dropped ones")
def test_a_new_name_is_not_dropped() -> None:
    assert rename(drop(Columns(("a", "b")), ["a"]), {"b": "a"}) == Columns(("a",), ())


def test_tables_put_together_have_the_columns_of_all() -> None:
    assert combine([AB, Columns(("c", "a"))]) == Columns(("a", "b", "c"))


def test_nothing_is_known_of_tables_of_which_one_is_unknown() -> None:
    assert combine([AB, None]) is None
    assert combine([]) is None
    assert combine([AB, ANY]) == ANY


def test_what_one_table_still_has_is_not_dropped_from_both() -> None:
    assert combine([Columns(("b",), ("a",)), Columns(("a",))]) == Columns(("b", "a"))


def test_something_computed_comes_from_the_columns_that_are_known() -> None:
    assert unite(AB, None) == unite(None, AB) == AB
    assert unite(Columns(("a",)), Columns(("c",))) == Columns(("a", "c"))
    assert unite(None, None) is None


@pytest.mark.parametrize(
    ("formula", "target", "features"),
    [
        ("y ~ x", ["y"], ["x"]),
        ("y ~ x1 + x2", ["y"], ["x1", "x2"]),
        ("y ~ x1:x2 + x1*x3", ["y"], ["x1", "x2", "x3"]),
        ("y ~ x - 1", ["y"], ["x"]),
        ("y ~ 1", ["y"], []),
        ("~ x", [], ["x"]),
        ("y ~ C(g)", ["y"], ["g"]),
        ("y ~ C(g, Treatment('b'))", ["y"], ["g"]),
        ("y ~ C(g, Treatment(reference=base))", ["y"], ["g"]),
        ("np.log(y) ~ np.sqrt(x)", ["y"], ["x"]),
        ("y ~ I(x ** 2)", ["y"], ["x"]),
        ("y ~ (a + b)^2", ["y"], ["a", "b"]),
        ("y ~ Q('odd name') + x", ["y"], ["odd name", "x"]),
        ("y ~ a + b + a", ["y"], ["a", "b"]),
    ],
)
def test_a_formula_names_target_and_features(formula: str, target: list[str], features: list[str]) -> None:
    sides = read_formula(formula)
    assert sides is not None
    assert [sorted(side.chosen or ()) for side in sides] == [sorted(target), sorted(features)]


@pytest.mark.parametrize("formula", ["", "y", "y ~ (", "y ~ a b", "y ~ " + "(" * 999])
def test_what_is_no_formula_names_nothing(formula: str) -> None:
    assert read_formula(formula) is None


# ---- for any names and any order ----

names = st.lists(st.sampled_from("abcde"), max_size=3)
steps = st.lists(
    st.one_of(
        names.map(lambda some: lambda columns: select(columns, some)),
        names.map(lambda some: lambda columns: drop(columns, some)),
        names.map(lambda some: lambda columns: set_aside(columns, some)),
        st.just(select_unknown),
        st.tuples(st.sampled_from("abcde"), names).map(
            lambda pair: lambda columns: derive(columns, pair[0], Columns(tuple(pair[1])))
        ),
    ),
    max_size=5,
)  # fmt: skip


def table_after(changes: list) -> Columns:
    columns: Columns | None = None
    for change in changes:
        columns = change(columns)
    return columns or ANY


@given(steps, names, names)
def test_what_is_dropped_is_never_selected_by_what_comes_before(
    changes: list, chosen: list[str], gone: list[str]
) -> None:
    columns = drop(select(table_after(changes), chosen), gone)
    assert not {*gone} & {*(columns.chosen or ())}
    assert {*gone} <= {*columns.dropped}


@given(steps)
def test_no_column_is_both_used_and_left_out(changes: list) -> None:
    columns = table_after(changes)
    assert not {*(columns.used or ())} & {*columns.unused}
    assert not {*columns.derived_names} & {*columns.unused}


@given(steps, names)
def test_dropping_and_selecting_twice_is_doing_it_once(changes: list, some: list[str]) -> None:
    columns = table_after(changes)
    assert drop(drop(columns, some), some) == drop(columns, some)
    assert select(select(columns, some), some) == select(columns, some)


@given(steps, steps)
def test_the_order_of_tables_put_together_does_not_change_what_they_have(one: list, other: list) -> None:
    first, second = table_after(one), table_after(other)
    forth, back = combine([first, second]), combine([second, first])
    assert forth is not None
    assert back is not None
    assert {*(forth.chosen or ())} == {*(back.chosen or ())}
    assert {*forth.dropped} == {*back.dropped}
    assert {*forth.derived} == {*back.derived}
