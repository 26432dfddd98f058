"""What runs were trained on, as text: read from the caches of the data sets, normalised as the runs were."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workbench.data.cache import LineCache, find_cache
from workbench.runs.plan import Plan
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.study.grid import BASELINE_REGIME
from workbench.text.normalize import normalise

_JOINT_REGIME = "multi"


@dataclass
class TextSource:
    """Training texts of runs. Data sets need not be open: their caches in the workspace are read."""

    store: RunStore
    missing: set[str] = field(default_factory=set)
    """Names of data sets whose lines were asked for and are not there."""
    _caches: dict[str, LineCache | None] = field(default_factory=dict)
    _specs: dict[str, RunSpec | None] = field(default_factory=dict)
    _texts: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[str, ...] | None] = field(default_factory=dict)

    def spec(self, run: str) -> RunSpec | None:
        """Return what a run is, None where its folder does not tell."""
        if run not in self._specs:
            self._specs[run] = self.store.spec(run)
        return self._specs[run]

    def of_run(self, run: str) -> dict[str, tuple[str, ...]] | None:
        """Return the training texts of a run by data set; None where one of them is not there."""
        spec = self.spec(run)
        if spec is None:
            return None
        found = {target.name: self._of_target(spec, target.name) for target in spec.targets}
        if any(texts is None for texts in found.values()):
            return None
        return {name: texts for name, texts in found.items() if texts is not None}

    def of_weights(self, run: str) -> dict[str, tuple[str, ...]] | None:
        """Return the texts that the weights of a run have seen, those of its first stages included."""
        texts, spec = self.of_run(run), self.spec(run)
        if texts is None or spec is None or spec.start is None:
            return texts
        earlier = self.of_weights(spec.start.run)
        if earlier is None:
            return None
        return {name: earlier.get(name, ()) + texts.get(name, ()) for name in earlier | texts}

    def _of_target(self, spec: RunSpec, name: str) -> tuple[str, ...] | None:
        target = spec.target(name)
        key = (target.fingerprint, spec.normalisation, target.train_ids)
        if key not in self._texts:
            cache = self._cache(target.fingerprint)
            has_all = cache is not None and all(line_id in cache for line_id in target.train_ids)
            self._texts[key] = (
                tuple(normalise(cache.transcription(line_id), spec.normalisation) for line_id in target.train_ids)
                if cache is not None and has_all
                else None
            )
        if self._texts[key] is None:
            self.missing.add(name)
        return self._texts[key]

    def _cache(self, fingerprint: str) -> LineCache | None:
        if fingerprint not in self._caches:
            workspace = self.store.workspace
            found = find_cache(workspace, fingerprint, cropped=True)
            self._caches[fingerprint] = found or find_cache(workspace, fingerprint, cropped=False)
        return self._caches[fingerprint]


@dataclass(frozen=True)
class StudyTexts:
    """The training texts of a study at one K: of each data set the lines of its single-script runs, over all draws."""

    by_target: Mapping[str, tuple[tuple[str, ...], ...]]
    """Name to the texts of each draw, without repetition of draws."""
    languages: Mapping[str, str]
    """Name to language."""

    @cached_property
    def holders(self) -> Mapping[str, frozenset[str]]:
        """Character to the languages in whose training text it occurs."""
        found: dict[str, set[str]] = {}
        for name, draws in self.by_target.items():
            for character in frozenset("".join(text for texts in draws for text in texts)):
                found.setdefault(character, set()).add(self.languages[name])
        return {character: frozenset(held) for character, held in found.items()}

    def holders_as(self, glyphs: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
        """Glyph to the languages that write it, whatever code point they write it with."""
        found: dict[str, frozenset[str]] = {}
        for character, held in self.holders.items():
            glyph = glyphs.get(character, character)
            found[glyph] = found.get(glyph, frozenset()) | held
        return found

    @property
    def all_languages(self) -> tuple[str, ...]:
        """Languages of the study's data sets, each once, in its order."""
        return tuple(dict.fromkeys(self.languages.values()))

    def counts(self, target: str) -> Mapping[str, float]:
        """How often each character occurs in the training text of a data set, mean over draws."""
        draws = self.by_target[target]
        counts: Counter[str] = Counter()
        for texts in draws:
            for text in texts:
                counts.update(text)
        return {character: number / len(draws) for character, number in counts.items()}


def study_texts(plan: Plan, source: TextSource, k: int, conditions: str) -> StudyTexts | None:
    """Return the training texts of all data sets of a study at one K; None where some are not there.

    Parameters
    ----------
    conditions : str
        In words; they may fold code points.
    """
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for planned in plan.runs:
        request = planned.request
        if request.regime not in (BASELINE_REGIME, _JOINT_REGIME):
            continue
        if request.k != k or str(request.conditions) != conditions:
            continue
        for name, texts in (source.of_run(planned.run) or {}).items():
            found.setdefault(name, {})[texts] = None
    targets = [target.name for target in plan.targets]
    if any(name not in found for name in targets):
        source.missing.update(name for name in targets if name not in found)
        return None
    by_target = {name: tuple(found[name]) for name in targets}
    return StudyTexts(by_target, {target.name: target.language for target in plan.targets})
