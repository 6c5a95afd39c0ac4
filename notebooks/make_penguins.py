"""Draws the penguins of the worked examples: invented birds, from normal distributions.

No bird was measured. The means are round numbers near what field guides give for three species, so that
the examples look like field work; nothing about real penguins can be learned from them.

    python make_penguins.py
"""

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 2026
BIRDS = 60
OUTPUT = Path(__file__).parent / "data" / "penguins.csv"

# species: bill length and depth (mm), flipper length (mm), body mass (g)
MEANS = {
    "Adelie": (39.0, 18.0, 190.0, 3700.0),
    "Chinstrap": (49.0, 18.0, 196.0, 3750.0),
    "Gentoo": (47.0, 15.0, 217.0, 5100.0),
}
SPREAD = (2.8, 1.0, 6.5, 420.0)
COLUMNS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def draw_species(species: str, random: np.random.Generator) -> pd.DataFrame:
    birds = pd.DataFrame(random.normal(MEANS[species], SPREAD, (BIRDS, 4)).round(1), columns=COLUMNS)
    birds.insert(0, "species", species)
    return birds


def main() -> None:
    random = np.random.default_rng(SEED)
    penguins = pd.concat([draw_species(species, random) for species in MEANS], ignore_index=True)
    penguins = penguins.sample(frac=1, random_state=SEED)
    penguins.loc[penguins.index[::30], "body_mass_g"] = np.nan  # the scales were out of order
    penguins.to_csv(OUTPUT, index=False)


if __name__ == "__main__":
    main()
