"""Extraction of whole documents: the same every time, whatever is in them, and without secrets."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse, serialize

from provkg.extract.run import ExtractOptions, extract_facts, paused_collection
from provkg.extract.walk import Walk
from provkg.facts.codec import decode_fact_sets, encode_fact_sets
from provkg.facts.definition import Binding, Call, Command, Plan, Step, Use
from provkg.facts.deployment import EnvironmentVariable, Package
from provkg.facts.execution import DataFile, Failure, Output, StepRun
from provkg.facts.factset import FactSet
from provkg.graph.builder import build_quads
from provkg.identity import digest_text
from provkg.sources.document import Cell, Document
from provkg.sources.notebook import parse_notebook

Extract = Callable[..., list[FactSet]]
FactsOf = Callable[..., list[Any]]

BASE = "https://example.org/"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

PROGRAM = (
    "import os\nimport pandas as pd, numpy as np\nfrom sklearn.svm import SVC\nfiles = {'a': 'a.csv', 'b': 'b.csv'}",
    "def load(n):\n    global count\n    count = len(n)\n    return pd.read_csv(files[n])\nframes = {n: load(n) for n in files}",
    "%cd data\n!wget {url}\nos.environ['A'] = 'b'",
    "for m in [SVC(), SVC(C=2)]:\n    m.fit(frames['a'], frames['b'])\n    if count:\n        a = b = m\n    else:\n        a, b = 1, 2",
    "print(a, b, count, {c for c in 'abc'})\nX = {*'xyz'}\nopen('o', 'w').write(str(a))",
)


def document(*cells: Cell, language: str = "python", kind: Any = "notebook", **more: Any) -> Document:
    source = "".join(cell.source for cell in cells)
    return Document("nb.ipynb", kind, "nbformat 4.5", language, cells, digest_text(source), 1, **more)


def everything_said(fact_sets: list[FactSet]) -> str:
    """All that leaves the machine: the facts as JSON and the graphs as N-Quads."""
    quads = [quad for fact_set in fact_sets for quad in build_quads(fact_set, BASE)]
    return "\n".join(encode_fact_sets(fact_sets)) + serialize(quads, format=RdfFormat.N_QUADS).decode()


def check_whole(fact_sets: list[FactSet]) -> None:
    """The facts survive JSON, and the graph survives N-Quads."""
    assert list(decode_fact_sets(list(encode_fact_sets(fact_sets)))) == fact_sets
    for fact_set in fact_sets:
        quads = build_quads(fact_set, BASE)
        text = serialize(quads, format=RdfFormat.N_QUADS)
        assert set(parse(text, format=RdfFormat.N_QUADS)) == set(quads)


# the same every time


def test_two_runs_give_equal_sets(extract: Extract) -> None:
    assert extract(*PROGRAM, counts=(1, 2, 5, 4, 3)) == extract(*PROGRAM, counts=(1, 2, 5, 4, 3))


SCRIPT = """
import sys
from pyoxigraph import RdfFormat, serialize
from provkg.extract.run import extract_facts
from provkg.facts.codec import encode_fact_sets
from provkg.graph.builder import build_quads
from provkg.sources.document import Cell, Document
cells = tuple(Cell(i, "code", s, execution_count=c) for i, (s, c) in enumerate(zip(PROGRAM, (1, 2, 5, 4, 3))))
sets = extract_facts(Document("nb.ipynb", "notebook", "nbformat 4.5", "python", cells, "sha256:0", 1))
print("\\n".join(encode_fact_sets(sets)))
for each in sets:
    sys.stdout.write(serialize(build_quads(each, "https://example.org/"), format=RdfFormat.N_QUADS).decode())
