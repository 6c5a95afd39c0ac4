"""Arrays, tensors, series and tables of the libraries that hold data, by their shape, type and content.

Each function describes one class of a library that the program has imported; `look` is the budget and the
way to summarise what stands inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from typing import Any

from provkg.capture.budgets import BYTES_HASHED, BYTES_LOOKED_AT, ITEMS_ENCODED
from provkg.capture.encoding import (
    ContentHash,
    NotEncodable,
    add_array,
    add_items,
    header_of,
    sampled_rows,
)
from provkg.capture.kinds import attributes_of, find_member, qualified_name

Summary = dict[str, Any]

MOST_COLUMNS = 100
"""Columns whose names, types and statistics are told."""
SAMPLE_SECONDS = 0.001
"""What the digest of a sample is estimated to cost."""


def number(value: Any) -> Any:
    """A number of NumPy as JSON can say it: not-a-number and infinities as text."""
    plain = value.item() if hasattr(value, "item") else value
    if type(plain) is float and not isfinite(plain):
        return repr(plain)
    return plain if type(plain) in (int, float, bool) else str(plain)


# --- NumPy --------------------------------------------------------------------------------------------------


def describe_array(value: Any, look: Any) -> Summary:
    """An array by its content; an array of a class of its own by what it has in common with all."""
    numpy = find_member("numpy", "ndarray")
    array = value if type(value) is numpy else numpy.view(value, numpy)
    masked = find_member("numpy.ma", "MaskedArray")
    summary = array_summary(array, look)
    if masked is not None and masked in type(value).__mro__:
        summary.pop("digest", None)
        summary["masked"] = int(numpy.view(masked.mask.__get__(value), numpy).sum())
    return summary


def array_summary(array: Any, look: Any) -> Summary:
    """What is told of a plain array."""
    summary: Summary = {"kind": "array", "shape": list(array.shape), "dtype": dtype_text(array.dtype)}
    summary.update(digest_of_array(array, look))
    summary.update(statistics_of(array, look))
    return summary


def dtype_text(dtype: Any) -> str:
    """The type of elements as the library names it; the names of a record's fields."""
    return str(dtype) if dtype.names is None else f"record ({', '.join(dtype.names)})"


