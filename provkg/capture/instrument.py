"""The user's own code compiled so that it tells what it does: same lines, names, docstrings and tracebacks.

Probes are called from inside the code. They are no names, which a program could list, shadow or delete: each
is a constant of its code object, put there in place of a marker after compilation. What is written is
transformed twice. The detailed code of a function tells its arguments and its result; once it was called
often enough, its light code takes over, which only counts (`provkg.capture.calls`).

What has to stay as it was decides the form: no new local or global names, no frame between a caller and what
it calls, every added node on the line of the statement it stands before, a bare `raise` (which adds nothing
to a traceback), and the docstring and `from __future__` first.
"""

from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Protocol

MARKER = "\0provkg:"
"""How a constant begins that stands for a probe."""

BYTECODE_READERS = (
    "numba",
    "torch.compile",
    "torch._dynamo",
    "cupyx.jit",
    "__code__",
    "settrace",
    "setprofile",
)
"""Who speaks of these reads the code of functions, and must find it as it was written."""

UNTOUCHED = frozenset({"__init__", "__call__"})
"""The only special methods that are told of: what summaries might call must not call us."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Probe = Callable[..., Any]
Compiler = Callable[[Any, str, str], CodeType]
Place = tuple[int, int]
"""Line and column."""


def compile_alone(tree: Any, filename: str, mode: str) -> CodeType:
    """As `compile`, and nothing that is declared here (`from __future__`) holds there."""
    code: CodeType = compile(tree, filename, mode, dont_inherit=True)
    return code


@dataclass(frozen=True, slots=True)
class FunctionSite:
    """A function as it is written."""

    name: str
    """Qualified as `__qualname__` says it, without `<locals>`: "Net.forward"."""
    file: str
    line: int
    parameters: tuple[str, ...] = ()
    is_method: bool = False
    is_suspended: bool = False
    """A generator or coroutine: its body runs later than its call, so arguments and result are not told."""


@dataclass(frozen=True, slots=True)
class AssignmentSite:
    """A statement that gives names values, or changes what they hold."""

    file: str
    line: int
    scope: str
    names: tuple[str, ...]
    sources: tuple[tuple[str, ...], ...]
    """For each name, those that stand in what it is given."""
    is_change: bool = False
    """An element or attribute is set: the name holds what it held before."""


class Watcher(Protocol):
    """Makes the probes; who watches decides what they do."""

    def watch_block(self, line: int) -> Iterator[None]:
        """Gives one whenever the suite that begins on this line runs.

        Only suites at the top of a program text are told of: bodies of loops, conditions, handlers.
        """

    def watch_function(self, site: FunctionSite) -> FunctionProbes:
        """The probes of one function."""

    def watch_assignment(self, site: AssignmentSite) -> Probe:
        """Called with the values of the names, after the statement."""


class FunctionProbes(Protocol):
    """The probes of one function; both versions of its code are given to it once they are compiled."""

    detailed: CodeType | None
    light: CodeType | None

    def made(self, function: Any) -> Any:
        """Called as the innermost decorator; gives the function back."""

    def enter(self, arguments: tuple[Any, ...]) -> None:
        """Called with the arguments when the detailed code begins."""

    def leave(self, value: Any) -> Any:
        """Called with what is returned, and gives it back."""

    def fail(self) -> None:
        """Called while an exception leaves the function."""

    @property
    def ticks(self) -> Iterator[None]:
        """Gives one when the light code begins; in C, as each call of a hot function pays for it."""


@dataclass(slots=True)
class Probes:
    """The probes of one program text by the marker that stands for each."""

    by_marker: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, CodeType] = field(default_factory=dict)
    """Marker → the code in which it stands."""

    def mark(self, probe: Any, place: ast.AST, *arguments: ast.expr) -> ast.expr:
        """A call of `probe` as it will be, on the line of `place`."""
        call: ast.expr = on_line_of(place, ast.Call(self.constant(probe), list(arguments), []))
        return call

    def tick(self, ticks: Iterator[None], place: ast.AST) -> ast.expr:
        """What takes one None from an iterator: `None in ticks`.

        It is the cheapest thing that counts, and as no call it comes no nearer to the limit of recursion.
        """
        tick: ast.expr = on_line_of(
            place, ast.Compare(ast.Constant(None), [ast.In()], [self.constant(ticks)])
        )
        return tick

    def constant(self, probe: Any) -> ast.expr:
        """An expression for the probe itself.

        The condition is folded away; it only keeps the compiler from warning that a string is called.
        """
        marker = f"{MARKER}{len(self.by_marker)}"
        self.by_marker[marker] = probe
        return ast.IfExp(ast.Constant(True), ast.Constant(marker), ast.Constant(None))

    def install(self, code: CodeType) -> CodeType:
        """The code with its probes in the place of their markers."""
        constants, found = [], []
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                constants.append(self.install(constant))
            elif type(constant) is str and constant in self.by_marker:
                found.append(constant)
                constants.append(self.by_marker[constant])
            else:
                constants.append(constant)
        installed = code.replace(co_consts=tuple(constants))
        self.codes.update(dict.fromkeys(found, installed))
        return installed


def compile_watched(
    tree: ast.Module | ast.Interactive,
    filename: str,
    watcher: Watcher,
    compiler: Compiler,
    *,
    blocks: bool = True,
    calls: bool = True,
    variables: bool = False,
    cells: Sequence[tuple[int, Probe]] = (),
) -> CodeType:
    """The code of a program text that tells the watcher what it does; the tree stays as it was.

    `cells` are the first lines of a script's cells, with what to call when each begins.

    Raises:
        SyntaxError, ValueError: what `compile` raises for the tree itself.
    """
    mode = "single" if isinstance(tree, ast.Interactive) else "exec"
    probes = Probes()
    detailed = copy.deepcopy(tree)
    detailing = Detailing(filename, watcher, probes, calls, variables)
    detailing.top(detailed, cells, blocks)
    code = probes.install(compiler(detailed, filename, mode))
    if detailing.functions:
        light = copy.deepcopy(tree)
        ticks = Probes()
        lightening = Lightening(ticks, {place: probe for place, (probe, _) in detailing.functions.items()})
        lightening.visit(light)
        with no_warnings():
            ticks.install(compiler(light, filename, mode))
        for place, (function, marker) in detailing.functions.items():
            function.detailed = probes.codes.get(marker)
            function.light = ticks.codes.get(lightening.entries[place])
    return code


@contextmanager
def no_warnings() -> Iterator[None]:
    """What compiling a text warns of is not shown meanwhile: it was shown the first time.

    `warnings.catch_warnings` would have the program's own warnings be shown again that were shown before.
    """
    show = getattr(warnings, "_showwarnmsg", None)
    warnings._showwarnmsg = lambda message: None  # type: ignore[attr-defined] # a name of the standard library that typeshed leaves out
    try:
        yield
    finally:
        warnings._showwarnmsg = show  # type: ignore[attr-defined] # the same


def on_line_of(place: ast.AST, node: Any) -> Any:
    """The node, and what is in it, at the position of another one; what has a position keeps it."""
    line = getattr(place, "lineno", 1)
    column = getattr(place, "col_offset", 0)
    for each in ast.walk(node):
        if "lineno" in each._attributes and not hasattr(each, "lineno"):
            each.lineno = each.end_lineno = line  # type: ignore[attr-defined] # its _attributes name it
            each.col_offset = each.end_col_offset = column  # type: ignore[attr-defined] # the same
    return node


def head_length(body: Sequence[ast.stmt]) -> int:
    """How many statements have to stay first: the docstring and `from __future__`."""
    length = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        length = 1 if isinstance(body[0].value.value, str) else 0
    while length < len(body):
        statement = body[length]
        if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        length += 1
    return length


SUITES = ("body", "orelse", "finalbody")


def suites_of(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The suites of a compound statement, those of its handlers and cases included."""
    if not isinstance(statement, ast.stmt | ast.ExceptHandler | ast.match_case):
        return  # `a if b else c` has a body as well
    for name in SUITES:
        suite = getattr(statement, name, None)
        if isinstance(suite, list) and suite:
            yield suite
    for holder in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield holder.body


