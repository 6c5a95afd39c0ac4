"""The project that a notebook lies in: its root folder, its settings and the base of its IRIs.

A project needs no set-up. Its root is the nearest folder upwards that says it is one; its settings stand
in `provkg.toml`, or under `[tool.provkg]` in `pyproject.toml`; and `.provkg/`, made when the store is first
used, keeps the uuid that the IRIs of a project without a base of its own are made from.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from provkg.errors import SettingsError, StoreError
from provkg.identity import digest_text, encode_path, named_information

HOME = ".provkg"
SETTINGS_FILE = "provkg.toml"
PYPROJECT = "pyproject.toml"

_BASE = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x20#?]+#?')

SEVERITIES = ("violation", "warning", "info")
"""Of what validation finds, from the worst on."""

FoundBy = Literal["store", "settings", "repository", "start"]
"""A `.provkg/` folder; a settings file; a `.git` or `pyproject.toml`; nothing, so where we started from."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project decided for everyone who runs provkg in it; paths are absolute and inside it."""

    base: str | None = None
    """Absolute IRI, ending in "/" or "#", that every id of the project is put behind."""
    knowledge: tuple[Path, ...] = ()
    """More files for the knowledge base of calls."""
    redact: tuple[str, ...] = ()
    """Regular expressions of what else is a secret."""
    data_root: Path | None = None
    """Folder below which data files are measured and hashed."""
    source: bool = True
    """Does the graph hold the source text of cells?"""
    outputs: bool = True
    """Does the graph hold saved outputs?"""
    publication: Mapping[str, Any] = field(default_factory=dict)
    """What a publication says of itself, as it is written; who publishes looks into it."""
    profile: tuple[str, ...] = ()
    """Profiles that validation holds the project's documents to; the usual ones where there are none."""
    select: tuple[str, ...] = ()
    """Codes of rules, or what they begin with: validation asks for no others."""
    ignore: tuple[str, ...] = ()
    """Codes of rules, or what they begin with, that validation is silent about."""
    fail_on: str | None = None
    """The least severity of a finding that makes validation fail."""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that provkg keeps one graph of."""

    root: Path
    found_by: FoundBy
    settings: Settings = Settings()
    base: str | None = None
    """From the settings, else from the project's uuid; None where neither is there yet."""

    @property
    def home(self) -> Path:
        """The folder that provkg keeps its own files in."""
        return self.root / HOME

    @property
    def store_folder(self) -> Path:
        """The folder of the embedded store, which may not be there yet."""
        return self.home / "store"


def find_project(start: Path) -> Project:
    """The project that the file or folder `start` lies in.

    The nearest folder upwards with `.provkg/`, `provkg.toml` or `[tool.provkg]` wins over every `.git` and
    `pyproject.toml`, so that a folder inside a repository can be a project of its own.

    Raises:
        SettingsError: the settings cannot be read, or say something that makes no sense.
    """
    folder = Path(os.path.abspath(start))
    if not os.path.isdir(folder):
        folder = folder.parent
    root, found_by = _find_root(folder)
    settings = _read_settings(root)
    return Project(root, found_by, settings, settings.base or _stored_base(root))


def open_home(project: Project) -> Project:
    """The project with a `.provkg/` folder and a base: both are made where they are not there yet.

    Raises:
        StoreError: the folder cannot be written.
    """
    try:
        project.home.mkdir(exist_ok=True)
        _create(project.home / ".gitignore", "*\n")
        _create(project.home / "project.toml", f'uuid = "{_new_uuid(project.root)}"\n')
    except OSError as error:
        raise StoreError(
            f"cannot keep a store here: {error.strerror or error}",
            path=str(project.home),
            hint="write the graph to a file with -o, or make the folder writable",
        ) from error
    return replace(project, base=project.settings.base or _stored_base(project.root))


