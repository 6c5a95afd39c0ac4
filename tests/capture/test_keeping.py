"""The bytes of trained models."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from provkg.capture.contents import find_content
from provkg.capture.keeping import keeper


class Stump:
    """A model that can be pickled."""

    def __init__(self, depth: int) -> None:
        self.depth = depth


@pytest.fixture
def joblib(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A library by that name, and none that is called skops."""
    module: Any = ModuleType("joblib")
    module.dump = lambda model, stream: stream.write(pickle.dumps(model))
    monkeypatch.setitem(sys.modules, "joblib", module)
    monkeypatch.setattr("provkg.capture.keeping.find_spec", lambda name: None)
    return module  # type: ignore[no-any-return]


def test_a_kept_model_can_be_read_again(tmp_path: Path, joblib: ModuleType) -> None:
    kept = keeper(str(tmp_path))(Stump(3))
    assert kept is not None
    assert kept["format"] == "joblib.load"
    data = find_content(str(tmp_path), kept["digest"])
    assert data is not None
    assert len(data) == kept["size"]
    assert pickle.loads(data).depth == 3  # noqa: S301


def test_a_model_that_cannot_be_written_is_not_kept(tmp_path: Path, joblib: ModuleType) -> None:
    assert keeper(str(tmp_path))(lambda: None) is None
    assert list(tmp_path.iterdir()) == []


def test_a_network_is_kept_as_its_weights(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    network = torch.nn.Linear(2, 1)
    kept = keeper(str(tmp_path))(network)
    assert kept is not None
    data = find_content(str(tmp_path), kept["digest"])
    (tmp_path / "weights").write_bytes(data or b"")
    assert torch.equal(torch.load(tmp_path / "weights")["weight"], network.weight)


def test_an_estimator_is_kept_by_skops_where_that_is_installed(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    linear = pytest.importorskip("sklearn.linear_model")
    kept = keeper(str(tmp_path))(linear.LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]))
    assert kept is not None
    assert kept["format"] == "skops.io.load"
    data = find_content(str(tmp_path), kept["digest"])
    assert skops.loads(data).predict([[2.0]])[0] == pytest.approx(4.0)
