"""Definition provenance as RDF: what is written, in the words of P-Plan and REPRODUCE-ME.

Each emitter states what one fact says. Two readings of the vocabularies run through all of them:

- A `p-plan:Variable` is the output of one step only (`p-plan:isOutputVarOf` is functional, a reasoner would
  merge the steps). So the outputs of a cell are the definitions it makes, not the names it writes to, and
  only the cell has them as output: a call inside the cell is tied by `provkg:computedBy`.
- Whatever stands in a cell says so by `provkg:inCell`; `schema:isPartOf` tells the block or function
  directly around it, where there is one.

Documents and cells state the classes of P-Plan that plain queries ask for; for the many small things in a
cell these follow from `repr:` and `provkg:` classes by the alignment, and the graph is a tenth smaller.

Nothing is said twice: an argument's text is all the label it needs, the name of a library's function stands
on the function and not on each call of it, and a confidence only where there is doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyoxigraph import NamedNode

from provkg.facts.definition import (
    Argument,
    Binding,
    Block,
    BlockKind,
    Call,
    Command,
    Definition,
    Import,
    OrderDifference,
    Plan,
    Step,
    Use,
)
from provkg.facts.factset import Confidence, Constant, Span
from provkg.graph.iris import (
    Term,
    constant,
    flag,
    hexadecimal,
    integer,
    name_of_python,
    number,
    package_url,
    string,
    text,
    word,
)
from provkg.graph.statements import LABEL, STEP, Property, Statements, Types, predicate, shorten, types
from provkg.graph.terms import PPLAN, PROV, PROVKG, RDF, REPR, SCHEMA
from provkg.identity import digest_text, encode_name, short

DOCUMENTS = {
    "notebook": types(REPR.Notebook, PPLAN.Plan, PROV.Plan, PROV.Entity, SCHEMA.SoftwareSourceCode),
    "script": types(REPR.Script, PPLAN.Plan, PROV.Plan, PROV.Entity, SCHEMA.SoftwareSourceCode),
}
VERSIONS = {
    "notebook": types(PROVKG.NotebookVersion) + DOCUMENTS["notebook"],
    "script": types(PROVKG.ScriptVersion) + DOCUMENTS["script"],
}
FILE = types(REPR.File, SCHEMA.MediaObject, PROV.Entity)
CELL = types(REPR.Cell, PPLAN.Step, PROV.Entity)
CELL_VERSION = types(PROVKG.CellVersion) + CELL
SOURCE = types(REPR.Source, PROV.Entity)
FUNCTION = types(REPR.Function, PROV.Plan, PROV.Entity)
CLASS = types(PROVKG.ClassDefinition, PROV.Plan, PROV.Entity)
VARIABLE = types(PROVKG.ProgramVariable, PROV.Entity)
VARIABLE_DEFINITION = types(PROVKG.VariableDefinition, PPLAN.Variable, PROV.Entity)
ORDER_DIFFERENCE = types(PROVKG.OrderDifference, PROV.Entity)
CALL = types(REPR.FunctionActivation, PROV.Entity)
ARGUMENT = types(REPR.Argument, PROV.Entity)
COMMAND = types(PROVKG.Command, PROV.Entity)
IMPORT = types(PROVKG.Import, PROV.Entity)
MODULE = types(REPR.Module, PROV.Plan, PROV.Entity)
LIBRARY = types(REPR.Library, SCHEMA.SoftwareApplication, PROV.Entity)

# What there is most of (cells, definitions, calls, arguments) is written by these, without a detour.
BINDING_KIND = predicate(PROVKG.bindingKind)
CALLS = predicate(PROVKG.calls)
CELL_ID = predicate(PROVKG.cellId)
CELL_INDEX = predicate(PROVKG.cellIndex)
CELL_TYPE = predicate(PROVKG.cellType)
CONFIDENCE = predicate(PROVKG.confidence)
COMPUTED_BY = predicate(PROVKG.computedBy)
DEPENDS_ON = predicate(PROVKG.dependsOn)
END_LINE = predicate(PROVKG.endLine)
PHASE = predicate(PROVKG.phase)
HAS_INPUT = predicate(PPLAN.hasInputVar)
HAS_OUTPUT = predicate(PPLAN.hasOutputVar)
IN_CELL = predicate(PROVKG.inCell)
IS_PART_OF = predicate(SCHEMA.isPartOf)
IS_PRECEDED_BY = predicate(PPLAN.isPrecededBy)
IS_STEP_OF = predicate(PPLAN.isStepOfPlan)
KEYWORDS = predicate(SCHEMA.keywords)
LANGUAGE = predicate(SCHEMA.programmingLanguage)
NAME = predicate(SCHEMA.name)
OF_VARIABLE = predicate(PROVKG.ofVariable)
POSITION = predicate(SCHEMA.position)
PYTHON_TYPE = predicate(PROVKG.pythonType)
SPECIALIZATION_OF = predicate(PROV.specializationOf)
START_LINE = predicate(PROVKG.startLine)
TEXT = predicate(SCHEMA.text)
UNPARSED_REASON = predicate(PROVKG.unparsedReason)


def _block(kind: NamedNode) -> Types:
    return types(kind, PROVKG.Block, PROV.Entity)


BLOCKS: Mapping[BlockKind, Types] = {
    "for": _block(PROVKG.Loop),
    "while": _block(PROVKG.Loop),
    "if": _block(PROVKG.Condition),
    "match": _block(PROVKG.Condition),
    "try": _block(PROVKG.ErrorHandling),
    "with": _block(PROVKG.ManagedContext),
}


def emit_plan(plan: Plan, graph: Statements) -> None:
    """The version of the document, the document over time, and the bytes of the file."""
    version, document, file = graph.node(plan.id), graph.node(plan.document), graph.node(plan.file_digest)
    graph.describe(
        version,
        VERSIONS[plan.kind],
        f"{plan.path}, version {short(plan.code_digest)}",
        (PROV.specializationOf, document),
        (SCHEMA.name, text(plan.title)),
        (SCHEMA.programmingLanguage, text(plan.language)),
        (SCHEMA.encodingFormat, text(plan.format)),
        (SCHEMA.sha256, hexadecimal(plan.code_digest)),
        (SCHEMA.encoding, file),
        graph.optional(PPLAN.isSubPlanOfPlan, plan.part_of),
    )
    graph.describe(document, DOCUMENTS[plan.kind], plan.path, (PROVKG.path, text(plan.path)))
    graph.describe(file, FILE, plan.path, *describe_bytes(plan.file_digest, plan.size_bytes))


def describe_bytes(digest: str, size: int | None) -> list[Property]:
    """What is known of bytes that were hashed."""
    return [(SCHEMA.sha256, hexadecimal(digest)), (SCHEMA.contentSize, number(size))]


def emit_step(step: Step, graph: Statements) -> None:
    """The cell as it stands, the cell over time, and its source text."""
    cell, written_id = graph.node(step.cell), text(step.cell_id)
    stated = [*CELL_VERSION, f'{LABEL}"cell {step.index + 1}"', IS_STEP_OF + graph.node(step.plan)]
    if step.previous is not None:
        stated.append(IS_PRECEDED_BY + graph.node(step.previous))
    stated += (
        SPECIALIZATION_OF + cell,
        CELL_INDEX + integer(step.index),
        POSITION + integer(step.index + 1),
    )
    if written_id is not None:
        stated.append(CELL_ID + written_id)
    stated.append(CELL_TYPE + word(step.kind))
    if step.first_line > 1:
        stated.append(START_LINE + integer(step.first_line))
    if step.language is not None:
        stated.append(LANGUAGE + string(step.language))
    if step.unparsed is not None:
        stated.append(UNPARSED_REASON + string(step.unparsed))
    stated += [KEYWORDS + tag for tag in dict.fromkeys(map(string, step.tags))]
    stated.append(HAS_INPUT + graph.node(step.digest))
    graph.state(graph.node(step.id), stated)
    _emit_source(step, graph)
    name = f"cell {step.cell_id}" if step.cell_id else step.cell.rpartition("#")[2]
    graph.describe(cell, CELL, name, (PROVKG.cellId, written_id))


def _emit_source(step: Step, graph: Statements) -> None:
    """The source text, on the node that its digest names.

    Several cells may hold the same text: the node is then an input of all of them, which P-Plan allows
    (HermiT finds it consistent; only outputs are bound to one step). Redacted text has another digest than
    the source, so it stands on a node of the cell, derived from the true source: what one extraction
    redacts and another does not never meets on one node.
    """
    source, name = graph.node(step.digest), f"source text {short(step.digest)}"
    if step.text is None:
        graph.describe(source, SOURCE, name)
        return
    if digest_text(step.text) == step.digest:
        graph.describe(source, SOURCE, name, (RDF.value, string(step.text)))
        return
    graph.describe(source, SOURCE, name)
    redacted = graph.node(f"{step.id}.source")
    graph.add(graph.node(step.id), (PPLAN.hasInputVar, redacted))
    graph.describe(
        redacted,
        SOURCE,
        f"{name}, redacted",
        (PROV.wasDerivedFrom, source),
        (RDF.value, text(step.text)),
    )


def emit_definition(definition: Definition, graph: Statements) -> None:
    """A function or class: a plan within the plan of the document or of the definition around it."""
    is_class = definition.kind == "class" and not definition.parameters
    signature = definition.name if is_class else f"{definition.name}({', '.join(definition.parameters)})"
    graph.describe(
        graph.node(definition.id),
        CLASS if definition.kind == "class" else FUNCTION,
        f"{signature} ({graph.place(definition.step, definition.span.start_line)})",
        (PPLAN.isSubPlanOfPlan, graph.node(definition.parent or definition.plan)),
        _position(definition.step, definition.parent, definition.span, graph),
        (SCHEMA.name, text(definition.name)),
        (PROVKG.signature, text(signature)),
        *[(PROVKG.decorator, each) for each in dict.fromkeys(map(string, definition.decorators))],
    )


def emit_block(block: Block, graph: Statements) -> None:
    """A loop, condition or other compound statement: a step that holds others."""
    graph.describe(
        graph.node(block.id),
        BLOCKS[block.kind],
        f"{shorten(block.text)} ({graph.place(block.step, block.span.start_line)})",
        _position(block.step, block.parent, block.span, graph),
        (PROVKG.blockKind, text(block.kind)),
        (SCHEMA.text, text(block.text)),
    )


def _position(step: str, parent: str | None, span: Span, graph: Statements) -> list[str]:
    """Where something stands: in which cell, directly in what, from which line to which other."""
    stated = [IN_CELL + graph.node(step)]
    if parent is not None:
        stated.append(IS_PART_OF + graph.node(parent))
    stated.append(START_LINE + integer(span.start_line))
    if span.end_line != span.start_line:
        stated.append(END_LINE + integer(span.end_line))
    return stated


def emit_import(statement: Import, graph: Statements) -> None:
    """The import, the module, and the library that provides it."""
    module = _module(statement, graph)
    name = "" if statement.name is None else f"{statement.name} from "
    graph.describe(
        graph.node(statement.id),
        IMPORT,
        f"import {name}{statement.module} ({graph.place(statement.step, statement.span.start_line)})",
        _position(statement.step, None, statement.span, graph),
        (PROVKG.imports, module),
        (PROVKG.importedName, text(statement.name)),
        (PROVKG.boundName, text(statement.bound)),
        (PROVKG.isNamed, None if statement.is_named else flag(False)),
    )
    graph.add(graph.node(statement.step), (PROVKG.imports, module))
    library = statement.distribution
    graph.describe(
        module,
        MODULE,
        statement.module,
        (PROVKG.qualifiedName, text(statement.module)),
        (PROVKG.moduleOrigin, text(statement.origin)),
        (PROVKG.providedBy, None if library is None else graph.node(package_url(library))),
    )
    if library is not None and graph.is_new("library", library):
        emit_library(library, None, "pypi", graph)


def _module(statement: Import, graph: Statements) -> Term:
    """A project's own modules are its own; all others are the same thing in every project."""
    if statement.origin == "local":
        return graph.node(f"_module/{encode_name(statement.module)}")
    return graph.node(name_of_python(statement.module))


