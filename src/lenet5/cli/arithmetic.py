"""The arithmetic of a layer's counts, written out: `lenet5 summary --explain`."""

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lenet5.layers.layer import Layer
    from lenet5.network import LayerSummary


def arithmetic(layer: "Layer", row: "LayerSummary") -> tuple[str, str]:
    """How many trainable parameters and how many connections, each a sum that ends in "= count".

    The sums are made of the layer's own table and sizes, the counts are those of the summary: a test computes both.

    Args:
        layer: of a network.
        row: its summary.

    *Paper:* section II-B, which gives the counts of C1, S2, C3 and C5 in these terms.
    """
    from lenet5.layers.convolution import Convolution
    from lenet5.layers.full_connection import FullConnection
    from lenet5.layers.subsampling import Subsampling

    maps, height, width = row.size
    match layer:
        case Convolution():
            k = layer.kernel_size
            read = sorted(Counter(layer.table.sum(0).tolist()).items())
            word = " maps" if len(read) == 1 else ""  # the three terms of Table I need the room
            each = [f"{of_maps}{word} × ({f'{n}×' * (n > 1)}{k}×{k} + 1)" for n, of_maps in read]
            parameters, connections = " + ".join(each), f"{row.parameters:,} × {height}×{width}"
        case Subsampling():
            parameters, connections = f"{maps} maps × (1 + 1)", f"{maps} maps × (2×2 + 1) × {height}×{width}"
        case FullConnection():
            units, inputs = layer.weight.shape
            parameters = connections = f"{units} units × ({inputs} + 1)"
        case _:
            parameters, connections = "fixed codes", f"{maps} units × {row.connections // maps}"
    return f"{parameters} = {row.parameters:,} parameters", f"{connections} = {row.connections:,} connections"
