"""Training as in section III-B: pass after pass, pattern after pattern, the curvature before each pass."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from lenet5.curvature import diagonal_curvature
from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.engine import EngineName, choose
from lenet5.engine import train as train_natively
from lenet5.loss import Loss, MAPLoss, MLELoss, check_labels
from lenet5.network import LeNet5, Network, answer
from lenet5.paper import INPUT_SIZE
from lenet5.sdlm import SDLM
from lenet5.tools.records import from_json
from lenet5.tools.rng import generator
from lenet5.tools.threads import using_threads
from lenet5.training.averaging import WeightAverage
from lenet5.training.evaluation import answers, error_rate
from lenet5.training.presets import Preset

# A pass has this many points at which the loss over time is kept and weights are taken into their mean. The native
# engine trains from one to the next, on MNIST for a hundredth of a second, so that Ctrl-C need not wait.
POINTS_A_PASS = 100

AFTER_DIVERGENCE = "A smaller η or RBF scale may help; the last checkpoint is from before."


class DivergenceError(ValueError):
    """The loss is no longer a finite number; the weights are worth nothing from there on."""


@dataclass(frozen=True)
class PassRecord:
    """What is known of one pass: a line of `log.jsonl`, and an entry of `report.json`'s `passes`.

    pass_: its number, from 1 · eta: the η that it began with · rate_min, rate_max: the effective rates ε_k then ·
    loss: the mean of the patterns' losses, and train_error: the fraction misread, both on the fly as in figure 5, each
    pattern judged before its own update · test_error: the fraction misread after the pass · seconds: of training,
    distortions and curvature included, judging not.
    """

    pass_: int
    eta: float
    rate_min: float
    rate_max: float
    loss: float
    train_error: float
    test_error: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON, `pass_` under the name `pass`."""
        values = asdict(self)
        return {"pass": values.pop("pass_"), **values}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PassRecord":
        """The inverse of `as_dict`. Raises ValueError when fields are missing, unknown or of another type."""
        return from_json(cls, {"pass_" if name == "pass" else name: value for name, value in values.items()})


