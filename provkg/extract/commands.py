"""What magics and shell lines do: packages they install, data they fetch, read and write, variables they set.

A program (`wget`, `tar`, `pip`) is one function from its words to effects; `PROGRAMS` and `MAGICS` say which.
Options are read as far as they say where data comes from and goes to. A word that holds an expression whose
value is not known stays as written, and what it names is unresolved.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename, join
from urllib.parse import urlsplit

from provkg.extract.locators import change_directory, locate
from provkg.extract.magics import RawCommand
from provkg.extract.redaction import Redactor
from provkg.facts import Fact
from provkg.facts.definition import Command, Step
from provkg.facts.deployment import EnvironmentVariable, Package
from provkg.facts.execution import Access, DataFile, FileKind, Mode
from provkg.identity import digest_text, encode_name


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a command can see where it stands in a program."""

    directory: str = ""
    """The working directory, relative to the project or absolute: see `locators.change_directory`."""
    redactor: Redactor = field(default_factory=Redactor)
    values: Mapping[str, str] = field(default_factory=dict)
    """Constant values of the expressions that the command reads, by their source text."""


def command_facts(step: Step, command: RawCommand, context: CommandContext | None = None) -> list[Fact]:
    """The command itself, then what it does: packages, data files and accesses, environment variables."""
    context = context or CommandContext()
    fact = Command(
        id=command_id(step, command),
        step=step.id,
        kind=command.kind,
        name=command.name,
        text=context.redactor.redact(command.text),
        span=command.span,
    )
    emitter = _Emitter(step, command, context, fact.id)
    facts: list[Fact] = [fact]
    for index, effect in enumerate(find_effects(command, context)):
        facts += emitter.emit(index, effect)
    return facts


def command_id(step: Step, command: RawCommand) -> str:
    """The id of a command's fact."""
    return f"{step.id}.command-L{command.span.start_line}C{command.span.start_column}"


def directory_after(command: RawCommand, context: CommandContext) -> str:
    """The working directory after a command: `%cd` and `%pushd` change it, `!cd` has a shell of its own."""
    if command.kind != "line_magic" or command.name not in ("cd", "pushd"):
        return context.directory
    words = [word for word in _split(command.arguments, context.values) if not word.text.startswith("-")]
    target = words[0] if words else _Word("~")
    return change_directory(context.directory, target.text) if target.is_resolved else context.directory


# --- words and effects ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a command line; not resolved where it holds an expression of unknown value."""

    text: str
    is_resolved: bool = True


@dataclass(frozen=True, slots=True)
class Touch:
    """Data is read or written."""

    mode: Mode
    locator: str
    is_resolved: bool
    rule: str
    directory: str
    """Where a relative locator starts."""
    line: int = 0
    """Lines below the command's first line."""
    kind: FileKind | None = None
    id: str | None = None
    """The IRI of a packaged data set."""
    content: str | None = None
    """The text that is written, where the command holds it."""


