"""What magics and shell lines do, as facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.extract.commands import (
    CommandContext,
    Install,
    Setting,
    command_facts,
    directory_after,
    find_effects,
    parse_requirement,
)
from provkg.extract.magics import parse_cell
from provkg.facts import Fact
from provkg.facts.definition import Command, Step
from provkg.facts.deployment import EnvironmentVariable, Package
from provkg.facts.execution import Access, DataFile
from provkg.facts.factset import Span
from provkg.identity import digest_text

STEP = Step(
    id="nb.ipynb#v1.cell-a",
    plan="nb.ipynb#v1",
    cell="nb.ipynb#cell-a",
    index=0,
    kind="code",
    text=None,
    digest="sha256:00",
)


def facts_of(source: str, **context: object) -> list[Fact]:
    """The facts of the only command of a cell."""
    (command,) = parse_cell(source).commands
    return command_facts(STEP, command, CommandContext(**context))  # type: ignore[arg-type]


def effects_of(source: str, **values: str) -> list[str]:
    """What a cell's commands do, one short line each; an unresolved locator has a question mark."""
    context = CommandContext(values=values)
    shown = []
    for command in parse_cell(source).commands:
        for effect in find_effects(command, context):
            if isinstance(effect, Install):
                shown.append(f"{effect.evidence}: {effect.manager} {effect.name}{effect.specifier or ''}")
            elif isinstance(effect, Setting):
                shown.append(f"set {effect.name}={effect.value}")
            else:
                shown.append(f"{effect.mode} {effect.locator}{'' if effect.is_resolved else ' ?'}")
    return shown


# Facts


def test_a_download_is_a_command_two_files_and_two_accesses() -> None:
    command = "nb.ipynb#v1.cell-a.command-L1C0"
    url = "https://x.org/a%20b.csv"
    assert facts_of("!wget 'https://x.org/a b.csv' -O raw/a.csv", directory="data") == [
        Command(
            command, STEP.id, "shell", "wget", "!wget 'https://x.org/a b.csv' -O raw/a.csv", Span(1, 0, 1, 42)
        ),
        DataFile(url, "url", "https://x.org/a b.csv", is_resolved=True),
        Access(f"{command}.access-0", STEP.id, url, "read", 1, "!wget", "resolved", call=command),
        DataFile("data/raw/a.csv", "file", "raw/a.csv", is_resolved=True, path="data/raw/a.csv"),
        Access(
            f"{command}.access-1", STEP.id, "data/raw/a.csv", "write", 1, "!wget", "resolved", call=command
        ),
    ]


def test_a_written_file_is_known_by_its_content() -> None:
    _, file, access = facts_of("%%writefile run.py\nprint('é')")
    content = "print('é')\n"
    assert file == DataFile(
        "run.py", "file", "run.py", True, "run.py", digest_text(content), len(content) + 1
    )
    assert isinstance(access, Access)
    assert (access.mode, access.rule) == ("write", "%%writefile")


def test_what_is_added_to_a_file_is_not_its_content() -> None:
    _, file, _ = facts_of("%%writefile -a run.py\nprint(1)")
    assert file == DataFile("run.py", "file", "run.py", True, "run.py")


def test_an_unknown_expression_leaves_the_file_unresolved() -> None:
    _, file, access = facts_of("!unzip {folder}/a.zip")
    assert file == DataFile(f"{STEP.id}.command-L1C0.file-0", "file", "{folder}/a.zip", is_resolved=False)
    assert isinstance(access, Access)
    assert access.confidence == "unresolved"


def test_secrets_of_a_command_are_redacted() -> None:
    command, variable = facts_of("%env API_KEY=0a1b2c3d")
    assert isinstance(command, Command)
    assert command.text == "%env API_KEY=<redacted>"
    assert variable == EnvironmentVariable(
        f"{STEP.id}.command-L1C0.env-API_KEY", STEP.id, "API_KEY", "<redacted>"
    )


def test_a_package_says_how_it_came() -> None:
    assert facts_of("%pip install -q Scikit_Learn==1.2")[1:] == [
        Package("scikit-learn", STEP.id, "pip install", version="1.2", specifier="==1.2")
    ]


