import pytest
import torch
from torch import Tensor

from lenet5.data.input import to_input


def test_paper_ink_and_what_lies_between() -> None:
    # Section II-B: the background is −0.1 and the ink 1.175; 51 is a fifth of 255.
    levels = torch.tensor([[[0, 51, 255]]], dtype=torch.uint8)
    row = to_input(levels, dtype=torch.float64)[0, 0, 15, 14:17]
    torch.testing.assert_close(row, torch.tensor([-0.1, 0.155, 1.175], dtype=torch.float64), rtol=0, atol=1e-15)


@pytest.mark.parametrize(("height", "width"), [(28, 28), (32, 32), (20, 20), (1, 32), (27, 5), (0, 3)])
def test_the_image_is_in_the_middle_and_paper_around_it(height: int, width: int) -> None:
    images = torch.randint(256, (3, height, width), dtype=torch.uint8)
    field = to_input(images, dtype=torch.float64)
    expected = torch.full((3, 1, 32, 32), -0.1, dtype=torch.float64)
    for n in range(3):
        for y in range(height):
            for x in range(width):
                level = images[n, y, x].item() / 255
                expected[n, 0, y + (32 - height) // 2, x + (32 - width) // 2] = -0.1 * (1 - level) + 1.175 * level
    torch.testing.assert_close(field, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_dtype_is_the_one_asked_for(dtype: torch.dtype) -> None:
    field = to_input(torch.full((2, 28, 28), 255, dtype=torch.uint8), dtype=dtype)
    assert field.dtype == dtype
    assert field.shape == (2, 1, 32, 32)
    assert field.max().item() == pytest.approx(1.175, rel=torch.finfo(dtype).eps)


def test_the_dtype_is_float32_unless_asked_for() -> None:
    assert to_input(torch.zeros(1, 28, 28, dtype=torch.uint8)).dtype == torch.float32


def test_no_images_give_no_fields() -> None:
    assert to_input(torch.zeros(0, 28, 28, dtype=torch.uint8)).shape == (0, 1, 32, 32)


def test_the_images_are_left_alone() -> None:
    images = torch.randint(256, (2, 32, 32), dtype=torch.uint8)
    before = images.clone()
    to_input(images).zero_()
    assert torch.equal(images, before)


@pytest.mark.parametrize(
    ("images", "dtype", "complaint"),
    [
        (torch.zeros(1, 28, 28), torch.float32, "images of torch.float32 were given: give torch.uint8"),
        (torch.zeros(28, 28, dtype=torch.uint8), torch.float32, r"of shape \(28, 28\) were given"),
        (
            torch.zeros(1, 1, 28, 28, dtype=torch.uint8),
            torch.float32,
            r"of shape \(1, 1, 28, 28\) were given",
        ),
        (
            torch.zeros(1, 33, 28, dtype=torch.uint8),
            torch.float32,
            r"of shape \(1, 33, 28\) .* at most 32×32",
        ),
        (
            torch.zeros(1, 28, 33, dtype=torch.uint8),
            torch.float32,
            r"of shape \(1, 28, 33\) .* at most 32×32",
        ),
        (torch.zeros(1, 28, 28, dtype=torch.uint8), torch.int64, "an input of torch.int64 was asked for"),
    ],
)
def test_other_images_are_refused(images: Tensor, dtype: torch.dtype, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        to_input(images, dtype=dtype)
