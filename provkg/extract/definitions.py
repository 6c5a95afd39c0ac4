"""From what the walk found to definition facts: ids, spans, source text, redaction."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from provkg.extract.constants import constant_to_json, to_constant
from provkg.extract.knowledge import find_distribution, is_standard
from provkg.extract.redaction import Redactor
from provkg.extract.values import MISSING, CallSite, Class, Definition, Function
from provkg.extract.walk import BlockRecord, DefinitionRecord, ImportRecord, Walk
from provkg.facts import definition as facts
from provkg.facts.factset import Confidence, Constant, Span
from provkg.identity import digest_text, encode_name, short

LONGEST_ARGUMENT = 300
LONGEST_CALLEE = 120
LONGEST_HEADER = 200


class SourceText:
    """The text of one step, asked for by the spans of its syntax tree (columns are UTF-8 offsets).

    A text without credentials has none in its parts: only the parts of the others are redacted.
    """

    def __init__(self, text: str, redactor: Redactor, is_clean: bool, is_shown: bool = True) -> None:
        self.redactor = redactor
        self.is_clean = is_clean
        self.is_shown = is_shown
        """False where the user wants no source text in the facts, only what it does."""
        self.is_ascii = text.isascii()
        self.lines = text.split("\n")

    def segment(self, node: ast.AST, longest: int) -> str:
        """What `node` looks like in the program, cut with "…" where it is longer than `longest`."""
        if not self.is_shown:
            return "…"
        start_line, end_line = node.lineno - 1, (node.end_lineno or node.lineno) - 1  # type: ignore[attr-defined]
        start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        if start_line == end_line:
            is_plain = self.is_ascii and start_line < len(self.lines)
            text = self.lines[start_line][start:end] if is_plain else self.part(start_line, start, end)
        else:
            lines = [self.part(start_line, start, None)]
            length = len(lines[0])
            for line in range(start_line + 1, end_line + 1):
                if length > longest:
                    break
                lines.append(self.part(line, 0, end if line == end_line else None))
                length += len(lines[-1])
            text = "\n".join(lines)
        if len(text) > longest:
            text = text[:longest] + "…"
        return text if self.is_clean else self.redactor.redact(text)

    def part(self, line: int, start: int, end: int | None) -> str:
        if line >= len(self.lines):
            return ""
        text = self.lines[line]
        if self.is_ascii:
            return text[start:end]
        return text.encode("utf-8", "surrogatepass")[start:end].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Naming:
    """What the facts of one walk need beside the walk itself."""

    plan: str
    texts: Mapping[str, SourceText]
    """Step → its text, unredacted."""
    redactor: Redactor
    is_source_shown: bool = True
    limits: dict[str, tuple[str, int]] = field(default_factory=dict)
    """What was left out, as a person reads it → step and line of the first place."""


def span_of(node: ast.AST) -> Span:
    """Where a node of the syntax tree stands."""
    return Span(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)  # type: ignore[attr-defined]


def name_definitions(definitions: Iterable[Definition], foreign: Container[str] = ()) -> list[Definition]:
    """Give each definition its id; those that nothing reaches, and those in other files, are left out.

    A name bound twice in one line gets its column into the second id.
    """
    taken: set[str] = set()
    named = []
    for definition in definitions:
        if not definition.step or definition.step in foreign:
            continue
        name = encode_name(definition.name)
        if definition.scope:
            name = f"{encode_name(definition.scope)}.{name}"
        identity = f"{definition.step}.{name}.L{definition.line}"
        if identity in taken:
            identity += f"C{definition.column}"
        taken.add(identity)
        definition.id = identity
        named.append(definition)
    return named


def name_calls(calls: Iterable[CallSite], foreign: Container[str] = (), plan: str = "") -> list[CallSite]:
    """Give each call its id: where its callee ends, which no other call of the step shares.

    A call in a file that the program imports or runs has the id that it has in that file's own graph; what
    it does for this program has ids of this program.
    """
    taken: set[str] = set()
    named = []
    for call in calls:
        function = call.node.func
        identity = f"{call.step}.call-L{function.end_lineno}C{function.end_col_offset}"
        while identity in taken:  # positions inside f-strings may repeat before Python 3.12
            identity += "x"
        taken.add(identity)
        call.id = call.base = identity
        if call.step in foreign:
            call.base = f"{plan}.elsewhere-{short(digest_text(identity))}"
        named.append(call)
    return named


def ids_of(definitions: Collection[Definition]) -> tuple[str, ...]:
    """The ids of these definitions, each once; those of unreached functions have none."""
    if not definitions:
        return ()
    if len(definitions) == 1:
        (only,) = definitions
        return (only.id,) if only.id else ()
    return tuple(dict.fromkeys([definition.id for definition in definitions if definition.id]))


def binding_facts(definitions: Iterable[Definition], naming: Naming) -> list[facts.Binding]:
    """A `Binding` for each named definition."""
    found = [binding_fact(definition, naming.redactor) for definition in definitions]
    return found if naming.is_source_shown else [replace(binding, value=None) for binding in found]


def binding_fact(definition: Definition, redactor: Redactor) -> facts.Binding:
    """The fact of one definition."""
    value = definition.value
    constant: Constant = None
    if value is not None and value.constant is not MISSING:
        constant = redact_constant(definition.name, constant_to_json(value.constant), redactor)
    width = len(definition.name.encode("utf-8", "replace"))
    return facts.Binding(
        id=definition.id,
        step=definition.step,
        name=definition.name,
        scope=definition.scope,
        kind=definition.kind,  # type: ignore[arg-type]
        span=Span(definition.line, definition.column, definition.line, definition.column + width),
        derived_from=ids_of(definition.derived),
        call=definition.call.id or None if definition.call is not None else None,
        type=value.type if value is not None else None,
        value=constant,
        holds=ids_of(definition.holds) if definition.holds else (),
    )


def redact_constant(name: str, constant: Constant, redactor: Redactor) -> Constant:
    """A constant without credentials, by what it looks like and by the name that it is given to."""
    if isinstance(constant, str):
        if len(constant) > LONGEST_ARGUMENT:
            constant = constant[:LONGEST_ARGUMENT] + "…"
        return redactor.redact_value(name, redactor.redact(constant))
    if isinstance(constant, list):
        return [redact_constant(name, item, redactor) for item in constant]
    if isinstance(constant, dict):
        return {key: redact_constant(key, item, redactor) for key, item in constant.items()}
    return constant


def use_facts(uses: Mapping[tuple[str, Definition, str | None], int], order: facts.Order) -> list[facts.Use]:
    """A `Use` for each definition that a step reads from another one."""
    return [
        facts.Use(step, definition.id, definition.name, line, order, through)
        for (step, definition, through), line in uses.items()
        if step and definition.id
    ]


def call_facts(calls: Iterable[CallSite], naming: Naming) -> list[facts.Call]:
    """A `Call` for each named call site."""
    return [call_fact(call, naming) for call in calls]


def call_fact(call: CallSite, naming: Naming) -> facts.Call:
    """The fact of one call site."""
    source = naming.texts[call.step]
    definition = call.definition
    return facts.Call(
        id=call.id,
        step=call.step,
        function=call.function,
        text=source.segment(call.node.func, LONGEST_CALLEE),
        arguments=argument_facts(call, source, naming.redactor),
        span=span_of(call.node),
        receiver=ids_of(call.receiver) if isinstance(call.node.func, ast.Attribute) else (),
        definition=definition.id or None if isinstance(definition, (Function, Class)) else None,
        parent=call.parent,
        confidence=confidence_of(call),
        phase=next((visit.effect.phase for visit in call.evaluations if visit.effect is not None), None),
    )


def confidence_of(call: CallSite) -> Confidence:
    """How sure it is what a call calls; a name that nothing binds is not known."""
    if call.function is None and call.definition is None:
        return "convention" if call.confidence == "convention" else "unresolved"
    return call.confidence


def argument_facts(call: CallSite, source: SourceText, redactor: Redactor) -> tuple[facts.Argument, ...]:
    """The arguments of a call, positional ones first, as they stand."""
    node = call.node
    if not node.args and not node.keywords:
        return ()
    written: list[tuple[int | None, str | None, ast.expr]] = [
        (position, None, argument) for position, argument in enumerate(node.args)
    ]
    written += [(None, keyword.arg or "**", keyword.value) for keyword in node.keywords]
    values = argument_values(call) if source.is_shown else None
    arguments = []
    for index, (position, name, expression) in enumerate(written):
        text = source.segment(expression, LONGEST_ARGUMENT)
        if not source.is_clean:
            text = redactor.redact_value(name or "", text)
        value = values[index] if values is not None else MISSING
        is_constant = value is not MISSING
        constant = redact_argument(name, value, expression, source) if is_constant else None
        read = call.arguments[index] if index < len(call.arguments) else ()
        # By position: there are so many of them that naming the fields costs as much as their text.
        arguments.append(facts.Argument(position, name, text, constant, is_constant, ids_of(read)))
    return tuple(arguments)


def redact_argument(name: str | None, value: Constant, expression: ast.expr, source: SourceText) -> Constant:
    """A constant argument without credentials: a literal of a clean text has none, a folded one may."""
    if source.is_clean and (isinstance(expression, ast.Constant) or not isinstance(value, (str, list, dict))):
        return (
            value
            if not isinstance(value, str) or len(value) <= LONGEST_ARGUMENT
            else value[:LONGEST_ARGUMENT] + "…"
        )
    return redact_constant(name or "", value, source.redactor)


def argument_values(call: CallSite) -> list[Constant] | None:
    """The constant value of each argument over all visits, MISSING where it varies or is not known."""
    node = call.node
    visits = [visit for visit in call.evaluations if not visit.is_handed]
    if not visits or any(isinstance(argument, ast.Starred) for argument in node.args):
        return None
    values = [
        common([to_constant(visit.arguments[position]) for visit in visits])
        for position in range(len(node.args))
    ]
    for keyword in node.keywords:
        if keyword.arg is None:
            values.append(MISSING)
        else:
            values.append(common([to_constant(visit.keywords[keyword.arg]) for visit in visits]))
    return values


def common(constants: list[Constant]) -> Constant:
    """The one constant that all are, or MISSING."""
    first = constants[0]
    if len(constants) == 1:
        return first
    return first if all(type(each) is type(first) and each == first for each in constants[1:]) else MISSING


def block_facts(blocks: Iterable[BlockRecord], naming: Naming) -> list[facts.Block]:
    """A `Block` for each compound statement."""
    return [
        facts.Block(
            id=block.id,
            step=block.step,
            kind=block.kind,
            text=naming.redactor.redact(header_of(block.node, naming.texts[block.step])),
            span=span_of(block.node),
            parent=block.parent,
        )
        for block in blocks
    ]


def header_of(node: ast.stmt, source: SourceText) -> str:
    """A compound statement up to the end of what its colon follows: "for i in x"."""
    last = last_of_header(node)
    if last is None:
        return "try"
    header = ast.Pass(
        lineno=node.lineno,
        col_offset=node.col_offset,
        end_lineno=last.end_lineno,
        end_col_offset=last.end_col_offset,
    )
    return source.segment(header, LONGEST_HEADER)


def last_of_header(node: ast.stmt) -> ast.expr | None:
    """The last expression before the colon of a compound statement; None for `try`."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return node.iter
    if isinstance(node, (ast.If, ast.While)):
        return node.test
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return node.items[-1].optional_vars or node.items[-1].context_expr
    return node.subject if isinstance(node, ast.Match) else None


