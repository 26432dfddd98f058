"""Who writes and on what: the faces, hands and papers of the three demo data sets.

A *hand* is one synthetic writer: a face and the way it is bent. A *look* is what all lines of a data set share: the
paper and the scanner. The three looks are plainly different, as the scans of three data sets are.
"""

from dataclasses import dataclass

import numpy as np

Range = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A font of `resources/fonts` and what makes it the size of the others."""

    file: str
    scale: float = 1.0
    """Size relative to the nominal one: some faces are small on their em."""


@dataclass(frozen=True, slots=True)
class Look:
    """A data set's faces, the ranges from which its writers are drawn, and its paper."""

    faces: tuple[Face, ...]
    slant: Range
    """Tangent of the slant; positive leans to the right."""
    stroke: Range
    """Thickening of the pen stroke, 1 = by one pixel on each side; negative thins it."""
    elastic_px: Range
    """Amplitude of the elastic bending at a nominal size of 48 px."""
    darkness: Range
    """How much of the paper's light the ink takes away, 0 to 1."""
    pressure: Range
    """How much the ink fades where the pen is light, 0 to 1."""
    pen: Colour
    """Colour of the ink at full darkness."""
    paper: Colour
    shading: float
    """Amplitude of slow changes of the paper's brightness, in grey levels."""
    noise: float
    """Standard deviation of the scanner's noise, in grey levels."""
    speckles_per_megapixel: float
    ruled: float
    """Darkness of a ruled line under the writing in grey levels, 0 for blank paper."""
    blur_px: float
    suffix: str
    """File format of the images."""

    @property
    def is_colour(self) -> bool:
        """Tell whether the scans are in colour."""
        return len(set(self.paper)) > 1 or len(set(self.pen)) > 1


LOOKS: dict[str, Look] = {
    # Dark ballpoint and marker on light grey paper: ruq'ah and school hands.
    "ar": Look(
        faces=(
            Face("aref-ruqaa-arabic-400-normal.woff2", 1.1),
            Face("playpen-sans-arabic-300-normal.woff2"),
            Face("marhey-arabic-300-normal.woff2"),
            Face("harmattan-arabic-400-normal.woff2", 1.25),
        ),
        slant=(-0.12, 0.22), stroke=(-0.1, 0.9), elastic_px=(1.2, 2.6), darkness=(0.75, 0.95), pressure=(0.05, 0.3),
        pen=(20, 20, 20), paper=(214, 214, 214), shading=7.0, noise=5.0, speckles_per_megapixel=250.0, ruled=0.0,
        blur_px=0.5, suffix=".png",
    ),
    # Thin blue pen on white ruled paper, scanned in colour: Nastaliq.
    "ur": Look(
        faces=(
            Face("noto-nastaliq-urdu-arabic-400-normal.woff2", 0.95),
            Face("gulzar-arabic-400-normal.woff2", 1.05),
        ),
        slant=(-0.06, 0.12), stroke=(-0.55, 0.15), elastic_px=(0.7, 1.6), darkness=(0.7, 0.95), pressure=(0.05, 0.25),
        pen=(38, 58, 130), paper=(250, 249, 245), shading=2.0, noise=1.5, speckles_per_megapixel=30.0, ruled=22.0,
        blur_px=0.4, suffix=".jpg",
    ),
    # Slanted pencil on darker, stained paper, blurred.
    "fa": Look(
        faces=(
            Face("mirza-arabic-400-normal.woff2", 1.15),
            Face("lateef-arabic-400-normal.woff2", 1.35),
            Face("vazirmatn-arabic-300-normal.woff2", 0.9),
            Face("amiri-arabic-400-normal.woff2"),
        ),
        slant=(0.12, 0.42), stroke=(-0.3, 0.4), elastic_px=(1.0, 2.2), darkness=(0.5, 0.75), pressure=(0.15, 0.45),
        pen=(40, 40, 40), paper=(186, 186, 186), shading=9.0, noise=7.0, speckles_per_megapixel=80.0, ruled=0.0,
        blur_px=0.9, suffix=".png",
    ),
}  # fmt: skip
"""By language. Faces are not shared: what one data set teaches about letters another has to generalise from."""


@dataclass(frozen=True, slots=True)
class Hand:
    """One synthetic writer."""

    writer: str
    face: Face
    size_px: float
    slant: float
    stretch: float
    """Width of letters relative to the face."""
    word_gap_em: float
    stroke: float
    elastic_px: float
    darkness: float
    pressure: float
    wobble_px: float
    """Amplitude of the baseline's wave."""
    wobble_period_px: float
    jitter_px: float
    """Standard deviation of a word's height over the baseline."""
    uphill: float
    """Slope of the baseline."""


NOMINAL_SIZE_PX = 44.0


def draw_hand(writer: str, face: Face, look: Look, rng: np.random.Generator) -> Hand:
    """Draw a writer of a data set."""

    def among(limits: Range) -> float:
        return float(rng.uniform(*limits))

    return Hand(
        writer=writer,
        face=face,
        size_px=NOMINAL_SIZE_PX * face.scale * among((0.85, 1.15)),
        slant=among(look.slant),
        stretch=among((0.88, 1.2)),
        word_gap_em=among((0.3, 0.6)),
        stroke=among(look.stroke),
        elastic_px=among(look.elastic_px),
        darkness=among(look.darkness),
        pressure=among(look.pressure),
        wobble_px=among((0.5, 2.5)),
        wobble_period_px=among((120.0, 320.0)),
        jitter_px=among((0.5, 2.5)),
        uphill=among((-0.025, 0.025)),
    )
