"""The JSON document, by loops that follow the paper and know nothing of the package."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from lenet5 import paper
from lenet5.data import Patterns
from lenet5.export import json as form
from lenet5.export.trained_network import TrainedNetwork

Maps = list[list[list[float]]]


@pytest.fixture(scope="module")
def file(trained: TrainedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("json") / "lenet5.json"
    form.write(trained, path)
    return path


@pytest.fixture(scope="module")
def document(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text())


def total_input(layer: dict[str, Any], x: Maps, o: int, row: int, column: int) -> float:
    if layer["kind"] == "subsampling":
        four = sum(x[o][2 * row + a][2 * column + b] for a in (0, 1) for b in (0, 1))
        return layer["coefficient"][o] * four + layer["bias"][o]
    if layer["kind"] == "full_connection":
        return layer["bias"][o] + sum(w * unit[0][0] for w, unit in zip(layer["weight"][o], x, strict=True))
    k, first = layer["kernel_size"], sum(len(maps) for maps in layer["reads"][:o])
    return layer["bias"][o] + sum(
        layer["weight"][first + n][a][b] * x[i][row + a][column + b]
        for n, i in enumerate(layer["reads"][o])
        for a in range(k)
        for b in range(k)
    )


def by_loops(document: dict[str, Any], image: list[list[int]]) -> list[float]:
    """Penalties of one image, by the document and the equations in the docstring of its writer."""
    field, place = document["input"], document["input"]["image"]
    step = (field["ink"] - field["background"]) / (place["ink"] - place["paper"])
    x: Maps = [[[field["background"]] * field["width"] for _ in range(field["height"])]]
    for row, line in enumerate(image):
        for column, grey in enumerate(line):
            x[0][place["top"] + row][place["left"] + column] += step * grey
    amplitude, slope = document["squash"]["amplitude"], document["squash"]["slope"]
    *squashed, output = document["layers"]
    for layer in squashed:
        maps, height, width = layer["size"]
        x = [
            [
                [amplitude * math.tanh(slope * total_input(layer, x, o, row, column)) for column in range(width)]
                for row in range(height)
            ]
            for o in range(maps)
        ]
    units = [unit[0][0] for unit in x]
    return [output["scale"] * sum((u - w) ** 2 for u, w in zip(units, code, strict=True)) for code in output["codes"]]


def test_the_document_alone_gives_the_penalties(document: dict[str, Any], digits: Patterns, penalties: Tensor) -> None:
    for n in (0, 5):
        given = by_loops(document, digits.images[n].tolist())
        np.testing.assert_allclose(given, penalties[n], rtol=1e-5, atol=1e-5)


def test_every_parameter_is_there_to_the_last_bit(document: dict[str, Any], trained: TrainedNetwork) -> None:
    layers = {layer["name"]: layer for layer in document["layers"]}
    assert list(layers) == list(paper.LAYERS)
    for name, p in trained.parameters.items():
        layer, kind = name.split(".")
        assert np.array_equal(np.array(layers[layer][kind], dtype=np.float32), p)


def test_table_i_and_the_rest_of_the_paper(document: dict[str, Any], trained: TrainedNetwork) -> None:
    layers = {layer["name"]: layer for layer in document["layers"]}
    reads = layers["C3"]["reads"]
    assert (reads[0], reads[3], reads[14], reads[15]) == ([0, 1, 2], [3, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5])
    assert [layer["size"] for layer in document["layers"]] == [list(row.size) for row in paper.LAYERS.values()]
    assert document["squash"] == {"amplitude": paper.AMPLITUDE, "slope": paper.SLOPE}
    assert (document["rubbish"]["j"], layers["OUTPUT"]["scale"]) == (trained.j, trained.scale)
    assert document["scores"]["test_error"] == 0.0044


def test_all_of_mnist_is_read_alike(file: Path, mnist: Patterns, mnist_penalties: Tensor) -> None:
    with threadpool_limits(1):
        given = form.read_back(file)(mnist.images)
    assert int((given.argmin(1) == mnist_penalties.argmin(1)).sum()) == 10_000
    torch.testing.assert_close(given, mnist_penalties, rtol=1e-5, atol=1e-5)
