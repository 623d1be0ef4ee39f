"""Training as in section III-B: pass after pass, pattern after pattern, the curvature before each pass."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, NoReturn

import torch
from torch import Tensor

from lenet5.curvature import diagonal_curvature
from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.flanked import flanked
from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.engine import Engine, EngineName, select_engine
from lenet5.loss import Loss, MAPLoss, MLELoss, check_labels
from lenet5.network import LeNet5, Network
from lenet5.paper import INPUT_SIZE
from lenet5.sdlm import SDLM
from lenet5.tools.rng import generator
from lenet5.tools.threads import using_threads
from lenet5.training.averaging import WeightAverage
from lenet5.training.evaluation import error_rate, predictions
from lenet5.training.presets import Preset
from lenet5.training.progress import PassRecord, Progress
from lenet5.training.string_passes import StringPasses

AFTER_DIVERGENCE: Final = "A smaller η or RBF scale may help; the last checkpoint is from before."


class DivergenceError(ValueError):
    """The loss is no longer a finite number; the weights are worth nothing from there on."""


class Trainer:
    """Trains a network by a preset on one set of patterns, and evaluates it on another after each pass.

    `network`, `optimiser`, `average` and `progress` are the whole state, consistent after every update, and of a preset
    for strings the segmenter in `strings`: save them (`checkpoint`), put them back, and `run` goes on bit for bit as if
    never stopped.

    Args:
        preset: every scientific choice.
        seed: of the initial weights, the order, the curvature's patterns and the distortions.
        train: the patterns to train on.
        evaluation_set: the patterns that it is evaluated on after each pass.
        device: where, in PyTorch's words.
        engine: an engine, or its name: "torch", "native" or "auto".
        network: of `lenet5.layers`, trained from the weights that it has; None for the preset's LeNet-5.

    Raises:
        TypeError: what is no preset, no patterns or no network.
        ValueError: there are no patterns, labels are no classes of the network, or the native engine is asked for and
            cannot run the preset.

    *Paper:* section III-B and appendix C.
    """

    def __init__(
        self,
        preset: Preset,
        seed: int,
        train: Patterns,
        evaluation_set: Patterns,
        device: str = "cpu",
        engine: Engine | EngineName = "torch",
        network: Network | None = None,
    ) -> None:
        wanted = ((preset, Preset), (train, Patterns), (evaluation_set, Patterns), (network, Network))
        for given, kind in wanted if network is not None else wanted[:-1]:
            if not isinstance(given, kind):
                raise TypeError(f"{type(given).__name__} was given to a Trainer; expected {kind.__name__}.")
        if len(train) == 0 or len(evaluation_set) == 0:
            raise ValueError("An empty set of patterns was given; training and judging need at least one each.")
        self.preset = preset
        self.seed = seed
        self.evaluation_set = evaluation_set
        self.network = (network or new_network(preset, seed)).to(device)
        self.optimiser = SDLM(self.network, preset.eta_of_pass(1), preset.mu, preset.frozen)
        self.average = WeightAverage()
        self.progress = Progress()
        self.loss = new_loss(preset.loss, preset.j)
        self.curvature_loss = new_loss(preset.curvature_loss, preset.j)
        self.patterns = len(train)
        self.undistorted = self.images = train.images.to(device)
        self.labels = self.unflanked_labels = train.labels.to(device)
        if preset.distortions is not None and preset.distortions.copies is not None:
            self._make_copies(preset.distortions, preset.distortions.copies)
        self.everyday = None
        if preset.everyday is not None:
            # It draws with OpenCV, which other presets need not load.
            from lenet5.data.everyday_patterns import EverydayPatterns

            self.everyday = EverydayPatterns(preset.everyday, train, seed)
        # Wrong labels, and a network that gives no penalties, would else be found in the middle of a pass.
        with torch.no_grad():
            penalties = self.network(to_input(self.images[:1]))
        for labels in (self.labels, evaluation_set.labels):
            check_labels(penalties.expand(len(labels), *penalties.shape[1:]), labels)
        self.engine, _ = select_engine(engine, self.network, batch_size=preset.batch_size)
        self.strings: StringPasses | None = None
        if preset.strings is not None:
            self.strings = StringPasses(preset.strings, preset.j, seed, train, evaluation_set, self.engine)

    def run(
        self,
        passes: int,
        *,
        on_update: Callable[[Progress], None] = lambda _: None,
        on_pass: Callable[[PassRecord], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train until `passes` passes are done in all, or until `stop()`; True when they are done.

        Args:
            passes: of the whole run, those done before included.
            on_update: told the progress after every update, or natively after every hundredth of a pass.
            on_pass: told the record of each finished pass.
            stop: asked after each `on_update`.

        Raises:
            DivergenceError: the loss is no longer finite, and where; the state is then worth nothing.
        """
        while self.progress.passes_done < passes:
            if stop():
                return False
            began = time.perf_counter()
            strings = self._strings(self.progress.passes_done + 1)
            if strings is None:
                self._take_patterns()
            if self.progress.patterns_done == 0:
                self._estimate_curvature()
                self.progress.seconds = time.perf_counter() - began
            if strings is None:
                self._train_pass(on_update, stop)
            else:
                self._train_on_strings(strings, on_update, stop)
            if self.progress.patterns_done < self.patterns:
                return False
            on_pass(self._finish_pass())
        return True

    def order(self, number: int) -> Tensor:
        """Which image comes when in a pass, by the preset's rule: as many as there are patterns.

        Where each pattern has copies, a random order of all images lasts for several passes.

        Args:
            number: the pass, from 1.
        """
        passes_an_order = len(self.images) // self.patterns
        orders_before, part = divmod(number - 1, passes_an_order)
        purpose = ("order",) if self.preset.order == "constant" else ("order", orders_before + 1)
        order = torch.randperm(len(self.images), generator=generator(self.seed, *purpose)).to(self.images.device)
        return order[part * self.patterns : (part + 1) * self.patterns]

    def _make_copies(self, distortions: Distortions, copies: int) -> None:
        """Section III-B: the images themselves, and so many distorted ones of each, made once."""
        images = self.undistorted.new_empty((copies + 1) * self.patterns, INPUT_SIZE, INPUT_SIZE)
        for number in range(copies + 1):
            part = slice(number * self.patterns, (number + 1) * self.patterns)
            rng = generator(self.seed, "distortions", number)
            images[part] = distort(self.undistorted, distortions if number else Distortions.NONE, rng)
        self.images = images
        self.labels = self.labels.repeat(copies + 1)

    def _take_patterns(self) -> None:
        """The images of the pass under way, where each pass has distorted ones of its own."""
        distortions = self.preset.distortions
        if distortions is not None and distortions.copies is None:
            rng = generator(self.seed, "distortions", self.progress.passes_done + 1)
            self.images = distort(self.undistorted, distortions, rng)
        if self.everyday is not None and distortions is not None:
            number = self.progress.passes_done + 1
            made = self.everyday.of_pass(self.images.cpu(), self.unflanked_labels.cpu(), distortions, number)
            self.images, self.labels = (tensor.to(self.undistorted.device) for tensor in made)
        if (flanking := self.preset.flanking) is not None:
            rng = generator(self.seed, "flanking", self.progress.passes_done + 1)
            device = self.images.device
            made = flanked(self.images.cpu(), self.unflanked_labels.cpu(), flanking, rng)
            self.images, self.labels = (tensor.to(device) for tensor in made)

    def _estimate_curvature(self) -> None:
        """Appendix C: h_kk from patterns of the training set, drawn anew."""
        number = self.progress.passes_done + 1
        if (strings := self._strings(number)) is not None:
            with using_threads(1):
                of_network, of_segmenter = strings.curvature(self.network, number)
            self._check_curvature({**of_network, **of_segmenter}, number)
            self.optimiser.mu = strings.training.mu
            self.optimiser.curvature = of_network
            strings.optimiser.curvature = of_segmenter
            return
        drawn = torch.randperm(len(self.images), generator=generator(self.seed, "curvature", number))
        drawn = drawn[: self.preset.curvature_patterns].to(self.images.device)
        # One thread, for sums over patterns round differently when they are shared out: the same bits everywhere.
        with using_threads(1):
            inputs, labels = to_input(self.images[drawn]), self.labels[drawn]
            curvature = diagonal_curvature(self.network, self.curvature_loss, inputs, labels)
        self._check_curvature(curvature, number)
        self.optimiser.curvature = curvature

    @staticmethod
    def _check_curvature(curvature: Mapping[str, Tensor], number: int) -> None:
        if not all(bool(h.isfinite().all()) for h in curvature.values()):
            raise DivergenceError(
                f"Training diverged: the curvature before pass {number} is not finite. {AFTER_DIVERGENCE}"
            )

    def _strings(self, number: int) -> StringPasses | None:
        """What trains on strings, where a pass, counted from 1, does."""
        return self.strings if self.preset.on_strings(number) else None

    def _train_on_strings(
        self, strings: StringPasses, on_update: Callable[[Progress], None], stop: Callable[[], bool]
    ) -> None:
        """Go on with the pass over strings under way, to its end or until `stop()`."""
        progress, number = self.progress, self.progress.passes_done + 1
        began, seconds = time.perf_counter(), progress.seconds
        with using_threads(1):
            for eta, remaining in self._remaining():
                self.optimiser.eta = strings.optimiser.eta = eta
                begin = progress.patterns_done
                for given, part in strings.train(self.network, self.optimiser, number, begin, remaining):
                    if part.lines < given:
                        self._diverged(part.loss_sum, part.lines, "line")
                    progress.add(part.loss_sum, part.errors, part.lines, self.patterns)
                    progress.seconds = seconds + time.perf_counter() - began
                    on_update(progress)
                    if stop():
                        return

    def _train_pass(self, on_update: Callable[[Progress], None], stop: Callable[[], bool]) -> None:
        """Go on with the pass under way, to its end or until `stop()`."""
        progress = self.progress
        began, seconds = time.perf_counter(), progress.seconds
        # One thread, as for the curvature: the same bits everywhere, and so little work is hardly done sooner by more.
        with using_threads(1):
            for eta, remaining in self._remaining():
                self.optimiser.eta = eta
                for order in self.engine.parts(remaining, progress.points(self.patterns), self.preset.batch_size):
                    at_a_point = self._train_part(order)
                    if at_a_point and self.patterns - progress.patterns_done < self.preset.averaged * self.patterns:
                        self.average.add(self.network)
                    progress.seconds = seconds + time.perf_counter() - began
                    on_update(progress)
                    if stop():
                        return

    def _remaining(self) -> Iterator[tuple[float, Tensor]]:
        """What is left of the pass under way: each η, and the patterns that are learnt with it, in their order."""
        number = self.progress.passes_done + 1
        order, begin = self.order(number), self.progress.patterns_done
        for eta, part in self.preset.etas_of_pass(number):
            end = round(part * self.patterns)
            if begin < end:
                yield eta, order[begin:end]
                begin = end

    def _train_part(self, order: Tensor) -> bool:
        """Train on a part of the pass, and count it; True when it came to a point."""
        progress = self.progress
        part = self.engine.train(
            self.network,
            self.optimiser,
            self.loss,
            self.images,
            self.labels,
            order,
            batch_size=self.preset.batch_size,
        )
        if part.patterns < len(order):
            self._diverged(part.loss_sum, part.patterns, "pattern")
        return progress.add(part.loss_sum, part.errors, part.patterns, self.patterns)

    def _diverged(self, loss: float, done: int, what: str) -> NoReturn:
        progress = self.progress
        raise DivergenceError(
            f"Training diverged: the loss is {loss} at {what} {progress.patterns_done + done + 1:,} of pass "
            f"{progress.passes_done + 1}. {AFTER_DIVERGENCE}"
        )

    def _finish_pass(self) -> PassRecord:
        """Evaluate the network, with its mean weights if the preset has them, and close the pass."""
        progress, patterns = self.progress, self.patterns
        if self.preset.averaged:
            self.average.put(self.network)
        self.optimiser.eta = self.preset.eta_of_pass(progress.passes_done + 1)
        rate_min, rate_max = self.optimiser.rate_range()
        predicted = predictions(self.network, self.evaluation_set, self.engine)
        strings = self._strings(progress.passes_done + 1)
        record = PassRecord(
            pass_=progress.passes_done + 1,
            eta=self.optimiser.eta,
            rate_min=rate_min,
            rate_max=rate_max,
            loss=progress.loss_sum / patterns,
            train_error=progress.errors / patterns,
            test_error=error_rate(predicted, self.evaluation_set.labels),
            seconds=progress.seconds,
            string_error=None if strings is None else strings.error(self.network),
        )
        self.progress = Progress(
            passes_done=record.pass_,
            records=[*progress.records, record],
            loss_curve=progress.loss_curve,
        )
        return record


def new_network(preset: Preset, seed: int) -> LeNet5:
    """The network that a preset begins with: the same seed, the same weights."""
    return LeNet5(
        preset.scale,
        coefficient_curvature=preset.coefficient_curvature,
        initial_coefficient=preset.initial_coefficient,
        initial_weights=preset.initial_weights,
        seed=seed,
        blank=preset.blank,
    )


def new_loss(name: Literal["mle", "map"], j: float) -> Loss:
    """Eq. 8 or eq. 9 by name."""
    return MLELoss() if name == "mle" else MAPLoss(j)
