"""MNIST, the paper's database (section III-A): 60,000 patterns to train on and 10,000 to test on."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lenet5.data.download import download
from lenet5.data.idx import read_images, read_labels
from lenet5.data.patterns import Dataset, Patterns

MIRRORS: Final = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

# The published files, by the SHA-256 of their decompressed content.
SHA256: Final = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

_WAY_OUT = "give the folder of the four files with --data DIR"


class DatasetNotFoundError(ValueError):
    """MNIST is not where it was looked for, and no mirror gave it."""


def load_mnist(folder: Path | None = None, *, cache: Path | None = None, mirrors: Sequence[str] = MIRRORS) -> Dataset:
    """MNIST from `folder`, else from $LENET5_DATA, else from the cache, downloaded where it is missing.

    Images are 28×28 uint8, foreground 255 on background 0. Labels are int64.
    Every file is verified by the SHA-256 of its decompressed content.
    A file's name may end in .gz, and may be written train-images.idx3-ubyte too.
    Where a folder is named, by argument or by $LENET5_DATA, nothing is downloaded.

    Args:
        folder: with the four files.
        cache: None for the user's, such as ~/.cache/lenet5/mnist.
        mirrors: addresses ending in "/".

    Raises:
        DatasetNotFoundError: a file is missing and cannot be downloaded; a ValueError.
        IdxError: a file is not the published one; a ValueError.
    """
    named = folder or os.environ.get("LENET5_DATA")
    files = _in_folder(Path(named).expanduser()) if named else _in_cache(cache or _user_cache(), mirrors)
    return Dataset("mnist", train=_patterns(files, "train"), test=_patterns(files, "t10k"))


def _patterns(files: dict[str, Path], part: str) -> Patterns:
    images, labels = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
    return Patterns(
        images=read_images(files[images], sha256=SHA256[images]),
        labels=read_labels(files[labels], sha256=SHA256[labels]),
    )


def _in_folder(folder: Path) -> dict[str, Path]:
    files = _find(folder)
    if missing := [name for name in SHA256 if name not in files]:
        raise DatasetNotFoundError(
            f"MNIST was not found in {folder}, which lacks {', '.join(missing)} (plain or .gz): {_WAY_OUT}"
        )
    return files


def _in_cache(cache: Path, mirrors: Sequence[str]) -> dict[str, Path]:
    files = _find(cache)
    for name in SHA256:
        if name not in files:
            files[name] = cache / f"{name}.gz"
            try:
                download([f"{mirror}{name}.gz" for mirror in mirrors], files[name], SHA256[name])
            except OSError as error:
                raise DatasetNotFoundError(
                    f"MNIST was not found: {cache} lacks {name} (plain or .gz), "
                    f"and it could not be downloaded ({error}); {_WAY_OUT}"
                ) from error
    return files


def _find(folder: Path) -> dict[str, Path]:
    """The files of MNIST that lie in a folder, by their published names."""
    return {
        name: path
        for name in SHA256
        for spelling in (name, name.replace("-idx", ".idx"))
        for path in (folder / f"{spelling}.gz", folder / spelling)
        if path.is_file()
    }


def _user_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("lenet5") / "mnist"
