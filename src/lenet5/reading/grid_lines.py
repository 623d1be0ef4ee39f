"""The ruled grid on a picture: how far it is tilted, and where its lines are."""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.foreground import Foreground, foreground_of
from lenet5.reading.grey_levels import Grey
from lenet5.reading.rulings import without_crossing

# Degrees that a grid is tilted at most, and the steps in which it is looked for.
TILTS: Final = (np.arange(-6, 6.1, 0.5), np.arange(-0.4, 0.41, 0.1))
LOOKED_AT: Final = 480  # pixels of the longer side, for the tilt
SEEN: Final = 0.15  # of the strokes' contrast: thin lines of a form are pale
SHORTEST: Final = 0.2  # of the picture's side: a line is as long
DOTS: Final = 0.015  # of the picture's longer side: a gap between two dots of a line is shorter
AS_LONG: Final = 0.6  # of the longest line
DRAWN: Final = 0.85  # of the grid's side: so much of a line is seen
BAND: Final = 0.06  # of the smallest cell: a line's pixels are no further from its middle
OPEN: Final = 0.4  # of a usual cell: a grid that goes on so far beyond its last line has no border there

Flags = NDArray[np.bool_]


class GridLines(NamedTuple):
    """Where a grid's lines are on the picture when it is turned level.

    Attributes:
        tilt: degrees by which the picture is turned for that, counterclockwise.
        down: y of each level line, in pixels, from the top.
        across: x of each upright line, in pixels, from the left.
    """

    tilt: float
    down: list[int]
    across: list[int]


def grid_on(grey: Grey) -> GridLines | None:
    """The lines of the grid on a picture; None where there is none.

    Args:
        grey: height×width, 0 black to 1 white.
    """
    foreground = foreground_of(grey)
    if foreground is None:
        return None
    seen = _seen(foreground)
    tilt = _tilt(seen)
    seen = turned(seen.astype(np.float32), tilt, 0.0) > 0.5
    level, upright = _long(seen), _long(seen.T).T
    if not level.any() or not upright.any():
        return None
    left, right = _ends(level)
    top, bottom = _ends(upright.T)
    down = _lines(seen[:, left:right])
    across = _lines(seen[top:bottom].T)
    if not down or not across:
        return None
    down, across = _with_borders(down, top, bottom), _with_borders(across, left, right)
    cells = (len(down) - 1) * (len(across) - 1)
    return GridLines(tilt, down, across) if cells > 1 else None


def without_lines(grey: Grey, lines: GridLines) -> Grey:
    """A level picture with background where its grid's lines are, but where a stroke crosses one."""
    foreground = foreground_of(grey)
    if foreground is None:
        return grey
    seen = _seen(foreground)
    level, upright = _along(seen, lines.down), _along(seen.T, lines.across).T
    if not level.any() or not upright.any():
        return grey
    strokes = seen & ~(level | upright)
    gone = without_crossing(level, strokes, seen & ~upright)
    gone |= without_crossing(upright.T, strokes.T, (seen & ~level).T).T
    gone = cv2.dilate(gone.view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~strokes
    dark = grey[seen].mean() < grey[~seen].mean()
    made: Grey = np.where(gone, grey + foreground.amount * np.float32(1 if dark else -1), grey).astype(np.float32)
    return made


def _seen(foreground: Foreground) -> Flags:
    seen: Flags = foreground.smooth > max(SEEN * foreground.contrast, 2 * foreground.grain)
    return seen


def _along(seen: Flags, lines: list[int]) -> Flags:
    """The pixels of level lines at these y: what is long there."""
    there = np.zeros(seen.shape, bool)
    reach = max(3, round(BAND * float(np.diff(lines).min())))
    for y in lines:
        band = slice(max(0, y - reach), y + reach + 1)
        there[band] = _long(seen[band])
    return there & seen


def turned(values: Grey, degrees: float, border: float | None = None) -> Grey:
    """A picture turned counterclockwise around its middle; beyond its border is the value given, or what is nearest."""
    height, width = values.shape
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    made: Grey = np.asarray(cv2.warpAffine(values, turn, (width, height), borderMode=mode, borderValue=border or 0))
    return made


def _tilt(seen: Flags) -> float:
    """The turn after which the rows and the columns of a picture differ the most."""
    scale = min(1, LOOKED_AT / max(seen.shape))
    large = seen.astype(np.float32)
    small = np.asarray(cv2.resize(large, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.float32)

    def sharpness(degrees: float) -> float:
        made = turned(small, degrees, 0.0)
        return float(sum((made.sum(axis) ** 2).sum() for axis in (0, 1)))

    tilt = 0.0
    for steps in TILTS:
        tilt = max((tilt + float(step) for step in steps), key=lambda degrees: (sharpness(degrees), -abs(degrees)))
    return round(tilt, 1)


def _long(seen: Flags) -> Flags:
    """The level lines, of dots too."""
    height, width = seen.shape
    thick = cv2.dilate(seen.view(np.uint8), np.ones((3, 1), np.uint8))
    gap = max(5, round(DOTS * max(height, width)))
    closed = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    long: Flags = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, max(16, round(SHORTEST * width))), np.uint8)) > 0
    return long


def _ends(level: Flags) -> tuple[int, int]:
    """Where the long ones of level lines begin and end, in the median."""
    parts = cv2.connectedComponentsWithStats(level.view(np.uint8))[2][1:]
    long = parts[parts[:, cv2.CC_STAT_WIDTH] >= AS_LONG * parts[:, cv2.CC_STAT_WIDTH].max()]
    left, wide = long[:, cv2.CC_STAT_LEFT], long[:, cv2.CC_STAT_WIDTH]
    return int(np.median(left)), int(np.median(left + wide))


def _lines(seen: Flags) -> list[int]:
    """The middles of the lines that go through from the left to the right."""
    gap = max(5, round(DOTS * max(seen.shape)))
    thick = cv2.dilate(seen.astype(np.uint8), np.ones((3, 1), np.uint8))
    through = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8)).mean(1) >= DRAWN
    turns = np.flatnonzero(np.diff(np.concatenate([[0], through.view(np.int8), [0]])))
    return [int(begin + end) // 2 for begin, end in zip(turns[::2], turns[1::2], strict=True)]


def _with_borders(lines: list[int], first: int, last: int) -> list[int]:
    """The lines with the ends of a grid that has no border there."""
    usual = float(np.median(np.diff(lines))) if len(lines) > 1 else last - first
    before = [first] if lines[0] - first > OPEN * usual else []
    after = [last] if last - lines[-1] > OPEN * usual else []
    return before + lines + after
