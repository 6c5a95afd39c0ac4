"""Merge the monthly tables of a year."""
from pathlib import Path

import pandas as pd

YEAR = 2023
HERE = Path(__file__).resolve().parent
RAW = HERE / "raw" / str(YEAR)
OUT = RAW.with_name("merged").joinpath(f"{YEAR}.csv")

tables = []
for month in ("jan", "feb"):
    path = RAW / f"{month}.csv"
    table = pd.read_csv(path)
    table["month"] = path.stem
    tables.append(table)

merged = pd.concat(tables)
if not merged.empty:
    merged.to_csv(OUT)
    OUT.with_suffix(".txt").write_text(str(len(merged)))
