"""The other classifiers of figure 9, a file a kind.

They are what scikit-learn, NumPy or the layers of this package give cheaply.
None was tuned. How each departs from the paper, its own docstring says.
"""