@dataclass(frozen=True, slots=True)
class Install:
    """A package is installed."""

    name: str
    evidence: str
    manager: str
    version: str | None = None
    specifier: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable is set."""

    name: str
    value: str


Effect = Touch | Install | Setting


@dataclass(frozen=True, slots=True)
class _Line:
    """One simple command: a program, its words, and where it runs."""

    program: str
    words: tuple[_Word, ...]
    directory: str
    rule: str
    line: int = 0

    def read(self, word: _Word | str, kind: FileKind | None = None, *, id: str | None = None) -> Touch:
        """The line reads what `word` names."""
        return self._touch("read", word, kind, id)

    def write(self, word: _Word | str, kind: FileKind | None = None) -> Touch:
        """The line writes what `word` names."""
        return self._touch("write", word, kind, None)

    def _touch(self, mode: Mode, word: _Word | str, kind: FileKind | None, id: str | None) -> Touch:
        word = _Word(word) if isinstance(word, str) else word
        return Touch(mode, word.text, word.is_resolved, self.rule, self.directory, self.line, kind, id)


def find_effects(command: RawCommand, context: CommandContext) -> Iterator[Effect]:
    """What a command does, in the order of its words."""
    if command.kind == "shell":
        yield from _shell_effects(command.arguments, context)
    elif command.name in _SHELL_CELLS and command.body is not None:
        yield from _script_effects(command.body, context)
    elif command.name in _MAGICS:
        words = tuple(_split(command.arguments, context.values))
        line = _Line(command.name, words, context.directory, _PERCENT[command.kind] + command.name)
        yield from _MAGICS[command.name](line, command)
    elif command.kind == "line_magic" and command.name in _PROGRAMS:
        yield from _shell_effects(f"{command.name} {command.arguments}", context, rule="%")


_PERCENT = {"cell_magic": "%%", "line_magic": "%", "shell": "!"}
_SHELL_CELLS = frozenset({"bash", "sh", "script", "system", "sx", "!"})


@dataclass(frozen=True, slots=True)
class _Emitter:
    step: Step
    command: RawCommand
    context: CommandContext
    id: str

    def emit(self, index: int, effect: Effect) -> Iterator[Fact]:
        if isinstance(effect, Touch):
            yield from self._emit_touch(index, effect)
        elif isinstance(effect, Install):
            yield Package(
                effect.name, self.step.id, effect.evidence, effect.version, effect.specifier, effect.manager
            )
        else:
            value = self.context.redactor.redact_value(effect.name, effect.value)
            yield EnvironmentVariable(
                f"{self.id}.env-{encode_name(effect.name)}", self.step.id, effect.name, value
            )

    def _emit_touch(self, index: int, touch: Touch) -> Iterator[Fact]:
        file = self._data_file(index, touch)
        yield file
        yield Access(
            id=f"{self.id}.access-{index}",
            step=self.step.id,
            file=file.id,
            mode=touch.mode,
            line=self.command.span.start_line + touch.line,
            rule=touch.rule,
            confidence="resolved" if touch.is_resolved else "unresolved",
            call=self.id,
        )

    def _data_file(self, index: int, touch: Touch) -> DataFile:
        redactor = self.context.redactor
        if not touch.is_resolved:
            kind = touch.kind or "file"
            return DataFile(
                f"{self.id}.file-{index}", kind, redactor.redact(touch.locator), is_resolved=False
            )
        if touch.id:
            return DataFile(touch.id, touch.kind or "dataset", touch.locator, is_resolved=True)
        place = locate(touch.locator, touch.directory, redactor)
        digest = None if touch.content is None else digest_text(touch.content)
        size = None if touch.content is None else len(touch.content.encode("utf-8", "surrogatepass"))
        kind = touch.kind if touch.kind and place.kind == "file" else place.kind
        return DataFile(place.id, kind, place.locator, True, place.path, digest, size)


# --- the shell's language ------------------------------------------------------------------------------

_EXPRESSION = re.compile(
    r"\{\{|\}\}|\{(?P<braced>[^{}\n]+)\}|\$(?P<name>[A-Za-z_][\w.]*)|\$\{(?P<variable>[^}]*)\}"
)
_KNOWN, _UNKNOWN, _END = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"[{_KNOWN}{_UNKNOWN}]([0-9]+){_END}")
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", "(", ")", ";;", "|&"})
_REDIRECTIONS = {">": "write", ">>": "write", "&>": "write", "&>>": "write", ">|": "write", "<": "read"}
_WRAPPERS = frozenset(
    {"sudo", "nohup", "time", "command", "exec", "env", "yes", "then", "do", "else", "if", "while", "{"}
)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


def _shell_effects(text: str, context: CommandContext, *, rule: str = "!", line: int = 0) -> Iterator[Effect]:
    """The effects of a command line, with `cd` inside it followed."""
    directory = context.directory
    for words in _simple_commands(_split(text, context.values, is_shell=True)):
        words, redirected = _take_redirections(words)
        name, arguments = _find_program(words)
        simple = _Line(name, tuple(arguments), directory, rule + name, line)
        if name == "cd":
            target = arguments[0] if arguments else _Word("~")
            directory = change_directory(directory, target.text) if target.is_resolved else directory
        elif name in _PROGRAMS:
            yield from _PROGRAMS[name](simple)
        for mode, word in redirected:
            if not word.text.startswith(("/dev/", "&")) and word.text not in ("1", "2"):
                yield simple.write(word) if mode == "write" else simple.read(word)


def _script_effects(body: str, context: CommandContext) -> Iterator[Effect]:
    """The effects of the lines of a shell script; its variables and loops are not followed."""
    number = 1
    directory = context.directory
    pending, first = "", 1
    for text in body.split("\n"):
        first = first if pending else number
        number += 1
        pending += text
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        here = CommandContext(directory, context.redactor, {})
        yield from _shell_effects(pending.strip(), here, line=first)
        moved = re.match(r"\s*cd\s+([^\s;&|$]+)\s*$", pending)
        directory = change_directory(directory, moved[1]) if moved else directory
        pending = ""


def _split(text: str, values: Mapping[str, str], *, is_shell: bool = False) -> list[_Word]:
    """The words of a command line as the shell splits them, the program's values put in; never raises."""
    found: list[tuple[str, str | None]] = []

    def mark(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        value = values.get(match["braced"] or match["name"] or "")
        found.append((match[0], value))
        return f"{_UNKNOWN if value is None else _KNOWN}{len(found) - 1}{_END}"

    marked = _EXPRESSION.sub(mark, text)
    lexer = shlex.shlex(marked, posix=True, punctuation_chars=is_shell)
    lexer.whitespace_split, lexer.commenters = True, ""
    if not is_shell:
        lexer.escape = ""  # a Windows path is no escape
    try:
        tokens = list(lexer)
    except ValueError:  # a quote that is never closed
        tokens = [token.strip("'\"") for token in marked.split()]
    words = [
        _Word(_MARK.sub(lambda m: _unmark(found[int(m[1])]), token), _UNKNOWN not in token)
        for token in tokens
    ]
    comment = next((index for index, word in enumerate(words) if word.text.startswith("#")), len(words))
    return words[:comment]


def _unmark(found: tuple[str, str | None]) -> str:
    written, value = found
    return written if value is None else value


def _simple_commands(words: Iterable[_Word]) -> Iterator[list[_Word]]:
    """The words of a line between `&&`, `;`, `|` and the like."""
    current: list[_Word] = []
    for word in words:
        if word.text in _SEPARATORS:
            if current:
                yield current
            current = []
        else:
            current.append(word)
    if current:
        yield current


def _take_redirections(words: list[_Word]) -> tuple[list[_Word], list[tuple[str, _Word]]]:
    """The words without `> file` and `< file`, and those."""
    kept: list[_Word] = []
    redirected: list[tuple[str, _Word]] = []
    index = 0
    while index < len(words):
        mode = _REDIRECTIONS.get(words[index].text)
        if mode or words[index].text in (">&", "<<", "<<<"):
            if kept and kept[-1].text in ("1", "2"):
                kept.pop()  # `2> errors.txt`
            if mode and index + 1 < len(words):
                redirected.append((mode, words[index + 1]))
            index += 1
        else:
            kept.append(words[index])
        index += 1
    return kept, redirected


def _find_program(words: list[_Word]) -> tuple[str, list[_Word]]:
    """The program that a simple command runs and its arguments: "pip" for `sudo python3 -m pip`."""
    index = 0
    while index < len(words) and (_ASSIGNMENT.match(words[index].text) or words[index].text in _WRAPPERS):
        index += 1
        while index < len(words) and words[index - 1].text == "sudo" and words[index].text.startswith("-"):
            index += 1
    if index >= len(words):
        return "", []
    name = basename(words[index].text) if words[index].is_resolved else words[index].text
    arguments = words[index + 1 :]
    if name.startswith("python") or "sys.executable" in name:
        if len(arguments) > 1 and arguments[0].text == "-m":
            return arguments[1].text, arguments[2:]
        return "python", arguments
    return re.sub(r"^pip[\d.]+$", "pip", name), arguments


@dataclass(frozen=True, slots=True)
class _Options:
    """Words told apart: the values of options, and what is no option."""

    values: dict[str, _Word]
    flags: frozenset[str]
    operands: tuple[_Word, ...]

    def get(self, *names: str) -> _Word | None:
        return next((self.values[name] for name in names if name in self.values), None)


def _read_options(words: Iterable[_Word], with_value: Iterable[str]) -> _Options:
    """Sort words; `with_value` are the options that take the next word (or what is glued to them)."""
    takes = frozenset(with_value)
    values: dict[str, _Word] = {}
    flags: set[str] = set()
    operands: list[_Word] = []
    pending: str | None = None
    for word in words:
        text = word.text
        if pending is not None:
            values[pending], pending = word, None
        elif not text.startswith("-") or text == "-":
            operands.append(word)
        elif text in takes:
            pending = text
        elif text.startswith("--"):
            name, equals, value = text.partition("=")
            if equals:
                values[name] = replace(word, text=value)
            flags.add(name)
        else:
            pending = _read_short(word, takes, values, flags)
    return _Options(values, frozenset(flags), tuple(operands))


def _read_short(word: _Word, takes: frozenset[str], values: dict[str, _Word], flags: set[str]) -> str | None:
    """Read `-qO`, `-Pdata`: gives the option that still waits for its value."""
    for index, letter in enumerate(word.text[1:], 2):
        option = f"-{letter}"
        if option in takes:
            if word.text[index:]:
                values[option] = replace(word, text=word.text[index:])
                return None
            return option
        flags.add(option)
    return None


# --- packages ------------------------------------------------------------------------------------------

_PIP_VALUES = (
    "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f",
    "--find-links", "-t", "--target", "--prefix", "--root", "--src", "--trusted-host", "--proxy",
    "--timeout", "--retries", "--platform", "--python-version", "--cache-dir", "--log", "--progress-bar",
    "--no-binary", "--only-binary", "--global-option", "--install-option", "--config-settings",
    "--upgrade-strategy", "-p", "--python", "--group", "-G", "-E", "--extras",
)  # fmt: skip
_CONDA_VALUES = (
    "-n",
    "--name",
    "-p",
    "--prefix",
    "-c",
    "--channel",
    "-f",
    "--file",
    "--solver",
    "--repodata-fn",
)
_ARCHIVE = re.compile(
    r"([A-Za-z0-9][\w.]*?(?:-[A-Za-z]\w*)*)-(\d[\w.+!]*?)(?:-[\w.\-]+\.whl|\.tar\.gz|\.zip)$"
)
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".txt")
_CONDA_SPEC = re.compile(r"(?:[\w.\-/]+::)?(?P<name>[A-Za-z_][\w.\-]*)\s*(?P<specifier>[=<>!~].*)?")
# Wider than PEP 508 allows (`pandas=1.0`), and the version part is kept as written: `packaging` sorts it.
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.\-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*"
    r"(?:@\s*(?P<url>\S+)|\(?(?P<specifier>[=<>!~][^;()]*?)\)?)?\s*(?:;.*)?"
)


