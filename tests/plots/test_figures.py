"""The pictures show the data they are given, legibly, and are written whole."""

import errno
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.text import Text

from lenet5 import paper
from lenet5.plots import (
    before_and_after,
    error_over_seeds,
    error_per_pass,
    loss_over_time,
    misread_digits,
    misread_groups,
    save,
)

ETAS = [0.0005] * 2 + [0.0002] * 3 + [0.0001] * 3 + [0.00005] * 4 + [0.00001] * 48


def falling(passes: int, start: float, end: float) -> list[float]:
    return np.geomspace(start, end, passes).tolist()


def curve(passes: int) -> list[tuple[float, float]]:
    return [(k / 50, 3 / k) for k in range(1, 50 * passes + 1)]


def digits(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(256, (count, 28, 28), dtype=torch.uint8, generator=generator)
    return images, torch.randint(10, (count,), generator=generator)


def misread(count: int, total: int = 10_000) -> Figure:
    images, labels = digits(count)
    return misread_digits(images, labels, (labels + 1) % 10, 7 * torch.arange(count), total=total)


def read_twice(count: int) -> Figure:
    images, labels = digits(count)
    after = labels.clone()
    after[0] = (after[0] + 1) % 10
    return before_and_after(images, labels, (labels + 3) % 10, after)


def the_axes(figure: Figure) -> Axes:
    (axes,) = figure.axes
    return axes


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def boxes(figure: Figure) -> dict[Text, np.ndarray]:
    """Where each text lies on the drawn figure, in dots: ((left, bottom), (right, top))."""
    FigureCanvasAgg(figure).draw()
    shown = (text for text in figure.findobj(Text) if text.get_visible() and text.get_text())
    # Ticks beyond the axis keep a label that is not drawn, so the labels of ticks are left out.
    labels = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()}
    # Text's own method: that of an annotation counts its leader.
    return {text: Text.get_window_extent(text).get_points() for text in shown if text not in labels}


def in_groups(*sizes: int) -> Figure:
    images, labels = digits(sum(sizes))
    captions = {n: f"{label}: {(label + 1) % 10} {(label + 2) % 10}" for n, label in enumerate(labels.tolist())}
    ends = np.cumsum([0, *sizes]).tolist()
    groups = {f"group {k}": list(range(*pair)) for k, pair in enumerate(pairwise(ends))}
    return misread_groups(images, captions, groups)


ALL: dict[str, Callable[[], Figure]] = {
    **{f"loss {n}": lambda n=n: loss_over_time(curve(n), falling(n, 2, 0.1), etas=ETAS[:n]) for n in (1, 2, 20, 60)},
    **{
        f"error {n} {old}": lambda n=n, old=old: error_per_pass(
            falling(n, 0.05, 0.004), falling(n, 0.03, 0.0096), paper=old, title="MNIST"
        )
        for n in (1, 2, 20, 60)
        for old in (True, False)
    },
    "error 0": lambda: error_per_pass([0, 0], [0, 0], paper=False, title="all right"),
    "error equal": lambda: error_per_pass([0.1], [0.1], paper=False, title="equal"),
    "over seeds": lambda: error_over_seeds({"a": [[2, 3], [1, 1.5]], "b": [[3], [2]]}, title="two of one"),
    **{f"before {n}": lambda n=n: read_twice(n) for n in (1, 3, 40)},
    **{f"misread {n}": lambda n=n: misread(n) for n in (0, 1, 12, 268)},
    "groups": lambda: in_groups(0, 17, 97),
}


@pytest.mark.parametrize("draw", ALL.values(), ids=ALL)
def test_every_text_lies_within_the_picture_and_over_no_other(draw: Callable[[], Figure]) -> None:
    figure = draw()
    width, height = figure.bbox.size
    where = boxes(figure)
    for text, ((left, bottom), (right, top)) in where.items():
        assert left >= 0, text
        assert bottom >= 0, text
        assert right <= width, text
        assert top <= height, text
    for (one, (low, high)), (other, (other_low, other_high)) in combinations(where.items(), 2):
        apart = (high <= other_low) | (other_high <= low)
        assert apart.any(), f"{one} lies over {other}"


def test_no_picture_is_left_with_pyplot() -> None:
    for draw in ALL.values():
        draw()
    assert pyplot.get_fignums() == []


# Loss over time


