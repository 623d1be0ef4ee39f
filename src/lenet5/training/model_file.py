"""Networks and half-finished runs as safetensors files: arrays, and a header of texts that says what they are.

Written here and opened here and nowhere else, so that every command refuses the same files; PyTorch is not needed.
The header holds `config` (see `Config`); of a model `scores`, and `calibration` where it was fitted; of a checkpoint
`progress`; and `sha256`, a digest of
all the rest. Without it damage would pass for weights: whatever bit is flipped, the result is a number.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from lenet5.training.calibration import AS_TRAINED, Calibration
from lenet5.training.config import Config
from lenet5.training.run_folder import CHECKPOINT, CONFIG, MODEL

DIGEST: Final = "sha256"
# Before the names of a segmenter's arrays.
SEGMENTER: Final = "segmenter/"

Arrays = Mapping[str, NDArray[Any]]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class ModelFile:
    """What a file holds.

    Attributes:
        path: where it was.
        arrays: by name.
        header: texts by name, without the digest.
        config: the configuration that the header has.
    """

    path: Path
    arrays: dict[str, NDArray[Any]]
    header: dict[str, str]
    config: Config

    @property
    def is_checkpoint(self) -> bool:
        """Whether a run can go on from it."""
        return "progress" in self.header

    @property
    def scores(self) -> dict[str, Any]:
        """What the header says of a test set, empty where it says nothing.

        Raises:
            ValueError: it is no record.
        """
        try:
            return dict(read_json(self.header.get("scores", "{}")))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.path} has scores that cannot be read ({error}); train again.") from error

    @property
    def calibration(self) -> Calibration:
        """What makes frequencies of the posteriors, by the header; as trained where it says nothing.

        Raises:
            ValueError: it is none.
        """
        text = self.header.get("calibration")
        if text is None:
            return AS_TRAINED
        try:
            found = Calibration(**{name: float(value) for name, value in read_json(text).items()})
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} has a calibration that cannot be read ({error}); train again.") from error
        if not all(0 < value < np.inf for value in found):
            raise ValueError(f"{self.path} has a calibration of {found}; positive numbers were expected; train again.")
        return found

    def weights(self, shapes: Shapes) -> dict[str, NDArray[np.float32]]:
        """The parameters of its network, in the order of `shapes`.

        Raises:
            ValueError: as `part` does.
        """
        if self.is_checkpoint:
            return self.part("network/", shapes)
        of_network = {name: a for name, a in self.arrays.items() if not name.startswith(SEGMENTER)}
        return replace(self, arrays=of_network).part("", shapes)

    def part(self, prefix: str, shapes: Shapes) -> dict[str, NDArray[np.float32]]:
        """The arrays whose names begin with a prefix, by the rest of their names, in the order of `shapes`.

        Raises:
            ValueError: they are others than `shapes` names, or not of float32.
        """
        found = {name.removeprefix(prefix): a for name, a in self.arrays.items() if name.startswith(prefix)}
        given = {name: a.shape for name, a in found.items()}
        types = {str(a.dtype) for a in found.values()}
        if given != shapes or types != {"float32"}:
            raise ValueError(
                f"{self.path} holds {given} of {', '.join(types)}, which is not a LeNet-5's {dict(shapes)} of float32; "
                "give the weights of one."
            )
        return {name: found[name] for name in shapes}


def content_of(arrays: Arrays, header: Mapping[str, str]) -> bytes:
    """The content of a file: the same bytes for the same arrays and header, and a digest of both in the header."""
    texts = {name: text for name, text in header.items() if name != DIGEST}
    texts[DIGEST] = digest(arrays, texts)
    plain = safetensors.numpy.save(dict(arrays))
    # safetensors writes a header in another order each time, so it writes the arrays, and the header is put in here:
    # a file is the length of its JSON in 8 bytes, the JSON, and the arrays.
    start = 8 + int.from_bytes(plain[:8], "little")
    names = {"__metadata__": dict(sorted(texts.items())), **json.loads(plain[8:start])}
    text = json.dumps(names, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + plain[start:]


def digest(arrays: Arrays, header: Mapping[str, str]) -> str:
    """SHA-256 of the header's texts and of the arrays' names, types, shapes and elements, in hexadecimal."""
    names = sorted(arrays)
    described = [sorted(header.items()), [(name, str(arrays[name].dtype), arrays[name].shape) for name in names]]
    sha256 = hashlib.sha256(json.dumps(described).encode())
    for name in names:
        sha256.update(arrays[name].tobytes())
    return sha256.hexdigest()


def open_model(path: Path) -> ModelFile:
    """A model or a checkpoint, whole, as it was written, and with finite numbers.

    Raises:
        ValueError: any other file; the sentence says what to do.
    """
    try:
        with safetensors.safe_open(path, framework="np") as file:
            header = file.metadata() or {}
            if "config" not in header:
                raise ValueError(
                    f"{path} was not written by lenet5: its header has no configuration; give one that was."
                )
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 it is no dict
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file ({error}); {_way_on(path)}.") from error
    except TypeError as error:
        raise ValueError(f"{path} has weights that are no float32 ({error}); give a LeNet-5's.") from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error}); give a file that can.") from error
    written = header.pop(DIGEST, None)
    if written is not None and written != digest(arrays, header):
        raise ValueError(f"{path} is damaged: its digest is not that of its content; {_way_on(path)}.")
    if not all(np.isfinite(a).all() for a in arrays.values() if a.dtype.kind == "f"):
        raise ValueError(f"{path} has weights that are not finite numbers; {_way_on(path)}.")
    try:
        config = Config.from_dict(read_json(header["config"]))
    except ValueError as error:
        raise ValueError(
            f"{path} has a header that cannot be read ({error}); was it written by another version?"
        ) from error
    if written is None:
        _tell_that_it_has_no_digest(path)
    return ModelFile(path, arrays, header, config)


def read_json(text: str) -> Any:
    """What a JSON text says.

    Raises:
        ValueError: it is none, NaN and Infinity included.
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _way_on(path: Path) -> str:
    """What to do about a file that is damaged."""
    if path.name == MODEL and path.with_name(CHECKPOINT).is_file():
        return f"lenet5 train --resume {path.parent} writes it anew"
    if path.name == CHECKPOINT and path.with_name(CONFIG).is_file():
        return f"delete it, and lenet5 train --resume {path.parent} trains the run anew"
    return "train again, or give another"


@cache
def _tell_that_it_has_no_digest(path: Path) -> None:
    """Once a file, on standard error unless logging is set up otherwise."""
    logging.getLogger(__name__).warning(
        "%s has no digest, as older versions wrote none, so damage to it would not be seen; "
        "lenet5 train --resume with its run's folder writes it anew.",
        path,
    )
