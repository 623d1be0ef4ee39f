"""The whole configuration of a run: what was asked for, with every default filled in."""

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from lenet5.tools.records import from_json
from lenet5.training.presets import PRESETS, Preset
from lenet5.version import __version__

if TYPE_CHECKING:
    from lenet5.data.patterns import Dataset, Patterns

# The preset that a data set is trained with unless another is asked for.
DEFAULT_PRESETS: Final = {"mnist": "tuned", "digits": "digits"}


@dataclass(frozen=True)
class Config:
    """One run: `config.json` in its folder and in the header of its weights.

    Attributes:
        dataset: "mnist" or "digits".
        data: the folder MNIST is read from; None for the usual places.
        preset: the scientific choices.
        seed: of every draw.
        train_size: train on the first so many patterns; None for all.
        validation: leave the last so many training patterns out, and evaluate on them; 0 for the test set.
        device: "cpu" or "cuda".
        engine: what trained it.
        version: of this package.
    """

    dataset: str
    data: str | None
    preset: Preset
    seed: int
    train_size: int | None = None
    validation: int = 0
    device: str = "cpu"
    engine: Literal["native", "torch"] = "torch"
    version: str = __version__

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Config":
        """The inverse of `as_dict`.

        Raises:
            ValueError: fields are missing, unknown or of another type.
        """
        try:
            return from_json(cls, values)
        except ValueError as error:
            expected = ", ".join(f.name for f in fields(cls))
            raise ValueError(
                f"A run's configuration that does not fit was given ({error}); expected {expected}."
            ) from error

    def changed(self, *, data: str | None = None, passes: int | None = None) -> "Config":
        """This configuration with what a resumed run may change; None leaves it as it is.

        Raises:
            ValueError: a folder of MNIST where the run has another data set.
        """
        if data is not None and self.dataset != "mnist":
            raise ValueError(f"The folder of MNIST {data} was given, and the run is on {self.dataset}; give no --data.")
        preset = self.preset if passes is None else replace(self.preset, passes=passes)
        return replace(self, data=self.data if data is None else data, preset=preset)

    def split(self, dataset: "Dataset") -> "tuple[Patterns, Patterns]":
        """The training set and the evaluation set.

        Raises:
            ValueError: the training set has too few.
        """
        train, evaluation = dataset.train, dataset.test
        if self.validation:
            if not 0 < self.validation < len(train):
                raise ValueError(
                    f"A validation split of {self.validation:,} patterns was asked for; "
                    f"{dataset.name} has {len(train):,} training patterns, and some must be left to train on."
                )
            train, evaluation = train.first(len(train) - self.validation), train.last(self.validation)
        return (train if self.train_size is None else train.first(self.train_size)), evaluation


def preset_by_name(name: str, **changes: Any) -> Preset:
    """A preset with some fields changed; None leaves a field as it is.

    Raises:
        ValueError: an unknown name.
    """
    if name not in PRESETS:
        raise ValueError(f"The preset {name!r} was given; choose one of {', '.join(PRESETS)}.")
    return replace(PRESETS[name], **{field: value for field, value in changes.items() if value is not None})