class Detailing:
    """Puts probes into a tree."""

    def __init__(self, filename: str, watcher: Watcher, probes: Probes, calls: bool, variables: bool) -> None:
        self.filename = filename
        self.watcher = watcher
        self.probes = probes
        self.has_calls = calls
        self.has_variables = variables
        self.functions: dict[Place, tuple[FunctionProbes, str]] = {}
        """Place of each function → its probes, and the marker by which its code is found."""

    def top(
        self, tree: ast.Module | ast.Interactive, cells: Sequence[tuple[int, Probe]], blocks: bool
    ) -> None:
        """The top of a program text."""
        head = head_length(tree.body)
        starts = [
            (tree.body[cell_begins(tree.body, line, head)], probe)
            for line, probe in cells
            if cell_begins(tree.body, line, head) < len(tree.body)
        ]
        self.suite(tree.body, (), is_top=blocks)
        for first, probe in starts:
            place = next(index for index, each in enumerate(tree.body) if each is first)
            tree.body.insert(place, on_line_of(first, ast.Expr(self.probes.mark(probe, first))))

    def suite(self, body: list[ast.stmt], scope: tuple[str, ...], is_top: bool = False) -> None:
        """The statements of one suite, in place."""
        changed: list[ast.stmt] = []
        for statement in body:
            self.statement(statement, scope, is_top)
            changed.append(statement)
            if self.has_variables and (probe := self.assignment(statement, scope)):
                changed.append(probe)
        body[:] = changed

    def statement(self, statement: ast.stmt, scope: tuple[str, ...], is_top: bool) -> None:
        """Put the probes of one statement in, and those of the suites in it."""
        if isinstance(statement, FunctionNode):
            self.function(statement, scope, is_method=False)
        elif isinstance(statement, ast.ClassDef):
            self.class_body(statement, scope)
        else:
            for suite in suites_of(statement):
                line = suite[0].lineno
                self.suite(suite, scope, is_top)
                if self.has_variables and suite is getattr(statement, "body", None):
                    self.targets(statement, suite, scope)
                if is_top:
                    tick = self.probes.tick(self.watcher.watch_block(line), suite[0])
                    suite.insert(0, on_line_of(suite[0], ast.Expr(tick)))

    def class_body(self, node: ast.ClassDef, scope: tuple[str, ...]) -> None:
        """Its methods; what else stands in a class body is left alone."""
        inner = (*scope, node.name)
        for statement in node.body:
            if isinstance(statement, FunctionNode):
                self.function(statement, inner, is_method=True)
            elif isinstance(statement, ast.ClassDef):
                self.class_body(statement, inner)

    # Functions

    def function(self, node: FunctionNode, scope: tuple[str, ...], is_method: bool) -> None:
        """Have a function tell of its calls."""
        if not self.has_calls or is_special(node.name):
            return
        inner = (*scope, node.name)
        is_suspended = isinstance(node, ast.AsyncFunctionDef) or yields(node)
        parameters = parameters_of(node.args)
        site = FunctionSite(".".join(inner), self.filename, node.lineno, parameters, is_method, is_suspended)
        probes = self.watcher.watch_function(site)
        self.suite(node.body, inner)
        self.functions[place_of(node)] = probes, self.wrap(node, probes, site)
        node.decorator_list.append(on_line_of(node, self.probes.constant(probes.made)))

    def wrap(self, node: FunctionNode, probes: FunctionProbes, site: FunctionSite) -> str:
        """Tell of the entry, the result and the failure; gives the marker of the entry."""
        head = head_length(node.body)
        first = node.body[head] if head < len(node.body) else node.body[-1]
        marker = f"{MARKER}{len(self.probes.by_marker)}"
        if site.is_suspended:
            entry = self.probes.mark(probes.enter, first, ast.Constant(None))
            node.body.insert(head, on_line_of(first, ast.Expr(entry)))
            return marker
        values = ast.Tuple([ast.Name(name, ast.Load()) for name in site.parameters], ast.Load())
        entry = self.probes.mark(probes.enter, first, values)
        rest = node.body[head:]
        Returns(self.probes, probes).visit_all(rest)
        last = rest[-1] if rest else first
        end = self.probes.mark(probes.leave, last, ast.Constant(None))
        failing = [ast.Expr(self.probes.mark(probes.fail, last)), ast.Raise()]
        handler = on_line_of(last, ast.ExceptHandler(None, None, failing))
        guarded = ast.Try([*rest, ast.Expr(end)], [handler], [], [])
        node.body[head:] = [ast.Expr(entry), guarded]
        for statement in node.body[head:]:
            on_line_of(first, statement)
        return marker

    # Variables

    def assignment(self, statement: ast.stmt, scope: tuple[str, ...]) -> ast.stmt | None:
        """The probe that follows an assignment."""
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
            targets = [statement.target]
        else:
            return None
        if statement.value is None:
            return None
        pairs = [pair for target in targets for pair in matched(target, statement.value)]
        if isinstance(statement, ast.AugAssign):
            pairs = [(target, [*names, *target_names([target])]) for target, names in pairs]
        return self.told(statement, pairs, scope)

    def targets(self, statement: ast.stmt, suite: list[ast.stmt], scope: tuple[str, ...]) -> None:
        """The probe at the beginning of a loop's or a `with` statement's body."""
        if isinstance(statement, ast.For | ast.AsyncFor):
            pairs = [(statement.target, loaded_names(statement.iter))]
        elif isinstance(statement, ast.With | ast.AsyncWith):
            pairs = [
                (item.optional_vars, loaded_names(item.context_expr))
                for item in statement.items
                if item.optional_vars is not None
            ]
        else:
            return
        probe = self.told(statement, pairs, scope)
        if probe is not None:
            suite.insert(0, probe)

    def told(
        self, place: ast.stmt, pairs: Sequence[tuple[ast.expr, list[str]]], scope: tuple[str, ...]
    ) -> ast.stmt | None:
        """The probe that shows the values of targets; None where they are no names."""
        sources: dict[str, dict[str, None]] = {}
        for target, names in pairs:
            for name in target_names([target]):
                sources[name] = dict.fromkeys(names)
        if not sources:
            return None
        is_change = all(isinstance(target, ast.Subscript | ast.Attribute) for target, _ in pairs)
        site = AssignmentSite(
            self.filename,
            place.lineno,
            ".".join(scope),
            tuple(sources),
            tuple(map(tuple, sources.values())),
            is_change,
        )
        values = ast.Tuple([ast.Name(name, ast.Load()) for name in sources], ast.Load())
        probe = self.probes.mark(self.watcher.watch_assignment(site), place, values)
        statement: ast.stmt = on_line_of(place, ast.Expr(probe))
        return statement


