"""The loss as training goes on, with the mean of each pass and its η."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from lenet5.plots import style


def loss_over_time(
    curve: Sequence[tuple[float, float]],
    passes: Sequence[float],
    *,
    etas: Sequence[float] = (),
    title: str = "Loss over time",
) -> Figure:
    """The loss E against passes through the training set.

    The y axis is logarithmic when every loss is positive and they span more than a decade.
    A loss that is not finite leaves a gap.

    Args:
        curve: points (passes completed, mean loss over the patterns since the point before), drawn faintly.
        passes: the mean loss of each whole pass, drawn as a step from its beginning to its end.
        etas: the global rate η of each pass, written above the figure where it changes; none, no η.
        title: above the figure.

    Raises:
        ValueError: there is nothing to draw, or `etas` are given and not one for each pass.

    *Paper:* section III-B, eq. 8 or 9.
    """
    if not curve and not passes:
        raise ValueError("loss_over_time was given no loss at all; expected a point of the curve or a pass.")
    if etas and len(etas) != len(passes):
        raise ValueError(f"loss_over_time was given {len(etas)} etas for {len(passes)} passes; expected one each.")

    figure = style.new_figure(7, 4)
    axes = style.plain_axes(figure, title, "passes through the training set", "loss")
    times = [time for time, _ in curve]
    losses = [loss for _, loss in curve]
    if curve:
        axes.plot(times, losses, ".", color=style.GREY, alpha=0.5, markersize=4, mew=0, label="as it went")
    if passes:
        steps = axes.stairs(passes, range(len(passes) + 1), baseline=None, label="mean of each pass")
        steps.set(color=style.BLUE, linewidth=style.HEAVY, zorder=3)
    end = max([len(passes), *times]) or 1
    axes.set_xlim(0, end)
    all_losses = np.array([*losses, *passes])
    finite = all_losses[np.isfinite(all_losses)]
    if finite.size and finite.min() > 0 and finite.max() > 10 * finite.min():
        axes.set_yscale("log")
        # Over more decades matplotlib would find no room for the ticks at 2 and 5, and draw none at all.
        few_decades = finite.max() < 1000 * finite.min()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few_decades else (1,)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    _write_etas(axes, etas, end)
    axes.legend(loc="upper right", frameon=False, fontsize=style.TEXT, labelcolor=style.BLACK, markerscale=2)
    return figure


def _write_etas(axes: Axes, etas: Sequence[float], end: float) -> None:
    """A dotted line where η changes and its value above, unless the value before stands in the way."""
    width_of_letter = 0.0095 * end
    free_from = 0.0
    for done, eta in enumerate(etas):
        if done and eta == etas[done - 1]:
            continue
        if done:
            axes.axvline(done, color=style.GREY, alpha=0.6, linewidth=style.THIN, linestyle=":", zorder=1)
        if done >= free_from:
            value = np.format_float_positional(eta, precision=3, fractional=False, trim="-")
            words = value if done else f"η = {value}"
            above = axes.get_xaxis_transform()
            axes.text(done, 1.01, words, transform=above, fontsize=style.SMALL, color=style.GREY, va="bottom")
            free_from = done + len(words) * width_of_letter
