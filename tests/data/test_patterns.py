import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
import torch

from lenet5.data import Patterns, load_dataset
from lenet5.data.mnist import DatasetNotFoundError


@pytest.fixture
def patterns() -> Patterns:
    return Patterns(torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1).expand(5, 28, 28), torch.arange(5))


@pytest.mark.parametrize("n", [1, 3, 5])
def test_the_first_patterns(patterns: Patterns, n: int) -> None:
    first = patterns.first(n)
    assert len(first) == n
    assert torch.equal(first.images, patterns.images[:n])
    assert torch.equal(first.labels, patterns.labels[:n])


@pytest.mark.parametrize("n", [-1, 0, 6])
def test_no_other_number_of_patterns(patterns: Patterns, n: int) -> None:
    with pytest.raises(ValueError, match=f"the first {n} of 5 patterns were asked for: ask for 1 to 5"):
        patterns.first(n)


def test_each_image_has_a_label() -> None:
    with pytest.raises(ValueError, match="3 images came with 2 labels: give exactly one label for each image"):
        Patterns(torch.zeros(3, 28, 28, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))


def test_patterns_are_frozen(patterns: Patterns) -> None:
    with pytest.raises(FrozenInstanceError):
        patterns.labels = torch.zeros(5, dtype=torch.int64)


def test_a_dataset_by_its_name(tmp_path: Path) -> None:
    assert load_dataset("digits", None).name == "digits"
    with pytest.raises(DatasetNotFoundError, match="MNIST was not found in"):
        load_dataset("mnist", tmp_path)


@pytest.mark.parametrize("name", ["MNIST", "", "cifar"])
def test_an_unknown_name_is_answered_by_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=f"there is no dataset '{name}': choose 'mnist' or 'digits'"):
        load_dataset(name, None)


def test_the_package_loads_its_libraries_late() -> None:
    heavy = "{'httpx', 'rich', 'sklearn', 'scipy', 'platformdirs'}"
    code = f"import sys, lenet5.data; print(*sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""


def test_what_is_no_tensor_of_images_or_labels_is_refused_in_a_sentence() -> None:
    images, labels = torch.zeros(3, 28, 28, dtype=torch.uint8), torch.arange(3)
    with pytest.raises(TypeError, match="images of type ndarray were given: give"):
        Patterns(images.numpy(), labels)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"labels of type list were given: give a torch\.int64 tensor of N"):
        Patterns(images, [0, 1, 2])  # type: ignore[arg-type]
    for wrong in (images.float(), images[:, None], images.flatten(1)):
        with pytest.raises(ValueError, match=r"were given: give a torch\.uint8 tensor of N×height×width"):
            Patterns(wrong, labels)
    for wrong in (labels.float(), labels.int(), labels[:, None]):
        with pytest.raises(ValueError, match=r"were given: give a torch\.int64 tensor of N"):
            Patterns(images, wrong)
