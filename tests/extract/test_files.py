"""Data read and written: locators, modes, handles, and what lies below the data root."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provkg.extract.run import ExtractOptions, extract_facts
from provkg.facts.definition import Binding
from provkg.facts.execution import Access, DataFile
from provkg.identity import digest_bytes, digest_text
from provkg.sources.document import Cell, Document

FactsOf = Callable[..., list[Any]]
Accesses = Callable[..., list[str]]

IMPORTS = "import os, io, json\nimport pandas as pd\nfrom pathlib import Path\n"


def shown(facts: list[Any]) -> list[str]:
    """Accesses as text: "read a.csv", with a question mark where the locator is not constant."""
    files = {fact.id: fact for fact in facts if isinstance(fact, DataFile)}
    return [
        f"{fact.mode} {files[fact.file].locator}{'' if files[fact.file].is_resolved else ' ?'}"
        for fact in facts
        if isinstance(fact, Access)
    ]


@pytest.fixture
def accesses(extract: Callable[..., Any]) -> Accesses:
    """Cells → "read a.csv" for each access, after the usual imports."""

    def accesses(*sources: str, **options: Any) -> list[str]:
        cells = (IMPORTS + sources[0], *sources[1:])
        return shown([fact for each in extract(*cells, **options) for fact in each.facts])

    return accesses


def facts_at(path: str, *sources: str, options: ExtractOptions | None = None) -> list[Any]:
    """The facts of a notebook at another path."""
    cells = tuple(Cell(index, "code", source) for index, source in enumerate(sources))
    document = Document(path, "notebook", "nbformat 4.5", "python", cells, digest_text("".join(sources)), 1)
    return [fact for fact_set in extract_facts(document, options) for fact in fact_set.facts]


def paths_at(path: str, *sources: str) -> list[str | None]:
    return [fact.path for fact in facts_at(path, *sources) if isinstance(fact, DataFile)]


# locators


@pytest.mark.parametrize(
    ("expression", "locator"),
    [
        ("'a.csv'", "a.csv"),
        ("'a' + '.csv'", "a.csv"),
        ("'a' '.csv'", "a.csv"),
        ("f'{name}.csv'", "iris.csv"),
        ("f'{name}_{3:02d}.csv'", "iris_03.csv"),
        ("f'{name!r}.csv'", "'iris'.csv"),
        ("'%s/%d.csv' % (name, 3)", "iris/3.csv"),
        ("'%s.csv' % name", "iris.csv"),
        ("'{}/{n}.csv'.format(name, n=3)", "iris/3.csv"),
        ("'/'.join(['d', name, 'a.csv'])", "d/iris/a.csv"),
        ("name.upper() + '.csv'", "IRIS.csv"),
        ("'a_b.csv'.replace('_', '-')", "a-b.csv"),
        ("os.path.join('d', name, 'a.csv')", "d/iris/a.csv"),
        ("os.path.join('d', '/abs', 'a.csv')", "/abs/a.csv"),
        ("os.path.join(os.getcwd(), 'a.csv')", "a.csv"),
        ("os.path.dirname('d/e/f.csv') + '/g.csv'", "d/e/g.csv"),
        ("os.path.splitext('a.txt')[0] + '.csv'", "a.csv"),
        ("Path('d') / 'a.csv'", "d/a.csv"),
        ("Path('d', 'e') / name / 'a.csv'", "d/e/iris/a.csv"),
        ("Path('d').joinpath('e', 'a.csv')", "d/e/a.csv"),
        ("'d' / Path('a.csv')", "d/a.csv"),
        ("str(Path('d') / 'a.csv')", "d/a.csv"),
        ("Path('d/e.txt').parent / 'a.csv'", "d/a.csv"),
        ("Path('d/').parent / 'a.csv'", "a.csv"),
        ("Path('d/e.txt').with_suffix('.csv')", "d/e.csv"),
        ("Path('d/e.txt').with_name('a.csv')", "d/a.csv"),
        ("Path('d/e.txt').stem + '.csv'", "e.csv"),
        ("Path('d/a.csv').resolve()", "d/a.csv"),
        ("['a.csv', 'b.csv'][1]", "b.csv"),
        ("('a.csv', 'b.csv')[-1]", "b.csv"),
        ("{'p': 'a.csv'}['p']", "a.csv"),
        ("{'p': {'q': 'a.csv'}}['p']['q']", "a.csv"),
        ("{'p': 'a.csv'}.get('p')", "a.csv"),
        ("{'p': 'a.csv'}.get('q', 'b.csv')", "b.csv"),
        ("dict(p='a.csv')['p']", "a.csv"),
        ("None or 'a.csv'", "a.csv"),
        ("(p := 'a.csv')", "a.csv"),
        ("(lambda n: n + '.csv')(name)", "iris.csv"),
        ("os.environ.get('DATA', 'a.csv')", "a.csv"),
        ("os.path.join(os.path.dirname(os.path.abspath(__file__)), 'a.csv')", "a.csv"),
        ("Path(__file__).parent / 'a.csv'", "a.csv"),
    ],
)  # fmt: skip
def test_a_locator_that_the_text_settles_is_known(accesses: Accesses, expression: str, locator: str) -> None:
    assert accesses(f"name = 'iris'\npd.read_csv({expression})") == [f"read {locator}"]


@pytest.mark.parametrize(
    "expression",
    ["name", "name + '.csv'", "f'{name}.csv'", "get()", "rows[0]", "'%s' % name", "Path(name) / 'a.csv'",
     "Path.home() / 'a.csv'", "{'a': 1}[name]", "obj.path", "input()"],
)  # fmt: skip
def test_a_locator_that_is_not_constant_stands_as_written(accesses: Accesses, expression: str) -> None:
    assert accesses(f"pd.read_csv({expression})") == [f"read {expression} ?"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "from lib.input import MnistDataModule as M\nM('data', batch_size=8)",
            ["read lib.input.MnistDataModule"],
        ),
        ("import lib\nlib.NewsDataset(root=Path('data'), split='train')", ["read lib.NewsDataset"]),
        (
            "import lib\np = {}\np['dir'] = unknown.path\nlib.UserDataProvider(params=p)",
            ["read lib.UserDataProvider"],
        ),
        ("import lib\nlib.NewsDataset(unknown)", []),
        ("import lib\nt = unknown()\nlib.NewsDataset(t)", []),
        ("import lib\nlib.NewsDataset(pd.DataFrame(unknown))", []),
        ("import lib\nlib.NewsDataset(pd.read_csv('a.csv'))", ["read a.csv"]),
        ("import lib\nlib.NewsDataset()", []),
        ("import lib\nlib.News('data')", []),
    ],
)
def test_an_object_made_of_settings_holds_data_where_its_class_says_so(
    accesses: Accesses, code: str, expected: list[str]
) -> None:
    assert accesses(code) == expected


@pytest.mark.parametrize(
    ("receiver", "locator"),
    [("Path(name)", "name"), ("Path(names[0])", "names[0]"), ("Path(name) / 'a'", "Path(name) / 'a'")],
)
def test_a_path_that_reads_itself_is_written_as_what_it_is_given(
    accesses: Accesses, receiver: str, locator: str
) -> None:
    assert accesses(f"({receiver}).read_text()") == [f"read {locator} ?"]


@pytest.mark.parametrize(
    ("argument", "locator"),
    [
        ("os.path.join(root, 'a.csv')", "os.path.join(root, 'a.csv')"),
        ("root + '/a.csv'", "root + '/a.csv'"),
        ("f'{root}/a.csv'", "f'{root}/a.csv'"),
        ("path=root + '/a.csv'", "root + '/a.csv'"),
        ("root", "path"),
        ("roots[0]", "path"),
        ("find()", "path"),
    ],
)
def test_a_parameter_is_written_as_its_caller_puts_it_together(
    accesses: Accesses, argument: str, locator: str
) -> None:
    code = "def read(path):\n    return pd.read_csv(path)\ndef load(path):\n    return read(path)\n"
    assert accesses(f"{code}load({argument})") == [f"read {locator} ?"]


@pytest.mark.parametrize(
    "code",
    [
        "for f in ['a.csv', 'b.csv']:\n    pd.read_csv(f)",
        "for n in ('a', 'b'):\n    pd.read_csv(f'{n}.csv')",
        "for k, f in {'x': 'a.csv', 'y': 'b.csv'}.items():\n    pd.read_csv(f)",
        "for f in {'x': 'a.csv', 'y': 'b.csv'}.values():\n    pd.read_csv(f)",
        "for i, f in enumerate(['a.csv', 'b.csv']):\n    pd.read_csv(f)",
        "for f, s in zip(['a.csv', 'b.csv'], [1, 2]):\n    pd.read_csv(f)",
        "frames = [pd.read_csv(f) for f in ['a.csv', 'b.csv']]",
        "frames = {n: pd.read_csv(n + '.csv') for n in ['a', 'b']}",
        "pd.read_csv('a.csv' if x else 'b.csv')",
        "if x:\n    f = 'a.csv'\nelse:\n    f = 'b.csv'\npd.read_csv(f)",
        "f = 'a.csv'\nif x:\n    f = 'b.csv'\npd.read_csv(f)",
        "def load(f):\n    return pd.read_csv(f)\nload('a.csv')\nload('b.csv')",
        "def load(f='a.csv'):\n    return pd.read_csv(f)\nload()\nload('b.csv')",
        "def load(f, *, folder='.'):\n    return pd.read_csv(f)\nload(f='a.csv')\nload(f='b.csv')",
        "[pd.read_csv(f) for f in sorted(['a.csv', 'b.csv'])]",
        "files = []\nfiles.append('a.csv')\nfiles.append('b.csv')\nfor f in files:\n    pd.read_csv(f)",
        "files = ['a.csv'] + ['b.csv']\nfor f in files:\n    pd.read_csv(f)",
    ],
)
def test_each_of_several_possible_locators_is_read(accesses: Accesses, code: str) -> None:
    assert sorted(set(accesses(code))) == ["read a.csv", "read b.csv"]


@pytest.mark.parametrize(
    "code",
    [
        "c = {'f': 'a.csv'}\nif x:\n    c['f'] = 'b.csv'\npd.read_csv(c['f'])",
        "c = {'f': 'a.csv'}\nif x:\n    c.update({'f': 'b.csv'})\npd.read_csv(c['f'])",
        "class C:\n    pass\nc = C()\nc.f = 'a.csv'\nif x:\n    c.f = 'b.csv'\npd.read_csv(c.f)",
    ],
)
def test_an_element_that_a_branch_replaces_may_still_be_the_old_one(accesses: Accesses, code: str) -> None:
    assert sorted(set(accesses(code))) == ["read a.csv", "read b.csv"]


@pytest.mark.parametrize(
    "code",
    [
        "c = {'f': 'a.csv'}\nc['f'] = 'b.csv'\npd.read_csv(c['f'])",
        "c = ['a.csv']\nc[0] = 'b.csv'\npd.read_csv(c[0])",
        "c = {'f': 'a.csv'}\nc.update({'f': 'b.csv'})\npd.read_csv(c['f'])",
        "c = {'f': 'a.csv'}\nc |= {'f': 'b.csv'}\npd.read_csv(c['f'])",
        "c = {'f': 'a.csv'}\nc.update(f='b.csv')\npd.read_csv(c['f'])",
        "c = {'f': 'b.csv'}\nc2 = {**{'f': 'a.csv'}, **c}\npd.read_csv(c2['f'])",
    ],
)
def test_the_latest_element_counts(accesses: Accesses, code: str) -> None:
    assert "read a.csv" not in accesses(code)


def test_keyword_and_unpacked_arguments_are_found(accesses: Accesses) -> None:
    assert accesses("pd.read_csv(filepath_or_buffer='a.csv')") == ["read a.csv"]
    assert accesses("k = {'filepath_or_buffer': 'a.csv'}\npd.read_csv(**k)") == ["read a.csv"]
    assert accesses("a = ['a.csv']\npd.read_csv(*a)") == ["read a.csv"]


def test_defaults_of_argparse_are_followed(accesses: Accesses) -> None:
    code = """