def test_loss_draws_each_point_and_each_mean() -> None:
    points, means = curve(3), [2.0, 0.5, 0.25]
    axes = the_axes(loss_over_time(points, means, title="seed 1"))
    assert axes.get_title(loc="left") == "seed 1"
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), points)
    (steps,) = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    np.testing.assert_array_equal(steps.get_data().values, means)
    np.testing.assert_array_equal(steps.get_data().edges, [0, 1, 2, 3])
    assert axes.get_xlim() == (0, 3)
    assert axes.lines[0].get_alpha() < 1


@pytest.mark.parametrize(
    ("means", "scale"),
    [
        ([2.0, 0.5, 0.1], "log"),
        ([2.0, 0.5, 0.3], "linear"),
        ([2.0, 0.1, -0.1], "linear"),
        ([2.0, 0.1, 0.0], "linear"),
        ([2.0, float("nan"), 0.1], "log"),
        ([float("inf")] * 3, "linear"),
    ],
)
def test_loss_is_logarithmic_only_over_a_decade_of_positive_losses(
    means: list[float], scale: str, tmp_path: Path
) -> None:
    figure = loss_over_time([], means)
    assert the_axes(figure).get_yscale() == scale
    save(figure, tmp_path / "loss.png")


@pytest.mark.parametrize("lowest", [0.15, 0.015, 1e-3, 1e-9])
def test_a_logarithmic_loss_has_from_two_to_a_dozen_ticks_within_the_axes(lowest: float) -> None:
    axes = the_axes(loss_over_time([], [2.0, lowest]))
    low, high = axes.get_ylim()
    assert 2 <= sum(low <= tick <= high for tick in axes.get_yticks()) <= 12


def test_eta_is_written_where_it_changes() -> None:
    axes = the_axes(loss_over_time(curve(20), falling(20, 2, 0.1), etas=ETAS[:20]))
    assert texts(axes) == ["η = 0.0005", "0.0002", "0.0001", "0.00005", "0.00001"]
    assert [text.get_position()[0] for text in axes.texts] == [0, 2, 5, 8, 12]
    assert [line.get_xdata()[0] for line in axes.lines[1:]] == [2, 5, 8, 12]


def test_an_eta_without_room_keeps_its_line() -> None:
    axes = the_axes(loss_over_time([], falling(60, 2, 0.1), etas=ETAS))
    assert texts(axes) == ["η = 0.0005", "0.00005", "0.00001"]
    assert [line.get_xdata()[0] for line in axes.lines] == [2, 5, 8, 12]


def test_loss_of_an_unfinished_pass_is_within_the_axes() -> None:
    axes = the_axes(loss_over_time([(0.5, 2.0), (1.0, 1.0), (1.5, 0.9)], [1.5]))
    assert axes.get_xlim() == (0, 1.5)


@pytest.mark.parametrize(
    ("points", "means", "names"),
    [([(0.0, 2.3)], [], ["as it went"]), ([], [2.3], ["mean of each pass"])],
)
def test_loss_names_only_what_it_draws(
    points: list[tuple[float, float]], means: list[float], names: list[str], tmp_path: Path
) -> None:
    figure = loss_over_time(points, means)
    assert [text.get_text() for text in the_axes(figure).get_legend().get_texts()] == names
    save(figure, tmp_path / "loss.png")


def test_loss_refuses_nothing_and_etas_that_are_not_one_a_pass() -> None:
    with pytest.raises(ValueError, match="no loss at all"):
        loss_over_time([], [])
    with pytest.raises(ValueError, match="2 etas for 3 passes"):
        loss_over_time([], [3, 2, 1], etas=[0.1, 0.1])


# Error per pass


def test_errors_are_drawn_in_per_cent_and_the_last_is_written() -> None:
    axes = the_axes(error_per_pass([0.05, 0.02, 0.0035], [0.03, 0.01, 0.0095], paper=False, title="seed 1"))
    assert axes.get_title(loc="left") == "seed 1"
    drawn = {line.get_label(): line for line in axes.lines}
    assert set(drawn) == {"training", "test"}
    np.testing.assert_allclose(drawn["training"].get_xydata(), [(1, 5), (2, 2), (3, 0.35)])
    np.testing.assert_allclose(drawn["test"].get_xydata(), [(1, 3), (2, 1), (3, 0.95)])
    assert sorted(texts(axes)) == ["test 0.95 %", "training 0.35 %"]


