"""Clean what was counted."""

import pandas as pd

counts = pd.read_csv("counts.csv")
counts = counts.dropna()
counts.to_csv("clean.csv", index=False)