import argparse
parser = argparse.ArgumentParser()
group = parser.add_argument_group("data")
group.add_argument("-i", "--in-file", default="a.csv")
parser.add_argument("out", nargs="?", default="o.csv")
parser.add_argument("--name", dest="label", default="l.csv")
parser.add_argument("needed")
args = parser.parse_args()
pd.read_csv(args.in_file)
pd.read_csv(args.label)
df.to_csv(args.out)
pd.read_csv(args.needed)
"""
    assert accesses(code) == ["read a.csv", "read l.csv", "write o.csv", "read args.needed ?"]


@pytest.mark.parametrize(
    "code",
    [
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    path: str = 'a.csv'\npd.read_csv(C().path)",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    path: str\npd.read_csv(C(path='a.csv').path)",
        "class C:\n    path = 'a.csv'\npd.read_csv(C.path)",
        "class C:\n    path = 'a.csv'\n    def load(self):\n        return pd.read_csv(self.path)\nC().load()",
        "class C:\n    def __init__(self, path):\n        self.path = path\n    def load(self):\n        return pd.read_csv(self.path)\nC('a.csv').load()",
        "class B:\n    path = 'a.csv'\nclass C(B):\n    pass\npd.read_csv(C.path)",
        "class C:\n    @property\n    def path(self):\n        return 'a.csv'\npd.read_csv(C().path)",
        "class C:\n    folder = 'a'\n    @classmethod\n    def path(cls):\n        return cls.folder + '.csv'\npd.read_csv(C.path())",
    ],
)
def test_attributes_of_the_programs_own_classes_are_followed(accesses: Accesses, code: str) -> None:
    assert accesses(code) == ["read a.csv"]


def test_constants_flow_between_cells(accesses: Accesses) -> None:
    assert accesses("folder = 'd'", "name = folder + '/a.csv'", "pd.read_csv(name)") == ["read d/a.csv"]


@pytest.mark.parametrize(
    "code",
    [
        "import glob\nfor f in glob.glob('data/*.csv'):\n    pd.read_csv(f)",
        "for f in Path('data').glob('*.csv'):\n    pd.read_csv(f)",
        "import glob\nframes = [pd.read_csv(f) for f in sorted(glob.glob('data/*.csv'))]",
    ],
)
def test_files_that_a_pattern_matches_are_named_by_the_pattern(accesses: Accesses, code: str) -> None:
    assert accesses(code) == ["read data/*.csv"]


# modes and handles


@pytest.mark.parametrize(
    ("call", "modes"),
    [
        ("open('a')", ["read"]), ("open('a', 'rb')", ["read"]), ("open('a', 'w')", ["write"]),
        ("open('a', mode='wb')", ["write"]), ("open('a', 'x')", ["write"]), ("open('a', 'a')", ["write"]),
        ("open('a', 'r+')", ["read", "write"]), ("open('a', unknown)", ["read"]), ("m = 'w'\nopen('a', m)", ["write"]),
        ("Path('a').open()", ["read"]), ("Path('a').open('w')", ["write"]),
        ("Path('a').read_text()", ["read"]), ("Path('a').write_text('b')", ["write"]),
        ("Path('a').read_bytes()", ["read"]), ("Path('a').write_bytes(b'')", ["write"]),
        ("io.open('a', 'w')", ["write"]), ("import gzip\ngzip.open('a', 'wt')", ["write"]),
    ],
)  # fmt: skip
def test_the_mode_says_whether_a_file_is_read_or_written(
    accesses: Accesses, call: str, modes: list[str]
) -> None:
    assert accesses(call) == [f"{mode} a" for mode in modes]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("with open('a') as f:\n    x = json.load(f)", ["read a"]),
        ("f = open('a')\nx = json.load(f)\nf.close()", ["read a"]),
        ("x = json.load(open('a'))", ["read a"]),
        ("with open('a') as f:\n    x = f.read()\n    y = f.readlines()", ["read a"]),
        ("with open('a', 'w') as f:\n    json.dump(x, f)", ["write a"]),
        ("with open('a', 'w') as f:\n    f.write('x')\n    print('y', file=f)", ["write a"]),
        ("with open('a') as f, open('b', 'w') as g:\n    g.write(f.read())", ["read a", "write b"]),
        ("import pickle\npickle.dump(m, open('a', 'wb'))", ["write a"]),
        ("import csv\nwith open('a') as f:\n    rows = list(csv.reader(f))", ["read a"]),
        ("import zipfile\nwith zipfile.ZipFile('a.zip') as z:\n    z.extractall()", ["read a.zip"]),
    ],
)
def test_an_open_file_is_named_once(accesses: Accesses, code: str, expected: list[str]) -> None:
    assert accesses(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "pd.read_csv(io.StringIO('a,b'))",
        "buffer = io.BytesIO(b'a')\npd.read_csv(buffer)\ndf.to_csv(buffer)",
        "from io import StringIO\npd.read_csv(StringIO('a'))",
        "from io import StringIO\ntext = StringIO('a')\njson.load(text)",
    ],
)
def test_a_buffer_in_memory_is_no_file(accesses: Accesses, code: str) -> None:
    assert accesses(code) == []


@pytest.mark.parametrize(
    "code",
    [
        "def load():\n    return pd.read_csv('a.csv')",
        "class C:\n    def load(self):\n        return pd.read_csv('a.csv')\nC()",
        "load = lambda: pd.read_csv('a.csv')",
        "'pd.read_csv(\"a.csv\")'",
        "# pd.read_csv('a.csv')",
        "pd.read_csv",
        "def pandas_read_csv(x): pass\npandas_read_csv('a.csv')",
    ],
)
def test_what_nothing_calls_is_not_read(accesses: Accesses, code: str) -> None:
    assert accesses(code) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def load(name):\n    return pd.read_csv('a.csv')\nx = load('train')", ["read a.csv"]),
        ("def load(f):\n    return pd.read_csv(f)\nx = load('a.csv')", ["read a.csv"]),
        ("def save(frame, label):\n    frame.to_csv('a.csv')\nsave(df, 'train')", ["write a.csv"]),
        ("x = (lambda f: pd.read_csv(f))('a.csv')", ["read a.csv"]),
    ],
)
def test_what_a_function_reads_is_not_read_by_its_call_again(
    accesses: Accesses, code: str, expected: list[str]
) -> None:
    assert accesses(code) == expected


def test_a_read_in_a_function_belongs_to_the_step_that_calls_it(facts_of: FactsOf) -> None:
    cells = (
        IMPORTS + "def load(f):\n    frame = pd.read_csv(f)\n    print(f)\n    return frame",
        "\nload('a.csv')",
    )
    (access,) = facts_of(Access, *cells)
    assert (access.step.rpartition(".")[2].startswith("cell-1-"), access.line) == (True, 2)


# places


def test_urls_keep_no_credentials(accesses: Accesses) -> None:
    url = "https://me:hunter2pw@example.org/a.csv?token=abcdef0123456789abcd"
    assert accesses(f"pd.read_csv('{url}')") == [
        "read https://me:<redacted>@example.org/a.csv?token=<redacted>"
    ]


def test_a_url_put_together_keeps_no_credentials(accesses: Accesses, extract: Callable[..., Any]) -> None:
    code = "host = '@example.org/a.csv'\npd.read_csv('https://me:' + 'hunter2pw' + host)"
    assert accesses(code) == ["read https://me:<redacted>@example.org/a.csv"]


def test_a_url_is_a_url(facts_of: FactsOf) -> None:
    (file,) = facts_of(DataFile, IMPORTS + "pd.read_csv('https://example.org/a b.csv')")
    assert (file.kind, file.id, file.path) == ("url", "https://example.org/a%20b.csv", None)


@pytest.mark.parametrize(
    ("code", "locator"),
    [
        ("from sklearn.datasets import load_iris\nload_iris()", "sklearn.datasets.load_iris"),
        (
            "from sklearn import datasets\nX, y = datasets.load_iris(return_X_y=True)",
            "sklearn.datasets.load_iris",
        ),
        ("import seaborn as sns\nsns.load_dataset('penguins')", "penguins"),
        ("from sklearn.datasets import fetch_openml\nfetch_openml('mnist_784')", "mnist_784"),
    ],
)
def test_packaged_data_sets_are_data(facts_of: FactsOf, code: str, locator: str) -> None:
    (file,) = facts_of(DataFile, code)
    assert (file.kind, file.locator, file.is_resolved, file.path) == ("dataset", locator, True, None)
    assert file.id.startswith("pkg:pypi/")


def test_two_data_sets_of_one_loader_are_two(facts_of: FactsOf) -> None:
    files = facts_of(DataFile, "import seaborn as sns\nsns.load_dataset('iris')\nsns.load_dataset('tips')")
    assert len({file.id for file in files}) == 2


def test_a_database_is_read_and_written_through_its_connection(accesses: Accesses) -> None:
    code = "import sqlite3\nc = sqlite3.connect('a.db')\ndf = pd.read_sql('select 1', c)\ndf.to_sql('t', c)"
    assert accesses(code) == ["read a.db", "write a.db"]


def test_a_database_file_is_a_database(facts_of: FactsOf) -> None:
    code = "import sqlite3\nimport pandas as pd\nc = sqlite3.connect('a.db')\npd.read_sql('select 1', c)"
    assert [file.kind for file in facts_of(DataFile, code)] == ["database"]


def test_relative_paths_start_in_the_folder_of_the_document() -> None:
    code = "import pandas as pd\npd.read_csv('a.csv')\npd.read_csv('../data/b.csv')\npd.read_csv('/c.csv')"
    assert paths_at("notebooks/deep/nb.ipynb", code) == ["notebooks/deep/a.csv", "notebooks/data/b.csv", None]


@pytest.mark.parametrize(
    "expression",
    [
        "Path(__file__).parent.parent / 'data' / 'a.csv'",
        "Path(__file__).resolve().parent.parent / 'data' / 'a.csv'",
        "Path(__file__).resolve().parents[1] / 'data' / 'a.csv'",
        "os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'data', 'a.csv')",
        "Path.cwd().parent / 'data' / 'a.csv'",
        "os.path.join(os.path.dirname(os.getcwd()), 'data/a.csv')",
    ],
)
def test_the_folder_above_the_program_is_above_it(expression: str) -> None:
    assert paths_at("code/train.py", f"{IMPORTS}pd.read_csv({expression})") == ["data/a.csv"]


def test_a_change_of_directory_moves_the_cells_after_it() -> None:
    assert paths_at("nb.ipynb", "%cd data", IMPORTS + "pd.read_csv('a.csv')", "%cd ..", "open('b')") == [
        "data/a.csv",
        "b",
    ]


@pytest.mark.parametrize(
    "cells",
    [
        (IMPORTS + "%cd data\npd.read_csv('a.csv')",),
        (IMPORTS + "os.chdir('data')", "pd.read_csv('a.csv')"),
        (IMPORTS + "os.chdir('data')\npd.read_csv('a.csv')",),
    ],
)
def test_no_path_is_claimed_from_the_directory_left(cells: tuple[str, ...]) -> None:
    assert paths_at("nb.ipynb", *cells) != ["a.csv"]


# what was written


def names(facts: list[Any], mode: str) -> list[str | None]:
    bindings = {fact.id: fact.name for fact in facts if isinstance(fact, Binding)}
    return [
        bindings.get(fact.binding or "") for fact in facts if isinstance(fact, Access) and fact.mode == mode
    ]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("df = pd.read_csv('a.csv')", "df"),
        ("df = pd.read_csv('a.csv').dropna()", "df"),
        ("with open('a') as f:\n    x = 1", "f"),
        ("from sklearn.datasets import load_iris\niris = load_iris()", "iris"),
        ("import joblib\nm = joblib.load('m.pkl')", "m"),
    ],
)
def test_an_access_names_the_variable_that_holds_what_was_read(
    extract: Callable[..., Any], code: str, name: str
) -> None:
    assert names(extract(IMPORTS + code)[0].facts, "read") == [name]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("df = pd.DataFrame()\ndf.to_csv('a.csv')", "df"),
        ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nfig.savefig('a.png')", "fig"),
        ("import numpy as np\na = np.zeros(3)\nnp.save('a.npy', a)", "a"),
        ("import joblib\nm = f()\njoblib.dump(m, 'a.pkl')", "m"),
        ("t = f()\nPath('a').write_text(t)", "t"),
        ("import torch\nnet = f()\ntorch.save(net, 'a.pt')", "net"),
    ],
)
def test_an_access_names_the_variable_that_was_written(
    extract: Callable[..., Any], code: str, name: str
) -> None:
    assert names(extract(IMPORTS + code)[0].facts, "write") == [name]


@pytest.mark.parametrize(
    "code", ["import numpy as np\nnp.save('a', [1])", "import matplotlib.pyplot as plt\nplt.savefig('a.png')"]
)
def test_no_import_is_what_was_written(facts_of: FactsOf, code: str) -> None:
    imported = {fact.id for fact in facts_of(Binding, code) if fact.kind == "import"}
    assert not imported & {fact.binding for fact in facts_of(Access, code)}


# what lies on the disk


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with data inside, and a file outside of it."""
    (tmp_path / "outside.csv").write_bytes(b"secret")
    (tmp_path / "project/data").mkdir(parents=True)
    (tmp_path / "project/data/a.csv").write_bytes(b"a,b\n1,2\n")
    return tmp_path / "project"


