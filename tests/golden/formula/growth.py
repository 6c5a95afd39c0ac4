"""How fast plants grow, by light and species."""

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

plants = pd.read_csv("plants.csv").dropna()
plants["shade"] = 1 - plants["light"]

growth = smf.ols("np.log(height) ~ shade + C(species)", data=plants).fit()
print(growth.summary())

bloomed = smf.logit(formula="bloomed ~ height", data=plants[plants.height > 0])
result = bloomed.fit(maxiter=50, disp=False)
result.save("bloomed.pickle")
