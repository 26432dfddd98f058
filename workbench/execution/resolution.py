"""From what a run is asked to be to its specification: lines, alphabet, steps, and the run that it goes on from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.data.draws import permuted_characters
from workbench.execution.pools import Pool, Texts, validation_lines
from workbench.models.registry import architecture_spec, with_norm
from workbench.runs.plan import PlannedRun
from workbench.runs.spec import RunSpec, StartSpec, TargetSpec
from workbench.study.conditions import Folding
from workbench.study.epochs import epoch_shape
from workbench.study.grid import REGIMES, FirstStage, Part, RunRequest
from workbench.study.schema import Study, Training
from workbench.text.alphabet import alphabet_of


class Grid:
    """The requests of a study, answered one by one: what each run is, and what it goes on from."""

    def __init__(self, study: Study, pools: Mapping[str, Pool]) -> None:
        self.runs: list[PlannedRun] = []
        self.specs: dict[str, RunSpec] = {}
        self._study = study
        self._pools = pools
        self._letters = _LettersOfDraws(study, pools)
        self._by_setting: dict[tuple[object, ...], list[PlannedRun]] = {}
        self._short: dict[tuple[str, str, int], int] = {}

    def add(self, request: RunRequest) -> None:
        """Plan a run, unless there are too few lines for what its regime wants beyond K."""
        short = [
            part
            for part in request.composition
            if part.amount is not None and part.amount > self._pools[part.target].least_available
        ]
        self._short |= {(part.target, request.regime, request.k): part.amount or 0 for part in short}
        if not short:
            self._plan(request)

    def _plan(self, request: RunRequest) -> None:
        spec = _Resolution(self._study, request, self._pools, self._letters, self._first_stage(request)).spec()
        spec = self.specs.setdefault(spec.id, spec)
        test_characters = (self._pools[name].texts[request.conditions.folding] for name in request.targets)
        planned = PlannedRun(
            request=request,
            run=spec.id,
            steps=spec.steps,
            prior_steps=spec.prior_steps,
            unseen_test_characters=_unseen(spec.alphabet, test_characters),
        )
        self.runs.append(planned)
        self._by_setting.setdefault(request.setting, []).append(planned)

    def _first_stage(self, request: RunRequest) -> RunSpec | None:
        earlier = self._by_setting.get(request.setting, ())
        return next((self.specs[run.run] for run in earlier if run.request.is_first_stage_of(request)), None)

    def notes_about_short(self) -> dict[str, tuple[str, ...]]:
        """Say, by data set, which runs are not planned because it has too few lines."""
        notes: dict[str, tuple[str, ...]] = {}
        for (target, regime, k), wanted in self._short.items():
            there = self._pools[target].least_available
            note = f"NOT PLANNED: '{regime}' at K = {k:,} takes {wanted:,} {self._study.k_unit}, there are {there:,}"
            notes[target] = (*notes.get(target, ()), note)
        return notes


def _unseen(alphabet: tuple[str, ...], texts: Iterable[Texts]) -> int:
    known = frozenset(alphabet)
    return sum(count for each in texts for character, count in each.test_characters.items() if character not in known)


class _LettersOfDraws:
    """Characters that a target brings into the alphabet of a run; many runs of a grid share a draw."""

    def __init__(self, study: Study, pools: Mapping[str, Pool]) -> None:
        self._all_lines = study.training.alphabet != "training_lines"
        self._padding = frozenset(" ") if study.training.pad_transcription else frozenset[str]()
        self._pools = pools
        self._known: dict[tuple[str, int | None, int, Folding], frozenset[str]] = {}

    def of(self, name: str, amount: int | None, draw: int, folding: Folding) -> frozenset[str]:
        """Characters of the first lines of a draw, or of all lines where the study says so."""
        pool = self._pools[name]
        texts = pool.texts[folding]
        if self._all_lines:
            return texts.all_characters | self._padding
        key = (name, amount, draw, folding)
        if key not in self._known:
            lines = (texts.of[line] for line in pool.drawn(draw, amount))
            self._known[key] = frozenset(alphabet_of(lines)) | self._padding
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _Resolution:
    """One request on its way to a specification."""

    study: Study
    request: RunRequest
    pools: Mapping[str, Pool]
    letters: _LettersOfDraws
    first_stage: RunSpec | None

    def spec(self) -> RunSpec:
        """Return what the run is."""
        study, request = self.study, self.request
        parts = self._parts
        targets = tuple(map(self._target, parts))
        is_alone = len(targets) == 1
        batches = "mixed" if is_alone else request.conditions.batches
        training = self._training()
        lines = [len(target.train_ids) for target in targets]
        shape = epoch_shape(lines, training.batch_lines, batches, request.conditions.sampling)
        # Balanced sampling of equal parts is proportional sampling: one run, not two.
        sampling = "proportional" if shape.drawn == shape.lines else request.conditions.sampling
        evaluated = [at for at, part in enumerate(parts) if part.is_evaluated]
        steps = self._steps(shape.steps_for(request.budget, evaluated))
        return RunSpec(
            architecture=with_norm(architecture_spec(request.architecture), request.conditions.norm),
            preprocessing=study.preprocessing,
            normalisation=request.conditions.normalisation(study.normalisation),
            placeholders=study.placeholders,
            training=training,
            steps=steps,
            validate_every_steps=-(-steps // training.validations),
            k=request.k,
            draw=request.draw,
            seed=request.seed,
            batches=batches,
            sampling=sampling,
            start=self._start(),
            alphabet=self._alphabet(targets),
            targets=targets,
        )

    @property
    def _parts(self) -> list[Part]:
        """By name: the order in which data sets were added or named makes no other run of the same lines."""
        return sorted(self.request.composition, key=lambda part: part.target)

    @property
    def _after(self) -> FirstStage | None:
        return REGIMES[self.request.regime].after

    def _steps(self, budget: int) -> int:
        return budget if self._after is None else max(round(budget * self.study.second_stage.steps_share), 1)

    def _training(self) -> Training:
        training = self.study.training
        if self._after is None or self._after.takes == "encoder":
            return training
        rate = training.learning_rate * self.study.second_stage.finetuning_rate_factor
        return training.model_copy(update={"learning_rate": rate})

    def _start(self) -> StartSpec | None:
        if self._after is None:
            return None
        first = self.first_stage
        assert first is not None, "expand() refuses second stages without a first"
        return StartSpec(run=first.id, takes=self._after.takes, steps=first.steps + first.prior_steps)

    def _alphabet(self, targets: Iterable[TargetSpec]) -> tuple[str, ...]:
        """Characters in the order of their classes; a network that is taken whole keeps its own."""
        if self.first_stage is not None and self._after is not None and self._after.takes == "network":
            return self.first_stage.alphabet
        folding = self.request.conditions.folding
        letters = {character for part in self.request.composition for character in self._letters_of(part)}
        for part, target in zip(self._parts, targets, strict=True):
            letters |= {shown for read, shown in target.label_map if read in self._letters_of(part)}
        if self.study.training.alphabet == "all_targets":
            letters |= {character for pool in self.pools.values() for character in pool.texts[folding].all_characters}
        return tuple(sorted(letters))

    def _letters_of(self, part: Part) -> frozenset[str]:
        return self.letters.of(part.target, part.amount, self.request.draw, self.request.conditions.folding)

    def _target(self, part: Part) -> TargetSpec:
        request, pool = self.request, self.pools[part.target]
        target, training = pool.target, self.study.training
        validation = target.validation_ids[request.draw]
        # By K and not by what the regime takes: all arms choose their best step by the same lines.
        count = validation_lines(training, len(pool.drawn(request.draw, request.k)), len(validation))
        is_limited = training.decoding == "target_characters" and part.is_evaluated
        return TargetSpec(
            name=target.name,
            language=target.language,
            fingerprint=target.fingerprint,
            train_ids=pool.drawn(request.draw, part.amount),
            validation_ids=validation[:count] if part.is_evaluated else (),
            test_ids=target.test_ids if part.is_evaluated else (),
            test_clusters=pool.test_clusters if part.is_evaluated else (),
            cluster_unit=target.cluster_unit,
            allowed_characters=tuple(sorted(self._letters_of(part))) if is_limited else None,
            label_map=self._label_map(part),
        )

    def _label_map(self, part: Part) -> tuple[tuple[str, str], ...]:
        """Return the fixed map of a data set's characters; one map for all K, so that K stays nested."""
        if not part.are_labels_permuted:
            return ()
        target = self.pools[part.target].target
        characters = self.pools[part.target].texts[self.request.conditions.folding].all_characters
        return permuted_characters(characters, fingerprint=target.fingerprint, draw=self.request.draw)
