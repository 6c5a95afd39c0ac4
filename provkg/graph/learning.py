"""Machine learning as RDF, in the words of ML-Schema and FAIR4ML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provkg.facts.learning import Model
from provkg.graph.definition import doubt
from provkg.graph.iris import Term, name_of_python, text
from provkg.graph.statements import Statements, types
from provkg.graph.terms import FAIR4ML, MLS, PROV, PROVKG, SCHEMA

MODEL = types(MLS.Model, FAIR4ML.MLModel, PROV.Entity)
IMPLEMENTATION = types(MLS.Implementation, PROV.Entity)


def emit_model(model: Model, graph: Statements) -> None:
    """A trained model, the class that it is an instance of, and the data that trained it.

    The data are one hop away, as files; the reads that brought them in say where in the program that was.
    """
    name = model.class_name or model.variable or "model"
    origins = [*model.trained_on, *([model.binding] if model.binding is not None else [])]
    known = graph.surroundings.files
    graph.describe(
        graph.node(model.id),
        MODEL,
        f"{name} trained ({graph.place(model.step)})",
        (PROVKG.modelClass, _implementation(model.class_name, graph)),
        (PROVKG.pythonType, text(model.class_name)),
        (SCHEMA.name, text(model.variable)),
        (PROVKG.inCell, graph.node(model.step)),
        (PROVKG.trainedBy, graph.node(model.call)),
        graph.optional(PROVKG.heldBy, model.binding),
        *graph.link(FAIR4ML.trainedOn, [known[access] for access in model.trained_on if access in known]),
        *graph.link(PROV.wasDerivedFrom, origins),
        doubt(model.confidence),
    )


def _implementation(class_name: str | None, graph: Statements) -> Term | None:
    if class_name is None:
        return None
    node = graph.node(name_of_python(class_name))
    graph.describe(node, IMPLEMENTATION, class_name, (PROVKG.qualifiedName, text(class_name)))
    return node


EMITTERS: dict[type, Callable[[Any, Statements], None]] = {Model: emit_model}