def files_in(project: Path, data_root: Path | None, *locators: str) -> list[DataFile]:
    options = ExtractOptions(project_root=project, data_root=data_root)
    code = "import pandas as pd\n" + "\n".join(f"pd.read_csv({locator!r})" for locator in locators)
    return [fact for fact in facts_at("nb.ipynb", code, options=options) if isinstance(fact, DataFile)]


def test_a_file_below_the_data_root_has_size_and_digest(project: Path) -> None:
    (file,) = files_in(project, project, "data/a.csv")
    assert (file.size_bytes, file.digest) == (8, digest_bytes(b"a,b\n1,2\n"))


def test_the_data_root_may_be_narrower_than_the_project(project: Path) -> None:
    (project / "b.csv").write_bytes(b"b")
    above, below = files_in(project, project / "data", "b.csv", "data/a.csv")
    assert (above.digest, above.size_bytes) == (None, None)
    assert below.digest == digest_bytes(b"a,b\n1,2\n")


def test_the_data_root_may_be_wider_than_the_project(project: Path) -> None:
    (file,) = files_in(project, project.parent, "../outside.csv")
    assert file.digest == digest_bytes(b"secret")


@pytest.mark.parametrize("locator", ["../outside.csv", "data/../../outside.csv", "none.csv", "data", "a\0b"])
def test_what_is_not_below_the_data_root_is_not_looked_at(project: Path, locator: str) -> None:
    assert [(file.digest, file.size_bytes) for file in files_in(project, project, locator)] == [(None, None)]