def definition_facts(walk: Walk, naming: Naming) -> list[facts.Definition]:
    """A `Definition` for each function and class of the program."""
    return [definition_fact(record, naming) for record in walk.own_definitions.values()]


def definition_fact(record: DefinitionRecord, naming: Naming) -> facts.Definition:
    """The fact of one function or class."""
    node = record.node
    source = naming.texts[record.step]
    return facts.Definition(
        id=record.id,
        plan=naming.plan,
        step=record.step,
        kind="class" if isinstance(node, ast.ClassDef) else "function",
        name=record.name,
        span=span_of(node),
        parameters=() if isinstance(node, ast.ClassDef) else parameter_names(node.args),
        decorators=tuple(source.segment(each, LONGEST_CALLEE) for each in node.decorator_list),
        parent=record.parent,
    )


def parameter_names(signature: ast.arguments) -> tuple[str, ...]:
    """Names of a function's parameters, with the stars that they are written with."""
    names = [parameter.arg for parameter in (*signature.posonlyargs, *signature.args)]
    if signature.vararg is not None:
        names.append("*" + signature.vararg.arg)
    names.extend(parameter.arg for parameter in signature.kwonlyargs)
    if signature.kwarg is not None:
        names.append("**" + signature.kwarg.arg)
    return tuple(names)


