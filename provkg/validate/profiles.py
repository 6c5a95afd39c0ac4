"""The profiles of `shapes/`, a folder each with a profile.ttl in the terms of W3C PROF, and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import pyoxigraph as ox

from provkg.errors import ValidationError
from provkg.graph.terms import DCTERMS, PROF, PROVKG, RDFS, SH, SHAPES, SKOS
from provkg.resources import find_resource
from provkg.validate.findings import Rule, Severity

FOLDER = "shapes"
ALL = "all"
"""The union of all profiles."""

_SEVERITIES: dict[ox.NamedNode, Severity] = {
    SH.Violation: "violation",
    SH.Warning: "warning",
    SH.Info: "info",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of rules that one can hold a graph to."""

    token: str
    iri: str
    title: str
    description: str
    extends: tuple[str, ...]
    """Tokens of the profiles whose rules it takes over."""
    files: tuple[str, ...]
    """Names of its shapes files, in its folder."""
    rules: tuple[Rule, ...]
    """Its own, by their codes."""


@cache
def load_profiles() -> dict[str, Profile]:
    """Every profile by its token, sorted.

    Raises:
        ValidationError: one of the files makes no sense.
    """
    folders = sorted(entry.name for entry in find_resource(FOLDER).iterdir() if entry.is_dir())
    headers = {token: _read_turtle(f"{token}/profile.ttl") for token in folders}
    nodes = {_get_node(headers[token], PROF.hasToken, ox.Literal(token), token): token for token in folders}
    return {token: _make_profile(node, token, headers[token], nodes) for node, token in nodes.items()}


def choose_profiles(tokens: Iterable[str]) -> tuple[Profile, ...]:
    """The profiles that are wanted and all that they extend, each once, sorted by token; "all" is all.

    Raises:
        ValidationError: there is no such profile.
    """
    profiles = load_profiles()
    chosen: set[str] = set()
    waiting = list(tokens)
    while waiting:
        token = waiting.pop()
        if token == ALL:
            waiting.extend(profiles)
        elif token not in chosen:
            chosen.add(token)
            waiting.extend(find_profile(token).extends)
    return tuple(profiles[token] for token in sorted(chosen))


def find_profile(token: str) -> Profile:
    """The profile of that token.

    Raises:
        ValidationError: there is none.
    """
    profiles = load_profiles()
    if token not in profiles:
        nearest = get_close_matches(token, profiles, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join((*profiles, ALL))}"
        raise ValidationError(f"there is no profile {token!r}", hint=hint)
    return profiles[token]


@cache
def load_rules() -> dict[str, Rule]:
    """Every rule by its code, sorted."""
    rules = (rule for profile in load_profiles().values() for rule in profile.rules)
    return {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}


def find_rule(code: str) -> Rule:
    """The rule of that code, in whatever case it is written.

    Raises:
        ValidationError: there is none.
    """
    rules = load_rules()
    if (wanted := code.upper()) in rules:
        return rules[wanted]
    nearest = get_close_matches(wanted, rules, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(nearest)}?" if nearest else "see all rules: provkg rule"
    raise ValidationError(f"there is no rule {code!r}", hint=hint)


