"""Train further what others trained."""

import pandas as pd
from datasets import load_dataset
from tensorflow import keras
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments

letters = pd.read_csv("letters.csv")

reader = keras.models.load_model("models/base.keras")
reader.fit(letters[["length", "stars"]], letters["good"], epochs=2)

seer = keras.Sequential()
seer.add(keras.applications.ResNet50(weights="imagenet", include_top=False))
seer.add(keras.layers.Dense(1))
seer.compile(loss="mse")
seer.fit(letters[["length"]], letters["good"])

twin = keras.Sequential([keras.layers.Dense(8), keras.layers.Dense(1)])
twin.load_weights("models/twin.weights.h5")
twin.compile(loss="mse")
twin.fit(letters[["length"]], letters["good"])

films = load_dataset("imdb")
tokenizer = AutoTokenizer.from_pretrained("distilbert-base-uncased")
words = films.map(lambda film: tokenizer(film["text"], truncation=True), batched=True)
critic = AutoModelForSequenceClassification.from_pretrained("distilbert-base-uncased", num_labels=2)
trainer = Trainer(
    model=critic,
    args=TrainingArguments(output_dir="models/critic", num_train_epochs=1, seed=3),
    train_dataset=words["train"],
    eval_dataset=words["test"],
)
trainer.train()
print(trainer.evaluate())
