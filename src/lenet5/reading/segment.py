"""A segment: the part of a page that is taken for one digit."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Segment:
    """The box of a digit's foreground, in pixels of the page, and which pixels of the box are its own.

    Attributes:
        top: of the box, in pixels from the page's upper edge.
        bottom: the end of the box, excluded.
        left: of the box, in pixels from the page's left edge.
        right: the end of the box, excluded.
        mask: height×width of the box.
        line: its line, from 0.
        sign: the sign between two digits that it is; empty for what may be a digit.
    """

    top: int
    bottom: int
    left: int
    right: int
    mask: NDArray[np.bool_]
    line: int = 0
    sign: str = ""

    @property
    def height(self) -> int:
        """Of the box."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Of the box."""
        return self.right - self.left

    @property
    def size(self) -> int:
        """The longer side of the box."""
        return max(self.height, self.width)

    def moved(self, down: int, right: int) -> "Segment":
        """The same, so many pixels further down and to the right."""
        top, bottom = self.top + down, self.bottom + down
        return replace(self, top=top, bottom=bottom, left=self.left + right, right=self.right + right)

    def on_line(self, line: int) -> "Segment":
        """The same, on another line."""
        return replace(self, line=line)
