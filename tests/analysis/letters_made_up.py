"""Cells with readings that are written by hand: a few lines, what two sides read, what they were trained on."""

from collections.abc import Mapping, Sequence

from workbench.analysis.letters.character_classes import Asked, Seen
from workbench.analysis.letters.read_cells import ReadCell
from workbench.analysis.letters.traces import LineTexts, trace
from workbench.analysis.letters.training_texts import StudyTexts
from workbench.analysis.results.pairs import CellKey
from workbench.analysis.statistics.bootstrap import ScoredPart

LANGUAGES = {"khatt": "ar", "uhwr": "ur", "phtd": "fa"}


def texts_of(references: Sequence[str], clusters: Sequence[str] = (), wildcards: str = "") -> LineTexts:
    ids = tuple(f"l{number}" for number in range(len(references)))
    named = tuple(clusters) or tuple(f"w{number}" for number in range(len(references)))
    return LineTexts(ids, tuple(references), named, "writers", wildcards)


def cell_of(
    references: Sequence[str],
    single: Sequence[Sequence[str]],
    multi: Sequence[Sequence[str]],
    *,
    target: str = "khatt",
    clusters: Sequence[str] = (),
    wildcards: str = "",
    architecture: str = "small-crnn",
) -> ReadCell:
    """One training per reading of all lines."""
    texts = texts_of(references, clusters, wildcards)
    return ReadCell(
        key=CellKey(architecture, "multi", target, 100, "50 steps", "test", "last"),
        baseline="single",
        language=LANGUAGES[target],
        part=ScoredPart(target, f"print-{target}", "test"),
        texts=texts,
        trainings=tuple((0, seed) for seed in range(len(single))),
        single=tuple(trace(texts, one, f"single-{seed}") for seed, one in enumerate(single)),
        multi=tuple(trace(texts, one, f"multi-{seed}") for seed, one in enumerate(multi)),
        pairs=len(single),
    )


def asked_of(
    cell: ReadCell, training: Mapping[str, Sequence[str]] | None = None, seen: Sequence[Seen] | None = None
) -> Asked:
    study = None
    if training is not None:
        by_target = {name: (tuple(texts),) for name, texts in training.items()}
        study = StudyTexts(by_target, {name: LANGUAGES[name] for name in training})
    return Asked(cell.key.target, cell.language, cell.texts, study, tuple(seen) if seen is not None else None)