def test_an_absolute_path_out_of_the_data_root_is_not_looked_at(project: Path) -> None:
    (file,) = files_in(project, project, str(project.parent / "outside.csv"))
    assert (file.digest, file.size_bytes) == (None, None)


def test_a_link_out_of_the_data_root_is_not_followed(project: Path) -> None:
    (project / "link.csv").symlink_to(project.parent / "outside.csv")
    (project / "up").symlink_to(project.parent)
    (project / "loop.csv").symlink_to(project / "loop.csv")
    for file in files_in(project, project, "link.csv", "up/outside.csv", "loop.csv"):
        assert (file.digest, file.size_bytes) == (None, None)


def test_a_link_inside_the_data_root_is_followed(project: Path) -> None:
    (project / "link.csv").symlink_to(project / "data/a.csv")
    assert [file.size_bytes for file in files_in(project, project, "link.csv")] == [8]


def test_a_pipe_is_not_opened(project: Path) -> None:
    os.mkfifo(project / "pipe.csv")
    assert [file.size_bytes for file in files_in(project, project, "pipe.csv")] == [None]


def test_without_a_data_root_nothing_is_looked_at(project: Path) -> None:
    assert [file.size_bytes for file in files_in(project, None, "data/a.csv")] == [None]


def test_nothing_is_written_where_a_program_would_write(project: Path) -> None:
    before = sorted(project.rglob("*"))
    options = ExtractOptions(project_root=project, data_root=project)
    facts_at("nb.ipynb", "open('new', 'w').write('x')\nimport os\nos.remove('data/a.csv')", options=options)
    assert sorted(project.rglob("*")) == before


