"""Is a graph consistent with the ontologies whose terms it uses? HermiT says, owlready2 asks it.

owlready2 loads Turtle as an empty ontology without a word, and fetches imports over the network; so the
ontologies and the graph are read here, merged without imports, and given to it as one N-Triples text.

An ontology that is not given, as schema.org's mostly is, leaves open which of its properties link and which
hold values: the graph shows it. Where something clashes, the explanation is found by leaving out: parts of
the graph are taken away as long as it stays inconsistent, then axioms.
"""

from __future__ import annotations

import io
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox

from provkg.errors import GraphError, MissingExtra, ValidationError
from provkg.graph.terms import OWL, RDF, RDFS
from provkg.resources import read_resource

OWN = ("ontologies/provkg.ttl", "ontologies/alignment.ttl")
"""What we ship; foreign ontologies are the user's to bring."""
SUFFIXES = (".owl", ".rdf", ".ttl", ".nt", ".xml", ".n3", ".jsonld")

Triples = Sequence[ox.Triple]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Consistency:
    """What the reasoner says of a graph."""

    is_consistent: bool
    unsatisfiable: tuple[str, ...]
    """IRIs of classes that nothing can be in, sorted; known only where the graph is consistent."""
    clash: tuple[ox.Triple, ...]
    """Statements of the graph that cannot all be true, as few as were found."""
    axioms: tuple[ox.Triple, ...]
    """Axioms because of which they cannot."""
    is_minimal: bool
    """Is nothing in `clash` that could be left out? Not known where looking for it was given up."""


def check_consistency(data: Iterable[ox.Triple], axioms: Triples, *, runs: int = 150) -> Consistency:
    """Whether a graph and ontologies can be true together, and if not, what clashes.

    `runs` is how often at most the reasoner is asked to find what clashes.

    Raises:
        MissingExtra: owlready2 or Java is missing.
    """
    data = sorted(set(data), key=str)
    unsatisfiable = ask_hermit([*axioms, *data])
    if unsatisfiable is not None:
        return Consistency(True, tuple(unsatisfiable), (), (), True)
    budget = _Budget(runs)

    def clashes(part: Triples, against: Triples) -> bool:
        return budget.spend() and ask_hermit([*against, *part]) is None

    clash = _minimise(data, lambda part: clashes(part, axioms))
    near = _find_module(clash, axioms)
    if not clashes(clash, near):
        return Consistency(False, (), tuple(clash), (), not budget.is_spent)
    blocks = _minimise(
        _group_axioms(near), lambda part: clashes(clash, [each for block in part for each in block])
    )
    named = tuple(triple for block in blocks for triple in block)
    return Consistency(False, (), tuple(clash), named, not budget.is_spent)


# --- the reasoner -----------------------------------------------------------------------------------------


def ask_hermit(triples: Triples) -> list[str] | None:
    """The classes that nothing can be in, sorted; None where the triples are inconsistent.

    Raises:
        MissingExtra: owlready2 or Java is missing.
        ValidationError: the reasoner failed.
    """
    owlready2 = _import_owlready2()
    everything = [*triples, *_declare_missing(triples)]
    text = ox.serialize(everything, format=ox.RdfFormat.N_TRIPLES) or b""
    world = owlready2.World()
    ontology = world.get_ontology("http://example.org/merged/").load(fileobj=io.BytesIO(text))
    if not len(world.graph):
        raise ValidationError("owlready2 read nothing of what it was given")
    try:
        with ontology:
            owlready2.sync_reasoner_hermit([ontology], infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    except owlready2.OwlReadyJavaError as error:
        raise ValidationError(f"HermiT failed: {_first_line(error)}") from error
    return sorted(each.iri for each in world.inconsistent_classes() if each is not owlready2.Nothing)


def _import_owlready2() -> Any:
    try:
        import owlready2
    except ImportError as error:
        raise MissingExtra(
            "checking against ontologies needs the library owlready2",
            hint="install it with: pip install 'provkg[owl]'",
        ) from error
    if shutil.which(str(owlready2.JAVA_EXE)) is None:
        raise MissingExtra(
            "checking against ontologies needs Java, which the reasoner HermiT is written in",
            hint="install a Java runtime, for example: apt install default-jre-headless",
        )
    return owlready2


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _declare_missing(triples: Triples) -> Iterator[ox.Triple]:
    """What kinds of properties and classes those are that no ontology declares: the reasoner has to know."""
    declared = {
        triple.subject for triple in triples if triple.predicate == RDF.type and triple.object in _DECLARED
    }
    kinds: dict[ox.NamedNode, set[bool]] = defaultdict(set)
    classes = set()
    for triple in triples:
        if triple.predicate == RDF.type:
            if isinstance(triple.object, ox.NamedNode) and triple.object not in declared:
                classes.add(triple.object)
        elif triple.predicate not in declared:
            kinds[triple.predicate].add(isinstance(triple.object, ox.Literal))
    for node in sorted(classes, key=str):
        if not node.value.startswith(_BUILT_IN):
            yield ox.Triple(node, RDF.type, OWL.Class)
    for node, holds_values in sorted(kinds.items(), key=lambda item: str(item[0])):
        if not node.value.startswith(_BUILT_IN):
            yield ox.Triple(node, RDF.type, _choose_kind(holds_values))


def _choose_kind(holds_values: set[bool]) -> ox.NamedNode:
    if len(holds_values) > 1:
        return OWL.AnnotationProperty
    return OWL.DatatypeProperty if True in holds_values else OWL.ObjectProperty


_DECLARED = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty}
_BUILT_IN = (OWL.IRI, RDF.IRI, RDFS.IRI)


