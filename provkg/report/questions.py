"""What questions there are, and what each asks, takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from provkg.query.bank import PARAMETER_TYPES, Question
from provkg.report.trained import row, rows


def tell_question(question: Question) -> str:
    """What a question asks, takes and gives."""
    lines = [f"{question.id}: {question.summary}"]
    lines += row("", question.description) if question.description else []
    for each in question.parameters:
        need = "" if each.is_required else " (may be left out)"
        lines += rows(
            "takes" if each == question.parameters[0] else "",
            [f"{each.name}{need}: {each.doc}. {PARAMETER_TYPES[each.type].capitalize()}"],
        )
    lines += rows("gives", [f"{name}: {doc}" for name, doc in question.columns.items()])
    lines += row("also asked by", ", ".join(question.sources)) if question.sources else []
    return "\n".join([*lines, *row("for example", example_of(question))])


def example_of(question: Question) -> str:
    """A command line that asks it."""
    said = [f"-p {name} {value}" for name, value in question.example.items()]
    return " ".join(["provkg query", question.id, *said])


def tell_bank(questions: Iterable[Question]) -> str:
    """The questions by group, a line each."""
    questions = list(questions)
    width = max((len(each.id) for each in questions), default=0)
    lines: list[str] = []
    group = ""
    for each in questions:
        if each.group != group:
            group = each.group
            lines += ["", GROUPS.get(group, group)] if lines else [GROUPS.get(group, group)]
        lines.append(f"  {each.id.ljust(width)}  {each.summary}")
    return "\n".join(lines)


GROUPS = {
    "corpus": "Many notebooks",
    "diff": "What differs between two",
    "env": "Environments and libraries",
    "fair": "Ready to publish",
    "lineage": "Where something comes from, and where it goes",
    "ml": "Machine learning",
    "nb": "One notebook",
    "runs": "Runs",
    "who": "People and tools",
}
"""Group of questions → what it is about."""


def search(questions: Sequence[Question], words: Sequence[str]) -> list[Question]:
    """The questions in whose text all the words stand."""

    def text(question: Question) -> str:
        return " ".join((question.id, question.summary, question.description, *question.tags)).lower()

    return [each for each in questions if all(word.lower() in text(each) for word in words)]


def write_readme(questions: Iterable[Question]) -> str:
    """The text of `queries/README.md`: how the files are written, and a table for each group."""
    tables = "".join(
        f"\n## {GROUPS.get(group, group)}\n\n| question | asks | takes | also asked by |\n|---|---|---|---|\n"
        + "".join(map(_readme_row, each))
        for group, each in groupby(questions, key=lambda question: question.group)
    )
    return f"{README_HEAD}{tables}"


def _readme_row(question: Question) -> str:
    path = question.id.replace(".", "/")
    takes = ", ".join(each.name if each.is_required else f"[{each.name}]" for each in question.parameters)
    cells = (f"[`{question.id}`]({path}.rq)", question.summary, takes, ", ".join(question.sources))
    return f"| {' | '.join(cells)} |\n"


README_HEAD = """# The questions

Generated from the headers of the files by `provkg queries readme`; a test holds the two together.

Each file is plain SPARQL 1.1 and stands on its own: paste it into any store that holds provkg's graphs as
the named graphs that they are, and whose default graph is the union of all graphs. `provkg query NAME -p
PARAMETER VALUE` asks it of a notebook, of the project's store or of an endpoint. A parameter in brackets
may be left out, and the question is then asked of everything. `coverage/` has tables of which question
answers which one of other collections, and of what engines cannot do.

The header is that of [grlc](https://grlc.io) with one key of ours, `x-provkg`: `id`, `parameters` (type,
doc, example, whether required), `columns` (what stands in each), `fixture` (the graphs in
`tests/queries/given` that it is tested on), `sources` (collections that ask the same) and `empty` (what it
means if nothing is found). A parameter is a variable of the query, named as grlc names them: `?_model_iri`,
or `?__model_iri` where it may be left out. Columns that end in `Iri` say in IRIs what others say in words;
tables leave them out unless `--iris` asks for them.

`provkg queries build` writes the bank as `sh:SPARQLExecutable`s, to be loaded beside the data of an endpoint.
"""
