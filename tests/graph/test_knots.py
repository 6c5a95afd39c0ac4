"""What can be reached from one another is one knot, and comes after what it leads to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from provkg.graph.knots import find_knots

Links = dict[int, list[int]]
graphs = st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9)


def reach(links: Links, start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        new = set(links.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


@given(graphs)
def test_a_knot_is_what_can_be_reached_from_one_another(links: Links) -> None:
    knots = find_knots(links, lambda node: links.get(node, ()))
    nodes = set(links) | {node for following in links.values() for node in following}
    expected = {
        frozenset(other for other in reach(links, node) if node in reach(links, other)) for node in nodes
    }
    assert {frozenset(knot) for knot in knots} == expected
    assert sum(map(len, knots)) == len(nodes)


@given(graphs)
def test_a_knot_comes_after_all_that_it_leads_to(links: Links) -> None:
    knots = find_knots(links, lambda node: links.get(node, ()))
    place = {node: number for number, knot in enumerate(knots) for node in knot}
    assert all(place[following] <= place[node] for node in links for following in links[node])


def test_a_long_chain_needs_no_recursion() -> None:
    length = 100_000
    knots = find_knots([0], lambda node: [node + 1] if node < length else [])
    assert len(knots) == length + 1
