"""Which columns are the features of a training, and which are its target."""

from __future__ import annotations

from collections.abc import Iterator

from provkg.extract.columns import Columns, combine, drop, read_formula, select
from provkg.extract.knowledge import ArgumentRole
from provkg.extract.roles import arguments_of, held_data
from provkg.extract.shown import Trained
from provkg.extract.tables import last_name, names_in
from provkg.extract.values import Evaluation, Value, columns_of

MOST_STEPS = 30
"""Estimators of an ensemble that are asked for the columns that they take."""

MATRICES = frozenset({"DataFrame", "DesignMatrix"})
"""Last names of the classes of what a formula makes of a table."""

MOST_MAKERS = 32
"""Calls that are asked for the names of columns, from a training back through the objects of methods."""


def note_columns(shown: Trained, visit: Evaluation) -> None:
    """Which columns are features and which are the target of a training."""
    features = [each for each in shown.data if each.role in ("features", "data")]
    targets = [each for each in shown.data if each.role == "target"]
    inner = [part for each in features if is_container(each.value) for part in held_data(each.value)]
    if inner:
        features = [each for each in inner if each.role in ("features", "data")]
        targets += [each for each in inner if each.role == "target"]
    known = [columns for each in features if (columns := each.columns) is not None]
    shown.features = combine(known) if known else None
    for model in shown.models:
        shown.features = columns_transformed(model, shown.features)
    chosen = [columns for each in targets if (columns := each.columns) is not None]
    shown.target = combine(chosen) if chosen else None
    named = [name for each in told_names(visit, shown, "target name") for name in names_in(each) or ()]
    if named:
        shown.target = Columns(tuple(dict.fromkeys(named)))
    chosen_names = [names_in(each) for each in told_names(visit, shown, "feature names")]
    if chosen_names and None not in chosen_names:
        shown.features = select(None, dict.fromkeys(name for each in chosen_names for name in each or ()))
    formula = formula_of(visit)
    if formula is not None:
        shown.target, shown.features = formula[0], read_by_formula(formula[1], shown.features)


def is_container(value: Value) -> bool:
    """An object that was made to hold features and target: a `DMatrix`, a `Pool`."""
    effect = value.made.effect if value.made is not None else None
    if effect is None or {"predict", "transform"} & {*effect.actions}:
        return False
    return effect.constructs or any(role == "target" for _, role in effect.roles)


def read_by_formula(named: Columns, table: Columns | None) -> Columns:
    """The columns that a formula names, of a table that had lost some before."""
    return select(table, named.chosen or ())


def told_names(visit: Evaluation, shown: Trained, role: ArgumentRole) -> Iterator[Value]:
    """The names of columns that the training, its data or its object were told, or what those are made of."""
    makers = [visit, *(each.value.made for each in shown.data)]
    makers += [
        each.made for each in (*shown.models, *(visit.receiver.each() if visit.receiver is not None else ()))
    ]
    seen: set[Evaluation] = set()
    while makers and len(seen) < MOST_MAKERS:
        made = makers.pop(0)
        if made is not None and made not in seen:
            seen.add(made)
            yield from arguments_of(made, role)
            makers += [each.made for each in made.receiver.each()] if made.receiver is not None else []


def formula_of(visit: Evaluation) -> tuple[Columns, Columns] | None:
    """Target and features as a formula names them, given to the call or to what made its object."""
    made = visit.receiver.made if visit.receiver is not None else None
    for each in (visit, made):
        for value in arguments_of(each, "formula") if each is not None else ():
            if isinstance(value.constant, str):
                return read_formula(value.constant)
    return None


def follow_formula(visit: Evaluation) -> None:
    """Say which columns the matrices have that a formula makes of a table: `y, X = dmatrices("y ~ a", t)`."""
    made = visit.result.items if isinstance(visit.result.items, list) else [visit.result]
    if not made or last_name(made[0]) not in MATRICES:
        return
    texts = [value.constant for value in arguments_of(visit, "formula") if isinstance(value.constant, str)]
    sides = read_formula(texts[0] if "~" in texts[0] else f"~{texts[0]}") if texts else None
    if sides is None:
        return
    table = next((columns_of(each) for each in arguments_of(visit, "data")), None)
    for matrix, named in zip(made, sides[-len(made) :], strict=False):
        matrix.columns = read_by_formula(named, table)


def columns_transformed(transformer: Value, columns: Columns | None) -> Columns | None:
    """The columns that a transformer takes by name, where it leaves out the others."""
    made = transformer.made
    roles = [role for _, role in made.effect.roles] if made is not None and made.effect is not None else []
    if made is not None and "steps" not in roles and "estimator" in roles:
        inner = arguments_of(made, "estimator")
        return columns_transformed(inner[0], columns) if len(inner) == 1 else columns
    if made is None or "steps" not in roles:
        return columns
    rows = [row for given in arguments_of(made, "steps") for row in rows_of(given)]
    if last_name(transformer) == "Pipeline":
        if not rows:
            return columns
        return columns_transformed(step_of(rows[0]), columns)
    if last_name(transformer) == "ColumnTransformer":
        return columns_by_rows(made, rows, columns)
    return combine(columns_transformed(step_of(row), columns) for row in rows[:MOST_STEPS]) or columns


def columns_by_rows(made: Evaluation, rows: list[Value], columns: Columns | None) -> Columns | None:
    """The columns that the rows of a transformer of columns take, and those that one drops."""
    taken: list[str] | None = []
    for row in rows:
        parts = row.items if isinstance(row.items, list) else []
        names = names_in(parts[-1]) if parts else None
        if any(part.constant == "drop" for part in parts[:-1]):
            columns = drop(columns, names or ())
        else:
            taken = None if taken is None or names is None else [*taken, *names]
    return columns if not taken or keeps_rest(made) else select(columns, taken)


def step_of(row: Value) -> Value:
    """The estimator of a row of steps, whether it has a name or not."""
    return row.items[-1] if isinstance(row.items, list) and row.items else row


def rows_of(value: Value) -> list[Value]:
    """The steps that an argument says: a list of them, or one."""
    is_list = isinstance(value.items, list) and value.type == "list"
    return value.items if is_list and isinstance(value.items, list) else [value]


def keeps_rest(made: Evaluation) -> bool:
    """Whether a transformer of columns passes on those that it is not told of."""
    rest = made.keywords.get("remainder")
    return rest is not None and rest.constant != "drop"
