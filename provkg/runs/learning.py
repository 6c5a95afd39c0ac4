"""Machine learning as it was observed, on the models, trainings and data that the code implies.

A call that was observed is found in the code by the columns it stands in. What the code implies of it (the
variable that holds the model, the reads that its data come from) is told again, with what only a run knows:
the data by their digests, the parameters with their values, the measures with theirs. A call that the code
does not show (`getattr(model, name)(X)`) is told by what was observed alone. Values belong to one run: they
have ids of its own, but for parameters whose value stands in the code.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from provkg.facts import Fact
from provkg.facts.definition import Call, Step
from provkg.facts.execution import Access, DataFile
from provkg.facts.factset import Constant, Span
from provkg.facts.learning import (
    DataRole,
    Dataset,
    DataState,
    Metric,
    Model,
    ModelState,
    Parameter,
    ParameterKind,
    Seed,
    Split,
    Training,
    TrainingKind,
    TrainingRun,
)
from provkg.identity import digest_text, encode_name, short
from provkg.runs.context import Context, moment
from provkg.runs.files import find_files
from provkg.runs.journal import Record

MOST_STATISTICS = 20
"""Columns whose statistics are told."""
NO_VALUE: Any = object()


def find_learning(context: Context) -> Iterator[Fact]:
    """Facts of the records of kinds `training`, `prediction`, `score`, `split` and `seed`."""
    kinds = ("training", "prediction", "score", "split", "seed", "read")
    records = [record for record in context.journal.of(*kinds) if "error" not in record]
    return iter(Observed(context).find(records)) if records else iter(())


class Inferred:
    """What the code implies, by the calls that it stands on."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.calls: dict[tuple[str, int, int, int, int], Call] = {}
        self.by_call: defaultdict[tuple[type, str], list[Any]] = defaultdict(list)
        self.by_id: dict[str, Any] = {}
        self.parameters: defaultdict[str, dict[tuple[str, str], Parameter]] = defaultdict(dict)
        self.loops: defaultdict[str, list[Training]] = defaultdict(list)
        for fact in facts:
            self._note(fact)

    def _note(self, fact: Any) -> None:
        if isinstance(fact, Call):
            span = fact.span
            place = (span.start_line, span.start_column, span.end_line, span.end_column)
            self.calls[(fact.step, *place)] = fact
        elif isinstance(fact, Parameter):
            self.parameters[fact.of][fact.kind, fact.name] = fact
        elif isinstance(fact, Access | DataFile | Dataset | Model | Training | Metric | Seed | Split):
            self.by_id[fact.id] = fact
            if not isinstance(fact, DataFile) and fact.call is not None:
                self.by_call[type(fact), fact.call].append(fact)
            if isinstance(fact, Training) and fact.kind == "loop":
                self.loops[fact.step].append(fact)


