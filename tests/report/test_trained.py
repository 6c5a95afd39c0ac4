"""How the answer to "which data trained this model?" reads."""

from __future__ import annotations

from provkg.query.models import DataGiven, Explanation, Measure, Place, Setting, Source, TrainedModel, WayStep
from provkg.report.trained import tell_explanation, tell_models, tell_place

PLACE = Place("a.ipynb", 4, 2)
MODEL = TrainedModel("x:m", "sklearn.pipeline.Pipeline", "clf", PLACE, "sklearn.svm.SVC", 3)


def test_places_are_told_as_people_count() -> None:
    assert tell_place(PLACE) == "cell 4, line 2"
    assert tell_place(Place("a.py", 1, 12, is_script=True)) == "line 12"
    assert tell_place(Place("a.ipynb", 4, None)) == "cell 4"


def test_models_stand_in_columns() -> None:
    other = TrainedModel("x:n", None, None, Place("b.py", 1, 7, is_script=True))
    assert tell_models([MODEL, other]) == (
        "clf  sklearn.pipeline.Pipeline with SVC (×3)  a.ipynb cell 4, line 2\n"
        "-    class not known                          b.py line 7"
    )


def test_a_whole_explanation_reads_so() -> None:
    told = Explanation(
        MODEL,
        [PLACE],
        [Source("birds.csv", "file", "pandas.read_csv", Place("a.ipynb", 1, 1), "ab" * 32, 1200)],
        [Source("places.csv", "file", "pandas.read_csv", Place("a.ipynb", 1, 2))],
        ["later.csv"],
        [DataGiven("features", "X", "train", ["a", "b"], ["id"], ["c"])],
        [
            Setting("C", "hyperparameter", "2"),
            Setting("epochs", "training", "5"),
            Setting("kernel", "hyperparameter", "'rbf'", is_default=True),
        ],
        [Measure("sklearn.metrics.accuracy_score", "test", None, 0.97, Place("a.ipynb", 6, 1))],
        [WayStep(PLACE, "clf", "clf.fit(X, y)")],
    )
    assert tell_explanation(told, with_way=True) == (
        "clf: sklearn.pipeline.Pipeline with SVC (×3)\n"
        "  trained in      a.ipynb cell 4, line 2\n"
        "  trained on      birds.csv  (pandas.read_csv, cell 1, line 1, 1,200 bytes, sha256 abababababab…)\n"
        "  influenced by   places.csv  (pandas.read_csv, cell 1, line 2)\n"
        "  validated on    later.csv\n"
        "  features        X; train part; columns a, b; without id; made in the program: c\n"
        "  parameters      C=2\n"
        "  training        epochs=5\n"
        "  defaults        kernel='rbf'\n"
        "  measures        sklearn.metrics.accuracy_score on the test part = 0.97  cell 6, line 1\n"
        "\n"
        "  from source to model\n"
        "    a.ipynb cell 4, line 2  clf.fit(X, y)"
    )


def test_what_made_a_network_and_what_it_starts_from_is_told() -> None:
    model = TrainedModel(
        "x:m", "torchvision.models.ResNet", "net", PLACE, constructor="torchvision.models.resnet18"
    )
    text = tell_explanation(Explanation(model, fine_tuned_from=["IMAGENET1K_V1"]), with_way=False)
    assert "  made by         torchvision.models.resnet18\n  fine-tuned from  IMAGENET1K_V1" in text


def test_a_measure_that_is_logged_says_by_what() -> None:
    told = Explanation(MODEL)
    told.measures = [Measure("acc", "test", None, None, PLACE, "wandb.log")]
    assert "  measures        acc on the test part logged by wandb.log  cell 4, line 2" in tell_explanation(
        told, with_way=False
    )


def test_what_is_not_known_is_said() -> None:
    text = tell_explanation(Explanation(MODEL), with_way=True)
    assert "trained on      unknown" in text
    assert text.endswith("not known: no variable holds the data on the way")