def emit_library(name: str, version: str | None, manager: str, graph: Statements) -> Term:
    """A library, and the general one it is a version of; returns its node."""
    node = graph.node(package_url(name, version, manager))
    general = emit_library(name, None, manager, graph) if version else None
    graph.describe(
        node,
        LIBRARY,
        f"{name} {version}" if version else name,
        (SCHEMA.name, text(name)),
        (SCHEMA.softwareVersion, text(version)),
        (PROV.specializationOf, general),
    )
    return node


def emit_binding(binding: Binding, graph: Statements) -> None:
    """A definition of a variable, and the variable.

    Only a global is an output of its cell; what a function binds for itself no other cell can read.
    """
    node, step, line = graph.node(binding.id), graph.node(binding.step), binding.span.start_line
    plan = _plan_of(binding, graph)
    variable = graph.variables.get((plan, binding.scope, binding.name))
    is_new = variable is None
    if variable is None:
        variable = _variable(plan, binding, graph)
    if not binding.scope:
        graph.state(step, [HAS_OUTPUT + node])
    stated = [
        *VARIABLE_DEFINITION,
        LABEL + string(f"{binding.name} ({graph.place(binding.step, line)})"),
        OF_VARIABLE + variable,
        IN_CELL + step,
        START_LINE + integer(line),
        BINDING_KIND + word(binding.kind),
    ]
    if binding.type is not None:
        stated.append(PYTHON_TYPE + word(binding.type))
    if binding.value is not None:
        stated.append(_value(binding.value))
    if binding.call is not None:
        stated.append(COMPUTED_BY + graph.node(binding.call))
    stated += graph.link(PROV.wasDerivedFrom, binding.derived_from)
    graph.state(node, stated)
    if is_new:
        graph.describe(
            variable,
            VARIABLE,
            f"{binding.scope}: {binding.name}" if binding.scope else binding.name,
            (SCHEMA.name, text(binding.name)),
            (PROVKG.scope, text(binding.scope or None)),
        )


