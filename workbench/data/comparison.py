"""Data sets beside each other: what each amounts to, which characters they share, which lines occur twice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.data.duplicates import Duplicate, DuplicateKind, duplicate_images, duplicate_texts, similar_images
from workbench.data.measures import FrameFit, FrameRule, fit_frames
from workbench.data.statistics import SetStatistics
from workbench.runs.control import Control
from workbench.text.normalize import normalise
from workbench.text.overlap import Overlap

FOLD_STEPS = ("fold_yeh", "fold_kaf", "fold_heh", "fold_digits", "fold_full_stop")
"""Bring together what is one letter, digit or stop to the eye and several code points by language.

*Source:* confound 8 of the protocol.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Some data sets beside each other."""

    sets: tuple[SetStatistics, ...]
    raw: Overlap
    """Characters in common as they are on disk, by data set."""
    folded: Overlap
    """The same after :data:`FOLD_STEPS`."""
    duplicates: tuple[Duplicate, ...]
    looked_for_similar: bool = False
    """Whether `duplicates` has images that look alike: for those every pixel has to be read."""
    rule: FrameRule | None = None
    fits: tuple[FrameFit, ...] = ()
    """Frames of the lines under the rule, one per data set; empty without a rule."""

    @property
    def by_language(self) -> "tuple[Overlap, Overlap] | None":
        """Raw and folded overlap of the languages; None where no language has two data sets, as it says the same."""
        languages = [one.language for one in self.sets]
        if len(set(languages)) == len(languages):
            return None
        return _merged(self.raw, languages), _merged(self.folded, languages)

    def duplicate_lines(self, name: str, kind: DuplicateKind) -> int:
        """Lines of a data set that have a like in some data set.

        For `same_text_but_blanks` those of the same text count too, as a superset.
        """
        kinds = {kind, "same_text"} if kind == "same_text_but_blanks" else {kind}
        return len(
            {
                member.line.id
                for duplicate in self.duplicates
                if duplicate.kind in kinds
                for member in duplicate.members
                if member.dataset == name
            }
        )


def compare(
    sets: Sequence[SetStatistics],
    rule: FrameRule | None = None,
    *,
    similar: bool = False,
    control: Control | None = None,
) -> Comparison | None:
    """Put data sets beside each other.

    Parameters
    ----------
    sets : sequence of SetStatistics
        Counted data sets, of different names.
    rule : FrameRule, optional
        How a network counts frames.
    similar : bool
        Look for images that look alike too; see :func:`similar_images`.
    control : Control, optional
        Looked at between the steps.

    Returns
    -------
    Comparison or None
        None when it was cancelled.
    """
    raw = Overlap(tuple(one.name for one in sets), tuple(one.characters for one in sets))
    folded = replace(raw, counts=tuple(folded_counts(one) for one in raw.counts), steps=FOLD_STEPS)
    opened = [one.opened for one in sets]
    duplicates = (*duplicate_texts(opened), *duplicate_images(opened))
    if control is not None and control.is_cancelled:
        return None
    fits = tuple(fit_frames(one.opened.lines, one.measures, rule) for one in sets) if rule else ()
    compared = Comparison(tuple(sets), raw, folded, duplicates, rule=rule, fits=fits)
    return with_similar(compared, control) if similar else compared


def with_similar(compared: Comparison, control: Control | None = None) -> Comparison | None:
    """Add the images that look alike; None when it was cancelled."""
    if compared.looked_for_similar:
        return compared
    found = similar_images([one.opened for one in compared.sets], control)
    if found is None:
        return None
    return replace(compared, duplicates=(*compared.duplicates, *found), looked_for_similar=True)


def folded_counts(counts: Mapping[str, int]) -> Counter[str]:
    """Fold counted code points: every step of :data:`FOLD_STEPS` looks at single characters, so no text is needed."""
    folded: Counter[str] = Counter()
    for character, number in counts.items():
        folded[normalise(character, FOLD_STEPS)] += number
    return folded


def _merged(overlap: Overlap, languages: Sequence[str]) -> Overlap:
    """Count data sets of one language together."""
    counts: dict[str, Counter[str]] = {}
    for language, one in zip(languages, overlap.counts, strict=True):
        counts.setdefault(language, Counter()).update(one)
    return Overlap(tuple(counts), tuple(counts.values()), overlap.steps)
