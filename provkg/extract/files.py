"""Data read and written: which call names which file, URL, database or packaged data set."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from provkg.extract.carrying import holds_data
from provkg.extract.constants import PATH_TYPES, alternatives
from provkg.extract.definitions import LONGEST_ARGUMENT, SourceText, ids_of
from provkg.extract.knowledge import (
    DataAccess,
    Effect,
    Place,
    access_modes,
    find_distribution,
    pick_arguments,
)
from provkg.extract.locators import FileContent, Location, describe_file, locate
from provkg.extract.redaction import Redactor
from provkg.extract.values import UNPACKED, CallSite, Definition, Evaluation, Value
from provkg.facts.execution import Access, Content, DataFile, FileKind, Mode
from provkg.facts.factset import Confidence
from provkg.identity import encode_name

LARGEST_HASHED = 2**30
"""Files of more bytes than this get their size and no digest."""

MANY_LOCATORS = "names of files that a call reads or writes were left out: too many"
PATH_NAMES = frozenset(name.rpartition(".")[2] for name in PATH_TYPES)

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the program's relative paths lead, and which files may be looked at."""

    directory_of: Callable[[str, int], str | None]
    """Step and line → the working directory there, relative to the project; None where it is not known."""
    project_root: Path | None
    data_root: Path | None
    """Only files below it are opened, to hash them; None opens nothing."""
    redactor: Redactor
    limits: dict[str, tuple[str, int]] = field(default_factory=dict)
    """What was left out, as a person reads it → step and line of the first place."""

    def describe(self, path: str | None) -> FileContent | None:
        """Size and digest of a file of the project, where it exists and may be opened."""
        if path is None or self.project_root is None or self.data_root is None:
            return None
        return describe_below(os.path.relpath(self.project_root / path, self.data_root), self.data_root)


@cache
def describe_below(path: str, root: Path) -> FileContent | None:
    """Each file is hashed once, however many programs name it."""
    return describe_file(path, root, LARGEST_HASHED)


def find_accesses(
    calls: Iterable[CallSite],
    texts: Mapping[str, SourceText],
    surroundings: Surroundings,
    used: Collection[Evaluation] = (),
) -> tuple[list[DataFile], list[Access], dict[Evaluation, list[str]]]:
    """The data files that reached calls read and write, each access, and the ids of those of each visit.

    Random numbers are data where a model is trained on them: where their visit is among `used`.
    """
    files: dict[str, DataFile] = {}
    accesses: dict[str, Access] = {}
    by_visit: dict[Evaluation, list[str]] = {}
    opened: dict[Evaluation, list[DataFile]] = {}
    for call in calls:
        for visit in call.evaluations:
            effect = visit.effect
            if not visit.step or effect is None:
                continue
            if "generate" in effect.actions and visit in used and not effect.accesses:
                file = DataFile(dataset_id(effect.name), "synthetic", effect.name, is_resolved=True)
                access = access_fact(call, visit, effect, file, "read", "data")
                files.setdefault(file.id, file)
                accesses.setdefault(access.id, access)
                by_visit.setdefault(visit, []).append(access.id)
            if effect.accesses:
                for file, access in visit_accesses(call, visit, effect, texts, surroundings, opened):
                    if effect.locates is not None:
                        opened.setdefault(visit, []).append(file)
                    files.setdefault(file.id, file)
                    accesses.setdefault(access.id, access)
                    by_visit.setdefault(visit, []).append(access.id)
    return list(files.values()), list(accesses.values()), by_visit


def visit_accesses(
    call: CallSite,
    visit: Evaluation,
    effect: Effect,
    texts: Mapping[str, SourceText],
    surroundings: Surroundings,
    opened: Mapping[Evaluation, list[DataFile]],
) -> Iterator[tuple[DataFile, Access]]:
    """The accesses of one visit of a call."""
    for access in effect.accesses:
        if access.kind == "handle":
            yield from written_later(access, call, visit, effect, texts, opened)
        if access.kind in {"handle", "memory"} or access.content == "configuration":
            continue
        files = list(files_of(access, call, visit, effect, texts, surroundings, opened))
        for mode in modes_of(access, visit):
            for file, written in files:
                yield file, access_fact(call, visit, effect, file, mode, access.content, written)


