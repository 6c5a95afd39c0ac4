"""The knowledge base: its entries, its look-ups, and what it refuses."""

from __future__ import annotations

import doctest
import importlib
import inspect
import tomllib
from pathlib import Path
from typing import Any

import pytest

from provkg.errors import SettingsError
from provkg.extract import knowledge as package
from provkg.extract.knowledge import (
    Knowledge,
    Mutation,
    Place,
    Returns,
    access_modes,
    distributions,
    entries,
    find_distribution,
    is_standard,
    library,
    load_knowledge,
    pick_arguments,
    refresh,
    schema,
)

FOLDER = Path(inspect.getfile(package)).parent
FILES = sorted(path for path in FOLDER.glob("*.toml") if path.stem != "distributions")
KNOWLEDGE = load_knowledge(frozenset())
RECEIVER = Place(is_receiver=True)


def function(name: str) -> Any:
    effect = KNOWLEDGE.find_function(name)
    assert effect is not None, name
    return effect


def method(class_name: str | None, name: str) -> Any:
    effect = KNOWLEDGE.find_method(class_name, name)
    assert effect is not None, (class_name, name)
    return effect


def load_text(tmp_path: Path, text: str) -> Knowledge:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_knowledge(frozenset(), (path,))


def returned_names(returns: Returns | None) -> set[str]:
    if returns is None:
        return set()
    names = {returns.name} if returns.name and "." in returns.name else set()
    return names.union(*map(returned_names, returns.items))


# The files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_entry_makes_sense(path: Path) -> None:
    schema.check_file(tomllib.loads(path.read_text(encoding="utf-8")), path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_describes_its_own_module_only(path: Path) -> None:
    if path.stem in {"conventions", "stdlib"}:
        return
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    owners = {
        *data.get("function", {}),
        *data.get("class", {}),
        *data.get("method", {}),
        *data.get("returns", {}),
    }
    owners |= {module for group in data.get("subclass", {}).values() for module in group}
    assert {owner.partition(".")[0] for owner in owners} <= {path.stem}


def test_the_standard_library_file_describes_the_standard_library() -> None:
    data = tomllib.loads((FOLDER / "stdlib.toml").read_text(encoding="utf-8"))
    assert [name for name in {*data["function"], *data["class"]} if not is_standard(name)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bases_and_owners_of_methods_are_known_classes(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    named = {base for entry in data.get("class", {}).values() for base in entry["bases"]}
    named |= {base for group in data.get("subclass", {}) for base in group.split()}
    named |= {*data.get("method", {}), *data.get("attribute", {})} - {"vega_datasets"}
    assert [name for name in sorted(named) if KNOWLEDGE.find_class(name) is None] == []


def test_no_alias_leads_in_a_circle() -> None:
    knowledge = load_knowledge(frozenset(path.stem for path in FILES))
    aliases = [
        name for path in FILES for name in tomllib.loads(path.read_text(encoding="utf-8")).get("alias", {})
    ]
    assert [
        name
        for name in aliases
        if knowledge.canonical(knowledge.canonical(name)) != knowledge.canonical(name)
    ] == []


# Reading and writing


def test_a_reader_names_the_argument_that_is_its_locator() -> None:
    (access,) = function("pandas.read_csv").accesses
    assert (access.mode, access.kind) == ("read", "file")
    assert pick_arguments(access.place, [], {"filepath_or_buffer": "a.csv"}) == ["a.csv"]
    assert pick_arguments(access.place, ["b.csv"], {}) == ["b.csv"]


def test_a_writer_method_names_its_locator_and_the_database() -> None:
    (access,) = method("pandas.DataFrame", "to_sql").accesses
    assert (access.mode, access.kind, access.place) == ("write", "database", Place(1, ("con",)))


def test_the_receiver_can_be_the_locator() -> None:
    assert function("pathlib.Path").locates.place == Place(0, is_rest=True)
    assert method("pathlib.Path", "read_text").accesses[0].place == RECEIVER


def test_open_reads_or_writes_by_its_mode() -> None:
    (access,) = function("open").accesses
    assert (access.mode, access.mode_place, access.default_mode) == ("by argument", Place(1, ("mode",)), "r")
    assert [access_modes(mode) for mode in ("r", "wb", "a", "x", "r+")] == [
        ("read",), ("write",), ("write",), ("write",), ("read", "write")
    ]  # fmt: skip


def test_other_modules_open_is_the_same_open() -> None:
    assert function("io.open") == function("codecs.open") == function("open")


def test_a_packaged_data_set_has_no_locator_argument() -> None:
    effect = function("sklearn.datasets.load_iris")
    assert [(access.kind, access.place) for access in effect.accesses] == [("dataset", None)]
    assert effect.variants[0][0] == "return_X_y"


def test_a_data_set_class_reads_when_it_is_made() -> None:
    effect = function("torchvision.datasets.MNIST")
    assert effect.constructs
    assert (effect.accesses[0].kind, effect.returns.name) == ("dataset", "torchvision.datasets.MNIST")


def test_loading_a_model_is_no_data() -> None:
    assert function("keras.models.load_model").accesses[0].content == "model"
    assert function("transformers.AutoModel.from_pretrained").accesses[0].content == "model"
    assert function("spacy.load").accesses[0].content == "model"


def test_reading_an_open_file_is_no_second_access() -> None:
    assert function("json.load").accesses[0].kind == "handle"


def test_copying_reads_one_file_and_writes_another() -> None:
    accesses = function("shutil.copy").accesses
    assert [(access.mode, access.place.position) for access in accesses] == [("read", 0), ("write", 1)]


def test_listing_a_folder_is_no_access_but_stands_for_its_files() -> None:
    effect = function("glob.glob")
    assert effect.accesses == ()
    assert (effect.locates.form, effect.carries) == ("glob", "names")


# Changing


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("list", "append"),
        ("dict", "update"),
        ("set", "add"),
        ("pandas.DataFrame", "insert"),
        ("pandas.DataFrame", "update"),
        ("sklearn.svm.SVC", "fit"),
        ("keras.Sequential", "compile"),
        ("collections.deque", "popleft"),
        (None, "append"),
        (None, "fit"),
    ],
)
def test_mutators_change_their_receiver(class_name: str | None, name: str) -> None:
    assert method(class_name, name).mutates == (Mutation(RECEIVER),)


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("pandas.DataFrame", "add"),
        ("pandas.DataFrame", "drop"),
        ("str", "replace"),
        ("set", "union"),
        ("frozenset", "copy"),
        ("numpy.ndarray", "reshape"),
        ("matplotlib.axes.Axes", "set_title"),
        (None, "predict"),
        (None, "set_title"),
        (None, "drop"),
    ],
)
def test_what_only_sounds_like_a_change_changes_nothing(class_name: str | None, name: str) -> None:
    assert method(class_name, name).mutates == ()


