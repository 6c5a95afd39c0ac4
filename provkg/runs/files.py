"""What a run read and wrote: files, databases and URLs, each access with the bytes that it saw or left.

A file that was written under another name and then moved counts as written under the name that it has in the
end; one that was written and is gone was only a means, and is left out. Where the code says what an access
is for (`pandas.read_csv`, into `df`), the observed access says it too, with the digest that only a run knows.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from provkg.extract.locators import locate
from provkg.facts import Fact
from provkg.facts.definition import Call, Step
from provkg.facts.execution import Access, DataFile, FileKind, Mode
from provkg.identity import digest_text, encode_name, short
from provkg.runs.context import Context
from provkg.runs.journal import Record

MODES: dict[str, tuple[Mode, ...]] = {
    "read": ("read",),
    "write": ("write",),
    "append": ("write",),
    "update": ("read", "write"),
}
"""How a file was opened → what that does to it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that was read or written, at a place of the program."""

    kind: FileKind
    name: str
    """Absolute path, or URL."""
    mode: Mode
    by: str
    record: Record
    content: tuple[str | None, int | None] = (None, None)
    """Digest and size."""


def find_files(context: Context) -> Iterator[Fact]:
    """Facts of the records of kinds `file`, `rename`, `database`, `statement`, `process` and `network`."""
    contents = Contents(context.journal.records)
    seen = [*files_seen(context, contents), *databases_seen(context, contents), *urls_seen(context)]
    inferred = Inferred(context)
    files: dict[tuple[str, str | None], DataFile] = {}
    accesses: dict[str, Access] = {}
    for each in seen:
        step = context.step_of(each.record)
        if step is None:
            continue
        file = data_file(each, context, inferred)
        files.setdefault((file.id, file.digest), file)
        access = access_fact(each, file, step, context, inferred)
        accesses.setdefault(access.id, access)
    known = {identity for identity, digest in files if digest is not None}
    yield from (file for (identity, digest), file in files.items() if digest or identity not in known)
    yield from accesses.values()


# --- contents -----------------------------------------------------------------------------------------------


class Contents:
    """What files held at each time, by their states."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.digests: dict[tuple[str, int, int], str] = {}
        self.states: dict[str, list[tuple[int, int, int]]] = {}
        """Path → place in the journal, size and time of change, in order."""
        self.moved: dict[str, str] = {}
        self.gone: set[str] = set()
        for index, record in enumerate(records):
            self._note(index, record)

    def _note(self, index: int, record: Record) -> None:
        kind, path = record["k"], record.get("path")
        if not isinstance(path, str):
            return
        if kind == "rename":
            self.moved[record["old"]] = path
        elif kind == "gone":
            self.gone.add(path)
        elif kind in ("file", "database", "digest") and record.get("size") is not None:
            self.states.setdefault(path, []).append((index, record["size"], record["changed"]))
            if kind == "digest":
                self.digests[path, record["size"], record["changed"]] = record["digest"]

    def final_name(self, path: str) -> str:
        """The name that a file has after all that moved it."""
        for _ in range(20):
            if path not in self.moved:
                break
            path = self.moved[path]
        return path

    def as_read(self, record: Record) -> tuple[str | None, int | None]:
        """Digest and size of a file when it was opened."""
        size = record.get("size")
        if size is None:
            return None, None
        return self.digests.get((record["path"], size, record["changed"])), size

    def as_written(self, index: int, path: str) -> tuple[str | None, int | None]:
        """Digest and size of a file as it is found next after it was written."""
        name = path
        while True:
            later = next((state for state in self.states.get(name, ()) if state[0] > index), None)
            if later is not None or name not in self.moved:
                break
            name = self.moved[name]
        if later is None:
            return None, None
        _, size, changed = later
        return self.digests.get((name, size, changed)), size


# --- what was seen ------------------------------------------------------------------------------------------


def files_seen(context: Context, contents: Contents) -> Iterator[Seen]:
    """Files opened by the program, by Python programs that it started, or named to others."""
    written: set[str] = set()
    for index, record in enumerate(context.journal.records):
        if record["k"] == "file":
            path = record["path"]
            final = contents.final_name(path)
            for mode in MODES.get(record["mode"], ()):
                if mode == "write":
                    written.add(path)
                    if final in contents.gone:
                        continue
                    content = contents.as_written(index, path)
                    yield Seen("file", final, mode, record.get("by", "open"), record, content)
                elif path not in written or final not in contents.gone:
                    content = contents.as_read(record)
                    yield Seen("file", final if path in written else path, mode, "open", record, content)
        elif record["k"] == "rename" and record["old"] not in written:
            content = contents.as_written(index, record["path"])
            yield Seen("file", contents.final_name(record["path"]), "write", "os.rename", record, content)
        elif record["k"] == "process":
            yield from _files_named(record, context)


