"""The only place that reorders text. Strings are in logical order everywhere but at the network's output.

The network reads a line image from left to right. *Network order* is the order of its output classes: first what
stands leftmost. Each convention is its own inverse, so scoring in logical order is exact.
"""

import re
from typing import Literal

ReadingOrder = Literal["ltr_runs", "reversed", "logical_mirrored"]

# Digits of the three systems, Latin letters with the marks that can follow them. A fixed set of characters, joined
# only by a single separator with one of them on either side: that rule reads the same from both ends, which is what
# makes the reordering its own inverse.
_LTR = (
    r"0-9\u0660-\u0669\u06F0-\u06F9A-Za-z\u00AA\u00BA\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u024F\u0300-\u036F\u1E00-\u1EFF"
)
_LTR_RUN = re.compile(rf"[{_LTR}]+(?:[.,:/\-][{_LTR}]+)*")


def _reverse(text: str) -> str:
    return text[::-1]


def _reverse_but_ltr_runs(text: str) -> str:
    return _LTR_RUN.sub(lambda run: run[0][::-1], text[::-1])


def _reorder(text: str, order: ReadingOrder) -> str:
    match order:
        case "ltr_runs":
            return _reverse_but_ltr_runs(text)
        case "reversed":
            return _reverse(text)
        case "logical_mirrored":
            return text


def to_network(text: str, order: ReadingOrder) -> str:
    """Bring a text from logical order into the order in which the network outputs it.

    Parameters
    ----------
    text : str
        In logical order, as read.
    order : {'ltr_runs', 'reversed', 'logical_mirrored'}
        `ltr_runs`: all reversed, then each maximal run of digits or Latin letters joined by single `. , : / -`
        reversed back, because those are written from left to right. `reversed` (published): all code points
        reversed. `logical_mirrored`: the text stays, the image is flipped; see :func:`mirrors_image`.
    """
    return _reorder(text, order)


def to_logical(text: str, order: ReadingOrder) -> str:
    """Bring what the network output back into logical order; undoes :func:`to_network` exactly."""
    return _reorder(text, order)


def logical_positions(text: str, order: ReadingOrder) -> list[int]:
    """For each character of `to_logical(text, order)`, where it stands in `text`, which is in network order."""
    positions = list(range(len(text)))
    if order == "logical_mirrored":
        return positions
    positions.reverse()
    if order == "ltr_runs":
        for run in _LTR_RUN.finditer(text[::-1]):
            positions[run.start() : run.end()] = positions[run.start() : run.end()][::-1]
    return positions


def mirrors_image(order: ReadingOrder) -> bool:
    """Tell whether the line image is flipped left to right before the network sees it."""
    return order == "logical_mirrored"