def _value(value: Constant) -> str:
    """What says that something has this constant value."""
    term, written = constant(value)
    return predicate(term) + written


def _plan_of(binding: Binding, graph: Statements) -> str:
    """The id of the version in which a definition stands; of its step, where that is not known."""
    step = graph.surroundings.steps.get(binding.step)
    return step.plan if step is not None else binding.step


def _variable(plan: str, binding: Binding, graph: Statements) -> Term:
    """The node of a variable that was not met before; all its definitions share it."""
    parts = [encode_name(part) for part in (binding.scope, binding.name) if part]
    node = graph.node(".".join([f"{plan}.variable", *parts]))
    graph.variables[plan, binding.scope, binding.name] = node
    return node


def emit_use(use: Use, graph: Statements) -> None:
    """What a step reads: its input variables, and the steps it depends on.

    `p-plan:isPrecededBy` is transitive and says order only; `prov:wasDerivedFrom` would say that one text
    came from another. Neither is a data dependency between cells, so `provkg:dependsOn` is.
    """
    step, definition = graph.node(use.step), graph.node(use.binding)
    graph.mention(step, STEP)
    if use.order == "document":
        writer = graph.surroundings.binding_steps.get(use.binding)
        stated = [HAS_INPUT + definition]
        if writer is not None:
            stated.append(DEPENDS_ON + graph.node(writer))
        graph.state(step, stated)
        return
    graph.add(step, (PROVKG.executionInputVar, definition))
    for step_run in graph.surroundings.step_runs.get(use.step, ()):
        graph.add(graph.node(step_run), (PROV.used, definition))


