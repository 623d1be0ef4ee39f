"""Where a run stands: the record of each pass done, and the sums over the one under way."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from lenet5.tools.records import from_json

# A pass has this many points at which the loss over time is kept and weights are taken into their mean. The native
# engine trains from one to the next, on MNIST for a hundredth of a second, so that Ctrl-C need not wait.
POINTS_A_PASS: Final = 100


@dataclass(frozen=True)
class PassRecord:
    """What is known of one pass: a line of `log.jsonl`, and an entry of `report.json`'s `passes`.

    Attributes:
        pass_: its number, from 1.
        eta: the η that it began with.
        rate_min: the smallest effective rate ε_k then.
        rate_max: the largest.
        loss: the mean of the patterns' losses, each from before its own update, as in figure 5.
        train_error: the fraction misread, each before its own update.
        test_error: the fraction of the evaluation set misread after the pass.
        seconds: of training, distortions and curvature included, evaluation not.
        string_error: the fraction of the evaluated strings misread after a pass over strings, where `loss` and
            `train_error` are of lines; None after others.
    """

    pass_: int
    eta: float
    rate_min: float
    rate_max: float
    loss: float
    train_error: float
    test_error: float
    seconds: float
    string_error: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON, `pass_` under the name `pass`; `string_error` only where there is one."""
        values = asdict(self)
        if self.string_error is None:
            del values["string_error"]
        return {"pass": values.pop("pass_"), **values}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PassRecord":
        """The inverse of `as_dict`.

        Raises:
            ValueError: fields are missing, unknown or of another type.
        """
        return from_json(cls, {"pass_" if name == "pass" else name: value for name, value in values.items()})


@dataclass
class Progress:
    """All that going on depends on besides the weights, their mean and the curvature.

    Attributes:
        passes_done: how many are complete.
        patterns_done: how many of the pass under way.
        loss_sum: over those patterns.
        errors: how many of them were misread.
        point_sum: the losses since the last point of the curve.
        point_patterns: how many patterns that is.
        seconds: spent training in the pass under way.
        records: of the passes done.
        loss_curve: points (passes completed, mean loss since the point before).
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

    def add(self, loss_sum: float, errors: int, patterns: int, total: int) -> bool:
        """Count what was trained of a pass that has `total` patterns; True when it came to a point."""
        self.loss_sum += loss_sum
        self.errors += errors
        self.point_sum += loss_sum
        self.point_patterns += patterns
        points_before = self.patterns_done * POINTS_A_PASS // total
        self.patterns_done += patterns
        at_a_point = self.patterns_done * POINTS_A_PASS // total > points_before
        if at_a_point:
            self.loss_curve.append(
                (self.passes_done + self.patterns_done / total, self.point_sum / self.point_patterns)
            )
            self.point_sum, self.point_patterns = 0.0, 0
        return at_a_point

    def points(self, total: int) -> list[int]:
        """After how many more patterns each point of the pass comes; below 0 where it is past."""
        return sorted({math.ceil(k * total / POINTS_A_PASS) - self.patterns_done for k in range(1, POINTS_A_PASS)})

    def as_dict(self) -> dict[str, Any]:
        """For JSON, whose floats come back bit for bit."""
        return {**vars(self), "records": [record.as_dict() for record in self.records]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Progress":
        """The inverse of `as_dict`.

        Raises:
            ValueError: fields are missing, unknown or of another type.
        """
        return from_json(cls, {**values, "records": [PassRecord.from_dict(record) for record in values["records"]]})