def test_a_data_set_of_kaggle_has_its_own_name() -> None:
    _, data, _, archive, _ = facts_of("!kaggle datasets download -d zillow/zecon -p data")
    assert data == DataFile("https://www.kaggle.com/datasets/zillow/zecon", "dataset", "zillow/zecon", True)
    assert isinstance(archive, DataFile)
    assert archive.id == "data/zecon.zip"


# Packages


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("!pip install a 'b>=1,<2' c[x]==3", ["pypi a", "pypi b>=1,<2", "pypi c==3"]),
        ("!{sys.executable} -m pip install --upgrade a", ["pypi a"]),
        ("!pip3 install -U -i https://x.org/simple a", ["pypi a"]),
        ("!pip install git+https://github.com/o/n.git@v1", ["pypi n@ git+https://github.com/o/n.git@v1"]),
        ("!pip install ./local . {name}", []),
        ("!pip install torch-1.2.0-cp36-cp36m-linux_x86_64.whl", ["pypi torch==1.2.0"]),
        ("!pip uninstall -y a", []),
        ("!pip list | grep a", []),
        ("!uv pip install a", ["pypi a"]),
        ("!poetry add a", ["pypi a"]),
        ("!conda install -y -c conda-forge a=1.2 b 'c>=3'", ["conda a=1.2", "conda b", "conda c>=3"]),
        ("%conda install a", ["conda a"]),
        ("!sudo apt-get -qq install -y libgl1 git-lfs=3.0", ["deb libgl1", "deb git-lfs=3.0"]),
        ("!apt update && pip install a; pip install b", ["pypi a", "pypi b"]),
        ("!yes | pip install a  # for plots", ["pypi a"]),
        ("pip install a", ["pypi a"]),
    ],
)
def test_installed_packages(source: str, expected: list[str]) -> None:
    assert [line.partition(": ")[2] for line in effects_of(source)] == expected


def test_a_requirements_file_is_read() -> None:
    assert effects_of("!pip install -r req.txt a") == ["read req.txt", "pip install: pypi a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Foo.Bar_baz", ("foo-bar-baz", None, None)),
        ("a==1.0.post1", ("a", "1.0.post1", "==1.0.post1")),
        ("a==1.*", ("a", None, "==1.*")),
        ("a=1.0", ("a", None, "=1.0")),
        ("a @ https://x.org/a.zip", ("a", None, "@ https://x.org/a.zip")),
        (
            "git+https://x.org/a#egg=b&subdirectory=c",
            ("b", None, "@ git+https://x.org/a#egg=b&subdirectory=c"),
        ),
        ("https://x.org/my_lib-0.3.tar.gz", ("my-lib", "0.3", "==0.3")),
        ("a (>=1.0) ; python_version < '3'", ("a", None, ">=1.0")),
        ("!!", None),
        ("-x", None),
    ],
)
def test_a_requirement_is_read(text: str, expected: tuple[str, str | None, str | None] | None) -> None:
    assert parse_requirement(text) == expected


