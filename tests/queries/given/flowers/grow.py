"""Predict how high a flower grows."""

import argparse

import pandas as pd
import tensorflow as tf
from sklearn.model_selection import train_test_split
from tensorflow import keras

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.01)
options = parser.parse_args()

flowers = pd.read_csv("data/flowers.csv")
weather = pd.read_csv("data/weather.csv")
flowers["height"] = flowers["height"] - weather["rain"].mean()
train, rest = train_test_split(flowers, test_size=0.4, random_state=0)
valid, test = train_test_split(rest, test_size=0.5, random_state=0)
features = ["length", "width"]
tf.random.set_seed(11)

net = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1)])
net.compile(optimizer=keras.optimizers.Adam(learning_rate=options.rate), loss="mse")
net.fit(
    train[features],
    train["height"],
    validation_data=(valid[features], valid["height"]),
    epochs=20,
    batch_size=4,
)
print("loss", net.evaluate(test[features], test["height"]))
net.save("models/net.keras")
