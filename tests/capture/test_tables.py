"""Summaries of what libraries hold; each test needs its library, and is left out without it."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from provkg.capture.encoding import ContentHash, sampled_rows
from provkg.capture.values import summarise

CHECKOUT = Path(__file__).parents[2]


def told(value: Any, budget_seconds: float = 0.1) -> dict[str, Any]:
    summary = summarise(value, budget_seconds)
    json.dumps(summary, allow_nan=False)
    return summary


def digest(value: Any) -> str:
    found: str = told(value)["digest"]
    return found


def test_sampled_rows_begin_and_end_with_the_data() -> None:
    rows = sampled_rows(1_000_000, 80)
    assert (len(rows), rows[0], rows[-1]) == (1000, 0, 999_999)
    assert rows == sorted(set(rows))


def test_the_header_of_a_digest_is_told_apart_from_what_follows() -> None:
    one, other = ContentHash("a"), ContentHash("ab")
    one.add_json("bc")
    other.add_json("c")
    assert one.digest != other.digest


# --- NumPy --------------------------------------------------------------------------------------------------


def test_an_array_is_told_by_shape_type_content_and_range() -> None:
    numpy = pytest.importorskip("numpy")
    summary = told(numpy.array([[1.0, numpy.nan], [3.0, 5.0]]))
    assert {name: summary[name] for name in ("shape", "dtype", "missing", "min", "max", "mean")} == {
        "shape": [2, 2], "dtype": "float64", "missing": 1, "min": 1.0, "max": 5.0, "mean": 3.0,
    }  # fmt: skip


def test_the_digest_is_of_the_elements_and_not_of_their_layout() -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(12.0).reshape(3, 4)
    layouts = [array, numpy.asfortranarray(array), array.astype(">f8"), numpy.vstack([array, array])[:3]]
    assert len({digest(each) for each in layouts}) == 1
    assert digest(array) != digest(array.T)
    assert digest(array) != digest(array.reshape(4, 3))
    assert digest(array) != digest(array.astype("f4"))


def test_all_bits_of_not_a_number_count_as_one() -> None:
    numpy = pytest.importorskip("numpy")
    quiet = numpy.array([0x7FF8000000000000, 0], dtype="u8").view("f8")
    negative = numpy.array([0xFFF8000000000001, 0], dtype="u8").view("f8")
    assert digest(quiet) == digest(negative)
    assert negative.view("u8")[0] == 0xFFF8000000000001


def test_an_array_too_large_for_the_budget_is_told_by_a_sample() -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(1_000_000.0)
    summary = told(array, 0.004)
    assert "digest" not in summary
    assert summary["sampled_rows"] == 1000
    assert summary["sample_digest"] == told(numpy.vstack([array, array])[0], 0.004)["sample_digest"]


def test_objects_without_a_canonical_form_have_no_digest() -> None:
    numpy = pytest.importorskip("numpy")
    assert "digest" not in told(numpy.array([object(), object()], dtype=object))
    assert digest(numpy.array(["a", None, 1.5], dtype=object))


def test_an_array_class_of_the_program_is_looked_at_as_a_plain_array() -> None:
    numpy = pytest.importorskip("numpy")

    class Units(numpy.ndarray):  # type: ignore[misc,name-defined]
        def __array_finalize__(self, _: object) -> None:
            self.seen = getattr(self, "seen", 0) + 1

        def __getitem__(self, _: object) -> object:
            raise AssertionError("it was asked for an element")

    units = numpy.arange(3.0).view(Units)
    before = units.seen
    assert digest(units) == digest(numpy.arange(3.0))
    assert units.seen == before


def test_an_object_whose_array_raises_is_not_converted() -> None:
    pytest.importorskip("numpy")

    class Refusing:
        def __array__(self, *_: object) -> object:
            raise AssertionError

    assert told(Refusing())["kind"] == "object"


def test_structured_and_masked_arrays_and_scalars_are_told() -> None:
    numpy = pytest.importorskip("numpy")
    record = numpy.array([(1, 2.0)], dtype=[("x", "i4"), ("y", "f8")])
    assert told(record)["dtype"] == "record (x, y)"
    assert told(numpy.ma.masked_array([1, 2], [0, 1]))["masked"] == 1
    assert told(numpy.float32(2.5))["value"] == 2.5


# --- tables -------------------------------------------------------------------------------------------------


def test_a_frame_is_told_by_columns_missing_values_and_content() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"a": [1, 2, 6], "b": ["x", None, "z"], "c": pandas.Categorical(["u", "v", "u"])}
    )
    summary = told(frame)
    assert (summary["rows"], summary["columns"], summary["names"]) == (3, 3, ["a", "b", "c"])
    assert summary["missing"] == {"b": 1}
    assert summary["statistics"] == {"a": [1, 6, 3.0]}


def test_the_digest_of_a_frame_follows_values_names_and_index() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 6], "b": ["x", "y", "z"]})
    assert digest(frame) == digest(frame.copy())
    others = [frame.rename(columns={"a": "c"}), frame[["b", "a"]], frame[::-1], frame.assign(a=[1, 2, 7])]
    assert len({digest(each) for each in [frame, *others]}) == 5


def test_looking_at_a_frame_leaves_it_as_it_was() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, None], "b": ["x", "y"]})
    before = frame.copy(deep=True)
    told(frame)
    pandas.testing.assert_frame_equal(frame, before)
    frame.loc[0, "a"] = 5.0
    assert frame["a"].tolist()[0] == 5.0


def test_a_frame_class_of_the_program_is_looked_at_as_a_plain_frame() -> None:
    pandas = pytest.importorskip("pandas", minversion="2.1")

    class Spied(pandas.DataFrame):  # type: ignore[misc,name-defined]
        @property
        def _constructor(self) -> Any:
            raise AssertionError("it was asked to make another")

        @property
        def iloc(self) -> Any:
            raise AssertionError("it was asked for a column")

    assert digest(Spied({"a": [1, 2]})) == digest(pandas.DataFrame({"a": [1, 2]}))


def test_a_frame_too_large_for_the_budget_is_told_by_a_sample() -> None:
    pandas = pytest.importorskip("pandas")
    summary = told(pandas.DataFrame({"a": range(1_000_000)}), 0.004)
    assert "digest" not in summary
    assert summary["rows"] == 1_000_000
    assert summary["sample_digest"]


def test_the_same_table_has_the_same_digest_in_polars_and_arrow() -> None:
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    data = {"a": [1, 2], "b": ["x", None]}
    assert digest(polars.DataFrame(data)) == digest(pyarrow.table(data))


def test_a_lazy_frame_is_not_computed() -> None:
    polars = pytest.importorskip("polars")
    calls: list[int] = []
    lazy = polars.LazyFrame({"a": [1]}).map_batches(lambda frame: calls.append(1) or frame)
    assert told(lazy)["kind"] == "lazy"
    assert calls == []


def test_a_sparse_matrix_is_told_without_being_filled() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    summary = told(sparse.eye(1000, format="csr"))
    assert (summary["shape"], summary["stored"], summary["format"]) == ([1000, 1000], 1000, "csr")
    assert summary["digest"]


# --- tensors and networks -----------------------------------------------------------------------------------


def test_a_tensor_has_the_digest_of_the_same_array() -> None:
    numpy, torch = pytest.importorskip("numpy"), pytest.importorskip("torch")
    assert digest(torch.tensor([1.0, 2.0], requires_grad=True)) == digest(numpy.array([1, 2], dtype="f4"))


def test_a_tensor_that_holds_no_memory_here_is_told_by_its_shape() -> None:
    torch = pytest.importorskip("torch")
    summary = told(torch.ones(2, 3, device="meta"))
    assert (summary["shape"], summary["device"], "digest" in summary) == ([2, 3], "meta", False)


def test_a_network_is_told_by_layers_parameters_and_weights() -> None:
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    summary = told(network)
    assert summary["parameter_count"] == 8
    assert summary["layers"] == ["0: torch.nn.Linear", "1: torch.nn.ReLU"]
    with torch.no_grad():
        network[0].bias += 1
    assert digest(network) != summary["digest"]


def test_an_estimator_is_told_by_parameters_and_what_training_left() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    model = linear.LinearRegression(positive=True)
    assert "fitted" not in told(model)
    summary = told(model.fit([[0.0], [1.0]], [0.0, 2.0]))
    assert summary["parameters"]["positive"] is True
    assert summary["fitted"]["coef_"]["shape"] == [1]
    assert summary["fitted"]["intercept_"]["kind"] == "scalar"


def test_an_estimator_class_of_the_program_is_read_from_its_attributes() -> None:
    base = pytest.importorskip("sklearn.base")

    class Mine(base.BaseEstimator):  # type: ignore[misc,name-defined]
        def __init__(self, depth: int = 3) -> None:
            self.depth = depth

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            raise AssertionError("it was asked")

    assert told(Mine(5))["parameters"] == {"depth": 5}


# --- the same everywhere ------------------------------------------------------------------------------------


def test_digests_of_data_are_the_same_in_every_process() -> None:
    pytest.importorskip("pandas")
    code = (
        "import json, numpy, pandas; from provkg.capture.values import summarise;"
        "frame = pandas.DataFrame({'a': [1.5, None], 'b': ['x', None], 'd': pandas.to_datetime(['2020', '2021'])});"
        "print(json.dumps([summarise(frame, 1), summarise(frame['b'], 1), summarise(frame.index, 1)]))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(CHECKOUT), "PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_the_digest_of_known_data_is_known() -> None:
    """A change of the canonical form would make old digests useless: it has to be wanted."""
    numpy = pytest.importorskip("numpy")
    canonical = b'19:["array","<f8",[2]]' + struct.pack("<dd", 1.0, 2.0)
    assert digest(numpy.array([1.0, 2.0])) == "sha256:" + hashlib.sha256(canonical).hexdigest()
