"""Graphs as RDF Dataset Canonicalization (RDFC-1.0) writes them, and their digests.

Two sets of quads that differ in the names of blank nodes, in order or in format alone have one canonical
form. Source: https://www.w3.org/TR/rdf-canon/; pyoxigraph 0.5.13 passes its test suite. What has no blank
nodes, like all graphs of ours, needs sorting only.
"""

from __future__ import annotations

from collections.abc import Iterable
from multiprocessing import get_context
from typing import Any

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse, serialize

from provkg.errors import GraphError
from provkg.identity import digest_bytes

ALGORITHM = "RDFC-1.0"
TIMEOUT_SECONDS = 30.0
"""Some graphs are made to take for ever; the specification asks to give them up."""


def write_canonical(quads: Iterable[Quad], timeout_seconds: float = TIMEOUT_SECONDS) -> bytes:
    """The quads as canonical N-Quads.

    Raises:
        GraphError: their blank nodes are so much alike that naming them takes too long.
    """
    dataset = Dataset(quads)
    if not any(isinstance(term, BlankNode) for quad in dataset for term in quad):
        return _sort(serialize(dataset, format=RdfFormat.N_QUADS) or b"")
    return _name_in_time(serialize(dataset, format=RdfFormat.N_QUADS) or b"", timeout_seconds)


def digest_quads(quads: Iterable[Quad]) -> str:
    """The tagged sha256 of the canonical form."""
    return digest_bytes(write_canonical(quads))


def _sort(nquads: bytes) -> bytes:
    """The lines in the order of their code points, which is that of their bytes in UTF-8."""
    return b"".join(sorted(nquads.splitlines(keepends=True)))


def _name_in_time(nquads: bytes, timeout_seconds: float) -> bytes:
    """The quads with canonical names for blank nodes, found by a process that can be ended."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(nquads, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(timeout_seconds):
            raise GraphError(
                f"its blank nodes cannot be told apart in {timeout_seconds:g} seconds",
                hint="give the nodes names: graphs made to take long are given up",
            )
        named: bytes = receiver.recv_bytes()
        return named
    except EOFError as error:
        raise GraphError("its blank nodes cannot be named: the process that did it ended") from error
    finally:
        process.kill()
        process.join()


def _work(nquads: bytes, sender: Any) -> None:
    """What the process does."""
    sender.send_bytes(name_blank_nodes(nquads))


def name_blank_nodes(nquads: bytes) -> bytes:
    """The same quads with canonical names for blank nodes, sorted, however long it takes."""
    dataset = Dataset(parse(nquads, format=RdfFormat.N_QUADS, lenient=True))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return _sort(serialize(dataset, format=RdfFormat.N_QUADS) or b"")
