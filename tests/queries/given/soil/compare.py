"""Compare the field with the archive."""

import pandas as pd

field = pd.read_csv("field/soil.csv")
archive = pd.read_csv("archive/soil-2025.csv")
sites = pd.read_csv("archive/sites.csv")
lost = pd.read_csv("field/lost.csv")
both = field.merge(archive, on="site").merge(sites, on="site").merge(lost, on="site")
both.to_csv("both.csv", index=False)
