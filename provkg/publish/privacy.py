"""What a file tells of a person or a machine, found and taken out before it leaves.

    path      absolute paths, which name users and machines; inside the project they become relative
    user      the login name under which a run was started
    email     addresses of people, in texts and in the strings and comments of code
    host      the name of this machine, and those in prompts (ada@node17)
    secret    keys, tokens and passwords, as extraction takes them out of graphs
    variable  values of environment variables of a run

A folder outside the project is called `/removed-1`, so that what lies together stays together. Nothing finds
all: what was taken out is told, and what data files say as well, since they are published as they are.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from urllib.parse import unquote

from pyoxigraph import Literal as Text
from pyoxigraph import NamedNode, Quad

from provkg.graph.terms import PROV, PROVKG, RDF, RDFS, SCHEMA
from provkg.identity import encode_name

Kind = Literal["path", "user", "email", "host", "secret", "variable"]
KINDS: tuple[Kind, ...] = get_args(Kind)

AGENTS = "/_agent/"
"""What stands before a login name in an IRI."""
REMOVED_EMAIL = "removed@example.org"
REMOVED_HOST = "removed-host"
SHORTEST_NAME = 4
"""Letters of a host name that is looked for: shorter ones are parts of many words."""
LONGEST_TOLD = 60

_PLACES = "home|Users|root|mnt|media|scratch|lustre|gpfs|nfs|private|Volumes|var/folders|tmp/ipykernel_[0-9]+"
_REST = r"[^\s'\"`<>|*?:,;)\]}\\\x1b]*"
_UNIX = rf"(?:(?<![\w.%/~-])|(?<=[0-9]m)|(?<=file://))/(?:{_PLACES})(?=[/\s'\"`<>|*?:,;)\]}}\\\x1b]|$){_REST}"
_WINDOWS = r"(?<![A-Za-z])[A-Za-z]:(?:\\\\|\\|/)Users(?:\\\\|\\|/)[^\s'\"`<>|*?:,;)\]}]*"
_PATH = re.compile(f"(?P<unix>{_UNIX})|(?P<windows>{_WINDOWS})")
_ENCODED = re.compile(r"%2F(?:home|Users|root|mnt|media|scratch|lustre|gpfs|nfs|private|Volumes)%2F[\w%~-]*")
_EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][\w.+%-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w.-]*@)\b(?![(\[_])"
)
_PROMPT = re.compile(r"(?<![\w.+-])(?P<user>[a-z_][\w-]*)@(?P<host>[A-Za-z][\w.-]*)(?=:[~/])")
_QUOTED = re.compile(
    r"'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|\#[^\n]*|^\s*[!%][^\n]*",
    re.MULTILINE,
)
_LEFT_ALONE = re.compile(r"(?:[\w.+-]+@(?:example\.(?:org|com|net)|users\.noreply\.github\.com))$|^git@")
_BINARY = ("image/png", "image/jpeg", "image/gif", "application/pdf")


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to hide, as far as this machine knows."""

    root: str
    """Of the project: paths below it become relative to the program."""
    host: str = ""
    homes: tuple[str, ...] = ()
    """More folders to hide what lies below."""