def import_facts(
    imports: Sequence[ImportRecord], naming: Naming, local_modules: frozenset[str]
) -> list[facts.Import]:
    """An `Import` for each name that an import binds."""
    found: dict[str, facts.Import] = {}
    named = names_beside(imports, naming.texts)
    # What a package imports, others import from it.
    is_package = naming.plan.partition("#")[0].endswith("__init__.py")
    for record in imports:
        bound = record.bound or "*"
        names = "-".join(map(encode_name, (record.module, record.name or "", bound)))
        identity = f"{record.step}.import-{names}"
        if identity not in found:
            fact = import_fact(identity, record, local_modules)
            is_named = record.bound is None or record.bound in named or is_package
            found[identity] = fact if is_named else replace(fact, is_named=False)
    return list(found.values())


NAME = re.compile(r"(?<![.\w])[^\W\d]\w*")
"""A name as it stands in code, and not as an attribute of something."""

DOTTED_STRING = re.compile(r"""['"]([^\W\d]\w*(?:\.[^\W\d]\w*)+)['"]""")
"""A string that names something by its place in a package: "backdoor.econml.dml.DML"."""


def names_beside(imports: Iterable[ImportRecord], texts: Mapping[str, SourceText]) -> set[str]:
    """The names in a program without its imports; those in strings and comments count as well."""
    lines = {step: list(text.lines) for step, text in texts.items()}
    for record in imports:
        span = span_of(record.node)
        for number in range(span.start_line, min(span.end_line, len(lines[record.step])) + 1):
            line = lines[record.step][number - 1].encode("utf-8", "surrogatepass")
            start = span.start_column if number == span.start_line else 0
            end = span.end_column if number == span.end_line else len(line)
            kept = line[:start] + b" " * (end - start) + line[end:]
            lines[record.step][number - 1] = kept.decode("utf-8", "replace")
    named = {name for each in lines.values() for line in each for name in NAME.findall(line)}
    for part in DOTTED_STRING.findall("\n".join(line for each in lines.values() for line in each)):
        named.update(part.split("."))
    return named


def origin_of(
    module: str, is_local: bool, distribution: str | None
) -> Literal["standard", "distribution", "local", "unknown"]:
    """Where a module comes from, as far as its name says."""
    if is_local:
        return "local"
    if is_standard(module):
        return "standard"
    return "unknown" if distribution is None else "distribution"


def import_fact(identity: str, record: ImportRecord, local_modules: frozenset[str]) -> facts.Import:
    """The fact of one imported name."""
    top = record.module.partition(".")[0]
    is_local = not top or top in local_modules
    distribution = None if is_local else find_distribution(record.module)
    return facts.Import(
        id=identity,
        step=record.step,
        module=record.module,
        name=record.name,
        bound=record.bound,
        distribution=distribution,
        origin=origin_of(record.module, is_local, distribution),
        span=span_of(record.node),
    )
