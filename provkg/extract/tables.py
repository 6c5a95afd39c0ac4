"""What happens to the columns of a table: selected, dropped, made, renamed, as far as the program names them.

In the words of pandas; polars, Spark and dask are read the same way where they use the same words.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from provkg.extract.columns import (
    ANY,
    Columns,
    combine,
    derive,
    drop,
    rename,
    select,
    select_unknown,
    set_aside,
    unite,
)
from provkg.extract.constants import alternatives
from provkg.extract.knowledge import Place, pick_arguments
from provkg.extract.values import Evaluation, Value, columns_of, is_fresh

TABLES = frozenset(
    {
        "DataFrame",
        "DataFrameGroupBy",
        "GeoDataFrame",
        "GroupBy",
        "Index",
        "LazyFrame",
        "Panel",
        "Rolling",
        "Series",
    }
)
"""Last names of the classes that have columns by name."""

SINGLE = frozenset({"Series", "GeoSeries", "Categorical"})
"""Last names of the classes of one column."""

RESHAPING = frozenset(
    {"corr", "cov", "crosstab", "describe", "info", "melt", "pivot", "pivot_table", "stack", "to_dict",
     "transpose", "unstack", "value_counts", "wide_to_long"}
)  # fmt: skip
"""What these give has other columns."""

JOINING = frozenset(
    {"append", "combine_first", "concat", "crossJoin", "hstack", "join", "merge", "merge_asof"}
)

MASKS = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp)
"""An expression that is one of these selects rows."""

NOT_COLUMNS = frozenset(
    {"T", "at", "attrs", "axes", "cat", "columns", "dt", "dtype", "dtypes", "empty", "flags", "iat", "iloc",
     "index", "ix", "loc", "na", "ndim", "plot", "rdd", "schema", "shape", "size", "sparse", "str", "style",
     "values", "write"}
)  # fmt: skip
"""Attributes of a table that are no columns of it."""


def last_name(value: Value) -> str:
    """The last part of the name of a value's class."""
    return (value.type or "").rpartition(".")[2]


def is_table(value: Value) -> bool:
    """Whether a value has columns that names select."""
    if value.alternatives:
        return all(map(is_table, value.alternatives))
    return (
        last_name(value) in TABLES
        or value.type == "datasets.Dataset"
        or (value.type is None and value.columns is not None)
    )


def names_in(value: Value | None) -> list[str] | None:
    """The names that a constant, or a literal of constants, says; None where they are not known."""
    if value is None:
        return None
    texts = alternatives(value)
    if texts and all(isinstance(text, str) for text in texts):
        return texts
    if value.alternatives:
        several = [names_in(each) for each in value.alternatives]
        return None if None in several else [name for names in several for name in names or ()]
    items = value.items
    if items is None:
        return None
    names: list[str] = []
    for item in items.values() if isinstance(items, dict) else items:
        found = names_in(item) if item.items is None else None
        if found is None:
            return None
        names += found
    return names


# Subscripts and attributes


def take_item(found: Value, owner: Value, key: Value, node: ast.expr, by_place: bool = False) -> None:
    """Note the columns of `owner[key]`; `by_place` where the key tells rows, as in `owner.iloc[key]`."""
    base = columns_of(owner)
    if not is_fresh(found) or (base is None and not is_table(owner)):
        return
    if last_name(owner) in SINGLE:
        found.columns = base
    elif isinstance(node, ast.Tuple):
        found.columns = take_place(base, key, node) if len(node.elts) == 2 else base
    elif isinstance(node, (ast.Slice, *MASKS)) or not is_table(owner):
        found.columns = base
    else:
        number = None if by_place else numbered(key)
        found.columns = take_names(base, key) if number is None else select(base, number)


def numbered(key: Value) -> list[str] | None:
    """The name of a column that is a number, as tables without a header have; None for other keys."""
    return [str(key.constant)] if type(key.constant) is int else None


def take_place(base: Columns | None, key: Value, node: ast.Tuple) -> Columns | None:
    """Columns of `table.loc[rows, columns]`, `table.iloc[…]` or `array[rows, columns]`."""
    chooser = node.elts[1]
    if isinstance(chooser, ast.Slice):
        return take_range(base, chooser)
    chosen = key.items[1] if isinstance(key.items, list) and len(key.items) == 2 else Value()
    if isinstance(chosen.constant, int):
        return take_position(base, chosen.constant)
    return take_names(base, chosen)


