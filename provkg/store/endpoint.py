"""A store behind a SPARQL endpoint: the SPARQL 1.1 Protocol, and the Graph Store Protocol where there is one.

What differs between servers, and what was tried on Oxigraph 0.5.13 and Virtuoso 7.2.5:

- The default graph is the union of all graphs on Virtuoso and RDF4J. Oxigraph is asked for it with
  `union-default-graph`, which the others ignore; Fuseki with a default graph that others would take for a
  graph of that name, so who answers is found out first. All of it stands in `_dataset`.
- Virtuoso answers no more than ResultSetMaxRows rows. To SELECT it says so (`X-SPARQL-MaxRows`); to CONSTRUCT
  and to requests for a graph it does not, so graphs are read with SELECT, and all of them page by page.
- Virtuoso rounds doubles to six digits in what it answers, so their texts, with 16 digits, are asked for when
  a graph is read; answers to other questions are rounded. It writes true as "1". Integers from
  2,147,483,648 on come back as decimals: a graph that has one is loaded again each time.
- Virtuoso says the answer to ASK as a table, and hangs when a query comes without a form around it.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from provkg.errors import StoreError
from provkg.store.base import Answer
from provkg.store.change import Change, write_update
from provkg.store.connection import TRIES, Connection, Response, check_url, environment, open_body
from provkg.store.sparql import (
    find_form,
    find_limit,
    find_template,
    write_construct_count,
    write_construct_page,
    write_page,
)

UPDATE_URL = "PROVKG_ENDPOINT_UPDATE_URL"
GRAPHS_URL = "PROVKG_ENDPOINT_GRAPHS_URL"
TIMEOUT_SECONDS = 60.0

LONGEST_GET = 2000
"""Characters of a query that still go into a URL."""

IN_MEMORY_BYTES = 1 << 23
"""Graphs on their way to the server that are longer wait in a file."""

LARGEST_UPDATE = 20_000
"""Quads in one update, give or take one graph; only where there is no graph store."""

SOLUTIONS = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/tab-separated-values;q=0.5"
)
TRIPLES = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8"
MAX_ROWS = "X-SPARQL-MaxRows"
STOPPED = "S1TAT"
"""What Virtuoso calls it when it stops at its time limit and gives what it has found until then."""

FUSEKI_UNION = {"default-graph-uri": "urn:x-arq:UnionGraph"}

SYSTEM_GRAPHS = frozenset(
    {
        "http://www.openlinksw.com/schemas/virtrdf#",
        "http://www.w3.org/ns/ldp#",
        "http://localuriqaserver/sparql",
        "http://www.w3.org/2002/07/owl#",
        "urn:activitystreams-owl:map",
        "urn:core:services:sparql",
        "urn:rules.skos",
    }
)
"""Graphs that Virtuoso keeps for itself: nobody's provenance."""


def guess_urls(query_url: str, *, is_signed: bool = False) -> tuple[str, str | None]:
    """The URLs of updates and of the graph store, as the usual servers place them beside that of queries.

    >>> guess_urls("http://localhost:7878/query")
    ('http://localhost:7878/update', 'http://localhost:7878/store')
    >>> guess_urls("http://localhost:3030/ds/sparql")
    ('http://localhost:3030/ds/update', 'http://localhost:3030/ds/data')
    >>> guess_urls("http://localhost:8890/sparql")
    ('http://localhost:8890/sparql', 'http://localhost:8890/sparql-graph-crud')
    >>> guess_urls("http://localhost:7200/repositories/study")
    ('http://localhost:7200/repositories/study/statements', \
'http://localhost:7200/repositories/study/rdf-graphs/service')
    >>> guess_urls("https://example.org/questions")
    ('https://example.org/questions', None)
    """
    parts = urlsplit(query_url)
    path = parts.path.rstrip("/")
    folder, _, name = path.rpartition("/")
    update, graphs = _guess_paths(path, folder, name, is_signed)

    def at(path: str) -> str:
        return urlunsplit((parts.scheme, parts.netloc, path, "", ""))

    return at(update), at(graphs) if graphs else None


def _guess_paths(path: str, folder: str, name: str, is_signed: bool) -> tuple[str, str | None]:
    if folder.endswith("/repositories"):  # RDF4J, GraphDB
        return f"{path}/statements", f"{path}/rdf-graphs/service"
    if path == "/query":  # Oxigraph
        return "/update", "/store"
    if path in ("/sparql", "/sparql-auth"):  # Virtuoso, which knows users under other URLs only
        suffix = "-auth" if is_signed or path.endswith("-auth") else ""
        return f"/sparql{suffix}", f"/sparql-graph-crud{suffix}"
    if name in ("query", "sparql"):  # Fuseki
        return f"{folder}/update", f"{folder}/data"
    return path, None


