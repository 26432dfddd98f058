"""The data sets of a study prepared for drawing: which lines may be learnt, in which order each draw takes them.

Everything here is decided before any run is looked at, so that all arms of a study have the same lines.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.data.catalog import OpenedDataset
from workbench.data.draws import draw_lines, draw_validation, lines_for
from workbench.data.splits import Parts, clusters_of
from workbench.errors import InputError
from workbench.execution.assignment import Assigned
from workbench.execution.feasibility import FitCheck
from workbench.models.geometry import Geometry
from workbench.runs.plan import Exclusion, PlannedTarget
from workbench.study.conditions import Conditions, Folding
from workbench.study.schema import Placeholders, Study, Training
from workbench.text.normalize import normalise

MAX_AUTO_VALIDATION_LINES = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A data set of the study, parted, with the lines that leave it because they share something."""

    study: Study
    opened: OpenedDataset
    assigned: Assigned
    shared: tuple[Exclusion, ...]
    most: int | None
    """Lines or characters that the largest run takes of it; None: all."""

    @property
    def parts(self) -> Parts:
        """Parts as they are drawn from."""
        return self.assigned.parts.without({exclusion.line_id for exclusion in self.shared})


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a data set's parts as one normalisation leaves them."""

    of: Mapping[str, str]
    """By line id."""
    all_characters: frozenset[str]
    """Of train, validation and test."""
    test_characters: Counter[str]


@dataclass(frozen=True, slots=True)
class Pool:
    """One data set prepared for drawing."""

    target: PlannedTarget
    characters: Mapping[str, int] | None
    """Length of each line as read, where K counts characters."""
    texts: Mapping[Folding, Texts]
    test_clusters: tuple[str, ...]

    def available(self, draw: tuple[str, ...]) -> int:
        """Lines or characters of a draw, as K counts; all of them where it is shorter than the largest K."""
        return len(draw) if self.characters is None else sum(self.characters[line] for line in draw)

    @property
    def least_available(self) -> int:
        """Lines or characters that every draw has."""
        return min(map(self.available, self.target.draws))

    def drawn(self, draw: int, amount: int | None) -> tuple[str, ...]:
        """Return the training lines of K, or of another amount, in a draw."""
        order = self.target.draws[draw]
        return order if amount is None else order[: lines_for(order, amount, self.characters)]


def pool_of(source: Source, geometries: Mapping[str, Geometry], notes: tuple[str, ...]) -> Pool:
    """Prepare a data set for drawing.

    Parameters
    ----------
    geometries : mapping
        Of the study's architectures, by name: the strictest decides what can be learnt.
    notes : tuple of str
        What was decided about the data set before.

    Raises
    ------
    InputError
        When it has no test lines.
    """
    study, opened, parts = source.study, source.opened, source.parts
    lines, name = opened.lines, opened.lines.name
    if not parts.test:
        raise InputError(
            f"The data set {name} has no test lines",
            "nothing could be measured on it",
            'Leave it out, or write split = "writers" into the study.',
        )
    texts: dict[Folding, Texts] = {folding: _texts_of(source, folding) for folding in study.conditions.folding}
    check = FitCheck(study, opened, geometries, tuple(each.of for each in texts.values()))
    unfit = tuple(exclusion for line in parts.train if (exclusion := check.exclusion(line)))
    unit, clusters = clusters_of(lines, parts.test)
    lengths = {line.id: len(line.transcription) for line in lines.lines}
    characters = lengths if study.k_unit == "characters" else None
    target = _planned_target(source, unfit, characters)
    as_read = next(iter(texts.values())).of
    return Pool(
        target=target.model_copy(
            update={
                "cluster_unit": unit,
                "overlong_test_lines": sum(not check.fits(line) for line in parts.test),
                "notes": (*target.notes, *notes, *_wildcard_lines(study.placeholders, parts, as_read)),
            }
        ),
        characters=characters,
        texts=texts,
        test_clusters=clusters,
    )


def _texts_of(source: Source, folding: Folding) -> Texts:
    study, parts = source.study, source.parts
    wanted = {*parts.train, *parts.validation, *parts.test}
    steps = Conditions(folding=folding).normalisation(study.normalisation)
    texts = {line.id: normalise(line.transcription, steps) for line in source.opened.lines.lines if line.id in wanted}
    ignored = study.placeholders.wildcards
    return Texts(
        of=texts,
        all_characters=_all_characters(study, texts.values()),
        test_characters=Counter(
            character for line in parts.test for character in texts[line] if character not in ignored
        ),
    )


def _all_characters(study: Study, texts: Iterable[str]) -> frozenset[str]:
    characters = frozenset(character for text in texts for character in text)
    is_dropped = study.placeholders.policy == "drop_line"  # a placeholder is then neither trained nor scored
    return characters - frozenset(study.placeholders.characters) if is_dropped else characters


