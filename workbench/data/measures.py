"""What can be measured on each line of a data set without reading a pixel, and how such numbers are spread."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.data.cache import LineCache
from workbench.data.line import LineSet

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """How a quantity is spread over lines (or writers, or pages); all zero where there are none."""

    values: Numbers
    """What was summed up, in the order of the data set; what has no value is left out."""
    minimum: float
    low: float
    """5 % lie below."""
    median: float
    mean: float
    high: float
    """95 % lie below."""
    maximum: float

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self.values.size)

    def counts(self, edges: Numbers) -> Counts:
        """Values between neighbouring edges; the last edge belongs to the last bin."""
        return np.histogram(self.values, edges)[0]


def distribution(values: Iterable[float] | Numbers | Counts) -> Distribution:
    """Sum up some numbers; NaN stands for a value that is not there.

    Quantiles are interpolated linearly between neighbours.
    """
    found = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=np.float64)
    numbers = found[~np.isnan(found)]
    if not numbers.size:
        return Distribution(numbers, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    low, middle, high = np.quantile(numbers, [0.05, 0.5, 0.95])
    return Distribution(
        numbers,
        minimum=float(numbers.min()),
        low=float(low),
        median=float(middle),
        mean=float(numbers.mean()),
        high=float(high),
        maximum=float(numbers.max()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class LineMeasures:
    """Numbers of the lines of a data set, one per line, in its order.

    Characters are code points of the raw transcription, blanks included; words are parted by white space. Widths and
    heights are px of the scan, as in the cache: cut to the ink where the cache is.
    """

    characters: Counts
    words: Counts
    widths: Counts
    heights: Counts

    @property
    def px_per_character(self) -> Numbers:
        """Width of the image over characters of the transcription, in px of the scan; NaN for a line without text."""
        return _per_character(self.widths.astype(np.float64), self.characters)

    def px_per_character_at(self, height_px: int) -> Numbers:
        """The same with every line scaled to one height, which makes scans of different resolution comparable."""
        return _per_character(self.widths * (height_px / self.heights), self.characters)


def _per_character(amounts: Numbers, characters: Counts) -> Numbers:
    shares = np.full(len(amounts), np.nan)
    np.divide(amounts, characters, out=shares, where=characters > 0)
    return shares


def measure(lines: LineSet, cache: LineCache) -> LineMeasures:
    """Measure all lines of a data set; reads the index of the cache alone."""
    sizes = np.array([cache.size(line.id) for line in lines.lines], dtype=np.int64).reshape(-1, 2)
    return LineMeasures(
        characters=np.array([len(line.transcription) for line in lines.lines], dtype=np.int64),
        words=np.array([len(line.transcription.split()) for line in lines.lines], dtype=np.int64),
        widths=sizes[:, 1],
        heights=sizes[:, 0],
    )


@dataclass(frozen=True, slots=True)
class FrameRule:
    """How many frames a network gives a line: what CTC needs one of per character, and one between equal neighbours."""

    architecture: str
    line_height_px: int
    frames: Callable[[int, int], int]
    """(height, width) of the cached image, in px, to the frames that CTC sees."""
    needed: Callable[[str], int]
    """Transcription to the frames without which it cannot be output."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameFit:
    """Frames per character of a data set's lines under a rule."""

    per_character: Numbers
    """One per line; NaN for a line without text."""
    too_narrow: int
    """Lines with fewer frames than their raw transcription needs: they cannot be learnt, and not be read right."""


def fit_frames(lines: LineSet, measures: LineMeasures, rule: FrameRule) -> FrameFit:
    """Compare the frames of each line with its raw transcription.

    An estimate: a study decides on the transcription as it normalises it.
    """
    sizes = zip(measures.heights.tolist(), measures.widths.tolist(), strict=True)
    frames = np.array([rule.frames(height, width) for height, width in sizes], dtype=np.float64)
    needed = np.array([rule.needed(line.transcription) for line in lines.lines], dtype=np.float64)
    return FrameFit(_per_character(frames, measures.characters), int((frames < needed).sum()))
