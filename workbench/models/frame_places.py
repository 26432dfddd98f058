"""Where the frames of a network lie on the image of a line: scale, border, canvas and margin undone. No torch."""

from dataclasses import dataclass

from workbench.models.geometry import Geometry, input_size
from workbench.study.schema import Preprocessing


@dataclass(frozen=True, slots=True)
class FramePlaces:
    """Columns of a line image that frames stand for; pixels are those of that image, frames count from its left."""

    first_px: float
    """Left edge of frame 0; beside the image where frame 0 looks at the border."""
    step_px: float
    """From one frame to the next."""
    begin_px: float
    """Where the part of the image begins that the network was given, 0 where that is all of it."""
    end_px: float

    def span(self, frame: int) -> tuple[float, float]:
        """Left and right edge of a frame, kept within the image; a frame on the margin becomes its edge."""
        left = self.first_px + frame * self.step_px
        return self._inside(left), self._inside(left + self.step_px)

    def centre(self, frame: int) -> float:
        """Column in the middle of a frame, within the image."""
        return self._inside(self.first_px + (frame + 0.5) * self.step_px)

    def moved(self, pixels: float) -> "FramePlaces":
        """Return the places on an image that begins so many pixels further left: a scan of which a part was cut."""
        return FramePlaces(self.first_px + pixels, self.step_px, self.begin_px + pixels, self.end_px + pixels)

    def _inside(self, column: float) -> float:
        return min(max(column, self.begin_px), self.end_px)


def frame_places(
    height: int, width: int, preprocessing: Preprocessing, geometry: Geometry, *, is_mirrored: bool = False
) -> FramePlaces:
    """Lay the frames of a network over the image of a line, as it is before it is scaled.

    Parameters
    ----------
    height, width : int
        Of the image that was read: cut to its ink where the study crops, else the whole scan.
    preprocessing : Preprocessing
        Line height, border, canvas.
    geometry : Geometry
        What the network does to widths.
    is_mirrored : bool
        The network was given the image flipped. Its frames, which are kept counted from the left of the image as it is
        (:meth:`workbench.training.lines.Layout.frame_from_left`), then are known up to half a frame.
    """
    size = input_size(height, width, preprocessing, geometry)
    scale = max(width, 1) / max(size.scaled_width, 1)
    middle = geometry.frame_px / 2 if is_mirrored else geometry.frame_centre_px(0)
    first = middle - geometry.frame_px / 2 - preprocessing.border_px
    return FramePlaces(first * scale, geometry.frame_px * scale, 0.0, float(width))
