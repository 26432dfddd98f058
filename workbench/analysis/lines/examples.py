"""Lines of the test part as the runs of a study read them, drawn at random: to show what a CER looks like.

They are drawn, not chosen: lines picked by hand show what was to be shown. The same study gives the same
lines.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.pairs import state_of
from workbench.data.cache import find_cache
from workbench.errors import WorkspaceError
from workbench.metrics.alignment import Edit, align
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.predictions import Prediction, read_predictions
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.study.arms import short_label
from workbench.study.schema import Selection

ImageOf = Callable[[str, str], NDArray[np.uint8] | None]
"""Image of a line (ink = 255, shape (H, W)) by target and id; None where it is not at hand."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run read in a line."""

    run: str
    label: str
    """Architecture and regime: 'CRNN (small), multi'."""
    hypothesis: str
    edits: tuple[Edit, ...]
    """From the reference to the hypothesis."""
    errors: int
    length: int

    @property
    def cer(self) -> float | None:
        """Character error rate of this line, None without a reference."""
        return self.errors / self.length if self.length else None


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """A line with what the runs read in it. Texts in logical order."""

    target: str
    language: str
    line_id: str
    reference: str
    readings: tuple[Reading, ...]
    image: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Examples:
    """Example lines, and which runs read them."""

    lines: tuple[ExampleLine, ...]
    setting: str
    """K, budget, draw, seed and conditions of the runs, in words."""


def images_of(plan: Plan, store: RunStore) -> ImageOf:
    """Return where the images of a study's lines come from: the decoded lines of the workspace."""
    is_cropped = plan.study.preprocessing.crop_to_ink
    caches = {
        target.name: find_cache(store.workspace, target.fingerprint, cropped=is_cropped) for target in plan.targets
    }

    def image(target: str, line_id: str) -> NDArray[np.uint8] | None:
        cache = caches.get(target)
        return cache.image(line_id) if cache is not None and line_id in cache else None

    return image


def examples_of(
    plan: Plan,
    records: Mapping[str, RunRecord],
    store: RunStore,
    *,
    per_target: int,
    selection: Selection | None = None,
    image_of: ImageOf | None = None,
) -> Examples:
    """Draw example lines from the test part of each target.

    Parameters
    ----------
    plan, records, store : Plan, mapping, RunStore
        The study, its finished runs, and where their predictions are.
    per_target : int
        How many lines of each target.
    selection : str, optional
        Weights that read them; the study's own by default.
    image_of : callable, optional
        Where images come from; without it there are none.

    Runs are those of one setting: the study's first budget and conditions, its largest K, the first draw and seed for
    which most arms have finished. Runs whose texts are not at hand (a bundle without texts) are left out.
    """
    chosen = selection or plan.study.selection
    runs = _runs_of_one_setting(plan, records)
    texts = {run.run: _texts(store, run.run, chosen) for run in runs}
    lines = [
        line
        for target in plan.targets
        for line in _of_target(plan, target.name, [run for run in runs if texts[run.run]], texts, per_target, image_of)
    ]
    return Examples(tuple(lines), _setting(runs[0]) if runs else "")


def _key(run: PlannedRun) -> tuple[str, str, int, int, int]:
    request = run.request
    return str(request.budget), str(request.conditions), request.k, request.draw, request.seed


def _runs_of_one_setting(plan: Plan, records: Mapping[str, RunRecord]) -> list[PlannedRun]:
    finished = [run for run in plan.runs if state_of(run.run, records, {}) == "finished"]
    if not finished:
        return []
    budget, conditions = str(plan.study.budgets[0]), str(plan.study.conditions.combinations()[0])
    preferred = [run for run in finished if _key(run)[:2] == (budget, conditions)] or finished
    largest = max(run.request.k for run in preferred)
    amounts = Counter(_key(run) for run in preferred if run.request.k == largest)
    best = max(amounts.values())
    key = next(key for key, amount in amounts.items() if amount == best)
    return [run for run in finished if _key(run) == key]


def _setting(run: PlannedRun) -> str:
    request = run.request
    unusual = f", {request.conditions}" if str(request.conditions) else ""
    return f"K = {request.k:,}, {request.budget}, draw {request.draw}, seed {request.seed}{unusual}"


def _texts(store: RunStore, run: str, selection: Selection) -> dict[tuple[str, str], Prediction]:
    """Test lines of a run by target and id; empty where its texts are not at hand."""
    try:
        return {
            (p.target, p.line_id): p
            for p in read_predictions(store.predictions_file(run))
            if p.split == "test" and p.selection == selection
        }
    except WorkspaceError:
        return {}


def _of_target(
    plan: Plan,
    target: str,
    runs: list[PlannedRun],
    texts: Mapping[str, Mapping[tuple[str, str], Prediction]],
    number: int,
    image_of: ImageOf | None,
) -> Iterable[ExampleLine]:
    readers = [run for run in runs if target in run.request.targets]
    if not readers:
        return
    common = [
        line_id for line_id in plan.target(target).test_ids if all((target, line_id) in texts[r.run] for r in readers)
    ]
    wildcards = plan.study.placeholders.wildcards
    for line_id in _drawn(common, f"{plan.study.name} {target}", number):
        read = [(run, texts[run.run][target, line_id]) for run in readers]
        yield ExampleLine(
            target=target,
            language=plan.target(target).language,
            line_id=line_id,
            reference=read[0][1].reference,
            readings=tuple(_reading(run, p, wildcards) for run, p in read),
            image=image_of(target, line_id) if image_of else None,
        )


def _drawn(ids: list[str], key: str, number: int) -> list[str]:
    """Ids drawn without putting them back, in the order of the test part; the key says which."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
    places = np.random.Generator(np.random.Philox(seed)).permutation(len(ids))[:number]
    return [ids[place] for place in sorted(places)]


def _reading(run: PlannedRun, prediction: Prediction, wildcards: str) -> Reading:
    return Reading(
        run=run.run,
        label=f"{label_of(run.request.architecture)}, {short_label(run.request.arm)}",
        hypothesis=prediction.hypothesis,
        edits=align(prediction.reference, prediction.hypothesis, wildcards),
        errors=prediction.edits,
        length=prediction.length,
    )
