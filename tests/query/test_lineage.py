"""What led to something, and what came of it: asked of graphs, level by level."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from provkg.graph.terms import PROV, PROVKG, RDF, SCHEMA
from provkg.query.lineage import Lineage, find_starts, trace
from provkg.query.naming import NothingNamed
from provkg.store.memory import MemoryStore

StoreOf = Callable[..., MemoryStore]
BASE = "https://example.org/"

PROGRAM = (
    "import pandas as pd, joblib\nimport matplotlib.pyplot as plt\nfrom sklearn.svm import SVC\n"
    "from sklearn.metrics import accuracy_score",
    "birds = pd.read_csv('birds.csv')\nbirds = birds.dropna()",
    "X, y = birds[['wing']], birds['species']",
    "clf = SVC(C=2)\nclf.fit(X, y)",
    "score = accuracy_score(y, clf.predict(X))",
    "joblib.dump(clf, 'clf.joblib')",
    "plt.plot(birds.wing)\nplt.savefig('wings.png')",
    "fig, ax = plt.subplots()\nax.plot(birds.wing)\nfig.savefig('axes.png')",
    "with open('out.txt', 'w') as file:\n    file.write(str(score))",
    "import shutil\nshutil.copy('places.csv', 'copy.csv')",
)


def names(found: Lineage) -> set[str]:
    return {node.name for node in found.nodes.values()}


def led_to(store: MemoryStore, word: str, **options: int) -> Lineage:
    return trace(store, find_starts(store, word), **options)  # type: ignore[arg-type]


def came_of(store: MemoryStore, word: str) -> Lineage:
    return trace(store, find_starts(store, word), is_backward=False)


def chain(edges: Iterable[tuple[str, str]]) -> MemoryStore:
    """A store in which definitions were computed from others: (earlier, later)."""
    store = MemoryStore()
    quads: dict[Quad, None] = {}
    for edge in edges:
        for name in edge:
            node, variable = NamedNode(f"{BASE}{name}"), NamedNode(f"{BASE}variable-{name}")
            quads |= dict.fromkeys(
                (
                    Quad(node, RDF.type, PROVKG.VariableDefinition),
                    Quad(node, PROVKG.ofVariable, variable),
                    Quad(node, PROVKG.bindingKind, Literal("assignment")),
                    Quad(variable, RDF.type, PROVKG.ProgramVariable),
                    Quad(variable, SCHEMA.name, Literal(name)),
                )
            )
        earlier, later = (NamedNode(f"{BASE}{name}") for name in edge)
        quads[Quad(later, PROV.wasDerivedFrom, earlier)] = None
    store.replace_graphs({f"{BASE}graph": quads})
    return store


@pytest.fixture
def store(store_of: StoreOf) -> MemoryStore:
    return store_of(*PROGRAM)


def test_a_model_is_led_back_to_the_file_that_its_data_come_from(store: MemoryStore) -> None:
    found = led_to(store, "clf")
    assert names(found) == {"clf", "X", "y", "birds", "birds.csv"}
    roles = {(found.nodes[edge.cause].name, edge.role) for edge in found.edges if edge.role}
    assert roles == {("X", "features"), ("y", "target")}


def test_what_is_backward_of_one_thing_is_forward_of_the_other(store: MemoryStore) -> None:
    backward = {(edge.cause, edge.effect) for edge in led_to(store, "clf.joblib").edges}
    forward = {(edge.cause, edge.effect) for edge in came_of(store, "birds.csv").edges}
    assert {cause.rpartition(".clf.")[2] for cause, _ in backward - forward} == {"L1"}  # made, not read


def test_a_file_leads_forward_to_models_measures_and_files(store: MemoryStore) -> None:
    assert {"clf", "accuracy_score", "clf.joblib", "wings.png", "axes.png", "out.txt"} <= names(
        came_of(store, "birds.csv")
    )


@pytest.mark.parametrize("file", ["wings.png", "axes.png", "out.txt"])
def test_what_is_drawn_or_written_piece_by_piece_has_a_lineage(store: MemoryStore, file: str) -> None:
    assert "birds.csv" in names(led_to(store, file))


def test_a_copy_comes_from_the_file_that_is_copied(store: MemoryStore) -> None:
    assert {node.name for node in led_to(store, "copy.csv").nodes.values() if node.kind == "file"} == {
        "copy.csv",
        "places.csv",
    }


def test_a_figure_that_pyplot_saves_comes_from_what_was_drawn_since_the_one_before(store_of: StoreOf) -> None:
    store = store_of(
        "import matplotlib.pyplot as plt\na, b = [1], [2]",
        "plt.plot(a)\nplt.savefig('a.png')\nplt.plot(b)\nplt.savefig('b.png')",
    )
    assert {"a"} == names(led_to(store, "a.png")) & {"a", "b"}
    assert {"b"} == names(led_to(store, "b.png")) & {"a", "b"}


def test_a_cell_leads_back_to_what_it_uses_and_forward_to_what_it_makes(store: MemoryStore) -> None:
    assert {"cell 4", "X", "y"} <= names(led_to(store, "nb.ipynb:4", depth=1))
    assert {"clf", "clf.joblib"} <= names(came_of(store, "4"))


def test_a_notebook_leads_back_to_what_it_reads_and_forward_to_what_it_writes(store: MemoryStore) -> None:
    assert {"birds.csv", "places.csv"} <= names(led_to(store, "nb.ipynb"))
    assert {"clf.joblib", "wings.png", "copy.csv"} <= names(came_of(store, "nb.ipynb"))


def test_of_the_definitions_of_a_variable_the_last_leads_back_to_the_others(store: MemoryStore) -> None:
    (start,) = led_to(store, "birds").starts
    assert start.endswith("birds.L2")
    (start,) = came_of(store, "birds").starts
    assert start.endswith("birds.L1")


def test_what_a_function_does_for_one_caller_is_not_told_of_another(store_of: StoreOf) -> None:
    store = store_of(
        "import pandas as pd\ndef load(path):\n    data = pd.read_csv(path)\n    return data.dropna()",
        "def keep(table, name):\n    table.to_csv(name)",
        "a = load('a.csv')\nb = load('b.csv')",
        "keep(a, 'c.csv')",
    )
    assert names(led_to(store, "a")) == {"a", "a.csv"}
    assert "b.csv" not in names(led_to(store, "c.csv"))
    assert {"a", "c.csv"} <= names(came_of(store, "a.csv"))
    assert "b" not in names(came_of(store, "a.csv"))


def test_a_program_within_a_function_has_a_lineage(store_of: StoreOf) -> None:
    store = store_of(
        "import pandas as pd",
        "def main():\n    table = pd.read_csv('a.csv')\n    small = table.dropna()\n    small.to_csv('b.csv')",
        "main()",
    )
    assert names(led_to(store, "b.csv")) >= {"small", "table", "a.csv"}
    assert names(came_of(store, "a.csv")) >= {"small", "table", "b.csv"}


def test_imports_and_functions_are_told_only_when_asked_for(store: MemoryStore) -> None:
    assert "SVC" not in names(led_to(store, "clf"))
    assert "SVC" in names(trace(store, find_starts(store, "clf"), with_code=True))


def test_a_measure_is_called_as_its_function_is_though_an_import_is_called_so_too(store: MemoryStore) -> None:
    found = led_to(store, "accuracy_score")
    assert [found.nodes[start].kind for start in found.starts] == ["measure"]
    assert "birds.csv" in names(found)


def test_a_node_says_where_it_stands_and_which_line_made_it(store: MemoryStore) -> None:
    found = led_to(store, "clf")
    node = found.nodes[found.starts[0]]
    assert node.place is not None
    assert (node.place.path, node.place.position, node.place.line) == ("nb.ipynb", 4, 2)
    assert (node.kind, node.detail, node.code) == ("model", "sklearn.svm.SVC", "clf.fit(X, y)")


def test_circles_are_cut() -> None:
    found = led_to(chain([("a", "b"), ("b", "c"), ("c", "a")]), "a")
    assert found.distances == {f"{BASE}a": 0, f"{BASE}c": 1, f"{BASE}b": 2}
    assert len(found.edges) == 3


def test_the_two_ways_of_a_diamond_meet_in_one_node() -> None:
    found = led_to(chain([("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]), "d")
    assert found.distances == {f"{BASE}d": 0, f"{BASE}b": 1, f"{BASE}c": 1, f"{BASE}a": 2}
    assert len(found.edges) == 4


def test_a_chain_of_two_thousand_is_followed_to_its_end() -> None:
    found = led_to(chain((f"v{number}", f"v{number + 1}") for number in range(2000)), "v2000")
    assert found.distances[f"{BASE}v0"] == 2000


def test_depth_counts_edges_and_says_whether_there_is_more() -> None:
    store = chain([("a", "b"), ("b", "c")])
    assert names(led_to(store, "c", depth=1)) == {"b", "c"}
    assert led_to(store, "c", depth=1).is_cut
    assert not led_to(store, "c", depth=2).is_cut


def test_an_iri_that_nothing_is_said_of_is_not_found(store: MemoryStore) -> None:
    with pytest.raises(NothingNamed, match="nothing is said"):
        find_starts(store, "https://example.org/nowhere")


def test_a_thing_can_be_called_by_its_iri(store: MemoryStore) -> None:
    start = find_starts(store, "clf")[0]
    assert find_starts(store, f"<{start}>") == [start]


def test_the_lines_of_a_script_are_those_of_its_file(tmp_path: object) -> None:
    from pathlib import Path

    from provkg.extract.run import ExtractOptions
    from provkg.pipeline import Extracted, Source, Wanted, extract

    path = Path(str(tmp_path)) / "s.py"
    path.write_text("# %%\na = 1\n\n# %%\nb = a + 1\n", encoding="utf-8")
    options = ExtractOptions(project_root=path.parent)
    made = extract(Source(path, "s.py", path.parent), Wanted(BASE, graphs=True, options=options))
    assert isinstance(made, Extracted)
    store = MemoryStore()
    store.load_nquads(b"".join(graph.nquads for graph in made.graphs.values()))
    found = led_to(store, "b")
    assert {node.name: node.place.line for node in found.nodes.values() if node.place} == {"a": 2, "b": 5}
