"""Every rule of shapes/ has a graph that passes, and one that fails for that reason only."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest

from provkg.graph.terms import SHAPES
from provkg.validate.findings import Finding, Rule
from provkg.validate.profiles import choose_profiles, load_profiles, load_rules, load_shapes
from provkg.validate.shacl import ENGINES, check_graph

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "shapes"
CODES = sorted(load_rules())


def read_graph(code: str, name: str) -> ox.Store:
    graph = ox.Store()
    graph.load(path=str(HERE / code / name), format=ox.RdfFormat.TURTLE, base_iri="http://example.org/")
    return graph


def read_shape(code: str) -> ox.Store:
    """The shapes of one rule, with all that they refer to."""
    everything = load_shapes(tuple(load_profiles()))
    alone = ox.Store()
    waiting, seen = [ox.NamedNode(SHAPES.IRI + code)], set()
    while waiting:
        node = waiting.pop()
        if node not in seen and not isinstance(node, ox.Literal):
            seen.add(node)
            quads = list(everything.quads_for_pattern(node, None, None))
            alone.extend(quads)
            waiting += [quad.object for quad in quads]
    return alone


def findings(code: str, name: str) -> list[Finding]:
    """What the profile of a rule, with those that it extends, finds in one of the rule's graphs."""
    return check_graph(read_graph(code, name), [load_rules()[code].profile])


@pytest.mark.parametrize("code", CODES)
def test_a_graph_that_holds_to_the_rule_passes(code: str) -> None:
    assert [finding for finding in findings(code, "pass.ttl") if finding.code == code] == []


@pytest.mark.parametrize("code", CODES)
def test_a_graph_that_breaks_the_rule_fails_for_that_reason_only(code: str) -> None:
    found = findings(code, "fail.ttl")
    assert {finding.code for finding in found} == {code}
    expected = (HERE / code / "message.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(finding.message for finding in found) == expected
    assert {finding.severity for finding in found} == {load_rules()[code].severity}


@pytest.mark.parametrize("name", ["pass.ttl", "fail.ttl"])
@pytest.mark.parametrize("code", CODES)
def test_our_engine_finds_what_pyshacl_finds(code: str, name: str) -> None:
    graph, shape = read_graph(code, name), read_shape(code)
    assert set(ENGINES["provkg"](graph, shape)) == set(ENGINES["pyshacl"](graph, shape))


@pytest.mark.parametrize("rule", load_rules().values(), ids=CODES)
def test_every_rule_says_what_it_asks_for_why_and_how_to_mend_it(rule: Rule) -> None:
    assert all((rule.name, rule.description, rule.message, rule.mend, rule.sources))
    assert rule.effort in (1, 2, 3)
    assert rule.description.endswith(".")
    assert rule.mend.endswith(".")
    kinds = [example.partition(": ")[0] for example in rule.examples]
    assert kinds == ["fails", "passes"]


def test_every_code_is_that_of_one_rule() -> None:
    codes = [rule.code for profile in load_profiles().values() for rule in profile.rules]
    assert sorted(codes) == CODES


def test_every_folder_of_graphs_belongs_to_a_rule() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(CODES)


def test_every_shapes_file_is_a_resource_of_its_profile() -> None:
    named = {f"{profile.token}/{name}" for profile in load_profiles().values() for name in profile.files}
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.ttl")}
    assert files - {f"{token}/profile.ttl" for token in load_profiles()} == named


def test_every_rule_is_in_the_profile_all() -> None:
    reached = {rule.code for profile in choose_profiles(["all"]) for rule in profile.rules}
    assert reached == set(CODES)


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*/*.ttl")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_every_file_is_taken_by_pyshacl_as_it_stands(path: Path) -> None:
    """The shapes are themselves checked against the shapes of SHACL (SHACL-SHACL)."""
    conforms, _, text = pyshacl.validate(
        str(HERE / "RUN213" / "pass.ttl"), shacl_graph=str(path), meta_shacl=True, allow_warnings=True
    )
    assert conforms, text
