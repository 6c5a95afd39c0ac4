"""The version of a document that its code cells make, and its steps: a fact for each cell."""

from __future__ import annotations

import re

from provkg.extract.redaction import Redactor
from provkg.facts.definition import Plan, Step
from provkg.identity import digest_text, digest_texts, encode_name, encode_path, short
from provkg.sources.document import Cell, Document

HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)

LONGEST_TITLE = 200


def plan_fact(document: Document, redactor: Redactor | None) -> Plan:
    """The version of a document that its code cells make."""
    identity = encode_path(document.path)
    title = title_of(document)
    code_digest = digest_texts(cell.source for cell in document.code_cells)
    return Plan(
        id=f"{identity}#v{short(code_digest)}",
        document=identity,
        kind=document.kind,
        path=document.path,
        format=document.format,
        language=document.language,
        code_digest=code_digest,
        file_digest=document.digest,
        size_bytes=document.size_bytes,
        title=redactor.redact(title) if redactor and title else title,
    )


def title_of(document: Document) -> str | None:
    """The first heading of a notebook, or the first line of a script's docstring."""
    for cell in document.cells:
        if cell.kind == "markdown" and (heading := HEADING.search(cell.source)):
            return heading[1][:LONGEST_TITLE]
    if document.kind == "script" and document.cells:
        docstring = re.match(
            r'(?:\s*#[^\n]*\n|\s*\n)*\s*(?:"""|\'\'\')\s*([^\n"\']+)', document.cells[0].source
        )
        return docstring[1].strip()[:LONGEST_TITLE] if docstring else None
    return None


def step_facts(document: Document, plan: Plan, redactor: Redactor | None, keep_source: bool) -> list[Step]:
    """A `Step` for each cell, in document order."""
    steps: list[Step] = []
    for cell in document.cells:
        digest = digest_text(cell.source)
        key = encode_name(cell.id) if cell.id else f"{cell.index}-{short(digest)[:8]}"
        steps.append(
            Step(
                id=f"{plan.id}.cell-{key}",
                plan=plan.id,
                cell=f"{plan.document}#cell-{key}",
                index=cell.index,
                kind=cell.kind,
                text=(redactor.redact(cell.source) if redactor else cell.source) if keep_source else None,
                digest=digest,
                cell_id=cell.id,
                previous=steps[-1].id if steps else None,
                first_line=cell.first_line,
                tags=tags_of(cell, redactor or Redactor()),
            )
        )
    return steps


def tags_of(cell: Cell, redactor: Redactor) -> tuple[str, ...]:
    """The tags that a cell's metadata gives it."""
    tags = cell.metadata.get("tags")
    if not isinstance(tags, list):
        return ()
    return tuple(redactor.redact(tag) for tag in tags if isinstance(tag, str))