def _pip(line: _Line) -> Iterator[Effect]:
    words = line.words
    if line.program == "uv" and words and words[0].text == "pip":
        words = words[1:]
    evidence = f"{line.program} {words[0].text}" if words else ""
    if not words or words[0].text not in ("install", "add"):
        return
    options = _read_options(words[1:], _PIP_VALUES)
    for option in ("-r", "--requirement", "-c", "--constraint"):
        if option in options.values:
            yield line.read(options.values[option])
    editable = [options.values[name] for name in ("-e", "--editable") if name in options.values]
    for word in (*options.operands, *editable):
        package = parse_requirement(word.text) if word.is_resolved else None
        if package:
            name, version, specifier = package
            yield Install(name, evidence, "pypi", version, specifier)


def parse_requirement(text: str) -> tuple[str, str | None, str | None] | None:
    """Normalised name, exact version and specifier of what pip is told to install; None for a local path.

    >>> parse_requirement("Scikit_Learn[alldeps]>=1.2,<2")
    ('scikit-learn', None, '>=1.2,<2')
    """
    if "://" in text and "@" not in text.partition("://")[0]:
        return _parse_direct_reference(text)
    if text.startswith((".", "/", "~")) or ("@" not in text and text.endswith(_ARCHIVES)):
        return _parse_archive(text)
    match = _REQUIREMENT.fullmatch(text)
    if not match:
        return None
    specifier = f"@ {match['url']}" if match["url"] else match["specifier"]
    return _normalise(match["name"]), _exact_version(specifier or ""), specifier