@pytest.mark.parametrize(
    "name", ["random.shuffle", "numpy.random.shuffle", "heapq.heappush", "torch.nn.init.normal_"]
)
def test_functions_change_their_first_argument(name: str) -> None:
    assert [mutation.place.position for mutation in function(name).mutates] == [0]


# Classes and results


def test_results_of_readers_lead_on_to_their_methods() -> None:
    frame = function("seaborn.load_dataset").returns.name
    groups = method(frame, "groupby").returns.name
    assert method(groups, "mean").returns.name == "pandas.DataFrame"


def test_fluent_methods_return_the_very_receiver_and_others_a_new_object() -> None:
    assert method("sklearn.svm.SVC", "fit").returns.form == "receiver"
    assert method("pandas.DataFrame", "dropna").returns.form == "receiver class"


def test_a_class_method_makes_an_object_of_the_class_it_is_called_on() -> None:
    effect = function("transformers.TFAutoModelForSequenceClassification.from_pretrained")
    assert effect.returns == Returns("class", "transformers.TFAutoModelForSequenceClassification")


def test_a_tuple_of_classes_is_returned_in_order() -> None:
    returns = function("matplotlib.pyplot.subplots").returns
    assert [item.name for item in returns.items] == ["matplotlib.figure.Figure", "matplotlib.axes.Axes"]


def test_a_split_names_its_parts() -> None:
    effect = function("sklearn.cross_validation.train_test_split")
    assert (effect.name, effect.parts) == ("sklearn.model_selection.train_test_split", ("train", "test"))
    assert (effect.returns.form, effect.returns.place.is_rest) == ("split", True)