def take_range(base: Columns | None, node: ast.Slice) -> Columns | None:
    """The columns between two positions, where all columns are known by name."""
    if node.lower is None and node.upper is None:
        return base
    names = base.chosen if base is not None and not base.derived else None
    try:
        bounds = [
            None if part is None else ast.literal_eval(part) for part in (node.lower, node.upper, node.step)
        ]
        return select_unknown(base) if names is None else Columns(names[slice(*bounds)])
    except (TypeError, ValueError):  # not constant, or labels
        return select_unknown(base)


def take_position(base: Columns | None, position: int) -> Columns | None:
    """The column at a position, where all columns are known by name."""
    names = base.chosen if base is not None and not base.derived else None
    if names is None or not -len(names) <= position < len(names):
        return select_unknown(base)
    return Columns((names[position],))


def take_names(base: Columns | None, key: Value) -> Columns | None:
    """Columns of `table[names]`: rows are selected where the key is a column itself."""
    if key.names is not None:
        chosen = key.names.chosen
        return drop(base, key.names.dropped) if chosen is None else select(base, chosen)
    names = names_in(key)
    if names is not None:
        return select(base, names)
    return base if last_name(key) in TABLES or last_name(key) == "ndarray" else select_unknown(base)


def take_attribute(found: Value, owner: Value, name: str) -> Value:
    """`table.name` is a column, unless it is something that every table has."""
    if not is_table(owner):
        return found
    if name == "columns":
        found.names = columns_of(owner) or ANY
    elif (
        last_name(owner) not in SINGLE and name not in NOT_COLUMNS and is_fresh(found) and found.type is None
    ):
        found.type = "pandas.Series"
        found.columns = select(columns_of(owner), [name])
    return found


def store_item(owner: Value, key: Value, value: Value) -> None:
    """Note the columns after `owner[key] = value`."""
    if not is_table(owner) or last_name(owner) in SINGLE:
        taken = unite(columns_of(value), columns_of(key) if owner.columns is None else None)
        if last_name(owner) in SINGLE or last_name(owner) == "ndarray":
            owner.columns = unite(owner.columns, taken)
        return
    for name in names_in(stored_names(key)) or ():
        owner.columns = derive(owner.columns, name, columns_of(value))


def stored_names(key: Value) -> Value:
    """The names in a key; of `table.loc[:, names]` the second part."""
    if isinstance(key.items, list) and key.type == "tuple" and len(key.items) == 2 and is_fresh(key.items[0]):
        return key.items[1]
    return key


def store_attribute(owner: Value, name: str, value: Value) -> None:
    """Note the columns after `table.columns = names`."""
    names = names_in(value) if name == "columns" and is_table(owner) else None
    if names:
        owner.columns = Columns(tuple(names))


def delete_item(owner: Value, key: Value) -> None:
    """Note the columns after `del table[key]`."""
    if is_table(owner) and (names := names_in(key)):
        owner.columns = drop(owner.columns, names)


# Calls


def follow_table(visit: Evaluation, name: str) -> None:
    """Note what a method of a table does to its columns; `name` is the last part of what is called."""
    receiver = visit.receiver
    if receiver is not None and receiver.names is not None:
        follow_names(visit, receiver, name)
    elif receiver is not None and receiver.name is None and is_table(receiver):
        follow_method(visit, receiver, name)
    else:
        follow_function(visit, name)


def follow_method(visit: Evaluation, receiver: Value, name: str) -> None:
    """A method of a table."""
    change = METHODS.get(name)
    if name in RESHAPING:
        set_columns(visit.result, None)
    elif name in JOINING:
        others = [columns_of(other) or ANY for other in tables_in(visit.arguments, visit.keywords.values())]
        set_columns(visit.result, combine([columns_of(receiver) or ANY, *others]))
    elif change is not None:
        for each in receiver.each():
            after = change(visit, each.columns)
            if name in CHANGING or is_in_place(visit):
                each.columns = after
        set_columns(visit.result, change(visit, columns_of(receiver)))
    if name in {"pop", "get"}:
        taken = names_in(argument(visit, 0, "item", "key"))
        set_columns(visit.result, None if taken is None else select(columns_of(receiver), taken))


def follow_function(visit: Evaluation, name: str) -> None:
    """A function that is given tables, or names of columns."""
    named = next((each for each in visit.arguments if each.names is not None), None)
    if named is not None and is_fresh(visit.result):
        visit.result.names = named.names
    if name in RESHAPING:
        set_columns(visit.result, None)
    elif name in JOINING:
        tables = tables_in(visit.arguments, visit.keywords.values())
        if tables:
            set_columns(visit.result, combine(columns_of(table) or ANY for table in tables))
    elif name.startswith("read_") and (names := names_in(visit.keywords.get("usecols"))):
        set_columns(visit.result, select(None, names))