class Observed:
    """Makes the facts of one run."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.code = Inferred(context.inferred.facts)
        self.facts: dict[str, Fact] = {}
        self.models: dict[int, str] = {}
        """Number of an object → id of the model that it is."""
        self.makers: dict[int, str] = {}
        """Number of an object → id of the model whose prediction it is."""
        self.accesses: defaultdict[tuple[str, str], list[Access]] = defaultdict(list)
        for fact in find_files(context):
            if isinstance(fact, Access) and fact.call is not None:
                self.accesses[fact.call, fact.mode].append(fact)

    def find(self, records: Sequence[Record]) -> list[Fact]:
        """The facts of these records, in their order."""
        last = {loop_key(record): record for record in records if record.get("loop")}
        for record in records:
            if record.get("loop") and last[loop_key(record)] is not record:
                continue  # a later record of the same loop says more
            step = self.context.step_of(record)
            if step is not None:
                HANDLERS[record["k"]](self, record, step)
        return list(self.facts.values())

    def add(self, fact: Any) -> str:
        """Keep a fact; gives its id."""
        self.facts[fact.id] = fact
        identity: str = fact.id
        return identity

    # --- places ---------------------------------------------------------------------------------------------

    def call_of(self, record: Record, step: Step) -> tuple[str, int, Call | None]:
        """Id of the call that a record is about, its line, and the call where the code shows it."""
        span, line = record.get("span"), self.context.line_of(record, step)
        if isinstance(span, list) and len(span) == 4 and None not in span:
            offset = step.first_line - 1 if record.get("source") == self.context.script else 0
            first, last, column, end = span
            call = self.code.calls.get((step.id, first - offset, column, last - offset, end))
            if call is not None:
                self.add(call)
                return call.id, call.span.start_line, call
            if record.get("source") == self.context.script:
                return f"{step.id}.call-L{first - offset}C{column}", first - offset, None
        return f"{step.id}.call-L{line}-{encode_name(record['rule'])}", line, None

    def told_call(self, record: Record, step: Step) -> tuple[str, int]:
        """Id and line of a call; one that the code does not show is told by what was called."""
        identity, line, call = self.call_of(record, step)
        if call is None:
            span = Span(line, 0, line, 0)
            self.add(Call(identity, step.id, record["rule"], record["rule"].rpartition(".")[2], (), span))
        return identity, line

    def own_id(self, identity: str, *parts: str) -> str:
        """An id below that of the run, for what is known of the thing with this id in this run alone."""
        local = identity.partition("#")[2].partition(".")[2]
        return ".".join([self.context.prefix, local, *parts])

    def origins(self, accesses: Iterable[str]) -> tuple[str, ...]:
        """The accesses as they were observed; those that nobody could observe as the code implies them."""
        found: dict[str, None] = {}
        for identity in accesses:
            access = self.code.by_id.get(identity)
            if not isinstance(access, Access):
                continue
            observed = self.accesses.get((access.call or "", access.mode), [])
            found.update(dict.fromkeys(each.id for each in observed))
            if not observed:
                self.add(access)
                if (file := self.code.by_id.get(access.file)) is not None:
                    self.facts.setdefault(file.id, file)
                found[access.id] = None
        return tuple(found)

    # --- trainings ------------------------------------------------------------------------------------------

    def on_training(self, record: Record, step: Step) -> None:
        """A model was trained, or something that only transforms was fitted: that is no training."""
        inferred = self.trainings_of(record, step)
        told = record.get("model") or {}
        if not inferred and not is_training(record):
            return
        call, line = self.told_call(record, step)
        training = self.choose_training(inferred, told) or made_training(record, step, call, line)
        model = self.model_of(training, told, step, call)
        data = self.datasets(record, step, training.data, call, line)
        self.add(model)
        self.add(
            replace(
                training,
                model=model.id,
                data=tuple(dict.fromkeys([*training.data, *(each for each, _ in data)])),
                trained_on=self.origins(training.trained_on),
                influenced_by=self.origins(training.influenced_by),
                validated_on=self.origins(training.validated_on),
            )
        )
        self.add_training_run(record, step, training, model, [state for _, state in data if state])
        self.add_parameters(record, step, training, model, call, line)
        number = told.get("object")
        if isinstance(number, int):
            self.models[number] = model.id
        if "measure" in record.get("actions", ()):
            self.add_metric(record, step, call, line, (model.id,))
        if isinstance(result := (record.get("result") or {}).get("object"), int):
            self.makers[result] = model.id

    def trainings_of(self, record: Record, step: Step) -> list[Training]:
        """The trainings that the code shows at the call of a record."""
        call, _, _ = self.call_of(record, step)
        found = [each for each in self.code.by_call[Training, call] if each.step == step.id]
        if record.get("loop") and not found:
            found = self.code.loops[step.id]
        return found

    def choose_training(self, inferred: Sequence[Training], told: Record) -> Training | None:
        """Of several trainings at one call the one of a model of the class that was observed."""
        same = [each for each in inferred if self.code.by_id[each.model].class_name == told.get("type")]
        return next(iter(same or inferred), None)

    def model_of(self, training: Training, told: Record, step: Step, call: str) -> Model:
        """The model of a training: as the code implies it, with the class and parts that were observed."""
        known = self.code.by_id.get(training.model)
        components = tuple(dict.fromkeys(each["type"] for each in told.get("components", ())))
        kind = told.get("type")
        if not isinstance(known, Model):
            return Model(
                id=f"{call}.model",
                step=step.id,
                call=call,
                class_name=kind,
                variable=told.get("name"),
                binding=None,
                confidence="resolved",
                components=components,
            )
        return replace(
            known,
            class_name=kind if known.class_name is None or training.kind == "fit" else known.class_name,
            confidence="resolved" if kind is not None else known.confidence,
            trained_on=self.origins(known.trained_on),
            influenced_by=self.origins(known.influenced_by),
            fine_tuned_from=self.origins(known.fine_tuned_from),
            components=known.components or components,
        )

    def add_training_run(
        self, record: Record, step: Step, training: Training, model: Model, used: Sequence[str]
    ) -> None:
        """That the training was carried out, on data as they were, with what came of it."""
        told, number = record.get("model") or {}, str(record.get("n", record.get("steps", 1)))
        kept = told.get("kept") or {}
        state = ModelState(
            id=self.own_id(model.id, f"state-{number}"),
            model=model.id,
            run=self.context.run,
            step=step.id,
            type=told.get("type") or model.class_name or "object",
            digest=told.get("digest"),
            content=kept.get("digest"),
            content_bytes=kept.get("size"),
            content_format=kept.get("format"),
            weights=told.get("parameter_count"),
        )
        seconds = float(record.get("seconds", 0.0))
        self.add(state)
        self.add(
            TrainingRun(
                id=self.own_id(training.id, f"run-{number}"),
                training=training.id,
                run=self.context.run,
                step_run=self.context.step_run_of(record, step),
                step=step.id,
                started=moment(record["t"] - seconds),
                ended=moment(record["t"]),
                elapsed_seconds=seconds,
                used=tuple(dict.fromkeys(used)),
                gave=state.id if training.kind != "cross-validation" else None,
                rounds=record.get("steps"),
            )
        )

    # --- data -----------------------------------------------------------------------------------------------

    def datasets(
        self, record: Record, step: Step, inferred: Sequence[str], call: str, line: int
    ) -> list[tuple[str, str | None]]:
        """Data set and its state, for each of the data that a record tells of."""
        known = [each for each in map(self.code.by_id.get, inferred) if isinstance(each, Dataset)]
        found: list[tuple[str, str | None]] = []
        for told in record.get("data", ()):
            if told["role"] == "prediction":
                continue
            match = next((each for each in known if each.role == told["role"]), None)
            if match is not None:
                known.remove(match)
            found.append(self.add_dataset(match, told, step, call, line))
        for rest in known:
            self.add(self.refined(rest))
        return found

    def add_dataset(
        self, known: Dataset | None, told: Record, step: Step, call: str, line: int
    ) -> tuple[str, str | None]:
        """Data with their columns, and their state where it says anything of them."""
        names = columns_of(told)
        if known is None:
            place = f"data-{encode_name(told['role'])}-{encode_name(str(told.get('parameter', '0')))}"
            role: DataRole = told["role"] if told["role"] != "groups" else "data"
            data = Dataset(f"{call}.{place}", step.id, call, line, None, role, "resolved", columns=names)
        else:
            data = self.refined(known)
            if names is not None and set(data.derived).issubset(names):
                data = replace(data, columns=names)
        self.add(data)
        state = data_state(told, data, step, self.context.run)
        if state is None:
            return data.id, None
        mark = short(state.digest) if state.digest else short(digest_text(json.dumps(told, sort_keys=True)))
        return data.id, self.add(replace(state, id=self.own_id(data.id, f"state-{mark}")))

    def refined(self, data: Dataset) -> Dataset:
        """Data that the code implies, with the reads as they were observed."""
        return replace(
            data,
            derived_from=self.origins(data.derived_from),
            influenced_by=self.origins(data.influenced_by),
        )

    # --- parameters -----------------------------------------------------------------------------------------

    def add_parameters(
        self, record: Record, step: Step, training: Training, model: Model, call: str, line: int
    ) -> None:
        """All parameters of the model and of what it is made of, and the settings of the training."""
        told = record.get("model") or {}
        place = (step.id, call, line)
        self.add_settings(model.id, "hyperparameter", told, model.class_name, place)
        for each in told.get("components", ()):
            self.add_settings(model.id, "component", each, each["type"], place, f"{each['name']}__")
        optimizer = record.get("optimizer") or {}
        self.add_settings(training.id, "training", optimizer, optimizer.get("type"), place)
        settings = dict(record.get("settings") or {})
        inner = settings.pop("params", None)
        if isinstance(inner, dict) and "kind" not in inner:
            self.add_settings(model.id, "hyperparameter", {"parameters": inner}, record["rule"], place)
        self.add_settings(training.id, "training", {"parameters": settings}, record["rule"], place)

    def add_settings(
        self,
        owner: str,
        kind: ParameterKind,
        told: Record,
        function: str | None,
        place: tuple[str, str, int],
        lead: str = "",
    ) -> None:
        """A fact for each parameter that can be told."""
        defaults = frozenset(told.get("defaults", ()))
        step, call, line = place
        for own_name, value in sorted((told.get("parameters") or {}).items()):
            name, constant = f"{lead}{own_name}", constant_of(value)
            known = self.code.parameters[owner].get((kind, name))
            text = text_of(value, constant)
            if text is None or (constant is NO_VALUE and told.get("components") and "length" in value):
                if known is not None:
                    self.add(known)
                continue
            if known is not None and known.is_constant and known.value == constant:
                self.add(known)
                continue
            is_constant = constant is not NO_VALUE
            mark = short(digest_text(json.dumps([text, constant if is_constant else None])))
            self.add(
                Parameter(
                    id=self.own_id(owner, f"{kind}-{encode_name(name)}-{mark}"),
                    of=owner,
                    step=known.step if known is not None else step,
                    call=known.call if known is not None else call,
                    line=known.line if known is not None else line,
                    name=name,
                    kind=kind,
                    function=known.function if known is not None and known.function else function,
                    text=text,
                    value=constant if is_constant else None,
                    is_constant=is_constant,
                    is_default=own_name in defaults and known is None,
                )
            )

    # --- predictions and measures ---------------------------------------------------------------------------

    def on_prediction(self, record: Record, step: Step) -> None:
        """A model was asked: what it gave is known to be its prediction."""
        model = self.models.get((record.get("model") or {}).get("object", -1))
        number = (record.get("result") or {}).get("object")
        if model is not None and isinstance(number, int):
            self.makers[number] = model

    def on_score(self, record: Record, step: Step) -> None:
        """Something was measured."""
        numbers = [each.get("object") for each in record.get("data", ()) if each["role"] == "prediction"]
        found = [self.makers[number] for number in numbers if number in self.makers]
        own = self.models.get((record.get("model") or {}).get("object", -1))
        call, line = self.told_call(record, step)
        self.add_metric(record, step, call, line, tuple(dict.fromkeys([*found, *([own] if own else [])])))

    def add_metric(self, record: Record, step: Step, call: str, line: int, models: tuple[str, ...]) -> None:
        """A measure with the value that it gave."""
        inferred = [each for each in self.code.by_call[Metric, call] if each.step == step.id]
        known = inferred[0] if inferred else None
        value = record.get("value")
        own = (record.get("model") or {}).get("predicts", True) or models or known
        if not own:
            return
        if known is None:
            known = Metric(f"{call}.metric", step.id, call, line, record["rule"], record["rule"], "resolved")
        data = self.datasets(record, step, known.data, call, line)
        self.add(
            replace(
                known,
                id=self.own_id(known.id, f"n{record.get('n', 1)}"),
                models=models or known.models,
                confidence="resolved",
                data=tuple(dict.fromkeys([*known.data, *(each for each, _ in data)])),
                tested_on=self.origins(known.tested_on),
                value=float(value) if isinstance(value, int | float) else None,
                output=None,
            )
        )

    # --- splits and seeds -----------------------------------------------------------------------------------

    def on_split(self, record: Record, step: Step) -> None:
        """Data were taken apart."""
        call, line = self.told_call(record, step)
        inferred = self.code.by_call[Split, call]
        split = (
            inferred[0]
            if inferred
            else Split(f"{call}.split", step.id, call, line, record["rule"], "resolved")
        )
        taken = [each for each, _ in self.datasets(record, step, split.inputs, call, line)]
        given = []
        for index, told in enumerate(record.get("parts", ())):
            known = self.code.by_id.get(split.parts[index]) if index < len(split.parts) else None
            part = {**told, "role": "data", "parameter": f"part-{index + 1}"}
            match = known if isinstance(known, Dataset) else None
            given.append(self.add_dataset(match, part, step, call, line)[0])
        self.add(
            replace(
                split,
                inputs=tuple(dict.fromkeys([*split.inputs, *taken])),
                parts=tuple(dict.fromkeys([*split.parts, *given])),
            )
        )
        for part_id in split.parts[len(given) :]:
            self.add(self.refined(self.code.by_id[part_id]))
        settings = {"parameters": record.get("settings") or {}}
        self.add_settings(split.id, "split", settings, record["rule"], (step.id, call, line))

    def on_seed(self, record: Record, step: Step) -> None:
        """Randomness was made repeatable."""
        values = [constant_of(each) for each in (record.get("settings") or {}).values()]
        value = next((each for each in values if each is not NO_VALUE and each is not None), NO_VALUE)
        if value is NO_VALUE:
            return
        call, line = self.told_call(record, step)
        inferred = [each for each in self.code.by_call[Seed, call] if each.step == step.id]
        if inferred and inferred[0].is_constant and inferred[0].value == value:
            self.add(inferred[0])
            return
        text = inferred[0].text if inferred else json.dumps(value)
        own = self.own_id(f"{call}.seed", f"n{record.get('n', 1)}")
        self.add(Seed(own, step.id, call, line, record["rule"], text, value, True))

    def on_read(self, record: Record, step: Step) -> None:
        """Data were read: which file that was, the records of files tell."""


HANDLERS = {
    "training": Observed.on_training,
    "prediction": Observed.on_prediction,
    "score": Observed.on_score,
    "split": Observed.on_split,
    "seed": Observed.on_seed,
    "read": Observed.on_read,
}


# --- records ------------------------------------------------------------------------------------------------


def loop_key(record: Record) -> tuple[Any, ...]:
    """What tells the loops of one run apart."""
    return (
        record["rule"],
        record.get("source"),
        str(record.get("span")),
        (record.get("model") or {}).get("object"),
    )


def is_training(record: Record) -> bool:
    """Whether a record tells of a model that predicts, and not of something that only transforms."""
    told = record.get("model") or {}
    return bool(record.get("loop") or told.get("predicts") or not told)


def made_training(record: Record, step: Step, call: str, line: int) -> Training:
    """A training that the code does not show."""
    actions = record.get("actions", ())
    kind: TrainingKind = "fit"
    if record.get("loop"):
        kind = "loop"
    elif "tune" in actions:
        kind = "search"
    elif "measure" in actions:
        kind = "cross-validation"
    identity = f"{call}.training-{encode_name(step.id.rpartition('.')[2])}"
    return Training(identity, f"{call}.model", step.id, call, line, kind, record["rule"], "resolved")


def columns_of(told: Record) -> tuple[str, ...] | None:
    """The columns of a table; None where they are not all told, or have no names."""
    names = told.get("names")
    if told.get("kind") != "table" or not isinstance(names, list) or len(names) != told.get("columns"):
        return None
    return tuple(names) if all(names) else None


def data_state(told: Record, data: Dataset, step: Step, run: str) -> DataState | None:
    """The state of data; None where nothing is known but their class."""
    digest, is_sampled = digest_of(told)
    shape = shape_of(told)
    if digest is None and not shape:
        return None
    missing = told.get("missing")
    columns = told.get("statistics")
    statistics: Constant = None
    if isinstance(columns, dict) and columns:
        statistics = {name: columns[name] for name in list(columns)[:MOST_STATISTICS]}
    elif "min" in told:
        statistics = {name: told[name] for name in ("min", "max", "mean") if name in told}
    return DataState(
        id="",
        data=data.id,
        run=run,
        step=step.id,
        type=str(told.get("type")),
        digest=digest,
        is_sampled=is_sampled,
        shape=shape,
        rows=shape[0] if shape else None,
        missing=sum(missing.values()) if isinstance(missing, dict) else missing,
        statistics=statistics,
    )


def digest_of(told: Record) -> tuple[str | None, bool]:
    """The digest of a content, and whether it is one of a sample; of a container one made of those inside."""
    if isinstance(told.get("digest"), str):
        return told["digest"], False
    if isinstance(told.get("sample_digest"), str):
        return told["sample_digest"], True
    inner = [digest_of(each) for each in parts_of(told)]
    digests = [digest for digest, _ in inner if digest is not None]
    if not digests or len(digests) != len(inner):
        return None, False
    joined = digests[0] if len(digests) == 1 else digest_text(json.dumps(digests))
    return joined, any(is_sampled for _, is_sampled in inner)


def parts_of(told: Record) -> list[Record]:
    """What a container or a loader holds, as far as it is data."""
    inner = told.get("data", told.get("whole", told.get("first")))
    if isinstance(inner, dict) and "type" in inner:
        return [inner]
    found = inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()
    return [each for each in found if isinstance(each, dict) and "type" in each]


def shape_of(told: Record) -> tuple[int, ...]:
    """The lengths of the dimensions of data; of a container those of the first thing in it."""
    if isinstance(told.get("shape"), list):
        return tuple(size for size in told["shape"] if isinstance(size, int))
    if told.get("kind") == "table" and isinstance(told.get("rows"), int):
        return (told["rows"], told["columns"])
    inner = parts_of(told)
    if inner and told.get("kind") in ("container", "loader"):
        length = told.get("length")
        return (
            shape_of(inner[0])
            if "places" not in told or length is None
            else (length, *shape_of(inner[0])[1:])
        )
    return (told["length"],) if isinstance(told.get("length"), int) else ()


def constant_of(value: Any) -> Any:
    """A value of a record as a constant; NO_VALUE where it is told by its class only."""
    if not isinstance(value, dict) or "kind" not in value:
        return value
    if value.get("kind") == "scalar" and "value" in value and "length" not in value:
        return value["value"]
    first = value.get("first")
    if value.get("kind") == "container" and isinstance(first, list | dict) and len(first) == value["length"]:
        items = [constant_of(each) for each in (first.values() if isinstance(first, dict) else first)]
        if NO_VALUE in items:
            return NO_VALUE
        return dict(zip(first, items, strict=True)) if isinstance(first, dict) else items
    return NO_VALUE


def text_of(value: Any, constant: Any) -> str | None:
    """How a value would be written; None of an estimator, which is told as a component."""
    if constant is not NO_VALUE:
        return repr(constant)
    if value.get("kind") == "estimator" or "length" in value:
        return None if value.get("kind") == "estimator" else f"{value.get('type')} of {value['length']}"
    return str(value.get("text") or value.get("name") or value.get("type"))
