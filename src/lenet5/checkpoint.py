"""Networks and half-finished runs as safetensors files: tensors, and a header that says what they are."""

import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from lenet5.averaging import MOMENTS
from lenet5.config import Config
from lenet5.files import write_atomically
from lenet5.folder import CHECKPOINT, model_in, pretrained
from lenet5.network import LeNet5, Network
from lenet5.training import Progress, Trainer, new_network


def save_model(path: Path, network: Network, config: Config, scores: dict[str, Any]) -> None:
    """Write the weights alone, with the run's configuration and scores in the header."""
    write_atomically(path, model_file(network, config, scores))


def model_file(network: Network, config: Config, scores: dict[str, Any]) -> bytes:
    """What `save_model` writes."""
    header = {"config": json.dumps(config.as_dict()), "scores": json.dumps(scores)}
    return bytes(safetensors.torch.save(_weights(network), header))


def save_checkpoint(path: Path, trainer: Trainer, config: Config) -> None:
    """Write all that going on depends on: weights, their mean, curvature, configuration and progress.

    The random state is the seed and the position, see `randomness`.
    """
    tensors = {f"network/{name}": tensor for name, tensor in _weights(trainer.network).items()}
    tensors |= {f"curvature/{name}": h.cpu() for name, h in trainer.optimiser.curvature.items()}
    tensors |= {f"average/{name}": tensor.cpu() for name, tensor in trainer.average.state_dict().items()}
    header = {"config": json.dumps(config.as_dict()), "progress": json.dumps(trainer.progress.as_dict())}
    write_atomically(path, safetensors.torch.save(tensors, header))


def restore(path: Path, trainer: Trainer) -> None:
    """Put a run's state back into a fresh trainer of the same configuration.

    Raises ValueError when the file is not such a checkpoint.
    """
    header, tensors = _read(path)
    if "progress" not in header:
        raise ValueError(f"{path} holds weights but no progress; a run goes on from a {CHECKPOINT}.")
    _put(path, trainer.network, _part("network", tensors))
    try:
        progress = Progress.from_dict(json.loads(header["progress"]))
        whole = progress.passes_done == len(progress.records) and 0 <= progress.patterns_done <= trainer.patterns
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} has a progress that cannot be read ({error!r}); train again.") from error
    if not whole:
        raise ValueError(f"{path} has a progress that contradicts itself; train again.")
    trainer.progress = progress
    trainer.optimiser.load_state_dict(
        {
            "eta": trainer.preset.eta_of_pass(trainer.progress.passes_done + 1),
            "mu": trainer.preset.mu,
            "curvature": _part("curvature", tensors),
        }
    )
    average = _part("average", tensors)
    if average:
        _check(path, trainer.network, {name: t for name, t in average.items() if name != MOMENTS})
    trainer.average.load_state_dict(average)


def load_model(path: str | Path) -> tuple[LeNet5, Config]:
    """The network in a model or checkpoint file, or in a run's folder, and the configuration that it was made with.

    Raises ValueError when there is none, or the file does not fit a LeNet-5.
    """
    path = model_in(Path(path))
    header, tensors = _read(path)
    config = _config(path, header)
    network = new_network(config.preset, config.seed)
    if "progress" in header:
        tensors = _part("network", tensors)
    _put(path, network, tensors)
    return network, config


def load_pretrained(name: str = "best") -> LeNet5:
    """A network that comes with the package, ready to call: "best", or "1998", our reading of the paper's training.

    On N×1×32×32 fields (`to_field`) it gives N×10 penalties, the smallest of which is the answer. What it was trained
    on, how well it reads and what it fails at: `pretrained/README.md`. Raises ValueError for another name.
    """
    return load_model(pretrained(name))[0]


def read_config(path: Path) -> Config:
    """The configuration in a file's header. Raises ValueError as `load_model` does."""
    return _config(path, _read(path)[0])


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safetensors.safe_open(model_in(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 it is no dict
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file ({error}); train again, or give another.") from error
    if "config" not in header:
        raise ValueError(f"{path} was not written by lenet5: its header has no configuration; give one that was.")
    return header, tensors


def _config(path: Path, header: dict[str, str]) -> Config:
    try:
        return Config.from_dict(json.loads(header["config"]))
    except ValueError as error:
        raise ValueError(
            f"{path} has a header that cannot be read ({error}); was it written by another version?"
        ) from error


def _put(path: Path, network: Network, tensors: dict[str, Tensor]) -> None:
    _check(path, network, tensors)
    network.load_state_dict(tensors)


def _check(path: Path, network: Network, tensors: dict[str, Tensor]) -> None:
    wanted = {name: tuple(p.shape) for name, p in network.named_parameters()}
    given = {name: tuple(t.shape) for name, t in tensors.items()}
    if wanted != given:
        raise ValueError(f"{path} holds {given}, which is not a LeNet-5's {wanted}; give the weights of one.")


def _part(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with a name and a slash, by the rest of theirs."""
    return {whole.removeprefix(f"{name}/"): t for whole, t in tensors.items() if whole.startswith(f"{name}/")}


def _weights(network: Network) -> dict[str, Tensor]:
    return {name: p.detach().cpu().contiguous() for name, p in network.named_parameters()}