def _parse_direct_reference(url: str) -> tuple[str, str | None, str | None] | None:
    """`git+https://github.com/owner/name.git@v1#egg=name`."""
    egg = re.search(r"[#&]egg=([\w.\-]+)", url)
    path = urlsplit(url).path if "[" not in url else ""
    if not egg and path.endswith((".whl", ".tar.gz")):
        return _parse_archive(path)
    name = (
        egg[1]
        if egg
        else basename(path.rstrip("/")).partition("@")[0].removesuffix(".git").removesuffix(".zip")
    )
    return (_normalise(name), None, f"@ {url}") if re.fullmatch(r"[\w.\-]+", name) else None


def _parse_archive(path: str) -> tuple[str, str | None, str | None] | None:
    """The name and version that a wheel's or source archive's file name says."""
    match = _ARCHIVE.match(basename(path))
    return (_normalise(match[1]), match[2], f"=={match[2]}") if match else None


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _exact_version(specifier: str) -> str | None:
    match = re.fullmatch(r"={2,3}\s*([\w.+!\-]+)", specifier.strip())
    return match[1] if match else None


def _conda(line: _Line) -> Iterator[Effect]:
    words = [word for word in line.words if word.text != "env"]
    if not words or words[0].text not in ("install", "create", "update"):
        return
    options = _read_options(words[1:], _CONDA_VALUES)
    file = options.get("-f", "--file")
    if file:
        yield line.read(file)
    for word in options.operands:
        match = _CONDA_SPEC.fullmatch(word.text) if word.is_resolved else None
        if match:
            specifier = match["specifier"]
            version = re.fullmatch(r"={1,2}([^=*<>,|]+?)(?:=[\w]+)?", specifier or "")
            yield Install(
                match["name"].lower(),
                f"{line.program} {words[0].text}",
                "conda",
                version[1] if version else None,
                specifier,
            )


