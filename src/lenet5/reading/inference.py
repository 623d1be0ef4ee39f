"""A trained network to read with: arrays in, arrays out, and no PyTorch where the native engine is there."""

import sys
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet5.arrays import GREY_LEVELS, STATE_SHAPES, codes, parameter_shapes, table_i
from lenet5.data.line import Line
from lenet5.engine.extension import (
    PROVED_EQUAL_TO,
    digest_of_definition,
    extension,
    native_interpretations,
    native_segmentation,
)
from lenet5.graphs.graph import HypothesesName
from lenet5.graphs.interpretation import Interpretation, interpret, string_posterior
from lenet5.graphs.recognition import Hypotheses, path_penalties, recognition_graph
from lenet5.graphs.segmentation_graph import FEATURES, SegmentationGraph, segmentation_graph
from lenet5.graphs.sweep import LONGEST
from lenet5.graphs.transducer import Transducer
from lenet5.training.calibration import AS_TRAINED, Calibration, posterior
from lenet5.training.model_file import SEGMENTER, open_model
from lenet5.training.run_folder import model_in

# Where a segment's pattern is seen again, down and to the right; and how much more than the best path one may cost
# whose segments are.
MOVED: Final = tuple((down, right) for down in (0, 1, -1) for right in (0, 1, -1) if (down, right) != (0, 0))
SECOND_LOOK: Final = 4.0
# What paths cost more than the best at most that a grammar first looks among; what can occur may be further away.
WITHIN: Final = (8.0, 25.0, 100.0)


class SegmenterArrays(NamedTuple):
    """A segmenter that is only read with; see `graphs.segmenter.Segmenter`.

    Attributes:
        weights: 11×15, of a sweep 11×3.
        temperature: τ.
        hypotheses: what its arcs are.
    """

    weights: NDArray[np.float32]
    temperature: float
    hypotheses: HypothesesName = "segments"


