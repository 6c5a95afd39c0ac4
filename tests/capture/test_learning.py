"""Calls of libraries that are watched: what is told, and that nobody can tell.

The libraries here are small ones of our own under the names of known ones; `test_libraries.py` has the real.
"""

from __future__ import annotations

import inspect
import pickle
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from provkg.capture.frames import UserCode
from provkg.capture.learning import FIRST_CALLS, Learning, parse_roles, read_table
from provkg.extract.knowledge.watched import TABLE, write_table

BASE = """
class BaseEstimator:
    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)

    def get_params(self, deep=True):
        return {name: getattr(self, name) for name in ("depth", "inner") if hasattr(self, name)}


class ClassifierMixin:
    def score(self, X, y, sample_weight=None):
        from sklearn.metrics import accuracy_score

        return accuracy_score(y, self.predict(X))
"""

METRICS = '''
import warnings


def accuracy_score(y_true, y_pred, *, normalize=True, sample_weight=None):
    """The share of right predictions."""
    if len(y_true) != len(y_pred):
        raise ValueError("different lengths")
    if not y_true:
        warnings.warn("nothing to measure", stacklevel=2)
        return 0.0
    return sum(a == b for a, b in zip(y_true, y_pred)) / len(y_true)
'''

TREE = '''
from sklearn.base import BaseEstimator, ClassifierMixin


class Stump(ClassifierMixin, BaseEstimator):
    """A tree of one leaf."""

    def __init__(self, depth=1, inner=None):
        self.depth = depth
        self.inner = inner

    def fit(self, X, y, sample_weight=None):
        """Learn from data."""
        if self.inner is not None:
            self.inner.fit(X, y)
        self.class_ = max(set(y), key=y.count)
        return self

    def predict(self, X):
        return [self.class_ for _ in X]
'''

SELECTION = """
def train_test_split(*arrays, test_size=None, random_state=None):
    half = len(arrays[0]) // 2
    return [part for array in arrays for part in (array[:half], array[half:])]
"""


class Recorder:
    """Keeps what is emitted."""

    def __init__(self, own: Callable[[str], bool]) -> None:
        self.records: list[dict[str, Any]] = []
        self.own: Any = Own(own)

    def emit(self, kind: str, **fields: Any) -> None:
        self.records.append({"k": kind, **fields})

    def place_fields(self) -> dict[str, Any]:
        return {}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in self.records if record["k"] == kind]


class Own(UserCode):
    def __init__(self, is_own: Callable[[str], bool]) -> None:
        dict.__init__(self)
        self._is_own = is_own

    def __missing__(self, filename: str) -> bool:
        return self._is_own(filename)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a library by the name of scikit-learn, which is forgotten afterwards."""
    package = tmp_path / "site-packages" / "sklearn"
    for folder, name, text in (
        ("", "base", BASE),
        ("metrics", "_classification", METRICS),
        ("tree", "_classes", TREE),
        ("model_selection", "_split", SELECTION),
    ):
        (package / folder).mkdir(parents=True, exist_ok=True)
        (package / folder / f"{name}.py").write_text(text)
    (package / "__init__.py").write_text("")
    (package / "metrics" / "__init__.py").write_text(
        "from sklearn.metrics._classification import accuracy_score\n"
    )
    (package / "tree" / "__init__.py").write_text("from sklearn.tree._classes import Stump\n")
    (package / "model_selection" / "__init__.py").write_text(
        "from sklearn.model_selection._split import train_test_split\n"
    )
    hidden = {
        name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "sklearn"
    }
    monkeypatch.syspath_prepend(str(package.parent))
    yield package
    for name in list(sys.modules):
        if name.partition(".")[0] == "sklearn":
            del sys.modules[name]
    sys.modules.update(hidden)


@pytest.fixture
def recorder(library: Path) -> Iterator[Recorder]:
    """What is recorded while this file is the user's own code."""
    found = Recorder(lambda filename: filename == __file__)
    learning = Learning(found)
    learning.start()
    found.learning = learning  # type: ignore[attr-defined]
    yield found
    learning.stop()


