"""The bank: questions kept as SPARQL files, each with a header that says what it asks and takes.

A question lies in `queries/<group>/<name>.rq`; its header is that of grlc (https://grlc.io): YAML behind
`#+`, with one key of ours, `x-provkg`. The file is valid SPARQL as it stands. A parameter is a variable,
named as grlc names them: `?_model_iri`, or `?__notebook_iri` where it may be left out, which then asks of
everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from provkg.errors import QueryError
from provkg.resources import find_resource
from provkg.store.sparql import find_form

PARAMETER_TYPES = {
    "cell": "a cell: its number, or notebook.ipynb:4",
    "entity": "anything with provenance: a model, file, variable, cell, output, notebook or IRI",
    "file": "a data file: its path, its name, its URL, or the sha256 of its bytes",
    "iri": "an IRI",
    "library": "a library, by its name on PyPI",
    "measure": "a measure: the name of its function, or notebook.ipynb:accuracy_score",
    "model": "a trained model: its variable, its class, or the file it is saved as",
    "number": "a number",
    "output": "what a cell shows: Out[4], or notebook.ipynb:Out[4]",
    "plan": "a notebook or script: its path or its name",
    "run": "the run of a notebook or script: its path or its IRI",
    "string": "a text",
    "variable": "a variable: its name, or notebook.ipynb:name",
}
"""What a parameter takes → how a person may say it."""

LITERAL_TYPES = {"number": "_number", "string": ""}
"""Types whose values are literals → how the variables of such parameters end; all others end in `_iri`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a question is asked about."""

    name: str
    type: str
    doc: str
    variable: str
    """What it is called in the text of the question, without the question mark."""
    is_required: bool = False
    example: str | None = None


@dataclass(frozen=True)
class Question:
    """A question of the bank."""

    id: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    """Name of a column → what stands in it, in the order of the columns."""
    fixture: str
    """The given graphs that it is tested on: a folder of `tests/queries/given`."""
    sources: tuple[str, ...]
    """Who else asks this: questions of other collections, by their usual short names."""
    when_empty: str
    """What an empty answer means, and what to try next."""
    sparql: str

    @property
    def group(self) -> str:
        """The folder that it lies in."""
        return self.id.partition(".")[0]

    @cached_property
    def kind(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        return find_form(self.sparql) or ""

    @property
    def example(self) -> dict[str, str]:
        """Values with which it can be asked of the graphs it is tested on."""
        return {each.name: each.example for each in self.parameters if each.example is not None}


def load_bank() -> list[Question]:
    """All questions, by group and name."""
    found = [read_question(group, file) for group, file in _files()]
    return sorted(found, key=lambda question: question.id)


def question_ids() -> list[str]:
    """What the questions are called, sorted."""
    return sorted(_id_of(group, file) for group, file in _files())


def find_question(name: str) -> Question:
    """The question of this id, or of this name where only one group has it.

    Raises:
        QueryError: there is no such question; the hint tells those that are called nearly so.
    """
    named = {_id_of(group, file): (group, file) for group, file in _files()}
    wanted = name.lower().replace("/", ".").removesuffix(".rq")
    matching = [each for each in named if each == wanted or each.partition(".")[2] == wanted]
    if len(matching) != 1:
        raise QueryError(f"there is no question called {name!r}", hint=_tell_near(wanted, matching, named))
    return read_question(*named[matching[0]])


def _tell_near(wanted: str, matching: list[str], named: Mapping[str, Any]) -> str:
    near = matching or get_close_matches(wanted, named, n=3, cutoff=0.5)
    near = near or [each for each in sorted(named) if wanted in each][:3]
    return f"did you mean {' or '.join(near)}?" if near else "see all: provkg query --list"


def read_own_question(path: str, text: str | None = None) -> Question:
    """The question in a file of the user's, with a header or without.

    Raises:
        QueryError: it cannot be read.
    """
    if text is None:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise QueryError(f"this question cannot be read: {reason}", path=path) from error
    return parse_question(path, text, is_own=True)


def _files() -> Iterator[tuple[str, Traversable]]:
    for group in find_resource("queries").iterdir():
        if group.is_dir():
            yield from ((group.name, file) for file in group.iterdir() if file.name.endswith(".rq"))


def _id_of(group: str, file: Traversable) -> str:
    return f"{group}.{file.name.removesuffix('.rq')}"


def read_question(group: str, file: Traversable) -> Question:
    """The question in a file of a group."""
    return parse_question(_id_of(group, file), file.read_text(encoding="utf-8"))


def parse_question(id: str, text: str, *, is_own: bool = False) -> Question:
    """The question that a text with a header asks; a question of the user's own may go without.

    Raises:
        QueryError: the header is not what `queries/README.md` says.
    """
    header = parse_header(text, id)
    ours = header.get("x-provkg", {})
    unknown = set(header) - HEADER_KEYS | set(ours) - OUR_KEYS
    if not is_own and (unknown or not header.get("summary")):
        wrong = f"it has {', '.join(sorted(unknown))}" if unknown else "it has no summary"
        raise QueryError(f"the header of this question is not as it should be: {wrong}", path=id)
    return Question(
        id,
        header.get("summary", ""),
        str(header.get("description", "")).strip(),
        tuple(header.get("tags", ())),
        tuple(_parameter(name, said, id) for name, said in (ours.get("parameters") or {}).items()),
        ours.get("columns", {}),
        ours.get("fixture", ""),
        tuple(ours.get("sources", ())),
        str(ours.get("empty", "")).strip(),
        text if is_own else HEADER_LINE.sub("", text).strip() + "\n",
    )


HEADER_LINE = re.compile(r"^#\+ ?(.*)\n?", re.MULTILINE)
HEADER_KEYS = {"summary", "description", "tags", "method", "defaults", "x-provkg"}
OUR_KEYS = {"id", "parameters", "columns", "fixture", "sources", "empty"}


def parse_header(text: str, path: str) -> dict[str, Any]:
    """What the lines that begin with `#+` say, as YAML; empty where there are none.

    Raises:
        QueryError: they are not YAML, or not keys with values.
    """
    try:
        header = yaml.load("\n".join(HEADER_LINE.findall(text)), yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise QueryError("the header of this question is not YAML", path=path) from error
    if not isinstance(header, dict | None):
        raise QueryError("the header of this question is no list of keys", path=path)
    return header or {}


def _parameter(name: str, said: Mapping[str, Any], id: str) -> Parameter:
    if said.get("type") not in PARAMETER_TYPES:
        raise QueryError(f"the parameter {name} has no type that is known: {said.get('type')}", path=id)
    is_required, example = bool(said.get("required")), said.get("example")
    variable = f"{'_' if is_required else '__'}{name}{LITERAL_TYPES.get(said['type'], '_iri')}"
    return Parameter(
        name,
        said["type"],
        said.get("doc", ""),
        variable,
        is_required,
        None if example is None else str(example),
    )