class Returns(ast.NodeTransformer):
    """Lets `leave` see what a function returns; functions within it have their own."""

    def __init__(self, probes: Probes, function: FunctionProbes) -> None:
        self.probes = probes
        self.function = function

    def visit_all(self, body: Sequence[ast.stmt]) -> None:
        """Go through a function's body."""
        for statement in body:
            self.visit(statement)

    def visit_Return(self, node: ast.Return) -> ast.Return:
        """Show what is returned to `leave`."""
        value = node.value or ast.Constant(None)
        node.value = self.probes.mark(self.function.leave, node, value)
        return node

    def visit_FunctionDef(self, node: ast.AST) -> ast.AST:
        """Leave what is defined within alone."""
        return node

    visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_FunctionDef  # noqa: N815 - the names are those of ast.NodeTransformer


class Lightening(ast.NodeVisitor):
    """Puts the counters of calls, and nothing else, into a tree that `Detailing` went through before."""

    def __init__(self, probes: Probes, functions: Mapping[Place, FunctionProbes]) -> None:
        self.probes = probes
        self.functions = functions
        self.entries: dict[Place, str] = {}

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        """Count the calls of a function, and of those within it."""
        function = self.functions.get(place_of(node))
        if function is None:
            return
        head = head_length(node.body)
        first = node.body[head] if head < len(node.body) else node.body[-1]
        self.entries[place_of(node)] = f"{MARKER}{len(self.probes.by_marker)}"
        tick = self.probes.tick(function.ticks, first)
        for statement in node.body:
            self.visit(statement)
        node.body.insert(head, on_line_of(first, ast.Expr(tick)))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the names are those of ast.NodeVisitor

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Count the calls of methods."""
        for statement in node.body:
            if isinstance(statement, FunctionNode | ast.ClassDef):
                self.visit(statement)


# What is written


def place_of(node: FunctionNode) -> Place:
    """Where a function stands, which no other function shares."""
    return node.lineno, node.col_offset


def cell_begins(body: Sequence[ast.stmt], line: int, head: int) -> int:
    """The place of the first statement from this line on, behind what has to stay first."""
    places = (index for index in range(head, len(body)) if first_line_of(body[index]) >= line)
    return next(places, len(body))


def first_line_of(statement: ast.stmt) -> int:
    """The line where a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def is_special(name: str) -> bool:
    """A method that the language calls by itself."""
    return name.startswith("__") and name.endswith("__") and name not in UNTOUCHED