class EndpointStore:
    """The named graphs behind a SPARQL endpoint. Satisfies `provkg.store.base.Store`."""

    def __init__(
        self, url: str, connection: Connection, update_url: str | None = None, graphs_url: str | None = None
    ) -> None:
        update, graphs = guess_urls(url, is_signed=connection.is_signed)
        self.url = url
        self.update_url = update_url or update
        self.graphs_url = graphs_url or graphs
        self._connection = connection

    @classmethod
    def open(
        cls,
        url: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        tries: int = TRIES,
        variables: Mapping[str, str] | None = None,
    ) -> EndpointStore:
        """The store whose queries go to `url`; nothing is sent yet.

        From the environment (or from `variables`) come the URLs of updates and of the graph store, where they
        cannot be guessed, and user and password or a token.

        Raises:
            StoreError: a URL is none, or holds a password.
        """
        found = environment() if variables is None else variables
        update_url, graphs_url = (found.get(name) or None for name in (UPDATE_URL, GRAPHS_URL))
        check_url(url)
        for other in filter(None, (update_url, graphs_url)):
            check_url(other)
        return cls(url, Connection(url, found, timeout_seconds, tries), update_url, graphs_url)

    def replace_graphs(self, graphs: Mapping[str, Iterable[ox.Quad]]) -> None:
        """Make each graph hold exactly these triples.

        Each graph at once, or not at all: with PUT, or in one update where there is no graph store. Several
        graphs are not replaced together: when this fails, some may be the new ones, the others are the old.
        """
        names = {name: ox.NamedNode(name) for name in graphs}  # before anything is written: are they IRIs?
        if self.graphs_url is None:
            self._replace_by_updates(names, graphs)
            return
        empty = [name for name in names if not self._put(self.graphs_url, name, graphs[name])]
        self.drop(empty)

    def drop(self, graphs: Iterable[str]) -> None:
        """Remove whole graphs, in one update; one that is not there is no error."""
        nodes = [ox.NamedNode(name) for name in graphs]
        if nodes:
            self.update(" ;\n".join(f"DROP SILENT GRAPH {node}" for node in nodes), repeatable=True)

    def update(self, sparql: str, *, repeatable: bool = False) -> None:
        """Do a SPARQL 1.1 update; where it is the same to do it twice, it is tried again when that may help.

        Raises:
            StoreError: it is not valid, or we may not.
        """
        form = {"update": sparql}
        self._connection.send("POST", self.update_url, data=form, repeatable=repeatable).close()

    def graphs(self) -> list[str]:
        """The IRIs of all named graphs, sorted; not those that Virtuoso keeps for itself."""
        return list(self.counts())  # Virtuoso takes minutes to say the names only, and no time to count

    def quads(self, graph: str | None = None) -> Iterator[ox.Quad]:
        """The quads of one graph, or of all named graphs, as they arrive; in no order."""
        for name in self.graphs() if graph is None else [graph]:
            node = ox.NamedNode(name)
            # The text too: to say a number, Virtuoso rounds it to six digits.
            exact = '(IF(isNumeric(?o), STR(?o), "") AS ?exact)' if "Virtuoso" in self._server else ""
            for s, p, o, *text in self._select(f"SELECT ?s ?p ?o {exact} {{ GRAPH {node} {{ ?s ?p ?o }} }}"):
                yield ox.Quad(s, p, _restore(o, text), node)

    def count(self, graph: str | None = None) -> int:
        """The number of quads in one graph, or in all named graphs."""
        if graph is None:
            return sum(self.counts().values())
        node = ox.NamedNode(graph)
        ((number,),) = self._select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH {node} {{ ?s ?p ?o }} }}")
        return int(number.value)

    def counts(self) -> dict[str, int]:
        """The number of quads in each named graph."""
        rows = self._select("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        found = {graph.value: int(number.value) for graph, number in rows}
        return {graph: found[graph] for graph in sorted(found) if graph not in SYSTEM_GRAPHS}

    def query(self, sparql: str) -> Answer:
        """The answer to a SPARQL 1.1 query whose default graph is the union of all graphs.

        Rows are read as they arrive. A graph that the query makes is held in memory: servers may send a
        triple more than once. Where the server cuts the answer, the rest is asked for as well, but that
        Virtuoso cuts what it describes cannot be seen.

        Raises:
            StoreError: the query is not valid SPARQL, the endpoint does not answer, or it cuts the answer and
                the rest cannot be asked for.
        """
        if find_form(sparql) in ("CONSTRUCT", "DESCRIBE"):
            return self._construct(sparql)
        response = self._ask(sparql, SOLUTIONS)
        answer = _parse_solutions(response)
        size, limit = int(response.headers.get(MAX_ROWS, 0)), find_limit(sparql)
        if not size or isinstance(answer, ox.QueryBoolean) or (limit is not None and limit <= size):
            return answer
        response.close()
        return self._select_pages(sparql, answer, size)

    def close(self) -> None:
        """Let go of the connection: everything was written when it was sent."""
        self._connection.close()

    def __enter__(self) -> EndpointStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- asking ---

    @cached_property
    def _server(self) -> str:
        """Who answers: "Oxigraph/0.5.13", "Virtuoso/07.20", "Fuseki"; "" where it does not say."""
        response = self._send_query("ASK {}", {}, SOLUTIONS)
        _parse_solutions(response)
        return "Fuseki" if "Fuseki-Request-Id" in response.headers else response.headers.get("Server", "")

    @cached_property
    def _dataset(self) -> dict[str, str]:
        """What makes the server take the union of all graphs for the default graph."""
        return {"union-default-graph": "true"} | (FUSEKI_UNION if "Fuseki" in self._server else {})

    def _ask(self, sparql: str, accepted: str) -> Response:
        response = self._send_query(sparql, self._dataset, accepted)
        if STOPPED in response.headers.get("X-SQL-State", ""):
            raise StoreError(
                "the endpoint stopped at its own time limit, and its answer is not whole", path=self.url
            )
        return response

    def _send_query(self, sparql: str, dataset: Mapping[str, str], accepted: str) -> Response:
        form, headers = {"query": sparql, **dataset}, {"Accept": accepted}
        if len(sparql) <= LONGEST_GET:
            return self._connection.send("GET", self.url, params=form, headers=headers)
        return self._connection.send("POST", self.url, data=form, headers=headers)

    def _select(self, sparql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT of ours."""
        answer = self.query(sparql)
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - it is a SELECT
        for row in answer:
            yield tuple(row)

    # --- answers that the server cuts ---

    def _select_pages(self, sparql: str, answer: ox.QuerySolutions, size: int) -> Answer:
        variables = [variable.value for variable in answer.variables]
        if write_page(sparql, variables, size, 0) is None:
            raise self._cut(size)
        text = io.BufferedReader(_Chunks(self._write_pages(sparql, variables, size)))
        return ox.parse_query_results(input=text, format=ox.QueryResultsFormat.JSON)

    def _write_pages(self, sparql: str, variables: list[str], size: int) -> Iterator[bytes]:
        """The rows of all pages as one answer in JSON."""
        yield f'{{"head":{{"vars":{json.dumps(variables)}}},"results":{{"bindings":['.encode()
        separator = ""
        for page in count():
            rows = 0
            for row in self._select_page(sparql, variables, size, page * size):
                rows += 1
                bound = {name: _term_to_json(row[name]) for name in variables if row[name] is not None}
                yield f"{separator}{json.dumps(bound)}".encode()
                separator = ","
            if rows < size:
                break
        yield b"]}}"

    def _select_page(self, sparql: str, variables: list[str], size: int, offset: int) -> ox.QuerySolutions:
        page = write_page(sparql, variables, size, offset)
        assert page is not None  # noqa: S101 - it was asked for before
        answer = _parse_solutions(self._ask(page, SOLUTIONS))
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - it is a SELECT
        return answer

    def _construct(self, sparql: str) -> Answer:
        made = ox.Store()
        for each in self._construct_pages(sparql):
            self._fill(made, each)
        return made.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")

    def _construct_pages(self, sparql: str) -> Iterator[str]:
        """The queries whose answers are together the whole answer: mostly the query as it is."""
        size, limit = self._largest_answer, find_limit(sparql)
        is_one = find_form(sparql) == "DESCRIBE" or not find_template(sparql)
        if size is None or is_one or (limit is not None and limit <= size):
            yield sparql
            return
        if write_construct_page(sparql, size, 0) is None:
            raise self._cut(size)
        ((number,),) = self._select(write_construct_count(sparql))
        for offset in range(0, int(number.value), size):
            yield write_construct_page(sparql, size, offset) or sparql

    def _fill(self, made: ox.Store, sparql: str) -> None:
        """Add the triples that a query makes."""
        response = self._ask(sparql, TRIPLES)
        format = ox.RdfFormat.from_media_type(_media_type(response))
        if format is None:
            raise _not_sparql(response)
        with _broken_answer(response):
            made.bulk_extend(ox.parse(input=open_body(response), format=format, lenient=True))

    @cached_property
    def _largest_answer(self) -> int | None:
        """How many rows Virtuoso gives at most; None for other servers and where it is not seen to cut."""
        if "Virtuoso" not in self._server:
            return None
        # It tells where it cuts only: its own graphs, each row with each, are more than it ever gives.
        response = self._ask("SELECT ?a { ?a ?b ?c . ?d ?e ?f } LIMIT 5000000", SOLUTIONS)
        response.close()
        return int(response.headers[MAX_ROWS]) if MAX_ROWS in response.headers else None

    def _cut(self, size: int) -> StoreError:
        return StoreError(
            f"the endpoint cuts its answers at {size:,} rows, and this query cannot be asked in parts",
            path=self.url,
            hint="leave out LIMIT and OFFSET, or ask for less",
        )

    # --- writing ---

    def _put(self, url: str, name: str, quads: Iterable[ox.Quad]) -> bool:
        """Replace a graph by PUT; False, with nothing sent, where it has no triples."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as file:
            _write_triples(quads, file)
            if not file.tell():
                return False
            file.seek(0)
            headers = {"Content-Type": "application/n-triples"}
            self._connection.send("PUT", url, params={"graph": name}, data=file, headers=headers).close()
            return True

    def _replace_by_updates(
        self, names: Mapping[str, ox.NamedNode], graphs: Mapping[str, Iterable[ox.Quad]]
    ) -> None:
        waiting: list[Change] = []
        for name, node in names.items():
            waiting.append(Change(node, is_dropped=True, added=list(graphs[name])))
            if sum(len(change.added) for change in waiting) >= LARGEST_UPDATE:
                self.update(write_update(waiting), repeatable=True)
                waiting = []
        if waiting:
            self.update(write_update(waiting), repeatable=True)


class _Chunks(io.RawIOBase):
    """Pieces of text, made when they are read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _write_triples(quads: Iterable[ox.Quad], file: Any) -> None:
    ox.serialize((quad.triple for quad in quads), output=file, format=ox.RdfFormat.N_TRIPLES)


# --- reading answers ----------------------------------------------------------------------------------------


def _media_type(response: Response) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _parse_solutions(response: Response) -> ox.QuerySolutions | ox.QueryBoolean:
    """The rows of a SELECT, read as they arrive, or the answer to an ASK."""
    format = ox.QueryResultsFormat.from_media_type(_media_type(response))
    if format is None:
        raise _not_sparql(response)
    with _broken_answer(response):
        answer = ox.parse_query_results(input=open_body(response), format=format)
        is_table_of_virtuoso = isinstance(answer, ox.QuerySolutions) and [
            variable.value for variable in answer.variables
        ] == ["__ASK_RETVAL"]
        if is_table_of_virtuoso:
            return _read_yes_or_no(answer)
    return answer


def _read_yes_or_no(table: Any) -> ox.QueryBoolean:
    """What Virtuoso means by a table with 1, or with 0 or no row."""
    is_yes = any(row[0].value not in ("0", "false") for row in table)
    text = '{"head":{},"boolean":%s}' % ("true" if is_yes else "false")
    answer = ox.parse_query_results(text, ox.QueryResultsFormat.JSON)
    assert isinstance(answer, ox.QueryBoolean)  # noqa: S101 - that is what stands there
    return answer


def _restore(term: Any, exact: Sequence[Any]) -> Any:
    """The term, with the number that it really is where that came with it."""
    if exact and exact[0] is not None and exact[0].value and isinstance(term, ox.Literal):
        return ox.Literal(exact[0].value, datatype=term.datatype)
    return term


def _term_to_json(term: Any) -> dict[str, str]:
    """A term as the JSON of SPARQL results says it."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    kind = {"xml:lang": term.language} if term.language else {"datatype": term.datatype.value}
    return {"type": "literal", "value": term.value, **kind}


@contextmanager
def _broken_answer(response: Response) -> Iterator[None]:
    try:
        yield
    except (SyntaxError, ValueError) as error:
        raise StoreError(
            f"the answer of the endpoint cannot be read: {error}", path=_place(response)
        ) from error


def _not_sparql(response: Response) -> StoreError:
    """What came is something else: mostly a page for people."""
    kind = _media_type(response)
    response.close()
    return StoreError(
        "a web page came back, no answer to a query" if "html" in kind else f"{kind or 'nothing'} came back",
        path=_place(response),
        hint="the URL of queries often ends in /query or /sparql",
    )


def _place(response: Response) -> str:
    return response.url.partition("?")[0]