@dataclass
class Progress:
    """Where a run stands: together with the weights and the curvature, all that going on depends on.

    passes_done, and patterns_done in the pass under way · loss_sum, errors: over those patterns · point_sum,
    point_patterns: losses since the last point of the curve · seconds: spent training in the pass under way ·
    records: of the passes done · loss_curve: points (passes completed, mean loss since the point before).
    """

    passes_done: int = 0
    patterns_done: int = 0
    loss_sum: float = 0.0
    errors: int = 0
    point_sum: float = 0.0
    point_patterns: int = 0
    seconds: float = 0.0
    records: list[PassRecord] = field(default_factory=list)
    loss_curve: list[tuple[float, float]] = field(default_factory=list)

    def add(self, loss_sum: float, errors: int, patterns: int, of: int) -> bool:
        """Count an update over some patterns of a pass that has `of` of them; True when it came to a point."""
        self.loss_sum += loss_sum
        self.errors += errors
        self.point_sum += loss_sum
        self.point_patterns += patterns
        points_before = self.patterns_done * POINTS_A_PASS // of
        self.patterns_done += patterns
        at_a_point = self.patterns_done * POINTS_A_PASS // of > points_before
        if at_a_point:
            self.loss_curve.append((self.passes_done + self.patterns_done / of, self.point_sum / self.point_patterns))
            self.point_sum, self.point_patterns = 0.0, 0
        return at_a_point

    def as_dict(self) -> dict[str, Any]:
        """For JSON, whose floats come back bit for bit."""
        return {**vars(self), "records": [record.as_dict() for record in self.records]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Progress":
        """The inverse of `as_dict`. Raises ValueError when fields are missing, unknown or of another type."""
        return from_json(cls, {**values, "records": [PassRecord.from_dict(record) for record in values["records"]]})


class Trainer:
    """Trains a LeNet-5 by a preset on one set of patterns, judging it on another after each pass.

    Section III-B and appendix C. `network`, `optimiser`, `average` and `progress` are the whole state, consistent after
    every update: save them (`checkpoint`), put them back, and `run` goes on bit for bit as if never stopped.
    `engine`: "torch", the tensor path, which is the definition, or "native", the same arithmetic in C++.
    `network`: another network of `lenet5.layers`, trained from the weights that it has; None for the preset's LeNet-5.
    Raises TypeError for what is no preset, no patterns and no network; ValueError when there are no patterns, when
    labels are no classes of the network, and when the native engine is asked for and cannot run the preset.
    """

    def __init__(
        self,
        preset: Preset,
        seed: int,
        train: Patterns,
        judge: Patterns,
        device: str = "cpu",
        engine: EngineName = "torch",
        network: Network | None = None,
    ) -> None:
        wanted = ((preset, Preset), (train, Patterns), (judge, Patterns), (network, Network))
        for given, kind in wanted if network is not None else wanted[:-1]:
            if not isinstance(given, kind):
                raise TypeError(f"{type(given).__name__} was given to a Trainer; expected {kind.__name__}.")
        if len(train) == 0 or len(judge) == 0:
            raise ValueError("An empty set of patterns was given; training and judging need at least one each.")
        self.preset = preset
        self.seed = seed
        self.judge = judge
        self.network = (network or new_network(preset, seed)).to(device)
        self.optimiser = SDLM(self.network, eta=preset.eta_of_pass(1), mu=preset.mu)
        self.average = WeightAverage()
        self.progress = Progress()
        self.loss = new_loss(preset.loss, preset.j)
        self.curvature_loss = new_loss(preset.curvature_loss, preset.j)
        self.patterns = len(train)
        self.undistorted = self.images = train.images.to(device)
        self.labels = train.labels.to(device)
        if preset.distortions is not None and preset.distortions.copies is not None:
            self._make_copies(preset.distortions, preset.distortions.copies)
        # Wrong labels, and a network that gives no penalties, would else be found in the middle of a pass.
        with torch.no_grad():
            penalties = self.network(to_input(self.images[:1]))
        for labels in (self.labels, judge.labels):
            check_labels(penalties.expand(len(labels), *penalties.shape[1:]), labels)
        self.engine, _ = choose(engine, self.network, batch_size=preset.batch_size)

    def run(
        self,
        passes: int,
        *,
        on_update: Callable[[Progress], None] = lambda _: None,
        on_pass: Callable[[PassRecord], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train until `passes` passes are done in all, or until `stop()`; True when they are done.

        on_update is told the progress after every update, on_pass the record of each finished pass.
        Raises DivergenceError when the loss is no longer finite, saying where; the state is then worth nothing.
        """
        while self.progress.passes_done < passes:
            if stop():
                return False
            began = time.perf_counter()
            self._take_patterns()
            if self.progress.patterns_done == 0:
                self._estimate_curvature()
                self.progress.seconds = time.perf_counter() - began
            self._train_pass(on_update, stop)
            if self.progress.patterns_done < self.patterns:
                return False
            on_pass(self._finish_pass())
        return True

    def order(self, number: int) -> Tensor:
        """Which image comes when in a pass, counted from 1: as many as there are patterns, by the preset's rule.

        Where each pattern has copies, a random order of all images lasts for several passes.
        """
        passes_an_order = len(self.images) // self.patterns
        orders_before, place = divmod(number - 1, passes_an_order)
        purpose = ("order",) if self.preset.order == "constant" else ("order", orders_before + 1)
        order = torch.randperm(len(self.images), generator=generator(self.seed, *purpose)).to(self.images.device)
        return order[place * self.patterns : (place + 1) * self.patterns]

    def _make_copies(self, distortions: Distortions, copies: int) -> None:
        """Section III-B: the images themselves, and so many distorted ones of each, made once."""
        images = self.undistorted.new_empty((copies + 1) * self.patterns, INPUT_SIZE, INPUT_SIZE)
        for number in range(copies + 1):
            part = slice(number * self.patterns, (number + 1) * self.patterns)
            numbers = generator(self.seed, "distortions", number)
            images[part] = distort(self.undistorted, distortions if number else Distortions.NONE, numbers)
        self.images = images
        self.labels = self.labels.repeat(copies + 1)

    def _take_patterns(self) -> None:
        """The images of the pass under way, where each pass has distorted ones of its own."""
        distortions = self.preset.distortions
        if distortions is not None and distortions.copies is None:
            numbers = generator(self.seed, "distortions", self.progress.passes_done + 1)
            self.images = distort(self.undistorted, distortions, numbers)

    def _estimate_curvature(self) -> None:
        """Appendix C: h_kk from patterns of the training set, drawn anew."""
        number = self.progress.passes_done + 1
        drawn = torch.randperm(len(self.images), generator=generator(self.seed, "curvature", number))
        drawn = drawn[: self.preset.curvature_patterns].to(self.images.device)
        # One thread, for sums over patterns round differently when they are shared out: the same bits everywhere.
        with using_threads(1):
            fields, labels = to_input(self.images[drawn]), self.labels[drawn]
            curvature = diagonal_curvature(self.network, self.curvature_loss, fields, labels)
        if not all(bool(h.isfinite().all()) for h in curvature.values()):
            raise DivergenceError(
                f"Training diverged: the curvature before pass {number} is not finite. {AFTER_DIVERGENCE}"
            )
        self.optimiser.curvature = curvature

    def _train_pass(self, on_update: Callable[[Progress], None], stop: Callable[[], bool]) -> None:
        """Go on with the pass under way, to its end or until `stop()`."""
        progress = self.progress
        update = self._update if self.engine == "torch" else self._update_natively
        began, seconds = time.perf_counter(), progress.seconds
        # One thread, as for the curvature: the same bits everywhere, and so little work is hardly done sooner by more.
        with using_threads(1):
            for eta, remaining in self._remaining():
                self.optimiser.eta = eta
                for batch in self._batches(remaining):
                    loss_sum, errors = update(batch)
                    at_a_point = progress.add(loss_sum, errors, len(batch), self.patterns)
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

    def _batches(self, patterns: Tensor) -> Sequence[Tensor]:
        """Those of an update each, or natively those up to each point of the pass."""
        if self.engine == "torch":
            return torch.split(patterns, self.preset.batch_size)
        done = self.progress.patterns_done
        points = sorted({math.ceil(k * self.patterns / POINTS_A_PASS) - done for k in range(1, POINTS_A_PASS)})
        return torch.tensor_split(patterns, [point for point in points if 0 < point < len(patterns)])

    def _update(self, batch: Tensor) -> tuple[float, int]:
        """One update, eq. 18; the sum of the losses and the number of errors, both from before it."""
        fields, labels = to_input(self.images[batch]), self.labels[batch]
        self.optimiser.zero_grad()
        penalties = self.network(fields)
        loss = self.loss(penalties, labels)
        # The mean over the patterns times √B: the sum, which η would want, is too long a step from B = 16 on.
        (loss * math.sqrt(len(labels))).backward()  # type: ignore[no-untyped-call]
        loss_sum = loss.item() * len(labels)
        if not math.isfinite(loss_sum):
            raise self._divergence(loss_sum, self.progress.patterns_done + 1)
        self.optimiser.step()
        return loss_sum, int(torch.count_nonzero(answer(penalties) != labels))

    def _update_natively(self, batch: Tensor) -> tuple[float, int]:
        """An update after every pattern of a batch; the same two numbers."""
        part = train_natively(self.network, self.optimiser.rates(), self.loss, self.images, self.labels, batch)
        if part.patterns < len(batch):
            raise self._divergence(part.loss_sum, self.progress.patterns_done + part.patterns + 1)
        return part.loss_sum, part.errors

    def _divergence(self, loss: float, pattern: int) -> DivergenceError:
        """The loss is not finite at a pattern, counted from 1, of the pass under way."""
        return DivergenceError(
            f"Training diverged: the loss is {loss} at pattern {pattern:,} of pass {self.progress.passes_done + 1}. "
            f"{AFTER_DIVERGENCE}"
        )

    def _finish_pass(self) -> PassRecord:
        """Judge the network, with its mean weights if the preset has them, and close the pass."""
        progress, patterns = self.progress, self.patterns
        if self.preset.averaged:
            self.average.put(self.network)
        self.optimiser.eta = self.preset.eta_of_pass(progress.passes_done + 1)
        rate_min, rate_max = self.optimiser.rate_range()
        record = PassRecord(
            pass_=progress.passes_done + 1,
            eta=self.optimiser.eta,
            rate_min=rate_min,
            rate_max=rate_max,
            loss=progress.loss_sum / patterns,
            train_error=progress.errors / patterns,
            test_error=error_rate(answers(self.network, self.judge, self.engine), self.judge.labels),
            seconds=progress.seconds,
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
    )


def new_loss(name: Literal["mle", "map"], j: float) -> Loss:
    """Eq. 8 or eq. 9 by name."""
    return MLELoss() if name == "mle" else MAPLoss(j)
