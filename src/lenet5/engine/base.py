"""What an engine is: the arithmetic of training and reading, behind one set of methods."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, Literal, NamedTuple

from torch import Tensor

from lenet5.data.line import Line
from lenet5.data.patterns import Patterns
from lenet5.data.strings import Strings
from lenet5.graphs.graph import HypothesesName
from lenet5.graphs.recognition import Hypotheses
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.graphs.segmenter import Segmenter
from lenet5.graphs.sweep import sweep
from lenet5.loss import Loss, MAPLoss
from lenet5.network import Network
from lenet5.sdlm import SDLM

# A pattern whose penalties have no derivative as large, but for τ, teaches the network nothing, and is not worth a
# backward pass.
LEAST_AT_STAKE: Final = 0.01


class TrainedPart(NamedTuple):
    """What came of training on a part of a pass.

    Attributes:
        loss_sum: the losses added up, each from before its own update; not finite where training stopped for that.
        errors: how many patterns were misread, each before its own update.
        patterns: how many were trained on: fewer than were given where the next one's loss was not finite.
    """

    loss_sum: float
    errors: int
    patterns: int


class Reader(NamedTuple):
    """What reads lines: a network of eleven classes and a segmenter, and what moves the parameters of each.

    Attributes:
        network: a LeNet-5 with the blank space's class.
        segmenter: adds its penalties to the network's.
        optimiser: of the network.
        segmenter_optimiser: of the segmenter.
    """

    network: Network
    segmenter: Segmenter
    optimiser: SDLM
    segmenter_optimiser: SDLM


class TrainedLines(NamedTuple):
    """What came of training on lines, and on a single digit beside each.

    Attributes:
        loss_sum: the criterion's values added up, each from before its own update; not finite where training stopped.
        errors: how many lines were misread, each before its own update.
        isolated_loss_sum: the losses of the single digits.
        isolated_errors: how many of them were misread.
        lines: how many were trained on: fewer than were given where a loss was not finite.
    """

    loss_sum: float
    errors: int
    isolated_loss_sum: float
    isolated_errors: int
    lines: int


class Engine(ABC):
    """Trains networks and reads by them; `TENSORS` and `NATIVE` are the two there are.

    An engine keeps nothing of a network: whoever has chosen one (`select_engine`) may use it for many.

    Attributes:
        name: what `config.json`, `report.json` and `--engine` call it.
    """

    name: ClassVar[Literal["native", "torch"]]

    @abstractmethod
    def train(
        self,
        network: Network,
        optimiser: SDLM,
        loss: Loss,
        images: Tensor,
        labels: Tensor,
        order: Tensor,
        *,
        batch_size: int = 1,
    ) -> TrainedPart:
        """Update the network's own parameters for the patterns of `order`, so many an update.

        It ends before the first update whose loss is not finite.

        Args:
            network: what is trained.
            optimiser: of this network; its rates stay as they are meanwhile.
            loss: eq. 8 or eq. 9, the mean over its patterns.
            images: N×height×width uint8 or N×1×32×32 float32.
            labels: N int64.
            order: M int64: which patterns, in which order.
            batch_size: the patterns of an update, the last one's may be fewer.

        Raises:
            CannotRunError: the engine cannot run this; see `unsupported_reason`.
            TypeError, ValueError: arrays that do not fit.

        *Paper:* appendix C, eq. 18: w_k ← w_k − ε_k ∂E^p/∂w_k.
        *Departs:* batches of more than one pattern, which the paper does not have.
        """

    @abstractmethod
    def parts(self, order: Tensor, points: Sequence[int], batch_size: int) -> Sequence[Tensor]:
        """`order` in the parts that `train` is to be given one by one, so that others may look in between.

        Args:
            order: the patterns that are left of a pass.
            points: after how many of them there is something to do.
            batch_size: the patterns of an update.
        """

    @abstractmethod
    def states(self, network: Network, images: Tensor, layer: str) -> Tensor:
        """The states of a layer, on the CPU, by PyTorch's number of threads.

        Args:
            network: whose states.
            images: N×height×width uint8, at most 32×32, or N×1×32×32 float32.
            layer: its name, such as "C3".

        Returns:
            N by the layer's shape.

        Raises:
            CannotRunError: the engine cannot run this network.
            ValueError: an unknown layer, or images that do not fit.
        """

    @abstractmethod
    def penalties(self, network: Network, images: Tensor) -> Tensor:
        """The last layer's states, N×classes of a LeNet-5; else as `states`.

        *Paper:* section II-B, eq. 7.
        """

    @abstractmethod
    def train_strings(
        self,
        reader: Reader,
        criterion: str,
        strings: Strings,
        loss: MAPLoss,
        digits: Patterns,
        beside: Tensor,
    ) -> TrainedLines:
        """Update a network and its segmenter for each line by what it says, and for a single digit beside each line.

        The derivatives of a line's criterion by its segments' penalties are taken once; then the network is updated for
        one pattern after the other, a segment's or an output's, and the segmenter for all of them. A line of fewer
        pieces than digits teaches nothing.

        Args:
            reader: what is trained.
            criterion: a name in `graphs.criteria.CRITERIA`.
            strings: the lines.
            loss: eq. 9, of the single digits, which keep the network's penalties those of digits.
            digits: where they are from.
            beside: as many as lines, int64: which of them stands beside each line.

        Raises:
            CannotRunError: the engine cannot run this.

        *Paper:* section VI, and appendix C for the step.
        *Departs:* an update a pattern, where all of a line share their parameters; patterns with derivatives below
        `LEAST_AT_STAKE` are left out.
        """

    @abstractmethod
    def segmentation(self, line: Line) -> SegmentationGraph:
        """The segmentation graph of a line; see `graphs.segmentation_graph`."""

    def hypotheses(self, name: HypothesesName, line: Line) -> Hypotheses:
        """What may be a digit on a line: its segments, or the windows of a sweep."""
        return self.segmentation(line) if name == "segments" else sweep(line)