def emit_order_difference(difference: OrderDifference, graph: Statements) -> None:
    """A name that means something else when cells run in the recorded order."""
    graph.describe(
        graph.node(difference.id),
        ORDER_DIFFERENCE,
        f"{difference.name} differs by order ({graph.place(difference.step)})",
        (PROVKG.inCell, graph.node(difference.step)),
        (SCHEMA.name, text(difference.name)),
        graph.link(PROVKG.inDocumentOrder, difference.in_document_order),
        graph.link(PROVKG.inExecutionOrder, difference.in_execution_order),
    )


def emit_call(call: Call, graph: Statements) -> None:
    """A call site, the function it calls, and its arguments."""
    arguments = [graph.node(f"{call.id}.arg{index}") for index in range(len(call.arguments))]
    label = f"{shorten(call.function or call.text)} ({graph.place(call.step, call.span.start_line)})"
    stated = [*CALL, LABEL + string(label), *_position(call.step, call.parent, call.span, graph)]
    called = _called(call, graph)
    if called is not None:
        stated.append(CALLS + called)
    stated.append(TEXT + string(call.text))
    if call.phase is not None:
        phase = PHASE + word(call.phase)
        stated.append(phase)
        if graph.is_new("phase", call.step, call.phase):
            graph.state(graph.node(call.step), [phase])
    if call.confidence != "resolved":
        stated.append(CONFIDENCE + word(call.confidence))
    stated += graph.link(PROVKG.receiver, call.receiver)
    stated += [HAS_INPUT + node for node in arguments]
    graph.state(graph.node(call.id), stated)
    for argument, node in zip(call.arguments, arguments, strict=True):
        _emit_argument(argument, node, graph)