def test_attributes_tell_their_class_and_what_they_carry() -> None:
    values = KNOWLEDGE.find_attribute("pandas.DataFrame", "values")
    shape = KNOWLEDGE.find_attribute("pandas.Series", "shape")
    assert values is not None
    assert values.returns == Returns("class", "numpy.ndarray")
    assert shape is not None
    assert shape.carries == "shape"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_classes_that_functions_return_are_known(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [
        row
        for table in ("function", "method", "attribute")
        for rows in data.get(table, {}).values()
        for row in rows.values()
    ]
    texts = {row["returns"] for row in rows if "returns" in row} | {
        key for row in data.get("returns", {}).values() for key in row
    }
    named = set().union(*(returned_names(schema.parse_returns(text)) for text in texts))
    assert [name for name in sorted(named) if KNOWLEDGE.find_class(name) is None] == []


# Training


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("sklearn.linear_model.LogisticRegression", "fit"),
        ("sklearn.cluster.KMeans", "fit_predict"),
        ("sklearn.model_selection.GridSearchCV", "fit"),
        ("xgboost.sklearn.XGBClassifier", "fit"),
        ("tensorflow.keras.Model", "fit"),
        ("statsmodels.api.OLS", "fit"),
        ("transformers.Trainer", "train"),
        ("pyspark.ml.classification.LogisticRegression", "fit"),
    ],
)
def test_fitting_a_predictor_trains(class_name: str, name: str) -> None:
    assert method(class_name, name).trains


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        ("sklearn.preprocessing.StandardScaler", "fit"),
        ("sklearn.feature_extraction.text.TfidfVectorizer", "fit_transform"),
        ("sklearn.decomposition.PCA", "fit_transform"),
        ("imblearn.over_sampling.SMOTE", "fit_resample"),
        ("torch.nn.Module", "train"),
        ("sklearn.svm.SVC", "predict"),
    ],
)
def test_fitting_a_transformer_does_not_train(class_name: str, name: str) -> None:
    assert not method(class_name, name).trains


@pytest.mark.parametrize(
    "name", ["xgboost.train", "lightgbm.train", "sklearn.model_selection.cross_val_score"]
)
def test_functions_train_too(name: str) -> None:
    assert function(name).trains


def test_roles_of_arguments_are_told_by_place() -> None:
    roles = {role: place for place, role in function("xgboost.train").roles}
    assert (roles["hyperparameters"].position, roles["data"].names) == (0, ("dtrain",))


# Parameters by position


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sklearn.cluster.KMeans", ("n_clusters",)),
        ("sklearn.linear_model.Ridge", ("alpha",)),
        ("sklearn.grid_search.GridSearchCV", ("estimator", "param_grid")),
        ("sklearn.ensemble.bagging.BaggingClassifier", ("estimator", "n_estimators")),
        ("sklearn.svm.SVC", ()),
        ("sklearn.model_selection.RepeatedKFold", ()),
        ("sklearn.metrics.accuracy_score", ("y_true", "y_pred")),
        ("sklearn.neural_network.MLPRegressor", ("hidden_layer_sizes", "activation")),
        ("imblearn.over_sampling.SMOTENC", ("categorical_features",)),
        ("sklearn.cross_validation.KFold", ("n", "n_folds", "shuffle", "random_state")),
        ("xgboost.train", ("params", "dtrain", "num_boost_round")),
        ("xgboost.XGBClassifier", ("max_depth", "learning_rate", "n_estimators")),
        ("statsmodels.tsa.arima_model.ARIMA", ("endog", "order", "exog", "dates", "freq", "missing")),
        ("torch.nn.Bilinear", ("in1_features", "in2_features", "out_features", "bias", "device", "dtype")),
        ("tensorflow.keras.layers.Dropout", ("rate", "noise_shape", "seed")),
    ],
)
def test_parameters_given_by_position_have_names(name: str, parameters: tuple[str, ...]) -> None:
    assert function(name).parameters == parameters


