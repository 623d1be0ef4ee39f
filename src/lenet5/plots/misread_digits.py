"""Figure 8: the test digits that a network misreads, each with the true digit and the prediction."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from lenet5.plots import style

COLUMNS: Final = 12
MAX_DIGITS: Final = 100

# Of each group of several.
GROUP_COLUMNS: Final = 16
GROUP_MAX_DIGITS: Final = 96


def misread_digits(images: Tensor, labels: Tensor, predictions: Tensor, indices: Tensor, *, total: int) -> Figure:
    """A grid of the misread digits, beneath each "true->given" as the paper has it.

    The first 100 are drawn; none at all gives an empty one that says so.

    Args:
        images: the misread ones alone, N×28×28 uint8, foreground 255.
        labels: the true digits, N.
        predictions: the network's, N.
        indices: of the images in the evaluation set, N; written small in grey.
        total: how many patterns were read.

    Raises:
        ValueError: not as many labels, predictions and indices as images, or more than `total`.

    *Paper:* section III-B, figure 8.
    """
    count = len(images)
    if not count == len(labels) == len(predictions) == len(indices):
        raise ValueError(
            f"misread_digits was given {count} images, {len(labels)} labels, {len(predictions)} answers and "
            f"{len(indices)} indices; expected as many of each."
        )
    if count > total:
        raise ValueError(f"misread_digits was given {count} digits out of {total}; expected no more than that.")

    drawn = min(count, MAX_DIGITS)
    title = f"{count:,} of {total:,} misread"
    if count > drawn:
        title += f": the first {drawn} of {count:,}"
    rows = _rows(drawn, COLUMNS)
    figure = style.new_figure(*style.grid_size(COLUMNS, rows))
    axes = figure.add_subplot()
    style.digit_grid(axes, title, COLUMNS, rows)
    if not drawn:
        axes.text(-2, style.DIGIT / 2, "Every digit was read right.", fontsize=style.TEXT, color=style.GREY)
    for position in range(drawn):
        pair = f"{int(labels[position])}->{int(predictions[position])}"
        left, top = style.draw_digit(axes, images[position], position, COLUMNS)
        _write_beneath(axes, left, top, pair, style.TEXT, style.BLACK)
        _write_beneath(axes, left, top + 9, str(int(indices[position])), style.SMALL, style.GREY)
    return figure


def misread_groups(images: Tensor, captions: Mapping[int, str], groups: Mapping[str, Sequence[int]]) -> Figure:
    """A grid for each group of digits, one beneath the other, with a caption beneath each digit.

    Args:
        images: the evaluation set, N×28×28 uint8, foreground 255.
        captions: what stands beneath a digit, by its index in the evaluation set.
        groups: indices, by what they have in common. The first 96 of each are drawn.

    *Paper:* section III-B, figure 8.
    """
    rows = [_rows(min(len(group), GROUP_MAX_DIGITS), GROUP_COLUMNS) for group in groups.values()]
    sizes = [style.grid_size(GROUP_COLUMNS, count) for count in rows]
    figure = style.new_figure(sizes[0][0], sum(height for _, height in sizes))
    grids = figure.subplots(len(groups), 1, height_ratios=[height for _, height in sizes])
    for axes, (title, group), count in zip(grids, groups.items(), rows, strict=True):
        more = f", the first {GROUP_MAX_DIGITS} of them" if len(group) > GROUP_MAX_DIGITS else ""
        style.digit_grid(axes, f"{len(group)}: {title}{more}", GROUP_COLUMNS, count)
        for position, index in enumerate(group[:GROUP_MAX_DIGITS]):
            left, top = style.draw_digit(axes, images[index], position, GROUP_COLUMNS)
            _write_beneath(axes, left, top, captions[index], style.SMALL + 1, "black")
    return figure


def _rows(count: int, columns: int) -> int:
    """How many rows a grid has; one for its words even where there is no digit."""
    return max(1, ceil(count / columns))


def _write_beneath(axes: Axes, left: float, top: float, words: str, size: float, colour: str) -> None:
    """Words centred beneath the digit at `left` and `top`."""
    centre, beneath = left + style.DIGIT / 2, top + style.DIGIT + 1
    axes.text(centre, beneath, words, ha="center", va="top", fontsize=size, color=colour)
