#!/usr/bin/env python
"""Train a forest on a table."""
import argparse
import pickle

import pandas as pd
from sklearn.ensemble import RandomForestRegressor


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", nargs="?", default="table.csv")
    parser.add_argument("--model-file", default="forest.pkl")
    parser.add_argument("-n", "--trees", type=int, default=200)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    table = pd.read_csv(arguments.table)
    forest = RandomForestRegressor(n_estimators=arguments.trees, random_state=0)
    forest.fit(table.drop(columns="y"), table["y"])
    with open(arguments.model_file, "wb") as file:
        pickle.dump(forest, file)


if __name__ == "__main__":
    main()
