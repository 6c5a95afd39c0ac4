"""Where data come from, put together in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provkg.extract.content import NOTHING, Content, Maker, merge_contents, merge_two

A, B = frozenset("a"), frozenset("b")
MODEL = Maker("model", "training")


def known(content: Content) -> tuple:
    """Everything that is told, without its order."""
    return content.rows, content.influences, content.part, frozenset(content.makers)


reads = st.frozensets(st.sampled_from("abc"), max_size=3)
contents = st.builds(
    Content,
    reads,
    reads,
    st.lists(st.sampled_from([MODEL, Maker("model", None), Maker("other", "training")]), max_size=2, unique=True)
    .map(tuple),
    st.sampled_from([None, "train", "test"]),
)  # fmt: skip


@given(contents, contents)
def test_merging_does_not_depend_on_the_order(one: Content, other: Content) -> None:
    assert known(merge_two(one, other)) == known(merge_two(other, one))


@given(contents, contents, contents)
def test_merging_does_not_depend_on_the_grouping(one: Content, two: Content, three: Content) -> None:
    left = merge_two(merge_two(one, two), three)
    right = merge_two(one, merge_two(two, three))
    assert (left.rows, left.influences, {*left.makers}) == (right.rows, right.influences, {*right.makers})


@given(contents)
def test_merging_with_itself_or_with_nothing_changes_nothing(content: Content) -> None:
    same = Content(content.rows, content.influences, content.makers, content.part)
    assert known(merge_two(content, same)) == known(content)
    assert known(merge_two(content, NOTHING)) == known(content)


@given(contents, contents)
def test_no_read_is_lost(one: Content, other: Content) -> None:
    merged = merge_two(one, other)
    assert merged.rows == one.rows | other.rows
    assert merged.reads == one.reads | other.reads


@given(contents)
def test_in_a_statistic_all_that_was_there_is_influence(content: Content) -> None:
    left = content.as_influence()
    assert (left.rows, left.influences) == (frozenset(), content.reads)
    assert known(left.as_influence()) == known(left)


def test_nothing_together_is_nothing() -> None:
    assert merge_contents([]) is None
    assert merge_contents([None, None]) is None
    assert merge_contents([None, NOTHING]) is NOTHING


def test_two_parts_together_are_no_part() -> None:
    train, test = Content(A, part="train"), Content(A, part="test")
    assert merge_two(train, test).part is None
    assert merge_two(train, Content(B, part="train")).part == "train"


def test_mere_influence_leaves_a_part_what_it_is() -> None:
    assert merge_two(Content(A, part="test"), Content(influences=B)).part == "test"


def test_a_part_of_unknown_data_is_still_a_part() -> None:
    assert merge_two(NOTHING, Content(part="train")).part == "train"
    assert merge_two(Content(part="train"), Content(part="test")).part is None


def test_makers_stay_in_the_order_in_which_they_came_up() -> None:
    other = Maker("other", None)
    assert merge_two(Content(A, makers=(other,)), Content(B, makers=(MODEL, other))).makers == (other, MODEL)


def test_saying_who_made_it_changes_nothing_else() -> None:
    made = Content(A, B, (), "test").made_by((MODEL,))
    assert known(made) == (A, B, "test", {MODEL})
    assert made.of_part(None).makers == (MODEL,)
