"""The eye of 1998: C1 to S4 out of figure 13, frozen, and C5 and F6 trained upon them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from matplotlib.figure import Figure

from lenet5.network import LeNet5
from lenet5.paper import AMPLITUDE
from lenet5.plots import style
from lenet5.plots.kernels import kernels
from lenet5.plots.states import tiles
from lenet5.reproduce.experiment_cache import QUICK_PASSES, ExperimentCache
from lenet5.reproduce.eye_layers import Array, inputs_of, states_of
from lenet5.reproduce.eye_recovery import (
    PRIORS,
    Grey,
    Recovered,
    evidence_by_subset,
    load_states,
    put,
    recover,
    tables_by_evidence,
    wiring,
)
from lenet5.reproduce.fig8 import compare_misread
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table
from lenet5.training.checkpoint import load_pretrained, model_file
from lenet5.training.config import Config
from lenet5.training.evaluation import predictions, scores
from lenet5.training.presets import PRESETS
from lenet5.training.trainer import Trainer, new_network

# The figure's grey levels lie beside MNIST's folder, under this name in `paper`.
STATES: Final = "figure13_states.npz"
FROZEN: Final = tuple(PRIORS)


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Nothing that is kept; but without the figure's states the command ends here."""
    load_states(path_of(cache))
    return []


def make(cache: ExperimentCache) -> Reproduction:
    """The layers recovered, Table I tested, C5 and F6 trained once.

    A picture of the figure's own states stays in the folder of the runs, for they are the paper's.
    """
    grey = load_states(path_of(cache))
    layers = {layer: recover(grey, layer) for layer in FROZEN}
    evidence = evidence_by_subset(grey)
    trainer = train(cache, layers)
    predicted = predictions(trainer.network, cache.dataset.test, "auto")
    labels = cache.dataset.test.labels
    score, shared = scores(predicted, labels), compare_misread(predicted, labels)
    network = new_network(trainer.preset, trainer.seed)
    network.load_state_dict(trainer.network.state_dict())
    style.save(draw_states(network, grey), cache.folder / "eye_beside_figure_13.png")
    config = Config("mnist", None, trainer.preset, trainer.seed, engine=trainer.engine.name)
    numbers = {**measure(layers, evidence), "scores": score.as_dict(), "figure 8": shared}
    return Reproduction(
        "eye",
        "The eye of 1998, out of figure 13",
        section(layers, numbers),
        numbers,
        {
            "": draw_kernels(network, "C1's kernels: 1998's, recovered"),
            "ours": draw_kernels(load_pretrained("1998"), "C1's kernels: those of the network 1998 in the package"),
        },
        {"eye-1998.safetensors": model_file(network, config, score.as_dict())},
    )


def path_of(cache: ExperimentCache) -> Path:
    """Where the figure's states are looked for."""
    return (Path() if cache.data is None else cache.data.absolute().parent) / "paper" / STATES


def train(cache: ExperimentCache, layers: Mapping[str, Recovered]) -> Trainer:
    """C5 and F6 by preset `tuned`, seed 1, upon recovered layers that stay as they are."""
    preset = replace(PRESETS["tuned"], frozen=FROZEN)
    if cache.quick:
        preset = replace(preset, passes=QUICK_PASSES)
    network = new_network(preset, seed=1)
    put(network, layers)
    trainer = Trainer(preset, 1, cache.dataset.train, cache.dataset.test, engine="auto", network=network)
    trainer.run(preset.passes)
    return trainer


def measure(layers: Mapping[str, Recovered], evidence: Mapping[tuple[int, ...], Array]) -> dict[str, Any]:
    """What was recovered, map by map, and where Table I stands among other tables."""
    true, others = tables_by_evidence(evidence)
    printed = wiring()
    likeliest = [max(evidence, key=lambda reads, k=k: evidence[reads][k]) for k in range(len(printed))]  # type: ignore[misc]
    return {
        "layers": {
            layer: [
                {
                    "weights": one.weights.tolist(),
                    "deviations": one.deviations.tolist(),
                    "noise": one.noise,
                    "unsaturated": one.unsaturated,
                    "explained": explained,
                    "left_out": left_out,
                }
                for one, explained, left_out in zip(*found, strict=True)
            ]
            for layer, found in layers.items()
        },
        "table_i": {
            "evidence": true,
            "best_random": float(others.max()),
            "rank": 1 + int((others >= true).sum()),
            "tables": len(others),
            "maps_right": sum(a == b for a, b in zip(printed, likeliest, strict=True)),
        },
    }


def section(layers: Mapping[str, Recovered], numbers: Mapping[str, Any]) -> str:
    """A row a layer, and what Table I and the test set say."""
    rows = []
    for layer, found in layers.items():
        weights = np.concatenate([one.weights[:-1] for one in found.fits])
        deviations = np.concatenate([one.deviations[:-1] for one in found.fits])
        short = [str(k) for k, one in enumerate(found.fits) if one.unsaturated < len(one.weights)]
        rows.append(
            (
                layer,
                f"{min(found.explained):.4f} … {max(found.explained):.4f}",
                f"{min(found.left_out):.4f} … {max(found.left_out):.4f}",
                f"{np.sqrt(np.mean(weights**2)):.3f}",
                f"{np.sqrt(np.mean(deviations**2)):.4f}",
                ", ".join(short) or "–",
            )
        )
    headings = ("layer", "explained", "panel left out", "weights", "their deviation", "maps short of units")
    table, shared = numbers["table_i"], numbers["figure 8"]
    return f"""
Explained: the part of the states' variance, least and most of the layer's maps; then of panels that the fit has not
seen. Weights and their posterior standard deviation: root mean squares. Short of units: fewer of them neither lightest
nor darkest than the map has weights, so that the prior fills in.

{markdown_table(headings, rows)}

Table I by the figure alone: its log evidence is {table["evidence"]:.0f}, that of the best of {table["tables"]:,} random
tables of the same sizes {table["best_random"]:.0f}; it ranks {table["rank"]}. Of the 63 sets of S2 maps that a C3 map
may read, Table I's is the likeliest for {table["maps_right"]} of 16 maps.

With C1 to S4 so recovered and frozen, and C5 and F6 trained by preset `tuned`, seed 1, {shared["ours"]} test digits are
misread, {shared["both"]} of them among the 82 of figure 8.
"""


def draw_kernels(network: LeNet5, title: str) -> Figure:
    """C1's six kernels."""
    return kernels(dict(network.named_parameters())["C1.weight"].detach().numpy()[:, None], title=title)


def draw_states(network: LeNet5, grey: Grey) -> Figure:
    """Three panels of the figure, its states above those of the recovered layers for the same input."""
    with torch.no_grad():
        ours = network.states(torch.from_numpy(inputs_of(grey["input"])).float()[:, None])
    figure = style.new_figure(8, 7)
    grid: Any = figure.subplots(6, len(FROZEN))
    for panel in range(3):
        for column, layer in enumerate(FROZEN):
            maps = states_of(grey[layer][3 * panel]).astype(np.float32), ours[layer][3 * panel].numpy()
            for row, (states, name) in enumerate(zip(maps, ("1998", "recovered"), strict=True)):
                axes = grid[2 * panel + row, column]
                columns = 3 if layer in ("C1", "S2") else 8
                axes.imshow(tiles(states, columns), cmap="gray_r", vmin=-AMPLITUDE, vmax=AMPLITUDE)
                axes.set_title(f"{layer}, {name}", fontsize=style.TEXT)
                axes.set_axis_off()
    return figure