def doubt(confidence: Confidence) -> Property:
    """How far something was followed, where that is not to its origin."""
    return PROVKG.confidence, None if confidence == "resolved" else word(confidence)


def _called(call: Call, graph: Statements) -> Term | None:
    """The function that is called: the program's own, else the one known by its dotted name."""
    if call.definition is not None:
        return graph.node(call.definition)
    if call.function is None:
        return None
    function = graph.node(name_of_python(call.function))
    if graph.is_new("function", call.function):
        graph.describe(function, FUNCTION, call.function, (PROVKG.qualifiedName, text(call.function)))
    return function


def _emit_argument(argument: Argument, node: Term, graph: Statements) -> None:
    stated = [*ARGUMENT]
    if argument.position is not None:
        stated.append(POSITION + integer(argument.position))
    if argument.name is not None:
        stated.append(NAME + word(argument.name))
    stated.append(TEXT + string(argument.text))
    if argument.is_constant:
        stated.append(_value(argument.value))
    stated += graph.link(PROV.wasDerivedFrom, argument.bindings)
    graph.state(node, stated)


def emit_command(command: Command, graph: Statements) -> None:
    """A magic or a shell line: a step in the cell."""
    graph.describe(
        graph.node(command.id),
        COMMAND,
        f"{shorten(command.text)} ({graph.place(command.step, command.span.start_line)})",
        _position(command.step, None, command.span, graph),
        (PROVKG.commandKind, text(command.kind)),
        (SCHEMA.name, text(command.name)),
        (SCHEMA.text, text(command.text)),
    )


EMITTERS: dict[type, Callable[[Any, Statements], None]] = {
    Plan: emit_plan,
    Step: emit_step,
    Definition: emit_definition,
    Block: emit_block,
    Import: emit_import,
    Binding: emit_binding,
    Use: emit_use,
    OrderDifference: emit_order_difference,
    Call: emit_call,
    Command: emit_command,
}