class InferenceNetwork:
    """A LeNet-5 that is only read with.

    Args:
        parameters: the twelve arrays by name, float32.
        scale: s of eq. 7.
        j: the rubbish class's penalty, eq. 9.
        segmenter: of a network that was trained on strings; None of others.
        blank: whether it has an eleventh class, of the blank space or of what is no digit.
        calibration: what makes frequencies of its posteriors.
    """

    def __init__(
        self,
        parameters: dict[str, NDArray[np.float32]],
        scale: float,
        j: float,
        segmenter: SegmenterArrays | None = None,
        *,
        blank: bool = False,
        calibration: Calibration = AS_TRAINED,
    ) -> None:
        self.parameters = {name: np.ascontiguousarray(p, dtype=np.float32) for name, p in parameters.items()}
        self.scale = scale
        self.j = j
        self.segmenter = segmenter
        self.blank = blank
        self.calibration = calibration
        self._codes = codes(blank=blank)
        self._table = table_i()

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: not the engine, which each finds for itself."""
        return {name: value for name, value in vars(self).items() if name not in ("_engine", "_layers")}

    def penalties(self, patterns: NDArray[np.uint8], threads: int = 1) -> NDArray[np.float32]:
        """Eq. 7: N×10 penalties of patterns N×28×28, foreground 255; see `states`."""
        return self.states(patterns, "OUTPUT", threads)[:, :10]

    def posterior(self, penalties: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How likely each digit is, N×10, and that it is none, N, from all classes' penalties; see `calibration`."""
        return posterior(penalties, self.j, self.calibration)

    @property
    def trained_on(self) -> Literal["digits"] | HypothesesName:
        """Single digits alone, or strings too, and then what may be a digit of them."""
        return "digits" if self.segmenter is None else self.segmenter.hypotheses

    def segmentation(self, line: Line) -> SegmentationGraph:
        """The segmentation graph of a line, 44×width uint8."""
        engine = self._engine
        return segmentation_graph(line) if engine is None else native_segmentation(engine, line)

    def arc_penalties(self, hypotheses: Hypotheses) -> NDArray[np.float64]:
        """The penalties of a recognition graph's arcs, arcs×11: the network's and the segmenter's.

        Of segments on paths that cost little more than the best one, the network's are the mean over nine places of
        the pattern.

        Raises:
            ValueError: the network was not trained on strings.
        """
        if self.segmenter is None:
            raise ValueError("A network that was not trained on strings was given; give one of preset numbers or sdnn.")
        y = self.states(hypotheses.patterns, "OUTPUT").astype(np.float64)
        of_segmenter = hypotheses.features.astype(np.float64) @ self.segmenter.weights.T
        if not isinstance(hypotheses, SegmentationGraph):
            penalties = self.segmenter.temperature * hypotheses.of_arcs(y) + of_segmenter
            return np.asarray(penalties + hypotheses.impossible)
        penalties = self.segmenter.temperature * y + of_segmenter
        if not len(hypotheses):
            return penalties
        # A second look at what may be the answer, moved by a pixel: a network is not sure of the same of every view.
        through = path_penalties(hypotheses, penalties).min(1)
        doubtful = through < through.min() + SECOND_LOOK
        views = [np.roll(hypotheses.patterns[doubtful], moved, (1, 2)) for moved in MOVED]
        of_views = self.states(np.concatenate(views), "OUTPUT").astype(np.float64)
        y[doubtful] += of_views.reshape(len(MOVED), -1, y.shape[1]).sum(0)
        y[doubtful] /= 1 + len(MOVED)
        return self.segmenter.temperature * y + of_segmenter

    def interpretations(
        self, hypotheses: Hypotheses, penalties: NDArray[np.float64], grammar: Transducer | None = None
    ) -> list[Interpretation]:
        """The likeliest string of a line and the runner-up, see `graphs.interpretation.interpret`."""
        engine = self._engine
        if engine is not None and grammar is None:
            return native_interpretations(engine, hypotheses, penalties)
        for within in WITHIN:
            if found := interpret(recognition_graph(hypotheses, penalties, within=within), grammar):
                return found
        return []

    def string_posterior(
        self, hypotheses: Hypotheses, penalties: NDArray[np.float64], digits: tuple[int, ...]
    ) -> float:
        """How likely it is that a line says these digits, see `graphs.interpretation.string_posterior`."""
        engine = self._engine
        if engine is not None:
            arcs = hypotheses.arcs.astype(np.int32)
            return float(engine.string_posterior(arcs, np.ascontiguousarray(penalties), list(digits)))
        return string_posterior(recognition_graph(hypotheses, penalties), digits)

    def states(self, patterns: NDArray[np.uint8], layer: str, threads: int = 1) -> NDArray[np.float32]:
        """The states of a layer, N by its shape in `STATE_SHAPES`, of patterns N×height×width.

        Args:
            patterns: uint8, at most 32×32 each, foreground 255.
            layer: its name, C1 to OUTPUT.
            threads: among which the patterns are shared.

        Raises:
            ValueError: the layer is unknown, or the patterns do not fit.
        """
        if layer not in STATE_SHAPES:
            raise ValueError(f"The layer {layer!r} was given; choose one of {', '.join(STATE_SHAPES)}.")
        if self._engine is None:
            return self._states_by_tensors(patterns, layer)
        return self._states_by(self._engine, patterns, layer, threads)

    @cached_property
    def _engine(self) -> ModuleType | None:
        """The native engine, or None where there is none or it does not do what the layers do.

        While the layers are neither loaded nor edited, there is no need to load them to know that it does.
        """
        engine = extension()
        if isinstance(engine, str):
            return None
        as_proved = "lenet5.network" not in sys.modules and digest_of_definition() == PROVED_EQUAL_TO
        return engine if as_proved or self._agrees(engine) else None

    def _agrees(self, engine: ModuleType) -> bool:
        """Whether a pattern has the same states by the native engine and by the layers as they stand."""
        import torch

        from lenet5.engine.agreement import IMAGE, difference_of_states

        pattern = IMAGE.numpy()
        expected = {layer: torch.from_numpy(self._states_by_tensors(pattern, layer)) for layer in STATE_SHAPES}
        given = {layer: torch.from_numpy(self._states_by(engine, pattern, layer)) for layer in STATE_SHAPES}
        return difference_of_states(given.__getitem__, expected) is None

    def _states_by(
        self, engine: ModuleType, patterns: NDArray[np.uint8], layer: str, threads: int = 1
    ) -> NDArray[np.float32]:
        shape = (len(self._codes),) if layer == "OUTPUT" else STATE_SHAPES[layer]
        out = np.empty((len(patterns), *shape), dtype=np.float32)
        network = (list(self.parameters.values()), self._table, self._codes, self.scale)
        engine.states(*network, np.ascontiguousarray(patterns), None, GREY_LEVELS, layer, threads, out)
        return out

    def _states_by_tensors(self, patterns: NDArray[np.uint8], layer: str) -> NDArray[np.float32]:
        """The same by the layers themselves."""
        import torch

        from lenet5.data.input import to_input

        with torch.no_grad():
            states: NDArray[np.float32] = self._layers.states(to_input(torch.from_numpy(patterns)))[layer].numpy()
        return states

    @cached_property
    def _layers(self) -> Any:
        import torch

        from lenet5.network import LeNet5

        network = LeNet5(self.scale, blank=self.blank)
        network.load_state_dict({name: torch.from_numpy(p) for name, p in self.parameters.items()})
        return network


def load_inference_network(model: str | Path = "pretrained") -> InferenceNetwork:
    """The network in a model or checkpoint file or a run's folder, or one that comes with the package.

    Raises:
        ValueError: there is none, or the file does not hold a LeNet-5.
    """
    file = open_model(model_in(Path(model)))
    preset = file.config.preset
    segmenter = None
    if preset.strings is not None:
        swept = preset.strings.hypotheses == "sweep"
        shapes = {"weights": (11, LONGEST if swept else FEATURES), "temperature": (1,)}
        arrays = file.part(SEGMENTER, shapes)
        segmenter = SegmenterArrays(arrays["weights"], float(arrays["temperature"][0]), preset.strings.hypotheses)
    return InferenceNetwork(
        file.weights(parameter_shapes()),
        preset.scale,
        preset.j,
        segmenter,
        blank=preset.blank,
        calibration=file.calibration,
    )
