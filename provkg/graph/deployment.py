"""Deployment provenance as RDF: the environment, its libraries and settings, and the people."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from provkg.facts.deployment import Agent, Commit, Environment, EnvironmentVariable, Machine, Package
from provkg.graph.definition import emit_library
from provkg.graph.iris import flag, number, text
from provkg.graph.statements import PLAN, STEP, Statements, types
from provkg.graph.terms import PROV, PROVKG, REPR, SCHEMA
from provkg.identity import digest_texts, encode_name, short

ENVIRONMENT = types(PROVKG.Environment, REPR.Setting, PROV.Collection, PROV.Entity)
KERNEL = types(REPR.Kernel, PROV.Entity)
SYSTEM = types(REPR.OperatingSystem, PROV.Entity)
HARDWARE = types(PROVKG.Hardware, PROV.Entity)
COMMIT = types(PROVKG.GitCommit, PROV.Activity)
LANGUAGE = types(REPR.ProgrammingLanguage, PROV.Entity)
REQUIREMENT = types(PROVKG.Requirement, PROV.Entity)
VARIABLE = types(PROVKG.EnvironmentVariable, REPR.Setting, PROV.Entity)
PERSON = types(PROV.Person, PROV.Agent, SCHEMA.Person)

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")


def emit_environment(environment: Environment, graph: Statements) -> None:
    """The environment as a collection of its kernel and its language."""
    node = graph.node(environment.id)
    if environment.run is None:
        graph.mention(graph.node(environment.plan), PLAN)
        graph.add(graph.node(environment.plan), (REPR.hasSetting, node))
    title = environment.kernel_title or environment.kernel or environment.language or "unknown"
    graph.describe(
        node, ENVIRONMENT, f"environment: {title}", (PROVKG.implementation, text(environment.implementation))
    )
    _emit_kernel(environment, graph)
    _emit_language(environment, graph)
    _emit_members(environment, graph)


def _emit_members(environment: Environment, graph: Statements) -> None:
    """What was installed, and the variables of the process environment."""
    node = graph.node(environment.id)
    for name, version in environment.installed:
        graph.add(node, (PROV.hadMember, emit_library(name, version, "pypi", graph)))
    for name, value in environment.variables:
        variable = graph.node(f"{environment.id}.variable-{encode_name(name)}")
        graph.add(node, (PROV.hadMember, variable))
        graph.describe(
            variable, VARIABLE, f"{name}={value}", (SCHEMA.name, text(name)), (SCHEMA.value, text(value))
        )


def emit_machine(machine: Machine, graph: Statements) -> None:
    """The operating system and the hardware of an environment, as members of it."""
    environment, system = graph.node(machine.environment), graph.node(f"{machine.id}.system")
    name = machine.distribution or " ".join(filter(None, (machine.system, machine.release)))
    if name:
        graph.add(environment, (PROV.hadMember, system))
        graph.describe(
            system,
            SYSTEM,
            name,
            (SCHEMA.name, text(machine.system)),
            (SCHEMA.softwareVersion, text(machine.release)),
        )
    hardware = graph.node(machine.id)
    graph.add(environment, (PROV.hadMember, hardware))
    graph.describe(
        hardware,
        HARDWARE,
        machine.processor or machine.architecture or "hardware",
        (PROVKG.architecture, text(machine.architecture)),
        (PROVKG.processor, text(machine.processor)),
        (PROVKG.processorCount, number(machine.cores)),
        (PROVKG.memoryBytes, number(machine.memory_bytes)),
        *[(PROVKG.graphicsProcessor, text(model)) for model in machine.graphics],
        (PROVKG.driver, text(machine.driver)),
    )


def emit_commit(commit: Commit, graph: Statements) -> None:
    """The commit that was checked out."""
    graph.describe(
        graph.node(commit.id),
        COMMIT,
        f"commit {commit.digest[:12]}" + (" with changes" if commit.is_clean is False else ""),
        (PROVKG.commitHash, text(commit.digest)),
        (PROVKG.branch, text(commit.branch)),
        (PROVKG.isClean, None if commit.is_clean is None else flag(commit.is_clean)),
        (SCHEMA.codeRepository, text(commit.repository)),
    )


def _emit_kernel(environment: Environment, graph: Statements) -> None:
    title = environment.kernel_title or environment.kernel
    if title is None:
        return
    kernel = graph.node(f"{environment.id}.kernel")
    graph.add(graph.node(environment.id), (PROV.hadMember, kernel))
    graph.describe(kernel, KERNEL, title, (SCHEMA.name, text(environment.kernel)))


def _emit_language(environment: Environment, graph: Statements) -> None:
    if environment.language is None and environment.language_version is None:
        return
    language = graph.node(f"{environment.id}.language")
    graph.add(graph.node(environment.id), (PROV.hadMember, language))
    graph.describe(
        language,
        LANGUAGE,
        " ".join(filter(None, (environment.language, environment.language_version))),
        (SCHEMA.name, text(environment.language)),
        (SCHEMA.softwareVersion, text(environment.language_version)),
    )


def emit_package(package: Package, graph: Statements) -> None:
    """The library, and the requirement of it: who says so, and which versions would do."""
    library = emit_library(package.name, package.version, package.manager, graph)
    graph.mention(graph.node(package.step), STEP)
    graph.add(graph.node(package.step), (PROVKG.requires, library))
    graph.describe(
        graph.node(_requirement_id(package)),
        REQUIREMENT,
        f"{package.name}{package.specifier or ''} ({package.evidence})",
        (PROVKG.inCell, graph.node(package.step)),
        (PROVKG.requiredLibrary, library),
        (PROVKG.versionSpecifier, text(package.specifier)),
        (PROVKG.evidence, text(package.evidence)),
    )


def _requirement_id(package: Package) -> str:
    """One for each way in which a step asks for a library."""
    how = (package.manager, package.evidence, package.version or "", package.specifier or "")
    return f"{package.step}.requires-{encode_name(package.name)}-{short(digest_texts(how))}"


def emit_agent(agent: Agent, graph: Statements) -> None:
    """A person, by ORCID where it is one, to whom the plan is attributed."""
    orcid = _ORCID.fullmatch(agent.orcid or "")
    person = graph.node(f"https://orcid.org/{orcid[1]}" if orcid else agent.id)
    graph.describe(person, PERSON, agent.name, (SCHEMA.name, text(agent.name)))
    graph.mention(graph.node(agent.plan), PLAN)
    graph.add(graph.node(agent.plan), (PROV.wasAttributedTo, person))


def emit_environment_variable(variable: EnvironmentVariable, graph: Statements) -> None:
    """An environment variable that the program sets."""
    written = variable.name if variable.value is None else f"{variable.name}={variable.value}"
    graph.describe(
        graph.node(variable.id),
        VARIABLE,
        written,
        (PROVKG.inCell, graph.node(variable.step)),
        (SCHEMA.name, text(variable.name)),
        (SCHEMA.value, text(variable.value)),
    )


EMITTERS: dict[type, Callable[[Any, Statements], None]] = {
    Environment: emit_environment,
    Machine: emit_machine,
    Commit: emit_commit,
    Package: emit_package,
    Agent: emit_agent,
    EnvironmentVariable: emit_environment_variable,
}
