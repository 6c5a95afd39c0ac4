"""The start page: what is here, and how to ask. It needs no script and no network."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from provkg.serve.worker import Contents

MOST_GRAPHS = 100
"""Graphs that are listed."""

EXAMPLES = {
    "Which graphs are here, and how large is each?": (
        "SELECT ?graph (COUNT(*) AS ?statements)\nWHERE { GRAPH ?graph { ?s ?p ?o } }\n"
        "GROUP BY ?graph\nORDER BY ?graph"
    ),
    "Which data trained which model?": (
        "PREFIX fair4ml: <https://w3id.org/fair4ml#>\nPREFIX schema: <http://schema.org/>\n"
        "SELECT DISTINCT ?model ?name ?data\n"
        "WHERE { ?model fair4ml:trainedOn ?data OPTIONAL { ?model schema:name ?name } }"
    ),
    "What is there, by class?": (
        "SELECT ?class (COUNT(DISTINCT ?thing) AS ?things)\nWHERE { ?thing a ?class }\n"
        "GROUP BY ?class\nORDER BY DESC(?things)"
    ),
}

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}"
    "pre,textarea{font:.9rem/1.4 ui-monospace,monospace;background:#f4f4f4;color:#111;padding:.5rem;"
    "overflow:auto;width:100%;box-sizing:border-box}"
)


def make_page(endpoint: str, contents: Contents, limit: int) -> bytes:
    """The page in HTML, for the endpoint at this address."""
    first = next(iter(EXAMPLES.values()))
    examples = "".join(_make_example(endpoint, title, query) for title, query in EXAMPLES.items())
    query = "SELECT * { ?s ?p ?o } LIMIT 10"
    curl = f"curl {endpoint} -H 'Accept: text/csv' --data-urlencode 'query={query}'"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>provkg</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>
<h1>Provenance graphs</h1>
<p>{_count(len(contents.graphs), "graph")} with {_count(contents.quads, "statement")},
to be asked in SPARQL 1.1 at <a href="{escape(endpoint)}">{escape(endpoint)}</a>.
They can be read and not changed. An answer has at most {limit:,} rows.</p>
<form action="{escape(endpoint)}"><p><label for="query">Query</label>
<textarea id="query" name="query" rows="8">{escape(first)}</textarea></p><button>Ask</button></form>
<h2>From a terminal</h2>
<pre>{escape(curl)}</pre>
<h2>Examples</h2>{examples}
<h2>Graphs</h2>{_list_graphs(contents.graphs)}
</body></html>
""".encode()


def _make_example(endpoint: str, title: str, query: str) -> str:
    link = f"{endpoint}?query={quote(query)}"
    return f'<p><a href="{escape(link)}">{escape(title)}</a></p><pre>{escape(query)}</pre>\n'


def _list_graphs(graphs: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(graph)}</li>\n" for graph in graphs[:MOST_GRAPHS])
    more = f"<p>and {len(graphs) - MOST_GRAPHS:,} more</p>" if len(graphs) > MOST_GRAPHS else ""
    return f"<ul>{items}</ul>{more}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