def _system_packages(line: _Line) -> Iterator[Effect]:
    if "install" not in (word.text for word in line.words):
        return
    start = next(index for index, word in enumerate(line.words) if word.text == "install")
    for word in _read_options(line.words[start + 1 :], ("-t", "-o", "-c")).operands:
        match = re.fullmatch(r"([a-z0-9][a-z0-9+.\-]+)(?:=(\S+))?", word.text) if word.is_resolved else None
        if match:
            specifier = f"={match[2]}" if match[2] else None
            yield Install(match[1], f"{line.program} install", "deb", match[2], specifier)


# --- data ----------------------------------------------------------------------------------------------

_WGET_VALUES = (
    "-O", "--output-document", "-P", "--directory-prefix", "-o", "--output-file", "-a", "--header",
    "--user", "--password", "-U", "--user-agent", "-t", "--tries", "-T", "--timeout", "-e", "-i",
    "--input-file", "--load-cookies", "--save-cookies", "--post-data", "-l", "-A", "-R", "-D",
    "--limit-rate", "--cut-dirs", "-w", "--http-user", "--http-password", "--referer",
)  # fmt: skip
_CURL_VALUES = (
    "-o", "--output", "--output-dir", "-H", "--header", "-X", "--request", "-d", "--data", "--data-raw",
    "--data-binary", "--data-urlencode", "-u", "--user", "-A", "--user-agent", "-e", "--referer", "-F",
    "--form", "-b", "--cookie", "-c", "--cookie-jar", "-m", "--max-time", "--connect-timeout", "--retry",
    "--retry-delay", "-x", "--proxy", "-C", "-T", "--upload-file", "--url", "-w", "-r", "--cacert", "-E",
    "--cert", "--key", "-K", "--limit-rate",
)  # fmt: skip