def test_a_class_has_the_signature_of_its_base_unless_it_has_its_own(tmp_path: Path) -> None:
    knowledge = load_text(
        tmp_path,
        """
        [class]
        "mylab.Base" = {bases = []}
        "mylab.Heir" = {bases = ["mylab.Base"]}
        "mylab.Other" = {bases = ["mylab.Base"]}
        "mylab.Mute" = {bases = ["mylab.Base"]}
        [method."mylab.Base"]
        fit = {action = "train"}
        [signature.mylab]
        Base = "alpha beta"
        Other = "gamma"
        Mute = ""
        [signature."mylab.Base"]
        fit = "X y"
        [signature."mylab.Other"]
        fit = "y X"
        """,
    )
    found = {name: knowledge.find_function(f"mylab.{name}") for name in ("Base", "Heir", "Other", "Mute")}
    assert {name: effect and effect.parameters for name, effect in found.items()} == {
        "Base": ("alpha", "beta"), "Heir": ("alpha", "beta"), "Other": ("gamma",), "Mute": (),
    }  # fmt: skip
    heir, other = (knowledge.find_method(f"mylab.{name}", "fit") for name in ("Heir", "Other"))
    assert heir is not None
    assert other is not None
    assert (heir.parameters, other.parameters) == (("X", "y"), ("y", "X"))


def test_a_signature_gives_roles_their_positions() -> None:
    roles = {role: place for place, role in function("lightgbm.train").roles}
    assert roles["callbacks"] == Place(8, ("callbacks",))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_signature_belongs_to_something_known(path: Path) -> None:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = []
    for name, _ in library.expand_signatures(data.get("signature", {})):
        owner, _, member = name.rpartition(".")
        known = KNOWLEDGE.find_function(name), KNOWLEDGE.find_method(owner, member)
        if not any(effect is not None and effect.confidence == "resolved" for effect in known):
            unknown.append(name)
    assert unknown == []


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("xgboost.DMatrix", {"0": "features", "1": "target", "weight": "weights"}),
        ("lightgbm.train", {"0": "hyperparameters", "1": "data", "3": "validation"}),
        ("statsmodels.api.OLS", {"0": "target", "1": "features"}),
        ("statsmodels.formula.api.ols", {"0": "formula", "1": "data"}),
        ("transformers.Trainer", {"0": "estimator", "1": "hyperparameters", "3": "data", "4": "validation"}),
        ("torch.utils.data.DataLoader", {"0": "data", "1": "batch size"}),
        ("sklearn.model_selection.validation_curve", {"0": "estimator", "1": "features", "4": "grid"}),
        ("scipy.optimize.curve_fit", {"0": "function", "1": "features", "2": "target"}),
    ],
)
def test_arguments_have_the_roles_of_the_field(name: str, roles: dict[str, str]) -> None:
    found: dict[str, str] = {}
    for place, role in function(name).roles:
        found |= dict.fromkeys([str(place.position), *place.names], role)
    assert {key: found.get(key) for key in roles} == roles


@pytest.mark.parametrize(
    ("name", "generates"),
    [
        ("sklearn.datasets.make_blobs", True),
        ("numpy.random.rand", True),
        ("torch.randn", True),
        ("jax.random.normal", True),
        ("torch.randperm", False),
        ("numpy.random.permutation", False),
        ("numpy.random.choice", False),
        ("numpy.random.default_rng", False),
        ("random.shuffle", False),
    ],
)
def test_only_calls_that_make_values_generate(name: str, *, generates: bool) -> None:
    assert ("generate" in function(name).actions) is generates


@pytest.mark.parametrize(
    "name", ["skore.evaluate", "sklearn.inspection.permutation_importance", "hyperopt.fmin"]
)
def test_what_only_looks_at_a_model_or_calls_a_function_trains_nothing(name: str) -> None:
    assert not function(name).trains


def test_metrics_and_seeds_have_their_actions() -> None:
    assert function("sklearn.metrics.f1_score").phase == "evaluation"
    assert function("torch.manual_seed").actions == ("seed",)
    assert "random_state" in KNOWLEDGE.seed_names


# Names


def test_a_telling_method_of_an_unknown_class_is_known_by_convention() -> None:
    effect = method("unknown.Table", "to_csv")
    assert (effect.name, effect.confidence) == ("*.to_csv", "convention")