# a user's own knowledge


def test_a_knowledge_file_of_a_user_is_used(accesses: Accesses, tmp_path: Path) -> None:
    file = tmp_path / "ourlab.toml"
    file.write_text('[function.ourlab]\nload_scan = { reads = "0 path", action = "read" }\n')
    code = "import ourlab\nx = ourlab.load_scan('a.scan')"
    assert accesses(code) == []
    assert accesses(code, options=ExtractOptions(knowledge=(file,))) == ["read a.scan"]


def test_ids_of_accesses_are_theirs_alone(facts_of: FactsOf) -> None:
    code = (
        IMPORTS
        + "for f in ['a', 'b']:\n    pd.read_csv(f)\n    open(f, 'r+')\npd.read_csv('a'); pd.read_csv('a')"
    )
    ids = [fact.id for fact in facts_of(Access, code)]
    assert len(ids) == len(set(ids)) == 8


def test_two_unresolved_locators_are_two_files(facts_of: FactsOf) -> None:
    code = IMPORTS + "pd.read_csv(x)\npd.read_csv(x)"
    assert len({file.id for file in facts_of(DataFile, code)}) == 2


def test_locators_of_any_text_survive(facts_of: FactsOf) -> None:
    odd = [
        " ",
        "a b",
        '<>"{}|^`\\',
        "\ud800",
        "é→",
        "%",
        "a\nb",
        "http://[::1",
        "x" * 9000,
        "//",
        "~",
        "a#b?c",
    ]
    files = facts_of(DataFile, f"import pandas as pd\nfor f in {odd!r}:\n    pd.read_csv(f)")
    assert len(files) == len(odd)
    assert json.dumps([file.id for file in files]).isascii()
    assert not any(set(' <>"{}|^`\\') & set(file.id) for file in files)


