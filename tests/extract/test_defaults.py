"""The parameters that nobody wrote: from installed libraries, where they are asked for, and nothing else."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest

from provkg.extract import defaults
from provkg.extract.defaults import (
    Unavailable,
    constant_of,
    installed_folders,
    read_signature,
    text_of_default,
)
from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.learning import Model, Parameter
from tests.extract.conftest import document_of

SVM = """
import sys
print("loud")

class SVC:
    def __init__(self, C=1.0, kernel="rbf", *, weights=(1, 2), f=len, **rest):
        pass

def make(C=1):
    pass
"""
FIT = "from sklearn.svm import SVC\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed libraries: something that calls itself scikit-learn 9.9."""
    folder = tmp_path / "site"
    (folder / "sklearn").mkdir(parents=True)
    (folder / "sklearn/__init__.py").touch()
    (folder / "sklearn/svm.py").write_text(SVM, encoding="utf-8")
    (folder / "scikit_learn-9.9.dist-info").mkdir()
    (folder / "scikit_learn-9.9.dist-info/METADATA").write_text("Name: scikit-learn\nVersion: 9.9\n")
    monkeypatch.setattr(defaults.sysconfig, "get_path", paths_with(folder))
    monkeypatch.setattr(defaults.site, "getsitepackages", lambda: [str(folder)])
    monkeypatch.setattr(defaults.site, "ENABLE_USER_SITE", False)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]


def paths_with(folder: Path) -> Any:
    known = defaults.sysconfig.get_path
    return lambda name: str(folder) if name in ("purelib", "platlib") else known(name)


def facts(*code: str, options: ExtractOptions | None = None) -> list[Any]:
    options = options or ExtractOptions(defaults=True)
    return [fact for fact_set in extract_facts(document_of(*code), options) for fact in fact_set.facts]


def defaults_in(*code: str) -> dict[str, str]:
    """The defaults of models, by name as they are written."""
    return {each.name: each.text for each in facts(*code) if isinstance(each, Parameter) and each.is_default}


def problems(*code: str) -> list[str]:
    (fact_set,) = extract_facts(document_of(*code), ExtractOptions(defaults=True))
    return [problem.message for problem in fact_set.problems]


def test_a_model_has_the_parameters_that_it_is_not_given(installed: Path) -> None:
    found = facts(FIT + "m = SVC(kernel='linear').fit(X, y)")
    (model,) = [fact for fact in found if isinstance(fact, Model)]
    parameters = [fact for fact in found if isinstance(fact, Parameter)]
    told = [
        (each.name, each.text, each.value, each.is_default, each.library, each.version) for each in parameters
    ]
    assert {each.of for each in parameters} == {model.id}
    assert told == [
        ("kernel", "'linear'", "linear", False, None, None),
        ("C", "1.0", 1.0, True, "scikit-learn", "9.9"),
        ("weights", "(1, 2)", [1, 2], True, "scikit-learn", "9.9"),
        ("f", "builtins.len", None, True, "scikit-learn", "9.9"),
    ]


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("m = SVC(3).fit(X, y)", {"C"}),
        ("m = SVC(3, 'linear').fit(X, y)", {"C", "kernel"}),
        ("m = SVC()\nm.set_params(C=2)\nm.fit(X, y)", {"C"}),
        ("m = SVC()\nm.kernel = k\nm.fit(X, y)", {"kernel"}),
        ("m = SVC(**given).fit(X, y)", {"C", "kernel", "weights", "f"}),
        ("m = SVC(*given).fit(X, y)", {"C", "kernel", "weights", "f"}),
        ("m = SVC()\nm.set_params(**given)\nm.fit(X, y)", {"C", "kernel", "weights", "f"}),
    ],
)
def test_what_may_have_been_given_is_no_default(installed: Path, code: str, missing: set[str]) -> None:
    assert set(defaults_in(FIT + code)) == {"C", "kernel", "weights", "f"} - missing