def _planned_target(
    source: Source, unfit: tuple[Exclusion, ...], characters: Mapping[str, int] | None
) -> PlannedTarget:
    study, opened, parts = source.study, source.opened, source.parts
    exclusions = (*unfit, *source.assigned.exclusions, *source.shared)
    excluded = frozenset(exclusion.line_id for exclusion in exclusions)
    pool = tuple(line for line in parts.train if line not in excluded)
    orders, is_stratified, notes = _train_orders(source, pool, exclusions)
    most = source.most
    draws = orders if most is None else tuple(order[: lines_for(order, most, characters)] for order in orders)
    validations = max(
        validation_lines(study.training, lines_for(order, k, characters), len(parts.validation))
        for order in orders
        for k in study.ks
    )
    return PlannedTarget(
        name=opened.lines.name,
        language=opened.lines.language,
        fingerprint=opened.entry.fingerprint,
        is_synthetic=opened.entry.is_synthetic,
        split=study.split,
        parts_rule=source.assigned.rule,
        is_stratified=is_stratified,
        train_pool=len(pool),
        draws=draws,
        validation_ids=tuple(order[:validations] for order in _validation_orders(source, exclusions)),
        test_ids=parts.test,
        cluster_unit="",
        exclusions=exclusions,
        notes=(*parts.notes, *notes, *_characters_note(study, draws, characters)),
    )


def _wildcard_lines(placeholders: Placeholders, parts: Parts, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Count test lines in which something is not scored."""
    found = sum(bool(placeholders.within(texts[line])) for line in parts.test) if placeholders.wildcards else 0
    if not found:
        return ()
    lines = f"{found:,} test line{'s' if found > 1 else ''}"
    return (
        f"{lines} with a placeholder ({' '.join(placeholders.characters)}): it matches anything, the rest is scored",
    )


def of_part(exclusions: Iterable[Exclusion], part: str) -> frozenset[str]:
    """Return the lines that are left out of a part."""
    return frozenset(exclusion.line_id for exclusion in exclusions if exclusion.part == part)


def _train_orders(
    source: Source, pool: tuple[str, ...], exclusions: tuple[Exclusion, ...]
) -> tuple[tuple[tuple[str, ...], ...], bool, tuple[str, ...]]:
    """Order the training lines of each draw; tell whether writers take turns, and what is to be said about it."""
    study = source.study
    if source.assigned.draws:
        drawable = frozenset(pool)
        return tuple(tuple(line for line in order if line in drawable) for order in source.assigned.draws), False, ()
    unit, clusters = clusters_of(source.opened.lines, pool)
    wants_turns = study.stratify == "writers"
    takes_turns = wants_turns and unit != "blocks"
    orders = tuple(
        draw_lines(
            pool,
            fingerprint=source.opened.entry.fingerprint,
            rule=source.assigned.rule,
            exclusions=of_part(exclusions, "train"),
            draw=draw,
            writers=dict(zip(pool, clusters, strict=True)) if takes_turns else None,
        )
        for draw in range(study.draws)
    )
    said = {
        "writers": "writers take turns in its draws",
        "pages": "writers are unknown: pages take turns in its draws",
        "blocks": "writers and pages are unknown: its draws are not stratified",
    }[unit]
    return orders, takes_turns, (said,) if wants_turns else ()


def _validation_orders(source: Source, exclusions: tuple[Exclusion, ...]) -> tuple[tuple[str, ...], ...]:
    known = frozenset(source.parts.validation)
    if source.assigned.validation_draws:
        return tuple(tuple(line for line in order if line in known) for order in source.assigned.validation_draws)
    return tuple(
        draw_validation(
            known,
            fingerprint=source.opened.entry.fingerprint,
            rule=source.assigned.rule,
            exclusions=of_part(exclusions, "validation"),
            draw=draw,
        )
        for draw in range(source.study.draws)
    )


def _characters_note(
    study: Study, draws: tuple[tuple[str, ...], ...], characters: Mapping[str, int] | None
) -> tuple[str, ...]:
    if characters is None:
        return ()
    lines = ", ".join(
        f"{k:,} are {_range([lines_for(draw, k, characters) for draw in draws])} lines" for k in sorted(study.ks)
    )
    return (f"K counts characters: {lines}",)


def _range(numbers: list[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def validation_lines(training: Training, k: int, available: int) -> int:
    """Validation lines of one target of a run on K lines: `auto` is min(100, K/2), never more than there are."""
    match training.validation_lines:
        case "all":
            return available
        case "auto":
            return min(MAX_AUTO_VALIDATION_LINES, max(k // 2, 1), available)
        case wanted:
            return min(wanted, available)
