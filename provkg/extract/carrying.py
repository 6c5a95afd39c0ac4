"""How data go through the calls of libraries: read, made up, put into objects, transformed, predicted."""

from __future__ import annotations

from provkg.extract.applying import Applying
from provkg.extract.content import NOTHING, Content, Makers, merge_contents
from provkg.extract.features import columns_transformed
from provkg.extract.knowledge import ClassEntry, DataAccess, Effect, pick_arguments
from provkg.extract.roles import arguments_of, is_new, makers_of
from provkg.extract.splits import part_asked_for
from provkg.extract.values import (
    Class,
    Evaluation,
    Value,
    add_content,
    carry,
    columns_of,
    content_of,
    is_fresh,
)

FITTED_ROLES = frozenset(
    {"layer", "network", "pipeline", "predictor", "sampler", "search", "trainer", "transformer"}
)
"""What objects of these classes give depends on the data that they were fitted to."""

IN_MEMORY = frozenset({"io.StringIO", "io.BytesIO", "StringIO.StringIO"})
"""Buffers that are read like files."""

NETWORK_ROLES = frozenset({"layer", "network"})


class Carrying(Applying):
    """Notes on values what the data in them come from."""

    def bring_in(self, visit: Evaluation, effect: Effect, inputs: list[Value]) -> None:
        """Data come in from outside the program, or from a generator of random numbers."""
        held = content_in_memory(visit, effect)
        content = held or Content(rows=frozenset((visit,)), part=part_asked_for(visit))
        if "generate" in effect.actions:
            content = merge_contents((content, *map(content_of, inputs))) or content
        add_content(visit.result, content)

    def take_in(self, effect: Effect, receiver: Value, inputs: list[Value]) -> None:
        """What a method puts into its object: `list.append(x)`, `scaler.fit(X)`."""
        if any(mutation.place.is_receiver for mutation in effect.mutates):
            found = merge_contents(map(content_of, inputs))
            if found is not None:
                learnt = found if self.role_of(receiver) == "metric" else found.made_by(())
                for each in receiver.each():
                    # What is fitted anew forgets what it was fitted to before.
                    before = None if "fit" in effect.actions and not is_partial(effect) else each.content
                    each.content = merge_contents((before, learnt))

    def carry_result(self, visit: Evaluation, inputs: list[Value]) -> None:
        """Where the data of the result come from."""
        effect, receiver, result = visit.effect, visit.receiver, visit.result
        if not is_new(result, visit):
            return
        if effect is not None and effect.carries == "statistic" and not is_by_record(visit):
            givers = [*inputs, *([receiver] if receiver is not None else [])]
            found = merge_contents(map(content_of, givers))
            if found is not None and is_fresh(result):
                result.content = found.as_influence()
        elif effect is None or effect.carries in ("statistic", "values"):
            self.carry_values(visit, inputs)

    def carry_values(self, visit: Evaluation, inputs: list[Value]) -> None:
        effect, receiver, result = visit.effect, visit.receiver, visit.result
        actions = effect.actions if effect is not None else ()
        is_object = receiver is not None and receiver.name is None
        if is_object and receiver is not None and self.is_fitted(receiver, effect):
            self.carry_from_model(visit, receiver, inputs, "predict" in actions)
        elif "transform" in actions and isinstance(result.items, list) and len(result.items) == len(inputs):
            for part, given in zip(result.items, inputs, strict=True):
                carry(part, given)
        else:
            carry(result, *inputs, *([receiver] if is_object and receiver is not None else []))
            if effect is not None and receiver is None and "predict" in actions:
                models = arguments_of(visit, "estimator")
                makers = makers_of(each for model in models for each in model.each())
                self.sign(result, makers)

    def is_fitted(self, receiver: Value, effect: Effect | None) -> bool:
        """Whether what a method gives depends on what its object was fitted to."""
        actions = effect.actions if effect is not None else ()
        if not {"predict", "transform"} & {*actions}:
            return False
        role = self.role_of(receiver)
        return role in FITTED_ROLES or (effect is not None and effect.confidence == "convention")

    def carry_from_model(
        self, visit: Evaluation, receiver: Value, inputs: list[Value], is_prediction: bool
    ) -> None:
        """What a model or a transformer gives: records of its input, influenced by what it learnt."""
        result = visit.result
        found = merge_contents(map(content_of, inputs))
        learnt = content_of(receiver)
        influence = None if learnt is None else learnt.as_influence()
        if is_prediction:
            # A network is trained through the networks before it; other models only use what those predict.
            through = found.makers if found is not None and self.role_of(receiver) in NETWORK_ROLES else ()
            makers = tuple(dict.fromkeys((*through, *makers_of(receiver.each()))))
            found = (found or NOTHING).made_by(makers)
        content = merge_contents((found, influence))
        if content is not None and is_fresh(result):
            add_content(result, content)
            if not is_prediction:
                self.keep_columns(receiver, inputs, result)

    def keep_columns(self, transformer: Value, inputs: list[Value], result: Value) -> None:
        """The columns of what a transformer gives; a sampler gives a part for each input."""
        if isinstance(result.items, list) and len(result.items) == len(inputs):
            for part, given in zip(result.items, inputs, strict=True):
                part.columns = columns_of(given)
        elif inputs:
            result.columns = columns_transformed(transformer, columns_of(inputs[0]))

    def sign(self, result: Value, makers: Makers) -> None:
        """Note whose predictions a value is."""
        if makers and result.holders is None:
            result.content = (content_of(result) or NOTHING).made_by(makers)

    def role_of(self, value: Value) -> str | None:
        """What kind of object the class of a value makes, by the knowledge base."""
        entry = self.entry_of(value)
        return entry.role if entry is not None else None

    def entry_of(self, value: Value) -> ClassEntry | None:
        """What is known of the class of a value; one of the program's own is what its library base is."""
        if isinstance(value.code, Class):
            bases = (self.knowledge.find_class(name) for name in value.code.all_library_bases())
            return next((entry for entry in bases if entry is not None), None)
        if value.type is None and value.alternatives:
            entries = (self.entry_of(each) for each in value.alternatives)
            return next((entry for entry in entries if entry is not None), None)
        return self.knowledge.find_class(value.type) if value.type is not None else None


def content_in_memory(visit: Evaluation, effect: Effect) -> Content | None:
    """The data that a call is given instead of a file: `read_csv(BytesIO(response.content))`."""
    for access in effect.accesses:
        if access.place is not None and access.mode == "read":
            for given in pick_arguments(access.place, visit.arguments, visit.keywords):
                if holds_data(given, access):
                    return content_of(given)
    return None


def holds_data(value: Value, access: DataAccess) -> bool:
    """Whether what stands for a locator is data by itself: a buffer, a table, a folder that was fetched."""
    if any(each.type in IN_MEMORY for each in value.each()):
        return True
    content = content_of(value) if access.kind == "directory" and access.mode == "read" else None
    return content is not None and bool(content.rows)


def is_partial(effect: Effect) -> bool:
    """Whether fitting goes on from what was fitted before."""
    return effect.name.rpartition(".")[2].startswith("partial_")


def is_by_record(visit: Evaluation) -> bool:
    """A statistic over the columns of each record keeps the records apart: `df.sum(axis=1)`."""
    axis = visit.keywords.get("axis")
    return axis is not None and axis.constant in (1, "columns", -1)


def reads_data(effect: Effect) -> bool:
    """Whether a call brings data in; loading a model or settings does not."""
    return any(
        access.mode != "write"
        and access.kind != "handle"
        and (access.kind != "memory" or access.place is None)
        and access.content in ("data", "object", "text")
        for access in effect.accesses
    )
