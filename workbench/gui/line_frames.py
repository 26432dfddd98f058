"""How many frames a network gives a line, where they lie on its image, and how many the transcription needs."""

from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.execution.feasibility import as_trained
from workbench.gui.wording import architecture_label, count
from workbench.models.frame_places import frame_places
from workbench.models.geometry import geometry_of, input_size, needed_frames
from workbench.models.registry import ARCHITECTURES, architecture_spec
from workbench.study.schema import Study
from workbench.text.normalize import normalise
from workbench.text.reading_order import mirrors_image, to_network


@dataclass(frozen=True, slots=True)
class LineFrames:
    """Frames that CTC gets of one line image; pixels are those of that image."""

    architecture: str
    frames: int
    needed: int
    """Frames without which CTC cannot output the transcription as it is trained."""
    first_px: float
    """Left edge of the first frame (right edge where the image is mirrored)."""
    step_px: float
    """From one frame to the next."""
    is_mirrored: bool
    """The first frame is the one at the right end."""

    @property
    def fits(self) -> bool:
        """Tell whether the network can learn to read the line."""
        return self.frames >= self.needed

    @property
    def comparison(self) -> str:
        """Both numbers: '143 ≥ 97'."""
        return f"{count(self.frames)} {'≥' if self.fits else '<'} {count(self.needed)}"


def frames_of(height: int, width: int, transcription: str, study: Study, architecture: str) -> LineFrames:
    """Lay the frames of an architecture over an image of `height` × `width` pixels.

    Normalisation, the spaces around a text, reading order and preprocessing are those of the study.

    Raises
    ------
    InputError
        When there is no such architecture, or the study names an unknown normalisation.
    """
    geometry = geometry_of(architecture_spec(architecture))
    size = input_size(height, width, study.preprocessing, geometry)
    text = as_trained(normalise(transcription, study.normalisation), study.training)
    places = frame_places(height, width, study.preprocessing, geometry)
    return LineFrames(
        architecture=architecture,
        frames=size.ctc_frames,
        needed=needed_frames(to_network(text, study.training.reading_order)),
        first_px=places.first_px,
        step_px=places.step_px,
        is_mirrored=mirrors_image(study.training.reading_order),
    )


def frames_text(height: int, width: int, transcription: str, study: Study) -> str:
    """Say per architecture of the study whether the transcription fits into its frames."""
    said: list[str] = []
    for name in study.architectures:
        try:
            found = frames_of(height, width, transcription, study, name)
        except WorkbenchError:
            continue  # the study's own page says what is wrong with it
        said.append(f"{architecture_label(name)} {found.comparison}")
    return " · ".join(said)


def architectures_to_choose(study: Study) -> tuple[str, ...]:
    """Names of all architectures, those of the study first."""
    own = [name for name in study.architectures if name in ARCHITECTURES]
    return tuple(dict.fromkeys([*own, *ARCHITECTURES]))
