"""The folder of a run: the names in it, and whether it can be begun in, gone on with or read.

Nothing here waits for PyTorch, so that the command line can refuse a wrong path at once.
"""

from pathlib import Path

from lenet5.tools.files import temporary

CONFIG = "config.json"
CHECKPOINT = "checkpoint.safetensors"
MODEL = "model.safetensors"


# Networks that come with the package, by the words that stand for a model's path. Their card: pretrained/README.md.
PRETRAINED = {
    "pretrained": "best",
    "pretrained-1998": "1998",
    "pretrained-numbers": "numbers",
    "pretrained-sdnn": "sdnn",
    "pretrained-reader": "reader",
}
# The one that pictures are read by unless another is asked for: it knows what is no digit, and how people write.
READER = "pretrained-reader"


def pretrained(name: str) -> Path:
    """The file of a network that comes with the package.

    Raises:
        ValueError: another name.
    """
    names = sorted(PRETRAINED.values())
    if name not in names:
        raise ValueError(f"There is no pretrained network {name!r}; choose one of {', '.join(names)}.")
    return Path(__file__).parents[1] / "pretrained" / f"{name}.safetensors"


def check_new(folder: Path) -> None:
    """Refuse a folder where no run can begin; it takes none yet, or an empty one.

    Raises:
        ValueError: it is in use, or cannot be looked into.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is a file; --out takes a new folder.")
        # A start that was killed has left at most what its configuration is written to.
        left = temporary(folder / CONFIG)
        used = folder.exists() and any(path != left for path in folder.iterdir())
    except OSError as error:
        raise ValueError(f"{folder} cannot be looked into ({error.strerror}); give another --out.") from error
    if used:
        begun = (folder / CHECKPOINT).is_file() or (folder / CONFIG).is_file()
        way_on = f", or go on with that run: --resume {folder}" if begun else ""
        raise ValueError(f"{folder} is there already; give another --out{way_on}")


def checkpoint_in(folder: Path) -> Path | None:
    """The checkpoint that a run goes on from, None before its first.

    Raises:
        ValueError: no run has begun there.
    """
    if (folder / CHECKPOINT).is_file():
        return folder / CHECKPOINT
    if not (folder / CONFIG).is_file():
        raise ValueError(f"There is no run to go on with in {folder}: it has no {CHECKPOINT} and no {CONFIG}.")
    return None


def model_in(path: Path) -> Path:
    """The file itself, or the model in a run's folder, or the checkpoint where there is no model yet.

    The words of `PRETRAINED`, as "pretrained" and "pretrained-reader", stand for those that come with the package.

    Raises:
        ValueError: there is none.
    """
    if str(path) in PRETRAINED:
        return pretrained(PRETRAINED[str(path)])
    if path.is_dir():
        found = [path / name for name in (MODEL, CHECKPOINT) if (path / name).exists()]
        if not found:
            raise ValueError(
                f"The folder {path} has neither {MODEL} nor {CHECKPOINT}; give the folder of a training run."
            )
        return found[0]
    if not path.is_file():
        raise ValueError(f"There is no file {path}; give a {MODEL}, the folder of a training run, or pretrained.")
    return path