def test_without_being_asked_nothing_is_imported(installed: Path) -> None:
    found = facts(FIT + "m = SVC().fit(X, y)", options=ExtractOptions())
    assert [fact for fact in found if isinstance(fact, Parameter)] == []
    assert "sklearn" not in sys.modules


def test_nothing_is_imported_from_the_folder_that_is_analysed(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "raise SystemExit('imported')"
    analysed = tmp_path / "analysed"
    analysed.mkdir()
    for name in ("xgboost", "keras", "own"):
        (analysed / f"{name}.py").write_text(trap, encoding="utf-8")
    (installed / "keras.py").write_text("import own", encoding="utf-8")
    monkeypatch.chdir(analysed)
    monkeypatch.syspath_prepend(str(analysed))
    monkeypatch.syspath_prepend("")
    code = "import keras, own, xgboost\nm = xgboost.XGBClassifier().fit(X, y)\nk = keras.Sequential()\nk.fit(X, y)\n"
    assert problems(code + "o = own.Model().fit(X, y)") == [
        "the defaults of xgboost.XGBClassifier are not known: xgboost is not installed here; "
        "try: pip install xgboost",
        "the defaults of keras.Sequential are not known: keras cannot tell: ModuleNotFoundError",
        "the defaults of own.Model are not known: the knowledge base does not describe own",
    ]
    assert not {"xgboost", "own"} & set(sys.modules)
    assert sys.path[0] == ""


def test_a_module_that_is_loaded_from_elsewhere_is_not_asked(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", type(sys)("sklearn"))
    with pytest.raises(Unavailable, match="not installed here"):
        read_signature("sklearn.svm.SVC", installed_folders())


def test_a_library_that_is_analysed_itself_is_not_imported(installed: Path) -> None:
    assert installed_folders([installed / "sklearn"]) == []
    assert installed_folders([installed.parent]) == [str(installed)]


def test_a_finder_that_leads_elsewhere_is_not_asked(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        def find_spec(self, name: str, *_: object) -> None:
            raise AssertionError(name)

    monkeypatch.setattr(sys, "meta_path", [Elsewhere(), *sys.meta_path])
    assert read_signature("sklearn.svm.SVC", installed_folders()).positional == ("C", "kernel")
    assert isinstance(sys.meta_path[0], Elsewhere)


def test_what_a_library_does_not_have_is_a_problem(installed: Path) -> None:
    code = "from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit(X, y)"
    assert problems(code) == [
        "the defaults of sklearn.linear_model.LinearRegression are not known: "
        "scikit-learn 9.9 has no class sklearn.linear_model.LinearRegression"
    ]
    with pytest.raises(Unavailable, match=r"has no class sklearn\.svm\.make"):
        read_signature("sklearn.svm.make", installed_folders())


def test_a_library_that_prints_is_not_heard(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_signature("sklearn.svm.SVC", installed_folders())
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("default", "text", "constant"),
    [
        (None, "None", None),
        ("rbf", "'rbf'", "rbf"),
        ((1, [2.5]), "(1, [2.5])", [1, [2.5]]),
        (float("nan"), "nan", defaults.MISSING),
        (object(), "<object object>", defaults.MISSING),
        (len, "builtins.len", defaults.MISSING),
        (inspect.Signature, "inspect.Signature", defaults.MISSING),
        ("x" * 300, "'" + "x" * 198 + "…", defaults.MISSING),
    ],
)
def test_a_default_is_a_constant_or_a_text_that_never_changes(
    default: object, text: str, constant: object
) -> None:
    assert text_of_default(default) == text
    assert constant_of(default) == constant


def test_the_version_is_found_where_another_finder_of_distributions_took_over(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`importlib_metadata` does that when it is imported."""
    monkeypatch.delattr(PathFinder, "find_distributions", raising=False)
    assert defaults.version_of("scikit-learn", [str(installed)]) == "9.9"
