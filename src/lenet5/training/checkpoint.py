"""Networks and runs to files and back: what a model holds, and what a checkpoint, from which a run goes on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lenet5.graphs.segmenter import Segmenter
from lenet5.network import LeNet5, Network
from lenet5.tools.files import write_atomically
from lenet5.training.averaging import SNAPSHOTS
from lenet5.training.calibration import Calibration
from lenet5.training.config import Config
from lenet5.training.model_file import SEGMENTER, Arrays, ModelFile, content_of, open_model, read_json
from lenet5.training.progress import Progress
from lenet5.training.run_folder import CHECKPOINT, CONFIG, model_in, pretrained
from lenet5.training.trainer import Trainer, new_network


def save_model(
    path: Path,
    network: Network,
    config: Config,
    scores: dict[str, Any],
    segmenter: Segmenter | None = None,
    calibration: Calibration | None = None,
) -> None:
    """Write the weights alone, with the run's configuration and scores in the header; of strings a segmenter's too.

    Args:
        path: where.
        network: whose weights.
        config: of the run.
        scores: of the network.
        segmenter: that was trained with it; None for none.
        calibration: of its posteriors; None for none.
    """
    write_atomically(path, model_file(network, config, scores, segmenter, calibration))


def model_file(
    network: Network,
    config: Config,
    scores: dict[str, Any],
    segmenter: Segmenter | None = None,
    calibration: Calibration | None = None,
) -> bytes:
    """What `save_model` writes."""
    header = {"config": json.dumps(config.as_dict()), "scores": json.dumps(scores)}
    if calibration is not None:
        header["calibration"] = json.dumps(calibration._asdict())
    arrays = _arrays("", dict(network.named_parameters()))
    if segmenter is not None:
        arrays |= _arrays(SEGMENTER, dict(segmenter.named_parameters()))
    return content_of(arrays, header)


def save_checkpoint(path: Path, trainer: Trainer, config: Config) -> None:
    """Write all that going on depends on: weights, their mean, curvature, configuration and progress.

    The random state is the seed and the position, see `tools.rng`.
    """
    arrays = _arrays("network/", dict(trainer.network.named_parameters()))
    arrays |= _arrays("curvature/", trainer.optimiser.curvature)
    arrays |= _arrays("average/", trainer.average.state_dict())
    if trainer.strings is not None:
        arrays |= _arrays(SEGMENTER, dict(trainer.strings.segmenter.named_parameters()))
        arrays |= _arrays("segmenter_curvature/", trainer.strings.optimiser.curvature)
    header = {"config": json.dumps(config.as_dict()), "progress": json.dumps(trainer.progress.as_dict())}
    write_atomically(path, content_of(arrays, header))


def restore(path: Path, trainer: Trainer) -> None:
    """Put a run's state back into a fresh trainer of the same configuration.

    Raises:
        ValueError: the file is not such a checkpoint.
    """
    file = open_model(path)
    if not file.is_checkpoint:
        raise ValueError(f"{path} holds weights but no progress; a run goes on from a {CHECKPOINT}.")
    shapes = _shapes(trainer.network)
    weights, curvature = _tensors(file.weights(shapes)), _tensors(file.part("curvature/", shapes))
    average: dict[str, Tensor] = {}
    if (snapshots := file.arrays.pop(f"average/{SNAPSHOTS}", None)) is not None:
        average = {**_tensors(file.part("average/", shapes)), SNAPSHOTS: torch.tensor(snapshots)}
    try:
        progress = Progress.from_dict(read_json(file.header["progress"]))
        whole = progress.passes_done == len(progress.records) and 0 <= progress.patterns_done <= trainer.patterns
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} has a progress that cannot be read ({error!r}); train again.") from error
    if not whole:
        raise ValueError(f"{path} has a progress that contradicts itself; train again.")
    trainer.network.load_state_dict(weights)
    trainer.progress = progress
    trainer.optimiser.load_state_dict(
        {
            "eta": trainer.preset.eta_of_pass(trainer.progress.passes_done + 1),
            "mu": trainer.preset.mu,
            "curvature": curvature,
        }
    )
    trainer.average.load_state_dict(average)
    if (strings := trainer.strings) is not None:
        of_segmenter = _shapes(strings.segmenter)
        strings.segmenter.load_state_dict(_tensors(file.part(SEGMENTER, of_segmenter)))
        strings.optimiser.curvature = _tensors(file.part("segmenter_curvature/", of_segmenter))
        if trainer.preset.on_strings(progress.passes_done + 1):
            trainer.optimiser.mu = strings.training.mu


def load_model(path: str | Path) -> tuple[LeNet5, Config]:
    """The network in a model or checkpoint file, or in a run's folder, and the configuration that it was made with.

    Raises:
        ValueError: there is none, or the file does not fit a LeNet-5.
    """
    file = open_model(model_in(Path(path)))
    return network_in(file), file.config


def network_in(file: ModelFile) -> LeNet5:
    """The network that a file holds.

    Raises:
        ValueError: it is no LeNet-5.
    """
    network = new_network(file.config.preset, file.config.seed)
    network.load_state_dict(_tensors(file.weights(_shapes(network))))
    return network


def segmenter_in(file: ModelFile) -> Segmenter | None:
    """The segmenter that a file holds; None where it was not trained on strings.

    Raises:
        ValueError: it is none.
    """
    if (strings := file.config.preset.strings) is None:
        return None
    segmenter = Segmenter(strings.hypotheses)
    segmenter.load_state_dict(_tensors(file.part(SEGMENTER, _shapes(segmenter))))
    return segmenter


def load_pretrained(name: str = "best") -> LeNet5:
    """A network that comes with the package, ready to call.

    On N×1×32×32 images (`to_input`) it gives N×10 penalties; the smallest is the answer.
    What it was trained on, how well it reads and what it fails at: `pretrained/README.md`.

    Args:
        name: "best", or "1998", trained as the paper has it where it says; "reader", with a class of what is no digit,
            or "numbers" or "sdnn", trained on strings, with one of the blank space: N×11.

    Raises:
        ValueError: another name.
    """
    return load_model(pretrained(name))[0]


def read_config(folder: Path) -> Config:
    """The configuration of a folder's run: its last checkpoint's, or before the first one that of `config.json`.

    Raises:
        ValueError: it cannot be read.
    """
    if (folder / CHECKPOINT).exists():
        return open_model(folder / CHECKPOINT).config
    try:
        return Config.from_dict(read_json((folder / CONFIG).read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{folder / CONFIG} cannot be read ({error}); train again, in another folder.") from error


def _arrays(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    return {prefix + name: t.detach().cpu().numpy() for name, t in tensors.items()}


def _tensors(arrays: Arrays) -> dict[str, Tensor]:
    return {name: torch.from_numpy(a) for name, a in arrays.items()}


def _shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in network.named_parameters()}
