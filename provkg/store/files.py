"""Graph files into a database, as fast as the engine reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from provkg.errors import GraphError


def load_graph_file(database: ox.Store, path: Path, graph: str | None = None) -> None:
    """Add what a graph file says, in the format that its suffix names.

    Triples that are in no named graph go into `graph`, where one is named.

    Raises:
        GraphError: it cannot be read, or is not RDF in that format.
    """
    found = find_format(path)
    to_graph = ox.NamedNode(graph) if graph and not found.supports_datasets else None
    try:
        database.bulk_load(path=str(path), format=found, base_iri=path.absolute().as_uri(), to_graph=to_graph)
    except SyntaxError as error:
        raise GraphError(f"this is not {found.name}: {error.msg}", path=str(path)) from error
    except (OSError, ValueError) as error:
        raise GraphError(f"cannot be read: {error}", path=str(path)) from error
    if graph is not None and any(database.quads_for_pattern(None, None, None, ox.DefaultGraph())):
        database.update(f"ADD DEFAULT TO {ox.NamedNode(graph)} ; CLEAR DEFAULT")


def read_graph_file(path: Path) -> Iterator[ox.Quad]:
    """The quads of a graph file, as they stand in it.

    Raises:
        GraphError: it cannot be read, or is not RDF in the format that its suffix names.
    """
    found = find_format(path)
    try:
        yield from ox.parse(path=str(path), format=found, base_iri=path.absolute().as_uri())
    except SyntaxError as error:
        raise GraphError(f"this is not {found.name}: {error.msg}", path=str(path)) from error
    except (OSError, ValueError) as error:
        raise GraphError(f"cannot be read: {error}", path=str(path)) from error


def parse_any_graph(database: ox.Store, text: bytes, graph: str, name: str) -> None:
    """Add what a text says that is Turtle, TriG, N-Triples or N-Quads; `name` tells errors where they are.

    Triples that are in no named graph go into `graph`.

    Raises:
        GraphError: it is none of them.
    """
    errors = []
    for found in (ox.RdfFormat.TRIG, ox.RdfFormat.N_QUADS):
        try:
            quads = list(ox.parse(text, format=found, base_iri="urn:x-provkg:"))
        except SyntaxError as error:
            errors.append(error)
        else:
            database.extend(quads)
            database.update(f"ADD DEFAULT TO {ox.NamedNode(graph)} ; CLEAR DEFAULT")
            return
    raise GraphError(
        f"this is neither Turtle, TriG, N-Triples nor N-Quads: {errors[0].msg}", path=name
    ) from errors[0]


def find_format(path: Path) -> ox.RdfFormat:
    """The format that the suffix of a graph file names.

    Raises:
        GraphError: there is no reader for such files.
    """
    found = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if found is None:
        raise GraphError(
            "there is no reader for graphs of this suffix",
            path=str(path),
            hint="graphs are read from .ttl, .trig, .nq, .nt, .jsonld and .rdf",
        )
    return found
