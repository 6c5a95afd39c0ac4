"""What hangs together in circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node")


def find_knots(nodes: Iterable[Node], follow: Callable[[Node], Iterable[Node]]) -> list[list[Node]]:
    """The strongly connected components that can be reached; a node comes after all that it leads to.

    Source: R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion.
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_nodes: dict[Node, None] = {}
    knots: list[list[Node]] = []

    def enter(node: Node) -> tuple[Node, Iterator[Node]]:
        index[node] = low[node] = len(index)
        open_nodes[node] = None
        return node, iter(follow(node))

    for root in nodes:
        way = [] if root in index else [enter(root)]
        while way:
            node, rest = way[-1]
            for following in rest:
                if following not in index:
                    way.append(enter(following))
                    break
                if following in open_nodes:
                    low[node] = min(low[node], index[following])
            else:
                way.pop()
                if way:
                    low[way[-1][0]] = min(low[way[-1][0]], low[node])
                if low[node] == index[node]:
                    knots.append(_close(node, open_nodes))
    return knots


def _close(first: Node, open_nodes: dict[Node, None]) -> list[Node]:
    """Take the knot that began with this node off the open ones."""
    knot: list[Node] = []
    while not knot or knot[-1] != first:
        knot.append(open_nodes.popitem()[0])
    return knot
