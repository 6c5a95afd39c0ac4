"""The rows of a SELECT in the formats of SPARQL 1.1.

Written here, because pyoxigraph writes all rows or none, and lets control characters into XML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from provkg.export.rdf import legal_in_xml
from provkg.graph.terms import XSD
from provkg.query.results import write_csv

Term = NamedNode | BlankNode | Literal | Triple
Row = Sequence[Term | None]
Writer = Callable[[Sequence[Variable], Sequence[Row]], str]

_STRING = XSD.IRI + "string"
_INTEGER = XSD.IRI + "integer"
_DIGITS = re.compile("[+-]?[0-9]+")
_RESULTS = "http://www.w3.org/2005/sparql-results#"
_ITS = "http://www.w3.org/2005/11/its"


def write_json(variables: Sequence[Variable], rows: Sequence[Row]) -> str:
    """SPARQL 1.1 Query Results JSON; an unbound variable is left out of its row."""
    names = [variable.value for variable in variables]
    bindings = [
        {name: _to_json(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in rows
    ]
    content = {"head": {"vars": names}, "results": {"bindings": bindings}}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _to_json(term: Term) -> dict[str, Any]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Triple):
        places = ("subject", "predicate", "object")
        return {"type": "triple", "value": {place: _to_json(getattr(term, place)) for place in places}}
    return {"type": "literal", "value": term.value, **_literal_kind(term, "datatype")}


def _literal_kind(literal: Literal, datatype: str) -> dict[str, str]:
    """What a literal is beside its text: nothing, for a plain string."""
    if literal.language:
        direction = {"its:dir": literal.direction.value} if literal.direction else {}
        return {"xml:lang": literal.language, **direction}
    return {} if literal.datatype.value == _STRING else {datatype: literal.datatype.value}


def write_xml(variables: Sequence[Variable], rows: Sequence[Row]) -> str:
    """SPARQL Query Results XML, with pictures for the characters that XML cannot have."""
    names = [quoteattr(variable.value) for variable in variables]
    head = "".join(f"<variable name={name}/>" for name in names)
    body = "".join(f"<result>{_row_to_xml(names, row)}</result>\n" for row in rows)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sparql xmlns="{_RESULTS}"><head>{head}</head><results>\n'
        f"{body}</results></sparql>\n"
    )


def _row_to_xml(names: Sequence[str], row: Row) -> str:
    bound = ((name, term) for name, term in zip(names, row, strict=True) if term is not None)
    return "".join(f"<binding name={name}>{_to_xml(term)}</binding>" for name, term in bound)


def _to_xml(term: Term) -> str:
    if isinstance(term, Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        inside = "".join(f"<{name}>{_to_xml(part)}</{name}>" for name, part in parts.items())
        return f"<triple>{inside}</triple>"
    text = escape(legal_in_xml(term.value), {"\r": "&#13;"})
    if isinstance(term, NamedNode):
        return f"<uri>{text}</uri>"
    if isinstance(term, BlankNode):
        return f"<bnode>{text}</bnode>"
    kind = _literal_kind(term, "datatype")
    if "its:dir" in kind:
        kind |= {"xmlns:its": _ITS, "its:version": "2.0"}
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in kind.items())
    return f"<literal{attributes}>{text}</literal>"


def write_tsv(variables: Sequence[Variable], rows: Sequence[Row]) -> str:
    """SPARQL 1.1 Query Results TSV: values as Turtle writes them, so that nothing is lost."""
    lines = ["\t".join(f"?{variable.value}" for variable in variables)]
    lines += ["\t".join(map(_to_tsv, row)) for row in rows]
    return "\n".join(lines) + "\n"


def _to_tsv(term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, Literal) and term.datatype.value == _INTEGER and _DIGITS.fullmatch(term.value):
        return term.value
    if isinstance(term, Triple):
        return f"<<( {' '.join(map(_to_tsv, term))} )>>"
    return str(term)


WRITERS: Mapping[str, Writer] = {"json": write_json, "xml": write_xml, "csv": write_csv, "tsv": write_tsv}
"""Format → what writes it."""
