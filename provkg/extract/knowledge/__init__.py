"""The knowledge base: what the calls of well-known libraries read, write, change, return and train.

    knowledge = load_knowledge(frozenset({"pandas", "sklearn"}))
    knowledge.find_function("pandas.read_csv")              Effect | None
    knowledge.find_method("pandas.DataFrame", "to_csv")     Effect | None; class None: by convention only
    knowledge.find_attribute("pandas.DataFrame", "values")  Effect | None
    knowledge.find_class("sklearn.svm.SVC")                 ClassEntry | None
    knowledge.canonical("tensorflow.keras.Sequential")      "keras.Sequential"
    knowledge.conventional_modules                          {"pd": "pandas", …}
    knowledge.conventional_objects                          {"spark": "pyspark.sql.SparkSession", …}
    knowledge.seed_names                                    {"random_state", "seed", …}

    find_distribution("sklearn.svm")                        "scikit-learn"; None for the standard library
    is_standard("os.path")                                  True

The entries are TOML files in this folder, one for each top-level module; README.md describes their form.
"""

from provkg.extract.knowledge.distributions import find_distribution, is_standard
from provkg.extract.knowledge.entries import (
    Action,
    ArgumentRole,
    Carries,
    ClassEntry,
    ClassRole,
    Content,
    DataAccess,
    Effect,
    Mutation,
    Place,
    Returns,
    access_modes,
    pick_arguments,
)
from provkg.extract.knowledge.library import Knowledge, load_knowledge
from provkg.facts.definition import Phase

__all__ = [
    "Action",
    "ArgumentRole",
    "Carries",
    "ClassEntry",
    "ClassRole",
    "Content",
    "DataAccess",
    "Effect",
    "Knowledge",
    "Mutation",
    "Phase",
    "Place",
    "Returns",
    "access_modes",
    "find_distribution",
    "is_standard",
    "load_knowledge",
    "pick_arguments",
]
