"""From what a program tells experiment trackers to facts: parameters and metrics, by their names there."""

from __future__ import annotations

from provkg.extract.definitions import Naming, redact_constant
from provkg.extract.parameters import Given, text_of
from provkg.extract.trackers import Logged
from provkg.extract.values import MISSING
from provkg.facts.learning import Metric, Parameter
from provkg.identity import digest_text, encode_name, short


def logged_fact(logged: Logged, models: tuple[str, ...], naming: Naming) -> Parameter | Metric:
    """The fact of what is logged at one place when a step runs; `models` are those whose score it is."""
    name = naming.redactor.redact(logged.name)
    if logged.kind == "metric":
        return metric_of(logged, name, models, naming)
    return parameter_of(logged, name, naming)


def metric_of(logged: Logged, name: str, models: tuple[str, ...], naming: Naming) -> Metric:
    """A metric; its value is the constant that is logged, if it is one."""
    is_constant = isinstance(logged.constant, (int, float)) and naming.is_source_shown
    return Metric(
        id=f"{base_of(logged, naming)}.logged-metric-{encode_name(name)}{suffix_of(logged)}",
        step=logged.step,
        call=logged.site.id if logged.site is not None else None,
        line=logged.line,
        name=name,
        rule=logged.effect.name,
        confidence=logged.effect.confidence,
        models=models,
        part=logged.part,
        value=float(logged.constant) if is_constant else None,
        is_logged=True,
    )


def parameter_of(logged: Logged, name: str, naming: Naming) -> Parameter:
    """A parameter, of the plan: which of its models it is for, the tracker is not told."""
    given = Given(logged.name, logged.value, logged.node, logged.text_step, logged.site, None)
    is_constant = logged.constant is not MISSING and naming.is_source_shown
    constant = redact_constant(logged.name, logged.constant, naming.redactor) if is_constant else None
    return Parameter(
        id=f"{base_of(logged, naming)}.logged-parameter-{encode_name(name)}{suffix_of(logged)}",
        of=naming.plan,
        step=logged.step,
        call=logged.site.id if logged.site is not None else None,
        line=logged.line,
        name=name,
        kind="logged",
        function=None,
        text=text_of(given, naming),
        value=constant,
        is_constant=is_constant,
        is_option=is_constant and logged.value.is_option,
    )


def base_of(logged: Logged, naming: Naming) -> str:
    """What ids of things that are logged at one place begin with; see `name_calls` for other files."""
    if logged.site is not None:
        return logged.site.base
    identity = f"{logged.text_step}.L{logged.place.lineno}C{logged.place.col_offset}"
    is_own = logged.text_step.startswith(naming.plan)
    return identity if is_own else f"{naming.plan}.elsewhere-{short(digest_text(identity))}"


def suffix_of(logged: Logged) -> str:
    """The end of an id of something that is logged for another step than that whose text says so."""
    home = logged.site.step if logged.site is not None else logged.text_step
    return "" if logged.step == home else "." + encode_name(logged.step.rpartition(".")[2])