def archive_base(files: Sequence[tuple[str, str]]) -> str:
    """The base for files (name, tagged digest) outside any project: the same on every machine.

    One file is named by its digest; several by the digest of their sorted manifest.

    >>> archive_base([("a.ipynb", "sha256:" + "00" * 32)])
    'arcp://ni,sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/'

    Source: the archive-and-package scheme, draft-soilandreyes-arcp-03.
    """
    digests = {digest for _, digest in files}
    manifest = "".join(sorted(f"{digest}  {name}\n" for name, digest in set(files)))
    digest = digests.pop() if len(files) == 1 else digest_text(manifest)
    return "arcp://ni," + named_information(digest).removeprefix("ni:///") + "/"


def parse_base(text: str) -> str:
    """`text` as a base that ids can be put behind: an absolute IRI that ends in "/" or "#".

    Raises:
        SettingsError: it is not an IRI, or has a query or something behind a "#".
    """
    if not _BASE.fullmatch(text):
        raise SettingsError(
            f"the base {text!r} is not an absolute IRI", hint='write it like "https://w3id.org/my/project/"'
        )
    return text if text.endswith(("/", "#")) else text + "/"


# --- the root -----------------------------------------------------------------------------------------------


def _find_root(start: Path) -> tuple[Path, FoundBy]:
    # `os.path` and not `Path`, whose questions raise where a folder may not be looked into.
    for folder in (start, *start.parents):
        if os.path.isdir(folder / HOME):
            return folder, "store"
        if find_settings_file(folder) is not None:
            return folder, "settings"
    for folder in (start, *start.parents):
        if os.path.exists(folder / ".git") or os.path.isfile(folder / PYPROJECT):
            return folder, "repository"
    return start, "start"


def find_settings_file(folder: Path) -> Path | None:
    """The file in `folder` that holds settings of ours, None where there is none."""
    if os.path.isfile(folder / SETTINGS_FILE):
        return folder / SETTINGS_FILE
    pyproject = folder / PYPROJECT
    # Read as TOML only where it can speak of us: parsing every pyproject.toml on the way up takes its time,
    # and a broken one that is not about provkg is nobody's business here.
    if os.path.isfile(pyproject) and "provkg" in _read_text(pyproject):
        return pyproject if "provkg" in _tables(_read_toml(pyproject)) else None
    return None


def _tables(document: Mapping[str, Any]) -> Mapping[str, Any]:
    tool = document.get("tool")
    return tool if isinstance(tool, dict) else {}


# --- the settings -------------------------------------------------------------------------------------------


def _read_settings(root: Path) -> Settings:
    file = find_settings_file(root)
    if file is None:
        return Settings()
    table = _read_toml(file)
    if file.name == PYPROJECT:
        table = _tables(table)["provkg"]
    try:
        return _parse_settings(table, root)
    except SettingsError as error:
        raise SettingsError(error.message, path=str(file), hint=error.hint) from error


def _parse_settings(table: object, root: Path) -> Settings:
    if not isinstance(table, dict):
        raise SettingsError("the settings are not a table")
    named = {key.replace("-", "_"): value for key, value in table.items()}
    for key in named:
        _check_key(key, list(_PARSERS))
    return Settings(**{key: _PARSERS[key](key, value, root) for key, value in named.items()})


def _check_key(key: str, known: list[str]) -> None:
    if key in known:
        return
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else "known settings are " + ", ".join(known)
    raise SettingsError(f"there is no setting {key!r}", hint=hint)


def _parse_text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{key} must be a text", hint=f'{key} = "…"')
    return value


def _parse_texts(key: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"{key} must be a list of texts", hint=f'{key} = ["…", "…"]')
    return value


def _parse_switch(key: str, value: object, _: Path) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{key} must be true or false", hint=f"{key} = false")
    return value


def _parse_patterns(key: str, value: object, _: Path) -> tuple[str, ...]:
    patterns = _parse_texts(key, value)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise SettingsError(
                f"{key} has {pattern!r}, which is not a regular expression: {error}",
                hint="write patterns in single quotes, so that TOML leaves the backslashes alone",
            ) from error
    return tuple(patterns)


def _parse_names(key: str, value: object, _: Path) -> tuple[str, ...]:
    return tuple(_parse_texts(key, [value] if isinstance(value, str) else value))


def _parse_severity(key: str, value: object, _: Path) -> str:
    if value not in SEVERITIES:
        raise SettingsError(f"{key} must be one of {', '.join(SEVERITIES)}", hint=f'{key} = "warning"')
    return str(value)