def parameters_of(signature: ast.arguments) -> tuple[str, ...]:
    """The names of a function's parameters, in the order of its signature."""
    named = [
        *signature.posonlyargs,
        *signature.args,
        signature.vararg,
        *signature.kwonlyargs,
        signature.kwarg,
    ]
    return tuple(each.arg for each in named if each is not None)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a node, but not within the functions and classes in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, FunctionNode | ast.Lambda | ast.ClassDef):
            yield from own_nodes(child)


def yields(node: FunctionNode) -> bool:
    """Is it a generator?"""
    return any(
        isinstance(each, ast.Yield | ast.YieldFrom)
        for child in node.body
        for each in (child, *own_nodes(child))
        if not isinstance(child, FunctionNode | ast.ClassDef)
    )


def loaded_names(node: ast.AST) -> list[str]:
    """The names that an expression reads, each once, without those that it binds itself."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    bound = {each.id for each in names if isinstance(each.ctx, ast.Store)}
    bound |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    return list(dict.fromkeys(each.id for each in names if each.id not in bound))


def matched(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, list[str]]]:
    """Each target with the names that stand in what it is given: `a, b = c, d` gives a only what c is."""
    sequences = ast.Tuple | ast.List
    if isinstance(target, sequences) and isinstance(value, sequences):
        items = [*target.elts, *value.elts]
        if len(target.elts) == len(value.elts) and not any(isinstance(each, ast.Starred) for each in items):
            return [
                pair
                for inner, item in zip(target.elts, value.elts, strict=True)
                for pair in matched(inner, item)
            ]
    before = [] if isinstance(target, ast.Name) else loaded_names(target)
    return [(target, [*loaded_names(value), *before])]


def target_names(targets: Sequence[ast.expr]) -> list[str]:
    """The names that targets give a value, or whose object they change."""
    found: dict[str, None] = {}
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            found.update(dict.fromkeys(target_names(target.elts)))
            continue
        while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
            target = target.value
        if isinstance(target, ast.Name):
            found[target.id] = None
    return list(found)


def names_of(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement reads and writes itself, without those of the suites in it.

    Comprehensions and lambdas count as read where they stand; what they bind is theirs. Of functions and
    classes, decorators, defaults, bases and the class body count: a function reads when it is called.
    """
    reads: set[str] = set()
    writes: set[str] = set()
    _note_names(statement, reads, writes)
    return reads, writes


