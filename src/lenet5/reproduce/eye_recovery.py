"""The layers of the network of 1998, C1 to S4, out of figure 13's states; and Table I, tested by them."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lenet5.arrays import STATE_SHAPES, table_i
from lenet5.network import LeNet5
from lenet5.reproduce.eye_layers import Array, Fit, fit, inputs_of, intervals, patches, predicted, states_of, sums

# By layer, the prior's standard deviation of a weight: about the size that the well determined maps have.
PRIORS: Final = {"C1": 2.0, "S2": 1.0, "C3": 0.6, "S4": 1.0}
PANELS: Final = 9
RANDOM_TABLES: Final = 1_000

Grey = Mapping[str, NDArray[np.uint8]]


class Recovered(NamedTuple):
    """A layer's maps.

    Attributes:
        fits: by map.
        explained: the part of the states' variance that the fit explains, by map.
        left_out: the same of panels that the fit has not seen, each left out once.
    """

    fits: list[Fit]
    explained: list[float]
    left_out: list[float]


def load_states(path: Path) -> Grey:
    """The grey levels by layer, panels first.

    Raises:
        ValueError: there is no such file, or it does not hold the figure's arrays.
    """
    if not path.is_file():
        raise ValueError(f"Figure 13's states were not found at {path}; put figure13_states.npz there.")
    grey = dict(np.load(path))
    shapes = {"input": (32, 32), **{layer: STATE_SHAPES[layer] for layer in PRIORS}}
    for name, shape in shapes.items():
        if name not in grey or grey[name].shape != (PANELS, *shape) or grey[name].dtype != np.uint8:
            raise ValueError(f"{path} has no array {name} of {PANELS}×{'×'.join(map(str, shape))} bytes; give another.")
    return grey


def levels(grey: Grey) -> NDArray[np.uint8]:
    """Every grey level that the figure uses."""
    return np.unique(np.concatenate([array.ravel() for array in grey.values()]))


def read_by_map(grey: Grey, layer: str) -> list[Array]:
    """What the units of each map read: panels×units×F."""
    if layer == "C1":
        return [patches(inputs_of(grey["input"])[:, None]).reshape(PANELS, -1, 25)] * 6
    if layer == "C3":
        below = patches(states_of(grey["S2"])).reshape(PANELS, -1, 6, 25)
        return [below[:, :, reads].reshape(PANELS, below.shape[1], -1) for reads in table_i().T]
    below = sums(states_of(grey["C1" if layer == "S2" else "C3"]))
    return [below[:, k].reshape(PANELS, -1, 1) for k in range(below.shape[1])]


def recover(grey: Grey, layer: str) -> Recovered:
    """A layer, map by map, and how well each of the panels is predicted by the others."""
    fits, explained, left_out = [], [], []
    every_level = levels(grey)
    for k, x in enumerate(read_by_map(grey, layer)):
        printed = grey[layer][:, k].reshape(PANELS, -1)
        low, high = intervals(printed, every_level)

        def fitted(panels: NDArray[np.intp], x: Array = x, low: Array = low, high: Array = high) -> Fit:
            return fit(x[panels].reshape(-1, x.shape[2]), low[panels].ravel(), high[panels].ravel(), PRIORS[layer])

        every = np.arange(PANELS)
        fits.append(fitted(every))
        states = states_of(printed)
        explained.append(_explained(states, predicted(fits[-1], x)))
        guessed = np.stack([predicted(fitted(every[every != panel]), x[panel]) for panel in every])
        left_out.append(_explained(states, guessed))
    return Recovered(fits, explained, left_out)


def _explained(states: Array, guessed: Array) -> float:
    return float(1 - np.square(states - guessed).sum() / np.square(states - states.mean()).sum())


def put(network: LeNet5, layers: Mapping[str, Recovered]) -> None:
    """Give a network the recovered weights."""
    parameters = dict(network.named_parameters())
    for layer, found in layers.items():
        name = f"{layer}.{'weight' if layer[0] == 'C' else 'coefficient'}"
        weights = np.concatenate([one.weights[:-1] for one in found.fits])
        biases = np.array([one.weights[-1] for one in found.fits])
        with torch.no_grad():
            parameters[name].copy_(torch.from_numpy(weights).view(parameters[name].shape))
            parameters[f"{layer}.bias"].copy_(torch.from_numpy(biases))


def wiring() -> list[tuple[int, ...]]:
    """The S2 maps that each C3 map reads, by Table I."""
    return [tuple(np.flatnonzero(reads).tolist()) for reads in table_i().T]


def evidence_by_subset(grey: Grey) -> dict[tuple[int, ...], Array]:
    """The evidence of each C3 map for each set of S2 maps that it may read: 63 sets, 16 numbers each."""
    below = patches(states_of(grey["S2"])).reshape(-1, 6, 25)
    every_level = levels(grey)
    bounds = [intervals(grey["C3"][:, k].ravel(), every_level) for k in range(16)]
    found = {}
    for count in range(1, 7):
        for reads in combinations(range(6), count):
            x = below[:, reads].reshape(len(below), -1)
            found[reads] = np.array([fit(x, *bound, PRIORS["C3"]).evidence for bound in bounds])
    return found


def tables_by_evidence(evidence: Mapping[tuple[int, ...], Array], seed: int = 1) -> tuple[float, Array]:
    """The evidence of Table I, and of random tables whose maps read as many maps as its do."""
    rng = np.random.default_rng(seed)
    columns = wiring()
    true = sum(float(evidence[reads][k]) for k, reads in enumerate(columns))

    def drawn(count: int) -> tuple[int, ...]:
        return tuple(sorted(rng.choice(6, count, replace=False).tolist()))

    others = [
        sum(float(evidence[drawn(len(reads))][k]) for k, reads in enumerate(columns)) for _ in range(RANDOM_TABLES)
    ]
    return true, np.array(others)