# --- ontologies -------------------------------------------------------------------------------------------


def read_ontologies(paths: Iterable[Path]) -> list[ox.Triple]:
    """The axioms of our own ontologies and of those in these files and folders, without imports; sorted.

    Raises:
        GraphError: one cannot be read, or there is none in a folder.
    """
    triples: set[ox.Triple] = set()
    for name in OWN:
        parsed = ox.parse(read_resource(name), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        triples.update(quad.triple for quad in parsed)
    for path in _find_files(paths):
        triples.update(parse_ontology(_read(path), str(path)))
    return sorted((each for each in triples if each.predicate != OWL.imports), key=str)


def _find_files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES and each.is_file())
        if not found:
            raise GraphError(
                "there is no ontology in this folder",
                path=str(path),
                hint=f"ontologies are files with the suffix {', '.join(SUFFIXES)}",
            )
        yield from found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise GraphError(f"cannot be read: {error.strerror or error}", path=str(path)) from error


def parse_ontology(content: bytes, path: str) -> list[ox.Triple]:
    """The triples of an ontology; a file called .owl may be RDF/XML or Turtle, its beginning tells.

    Raises:
        GraphError: it is no RDF, or nothing is in it.
    """
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    format = ox.RdfFormat.from_extension(Path(path).suffix.lstrip("."))
    if format in (None, ox.RdfFormat.RDF_XML, ox.RdfFormat.TURTLE):
        is_xml = start.startswith((b"<?xml", b"<!DOCTYPE")) or b"<rdf:RDF" in content[:4096]
        format = ox.RdfFormat.RDF_XML if is_xml else ox.RdfFormat.TURTLE
    try:
        base = Path(path).absolute().as_uri()
        triples = [
            quad.triple for quad in ox.parse(content, format=format, base_iri=base, rename_blank_nodes=True)
        ]
    except SyntaxError as error:
        raise GraphError(f"this is not {format.name}: {error.msg}", path=path) from error
    if not triples:
        raise GraphError("there is nothing in this ontology", path=path)
    return triples


# --- explaining -------------------------------------------------------------------------------------------


class _Budget:
    """How often one may still ask."""

    def __init__(self, runs: int) -> None:
        self._left = runs

    @property
    def is_spent(self) -> bool:
        """Was asking given up?"""
        return self._left < 0

    def spend(self) -> bool:
        """May one ask once more?"""
        self._left -= 1
        return self._left >= 0


def _minimise(parts: Sequence[Part], clashes: Callable[[list[Part]], bool]) -> list[Part]:
    """A part of the parts that still clashes, and of which no part does, if `clashes` never gives up.

    Source: U. Junker, QuickXplain, AAAI 2004.
    """

    def explain(background: list[Part], is_new: bool, rest: list[Part]) -> list[Part]:
        if is_new and clashes(background):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        from_second = explain(background + first, True, second)
        from_first = explain(background + from_second, bool(from_second), first)
        return from_first + from_second

    return explain([], False, list(parts))


def _group_axioms(triples: Triples) -> list[list[ox.Triple]]:
    """The triples, those together that blank nodes hold together."""
    by_subject: dict[Any, list[ox.Triple]] = defaultdict(list)
    for triple in triples:
        by_subject[triple.subject].append(triple)

    def with_parts(triple: ox.Triple) -> list[ox.Triple]:
        found, waiting, seen = [triple], [triple.object], set()
        while waiting:
            node = waiting.pop()
            if isinstance(node, ox.BlankNode) and node not in seen:
                seen.add(node)
                found += by_subject[node]
                waiting += [each.object for each in by_subject[node]]
        return found

    return [with_parts(triple) for triple in triples if not isinstance(triple.subject, ox.BlankNode)] + [
        by_subject[node] for node in sorted(_find_loose(triples), key=str)
    ]


def _find_loose(triples: Triples) -> set[ox.BlankNode]:
    """Blank nodes that nothing points at: axioms of their own, as general axioms are."""
    subjects = {each.subject for each in triples if isinstance(each.subject, ox.BlankNode)}
    return subjects - {each.object for each in triples if isinstance(each.object, ox.BlankNode)}


def _find_module(data: Triples, axioms: Triples) -> list[ox.Triple]:
    """The axioms about terms of the data, and about what these lead to."""
    known: set[Any] = {term for triple in data for term in (triple.predicate, triple.object)}
    blocks = _group_axioms(axioms)
    found: list[list[ox.Triple]] = []
    while True:
        near = [
            block
            for block in blocks
            if block[0].subject in known or isinstance(block[0].subject, ox.BlankNode)
        ]
        if len(near) == len(found):
            return [triple for block in near for triple in block if triple.predicate not in _ANNOTATIONS]
        found = near
        known |= {
            triple.object for block in near for triple in block if isinstance(triple.object, ox.NamedNode)
        }


_ANNOTATIONS = {RDFS.label, RDFS.comment}