def _note_names(node: ast.AST, reads: set[str], writes: set[str]) -> None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            _note_definition(node, reads, writes)
            return
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() | ast.Lambda():
            reads.update(loaded_names(node))
            writes.update(each.target.id for each in ast.walk(node) if isinstance(each, ast.NamedExpr))
            return
        case ast.Name(id=name, ctx=ast.Load()):
            reads.add(name)
        case ast.Name(id=name):
            writes.add(name)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            writes.update(each.asname or each.name.partition(".")[0] for each in aliases if each.name != "*")
        case ast.AugAssign(target=ast.Name(id=name)):
            reads.add(name)
        case (
            ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
            | ast.MatchMapping(rest=str(name))
        ):
            writes.add(name)
    nested = {id(each) for suite in suites_of(node) for each in suite}
    for child in ast.iter_child_nodes(node):
        if id(child) in nested:
            continue
        _note_names(child, reads, writes)


def _note_definition(node: FunctionNode | ast.ClassDef, reads: set[str], writes: set[str]) -> None:
    writes.add(node.name)
    for each in (*node.decorator_list, *_evaluated_at_definition(node)):
        _note_names(each, reads, writes)
    if isinstance(node, ast.ClassDef):
        bound: set[str] = set()
        for statement in node.body:
            inner, given = names_of(statement)
            reads |= inner - bound
            bound |= given


def _evaluated_at_definition(node: FunctionNode | ast.ClassDef) -> Iterator[ast.AST]:
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
        return
    yield from node.args.defaults
    yield from (default for default in node.args.kw_defaults if default is not None)


def reads_bytecode(source: str) -> bool:
    """Does the program speak of tools that read the code of functions?"""
    return any(word in source for word in BYTECODE_READERS)
