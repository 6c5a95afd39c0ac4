"""What the files beside a program say has to be installed for it."""

from __future__ import annotations

import pytest

from provkg.extract.requirements import Required, is_requirements_file, parse_requirements, required_packages
from provkg.facts.deployment import Package

REQUIREMENTS = """\
# what the analysis needs
numpy==1.26.4
Scikit_Learn[alldeps] >= 1.2, <2  # models
pandas==2.2.3 ; python_version > "3.9"
torch==2.1.0 --hash=sha256:abc
-r more.txt
--index-url https://pypi.org/simple
seaborn
git+https://github.com/jane/birds.git@v1#egg=birds
./local
"""

CONDA = """\
name: birds
channels:
  - conda-forge
dependencies:
  - python=3.11
  - numpy=1.26.4=py311h64a7726_0
  - pandas >=2
  - "xarray"  # grids
  - pip:
      - shap==0.45.0
prefix: /opt/birds
"""

PYPROJECT = """\
[project]
name = "birds"
dependencies = ["numpy>=1.26", "pandas==2.2.3"]
[project.optional-dependencies]
plot = ["seaborn"]
[dependency-groups]
dev = ["pytest>=8", {include-group = "plot"}]
[tool.poetry.dependencies]
python = "^3.11"
xarray = { version = "==2024.1.0", extras = ["io"] }
"""

SETUP = """\
[options]
install_requires =
    numpy>=1.26
    pandas
[options.extras_require]
plot = seaborn==0.13.2
"""

LOCK = """\
[[package]]
name = "numpy"
version = "1.26.4"

[[package]]
name = "Ruamel.Yaml"
version = "0.18"
"""

PIPFILE_LOCK = """\
{
    "_meta": {"hash": {}},
    "default": {
        "numpy": {
            "hashes": ["sha256:abc"],
            "version": "==1.26.4"
        }
    }
}
"""


def found(name: str, text: str) -> list[tuple[str, str | None, str | None]]:
    return [(each.name, each.version, each.specifier) for each in parse_requirements(name, text)]


def test_requirements_are_read_as_pip_reads_them() -> None:
    assert found("requirements.txt", REQUIREMENTS) == [
        ("numpy", "1.26.4", "==1.26.4"),
        ("scikit-learn", None, ">=1.2,<2"),
        ("pandas", "2.2.3", "==2.2.3"),
        ("torch", "2.1.0", "==2.1.0"),
        ("seaborn", None, None),
        ("birds", None, "@ git+https://github.com/jane/birds.git@v1#egg=birds"),
    ]


def test_environments_of_conda_are_read_with_those_of_pip_in_them() -> None:
    assert found("environment.yml", CONDA) == [
        ("python", "3.11", "=3.11"),
        ("numpy", "1.26.4", "=1.26.4=py311h64a7726_0"),
        ("pandas", None, ">=2"),
        ("xarray", None, None),
        ("shap", "0.45.0", "==0.45.0"),
    ]
    managers = {each.name: each.manager for each in parse_requirements("environment.yml", CONDA)}
    assert (managers["numpy"], managers["shap"]) == ("conda", "pypi")


def test_a_pyproject_has_dependencies_extras_groups_and_those_of_poetry() -> None:
    assert found("pyproject.toml", PYPROJECT) == [
        ("numpy", None, ">=1.26"),
        ("pandas", "2.2.3", "==2.2.3"),
        ("seaborn", None, None),
        ("pytest", None, ">=8"),
        ("python", None, "^3.11"),
        ("xarray", "2024.1.0", "==2024.1.0"),
    ]


def test_a_setup_cfg_has_requirements_and_extras() -> None:
    assert found("setup.cfg", SETUP) == [
        ("numpy", None, ">=1.26"),
        ("pandas", None, None),
        ("seaborn", "0.13.2", "==0.13.2"),
    ]


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
def test_a_lock_has_exact_versions(name: str) -> None:
    assert found(name, LOCK) == [("numpy", "1.26.4", "==1.26.4"), ("ruamel-yaml", "0.18", "==0.18")]


def test_a_pipfile_and_its_lock_are_read() -> None:
    pipfile = '[packages]\npandas = "*"\nnumpy = "==1.26.4"\n[dev-packages]\npytest = {version = ">=8"}\n'
    assert found("Pipfile", pipfile) == [
        ("pandas", None, None),
        ("numpy", "1.26.4", "==1.26.4"),
        ("pytest", None, ">=8"),
    ]
    assert found("Pipfile.lock", PIPFILE_LOCK) == [("numpy", "1.26.4", "==1.26.4")]


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.cfg", "Pipfile", "environment.yml", "uv.lock"])
@pytest.mark.parametrize(
    "text", ["", "\x00", "[[[", "a = [1", "project = 3", "[project]\ndependencies = 3\n"]
)
def test_a_file_that_makes_no_sense_asks_for_nothing(name: str, text: str) -> None:
    assert parse_requirements(name, text) == ()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("requirements-dev.txt", True), ("environment.yaml", True), ("setup.py", False), ("README.md", False)],
)
def test_files_are_known_by_their_names(name: str, is_one: bool) -> None:
    assert is_requirements_file(name) is is_one


def test_only_what_is_imported_becomes_a_fact_and_exact_versions_come_first() -> None:
    required = [
        Required("pyproject.toml", "numpy", None, ">=1.26"),
        Required("uv.lock", "numpy", "1.26.4", "==1.26.4"),
        Required("uv.lock", "tomli", "2.0", "==2.0"),
    ]
    assert required_packages(required, {"numpy"}, "a.ipynb#v1") == [
        Package("numpy", "a.ipynb#v1", "uv.lock", "1.26.4", "==1.26.4", is_beside=True)
    ]


def test_a_credential_in_an_address_does_not_become_a_fact() -> None:
    required = [Required("requirements.txt", "birds", None, "@ git+https://jane:pass@example.org/birds.git")]
    (package,) = required_packages(required, {"birds"}, "a.ipynb#v1", lambda text: text.replace("pass", "…"))
    assert package.specifier == "@ git+https://jane:…@example.org/birds.git"