def _wget(line: _Line) -> Iterator[Effect]:
    options = _read_options(line.words, _WGET_VALUES)
    output = options.get("-O", "--output-document")
    folder = options.get("-P", "--directory-prefix")
    listed = options.get("-i", "--input-file")
    if listed:
        yield line.read(listed)
    for url in map(_with_scheme, options.operands):
        yield line.read(url, "url")
        if output is None:
            yield line.write(_inside(folder, _file_name(url, keep_query=True)))
    if output is not None and output.text != "-":
        yield line.write(output)


def _curl(line: _Line) -> Iterator[Effect]:
    options = _read_options(line.words, _CURL_VALUES)
    urls = options.operands or tuple(filter(None, [options.get("--url")]))
    output, folder = options.get("-o", "--output"), options.get("--output-dir")
    upload = options.get("-T", "--upload-file")
    if upload is not None:
        yield line.read(upload)
    for url in map(_with_scheme, urls):
        yield line.write(url, "url") if upload else line.read(url, "url")
        if "-O" in options.flags or "--remote-name" in options.flags:
            yield line.write(_inside(folder, _file_name(url, keep_query=False)))
    if output is not None and output.text != "-":
        yield line.write(_inside(folder, output))


def _with_scheme(url: _Word) -> _Word:
    return url if "://" in url.text or not url.is_resolved else replace(url, text=f"http://{url.text}")


def _file_name(url: _Word, *, keep_query: bool) -> _Word:
    """The name under which a download is saved that is not told any."""
    if not url.is_resolved:
        return _Word(basename(url.text) or url.text, False)
    address, _, query = url.text.partition("#")[0].partition("?")
    name = basename(address.partition("://")[2].partition("/")[2]) or "index.html"
    return _Word(f"{name}?{query}" if query and keep_query else name)


def _inside(folder: _Word | None, name: _Word) -> _Word:
    if folder is None:
        return name
    return _Word(join(folder.text, name.text), folder.is_resolved and name.is_resolved)


def _gdown(line: _Line) -> Iterator[Effect]:
    options = _read_options(line.words, ("-O", "--output", "--id", "--proxy", "--speed", "--format"))
    source = options.get("--id") or (options.operands[0] if options.operands else None)
    if source is None:
        return
    if "://" not in source.text and source.is_resolved:
        source = replace(source, text=f"https://drive.google.com/uc?id={source.text}")
    yield line.read(source, "url")
    output = options.get("-O", "--output")
    if output is not None:
        yield line.write(output)


def _kaggle(line: _Line) -> Iterator[Effect]:
    texts = [word.text for word in line.words]
    if "download" not in texts or texts[0] not in ("datasets", "d", "competitions", "c"):
        return
    options = _read_options(
        line.words[texts.index("download") + 1 :],
        ("-d", "--dataset", "-c", "--competition", "-f", "--file", "-p", "--path"),
    )
    operand = options.operands[0] if options.operands else None
    name = options.get("-d", "--dataset", "-c", "--competition") or operand
    if name is None:
        return
    group = "datasets" if texts[0] in ("datasets", "d") else "competitions"
    iri = locate(f"https://www.kaggle.com/{group}/{name.text}").id if name.is_resolved else None
    yield line.read(name, "dataset", id=iri)
    file, folder = options.get("-f", "--file"), options.get("-p", "--path")
    if "--unzip" not in options.flags:
        yield line.write(_inside(folder, file or replace(name, text=f"{basename(name.text)}.zip")))
    elif folder is not None:
        yield line.write(folder, "directory")


def _aws(line: _Line) -> Iterator[Effect]:
    texts = [word.text for word in line.words]
    if "s3" not in texts or len(texts) <= texts.index("s3") + 1:
        return
    verb = texts.index("s3") + 1
    if texts[verb] in ("cp", "mv", "sync"):
        operands = _read_options(line.words[verb + 1 :], _AWS_VALUES).operands
        yield from _copy(line, operands)


