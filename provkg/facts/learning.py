"""Machine learning: the models that a program trains."""

from __future__ import annotations

from dataclasses import dataclass

from provkg.facts.factset import Confidence


@dataclass(frozen=True, slots=True)
class Model:
    """An estimator that is really trained; one for each call site that trains it."""

    id: str
    step: str
    """Id of the step whose call trains it."""
    call: str
    """Id of the call that trains it."""
    class_name: str | None
    """Dotted name of its class; None where it is not known."""
    variable: str | None
    binding: str | None
    """Id of the binding that holds the trained model."""
    confidence: Confidence
    trained_on: tuple[str, ...] = ()
    """Ids of the accesses that read the data that reached the training; validation data does not count."""


LearningFact = Model