@pytest.mark.parametrize("passes", [1, 20, 60])
def test_figure_5_of_1998_lies_behind_ours(passes: int) -> None:
    axes = the_axes(error_per_pass([0.01] * passes, [0.02] * passes, paper=True, title=""))
    names = [line.get_label() for line in axes.lines]
    assert names == ["1998 training", "1998 test", "training", "test"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), paper.FIGURE_5_TRAIN)
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), paper.FIGURE_5_TEST)
    assert len({line.get_zorder() for line in axes.lines}) == 1  # so the order of drawing decides
    assert {"1998 training 0.36 %", "1998 test 0.96 %"} < set(texts(axes))
    assert axes.get_xlim()[1] == max(passes, 21) + 0.5


def test_lines_differ_without_colour() -> None:
    axes = the_axes(error_per_pass([0.01], [0.02], paper=True, title=""))
    assert len({line.get_marker() for line in axes.lines}) == 4
    old, ours = axes.lines[:2], axes.lines[2:]
    assert {line.get_linestyle() for line in ours} == {"-"}
    assert {line.get_linestyle() for line in old} == {"--", ":"}


def test_labels_keep_the_order_of_the_lines() -> None:
    axes = the_axes(error_per_pass([0.0036, 0.00361], [0.0096, 0.00961], paper=True, title=""))
    heights = {text.get_text(): text.xyann[1] for text in axes.texts}
    assert list(heights) == ["1998 training 0.36 %", "training 0.36 %", "1998 test 0.96 %", "test 0.96 %"]
    assert all(low < high for low, high in pairwise(heights.values()))


def test_errors_of_zero_lie_on_the_axis() -> None:
    axes = the_axes(error_per_pass([0, 0], [0, 0], paper=False, title=""))
    assert axes.get_ylim() == (0, 1)


def test_error_refuses_no_pass_and_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="no errors"):
        error_per_pass([], [], paper=True, title="")
    with pytest.raises(ValueError, match="2 training and 1 test"):
        error_per_pass([0.1, 0.2], [0.1], paper=True, title="")


def test_the_mean_over_seeds_has_a_band_of_the_standard_deviation_with_1998_behind() -> None:
    axes = the_axes(error_over_seeds({"mine": [[4.0, 2.0], [1.0, 3.0]], "alone": [[5.0], [4.0]]}, title="seeds"))
    assert axes.get_title(loc="left") == "seeds"
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines) == ["1998, training", "1998, test", "mine", "alone"]
    np.testing.assert_array_equal(lines["1998, training"].get_ydata(), paper.FIGURE_5_TRAIN)
    np.testing.assert_array_equal(lines["1998, test"].get_ydata(), paper.FIGURE_5_TEST)
    np.testing.assert_allclose(lines["mine"].get_xydata(), [(1, 3), (2, 2)])
    band, flat = (collection.get_paths()[0].vertices for collection in axes.collections)
    first = band[band[:, 0] == 1][:, 1]
    assert (first.min(), first.max()) == pytest.approx((3 - 2**0.5, 3 + 2**0.5))
    assert set(flat[:, 1]) == {5, 4}
    assert len({lines[name].get_marker() for name in lines}) == 4


# Before and after


def test_the_same_digits_are_drawn_twice_with_the_number_right() -> None:
    images, labels = digits(10)
    before = torch.zeros_like(labels)
    after = labels.clone()
    after[3] = (labels[3] + 1) % 10
    halves = before_and_after(images, labels, before, after).axes
    right = int((labels == 0).sum())
    assert [axes.get_title(loc="left") for axes in halves] == [
        f"Before training: {right} of 10 right",
        "After training: 9 of 10 right",
    ]
    for axes in halves:
        drawn = np.stack([image.get_array() for image in axes.images])
        np.testing.assert_array_equal(drawn, images)


def test_right_and_wrong_differ_in_mark_weight_and_frame() -> None:
    images, labels = digits(3)
    labels[:] = torch.tensor([7, 2, 1])
    answers = torch.tensor([7, 3, 1])
    axes = before_and_after(images, labels, answers, labels).axes[0]
    assert texts(axes) == ["✓ 7", "✗ 3", "✓ 1"]
    assert [text.get_fontweight() for text in axes.texts] == ["normal", "bold", "normal"]
    frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    right, wrong, also_right = (frame.get_linewidth() for frame in frames)
    assert wrong >= 2 * right == 2 * also_right
    for frame, image in zip(frames, axes.images, strict=True):
        left, beyond, bottom, top = image.get_extent()
        assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (
            left,
            top,
            beyond - left,
            bottom - top,
        )