def written_later(
    access: DataAccess,
    call: CallSite,
    visit: Evaluation,
    effect: Effect,
    texts: Mapping[str, SourceText],
    opened: Mapping[Evaluation, list[DataFile]],
) -> Iterator[tuple[DataFile, Access]]:
    """The files that were opened in passing and into which a call writes data: `open(p, "w").write(x)`.

    Where the open file has a name, what goes into it goes into what the name holds.
    """
    if access.mode != "write" or access.place is None or not written_by(call, visit, effect):
        return
    nodes = argument_nodes(access.place, call)
    given = pick_arguments(access.place, visit.arguments, visit.keywords, visit.receiver)
    for node, value in zip(nodes, given, strict=False):
        written = how_written(value, node, call, texts)
        for made in dict.fromkeys(each.made for each in value.each() if each.made is not None):
            for file in opened.get(made, ()) if not made.holders else ():
                yield file, access_fact(call, visit, effect, file, "write", access.content, written)


def modes_of(access: DataAccess, visit: Evaluation) -> tuple[Mode, ...]:
    """Whether the call reads or writes, by the mode argument it has in this visit where it has one."""
    if access.mode != "by argument":
        return (access.mode,)
    given = pick_arguments(access.mode_place, visit.arguments, visit.keywords) if access.mode_place else []
    mode = given[0].constant if given else access.default_mode
    return access_modes(mode if isinstance(mode, str) else access.default_mode)


def files_of(
    access: DataAccess,
    call: CallSite,
    visit: Evaluation,
    effect: Effect,
    texts: Mapping[str, SourceText],
    surroundings: Surroundings,
    opened: Mapping[Evaluation, list[DataFile]],
) -> Iterator[tuple[DataFile, str | None]]:
    """The data files that the locator of an access names, each with how it is written.

    One that is not resolved, where the locator is not constant; an open file is the one that was opened.
    """
    if access.place is None:
        name = effect.name
        yield DataFile(dataset_id(name), access_kind(access), name, is_resolved=True), None
        return
    nodes = argument_nodes(access.place, call)
    given = pick_arguments(access.place, visit.arguments, visit.keywords, visit.receiver)
    if not given and access.default is not None and UNPACKED not in visit.keywords:
        yield named_data(access.default, effect, surroundings), None
    for position, value in enumerate(given):
        if holds_data(value, access):
            continue
        node = nodes[position] if position < len(nodes) else call.node
        written = how_written(value, node, call, texts)
        handles = [each.made for each in value.each() if each.made is not None and each.place is not None]
        known = [file for made in handles for file in opened.get(made, ()) if not file.is_resolved]
        for file in known or located(value, access, call, visit, effect, written, surroundings):
            yield file, written


def how_written(value: Value, node: ast.expr, call: CallSite, texts: Mapping[str, SourceText]) -> str:
    """How the program writes a locator; where that is a parameter, as the caller puts it together."""
    step, place = call.step, node
    if value.written is not None and isinstance(node, ast.Name) and value.written[0] in texts:
        step, place = value.written if tells_more(value.written[1]) else (step, place)
    elif isinstance(call.node.func, ast.Attribute) and node is call.node.func.value:
        place = path_given(node)
    return texts[step].segment(place, LONGEST_ARGUMENT)