"""


def test_the_bytes_do_not_depend_on_the_hash_seed() -> None:
    root = str(Path(__file__).parents[2])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", f"PROGRAM = {PROGRAM!r}\n{SCRIPT}"],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "17")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000


def test_a_walk_that_is_done_does_not_wait_for_the_garbage_collector() -> None:
    source = "x = [1]\ndef f(a):\n    a.append(x)\n    return a\ny = f(x)\nfor z in y:\n    x.append(z)"
    document = Document(
        "a.py", "script", "python", "python", (Cell(0, "code", source),), digest_text(source), len(source)
    )
    gc.collect()
    with paused_collection():
        extract_facts(document)
        assert not [each for each in gc.get_objects() if type(each) is Walk]


def test_the_order_of_sets_is_inferred_then_recorded(extract: Extract) -> None:
    assert [each.id for each in extract("x = 1", counts=(1,))] == ["nb.ipynb#inferred", "nb.ipynb#recorded"]
    assert [each.id for each in extract("x = 1")] == ["nb.ipynb#inferred"]


# languages


@pytest.mark.parametrize("language", ["r", "julia", "scala", "javascript"])
def test_another_language_gives_steps_and_outputs_but_no_python_facts(language: str) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "3"}
    sets = extract_facts(
        document(Cell(0, "code", "x = 1", execution_count=1, outputs=(output,)), language=language)
    )
    facts = [fact for fact_set in sets for fact in fact_set.facts]
    assert {type(fact) for fact in facts} >= {Plan, Step, StepRun, Output}
    assert not any(isinstance(fact, (Binding, Call, Use)) for fact in facts)
    assert [fact.unparsed for fact in facts if isinstance(fact, Step)] == [None]
    check_whole(sets)


def test_python_2_is_followed(facts_of: FactsOf) -> None:
    assert [step.unparsed for step in facts_of(Step, "x = 1\nprint x")] == [None]
    assert [use.name for use in facts_of(Use, "x = 1", "print x")] == ["x"]


def test_a_cell_of_another_language_says_so(facts_of: FactsOf) -> None:
    assert [step.language for step in facts_of(Step, "%%bash\nls", "x = 1")] == ["bash", None]


def test_a_cell_that_does_not_parse_says_why_and_the_others_are_analysed(extract: Extract) -> None:
    (inferred,) = extract("x = 1", "y = = 2", "z = x")
    steps = [fact for fact in inferred.facts if isinstance(fact, Step)]
    assert [bool(step.unparsed) for step in steps] == [False, True, False]
    assert [(problem.where, problem.severity) for problem in inferred.problems] == [(steps[1].id, "warning")]
    assert str(steps[1].unparsed) in inferred.problems[0].message
    assert "invalid syntax" in inferred.problems[0].message


def test_problems_of_reading_are_kept(extract: Extract) -> None:
    found = parse_notebook(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "nb.ipynb")
    assert [problem.where for problem in extract_facts(found)[0].problems][: len(found.problems)] == [
        "nb.ipynb"
    ] * len(found.problems)
    assert found.problems


def test_the_title_is_the_first_heading_or_the_docstring() -> None:
    notebook = document(Cell(0, "markdown", "text\n## Iris *data* ##\n"), Cell(1, "code", "x"))
    script = document(Cell(0, "code", '#!python\n"""Train.\n\nMore."""\n'), kind="script")
    assert [extract_facts(each)[0].facts[0].title for each in (notebook, script)] == ["Iris *data*", "Train."]


# what a user decides


def test_without_source_no_cell_has_its_text(extract: Extract) -> None:
    code = "# a remark in the code\nvalue = 1\n'''a text in the code'''"
    (found,) = extract(code, options=ExtractOptions(keep_source=False))
    assert [fact.text for fact in found.facts if isinstance(fact, Step)] == [None]
    assert "in the code" not in everything_said([found])
    assert "in the code" in everything_said(extract(code))


def test_without_source_markdown_has_no_text_either() -> None:
    cells = document(Cell(0, "markdown", "a remark in the text"), Cell(1, "raw", "and one in the text"))
    assert "in the text" not in everything_said(extract_facts(cells, ExtractOptions(keep_source=False)))


def test_without_source_digests_and_data_flow_stay(extract: Extract) -> None:
    kept, bare = (
        extract(*PROGRAM, options=ExtractOptions(keep_source=keep))[0].facts for keep in (True, False)
    )
    assert [fact for fact in kept if isinstance(fact, Use)] == [
        fact for fact in bare if isinstance(fact, Use)
    ]
    assert [fact.digest for fact in kept if isinstance(fact, Step)] == [
        fact.digest for fact in bare if isinstance(fact, Step)
    ]


def test_without_source_no_fact_quotes_the_source(extract: Extract) -> None:
    code = "@deco(own_a + 1)\ndef f(): pass\nf(own_b + 2)\nif own_c > 3:\n    (own_d + 4)()\n!echo {own_e}"
    said = everything_said(extract(code, options=ExtractOptions(keep_source=False)))
    for quoted in ("own_a + 1", "own_b + 2", "own_c > 3", "own_d + 4", "echo {own_e}"):
        assert quoted not in said


def test_without_outputs_there_are_none() -> None:
    error = {"output_type": "error", "ename": "E", "evalue": "the message", "traceback": ["the trace"]}
    cells = document(Cell(0, "code", "x", execution_count=1, outputs=(error,)))
    kept = everything_said(extract_facts(cells))
    bare = extract_facts(cells, ExtractOptions(keep_outputs=False))
    assert "the message" in kept
    assert "the message" not in everything_said(bare)
    assert not any(isinstance(fact, Output) for each in bare for fact in each.facts)


def test_a_failure_is_recorded() -> None:
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": []}
    sets = extract_facts(document(Cell(0, "code", "x", execution_count=1, outputs=(error,))))
    assert [fact.exception for fact in sets[1].facts if isinstance(fact, Failure)] == ["KeyError"]


# secrets


@pytest.mark.parametrize(
    "code",
    [
        f"api_key = '{TOKEN}'",
        f"# {TOKEN}\nx = 1",
        f"f('{TOKEN}', k='{TOKEN}', d={{'a': '{TOKEN}'}}, l=['{TOKEN}'])",
        f"@deco('{TOKEN}')\ndef f(a='{TOKEN}'): pass\nf()",
        f"if x == '{TOKEN}':\n    pass\nfor i in ['{TOKEN}']:\n    f(i)",
        f"class A:\n    a = '{TOKEN}'\nf(A.a)",
        f"x = = '{TOKEN}'",
        f"!curl -H 'Authorization: Bearer {TOKEN}' https://example.org",
        f"%%bash\nexport TOKEN={TOKEN}",
        f"%env TOKEN={TOKEN}",
        f"import os\nos.environ['X'] = '{TOKEN}'",
        f"open('https://me:{TOKEN}@example.org/a')",
        f"a, b = '{TOKEN}', 1\ng(a.upper(), a + b, f'{{a}}')",
        f"'''\n{TOKEN}\n'''",
        f"f('ü', '{TOKEN}')",
        f"f('''\n{TOKEN}''')",
        f"open('{TOKEN}')",
        f"%%writefile {TOKEN}\nx",
    ],
)
def test_a_token_is_in_no_fact_and_no_triple(extract: Extract, code: str) -> None:
    assert TOKEN not in everything_said(extract(code, counts=(1,)))


@pytest.mark.parametrize(
    "code",
    [
        "password = 'correcthorse9'",
        "f(password='correcthorse9')",
        "d = {'password': 'correcthorse9'}\nf(d)",
        "d = {'password': 'correcthorse9'}\nf(**d)",
        "import pandas as pd\npd.read_csv('https://me:correcthorse9@example.org/a')",
        "password = 'correcthorse9'\nf(password)",
        "password = 'correcthorse9'\nf(['u', password])",
        "import os\nos.environ['API_TOKEN'] = 'correcthorse9'",
        "password = 'correct'\npassword += 'horse9'\nf(password)",
    ],
)
def test_a_password_is_known_by_its_name(extract: Extract, code: str) -> None:
    assert "correcthorse9" not in everything_said(extract(code))


def test_a_credential_put_together_is_found(extract: Extract, facts_of: FactsOf) -> None:
    code = f"k = 'ghp_' + '{TOKEN[4:]}'\nf(k)\nimport os\nos.environ['A'] = k"
    assert TOKEN not in everything_said(extract(code))
    assert [each.value for each in facts_of(EnvironmentVariable, code)] == ["<redacted>"]


def test_a_title_has_no_credential() -> None:
    notebook = document(Cell(0, "markdown", f"# Use {TOKEN}"))
    script = document(Cell(0, "code", f'"""Use {TOKEN}"""'), kind="script")
    for each in (notebook, script):
        assert TOKEN not in everything_said(extract_facts(each))


def test_patterns_of_the_user_are_redacted_everywhere(extract: Extract) -> None:
    code = (
        "# patient-0042\nf('patient-0042')\nimport pandas as pd\npd.read_csv('x.csv', comment='patient-0042')"
    )
    said = everything_said(extract(code, options=ExtractOptions(redact=(r"patient-\d+",))))
    assert "patient-0042" not in said


def test_patterns_of_the_user_are_redacted_in_paths(extract: Extract) -> None:
    code = "import pandas as pd\npd.read_csv('data/patient-0042.csv')"
    assert "patient-0042" not in everything_said(
        extract(code, options=ExtractOptions(redact=(r"patient-\d+",)))
    )


def test_the_digest_is_of_the_text_as_it_was(facts_of: FactsOf) -> None:
    code = f"api_key = '{TOKEN}'"
    assert facts_of(Step, code)[0].digest == digest_text(code)
    assert facts_of(Step, code)[0].text == "api_key = '<redacted>'"


def test_redaction_keeps_spans(facts_of: FactsOf) -> None:
    code = f"k = '{TOKEN}'; f(k); größe(1)"
    assert [call.span.start_column for call in facts_of(Call, code)] == [
        code.index("f(k)"), len(code[: code.index("größe")].encode()),
    ]  # fmt: skip


# packages, commands and environment


def test_commands_become_facts(extract: Extract) -> None:
    facts = extract("!pip install pandas==2.1 -q", "%env A=b", "%timeit f(x)")[0].facts
    assert [fact.name for fact in facts if isinstance(fact, Command)] == ["pip", "env", "timeit"]
    assert [(fact.name, fact.version) for fact in facts if isinstance(fact, Package)] == [("pandas", "2.1")]
    assert [(fact.name, fact.value) for fact in facts if isinstance(fact, EnvironmentVariable)] == [
        ("A", "b")
    ]


def test_the_environment_that_code_sets_is_known(facts_of: FactsOf) -> None:
    code = "import os\nos.environ['A'] = 'x' + 'y'\nos.environ['B'] = unknown\ndef f():\n    os.environ['C'] = 'z'"
    found = [(each.name, each.value) for each in facts_of(EnvironmentVariable, code)]
    assert found == [("A", "xy"), ("B", None)]


def test_values_of_the_program_lead_commands_to_their_files(facts_of: FactsOf) -> None:
    files = facts_of(DataFile, "url = 'https://example.org/' + 'a.csv'", "!wget {url}")
    assert "https://example.org/a.csv" in [file.locator for file in files]


# whatever is in it


HOSTILE = [
    "", " ", "\0", "x = 1\0", "x = '\ud800'", "\ud800 = 1", "\ufeffx = 1", "x = 1\r\ny = 2\rz = 3", "x = 1 # \u2028 y",
    "x = " + "[" * 150 + "]" * 150, "x = " + "-" * 3000 + "1", "(" * 5000, "x = " + "1 + " * 5000 + "1",
    "x = " + "'a' 'b' " * 5000, "a" * 10_000 + " = 1", "def " + "f" * 10_000 + "(" + "p" * 10_000 + "): pass",
    "import " + "a" * 10_000, "from " + "." * 500 + " import x", "import " + ".".join("a" * 900),
    "a" + ".b" * 2000, "f" + "()" * 900, "f" + "[0]" * 2000, "lambda: " * 300 + "1", "x = " + "not " * 3000 + "y",
    "if x:\n" + "".join(" " * i + "if x:\n" for i in range(1, 90)) + " " * 91 + "y = 1",
    "[" + "[x for x in " * 40 + "y" + "]" * 40 + "]",
    "def f(): return f()\nf()", "class A(A): pass\nA()", "class A:\n    def __init__(self): A()\nA()",
    "class A: pass\nclass B(A): pass\nA = B\nclass B(A): pass\nB().x", "f = lambda: f()\nf()",
    "def f(*a, **k): return f(*a, **k)\nf(1, 2, x=3)", "def f(a, a): pass", "return 5", "yield 3", "await x",
    "nonlocal x", "global x; x = 1", "*a, b = 1", "del x, y[0], (z, w.v)", "x: int", "type X = int",
    "'a' * 10 ** 12", "10 ** 10 ** 10", "x = 'a' * 9999\n" + "x += x\n" * 60, "'{:>1000000000}'.format(1)",
    "'%1000000000d' % 1", "'a'.zfill(10 ** 10)", "f'{1:>99999999}'", "'a' % {}", "1 << 10 ** 10", "[0] * 10 ** 10",
    "range(2 ** 40)", "1 / 0", "(-1) ** .5", "'{0.__class__}'.format(1)", "'{'.format(1)", "int('9' * 5000)",
    "x = 1e999\nf(x, -x, 1j, ..., b'x', {1e999: 2}, 10 ** 60)", "f('\\x00\\x01\\ud800')",
    "d = {}\nd[d] = d\nd['a'] = d\nf(d)\nopen(d)", "l = []\nl.append(l)\nl[0][0].x = 1\nprint(l)\nf(l)",
    "globals()['a b'] = 1\nglobals()[x] = 3\nglobals()['y'] = 4", "open('a\\0b')", "open('\\ud800')", "open(5)", "open()",
    "open('http://[::1')", "open('http://a b:99x/?q#f')", "open('<>\"{}|^`\\\\')", f"open('{'a' * 10_000}')",
    "import pandas as pd\npd.read_csv('../' * 500 + 'etc/passwd')", "match x:\n    case {**r} | [*r]: pass",
    "try:\n    pass\nexcept* E as e:\n    pass", "print 'a'", "exec 'a' in b", "\t x = 1", "   x = 1\n   y = 2",
    "!", "!!", "%", "%%", "?", "x??", "%%time", "%%time\n%%time\nx", "%%writefile", "!{", "%cd", "%cd {", "%env =",
    "%cd " + "../" * 2000, "!pip install " + "a" * 10_000, "%%html\n<b>", "get_ipython().magic('ls')",
]  # fmt: skip


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_in_a_cell_stops_the_extraction(extract: Extract, code: str) -> None:
    found = extract(code, "after = 1", "after", counts=(3, 1, 2))
    assert [use.name for use in found[0].facts if isinstance(use, Use) and use.name == "after"]
    check_whole(found)


def test_a_range_of_any_length_is_not_counted(extract: Extract) -> None:
    check_whole(extract("range(10 ** 30)"))


def test_hostile_names_of_documents_give_a_valid_graph() -> None:
    for path in (
        "a b.ipynb",
        'a"<>.ipynb',
        "../up.ipynb",
        "ü/→.ipynb",
        "\ud800.ipynb",
        "#.ipynb",
        "x" * 10_000,
    ):
        sets = extract_facts(
            Document(path, "notebook", "nbformat 4.5", "python", (Cell(0, "code", "x = 1"),), "sha256:0", 1)
        )
        check_whole(sets)


def test_hostile_cell_ids_give_a_valid_graph() -> None:
    for key in ("a b", 'a"<>', "..", "#", "%", "ü", "x" * 5000, "L1"):
        check_whole(extract_facts(document(Cell(0, "code", "L1 = L1", id=key), Cell(1, "code", "L1"))))


def test_a_notebook_with_duplicate_ids_is_read_around() -> None:
    cell = b'{"cell_type": "code", "id": "a", "source": "x = 1", "metadata": {}, "outputs": []}'
    found = extract_facts(parse_notebook(b'{"nbformat": 4, "cells": [%s, %s]}' % (cell, cell), "nb.ipynb"))
    assert len({fact.id for fact in found[0].facts if isinstance(fact, Step)}) == 2
    check_whole(found)


def test_a_document_without_cells_is_one() -> None:
    found = extract_facts(document())
    assert [type(fact) for fact in found[0].facts] == [Plan]
    check_whole(found)


def test_five_thousand_cells_are_all_there(extract: Extract) -> None:
    found = extract("x = 0", *[f"x = f(x, {number})" for number in range(4999)])[0].facts
    assert sum(isinstance(fact, Use) for fact in found) == 4999


def test_aliases_of_aliases_do_not_multiply(extract: Extract) -> None:
    def held(cells: int) -> int:
        sources = [f"x{number} = x{number - 1}" for number in range(1, cells)]
        return sum(
            len(fact.holds) for fact in extract("x0 = f()", *sources)[0].facts if isinstance(fact, Binding)
        )

    assert held(200) < 4 * held(100) * 0.75
