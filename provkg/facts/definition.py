"""Definition provenance: what is written in a notebook or script, whether or not it ever ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from provkg.facts.factset import Confidence, Constant, Span

PlanKind = Literal["notebook", "script"]
StepKind = Literal["code", "markdown", "raw"]
DefinitionKind = Literal["function", "class"]
CommandKind = Literal["cell_magic", "line_magic", "shell"]
BlockKind = Literal["for", "while", "if", "try", "with", "match"]
BindingKind = Literal[
    "assignment", "augmented", "mutation", "deletion", "import", "function", "class", "loop", "with",
    "exception", "match", "walrus", "parameter",
]  # fmt: skip
Order = Literal["document", "execution"]


Phase = Literal[
    "data loading", "cleaning", "exploration", "feature engineering", "split", "training",
    "prediction", "evaluation", "visualisation", "saving",
]  # fmt: skip
"""What a call is for in the course of an analysis, in the words of HeaderGen (SANER 2023)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a notebook or script, told apart by the digest of its code cells."""

    id: str
    document: str
    """Id of the notebook or script over time."""
    kind: PlanKind
    path: str
    format: str
    language: str
    code_digest: str
    file_digest: str
    size_bytes: int
    title: str | None = None
    """First heading of the first markdown cell, or the script's docstring's first line."""
    part_of: str | None = None
    """Id of the plan that imports it, where it is a module of that program's own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One cell as it stands in a version of its document."""

    id: str
    plan: str
    cell: str
    """Id of the cell over time, whatever its text."""
    index: int
    kind: StepKind
    text: str | None
    """Source text with secrets redacted; None when the user asked for no source."""
    digest: str
    """Digest of the unredacted source text."""
    cell_id: str | None = None
    previous: str | None = None
    """Id of the step before it in document order."""
    language: str | None = None
    """Where it differs from the plan's: `%%bash`, `%%R`, `%%html`…"""
    unparsed: str | None = None
    """Why the code could not be analysed; None where it could."""
    first_line: int = 1
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class that the program defines; methods too, by their qualified name."""

    id: str
    plan: str
    step: str
    kind: DefinitionKind
    name: str
    """Qualified name: "Net.forward"."""
    span: Span
    parameters: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    parent: str | None = None
    """Id of the definition it is nested in."""


@dataclass(frozen=True, slots=True)
class Block:
    """A loop, condition or other compound statement."""

    id: str
    step: str
    kind: BlockKind
    text: str
    """Its header: "for fold in range(5)"."""
    span: Span
    parent: str | None = None
    """Id of the block or definition around it."""


@dataclass(frozen=True, slots=True)
class Import:
    """A name that an import binds."""

    id: str
    step: str
    module: str
    """Absolute module, or relative with its leading dots."""
    name: str | None
    """The name taken from the module, "*", or None for `import module`."""
    bound: str | None
    """The name it is known by in the program; None for a star import."""
    distribution: str | None
    """The PyPI distribution that provides it; None for the standard library, local and unknown modules."""
    origin: Literal["standard", "distribution", "local", "unknown"]
    span: Span
    is_named: bool = True
    """False where the name that it binds stands nowhere else in the program."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A name getting a new value or a changed one: a definition in static single assignment form."""

    id: str
    step: str
    name: str
    scope: str
    """Qualified name of the function it is local to; "" for the program's globals."""
    kind: BindingKind
    span: Span
    derived_from: tuple[str, ...] = ()
    """Ids of the bindings its value was computed from, the earlier state of a changed object included."""
    call: str | None = None
    """Id of the call whose result it is, or that changed it."""
    type: str | None = None
    """Dotted name of the class of its value, where that is known."""
    value: Constant = None
    """The constant it is bound to, where it is one."""
    holds: tuple[str, ...] = ()
    """Ids of the bindings whose very objects it refers to: an alias, or a literal that contains them."""


@dataclass(frozen=True, slots=True)
class Use:
    """A step reads what another step bound."""

    step: str
    binding: str
    name: str
    line: int
    order: Order
    """Reading the cells as they stand, or in the order of their execution counts."""
    through: str | None = None
    """Id of the program's own function whose body reads it, where the step only calls that function."""


@dataclass(frozen=True, slots=True)
class OrderDifference:
    """A step reads another definition of a name in the recorded order of execution than in document order."""

    id: str
    step: str
    name: str
    in_document_order: tuple[str, ...]
    """Ids of the bindings that reach it; empty where the name is not yet bound."""
    in_execution_order: tuple[str, ...]
    """Empty where the writers' recorded executions are later than the reader's: they ran again since."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, as written."""

    position: int | None
    name: str | None
    text: str
    value: Constant = None
    """Its value after constant propagation; only meaningful where `is_constant`."""
    is_constant: bool = False
    bindings: tuple[str, ...] = ()
    """Ids of the bindings it is computed from."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call site."""

    id: str
    step: str
    function: str | None
    """Resolved dotted name ("pandas.read_csv"), or None where it is not known."""
    text: str
    """The callee as written: "df.groupby('a').mean"."""
    arguments: tuple[Argument, ...]
    span: Span
    receiver: tuple[str, ...] = ()
    """Ids of the bindings of the object whose method it is."""
    definition: str | None = None
    """Id of the program's own function that it calls."""
    parent: str | None = None
    """Id of the block or definition it stands in; None at the top of a cell."""
    confidence: Confidence = "resolved"
    phase: Phase | None = None
    """The phase of the analysis that it belongs to, where it is known what it does."""


@dataclass(frozen=True, slots=True)
class Command:
    """A magic or a shell line: a step that Python does not see."""

    id: str
    step: str
    kind: CommandKind
    name: str
    """"time", "writefile", "pip", "wget"."""
    text: str
    span: Span


DefinitionFact = Plan | Step | Definition | Block | Import | Binding | Use | OrderDifference | Call | Command