def path_given(node: ast.expr) -> ast.expr:
    """What `Path(x)` is given, where that is what reads or writes itself."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or isinstance(node.args[0], ast.Starred):
        return node
    name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
    return node.args[0] if name in PATH_NAMES else node


def tells_more(node: ast.expr) -> bool:
    """Whether an expression is a text, or puts one together a part of which is written there."""
    is_text = isinstance(node, (ast.BinOp, ast.Call, ast.Constant, ast.JoinedStr))
    parts = ast.walk(node) if is_text else ()
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts)


def access_kind(access: DataAccess) -> FileKind:
    """What an access without a locator reads: a packaged data set, unless it is made up."""
    return "synthetic" if access.kind == "synthetic" else "dataset"


def argument_nodes(place: Place, call: CallSite) -> list[ast.expr]:
    """The expressions that stand at a place of a call."""
    named = {keyword.arg: keyword.value for keyword in call.node.keywords if keyword.arg is not None}
    receiver = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    return pick_arguments(place, call.node.args, named, receiver)


def located(
    value: Value,
    access: DataAccess,
    call: CallSite,
    visit: Evaluation,
    effect: Effect,
    written: str,
    surroundings: Surroundings,
) -> Iterator[DataFile]:
    """One data file for each constant that a locator may be."""
    if value.constant is None or value.constant is False:  # `to_csv(None)` gives the text back
        return
    locators = locators_of(value)
    if value.is_cut or (value.place is not None and value.place.is_cut):
        surroundings.limits.setdefault(MANY_LOCATORS, (visit.step, visit.line))
    if access.kind == "dataset":
        if value.constant is True:  # `pretrained=True`
            yield DataFile(dataset_id(effect.name), "dataset", effect.name, is_resolved=True)
            return
        locators = locators or [each.name for each in value.each() if each.name is not None]
    if not locators:
        # What is written keeps two unresolved locators of one call apart.
        yield unresolved_file(call, access, written)
    for locator in locators:
        if access.kind == "dataset":
            yield named_data(locator, effect, surroundings)
        else:
            directory = surroundings.directory_of(visit.step, visit.line)
            if directory is None and is_relative(locator):
                yield unresolved_file(call, access, locator)
            else:
                yield data_file(locate(locator, directory or "", surroundings.redactor), access, surroundings)


def named_data(locator: str, effect: Effect, surroundings: Surroundings) -> DataFile:
    """What a library knows under a name: a data set, a trained model."""
    shown = surroundings.redactor.redact(locator)
    return DataFile(f"{dataset_id(effect.name)}/{encode_name(shown)}", "dataset", shown, is_resolved=True)


def unresolved_file(call: CallSite, access: DataAccess, written: str) -> DataFile:
    """What is known of a file whose place is not: how the program writes it."""
    identity = f"{call.base}.locator-{encode_name(written)}"
    return DataFile(identity, access.kind if access.kind != "handle" else "file", written, is_resolved=False)


def is_relative(locator: str) -> bool:
    """Whether the working directory decides what a locator names."""
    return not locator.startswith(("/", "~", "\\")) and not SCHEME.match(locator)


def data_file(location: Location, access: DataAccess, surroundings: Surroundings) -> DataFile:
    """The fact for a located file, with size and digest where it lies at hand."""
    content = surroundings.describe(location.path)
    return DataFile(
        id=location.id,
        kind=kind_of(location, access),
        locator=location.locator,
        is_resolved=True,
        path=location.path,
        digest=content.digest if content is not None else None,
        size_bytes=content.size_bytes if content is not None else None,
    )


def kind_of(location: Location, access: DataAccess) -> FileKind:
    """What the call takes a local path for, else what the locator says."""
    if location.kind == "file" and access.kind in ("directory", "database"):
        return access.kind
    return location.kind


def locators_of(value: Value) -> list[str]:
    """The constant locators of a value: a text, a path, a list of them, or what an open file stands for."""
    if value.place is not None:
        return locators_of(value.place)
    texts = [text for text in alternatives(value) if isinstance(text, str)]
    if texts or value.items is None:
        return texts
    items = value.items.values() if isinstance(value.items, dict) else value.items
    return [
        text for item in items if item.type == "str" or item.type in PATH_TYPES for text in alternatives(item)
    ]


def dataset_id(name: str) -> str:
    """The id of a data set that a library brings along or knows by name.

    >>> dataset_id("sklearn.datasets.load_iris")
    'pkg:pypi/scikit-learn#sklearn.datasets.load_iris'
    """
    distribution = find_distribution(name) or name.partition(".")[0]
    return f"pkg:pypi/{distribution.lower()}#{encode_name(name).replace('%2E', '.')}"


def written_by(call: CallSite, visit: Evaluation, effect: Effect) -> tuple[str, ...]:
    """What a call writes: the object whose method it is, else the first argument that is no locator."""
    if effect.locates is not None and visit.holders:
        return ids_of(visit.holders)  # an open file: what goes into it is written later
    places = [access.place for access in effect.accesses if access.place is not None]
    locators = {id(node) for place in places for node in argument_nodes(place, call)}
    written: list[tuple[ast.expr, list[Definition]]] = []
    if (
        isinstance(call.node.func, ast.Attribute)
        and visit.receiver is not None
        and visit.receiver.name is None
    ):
        written.append((call.node.func.value, call.receiver))
    nodes = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    written.extend(zip(nodes, call.arguments, strict=False))
    return next((held for node, read in written if id(node) not in locators and (held := data_ids(read))), ())


def data_ids(definitions: Iterable[Definition]) -> tuple[str, ...]:
    """The ids of definitions that are no imports."""
    return ids_of([definition for definition in definitions if definition.kind != "import"])


def access_fact(
    call: CallSite,
    visit: Evaluation,
    effect: Effect,
    file: DataFile,
    mode: Mode,
    content: Content,
    written: str | None = None,
) -> Access:
    """That a step reads or writes a file through this call."""
    confidence: Confidence = "unresolved" if not file.is_resolved else effect.confidence
    holders = ids_of(visit.holders) if mode == "read" else written_by(call, visit, effect)
    step = "" if visit.step == call.step else "." + encode_name(visit.step.rpartition(".")[2])
    return Access(
        id=f"{call.base}.{mode}-{encode_name(file.locator)}{step}",
        step=visit.step,
        file=file.id,
        mode=mode,
        line=visit.line,
        rule=effect.name,
        confidence=confidence,
        call=call.id,
        binding=holders[0] if holders else None,
        content="model" if mode == "read" and visit.loads_model else content,
        text=written,
    )
