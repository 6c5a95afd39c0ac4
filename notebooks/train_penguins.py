"""Trains and saves a random forest that tells penguin species apart; --help shows its options."""

import argparse
import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="data/penguins.csv")
    parser.add_argument("--model", default="results/forest.joblib")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    penguins = pd.read_csv(arguments.data).dropna()
    features = penguins.drop(columns="species")
    target = penguins["species"]
    train_features, test_features, train_target, test_target = train_test_split(
        features, target, test_size=0.25, random_state=arguments.seed, stratify=target
    )

    forest = RandomForestClassifier(n_estimators=arguments.trees, random_state=arguments.seed)
    forest.fit(train_features, train_target)

    accuracy = accuracy_score(test_target, forest.predict(test_features))
    print(json.dumps({"accuracy": round(accuracy, 3), "trees": arguments.trees}))

    Path(arguments.model).parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(forest, arguments.model)


if __name__ == "__main__":
    main()