def _files_named(process: Record, context: Context) -> Iterator[Seen]:
    """Files that stand on the command line of a program whose own doings nobody sees."""
    if any(child.get("command", [])[1:] == process["command"][1:] for child in context.journal.of("child")):
        return
    number = process["n"], process.get("p")
    after = {
        record["path"]: record
        for record in context.journal.of("named")
        if (record["n"], record.get("of")) == number
    }
    for before in process.get("named", ()):
        now = after.get(before["path"])
        if now is None:
            continue
        is_new = (now["size"], now["changed"]) != (before["size"], before["changed"])
        mode: Mode = "write" if is_new else "read"
        content = now.get("digest"), now["size"]
        yield Seen("file", before["path"], mode, process["command"][0], process, content)


def databases_seen(context: Context, contents: Contents) -> Iterator[Seen]:
    """Databases, read and written as their statements say; one without any statement was only opened."""
    opened: dict[str, Record] = {}
    for record in context.journal.of("database"):
        opened.setdefault(record["path"], record)
    for record in context.journal.of("statement"):
        start = opened.get(record["path"], record)
        mode: Mode = "write" if record["mode"] == "write" else "read"
        index = context.journal.records.index(start)
        content = contents.as_read(start) if mode == "read" else contents.as_written(index, record["path"])
        yield Seen("database", record["path"], mode, "sqlite3", record, content)


def urls_seen(context: Context) -> Iterator[Seen]:
    """URLs; what is sent with a method that changes something is written. Hosts where no URL is known."""
    named = {_host(record["url"]) for record in context.journal.of("network") if "url" in record}
    for record in context.journal.of("network"):
        if "url" in record:
            mode: Mode = "read" if record.get("method") in ("GET", "HEAD", "OPTIONS", None) else "write"
            yield Seen("url", record["url"], mode, f"HTTP {record.get('method', 'GET')}", record)
        elif record["host"] not in named:
            yield Seen("url", f"tcp://{record['host']}:{record['port']}", "read", "socket.connect", record)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0]


# --- facts --------------------------------------------------------------------------------------------------


class Inferred:
    """The accesses that the code of the same version says."""

    def __init__(self, context: Context) -> None:
        self.files = {fact.id: fact for fact in context.inferred.facts if isinstance(fact, DataFile)}
        self.accesses = [fact for fact in context.inferred.facts if isinstance(fact, Access)]
        self.spans = {fact.id: fact.span for fact in context.inferred.facts if isinstance(fact, Call)}

    def find(self, file: str, mode: Mode, step: str, lines: Collection[int]) -> Access | None:
        """The access of a file by a call that stands on one of the lines; else the only one in the step."""
        same = [each for each in self.accesses if each.step == step and each.mode == mode]
        exact = [each for each in same if each.file == file]
        here = [each for each in exact if self._is_at(each, lines)]
        if here or len(exact) == 1:
            return (here or exact)[0]
        unresolved = [each for each in same if not self.files[each.file].is_resolved]
        unresolved = [each for each in unresolved if self._is_at(each, lines)]
        return unresolved[0] if len(unresolved) == 1 else None

    def _is_at(self, access: Access, lines: Collection[int]) -> bool:
        span = self.spans.get(access.call or "")
        first, last = (access.line, access.line) if span is None else (span.start_line, span.end_line)
        return any(first <= line <= last for line in lines)


def data_file(seen: Seen, context: Context, inferred: Inferred) -> DataFile:
    """The file, known by the same id as in the graph of the code."""
    digest, size = seen.content
    if seen.kind == "url":
        location = locate(seen.name, "", context.redactor)
        return DataFile(location.id, "url", location.locator, True)
    relative = os.path.relpath(seen.name, context.root)
    location = locate(relative, "", context.redactor)
    if relative.startswith(os.pardir) and location.id not in inferred.files:
        location = locate(seen.name, "", context.redactor)
    known = inferred.files.get(location.id)
    file = DataFile(location.id, seen.kind, location.locator, True, location.path)
    return replace(known or file, digest=digest, size_bytes=size)


def access_fact(seen: Seen, file: DataFile, step: Step, context: Context, inferred: Inferred) -> Access:
    """One access, at a line of the program."""
    record = seen.record
    line = context.line_of(record, step)
    digest, size = seen.content
    known = inferred.find(file.id, seen.mode, step.id, {line, context.inner_line_of(record, step)})
    parts = [context.prefix, f"{seen.mode}-{encode_name(file.locator)}", f"L{record.get('at') or line}"]
    parts += [short(digest)] if digest else []
    parts += [short(digest_text(record["text"]))] if record["k"] == "statement" else []
    fact = Access(
        id=".".join(parts),
        step=step.id,
        file=file.id,
        mode=seen.mode,
        line=line,
        rule=f"{seen.by}{context.elsewhere(record)}",
        confidence="resolved",
        text=record.get("text"),
        step_run=context.step_run_of(record, step),
        digest=digest,
        size_bytes=size,
    )
    if known is None:
        return fact
    return replace(
        fact,
        rule=known.rule,
        call=known.call,
        binding=known.binding,
        content=known.content,
        text=known.text or fact.text,
    )
