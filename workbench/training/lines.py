"""Lines as a network is fed with them: scaled once, kept as uint8, with their labels."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.errors import RunError
from workbench.models.geometry import Geometry, InputSize, geometry_of, input_size, needed_frames
from workbench.runs.spec import RunSpec, TargetSpec
from workbench.study.schema import Preprocessing, Resampling, Training
from workbench.text.alphabet import CTC_BLANK, Alphabet
from workbench.text.normalize import normalise
from workbench.text.reading_order import mirrors_image

Pixels = NDArray[np.uint8]

_PAPER_QUANTILE = 0.40
_INK_QUANTILE = 0.995


class LineSource(Protocol):
    """Decoded lines of a data set, as the on-disk cache gives them."""

    def __contains__(self, line_id: object) -> bool: ...

    def image(self, line_id: str) -> Pixels:
        """Line image of shape (H, W), ink = 255."""
        ...

    def transcription(self, line_id: str) -> str:
        """Raw transcription, in logical order."""
        ...


@dataclass(frozen=True)
class Layout:
    """How lines lie on a network's input: the preprocessing of a study with the geometry of an architecture."""

    preprocessing: Preprocessing
    geometry: Geometry
    is_mirrored: bool
    """Whether images are flipped left to right (text stays logical)."""

    @property
    def border_px(self) -> int:
        """Paper above and to the left of every line."""
        return self.preprocessing.border_px

    def size(self, height: int, width: int) -> InputSize:
        """Network input of a line image of this size; see :func:`workbench.models.geometry.input_size`."""
        return input_size(height, width, self.preprocessing, self.geometry)

    def frame_from_left(self, frame: int, size: InputSize) -> int:
        """Frame at the same place of the line image as it was before it was flipped."""
        if not self.is_mirrored:
            return frame
        mirrored = 2 * self.border_px + size.scaled_width - 1 - self.geometry.frame_centre_px(frame)
        return min(max(int(mirrored // self.geometry.frame_px), 0), size.ctc_frames - 1)


def layout_of(spec: RunSpec) -> Layout:
    """Layout of a run's lines."""
    return Layout(spec.preprocessing, geometry_of(spec.architecture), mirrors_image(spec.training.reading_order))


@dataclass(frozen=True, slots=True)
class Line:
    """A line in memory.

    `pixels` is what the network sees, without border and padding: uint8 of shape `size.scaled_height` ×
    `size.scaled_width`, ink = 255, flipped if the layout says so. `image_size` is (height, width) before scaling.
    """

    target: str
    id: str
    pixels: Pixels
    image_size: tuple[int, int]
    size: InputSize
    reference: str
    """Normalised, in logical order."""
    labels: tuple[int, ...]
    """Classes in network order, added blanks included; characters outside the alphabet left out."""

    @property
    def needed_frames(self) -> int:
        """Frames without which CTC cannot output the labels."""
        return needed_frames(self.labels)


def trained_text(transcription: str, normalisation: Sequence[str], training: Training) -> str:
    """Text that a line's labels spell: normalised, and between two spaces where the study pads transcriptions."""
    text = normalise(transcription, tuple(normalisation))
    return f" {text} " if training.pad_transcription else text


def load_lines(
    source: LineSource, spec: RunSpec, target: TargetSpec, ids: Sequence[str], *, for_training: bool
) -> Iterator[Line]:
    """Scale and label lines of a target, in the order of `ids`.

    Parameters
    ----------
    for_training : bool
        Whether a character outside the run's alphabet is an error; elsewhere it is an unavoidable misreading.

    Raises
    ------
    RunError
        For a line that the data set does not have, or (in training) that cannot be trained on.
    """
    layout, alphabet = layout_of(spec), Alphabet(spec.alphabet)
    shown = _permuted_classes(alphabet, target) if for_training else {}
    for line_id in ids:
        _check_present(source, target.name, line_id)
        image = source.image(line_id)
        height, width = image.shape
        size = layout.size(height, width)
        text = trained_text(source.transcription(line_id), spec.normalisation, spec.training)
        labels = alphabet.encode(text, spec.training.reading_order, skip_unseen=not for_training)
        yield Line(
            target=target.name,
            id=line_id,
            pixels=_prepare(image, size, layout),
            image_size=(height, width),
            size=size,
            reference=text.strip() if spec.training.pad_transcription else text,
            labels=tuple(shown.get(label, label) for label in labels),
        )


def _permuted_classes(alphabet: Alphabet, target: TargetSpec) -> dict[int, int]:
    """Class that is trained in the place of each class; only of a target whose labels are permuted.

    Classes and not characters are replaced: the reading order looks at digits, and must look at those that are written.
    """
    class_of = {character: index for index, character in enumerate(alphabet.characters, start=CTC_BLANK + 1)}
    return {
        class_of[read]: class_of[trained] for read, trained in target.label_map if {read, trained} <= class_of.keys()
    }


def _check_present(source: LineSource, target: str, line_id: str) -> None:
    if line_id not in source:
        raise RunError(
            f"Line '{line_id}' of {target} is missing",
            "the data set no longer has it",
            "Open the data set again; if it has changed, start the study anew with --fork.",
        )


def check_feasible(lines: Sequence[Line]) -> None:
    """Refuse training lines whose label has more characters than the network has frames.

    CTC's loss of such a line is infinite; set to zero it would silently train nothing. The plan leaves them out
    before it draws, so this only meets a plan made by other rules.

    Raises
    ------
    RunError
        When there is such a line.
    """
    overlong = [line for line in lines if line.needed_frames > line.size.ctc_frames]
    if overlong:
        first = overlong[0]
        raise RunError(
            f"{len(overlong)} of {len(lines)} training lines do not fit",
            f"line '{first.id}' of {first.target} needs {first.needed_frames} frames and has {first.size.ctc_frames}",
            "Plan the study again: such lines are then left out before lines are drawn.",
        )


def _prepare(image: Pixels, size: InputSize, layout: Layout) -> Pixels:
    pixels = scale(image, size.scaled_height, size.scaled_width, layout.preprocessing.resampling)
    if layout.preprocessing.equalise_contrast:
        pixels = equalise_contrast(pixels)
    return np.ascontiguousarray(pixels[:, ::-1] if layout.is_mirrored else pixels)


def scale(image: Pixels, height: int, width: int, resampling: Resampling = "triangle") -> Pixels:
    """Resize a line image, with anti-aliasing where it shrinks."""
    if image.shape == (height, width):
        return np.array(image)
    return RESAMPLERS[resampling](image, height, width)


def _by_triangle(image: Pixels, height: int, width: int) -> Pixels:
    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize((width, height), Image.Resampling.BILINEAR))


def _by_gaussian(image: Pixels, height: int, width: int) -> Pixels:
    """Blur each side that shrinks by half of what its factor exceeds 1, then interpolate (scikit-image's rule)."""
    from scipy import ndimage

    factors = np.divide(image.shape, (height, width))
    blurred = ndimage.gaussian_filter(image.astype(np.float32), np.maximum(factors - 1, 0) / 2, mode="mirror")
    scaled = np.asarray(ndimage.zoom(blurred, 1 / factors, order=1, mode="mirror", grid_mode=True), dtype=np.float32)
    return np.rint(scaled).astype(np.uint8)


RESAMPLERS: dict[Resampling, Callable[[Pixels, int, int], Pixels]] = {
    "triangle": _by_triangle,
    "gaussian": _by_gaussian,
}


def equalise_contrast(image: Pixels) -> Pixels:
    """Stretch grey values so that the 40 % quantile becomes paper (0) and the 99.5 % quantile ink (255)."""
    paper, ink = np.quantile(image, [_PAPER_QUANTILE, _INK_QUANTILE])
    if ink <= paper:
        return image
    return np.clip((image - paper) * (255 / (ink - paper)) + 0.5, 0, 255).astype(np.uint8)


def source_of(caches: Mapping[str, LineSource], target: TargetSpec) -> LineSource:
    """Return the lines of a target among those of all targets, by its name.

    Raises
    ------
    RunError
        When they are not there.
    """
    if target.name not in caches:
        raise RunError(f"The lines of {target.name} are not at hand", hint="Open its data set again.")
    return caches[target.name]
