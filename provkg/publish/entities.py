"""The entities of a crate that stand on their own: how things are called, people, grants and engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from provkg.identity import encode_name
from provkg.publish.metadata import Grant, Person
from provkg.publish.study import (
    Cell,
    DataFile,
    Environment,
    Execution,
    Output,
    Program,
    Run,
    Variable,
)

Entity = dict[str, Any]

PYTHON = "https://www.python.org/"
LANGUAGE_PAGES = {
    "python": PYTHON,
    "r": "https://www.r-project.org/",
    "julia": "https://julialang.org/",
}

# --- values ---------------------------------------------------------------------------------------------


def entity(iri: str, types: str | Sequence[str], /, **properties: Any) -> Entity:
    """An entity without the properties that have nothing to say; a list of one is the one.

    `__` in a name stands for the colon of a prefix.
    """
    made: Entity = {"@id": iri, "@type": only(types)}
    for name, value in properties.items():
        value = only(value)
        if value not in (None, "", [], ()):
            made[name.replace("__", ":")] = value
    return made


def only(value: Any) -> Any:
    """A list of one as the one, any other as a list."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return value
    return value[0] if len(value) == 1 else list(value)


def refer(*identifiers: str | None) -> list[Entity]:
    """References, each once, in their order."""
    return [{"@id": each} for each in dict.fromkeys(identifiers) if each]


def time(text: str | None) -> str | None:
    """A time in UTC, to milliseconds, as the profiles want it.

    >>> time("2026-11-20T22:26:02.161999+01:00")
    '2026-11-20T21:26:02.161+00:00'
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


# --- ids and small entities -----------------------------------------------------------------------------


def step_id(cell: Cell) -> str:
    """The step that a cell is of its program."""
    return f"{cell.iri}.step"


def control_id(execution: Execution) -> str:
    """The control of an execution."""
    return f"{execution.iri}.control"


def parameter_id(program: Program, file: DataFile, *, is_input: bool) -> str:
    """The formal parameter of a program that a file is given for."""
    way = "input" if is_input else "output"
    return f"#{way}-{encode_name(program.path)}-{encode_name(file.path or file.locator)}"


def value_parameter_id(program: Program, name: str) -> str:
    """The formal parameter of a program that a value is given for."""
    return f"#parameter-{encode_name(program.path)}-{encode_name(name)}"


def value_id(run: Run, name: str) -> str:
    """The value that a run was given."""
    return f"{run.iri}.parameter-{encode_name(name)}"


def person_id(person: Person) -> str:
    """A person by ORCID, else by name."""
    return person.orcid or f"#person-{encode_name(person.name)}"


def organization_id(name: str, ror: str | None = None) -> str:
    """An organization by ROR, else by name."""
    return ror or f"#organization-{encode_name(name)}"


def grant_id(grant: Grant) -> str:
    """A grant by its number."""
    name = f"{grant.funder} {grant.award or grant.title or ''}".strip()
    return f"#grant-{encode_name(name)}"


def tell_person(person: Person) -> Iterator[Entity]:
    """A person, and where they work."""
    works = organization_id(person.affiliation, person.ror) if person.affiliation else None
    yield entity(
        person_id(person),
        ["Person", "prov:Person", "prov:Agent"],
        name=person.name,
        givenName=person.given_name,
        familyName=person.family_name,
        affiliation=refer(works),
        email=person.email,
    )
    if person.affiliation:
        yield tell_organization(person.affiliation, person.ror)


def tell_organization(name: str, ror: str | None = None, url: str | None = None) -> Entity:
    """An organization."""
    return entity(organization_id(name, ror), "Organization", name=name, url=url or ror)


def tell_output(output: Output) -> Entity:
    """Something that a cell showed; its bytes are in the notebook."""
    return entity(
        output.iri,
        ["CreativeWork", "repr:Result", "prov:Entity"],
        name=output.name,
        encodingFormat=output.encoding_format,
        sha256=output.sha256,
        contentSize=size_text(output.size_bytes),
    )


def tell_variable(variable: Variable) -> Entity:
    """A variable, as one line of a cell gives it a value."""
    return entity(
        variable.iri,
        ["PropertyValue", "provkg:VariableDefinition", "p-plan:Variable", "prov:Entity"],
        name=variable.name,
        description=variable.label,
        additionalType=variable.python_type,
    )


def is_web(locator: str) -> bool:
    """Whether a locator is a whole URL, that others can follow too."""
    return locator.startswith(("https://", "http://", "ftp://")) and not set(locator) & set(' "<>\\^`{|}*')


def tell_grant(grant: Grant) -> Iterator[Entity]:
    """A grant and who gave it."""
    yield tell_organization(grant.funder, grant.ror)
    yield entity(
        grant_id(grant),
        "Grant",
        name=grant.title or f"{grant.funder} {grant.award or ''}".strip(),
        identifier=grant.award,
        funder=refer(organization_id(grant.funder, grant.ror)),
    )


def engine_of(environment: Environment | None, program: Program) -> Entity:
    """What ran the cells: the interpreter, known by its version where the file says it."""
    language = (environment.language if environment else None) or program.language or "python"
    version = environment.language_version if environment else None
    title = environment.kernel_title if environment else None
    page = LANGUAGE_PAGES.get(language, f"https://w3id.org/provkg/engine/{encode_name(language)}")
    return entity(
        f"{page}#{encode_name(version or 'unknown')}",
        "SoftwareApplication",
        name=" ".join(filter(None, (language.capitalize(), version)))
        + (f" (kernel {title})" if title else ""),
        url=page,
        softwareVersion=version,
    )


def excerpt(source: str, length: int = 200) -> str:
    """The first lines of a source, not longer than a description should be."""
    text = "\n".join(source.strip().splitlines()[:5])
    return text if len(text) <= length else text[: length - 1] + "…"


def size_text(size: int | None) -> str | None:
    """A size in bytes as a text, as RO-Crate wants it."""
    return None if size is None else str(size)
