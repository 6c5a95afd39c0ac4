"""What a run took place in: environment, machine, libraries that were imported, commit, person."""

from __future__ import annotations

from collections.abc import Iterator

from provkg.extract.knowledge import find_distribution
from provkg.facts import Fact
from provkg.facts.deployment import Commit, Environment, Machine, Package
from provkg.identity import encode_name
from provkg.runs.context import Context
from provkg.runs.journal import Record


def find_deployment(context: Context) -> Iterator[Fact]:
    """Facts of the records of kinds `machine`, `environment`, `commit`, `packages` and `import`."""
    machine, packages = context.journal.first("machine"), _packages(context)
    if machine:
        variables = context.journal.first("environment").get("variables") or {}
        yield Environment(
            id=environment_id(context),
            plan=context.plan.id,
            language="python",
            language_version=machine.get("python"),
            implementation=machine.get("implementation"),
            run=context.run,
            installed=tuple(sorted((packages.get("installed") or {}).items())),
            variables=tuple(sorted(variables.items())),
        )
        yield machine_fact(machine, context)
    commit = context.journal.first("commit")
    if commit.get("commit"):
        yield commit_fact(commit, context)
    yield from packages_used(packages, context)


def environment_id(context: Context) -> str:
    """The id of the environment of a run."""
    return f"{context.prefix}.environment"


def commit_id(context: Context) -> str | None:
    """The id of the commit that was checked out; None where it is not known."""
    name = context.journal.first("commit").get("commit")
    return f"_commit/{encode_name(name)}" if isinstance(name, str) else None


def machine_fact(record: Record, context: Context) -> Machine:
    """The computer, as it was when the program ended."""
    return Machine(
        id=f"{context.prefix}.machine",
        environment=environment_id(context),
        system=record.get("system"),
        release=record.get("release"),
        distribution=record.get("distribution"),
        architecture=record.get("architecture"),
        processor=record.get("cpu"),
        cores=record.get("cores"),
        memory_bytes=record.get("memory"),
        graphics=tuple(record.get("gpus") or ()),
        driver=record.get("driver"),
    )


def commit_fact(record: Record, context: Context) -> Commit:
    """The commit of the project's repository."""
    origin = record.get("origin")
    return Commit(
        id=commit_id(context) or "_commit/unknown",
        digest=record["commit"],
        branch=record.get("branch"),
        is_clean=record.get("clean"),
        repository=context.redactor.redact_url(origin) if origin else None,
    )


def _packages(context: Context) -> Record:
    """What all processes of the run imported, and what was there."""
    merged: Record = {"loaded": [], "providers": {}, "installed": {}}
    for record in context.journal.of("packages"):
        merged["loaded"] += record.get("loaded") or []
        merged["providers"] |= record.get("providers") or {}
        merged["installed"] |= record.get("installed") or {}
    if not merged["loaded"]:  # killed before it could tell
        merged["loaded"] = [record["name"] for record in context.journal.of("import")]
    return merged


def packages_used(packages: Record, context: Context) -> Iterator[Package]:
    """The libraries that were imported, each at the step that did it first."""
    first: dict[str, Record] = {}
    for record in context.journal.of("import"):
        first.setdefault(record["name"], record)
    seen: set[str] = set()
    for module in sorted(set(packages["loaded"])):
        name = packages["providers"].get(module) or _known_distribution(module, packages["installed"])
        step = context.step_of(first.get(module, {}))
        if name is None or name in seen or step is None:
            continue
        seen.add(name)
        yield Package(name, step.id, "loaded", packages["installed"].get(name))


def _known_distribution(module: str, installed: dict[str, str]) -> str | None:
    name = find_distribution(module)
    return name.lower() if name is not None and name.lower() in installed else None