def _parse_files(key: str, value: object, root: Path) -> tuple[Path, ...]:
    names = _parse_texts(key, value)
    for name in names:
        if not _inside(key, name, root).is_file():
            raise SettingsError(f"{key} names {name!r}, and there is no such file")
    return tuple(_inside(key, name, root) for name in names)


def _parse_folder(key: str, value: object, root: Path) -> Path:
    path = _inside(key, _parse_text(key, value), root)
    if not path.is_dir():
        raise SettingsError(f"{key} names {value!r}, and there is no such folder")
    return path


def _parse_table(key: str, value: object, _: Path) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{key} must be a table", hint=f"[{key}]")
    return value


def _parse_base(key: str, value: object, _: Path) -> str:
    return parse_base(_parse_text(key, value))


def _inside(key: str, value: str, root: Path) -> Path:
    """The path that a setting names; settings come with a repository, and must not lead us out of it."""
    path = Path(os.path.realpath(root / value))
    if not path.is_relative_to(os.path.realpath(root)):
        raise SettingsError(
            f"{key} names {value!r}, which lies outside the project",
            hint="name it on the command line: what a repository asks for stays inside it",
        )
    return path


_PARSERS: Mapping[str, Callable[[str, Any, Path], Any]] = {
    "base": _parse_base,
    "knowledge": _parse_files,
    "redact": _parse_patterns,
    "data_root": _parse_folder,
    "source": _parse_switch,
    "outputs": _parse_switch,
    "publication": _parse_table,
    "profile": _parse_names,
    "select": _parse_names,
    "ignore": _parse_names,
    "fail_on": _parse_severity,
}


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror or error}", path=str(path)) from error


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"is not valid TOML: {error}", path=str(path)) from error


# --- the uuid -----------------------------------------------------------------------------------------------


def _stored_base(root: Path) -> str | None:
    """The base made from the uuid in `.provkg/project.toml`, None where there is none yet."""
    import uuid

    file = root / HOME / "project.toml"
    if not os.path.isfile(file):
        return None
    try:
        return f"arcp://uuid,{uuid.UUID(_read_toml(file)['uuid'])}/"
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise SettingsError(
            "does not hold the project's uuid", path=str(file), hint="remove the file to have a new one made"
        ) from error


def _new_uuid(root: Path) -> str:
    """A uuid for the project: the same in every clone of a repository, random elsewhere."""
    import uuid

    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            origin = _origin(folder / ".git" / "config")
            inside = encode_path(root.relative_to(folder).as_posix())
            return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{origin}#{inside}") if origin else uuid.uuid4())
    return str(uuid.uuid4())


def _origin(config: Path) -> str | None:
    """Where a git repository was cloned from, None where it does not say."""
    import configparser

    parser = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    try:
        parser.read(config, encoding="utf-8")
        url = parser.get('remote "origin"', "url", fallback=None)
    except (configparser.Error, UnicodeDecodeError, OSError):
        return None
    return _normalise_origin(url) if url else None


def _normalise_origin(url: str) -> str | None:
    """One name for all the ways to write a clone URL, without credentials; None for a place on this disk.

    >>> _normalise_origin("git@example.org:lab/study.git") == _normalise_origin("https://me:key@EXAMPLE.org/lab/study")
    True
    """
    short = re.fullmatch(r"(?:[^@/]+@)?([^:/\s]{2,}):(?!//)/*(.+)", url)
    try:
        host, path = (short[1], short[2]) if short else (urlsplit(url).hostname, urlsplit(url).path)
    except ValueError:
        return None
    if not host:
        return None
    return f"https://{host.lower()}/{path.strip('/').removesuffix('.git')}"


# --- writing ------------------------------------------------------------------------------------------------


def _create(path: Path, text: str) -> None:
    """Make a whole file in one instant, unless it is there: of two that try, both find the winner's."""
    if path.exists():
        return
    with _temporary_file(path.parent, text) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            os.replace(temporary, path)


@contextmanager
def _temporary_file(folder: Path, text: str) -> Iterator[Path]:
    """A file in `folder` that holds `text` safely on disk, and is gone afterwards."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