def find_rules(tokens: Iterable[str], select: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules of profiles and of all that they extend, by their codes; of these the selected ones.

    `select` has codes, or what codes begin with; without any, all rules are.

    Raises:
        ValidationError: there is no such profile, or no rule at all has such a code.
    """
    beginnings = tuple(check_codes(select))
    rules = {rule.code: rule for profile in choose_profiles(tokens) for rule in profile.rules}
    return tuple(rules[code] for code in sorted(rules) if not beginnings or code.startswith(beginnings))


def check_codes(beginnings: Iterable[str]) -> Iterator[str]:
    """Codes of rules, or what they begin with, in capitals.

    Raises:
        ValidationError: no rule at all has such a code.
    """
    for beginning in beginnings:
        if not any(code.startswith(beginning.upper()) for code in load_rules()):
            find_rule(beginning)
        yield beginning.upper()


@cache
def load_shapes(profiles: tuple[str, ...]) -> ox.Store:
    """The shapes of exactly these profiles, as one graph. Not to be changed."""
    shapes = ox.Store()
    for token in profiles:
        for name in load_profiles()[token].files:
            shapes.extend(_read_turtle(f"{token}/{name}"))
    return shapes


def code_of(shape: str) -> str:
    """The code of the rule that a shape belongs to; "" where it is none of ours.

    >>> code_of("https://w3id.org/provkg/shapes#NB107.status")
    'NB107'
    """
    if not shape.startswith(SHAPES.IRI):
        return ""
    return shape.removeprefix(SHAPES.IRI).partition(".")[0]


# --- reading ----------------------------------------------------------------------------------------------


@cache
def _read_turtle(name: str) -> ox.Store:
    """A Turtle file below shapes/; its blank nodes are like those of no other file."""
    store = ox.Store()
    content = (find_resource(FOLDER) / name).read_bytes()
    try:
        parsed = ox.parse(content, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        store.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in parsed)
    except SyntaxError as error:
        raise ValidationError(f"this is not Turtle: {error.msg}", path=f"{FOLDER}/{name}") from error
    return store


def _make_profile(node: Any, token: str, header: ox.Store, nodes: dict[Any, str]) -> Profile:
    upper = {nodes[each] for each in _objects(header, node, PROF.isProfileOf) if each in nodes}
    upper |= {nodes[each] for each in _objects(header, node, PROF.isTransitiveProfileOf) if each in nodes}
    files = tuple(sorted(_find_files(header, node)))
    rules = [rule for name in files for rule in _find_rules(_read_turtle(f"{token}/{name}"), token)]
    return Profile(
        token,
        node.value,
        _text(header, node, DCTERMS.title),
        _text(header, node, DCTERMS.description),
        tuple(sorted(upper)),
        files,
        tuple(sorted(rules, key=lambda rule: rule.code)),
    )


def _find_files(header: ox.Store, node: Any) -> Iterator[str]:
    for resource in _objects(header, node, PROF.hasResource):
        for artifact in _objects(header, resource, PROF.hasArtifact):
            yield artifact.value.rpartition("/")[2]


def _find_rules(shapes: ox.Store, token: str) -> Iterator[Rule]:
    for quad in shapes.quads_for_pattern(None, SKOS.notation, None):
        node, code = quad.subject, quad.object
        if (
            isinstance(node, ox.NamedNode)
            and isinstance(code, ox.Literal)
            and node.value == SHAPES.IRI + code.value
        ):
            yield _make_rule(shapes, node, code.value, token)


def _make_rule(shapes: ox.Store, node: ox.NamedNode, code: str, token: str) -> Rule:
    sources = (*_objects(shapes, node, DCTERMS.source), *_objects(shapes, node, RDFS.seeAlso))
    severity = next(iter(_objects(shapes, node, SH.severity)), SH.Violation)
    return Rule(
        code,
        _text(shapes, node, SH.name),
        _text(shapes, node, SH.description),
        _text(shapes, node, SH.message) or _message_of_parts(shapes, node),
        _SEVERITIES[severity],
        tuple(source.value for source in sources),
        _text(shapes, node, PROVKG.mend),
        int(_text(shapes, node, PROVKG.effort) or 0),
        tuple(example.value for example in _objects(shapes, node, SKOS.example)),
        token,
    )


def _message_of_parts(shapes: ox.Store, node: ox.NamedNode) -> str:
    """The messages of what a shape is made of, where it has none itself."""
    parts = [
        part
        for link in (SH.sparql, SH.property)
        for part in _objects(shapes, node, link)
    ]  # fmt: skip
    return "; ".join(dict.fromkeys(filter(None, (_text(shapes, part, SH.message) for part in parts))))


def _get_node(header: ox.Store, predicate: ox.NamedNode, value: ox.Literal, token: str) -> Any:
    for quad in header.quads_for_pattern(None, predicate, value):
        return quad.subject
    raise ValidationError("does not describe the profile of its folder", path=f"{FOLDER}/{token}/profile.ttl")


def _objects(store: ox.Store, node: Any, predicate: ox.NamedNode) -> list[Any]:
    return sorted((quad.object for quad in store.quads_for_pattern(node, predicate, None)), key=str)


def _text(store: ox.Store, node: Any, predicate: ox.NamedNode) -> str:
    return next((term.value for term in _objects(store, node, predicate)), "")
