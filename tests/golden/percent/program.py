# %% [markdown]
# # Temperatures
# One cell after the other.

# %%
import numpy as np
import matplotlib.pyplot as plt

# %% Load
celsius = np.loadtxt("celsius.txt")

# %%
kelvin = celsius + 273.15
figure, axes = plt.subplots()
axes.plot(kelvin)
figure.savefig("kelvin.png", dpi=150)
