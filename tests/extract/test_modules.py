"""Modules that a program imports, programs that it runs, files that its cells write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.definition import Binding, Call, Definition
from provkg.facts.execution import Access, DataFile
from provkg.facts.learning import Model
from provkg.pipeline import find_local_modules
from provkg.sources.document import Cell, Document

HELPERS = """\
import pandas as pd
from sklearn.svm import SVC
FOLDER = "data/"
def load(name):
    return pd.read_csv(FOLDER + name)
def train(data, label):
    model = SVC(C=2)
    model.fit(data, label)
    return model
if __name__ == "__main__":
    load("never.csv")
"""

FactsBeside = Callable[..., list[object]]


@pytest.fixture
def facts_beside(tmp_path: Path) -> FactsBeside:
    """Cells, and the files beside them → the facts of the notebook that they make."""

    def facts_beside(*sources: str, files: dict[str, str] | None = None, **modules: str) -> list[object]:
        for name, text in {**(files or {}), **{f"{name}.py": text for name, text in modules.items()}}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        cells = tuple(Cell(index, "code", source) for index, source in enumerate(sources))
        document = Document("nb.ipynb", "notebook", "nbformat 4.5", "python", cells, "sha256:0", 1)
        find_local_modules.cache_clear()
        options = ExtractOptions(
            project_root=tmp_path, data_root=tmp_path, local_modules=find_local_modules(tmp_path)
        )
        return [fact for fact_set in extract_facts(document, options) for fact in fact_set.facts]

    return facts_beside


def of(kind: type, facts: list[object]) -> list[object]:
    return [fact for fact in facts if isinstance(fact, kind)]


def read(facts: list[object]) -> list[str]:
    """The files that are read, in order."""
    files = {fact.id: fact.locator for fact in facts if isinstance(fact, DataFile)}
    return [files[fact.file] for fact in facts if isinstance(fact, Access) and fact.mode == "read"]


@pytest.mark.parametrize(
    "cell",
    [
        "import helpers\na = helpers.load('a.csv')",
        "import helpers as h\na = h.load('a.csv')",
        "from helpers import load\na = load('a.csv')",
        "from helpers import load as get\na = get('a.csv')",
        "from helpers import *\na = load('a.csv')",
        "def f():\n    from helpers import load\n    return load('a.csv')\na = f()",
    ],
)
def test_a_module_is_followed_however_it_is_imported(facts_beside: FactsBeside, cell: str) -> None:
    assert read(facts_beside(cell, helpers=HELPERS)) == ["data/a.csv"]


@pytest.mark.parametrize(
    "cell",
    [
        "from pack import load\nload('a.csv')",
        "from pack.inner import load\nload('a.csv')",
        "import pack.inner\npack.inner.load('a.csv')",
        "from pack import inner\ninner.load('a.csv')",
    ],
)
def test_packages_and_relative_imports_are_followed(facts_beside: FactsBeside, cell: str) -> None:
    files = {"pack/__init__.py": "from .inner import load", "pack/inner.py": HELPERS}
    facts = facts_beside(cell, files=files)
    assert read(facts) == ["data/a.csv"]


def test_what_a_module_does_counts_at_the_step_and_line_that_call_it(facts_beside: FactsBeside) -> None:
    facts = facts_beside(
        "from helpers import load, train", "a = load('a.csv')", "\ntrain(a[['x']], a.y)", helpers=HELPERS
    )
    (access,), (model,) = of(Access, facts), of(Model, facts)
    assert isinstance(access, Access)
    assert isinstance(model, Model)
    assert (access.step.rpartition(".")[2][:6], access.line) == ("cell-1", 1)
    assert model.step.rpartition(".")[2][:6] == "cell-2"
    assert model.trained_on == (access.id,)


def test_what_stands_in_a_module_is_no_part_of_the_notebook(facts_beside: FactsBeside) -> None:
    facts = facts_beside("from helpers import load\na = load('a.csv')", helpers=HELPERS)
    assert of(Definition, facts) == []
    assert {fact.name for fact in of(Binding, facts)} == {"load", "a"}  # type: ignore[attr-defined]
    assert [fact.text for fact in of(Call, facts)] == ["load"]  # type: ignore[attr-defined]


def test_the_variable_that_holds_what_a_module_read_is_known(facts_beside: FactsBeside) -> None:
    facts = facts_beside("from helpers import load\na = load('a.csv')", helpers=HELPERS)
    names = {fact.id: fact.name for fact in of(Binding, facts)}  # type: ignore[attr-defined]
    assert [names[fact.binding] for fact in of(Access, facts)] == ["a"]  # type: ignore[attr-defined]


def test_a_program_that_is_run_leaves_its_names(facts_beside: FactsBeside) -> None:
    facts = facts_beside(
        "%run prepare.py", "SVC().fit(base[['x']], base.y)", prepare=HELPERS + "base = load('b.csv')"
    )
    assert read(facts)[-1] == "data/b.csv"
    assert [len(fact.trained_on) for fact in of(Model, facts)] == [1]  # type: ignore[attr-defined]


def test_a_file_that_a_cell_writes_is_followed(facts_beside: FactsBeside) -> None:
    facts = facts_beside("%%writefile helpers.py\n" + HELPERS, "import helpers\nhelpers.load('a.csv')")
    assert read(facts) == ["data/a.csv"]
    (call,) = (fact for fact in of(Call, facts) if fact.text == "pd.read_csv")  # type: ignore[attr-defined]
    assert call.span.start_line == 6  # type: ignore[attr-defined]


def test_two_cells_that_use_one_module_have_models_of_their_own_names(facts_beside: FactsBeside) -> None:
    cells = (
        "from helpers import load, train\na = load('a.csv')",
        "train(a[['x']], a.y)",
        "train(a[['z']], a.y)",
    )
    assert len({fact.id for fact in of(Model, facts_beside(*cells, helpers=HELPERS))}) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "module",
    ["def broken(:", "import helpers", "x = " + "(" * 300 + ")" * 300, "\0"],
    ids=["no Python", "imports itself", "too deep", "binary"],
)
def test_a_module_that_cannot_be_followed_stops_nothing(facts_beside: FactsBeside, module: str) -> None:
    facts = facts_beside("import helpers\nimport pandas as pd\npd.read_csv('a.csv')", helpers=module)
    assert read(facts) == ["a.csv"]


def test_two_modules_that_import_each_other_come_to_an_end(facts_beside: FactsBeside) -> None:
    facts = facts_beside("import one", one="import two\nA = 1", two="import one\nB = one.A")
    assert of(Model, facts) == []


def test_nothing_outside_the_folder_is_read(facts_beside: FactsBeside, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.py"
    outside.write_text(HELPERS)
    (tmp_path / "link.py").symlink_to(outside)
    facts = facts_beside(f"from link import load\nload('a.csv')\n%run ../{outside.name}")
    assert "data/a.csv" not in read(facts)