@dataclass(slots=True)
class Cleaner:
    """Takes out what is private, and remembers what it was."""

    machine: Machine
    redact: Callable[[str], str] = str
    keep: frozenset[Kind] = frozenset()
    found: dict[str, Counter[tuple[Kind, str]]] = field(default_factory=dict)
    """File → what was taken out of it, and how often; secrets are counted, never told."""
    _folders: dict[str, str] = field(default_factory=dict)

    def clean_program(self, name: str, data: bytes) -> bytes:
        """A notebook or script without what is private; the very same bytes where there is nothing."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return data
        if not name.endswith(".ipynb"):
            return self.clean_text(text, name, is_code=True).encode()
        try:
            notebook = json.loads(text)
        except (ValueError, RecursionError):
            return data
        cleaned = self._clean_json(notebook, name, is_code=False)
        if cleaned == notebook:
            return data
        return (json.dumps(cleaned, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")

    def _clean_json(self, value: Any, name: str, *, is_code: bool) -> Any:
        if isinstance(value, str):
            return self.clean_text(value, name, is_code=is_code)
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            whole = self.clean_text("".join(value), name, is_code=is_code)
            return value if whole == "".join(value) else whole.splitlines(keepends=True)
        if isinstance(value, list):
            return [self._clean_json(each, name, is_code=is_code) for each in value]
        if isinstance(value, dict):
            is_cell = value.get("cell_type") == "code"
            return {
                key: each
                if key in _BINARY
                else self._clean_json(each, name, is_code=is_code or (is_cell and key in ("source", "input")))
                for key, each in value.items()
            }
        return value

    def clean_text(self, text: str, name: str, *, is_code: bool = False) -> str:
        """A text without what is private; in code, addresses are looked for in strings and comments only."""
        found = self.found.setdefault(name, Counter())
        if "secret" not in self.keep:
            redacted = self.redact(text)
            if redacted != text:
                found["secret", ""] += max(redacted.count("<redacted>") - text.count("<redacted>"), 1)
                text = redacted
        if "path" not in self.keep:
            text = self._clean_paths(text, name, found)
        if "host" not in self.keep:
            text = self._clean_hosts(text, found, is_code=is_code)
        if "email" not in self.keep and "@" in text:
            text = self._clean_emails(text, found, is_code=is_code)
        return text

    def _clean_paths(self, text: str, name: str, found: Counter[tuple[Kind, str]]) -> str:
        own = [folder for folder in (self.machine.root, *self.machine.homes) if len(folder) > 1]
        for folder in own:
            if folder in text:
                pattern = re.compile(
                    rf"(?<![\w.%/~-]){re.escape(folder)}(?=[/\s'\"`<>|*?:,;)\]}}\\\x1b]|$){_REST}"
                )
                text = pattern.sub(lambda match: self._hide_path(match[0], name, found), text)
        return _PATH.sub(lambda match: self._hide_path(match[0], name, found), text)

    def _hide_path(self, path: str, name: str, found: Counter[tuple[Kind, str]]) -> str:
        found["path", path] += 1
        plain = re.sub(r"\\\\|\\", "/", path)
        root = self.machine.root
        if plain == root or plain.startswith(root + "/"):
            return posixpath.relpath(posixpath.relpath(plain, root), posixpath.dirname(name) or ".")
        folder, _, last = plain.rpartition("/")
        is_folder = not last or "." not in last
        folder, last = (plain.rstrip("/"), "") if is_folder else (folder, f"/{last}")
        hidden = self._folders.setdefault(folder, f"/removed-{len(self._folders) + 1}")
        return hidden + last

    def _clean_hosts(self, text: str, found: Counter[tuple[Kind, str]], *, is_code: bool) -> str:
        def hide(match: re.Match[str]) -> str:
            if match[0].startswith("git@"):
                return match[0]
            found["host", match[0]] += 1
            return f"user@{REMOVED_HOST}"

        text = _PROMPT.sub(hide, text) if "@" in text else text
        host = self.machine.host.partition(".")[0]
        if host not in text or not is_telling(self.machine.host):
            return text
        pattern = re.compile(rf"(?<![\w-]){re.escape(host)}(?:\.[\w.-]+\w)?(?![\w-])")

        def hide_own(match: re.Match[str]) -> str:
            found["host", match[0]] += 1
            return REMOVED_HOST

        if not is_code:
            return pattern.sub(hide_own, text)
        return _QUOTED.sub(lambda quoted: pattern.sub(hide_own, quoted[0]), text)

    def _clean_emails(self, text: str, found: Counter[tuple[Kind, str]], *, is_code: bool) -> str:
        def hide(match: re.Match[str]) -> str:
            if _LEFT_ALONE.search(match[0]):
                return match[0]
            found["email", match[0]] += 1
            return REMOVED_EMAIL

        if not is_code:
            return _EMAIL.sub(hide, text)
        return _QUOTED.sub(lambda quoted: _EMAIL.sub(hide, quoted[0]), text)

    # --- graphs -----------------------------------------------------------------------------------------

    def clean_quads(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """Quads without what is private in their texts and in the IRIs of files."""
        quads = list(quads)
        hidden = set() if "variable" in self.keep else find_observed(quads, PROVKG.EnvironmentVariable)
        users = set() if "user" in self.keep else find_users(quads)
        for quad in (self._hide_users(quad, users) for quad in quads):
            if quad.subject in hidden and quad.predicate in (SCHEMA.value, RDFS.label):
                self.found.setdefault("the graph", Counter())["variable", str(quad.object)] += 1
                continue
            subject, value = self._clean_term(quad.subject), self._clean_term(quad.object)
            yield Quad(subject, quad.predicate, value, quad.graph_name)

    def _hide_users(self, quad: Quad, users: set[Any]) -> Quad:
        """A quad that calls those who started runs `user`."""
        terms = [NamedNode(f"{_agents(term)}user") if term in users else term for term in quad]
        if quad.subject in users and isinstance(quad.object, Text):
            self.found.setdefault("the graph", Counter())["user", quad.object.value] += 1
            terms[2] = Text("user")
        return Quad(*terms)

    def _clean_iri(self, iri: str) -> str:
        """An IRI without private paths: of a `file:` URL, or percent-encoded in an id."""
        if iri.startswith("file:"):
            return self.clean_text(iri, "the graph")
        if "path" in self.keep or "%2F" not in iri:
            return iri
        found = self.found.setdefault("the graph", Counter())
        return _ENCODED.sub(lambda path: encode_name(self._hide_path(unquote(path[0]), "", found)), iri)

    def _clean_term(self, term: Any) -> Any:
        if isinstance(term, NamedNode):
            return NamedNode(self._clean_iri(term.value))
        if not isinstance(term, Text):
            return term
        text = self.clean_text(term.value, "the graph", is_code=True)
        if text == term.value:
            return term
        return Text(text, language=term.language) if term.language else Text(text, datatype=term.datatype)


def is_telling(host: str) -> bool:
    """Whether a host name tells of a machine: `node17` does, `laptop` is a word like others.

    >>> is_telling("node17"), is_telling("laptop"), is_telling("gpux.uni.example")
    (True, False, True)
    """
    name = host.partition(".")[0]
    return len(name) >= SHORTEST_NAME and (name != host or not name.isalpha())


def find_observed(quads: Iterable[Quad], kind: NamedNode) -> set[Any]:
    """The things of a class of which a run tells, and no program: the values of them were seen."""
    quads = list(quads)
    told, seen = Text("observed"), set()
    observed = {quad.subject for quad in quads if quad.predicate == PROVKG.how and quad.object == told}
    for quad in quads:
        if quad.predicate == RDF.type and quad.object == kind and quad.graph_name in observed:
            seen.add(quad.subject)
    return seen


def find_users(quads: Iterable[Quad]) -> set[Any]:
    """The people of whom the graphs know no more than under which name they started a run."""
    return {person for person in find_observed(quads, PROV.Person) if AGENTS in person.value}


def _agents(term: Any) -> str:
    """What the names of people below a base begin with."""
    return str(term.value).partition(AGENTS)[0] + AGENTS


# --- telling --------------------------------------------------------------------------------------------

WORDS: dict[Kind, tuple[str, str]] = {
    "path": ("absolute path", "absolute paths"),
    "user": ("login name", "login names"),
    "email": ("e-mail address", "e-mail addresses"),
    "host": ("name of a machine", "names of machines"),
    "secret": ("secret", "secrets"),
    "variable": ("value of an environment variable", "values of environment variables"),
}


def tell_found(cleaner: Cleaner) -> Iterator[str]:
    """What was taken out, a line for each file and kind, with an example."""
    for name, found in sorted(cleaner.found.items()):
        for kind in KINDS:
            texts = {text: number for (each, text), number in found.items() if each == kind}
            number = sum(texts.values())
            if number:
                example = min(texts, key=lambda text: (-texts[text], text))
                shown = f", like {shorten(example)}" if example and kind != "variable" else ""
                yield f"{name}: {number} {WORDS[kind][number != 1]}{shown}"


def shorten(text: str) -> str:
    """A text that is not longer than a line can take."""
    return text if len(text) <= LONGEST_TOLD else text[: LONGEST_TOLD - 1] + "…"


def tell_data(cleaner: Cleaner, name: str, data: bytes) -> Iterator[str]:
    """What a data file says that may be private; it is published as it is."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    looking = Cleaner(cleaner.machine, cleaner.redact, cleaner.keep | {"variable"})
    looking.clean_text(text, name)
    yield from tell_found(looking)