_AWS_VALUES = (
    "--exclude",
    "--include",
    "--profile",
    "--region",
    "--acl",
    "--endpoint-url",
    "--storage-class",
    "--sse",
)


def _gsutil(line: _Line) -> Iterator[Effect]:
    texts = [word.text for word in line.words]
    verb = next((index for index, text in enumerate(texts) if text in ("cp", "mv", "rsync")), None)
    if verb is not None:
        yield from _copy(line, _read_options(line.words[verb + 1 :], ("-x",)).operands)


def _cp(line: _Line) -> Iterator[Effect]:
    options = _read_options(line.words, ("-t", "--target-directory", "-S"))
    target = options.get("-t", "--target-directory")
    yield from _copy(line, (*options.operands, target) if target else options.operands)


def _copy(line: _Line, operands: tuple[_Word, ...]) -> Iterator[Effect]:
    """All but the last are read, the last is written: a folder where several go or a `/` says so."""
    if len(operands) < 2:
        return
    *sources, target = operands
    for source in sources:
        yield line.read(source)
        is_folder = target.text.endswith("/") or target.text in (".", "..") or len(sources) > 1
        if is_folder and not source.text.endswith("/") and "*" not in source.text:
            yield line.write(_inside(target, replace(source, text=basename(source.text))))
    if not is_folder:
        yield line.write(target)


def _git(line: _Line) -> Iterator[Effect]:
    if not line.words or line.words[0].text != "clone":
        return
    operands = _read_options(
        line.words[1:], ("-b", "--branch", "--depth", "-o", "-c", "--config", "-j")
    ).operands
    if not operands:
        return
    url = operands[0]
    copied = re.fullmatch(r"(\w+@[\w.\-]+):(?!//)(.+)", url.text)
    yield line.read(replace(url, text=f"ssh://{copied[1]}/{copied[2]}") if copied else url, "url")
    name = replace(url, text=basename(url.text.rstrip("/")).removesuffix(".git"))
    yield line.write(operands[1] if len(operands) > 1 else name, "directory")


def _unzip(line: _Line) -> Iterator[Effect]:
    options = _read_options(line.words, ("-d", "-x", "-P"))
    if options.operands:
        yield line.read(options.operands[0])
    folder = options.get("-d")
    if folder is not None:
        yield line.write(folder, "directory")


def _tar(line: _Line) -> Iterator[Effect]:
    """`tar xzf archive -C folder`, with and without the hyphen; `-c` writes the archive."""
    words = list(line.words)
    if words and words[0].is_resolved and re.fullmatch(r"[a-zA-Z]{1,8}", words[0].text):
        words[0] = replace(words[0], text="-" + words[0].text)
    options = _read_options(words, ("-f", "--file", "-C", "--directory", "-T", "-X", "--exclude"))
    archive, folder = options.get("-f", "--file"), options.get("-C", "--directory")
    if archive is None or archive.text == "-":
        return
    if {"-c", "--create"} & options.flags:
        for source in options.operands:
            yield line.read(source)
        yield line.write(archive)
    elif {"-x", "--extract", "--get"} & options.flags:
        yield line.read(archive)
        if folder is not None:
            yield line.write(folder, "directory")


def _gzip(line: _Line) -> Iterator[Effect]:
    options = _read_options(line.words, ())
    unpacks = line.program != "gzip" or "-d" in options.flags
    if {"-c", "-l", "-t"} & options.flags:
        return
    for file in options.operands:
        yield line.read(file)
        stem = file.text.removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz")
        yield line.write(replace(file, text=stem if unpacks else f"{file.text}.gz"))


def _zip(line: _Line) -> Iterator[Effect]:
    operands = _read_options(line.words, ("-x", "-i", "-P", "-b")).operands
    if len(operands) > 1:
        for source in operands[1:]:
            yield line.read(source)
        yield line.write(operands[0])


def _script(line: _Line) -> Iterator[Effect]:
    """`python script.py data.csv`: what the script does with its arguments is not known here."""
    for word in line.words:
        if word.text in ("-c", "-m") or word.text.startswith("-c"):
            return
        if not word.text.startswith("-"):
            yield line.read(word)
            return


