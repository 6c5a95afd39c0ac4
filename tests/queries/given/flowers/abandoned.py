"""Something that was begun: nobody looked at what it is worth."""

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.svm import SVR

flowers = pd.read_csv("data/flowers.csv")
flowers["width"] = flowers["width"].fillna(flowers["width"].mean())
train, test = train_test_split(flowers)
np.random.seed(5)

boosted = GradientBoostingRegressor(n_estimators=30)
boosted.fit(train[["length", "width"]], train["height"])

svr = SVR()
print(cross_val_score(svr, train[["length", "width"]], train["height"], cv=3))