# Data


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("!wget -q x.org/a.csv?v=1", ["read http://x.org/a.csv?v=1", "write a.csv?v=1"]),
        ("!wget https://x.org/", ["read https://x.org/", "write index.html"]),
        ("!wget -P data -nc https://x.org/a", ["read https://x.org/a", "write data/a"]),
        ("!wget -qO- https://x.org/a.tgz | tar xz", ["read https://x.org/a.tgz"]),
        ("!wget https://x.org/a -O {out}", ["read https://x.org/a", "write {out} ?"]),
        ("!curl https://x.org/a > b.csv", ["read https://x.org/a", "write b.csv"]),
        ("!curl -sLO https://x.org/d/a.csv?x=1", ["read https://x.org/d/a.csv?x=1", "write a.csv"]),
        ("!curl -L -o b.csv -H 'A: b' https://x.org/a", ["read https://x.org/a", "write b.csv"]),
        ("!gdown 1abc -O a.zip", ["read https://drive.google.com/uc?id=1abc", "write a.zip"]),
        ("!aws s3 cp s3://b/k.csv data/ --region x", ["read s3://b/k.csv", "write data/k.csv"]),
        ("!gsutil -m cp -r gs://b/d .", ["read gs://b/d", "write ./d"]),
        ("!cp a b c/", ["read a", "write c/a", "read b", "write c/b"]),
        ("!mv old.csv new.csv", ["read old.csv", "write new.csv"]),
        ("!git clone https://x.org/o/n.git", ["read https://x.org/o/n.git", "write n"]),
        ("!git clone git@x.org:o/n.git here", ["read ssh://git@x.org/o/n.git", "write here"]),
        ("!git status", []),
        ("!unzip -q a.zip -d out", ["read a.zip", "write out"]),
        ("!tar -xzf a.tgz -C out", ["read a.tgz", "write out"]),
        ("!tar czf a.tgz data", ["read data", "write a.tgz"]),
        ("!gunzip -k a.csv.gz", ["read a.csv.gz", "write a.csv"]),
        ("!python3 train.py --lr 1 > log.txt 2>&1", ["read train.py", "write log.txt"]),
        ("!python -c 'print(1)'", []),
        ("!echo a,b >> out.csv 2> /dev/null", ["write out.csv"]),
        ("!sort < in.txt | tee out.txt", ["read in.txt", "write out.txt"]),
        ("!ls -la; pwd; head data.csv", []),
        ("%run -i other 1 2", ["read other.py"]),
        ("%run other.ipynb", ["read other.ipynb"]),
        ("%load solution.py", ["read solution.py"]),
        ("%env A=b c", ["set A=b c"]),
        ("%set_env A b", ["set A=b"]),
        ("%env A", []),
        ("!export A=b", ["set A=b"]),
        ("%sql sqlite:///my.db", ["read sqlite:///my.db"]),
        ("%%sh\nmkdir d\ncd d\nwget \\\n  https://x.org/a", ["read https://x.org/a", "write a"]),
        ("%%bash\nfor f in *.gz; do gunzip $f; done", ["read $f ?", "write $f ?"]),
        ("!wget 'https://x.org/a", ["read https://x.org/a", "write a"]),
    ],
)
def test_data_that_a_command_reads_and_writes(source: str, expected: list[str]) -> None:
    assert effects_of(source) == expected


def test_known_values_are_put_into_the_words() -> None:
    source = "!wget {url} -P $folder && unzip -d {folder} '{name}.zip'"
    shown = effects_of(source, url="https://x.org/a b.zip", folder="my data", name="a b")
    assert shown == [
        "read https://x.org/a b.zip",
        "write my data/a b.zip",
        "read a b.zip",
        "write my data",
    ]


# The working directory


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%cd data", "nb/data"),
        ("cd ..", ""),
        ("%cd", "~"),
        ("!cd data", "nb"),
        ("%cd {x}", "nb"),
        ("%cd -q /a", "/a"),
    ],
)
def test_only_the_magic_changes_the_directory(source: str, expected: str) -> None:
    (command,) = parse_cell(source).commands
    assert directory_after(command, CommandContext(directory="nb")) == expected


def test_cd_holds_to_the_end_of_a_shell_line() -> None:
    files = [
        fact.id for fact in facts_of("!cd data && unzip a.zip", directory="nb") if isinstance(fact, DataFile)
    ]
    assert files == ["nb/data/a.zip"]


def test_cd_holds_to_the_end_of_a_script() -> None:
    files = [fact.path for fact in facts_of("%%bash\ncd data\nunzip a.zip") if isinstance(fact, DataFile)]
    assert files == ["data/a.zip"]


def test_a_line_of_a_script_has_its_own_number() -> None:
    lines = [fact.line for fact in facts_of("%%bash\nls\nunzip a.zip") if isinstance(fact, Access)]
    assert lines == [3]


# Anything


PROGRAMS = [
    "pip install",
    "wget",
    "curl -O",
    "tar xf",
    "kaggle datasets download",
    "aws s3 cp",
    "git clone",
    "cp",
]
WORDS = st.sampled_from(
    [*PROGRAMS, "-o", "-d", ">", "|", "&&", "'", "{x}", "{", "$y", "\\", "a=b", "#", "https://x"]
)


@given(st.lists(WORDS | st.text(max_size=4), max_size=10).map(" ".join))
def test_any_command_line_gives_facts(line: str) -> None:
    for source in (f"!{line}", f"%{line}", f"%%bash\n{line}", f"%%writefile {line}\nx"):
        for command in parse_cell(source).commands:
            facts = command_facts(STEP, command)
            assert isinstance(facts[0], Command)