def _papermill(line: _Line) -> Iterator[Effect]:
    operands = _read_options(line.words, ("-k", "--kernel", "-f", "--cwd", "--language")).operands
    if operands:
        yield line.read(operands[0])
    if len(operands) > 1:
        yield line.write(operands[1])


def _tee(line: _Line) -> Iterator[Effect]:
    for word in _read_options(line.words, ()).operands:
        yield line.write(word)


def _export(line: _Line) -> Iterator[Effect]:
    for word in line.words:
        match = _ASSIGNMENT.fullmatch(word.text)
        if match:
            yield Setting(match[1], match[2])


_PROGRAMS: dict[str, Callable[[_Line], Iterator[Effect]]] = {
    "pip": _pip, "pip3": _pip, "uv": _pip, "poetry": _pip, "pipenv": _pip, "pdm": _pip, "pipx": _pip,
    "conda": _conda, "mamba": _conda, "micromamba": _conda, "apt": _system_packages,
    "apt-get": _system_packages, "wget": _wget, "curl": _curl, "gdown": _gdown, "kaggle": _kaggle,
    "aws": _aws, "gsutil": _gsutil, "cp": _cp, "mv": _cp, "git": _git, "unzip": _unzip, "tar": _tar,
    "gzip": _gzip, "gunzip": _gzip, "bunzip2": _gzip, "unxz": _gzip, "zip": _zip, "python": _script,
    "bash": _script, "sh": _script, "Rscript": _script, "papermill": _papermill, "tee": _tee,
    "export": _export,
}  # fmt: skip


# --- magics --------------------------------------------------------------------------------------------


def _write_file(line: _Line, command: RawCommand) -> Iterator[Effect]:
    """`%%writefile [-a] path`: the body is what is written, closed by a line break as IPython does."""
    options = _read_options(line.words, ())
    if not options.operands:
        return
    body = command.body or ""
    content = body if body.endswith("\n") else f"{body}\n"
    appends = {"-a", "--append"} & options.flags
    yield replace(line.write(options.operands[0]), content=None if appends else content)


def _run_script(line: _Line, command: RawCommand) -> Iterator[Effect]:
    options = _read_options(line.words, ("-m", "-N", "-T", "-l", "-s"))
    if options.operands and "-m" not in options.values:
        script = options.operands[0]
        known_suffix = script.text.endswith((".py", ".ipynb", ".ipy")) or not script.is_resolved
        yield line.read(script if known_suffix else replace(script, text=f"{script.text}.py"))


def _load_source(line: _Line, command: RawCommand) -> Iterator[Effect]:
    options = _read_options(line.words, ("-r", "-s"))
    for word in options.operands[:1]:
        yield line.read(word)


def _set_environment(line: _Line, command: RawCommand) -> Iterator[Effect]:
    """`%env NAME=value`, `%env NAME value`; `%env NAME` only shows it."""
    text = " ".join(word.text for word in line.words)
    name, equals, value = text.partition("=")
    if not equals:
        name, equals, value = text.partition(" ")
    if equals and re.fullmatch(r"\s*[A-Za-z_]\w*\s*", name):
        yield Setting(name.strip(), value.strip())


def _store_variable(line: _Line, command: RawCommand) -> Iterator[Effect]:
    """`%store name > file` writes a file; the store itself is IPython's own."""
    for index, word in enumerate(line.words[:-1]):
        if word.text in (">", ">>"):
            yield line.write(line.words[index + 1])


def _query(line: _Line, command: RawCommand) -> Iterator[Effect]:
    """`%sql sqlite:///file.db` opens a database."""
    for word in line.words[:1]:
        if "://" in word.text:
            yield line.read(word, "database")


_MAGICS: dict[str, Callable[[_Line, RawCommand], Iterator[Effect]]] = {
    "writefile": _write_file, "file": _write_file, "run": _run_script, "load": _load_source,
    "loadpy": _load_source, "env": _set_environment, "set_env": _set_environment,
    "store": _store_variable, "sql": _query,
}  # fmt: skip
