"""The part of a graph that tells of one kind of thing: of programs, runs, models or data.

A frame begins with all things of some classes and takes in what certain properties lead to, in either
direction; what is taken in keeps all that is said of it. So a document of a size to be read comes out of a
graph that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode, Quad

from provkg.graph.terms import FAIR4ML, MLS, PPLAN, PROV, PROVKG, PROVONE, RDF, REPR, SCHEMA


@dataclass(frozen=True, slots=True)
class Frame:
    """Where it begins, and which properties it follows."""

    title: str
    classes: tuple[NamedNode, ...]
    forward: tuple[NamedNode, ...]
    """From a thing that is in it to what it says this property of."""
    backward: tuple[NamedNode, ...]
    """From a thing that is in it to what says this property of it."""


FRAMES: Mapping[str, Frame] = {
    "notebook": Frame(
        "programs as they are written: cells, their text and order, what they read and write",
        (PROVKG.NotebookVersion, PROVKG.ScriptVersion),
        (
            PROV.specializationOf,
            SCHEMA.encoding,
            REPR.hasSetting,
            PROV.hadMember,
            PROVKG.reads,
            PROVKG.writes,
        ),
        (PPLAN.isStepOfPlan,),
    ),
    "run": Frame(
        "what ran: executions, their order and times, what they used and made",
        (REPR.Trial,),
        (PROV.used, PROV.wasAssociatedWith, PROV.qualifiedAssociation, SCHEMA.error, SCHEMA.encoding),
        (PROVONE.wasPartOf, PROV.wasGeneratedBy),
    ),
    "model": Frame(
        "trained models: their data, parameters and measures",
        (MLS.Model,),
        (
            FAIR4ML.trainedOn,
            FAIR4ML.testedOn,
            FAIR4ML.validatedOn,
            FAIR4ML.fineTunedFrom,
            FAIR4ML.hasEvaluation,
            PROVKG.modelClass,
            PROVKG.finalEstimator,
            PROVKG.givenData,
            MLS.hasPart,
            MLS.specifiedBy,
        ),
        (PROVKG.parameterOf, PROVKG.trains),
    ),
    "dataset": Frame(
        "data: files with their bytes, who reads and writes them, which models they trained",
        (REPR.InputData, SCHEMA.Dataset),
        (PROV.specializationOf,),
        (FAIR4ML.trainedOn, PROV.specializationOf),
    ),
}
"""Name → frame."""


def frame_quads(quads: Iterable[Quad], name: str) -> list[Quad]:
    """The quads about what is in the frame of that name, in their order."""
    frame, quads = FRAMES[name], list(quads)
    chosen = reach(
        {quad.subject for quad in quads if quad.predicate == RDF.type and quad.object in frame.classes},
        find_steps(quads, frame),
    )
    return [quad for quad in quads if quad.subject in chosen]


def find_steps(quads: Sequence[Quad], frame: Frame) -> dict[Any, list[Any]]:
    """Thing → the things that it takes into the frame."""
    steps: dict[Any, list[Any]] = {}
    for quad in quads:
        if quad.predicate in frame.forward:
            steps.setdefault(quad.subject, []).append(quad.object)
        if quad.predicate in frame.backward:
            steps.setdefault(quad.object, []).append(quad.subject)
    return steps


def reach(starts: set[Any], steps: Mapping[Any, Iterable[Any]]) -> set[Any]:
    """Everything that the steps lead to, the starts included."""
    found, waiting = set(starts), list(starts)
    while waiting:
        for each in steps.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found
