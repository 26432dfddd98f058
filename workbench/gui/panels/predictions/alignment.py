"""Which frames of an image a run read which letters in: as an overlay, and in words."""

import unicodedata
from dataclasses import dataclass

from workbench.gui.line_overlays import FrameLetter, FrameLetters
from workbench.gui.text_rendering import TextStyle, code_point, visible
from workbench.gui.wording import count, percent
from workbench.models.frame_places import FramePlaces
from workbench.runs.predictions import Prediction

NO_LETTER = -1


@dataclass(frozen=True, slots=True)
class Alignment:
    """Letters of a reading with their places on the image; without letters, why there are none."""

    letters: tuple[FrameLetter, ...]
    note: str
    """What is said while no letter is pointed at."""
    text: str = ""
    frames: tuple[int, ...] = ()

    def overlay(self, style: TextStyle, pointed: int = NO_LETTER) -> FrameLetters:
        """Return what is drawn over the image."""
        return FrameLetters(self.letters, style, pointed if 0 <= pointed < len(self.letters) else None)

    def nearest(self, column: float) -> int:
        """Return the letter whose frame is nearest to a column of the image; -1 without letters."""
        numbers = range(len(self.letters))
        return min(numbers, key=lambda number: abs(self.letters[number].centre_px - column), default=NO_LETTER)

    def words(self, pointed: int) -> str:
        """Return a letter in words, or the note."""
        if not 0 <= pointed < len(self.letters):
            return self.note
        letter = self.letters[pointed]
        sure = "" if letter.confidence is None else f" · confidence {percent(letter.confidence)}"
        columns = f"{count(round(letter.left_px))}–{count(round(letter.right_px))} px"
        return f"{code_point(self.text[pointed])} · frame {count(self.frames[pointed])} ({columns}){sure}"


def alignment_of(prediction: Prediction, places: FramePlaces | None, label: str) -> Alignment:
    """Lay the letters of a reading over the image of its line.

    Parameters
    ----------
    prediction : Prediction
    places : FramePlaces or None
        Where the frames of the run lie on the image that is shown; None: nobody can tell.
    label : str
        Name of the run.
    """
    if not prediction.hypothesis:
        return Alignment((), f"{label} read nothing here.")
    if not prediction.char_frames:
        return Alignment((), f"{label} keeps no frames: its letters cannot be shown over the image.")
    if places is None:
        return Alignment((), f"{label} read another image of this line: its letters cannot be shown over this one.")
    sure = prediction.char_confidences or (None,) * len(prediction.hypothesis)
    letters = [
        FrameLetter(_drawn(character), *places.span(frame), confidence)
        for character, frame, confidence in zip(prediction.hypothesis, prediction.char_frames, sure, strict=True)
    ]
    note = f"Over the image: where {label} read each letter; point at one."
    return Alignment(tuple(letters), note, prediction.hypothesis, prediction.char_frames)


def _drawn(character: str) -> str:
    if character.isspace():
        return ""
    return f"\u25cc{character}" if unicodedata.combining(character) else visible(character)
