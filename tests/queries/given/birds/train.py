# %%
import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

# %%
birds = pd.read_csv("clean.csv")
sites = pd.read_csv("https://example.org/sites.csv")
table = birds.merge(sites, on="site")

# %%
X, y = table[["count", "height"]], table["species"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=3, stratify=y)

# %%
clf = RandomForestClassifier(n_estimators=50, random_state=7)
clf.fit(X_train, y_train)

# %%
print(accuracy_score(y_test, clf.predict(X_test)))
joblib.dump(clf, "clf.joblib")
