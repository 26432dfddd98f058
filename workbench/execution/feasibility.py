"""Which lines every architecture of a study can learn, and may.

Decided by the strictest of them before anything is drawn, so that all arms keep the same lines.
"""

from collections.abc import Mapping, Sequence

from workbench.data.catalog import OpenedDataset
from workbench.errors import InputError
from workbench.models.geometry import Geometry, input_size, needed_frames
from workbench.runs.plan import Exclusion
from workbench.study.schema import Study, Training
from workbench.text.normalize import normalise
from workbench.text.reading_order import to_network


def as_trained(text: str, training: Training) -> str:
    """Return a normalised transcription as the network learns it, in logical order: perhaps with a space around it."""
    return f" {text} " if training.pad_transcription else text


class FitCheck:
    """Whether a line may and can be learnt by every architecture of the study."""

    def __init__(
        self,
        study: Study,
        opened: OpenedDataset,
        geometries: Mapping[str, Geometry],
        texts: Sequence[Mapping[str, str]],
    ) -> None:
        """Take the texts of every normalisation under which the study trains."""
        self._study = study
        self._cache = opened.cache
        self._geometries = geometries
        self._texts = texts

    def _needed(self, line: str) -> int:
        training = self._study.training
        return max(
            needed_frames(to_network(as_trained(texts[line], training), training.reading_order))
            for texts in self._texts
        )

    def _strictest(self, line: str) -> tuple[int, str]:
        height, width = self._cache.size(line)
        preprocessing = self._study.preprocessing
        return min(
            (input_size(height, width, preprocessing, geometry).ctc_frames, name)
            for name, geometry in self._geometries.items()
        )

    def fits(self, line: str) -> bool:
        """Tell whether the label fits into the frames of the strictest architecture."""
        return self._needed(line) <= self._strictest(line)[0]

    def exclusion(self, line: str) -> Exclusion | None:
        """Return why a line may not be trained on, None where it may."""
        placeholders = self._study.placeholders
        if not all(texts[line].strip() for texts in self._texts):
            return Exclusion(line_id=line, reason="the transcription is empty after normalisation")
        if placeholders.policy == "drop_line" and (
            held := placeholders.within("".join(texts[line] for texts in self._texts))
        ):
            reason = f"the transcription holds the placeholder {' '.join(held)}"
            return Exclusion(line_id=line, reason=reason, kind="placeholder")
        needed, (frames, name) = self._needed(line), self._strictest(line)
        if needed <= frames:
            return None
        return Exclusion(line_id=line, reason=f"the label needs {needed} frames and architecture {name} gives {frames}")


def check_placeholders(study: Study) -> None:
    """Refuse a policy that would look for what no text holds any more."""
    for character in study.placeholders.wildcards:
        steps = (conditions.normalisation(study.normalisation) for conditions in study.conditions.combinations())
        if any(normalise(character, each) != character for each in steps):
            raise InputError(
                f"The placeholder {character} is changed by the study's normalisation",
                "it would be looked for and never found",
                "Leave out the step that changes it, or name another placeholder.",
            )