ROWS, LABELS = [[1], [2], [3], [4]], [0, 1, 1, 1]


def test_a_training_is_told_with_data_model_and_parameters(recorder: Recorder) -> None:
    from sklearn.tree import Stump

    Stump(depth=2).fit(ROWS, LABELS)
    (training,) = recorder.of("training")
    assert training["rule"] == "sklearn.tree.Stump.fit"
    assert [(each["role"], each["parameter"], each["length"]) for each in training["data"]] == [
        ("features", "X", 4),
        ("target", "y", 4),
    ]
    model = training["model"]
    assert (model["type"], model["predicts"]) == ("sklearn.tree.Stump", True)
    assert model["parameters"] == {"depth": 2, "inner": None}
    assert model["defaults"] == ["inner"]


def test_the_place_of_a_call_is_told_to_the_column(recorder: Recorder) -> None:
    from sklearn.tree import Stump

    Stump().fit(ROWS, LABELS), Stump().fit(ROWS, LABELS)
    first, second = recorder.of("training")
    line = inspect.currentframe().f_lineno - 2  # type: ignore[union-attr]
    assert first["span"] == [line, line, 4, 29]
    assert second["span"] == [line, line, 31, 56]


def test_predictions_and_measures_belong_to_the_model_by_the_number_of_the_object(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score
    from sklearn.tree import Stump

    model = Stump().fit(ROWS, LABELS)
    accuracy_score(LABELS, model.predict(ROWS))
    number = recorder.of("training")[0]["model"]["object"]
    assert recorder.of("prediction")[0]["model"]["object"] == number
    (score,) = recorder.of("score")
    assert score["value"] == 0.75
    assert [each["role"] for each in score["data"]] == ["truth", "prediction"]


def test_only_the_outermost_call_is_told(recorder: Recorder) -> None:
    from sklearn.tree import Stump

    model = Stump(inner=Stump(depth=5)).fit(ROWS, LABELS)
    assert model.score(ROWS, LABELS) == 0.75
    assert [record["k"] for record in recorder.records] == ["training", "score"]
    (component,) = recorder.of("training")[0]["model"]["components"]
    assert component["name"] == "inner"
    assert component["parameters"] == {"depth": 5, "inner": None}


def test_calls_that_the_user_did_not_lead_to_are_not_told(recorder: Recorder) -> None:
    from sklearn.tree import Stump

    recorder.own = Own(lambda filename: False)
    Stump().fit(ROWS, LABELS)
    assert recorder.records == []


def test_what_a_library_calls_while_it_is_imported_is_not_told(recorder: Recorder, library: Path) -> None:
    (library / "greedy.py").write_text("from sklearn.tree import Stump\nStump().fit([[1]], [1])\n")
    import sklearn.greedy  # type: ignore[import-not-found]  # noqa: F401

    assert recorder.records == []


def test_an_estimator_class_of_the_program_is_watched_too(recorder: Recorder) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.tree import Stump

    class Mine(BaseEstimator):  # type: ignore[misc]
        def fit(self, X: Any, y: Any) -> Any:  # noqa: N803
            Stump().fit(X, y)
            return self

    assert Mine().fit(ROWS, LABELS)
    (training,) = recorder.of("training")
    assert training["rule"].endswith("Mine.fit")


def test_a_split_tells_what_it_takes_and_gives(recorder: Recorder) -> None:
    from sklearn.model_selection import train_test_split

    train_test_split(ROWS, LABELS, random_state=7)
    (split,) = recorder.of("split")
    assert [each["length"] for each in split["data"]] == [4, 4]
    assert [each["length"] for each in split["parts"]] == [2, 2, 2, 2]
    assert split["settings"] == {"random_state": 7}


def test_a_call_that_fails_is_told_with_its_error(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score
    from sklearn.tree import Stump

    with pytest.raises(ValueError, match="different lengths"):
        accuracy_score([1], [])
    assert recorder.of("score")[0]["error"] == "ValueError"
    Stump().fit(ROWS, LABELS)
    assert len(recorder.of("training")) == 1


def test_many_calls_of_one_place_cost_little_room_and_no_value_is_lost(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score

    for number in range(100):
        accuracy_score([1], [number % 2])
    assert len(recorder.of("score")) == FIRST_CALLS + 3
    recorder.learning.finish()  # type: ignore[attr-defined]
    (repeated,) = recorder.of("repeated")
    assert repeated["count"] == 100
    assert repeated["values"] == [0.0, 1.0] * 50


def test_calls_in_other_threads_are_told_as_well(recorder: Recorder) -> None:
    from sklearn.tree import Stump

    threads = [threading.Thread(target=lambda: Stump().fit(ROWS, LABELS)) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join()
    assert len(recorder.of("training")) == 3


# --- nobody can tell ----------------------------------------------------------------------------------------


def test_a_traceback_shows_no_frame_of_ours(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score

    try:
        accuracy_score([1], [])
    except ValueError as error:
        frames = traceback.extract_tb(error.__traceback__)
    assert [frame.name for frame in frames] == [inspect.currentframe().f_code.co_name, "accuracy_score"]  # type: ignore[union-attr]


def test_a_warning_names_the_line_of_the_user(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        accuracy_score([], [])
    assert [each.filename for each in caught] == [__file__]


def test_watched_functions_look_as_before(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score
    from sklearn.tree import Stump

    assert str(inspect.signature(accuracy_score)) == (
        "(y_true, y_pred, *, normalize=True, sample_weight=None)"
    )
    assert str(inspect.signature(Stump.fit)) == "(self, X, y, sample_weight=None)"
    assert accuracy_score.__doc__ == "The share of right predictions."
    assert (Stump.fit.__module__, Stump.fit.__qualname__) == ("sklearn.tree._classes", "Stump.fit")
    assert "class_" in inspect.getsource(Stump.fit)


def test_functions_methods_and_objects_of_watched_classes_can_be_pickled(recorder: Recorder) -> None:
    from sklearn.metrics import accuracy_score
    from sklearn.tree import Stump

    model = Stump(depth=3).fit(ROWS, LABELS)
    for each in (accuracy_score, Stump, Stump.fit):
        assert pickle.loads(pickle.dumps(each)) is each  # noqa: S301
    assert pickle.loads(pickle.dumps(model.predict))([1]) == [1]  # noqa: S301
    assert vars(pickle.loads(pickle.dumps(model))) == vars(model)  # noqa: S301


def test_no_trace_is_left_in_the_loaders_of_modules(recorder: Recorder) -> None:
    import sklearn.tree

    for name in ("sklearn", "sklearn.tree", "sklearn.tree._classes"):
        loader = sys.modules[name].__spec__.loader  # type: ignore[union-attr]
        assert "exec_module" not in vars(loader)
        assert type(loader).__name__ == "SourceFileLoader"
    assert isinstance(sklearn.tree, ModuleType)


def test_libraries_that_were_loaded_before_are_watched_from_the_start(library: Path) -> None:
    from sklearn.tree import Stump

    recorder = Recorder(lambda filename: filename == __file__)
    learning = Learning(recorder)
    learning.start()
    Stump().fit(ROWS, LABELS)
    learning.stop()
    assert len(recorder.of("training")) == 1


def test_a_module_that_cannot_be_watched_is_imported_all_the_same(library: Path) -> None:
    class Broken(Learning):
        def _imported(self, module: ModuleType) -> None:
            raise RuntimeError

    learning = Broken(Recorder(lambda filename: True))
    learning.start()
    from sklearn.metrics import accuracy_score

    learning.stop()
    assert accuracy_score([1], [1]) == 1.0


# --- the table ----------------------------------------------------------------------------------------------


def test_the_table_says_what_the_knowledge_base_says() -> None:
    """`python -m provkg.extract.knowledge.watched` writes it anew."""
    assert TABLE.read_text(encoding="utf-8") == write_table()


def test_every_row_of_the_table_can_be_read() -> None:
    for kinds in read_table().values():
        for rows in kinds.values():
            for actions, roles in rows.values():
                assert actions
                assert all(role for *_, role in parse_roles(roles))