def follow_names(visit: Evaluation, receiver: Value, name: str) -> None:
    """A method of a list of names, such as `df.columns`."""
    names = receiver.names
    if name in {"drop", "difference", "remove", "drop_duplicates"}:
        gone = names_in(visit.arguments[0]) if visit.arguments else None
        if gone is not None:
            names = drop(names, gone)
    elif name == "isin" and visit.arguments and (chosen := names_in(visit.arguments[0])) is not None:
        names = select(names, chosen)
    if name == "remove":
        receiver.names = names
    elif is_fresh(visit.result):
        visit.result.names = names


def argument(visit: Evaluation, position: int | None, *names: str) -> Value | None:
    """The argument at a place of a call, if it is given."""
    found = pick_arguments(Place(position, names), visit.arguments, visit.keywords)
    return found[0] if found else None


def tables_in(*several: Iterable[Value]) -> list[Value]:
    """The tables among values, and in the literals among them."""
    found: list[Value] = []
    for values in several:
        for value in values:
            if is_table(value):
                found.append(value)
            elif isinstance(value.items, (list, dict)):
                items = value.items.values() if isinstance(value.items, dict) else value.items
                found += [item for item in items if is_table(item)]
            elif value.element is not None and is_table(value.element):
                found.append(value.element)
    return found


def set_columns(value: Value, columns: Columns | None) -> None:
    """Say which columns a new table has."""
    if value.holders is None and value.name is None:
        value.columns = columns


def is_in_place(visit: Evaluation) -> bool:
    """Whether the call changes the table itself."""
    flag = visit.keywords.get("inplace")
    return flag is not None and flag.constant is True


def drop_columns(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """`table.drop(columns=names)`, `table.drop(names, axis=1)`; Spark and polars: `table.drop("a", "b")`."""
    axis = argument(visit, 1, "axis")
    told = visit.keywords.get("columns")
    if told is None and axis is not None and axis.constant in (1, "columns"):
        told = argument(visit, 0, "labels")
    names = names_in(told) or (numbered(told) if told is not None else None)
    if names is None and visit.receiver is not None and not is_pandas(visit.receiver):
        names = [name for each in visit.arguments for name in names_in(each) or ()]
    return drop(columns, names) if names else columns


def is_pandas(value: Value) -> bool:
    """A table whose `drop` takes rows away where it is not told otherwise."""
    return value.type is None or value.type.startswith(("pandas.", "geopandas.", "dask."))


def rename_columns(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """`table.rename(columns={old: new})`."""
    mapping = visit.keywords.get("columns")
    if mapping is None or not isinstance(mapping.items, dict):
        return columns
    pairs = {old: new.constant for old, new in mapping.items.items() if isinstance(old, str)}
    return rename(columns, {old: new for old, new in pairs.items() if isinstance(new, str)})


def assign_columns(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """`table.assign(name=value)`."""
    for name, value in visit.keywords.items():
        columns = derive(columns, name, columns_of(value))
    return columns


def insert_column(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """`table.insert(place, name, value)`, Spark's `table.withColumn(name, value)`."""
    given = visit.arguments
    named = next((each for each in given if isinstance(each.constant, str)), visit.keywords.get("column"))
    names = names_in(named)
    return derive(columns, names[0], columns_of(given[-1])) if names and given else columns


def select_columns(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """`table.filter(items=names)`, `table.reindex(columns=names)`, `table.select("a", "b")`."""
    for keyword in ("items", "columns"):
        if (names := names_in(visit.keywords.get(keyword))) is not None:
            return select(columns, names)
    if visit.keywords.keys() & {"regex", "like"}:
        return select_unknown(columns)
    several = [names_in(each) for each in visit.arguments]
    if not several or None in several:
        return columns
    return select(columns, [name for names in several for name in names or ()])


def keep_unknown(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """A selection by something else than names."""
    return select_unknown(columns)


def set_index(visit: Evaluation, columns: Columns | None) -> Columns | None:
    """`table.set_index(names)`."""
    return set_aside(columns, names_in(argument(visit, 0, "keys")) or ())


Change = Callable[[Evaluation, Columns | None], Columns | None]

METHODS: dict[str, Change] = {
    "assign": assign_columns,
    "drop": drop_columns,
    "filter": select_columns,
    "insert": insert_column,
    "pop": lambda visit, columns: drop(columns, names_in(argument(visit, 0, "item")) or ()),
    "reindex": select_columns,
    "rename": rename_columns,
    "select": select_columns,
    "select_dtypes": keep_unknown,
    "set_index": set_index,
    "withColumn": insert_column,
}
"""Method → the columns after it, given those before."""

CHANGING = frozenset({"insert", "pop"})
"""Methods that change the table itself."""