def digest_of_array(array: Any, look: Any) -> Summary:
    """The digest of an array, or of a sample of its rows where all would cost too much."""
    try:
        if look.budget.takes(array_cost(array)):
            content = ContentHash(header_of(array))
            add_array(content, array)
            return {"digest": content.digest}
        if array.ndim and look.budget.takes(SAMPLE_SECONDS):
            rows = sampled_rows(len(array), array.nbytes // max(1, len(array)))
            content = ContentHash(header_of(array, sampled=True))
            add_array(content, array[rows])
            return {"sample_digest": content.digest, "sampled_rows": len(rows)}
    except NotEncodable:
        pass
    return {}


def array_cost(array: Any) -> float:
    """Estimated seconds for the digest of an array; of one that lies in a file those for reading it."""
    if array.dtype.hasobject:
        return float(array.size / ITEMS_ENCODED)
    if is_in_file(array):
        return float(array.nbytes / 1e8)
    return float(array.nbytes / BYTES_HASHED * (1 if array.flags.c_contiguous else 2))


def is_in_file(array: Any) -> bool:
    """Whether the elements lie in a mapped file, which may not be in memory."""
    memmap = find_member("numpy", "memmap")
    base = array
    for _ in range(10):
        if memmap is not None and memmap in type(base).__mro__:
            return True
        base = getattr(base, "base", None)
        if base is None:
            return False
    return False


def statistics_of(array: Any, look: Any) -> Summary:
    """How many elements are missing, the least, the greatest and the mean of the others."""
    kind = array.dtype.kind
    if (
        not look.statistics
        or kind not in "biufmM"
        or not array.size
        or not look.budget.takes(array.nbytes / BYTES_LOOKED_AT)
    ):
        return {}
    errstate = find_member("numpy", "errstate")
    with errstate(all="ignore"):
        found: Summary = {}
        if kind in "fmM":
            lacking = find_member("numpy", "isnat")(array) if kind in "mM" else array != array
            missing = int(lacking.sum())
            found["missing"] = missing
            if missing == array.size:
                return found
            array = array[~lacking] if missing else array
        found.update(min=number(array.min()), max=number(array.max()))
        if kind in "biuf":
            found["mean"] = number(array.mean(dtype="f8"))
        return found


def describe_scalar(value: Any, look: Any) -> Summary:
    """A scalar of NumPy as the Python value that it stands for."""
    plain = value.item()
    if type(plain) in (int, bool, str) or (type(plain) is float and isfinite(plain)):
        return {"kind": "scalar", "value": plain}
    return {"kind": "scalar", "text": str(plain)[:200]}


# --- tables in general --------------------------------------------------------------------------------------


def table_summary(
    names: list[Any],
    dtypes: list[str],
    rows: int,
    columns: Callable[[], Iterator[Any]],
    cost: float,
    look: Any,
    index: Any = None,
) -> Summary:
    """What is told of a table; `columns` gives each of them as an array of NumPy or as a list of objects."""
    summary: Summary = {
        "kind": "table",
        "rows": rows,
        "columns": len(names),
        "names": [str(name)[:200] for name in names[:MOST_COLUMNS]],
        "dtypes": dtypes[:MOST_COLUMNS],
    }
    if not look.budget.takes(cost):
        return summary
    header = ["table", [str(name) for name in names], rows, index]
    content: ContentHash | None = ContentHash(header)
    missing: dict[str, int] = {}
    statistics: dict[str, list[Any]] = {}
    for position, column in enumerate(columns()):
        name = str(names[position])
        content = add_column(content, column)
        if position < MOST_COLUMNS and look.statistics:
            found = column_statistics(column, look)
            if found.get("missing"):
                missing[name] = found["missing"]
            if "min" in found:
                statistics[name] = [found["min"], found["max"], found.get("mean")]
    if look.statistics:
        summary.update(missing=missing, statistics=statistics)
    if content is not None:
        summary["digest"] = content.digest
    return summary


def add_column(content: ContentHash | None, column: Any) -> ContentHash | None:
    """The digest with one more column in it; None where that has no canonical form."""
    if content is None:
        return None
    try:
        if type(column) is list:
            content.add_json(["items", len(column)])
            add_items(content, column)
        elif type(column) is tuple:  # codes and categories
            content.add_json(["categories", len(column[0])])
            add_items(content, column[1])
            add_array(content, column[0])
        else:
            content.add_json(header_of(column))
            add_array(content, column)
    except NotEncodable:
        return None
    return content


def column_statistics(column: Any, look: Any) -> Summary:
    """Missing elements, and the least, the greatest and the mean where it holds numbers."""
    if type(column) is list:
        return {"missing": sum(each is None or each != each for each in column if is_plain(each))}
    if type(column) is tuple:
        return {"missing": int((column[0] < 0).sum())}
    if column.dtype.kind == "O":
        return column_statistics(column.tolist(), look)
    return statistics_of(column, look)


def is_plain(value: object) -> bool:
    """Whether an object may be compared: its class is Python's own."""
    return value is None or type(value) in (float, int, str, bool)


# --- pandas -------------------------------------------------------------------------------------------------


def describe_frame(value: Any, look: Any) -> Summary:
    """A data frame of pandas; of a class of its own as the plain frame in it."""
    frame = plain_pandas(value, "DataFrame")
    if frame is None:
        return {"kind": "table"}
    names = frame.columns.tolist()
    dtypes = [str(dtype) for dtype in frame.dtypes.tolist()]
    cost = pandas_cost(frame.dtypes.tolist(), len(frame))

    def columns() -> Iterator[Any]:
        for position in range(len(names)):
            yield pandas_column(frame.iloc[:, position])

    if look.budget.seconds < cost:
        return sampled_frame(frame, names, dtypes, look)
    return table_summary(names, dtypes, len(frame), columns, cost, look, index_text(frame.index))


def sampled_frame(frame: Any, names: list[Any], dtypes: list[str], look: Any) -> Summary:
    """A data frame that is too large for its content to be looked at: the digest of some rows."""
    summary = table_summary(names, dtypes, len(frame), lambda: iter(()), float("inf"), look)
    if len(names) > MOST_COLUMNS * 10 or not look.budget.takes(SAMPLE_SECONDS):
        return summary
    rows = sampled_rows(len(frame), 8 * max(1, len(names)))
    taken = frame.take(rows)
    content: ContentHash | None = ContentHash(["table", [str(name) for name in names], len(frame), "sample"])
    for position in range(len(names)):
        content = add_column(content, pandas_column(taken.iloc[:, position]))
    if content is not None:
        summary.update(sample_digest=content.digest, sampled_rows=len(rows))
    return summary


def plain_pandas(value: Any, name: str) -> Any:
    """A data frame or series as pandas made it; None where a class of the program's own hides it."""
    kind = find_member("pandas", name)
    if type(value) is kind:
        return value
    manager = attributes_of(value).get("_mgr")
    make = getattr(kind, "_from_mgr", None)
    if manager is None or make is None:
        return None
    plain = make(manager, manager.axes)
    if name == "Series":
        plain._name = attributes_of(value).get("_name")
    return plain


def pandas_cost(dtypes: Iterable[Any], rows: int) -> float:
    """Estimated seconds to hash the columns of a frame and to find out about them."""
    seconds = 2e-4
    for dtype in dtypes:
        size = getattr(dtype, "itemsize", 0) if getattr(dtype, "kind", "O") in "biufcmM" else 0
        per_row = size / BYTES_HASHED if size else 1 / ITEMS_ENCODED
        seconds += 4e-5 + rows * per_row
    return seconds


def pandas_column(series: Any) -> Any:
    """A column as an array of NumPy, as codes and categories, or as a list of objects."""
    dtype = series.dtype
    if find_member("numpy", "dtype") in type(dtype).__mro__:
        return series.to_numpy()
    if type(dtype).__name__ == "CategoricalDtype":
        return series.cat.codes.to_numpy(), series.cat.categories.tolist()
    if type(dtype).__name__ == "DatetimeTZDtype":
        return series.array.asi8
    return series.array.to_numpy(dtype=object, na_value=None).tolist()


def index_text(index: Any) -> Any:
    """The index of a table: nothing where rows are only counted, else the digest of its labels."""
    if type(index).__name__ == "RangeIndex":
        return None if index.start == 0 and index.step == 1 else [index.start, index.stop, index.step]
    content = ContentHash(["index", len(index), str(index.dtype)])
    try:
        values = index.to_numpy()
        add_array(content, values)
    except NotEncodable:
        return ["index", str(index.dtype)]
    return content.digest


def describe_series(value: Any, look: Any) -> Summary:
    """A series of pandas: a table of one column."""
    series = plain_pandas(value, "Series")
    if series is None:
        return {"kind": "table"}
    name = series.name
    cost = pandas_cost([series.dtype], len(series))
    names = ["" if name is None else name]
    dtypes = [str(series.dtype)]
    if look.budget.seconds < cost:
        return sampled_frame(series.to_frame(names[0]), names, dtypes, look)
    return table_summary(
        names,
        dtypes,
        len(series),
        lambda: iter([pandas_column(series)]),
        cost,
        look,
        index_text(series.index),
    )


def describe_index(value: Any, look: Any) -> Summary:
    """An index of pandas by its length and type, and the digest of its labels."""
    summary: Summary = {"kind": "array", "shape": [len(value)], "dtype": str(value.dtype)}
    if look.budget.takes(len(value) / ITEMS_ENCODED):
        digest = index_text(value)
        summary["digest"] = (
            digest if type(digest) is str else ContentHash(["index", digest, len(value)]).digest
        )
    return summary


# --- sparse matrices ----------------------------------------------------------------------------------------


SPARSE_PARTS = {
    "csr": ("indptr", "indices", "data"),
    "csc": ("indptr", "indices", "data"),
    "bsr": ("indptr", "indices", "data"),
    "coo": ("row", "col", "data"),
    "dia": ("offsets", "data"),
}
"""Form of a sparse matrix → the arrays that it consists of."""


def describe_sparse(value: Any, look: Any) -> Summary:
    """A sparse matrix of SciPy; the digest is of the elements that it stores, in the order it stores them."""
    form = str(value.format)
    summary: Summary = {
        "kind": "array", "shape": list(value.shape), "dtype": str(value.dtype), "format": form,
        "stored": int(value.nnz),
    }  # fmt: skip
    parts = SPARSE_PARTS.get(form)
    if parts is None:
        return summary
    arrays = [getattr(value, name) for name in parts]
    if look.budget.takes(sum(map(array_cost, arrays))):
        content = ContentHash(["sparse", form, list(value.shape)])
        for array in arrays:
            array = array.astype("<i8") if array.dtype.kind in "iu" and array is not arrays[-1] else array
            content.add_json(header_of(array))
            add_array(content, array)
        summary["digest"] = content.digest
    summary.update(statistics_of(arrays[-1], look))
    return summary


# --- tensors ------------------------------------------------------------------------------------------------


def describe_torch(value: Any, look: Any) -> Summary:
    """A tensor of PyTorch; its content only where it lies in the memory of this machine."""
    tensor = find_member("torch", "Tensor")
    parameter = find_member("torch.nn", "Parameter")
    summary: Summary = {
        "kind": "array",
        "shape": [int(size) for size in tensor.shape.__get__(value)],
        "dtype": str(tensor.dtype.__get__(value)).removeprefix("torch."),
        "device": str(tensor.device.__get__(value)),
    }
    is_plain_tensor = type(value) is tensor or type(value) is parameter
    strided = is_plain_tensor and str(value.layout) == "torch.strided" and not value.is_quantized
    if not strided or value.device.type != "cpu":
        return summary
    array = torch_array(value)
    if array is not None:
        summary.update(digest_of_array(array, look))
        summary.update(statistics_of(array, look))
    return summary


def torch_array(tensor: Any) -> Any:
    """The elements of a tensor as an array of NumPy over the same memory; None where it has no such type."""
    if str(tensor.dtype) in ("torch.bfloat16", "torch.complex32") or "float8" in str(tensor.dtype):
        return None
    return tensor.detach().resolve_conj().resolve_neg().numpy()


def describe_tensorflow(value: Any, look: Any) -> Summary:
    """A tensor of TensorFlow: by shape and type; content where it is there and lies in main memory."""
    shape = [None if size is None else int(size) for size in value.shape]
    summary: Summary = {"kind": "array", "shape": shape, "dtype": value.dtype.name}
    if type(value).__name__ == "EagerTensor" and "CPU" in str(value.device):
        array = value.numpy()
        if hasattr(array, "dtype"):
            summary.update(digest_of_array(array, look))
            summary.update(statistics_of(array, look))
    return summary


def describe_jax(value: Any, look: Any) -> Summary:
    """An array of JAX: by shape and type; it may not be computed yet, or lie elsewhere."""
    return {"kind": "array", "shape": [int(size) for size in value.shape], "dtype": str(value.dtype)}


# --- Polars, Arrow, xarray ----------------------------------------------------------------------------------


def describe_polars(value: Any, look: Any) -> Summary:
    """A data frame of Polars."""
    dtypes = [str(dtype) for dtype in value.dtypes]
    cost = 2e-4 + value.width * 4e-5 + value.height * value.width / ITEMS_ENCODED
    series = value.get_columns()
    return table_summary(value.columns, dtypes, value.height, lambda: map(polars_column, series), cost, look)


def describe_polars_series(value: Any, look: Any) -> Summary:
    """A series of Polars: a table of one column."""
    cost = 2e-4 + len(value) / ITEMS_ENCODED
    return table_summary(
        [value.name], [str(value.dtype)], len(value), lambda: iter([polars_column(value)]), cost, look
    )


def polars_column(series: Any) -> Any:
    """A column as an array of NumPy where it holds numbers and lacks none, else as a list."""
    is_whole = series.dtype.is_numeric() and not series.null_count() and not series.dtype.is_decimal()
    return series.to_numpy() if is_whole else series.to_list()


def describe_arrow(value: Any, look: Any) -> Summary:
    """A table or record batch of Arrow."""
    names, dtypes = value.schema.names, [str(dtype) for dtype in value.schema.types]
    cost = 2e-4 + len(names) * 4e-5 + value.num_rows * len(names) / ITEMS_ENCODED
    return table_summary(names, dtypes, value.num_rows, lambda: map(arrow_column, value.columns), cost, look)


def arrow_column(column: Any) -> Any:
    """A column of Arrow as an array of NumPy where it holds numbers and lacks none, else as a list."""
    text = str(column.type)
    is_number = text.startswith(("int", "uint", "float", "double")) or text == "halffloat"
    if column.null_count or not is_number:
        return column.to_pylist()
    return column.to_numpy() if hasattr(column, "num_chunks") else column.to_numpy(zero_copy_only=False)


def describe_xarray(value: Any, look: Any) -> Summary:
    """An array of xarray by its dimensions; its content where that is in memory."""
    summary: Summary = {
        "kind": "array", "shape": [int(size) for size in value.shape], "dtype": str(value.dtype),
        "dimensions": [str(name) for name in value.dims],
    }  # fmt: skip
    data = attributes_of_slots(value, "_variable")
    held = attributes_of_slots(data, "_data") if data is not None else None
    if held is not None and type(held) is find_member("numpy", "ndarray"):
        summary.update(digest_of_array(held, look))
        summary.update(statistics_of(held, look))
    return summary


def attributes_of_slots(value: Any, name: str) -> Any:
    """An attribute of an object that a library keeps to itself; None where there is none of the name."""
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return None


def describe_xarray_dataset(value: Any, look: Any) -> Summary:
    """A data set of xarray: the sizes of its dimensions and its variables."""
    sizes = {str(name): int(size) for name, size in value.sizes.items()}
    variables = {str(name): look.nested(value[name]) for name in list(value.data_vars)[:MOST_COLUMNS]}
    return {"kind": "container", "length": len(value.data_vars), "sizes": sizes, "first": variables}


# --- data that libraries keep for training ------------------------------------------------------------------


def describe_dmatrix(value: Any, look: Any) -> Summary:
    """The matrix of XGBoost, which has its own form in memory: by its size and the names of its columns."""
    names = value.feature_names or []
    return {
        "kind": "table", "rows": int(value.num_row()), "columns": int(value.num_col()),
        "names": [str(name) for name in names[:MOST_COLUMNS]],
    }  # fmt: skip


def describe_lightgbm_data(value: Any, look: Any) -> Summary:
    """The data set of LightGBM: what it is made from, as long as that is kept."""
    held = attributes_of(value)
    return {"kind": "container", "first": {name: look.nested(held.get(name)) for name in ("data", "label")}}


def describe_hugging_face(value: Any, look: Any) -> Summary:
    """A data set of Hugging Face: rows, columns and the fingerprint that the library gives its content."""
    names = list(value.column_names or [])
    summary: Summary = {"kind": "table", "rows": int(value.num_rows), "columns": len(names)}
    summary["names"] = [str(name) for name in names[:MOST_COLUMNS]]
    fingerprint = attributes_of(value).get("_fingerprint")
    return {**summary, "fingerprint": fingerprint} if type(fingerprint) is str else summary


def describe_tensor_dataset(value: Any, look: Any) -> Summary:
    """Tensors of PyTorch that are gone through together."""
    tensors = attributes_of(value).get("tensors", ())
    return {"kind": "container", "length": len(tensors), "first": [look.nested(each) for each in tensors[:5]]}


def describe_subset(value: Any, look: Any) -> Summary:
    """A part of a data set of PyTorch: the digest of the places that it takes, and the whole."""
    held = attributes_of(value)
    places = held.get("indices")
    length = len(places) if type(places) is list or type(places) is range else None
    whole = look.nested(held.get("dataset"))
    return {"kind": "container", "length": length, "places": look.nested(places), "whole": whole}


def describe_loader(value: Any, look: Any) -> Summary:
    """A loader of PyTorch: what it loads, and how."""
    held = attributes_of(value)
    sampler, size = qualified_name(type(held.get("sampler"))), look.nested(held.get("batch_size"))
    return {
        "kind": "loader",
        "batch_size": size,
        "sampler": sampler,
        "data": look.nested(held.get("dataset")),
    }


def describe_nothing(value: Any, look: Any) -> Summary:
    """Something lazy: to say more would compute it."""
    return {"kind": "lazy"}


Describe = Callable[[Any, Any], Summary]

TABLES: dict[str, dict[str, Describe]] = {
    "numpy": {"ndarray": describe_array, "generic": describe_scalar},
    "pandas": {"DataFrame": describe_frame, "Series": describe_series, "Index": describe_index},
    "scipy": {"_spbase": describe_sparse, "spmatrix": describe_sparse},
    "torch": {
        "Tensor": describe_torch,
        "TensorDataset": describe_tensor_dataset,
        "Subset": describe_subset,
        "DataLoader": describe_loader,
    },
    "tensorflow": {"Tensor": describe_tensorflow},
    "jaxlib": {"ArrayImpl": describe_jax},
    "polars": {"DataFrame": describe_polars, "Series": describe_polars_series, "LazyFrame": describe_nothing},
    "pyarrow": {"Table": describe_arrow, "RecordBatch": describe_arrow},
    "xarray": {"DataArray": describe_xarray, "Dataset": describe_xarray_dataset},
    "dask": {"Array": describe_nothing, "DataFrame": describe_nothing},
    "xgboost": {"DMatrix": describe_dmatrix},
    "lightgbm": {"Dataset": describe_lightgbm_data},
    "datasets": {"Dataset": describe_hugging_face},
}
"""Library → name of its class → what describes such values."""