def held(facts: list[Any]) -> dict[str, str | None]:
    """Locator → name of what holds or held the data; several accesses of a file keep the last one."""
    bindings = {fact.id: fact.name for fact in facts if isinstance(fact, Binding)}
    files = {fact.id: fact.locator for fact in facts if isinstance(fact, DataFile)}
    return {files[fact.file]: bindings.get(fact.binding or "") for fact in facts if isinstance(fact, Access)}


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("def load(f):\n    return pd.read_csv(f)\na = load('a.csv')\nb = load('b.csv')", {"a.csv": "b", "b.csv": "a"}),
        ("load = lambda f: pd.read_csv(f)\na = load('a.csv')\nb = load('b.csv')", {"a.csv": "b", "b.csv": "a"}),
        ("def save(d, f):\n    d.to_csv(f)\na = b = None\nsave(a, 'a.csv')\nsave(b, 'b.csv')", {"a.csv": "b", "b.csv": "a"}),
    ],
)  # fmt: skip
def test_what_one_call_of_a_function_reads_is_not_held_by_the_result_of_another(
    extract: Callable[..., Any], code: str, others: dict[str, str]
) -> None:
    found = held(extract(IMPORTS + code)[0].facts)
    assert all(found[locator] != other for locator, other in others.items())


def test_a_call_that_is_visited_too_often_to_tell_all_its_files_is_a_problem(
    extract: Callable[..., Any],
) -> None:
    calls = "\n".join(f"x{number} = load('{number}.csv')" for number in range(100))
    (found,) = extract(f"{IMPORTS}def load(f):\n    return pd.read_csv(f)\n{calls}")
    is_whole = len({fact.locator for fact in found.facts if isinstance(fact, DataFile)}) == 100
    assert is_whole or found.problems


