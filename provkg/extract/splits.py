"""The parts of split data: which one a loader gives, which ones a split gives."""

from __future__ import annotations

from collections.abc import Iterator

from provkg.extract.knowledge import Effect
from provkg.extract.values import Evaluation, Value
from provkg.facts.learning import Part

PARTS: dict[object, Part] = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation",
    "val": "validation", "dev": "validation", "eval": "validation", "test": "test", "testing": "test",
}  # fmt: skip
"""What libraries call the parts of split data."""


def part_asked_for(visit: Evaluation) -> Part | None:
    """Which part of its data a loader is asked for: `split="train"`, `train=False`."""
    for name in ("split", "subset", "image_set", "split_name"):
        given = visit.keywords.get(name)
        if given is not None and isinstance(given.constant, str):
            return PARTS.get(given.constant.partition("[")[0])
    train = visit.keywords.get("train")
    if train is not None and isinstance(train.constant, bool):
        return "train" if train.constant else "test"
    return None


def name_part(part: str, outer: Part | None) -> Part | None:
    """The name of a part: what is held back from training data validates."""
    if outer == "train" and part == "test":
        return "validation"
    if outer == "test" and part == "train":
        return "validation"
    return PARTS.get(part)


def parts_of_result(visit: Evaluation, effect: Effect) -> Iterator[tuple[str, Value]]:
    """The parts that a call gives back, with their names: alternating, nested, or one for each name."""
    result = visit.result
    rows = result.items if isinstance(result.items, list) else []
    names = effect.parts
    if effect.returns is not None and effect.returns.form == "split":
        yield from ((names[index % len(names)], value) for index, value in enumerate(rows))
    elif len(rows) == len(names):
        yield from zip(names, rows, strict=True)
    else:
        row = result.element.items if result.element is not None else None
        if isinstance(row, list) and len(row) == len(names):
            yield from zip(names, row, strict=True)


def mark_part(value: Value, part: Part | None) -> None:
    """Say of data, and of what they consist of, that they are this part."""
    if value.content is not None:
        value.content = value.content.of_part(part)
    for each in value.items if isinstance(value.items, list) else ():
        mark_part(each, part)