def test_a_telling_function_of_an_unknown_module_is_known_by_convention() -> None:
    assert function("unknown.read_csv").confidence == "convention"
    assert KNOWLEDGE.find_function("unknown.compute") is None


def test_the_class_says_more_than_the_convention() -> None:
    assert method(None, "add").mutates
    assert method("pandas.DataFrame", "add").confidence == "resolved"


def test_aliases_count_for_everything_below_them() -> None:
    assert KNOWLEDGE.canonical("tensorflow.keras.models.Sequential") == "keras.Sequential"
    assert function("modin.pandas.read_csv").name == "pandas.read_csv"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a..b", "../../etc/passwd", "conventions", "stdlib.x", "\x00", "é.ß"]
)
def test_odd_names_are_simply_not_known(name: str) -> None:
    assert KNOWLEDGE.find_function(name) is None
    assert KNOWLEDGE.find_class(name) is None
    assert KNOWLEDGE.find_attribute(name, name) is None


def test_only_the_modules_asked_for_are_read() -> None:
    fresh = Knowledge()
    before = set(fresh._files)
    fresh.load(["pandas"])
    assert before - set(fresh._files) == {"pandas"}


# A user's own files


def test_a_users_file_adds_a_loader_and_its_class(tmp_path: Path) -> None:
    knowledge = load_text(
        tmp_path,
        """
        [function.mylab]
        load_run = {reads = "0 run_id|path", returns = "pandas.DataFrame"}
        [class]
        "mylab.Calibrator" = {bases = ["sklearn.base.RegressorMixin"]}
        """,
    )
    loader = knowledge.find_function("mylab.load_run")
    training = knowledge.find_method("mylab.Calibrator", "fit")
    assert loader is not None
    assert loader.accesses[0].place == Place(0, ("run_id", "path"))
    assert training is not None
    assert training.trains


def test_a_users_entry_comes_before_ours(tmp_path: Path) -> None:
    knowledge = load_text(tmp_path, '[function.pandas]\nread_csv = {returns = "mylab.Frame"}\n')
    effect = knowledge.find_function("pandas.read_csv")
    assert effect is not None
    assert effect.accesses == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[function.a]\nb = {read = "0"}', 'function."a"."b": unknown key "read"; did you mean "reads"?'),
        ('[function.a]\nb = {reads = "0 x as folder"}', 'function."a"."b": unknown kind "folder"'),
        ('[function.a]\nb = {reads = "0x"}', 'no place in a call: "0x"'),
        ("[function.a]\nb = {reads = 0}", '"reads" must be a text or a list of texts'),
        ('[function.a]\nb = {returns = ["A"]}', '"returns" must be one text'),
        ('[function.a]\nb = {returns = "tuple[A"}', 'bracket not closed: "tuple[A"'),
        ('[function.a]\nb = {action = "trian"}', 'unknown word "trian"; did you mean "train"?'),
        ('[function.a]\nb = {arguments = "0 X: feature"}', 'did you mean "features"?'),
        ('[function.a]\nb = "reads"', 'function."a"."b": must be a table'),
        ('[class]\n"a.B" = {base = "a.A"}', 'class."a.B": unknown key "base"; did you mean "bases"?'),
        ('[class]\n"a.B" = {bases = [], role = "modle"}', 'unknown word "modle"'),
        ("[functions.a]\nb = {}", 'functions: unknown word "functions"; did you mean "function"?'),
        ("alias = 1", "alias: must be a table"),
        ('[returns.a]\n"B" = 1', 'returns."a"."B": must be a text'),
        ('[signature.a]\nb = "x 2y"', 'signature."a"."b": no parameter: "2y"'),
        ('[signature.a]\nb = "x x"', 'signature."a"."b": no parameter: "x"'),
        ('[signature]\nb = "x"', 'signature."b": must be a table'),
        ("[signature.a]\nb = {}", 'signature."a"."b": must be a text'),
        ("[convention.methods]\nb = {}", 'convention: unknown word "methods"'),
        ("[function.a", "cannot read the knowledge file"),
    ],
)
def test_a_wrong_entry_is_refused_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_text(tmp_path, text)
    assert message in refusal.value.message
    assert refusal.value.path == str(tmp_path / "mine.toml")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read the knowledge file"):
        load_knowledge(frozenset(), (tmp_path / "none.toml",))


