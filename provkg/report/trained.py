"""Which data trained a model, as a scientist wants to read it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from provkg.query.models import (
    DataGiven,
    Explanation,
    Kept,
    Measure,
    Place,
    Source,
    State,
    TrainedModel,
    Written,
)

WIDTH = 100
LABEL = 14
MOST_COLUMNS = 12
LONGEST_VALUE = 60
MOST_STATES = 3


def tell_place(place: Place) -> str:
    """A place in words: "cell 7, line 3", or "line 12" of a script."""
    line = f"line {place.line}" if place.line else ""
    if place.is_script:
        return line or "the script"
    return f"cell {place.position}" + (f", {line}" if line else "")


def tell_models(models: Sequence[TrainedModel]) -> str:
    """A list of models, a line each."""
    rows = [
        (model.variable or "-", tell_class(model), f"{model.place.path} {tell_place(model.place)}")
        for model in models
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(
        f"{name.ljust(widths[0])}  {kind.ljust(widths[1])}  {place}" for name, kind, place in rows
    )


def tell_class(model: TrainedModel) -> str:
    """The class of a model, with what is at the end of it and how many there are."""
    name = model.class_name or "class not known"
    if model.final_estimator:
        name += f" with {model.final_estimator.rpartition('.')[2]}"
    return f"{name} (×{model.count})" if model.count > 1 else name


def tell_explanation(told: Explanation, *, with_way: bool) -> str:
    """Everything that is known of how a model came to be."""
    model = told.model
    lines = [f"{model.variable or 'a model'}: {tell_class(model)}"]
    times = f" (seen {tell_times(told.runs)})" if told.runs else ""
    lines += row("trained in", f"{model.place.path} {join(map(tell_place, told.trainings))}{times}")
    lines += rows("trained on", map(tell_source, told.sources)) or row("trained on", "unknown")
    lines += rows("influenced by", map(tell_source, told.influences))
    lines += rows("made by", [model.constructor] if model.constructor else ())
    lines += rows("fine-tuned from", told.fine_tuned_from)
    lines += rows("written by", map(tell_written, told.written))
    lines += rows("validated on", told.validated_on)
    for role in ("data", "features", "target", "weights"):
        lines += rows(role, dict.fromkeys(tell_data(each) for each in told.data if each.role == role))
    for kind, title in KINDS.items():
        settings = [
            f"{each.name}={shorten(each.value)}"
            for each in told.settings
            if each.kind == kind and not each.is_default
        ]
        lines += row(title, join(settings)) if settings else []
    defaults = [f"{each.name}={shorten(each.value)}" for each in told.settings if each.is_default]
    lines += row("defaults", join(defaults)) if defaults else []
    lines += rows("measures", map(tell_measure, told.measures))
    lines += rows("saved as", model.saved_as)
    lines += rows("kept", dict.fromkeys(map(tell_kept, told.kept)))
    if model.confidence:
        lines += row("confidence", model.confidence)
    return "\n".join([*lines, *(tell_way(told) if with_way else ())])


KINDS = {
    "hyperparameter": "parameters",
    "component": "components",
    "compilation": "compiled with",
    "training": "training",
}
"""Kind of a setting → what the line of these settings is called."""


def row(label: str, text: str) -> list[str]:
    """A line, or several where it is long, behind a label."""
    indent = " " * (LABEL + 4)
    first = f"  {label.ljust(LABEL)}  "
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False)


def rows(label: str, texts: Iterable[str]) -> list[str]:
    """One line for each text, the first behind the label."""
    found: list[str] = []
    for text in texts:
        found += row("" if found else label, text)
    return found


def join(texts: Iterable[str]) -> str:
    """Texts in one line."""
    return ", ".join(texts)


def shorten(text: str) -> str:
    """A value on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1] + "…"


def tell_times(count: int) -> str:
    """How often something happened."""
    return "once" if count == 1 else f"{count} times"


def tell_kept(kept: Kept) -> str:
    """Where the bytes of a model are kept, and what reads them."""
    path = f".provkg/contents/{kept.sha256[:2]}/{kept.sha256}"
    return f"{path}  ({kept.size_bytes:,} bytes, read with {kept.read_with})"


def tell_source(source: Source) -> str:
    """A source, and what says that it is read."""
    known = [f"{source.rule}, {tell_place(source.place)}"]
    if source.size_bytes is not None:
        known.append(f"{source.size_bytes:,} bytes")
    if source.sha256 is not None:
        known.append(f"sha256 {source.sha256[:12]}…")
    return f"{source.locator}  ({', '.join(known)})"


def tell_written(written: Written) -> str:
    """Which program wrote a source, and from what."""
    origin = f", from {join(written.sources)}" if written.sources else ""
    return f"{written.locator}: {written.place.path} {tell_place(written.place)}{origin}"


def tell_data(data: DataGiven) -> str:
    """Data by name, part and columns."""
    texts = [data.name or "(an expression)"]
    if data.part:
        texts.append(f"{data.part} part")
    if data.columns:
        texts.append(f"columns {list_columns(data.columns)}")
    if data.excluded:
        texts.append(f"without {list_columns(data.excluded)}")
    if data.derived:
        texts.append(f"made in the program: {list_columns(data.derived)}")
    texts += map(tell_state, data.states[:MOST_STATES])
    if len(data.states) > MOST_STATES:
        texts.append(f"and {len(data.states) - MOST_STATES} more states")
    return "; ".join(texts)


def tell_state(state: State) -> str:
    """What data were in a run: their size, what is missing, their content."""
    parts = [state.shape] if state.shape else []
    parts += [f"{state.missing:,} missing"] if state.missing else []
    if state.content_hash:
        parts.append(f"{'sample' if state.is_sampled else 'content'} {state.content_hash[:12]}…")
    return " ".join(parts)


def list_columns(names: Sequence[str]) -> str:
    """The first columns, and how many more there are."""
    rest = len(names) - MOST_COLUMNS
    return join(names[:MOST_COLUMNS]) + (f" and {rest} more" if rest > 0 else "")


def tell_measure(measure: Measure) -> str:
    """A measure, what it is computed on, and its value where it is known."""
    scoring = f"({measure.scoring})" if measure.scoring else ""
    part = f" on the {measure.part} part" if measure.part else ""
    value = "" if measure.value is None else f" = {measure.value:g}"
    logged = f" logged by {measure.logged_by}" if measure.logged_by else ""
    return f"{measure.name}{scoring}{part}{value}{logged}  {tell_place(measure.place)}"


def tell_way(told: Explanation) -> Iterator[str]:
    """The way from the sources to the training, line by line."""
    yield ""
    yield "  from source to model"
    places = [f"{each.place.path} {tell_place(each.place)}" for each in told.way]
    width = max(map(len, places), default=0)
    for place, each in zip(places, told.way, strict=True):
        yield f"    {place.ljust(width)}  {shorten(each.text)}"
    if not told.way:
        yield "    not known: no variable holds the data on the way"


def explanation_to_json(told: Explanation) -> dict[str, Any]:
    """The same as JSON can say it."""
    return asdict(told)