@pytest.mark.parametrize(
    "expression",
    [
        "os.path.join('a', None)", "os.path.join('a', 5)", "os.path.join(b'a', 'b')", "os.path.dirname(None)",
        "os.path.basename(5)", "os.path.abspath(5)", "os.path.splitext(5)", "Path('a').with_suffix(5)",
        "Path('a').with_name(None)", "Path(5)", "str(1, 2, 3)", "str(b'a', 'nosuch')", "os.path.join()",
        "urllib.parse.urljoin(1, 2)", "f\"{0x" + "f" * 5000 + "}.csv\"", "'a' % 1", "'%d' % 'a'", "'{'.format(1)",
        "Path('a') / None", "'a'.join([1, 2])", "'{a:{w}{b}}'.format(a=1, w=10**8, b=99)", "f'{1:{10**8}}'",
        "'{:{w}}'.format(1, w=10**9)", "'%*d' % (10**9, 1)", "'a'.zfill(10**9)", "[].x[0](1)", "(1)(2)", "'a'()",
    ],
)  # fmt: skip
def test_a_program_that_fails_when_it_runs_is_no_failure_of_ours(accesses: Accesses, expression: str) -> None:
    code = f"import os, urllib.parse\nfrom pathlib import Path\nx = {expression}\npd.read_csv('a.csv')"
    assert accesses(code)[-1] == "read a.csv"


def test_names_of_star_imports_are_those_of_the_module(accesses: Accesses) -> None:
    assert accesses("from pandas import *\ndf = read_csv('x.csv')") == ["read x.csv"]


def test_what_is_written_into_a_file_opened_in_passing_is_told(extract: Callable[..., Any]) -> None:
    program = "import pandas as pd\ndf = pd.read_csv('a.csv')\nopen('n.txt', 'w').write(str(len(df)))"
    facts = [fact for each in extract(program) for fact in each.facts]
    [df] = [fact.id for fact in facts if isinstance(fact, Binding) and fact.name == "df"]
    assert [fact.binding for fact in facts if isinstance(fact, Access) and fact.mode == "write"] == [None, df]