def test_before_and_after_refuses_no_digit_and_unequal_lengths() -> None:
    images, labels = digits(3)
    with pytest.raises(ValueError, match="no digits"):
        before_and_after(images[:0], labels[:0], labels[:0], labels[:0])
    with pytest.raises(ValueError, match="3 images, 3 labels, 3 answers before and 2 after"):
        before_and_after(images, labels, labels, labels[:2])


# Misread digits


def test_misread_digits_are_drawn_with_truth_answer_and_index() -> None:
    images, _ = digits(2)
    figure = misread_digits(images, torch.tensor([4, 3]), torch.tensor([6, 5]), torch.tensor([247, 449]), total=10_000)
    axes = the_axes(figure)
    assert axes.get_title(loc="left") == "2 of 10,000 misread"
    assert texts(axes) == ["4->6", "247", "3->5", "449"]
    np.testing.assert_array_equal(np.stack([image.get_array() for image in axes.images]), images)
    assert axes.texts[1].get_fontsize() < axes.texts[0].get_fontsize()


@pytest.mark.parametrize(
    ("count", "drawn", "title"),
    [
        (1, 1, "1 of 10,000 misread"),
        (100, 100, "100 of 10,000 misread"),
        (268, 100, "268 of 10,000 misread: the first 100 of 268"),
        (1200, 100, "1,200 of 10,000 misread: the first 100 of 1,200"),
    ],
)
def test_at_most_a_hundred_are_drawn_and_the_title_says_so(count: int, drawn: int, title: str) -> None:
    axes = the_axes(misread(count))
    assert len(axes.images) == drawn
    assert axes.get_title(loc="left") == title


def test_none_misread_is_said() -> None:
    axes = the_axes(misread(0))
    assert axes.get_title(loc="left") == "0 of 10,000 misread"
    assert texts(axes) == ["Every digit was read right."]
    assert not axes.images


def test_misread_refuses_unequal_lengths_and_more_than_all() -> None:
    images, labels = digits(3)
    with pytest.raises(ValueError, match="3 images, 3 labels, 2 answers and 3 indices"):
        misread_digits(images, labels, labels[:2], labels, total=10)
    with pytest.raises(ValueError, match="3 digits out of 2"):
        misread_digits(images, labels, labels, labels, total=2)


def test_groups_of_misread_digits_have_a_grid_each_with_captions() -> None:
    images, _ = digits(5)
    captions = {0: "1: 7 2", 3: "4: 4 9", 4: "5: 3 5"}
    above, below = misread_groups(images, captions, {"by both": [4, 0], "by ours": [3]}).axes
    assert [axes.get_title(loc="left") for axes in (above, below)] == ["2: by both", "1: by ours"]
    assert (texts(above), texts(below)) == (["5: 3 5", "1: 7 2"], ["4: 4 9"])
    np.testing.assert_array_equal(np.stack([image.get_array() for image in above.images]), images[[4, 0]])
    np.testing.assert_array_equal(below.images[0].get_array(), images[3])


def test_of_a_large_group_the_first_are_drawn_and_the_title_says_so() -> None:
    few, many = in_groups(0, 97).axes
    assert few.get_title(loc="left") == "0: group 0"
    assert many.get_title(loc="left") == "97: group 1, the first 96 of them"
    assert (len(few.images), len(many.images)) == (0, 96)


# Files


@pytest.mark.parametrize("name", ["loss 2", "error 2 True", "before 3", "misread 12"])
def test_a_picture_is_the_same_bytes_drawn_again_and_saved_again(name: str, tmp_path: Path) -> None:
    figure = ALL[name]()
    first, again, redrawn = (tmp_path / f"{n}.png" for n in ("first", "again", "redrawn"))
    save(figure, first)
    save(figure, again)
    save(ALL[name](), redrawn)
    assert first.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert b"Software" not in first.read_bytes()
    assert first.read_bytes() == again.read_bytes() == redrawn.read_bytes()
    assert sorted(tmp_path.iterdir()) == [again, first, redrawn]


def test_a_picture_that_fails_half_way_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "loss.png"
    path.write_bytes(b"old")
    figure = loss_over_time([], [1.0])

    def full_disk(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match=r"loss.png cannot be written \(no space left\)"):
        save(figure, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