# Distributions


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("sklearn.svm", "scikit-learn"),
        ("cv2", "opencv-python"),
        ("PIL.Image", "pillow"),
        ("google.cloud.storage.blob", "google-cloud-storage"),
        ("pandas", "pandas"),
        ("Some_Thing", "some-thing"),
        ("os.path", None),
        ("ConfigParser", None),
    ],
)
def test_an_import_tells_its_distribution(module: str, distribution: str | None) -> None:
    assert find_distribution(module) == distribution


def test_distributions_have_normalised_names() -> None:
    table = tomllib.loads((FOLDER / "distributions.toml").read_text(encoding="utf-8"))["distribution"]
    assert [name for name in table.values() if distributions.normalise(name) != name] == []


@pytest.mark.parametrize(
    "module", [distributions, entries, library, schema], ids=lambda module: module.__name__
)
def test_examples_in_docstrings_hold(module: Any) -> None:
    results = doctest.testmod(module)
    assert results.attempted
    assert not results.failed


# Against the installed libraries


def test_every_estimator_of_scikit_learn_is_known() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed here")
    all_estimators = importlib.import_module("sklearn.utils").all_estimators
    missing = []
    for name, estimator in all_estimators():
        public = ".".join(part for part in estimator.__module__.split(".") if not part.startswith("_"))
        if KNOWLEDGE.find_class(f"{public}.{name}") is None:
            missing.append(f"{public}.{name}")
    assert missing == []


@pytest.mark.parametrize("module", ["datasets", "metrics", "model_selection"])
def test_every_public_name_of_scikit_learns_modules_is_known(module: str) -> None:
    installed = pytest.importorskip(f"sklearn.{module}", reason="scikit-learn is not installed here")
    internal = {"clear_data_home", "get_data_home", "get_scorer_names"}
    public = [name for name in installed.__all__ if callable(vars(installed).get(name))]
    names = [name for name in public if name not in internal]
    assert [name for name in names if KNOWLEDGE.find_function(f"sklearn.{module}.{name}") is None] == []


def test_every_reader_and_writer_of_pandas_is_known() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed here")
    readers = [name for name in dir(pandas) if name.startswith("read_")]
    in_memory = {
        "to_dict",
        "to_list",
        "to_numpy",
        "to_period",
        "to_records",
        "to_timestamp",
        "to_xarray",
        "to_frame",
    }
    writers = [name for name in dir(pandas.DataFrame) if name.startswith("to_") and name not in in_memory]
    assert [name for name in readers if not function(f"pandas.{name}").accesses] == []
    assert [name for name in writers if not method("pandas.DataFrame", name).accesses] == []


# Comparing with what is installed


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("fractions.Fraction.limit_denominator", ("max_denominator",)),
        ("fractions.Fraction.from_float", ("f",)),
        ("json.JSONDecoder", ()),
        (
            "shutil.copytree",
            ("src", "dst", "symlinks", "ignore", "copy_function", "ignore_dangling_symlinks"),
        ),
    ],
)
def test_parameters_are_found_without_the_receiver(name: str, parameters: tuple[str, ...]) -> None:
    signature = refresh.find_signature(name)
    assert signature is not None
    assert refresh.positional_names(signature)[:6] == parameters


def test_an_unknown_name_has_no_signature() -> None:
    assert refresh.find_signature("fractions.Nothing.at_all") is None
    assert refresh.find_signature("not_installed_anywhere.f") is None


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("0 src", []),
        ("2 symlinks", []),
        ("src", []),
        ("0", []),
        ("1 src", "1 is not src in "),
        ("0 source", "no parameter source in "),
        ("0 source|src", []),
    ],
)
def test_a_place_that_the_library_contradicts_is_reported(place: str, wrong: str | list[str]) -> None:
    signature = refresh.find_signature("shutil.copytree")
    assert signature is not None
    found = list(refresh.differences(schema.parse_place(place), signature))
    assert [text.startswith(str(wrong)) for text in found] == ([True] if wrong else [])
