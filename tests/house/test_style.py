"""What CONTRIBUTING.md asks of every file, as far as a machine can see it."""

from __future__ import annotations

import ast
import configparser
import doctest
import importlib
import os
import re
import statistics
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CHECKOUT = Path(__file__).parents[2]
MODULES = sorted(path for path in (CHECKOUT / "provkg").rglob("*.py") if path.stat().st_size)
GENERATED = {"__pycache__", "dist", "build", "results"}
LONGEST_FUNCTION = 60

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def place(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def public_definitions(tree: ast.Module) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node


def functions() -> Iterator[tuple[str, int]]:
    """Where each function of the package stands, and how many lines it has."""
    for path in MODULES:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{place(path)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def files_of_the_checkout() -> Iterator[Path]:
    """Every file that people wrote: not what tools leave behind."""
    for folder, names, files in os.walk(CHECKOUT):
        tools = [name for name in names if name.startswith(".") and name != ".ci"]
        names[:] = [name for name in names if name not in GENERATED and name not in tools]
        if not (Path(folder) / "pyvenv.cfg").exists():
            yield from (Path(folder) / name for name in files)
        else:
            names.clear()


# ---- code ----


def test_every_module_class_and_function_that_others_may_use_says_what_it_gives() -> None:
    silent = [place(path) for path in MODULES if not ast.get_docstring(parse(path))]
    for path in MODULES:
        nodes = [node for node in public_definitions(parse(path)) if not ast.get_docstring(node)]
        silent += [f"{place(path)}:{node.lineno} {node.name}" for node in nodes]
    assert silent == []


def test_functions_are_short() -> None:
    assert [where for where, lines in functions() if lines > LONGEST_FUNCTION] == []
    assert statistics.median(lines for _, lines in functions()) < 10


def modules_with_examples() -> list[str]:
    paths = [path for path in MODULES if ">>> " in path.read_text(encoding="utf-8")]
    return [place(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths]


@pytest.mark.parametrize("module", modules_with_examples())
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


# ---- dependencies ----


def dependency_lines() -> list[str]:
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    project = text.partition("\n[project]\n")[2].partition("\n[project.scripts]\n")[0]
    return re.findall(r'^(?:\w+ = \[|    )"[A-Za-z0-9_.,\[\]-]+[><=].*$', project, re.MULTILINE)


def test_every_dependency_says_what_it_is_for() -> None:
    assert len(dependency_lines()) > 5
    assert [line for line in dependency_lines() if not re.search(r"\s# \w.{8,}", line)] == []


IMPORTED_AS = {"pyyaml": "yaml"}


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["prov"]
    names = {IMPORTED_AS.get(name := re.split(r"[\[><=~!]", line)[0], name) for line in wanted}
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE))
    assert names <= imported


# ---- what no file may say ----


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    private = sorted({f"{CHECKOUT}/", *private_package_indexes()})
    found = []
    for path in files_of_the_checkout():
        content = path.read_bytes()
        found += [f"{place(path)}: {name}" for name in private if name.encode() in content]
    assert found == []


def private_package_indexes() -> set[str]:
    """Hosts that pip is told to ask on this machine, apart from PyPI itself."""
    settings = configparser.ConfigParser(interpolation=None, strict=False)
    settings.read(
        ["/etc/pip.conf", *(Path.home() / name for name in (".config/pip/pip.conf", ".pip/pip.conf"))]
    )
    values = [value for section in settings.sections() for value in settings[section].values()]
    values += [value for name, value in os.environ.items() if name.upper().startswith(("PIP_", "UV_"))]
    hosts = {urlsplit(url).hostname for value in values for url in value.split() if url.startswith("http")}
    return {host for host in hosts if host and host not in {"pypi.org", "files.pythonhosted.org"}}


# ---- one version ----


def test_all_documents_name_the_same_version() -> None:
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = (CHECKOUT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    assert re.search(r"^## \[([\d.]+)\]", changelog, re.MULTILINE)[1] == version  # type: ignore[index]
