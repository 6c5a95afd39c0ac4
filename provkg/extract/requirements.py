"""What the files beside a program say has to be installed for it: requirements, environments, locks.

Only what is asked of each library is read. The files are parsed as text, nothing of them is resolved or run:
a setup.py is left alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import dataclass
from typing import Any

from provkg.extract.commands import parse_requirement
from provkg.extract.knowledge.distributions import normalise
from provkg.facts.deployment import Package

LARGEST_FILE = 8_000_000
"""Bytes; a larger file is no list of requirements."""


@dataclass(frozen=True, slots=True)
class Required:
    """A library that a file asks for."""

    file: str
    """Name of the file, without its folder."""
    name: str
    version: str | None = None
    specifier: str | None = None
    manager: str = "pypi"


def is_requirements_file(name: str) -> bool:
    """Whether a file of this name says what has to be installed."""
    return _find_parser(name) is not None


def parse_requirements(name: str, text: str) -> tuple[Required, ...]:
    """The libraries that a file of this name asks for, in its order; none where it makes no sense."""
    parser = _find_parser(name)
    if parser is None:
        return ()
    try:
        return tuple(Required(name, *found) for found in parser(text))
    except (ValueError, AttributeError, TypeError, ConfigError):  # broken, or of another form
        return ()


def required_packages(
    required: Iterable[Required],
    imported: Collection[str],
    plan: str,
    redact: Callable[[str], str] = str,
) -> list[Package]:
    """A fact for each library that the program imports and a file asks for; exact versions come first."""
    best: dict[str, Required] = {}
    for each in required:
        if each.name in imported and (
            each.name not in best or (each.version and not best[each.name].version)
        ):
            best[each.name] = each
    return [
        Package(
            each.name,
            plan,
            each.file,
            each.version,
            redact(each.specifier) if each.specifier else None,
            each.manager,
            is_beside=True,
        )
        for _, each in sorted(best.items())
    ]


# --- the forms ----------------------------------------------------------------------------------------------

_Found = tuple[str, str | None, str | None] | tuple[str, str | None, str | None, str]
"""Normalised name, exact version, specifier, and the package manager where it is not pip."""

_LOCKED = re.compile(r'^name = "([^"\n]+)"\r?\nversion = "([^"\n]+)"', re.MULTILINE)
_PIPFILE_LOCKED = re.compile(r'^ {8}"([\w.-]+)": \{[^}]*?"version": "==([^"]+)"', re.MULTILINE)
_CONDA = re.compile(r"^\s*-\s+['\"]?([A-Za-z0-9][\w.-]*)\s*((?:[=<>!~]=?|\s)[^'\"#]*)?['\"]?\s*(?:#.*)?$")
_CONDA_EXACT = re.compile(r"={1,2}\s*([^=*<>,|\s]+)(?:=\S+)?")


def _find_parser(name: str) -> Callable[[str], Iterator[_Found]] | None:
    if re.fullmatch(r"[\w.-]*requirements[\w.-]*\.(txt|in)", name):
        return _parse_lines
    if re.fullmatch(r"(conda-)?environment[\w.-]*\.ya?ml", name):
        return _parse_conda
    return _PARSERS.get(name)


def _parse_lines(text: str) -> Iterator[_Found]:
    for line in text.splitlines():
        words = re.split(r"\s+#|;|\s--", line.strip(), maxsplit=1)[0].strip().rstrip("\\").strip()
        if words and words[0] not in "#-" and (found := parse_requirement(words.replace(" ", ""))):
            yield found


def _parse_conda(text: str) -> Iterator[_Found]:
    """The dependencies of a conda environment, those of pip among them, line by line."""
    is_pip = is_listing = False
    for line in text.splitlines():
        if re.match(r"[A-Za-z]", line):
            is_listing, is_pip = line.startswith("dependencies:"), False
        elif is_listing and re.match(r"\s*-\s+pip:\s*$", line):
            is_pip = True
        elif is_listing and (match := _CONDA.match(line)):
            specifier = (match[2] or "").strip() or None
            if is_pip:
                if found := parse_requirement(match[1] + (specifier or "").replace(" ", "")):
                    yield found
            else:
                exact = _CONDA_EXACT.fullmatch(specifier or "")
                yield normalise(match[1]), exact[1] if exact else None, specifier, "conda"


def _parse_pyproject(text: str) -> Iterator[_Found]:
    data: dict[str, Any] = tomllib.loads(text)
    project = data.get("project", {})
    listed = [*project.get("dependencies", [])]
    for group in (
        *project.get("optional-dependencies", {}).values(),
        *data.get("dependency-groups", {}).values(),
    ):
        listed += group
    for each in listed:
        if isinstance(each, str):
            yield from _parse_lines(each)
    poetry = data.get("tool", {}).get("poetry", {})
    yield from _parse_table(poetry.get("dependencies", {}))
    for group in poetry.get("group", {}).values():
        yield from _parse_table(group.get("dependencies", {}))


def _parse_table(table: dict[str, Any]) -> Iterator[_Found]:
    """The libraries of a table such as Poetry's or a Pipfile's: pandas = "^2.0"."""
    for name, asked in table.items():
        text = asked.get("version", "*") if isinstance(asked, dict) else str(asked)
        exact = re.fullmatch(r"==\s*([\w.+!-]+)", text)
        yield normalise(name), exact[1] if exact else None, None if text == "*" else text


def _parse_pipfile(text: str) -> Iterator[_Found]:
    data = tomllib.loads(text)
    for section in ("packages", "dev-packages"):
        yield from _parse_table(data.get(section, {}))


def _parse_setup(text: str) -> Iterator[_Found]:
    config = ConfigParser(interpolation=None)
    config.read_string(text)
    yield from _parse_lines(config.get("options", "install_requires", fallback=""))
    if config.has_section("options.extras_require"):
        for _, lines in config.items("options.extras_require"):
            yield from _parse_lines(lines)


def _parse_lock(text: str) -> Iterator[_Found]:
    for name, version in _LOCKED.findall(text):
        yield normalise(name), version, f"=={version}"


def _parse_pipfile_lock(text: str) -> Iterator[_Found]:
    for name, version in _PIPFILE_LOCKED.findall(text):
        yield normalise(name), version, f"=={version}"


_PARSERS: dict[str, Callable[[str], Iterator[_Found]]] = {
    "Pipfile": _parse_pipfile,
    "Pipfile.lock": _parse_pipfile_lock,
    "pdm.lock": _parse_lock,
    "poetry.lock": _parse_lock,
    "pylock.toml": _parse_lock,
    "pyproject.toml": _parse_pyproject,
    "setup.cfg": _parse_setup,
    "uv.lock": _parse_lock,
}
