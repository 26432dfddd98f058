"""Results counted another way: from the predictions, cluster by cluster, and refused where they do not fit."""

from pathlib import Path

import pytest

from tests.analysis.made_up import evaluated, make_plan, make_record
from tests.runs.test_record import make_spec
from workbench.analysis.results.readings import by_cluster, read_run
from workbench.analysis.results.recounting import Recounts, count_lines
from workbench.errors import WorkspaceError
from workbench.metrics.error_rate import EditCount
from workbench.runs.control import Control
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.spec import TargetSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

LINES = {"l1": ("w1", "با دا", "با دا ۱"), "l2": ("w2", "سلام", "سلم"), "l3": ("w1", "نه ۱۲", "نه ۱۳")}
WANTED = ("khatt", "test", "last")


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Workspace(tmp_path / "ws"))


@pytest.fixture
def run(store: RunStore) -> str:
    target = TargetSpec(
        name="khatt",
        language="ar",
        fingerprint="print",
        train_ids=("a",),
        validation_ids=("v",),
        test_ids=tuple(LINES),
        test_clusters=tuple(writer for writer, _, _ in LINES.values()),
        cluster_unit="writers",
    )
    spec = make_spec(targets=(target,))
    store.save_spec(spec)
    save(store, spec.id, LINES)
    return spec.id


def save(store: RunStore, run: str, lines: dict[str, tuple[str, str, str]], twice: str = "") -> None:
    rows = [
        Prediction(name, "khatt", "test", "last", reference, hypothesis, 7, len(reference))
        for name, (_, reference, hypothesis) in lines.items()
    ]
    rows += [row for row in rows if row.line_id == twice]
    write_predictions(store.predictions_file(run), rows)


def record_of(run: str, lines: int = 3):
    counts = (("w1", 2, 14, 10), ("w2", 1, 7, 4))
    planned = make_plan().runs[0].model_copy(update={"run": run})
    return make_record(planned, (evaluated(run, "khatt", counts, lines=lines),))


def recounted(store: RunStore, run: str, measure, recounts: Recounts | None = None, lines: int = 3):
    found = (recounts or Recounts()).records(store, {run: record_of(run, lines)}, measure)
    return dict(found)[run].evaluation(*WANTED)


def test_characters_are_those_of_the_result(store: RunStore, run: str) -> None:
    assert recounted(store, run, "cer").edits == 21


def test_words_and_letters_by_hand(store: RunStore, run: str) -> None:
    words = recounted(store, run, "wer")
    assert (words.edits, words.length) == (1 + 1 + 1, 2 + 1 + 2)
    assert words.clusters == (("w1", 2, 2, 4), ("w2", 1, 1, 1))
    letters = recounted(store, run, "letters")
    assert (letters.edits, letters.length) == (1, 4 + 4 + 2)
    assert letters.clusters == (("w1", 2, 0, 6), ("w2", 1, 1, 4))
    assert (letters.lines, letters.cluster_unit) == (3, "writers")


def test_what_was_counted_is_kept_as_long_as_the_predictions_are_the_same(store: RunStore, run: str) -> None:
    recounts = Recounts()
    first = recounted(store, run, "wer", recounts)
    store.predictions_file(run).unlink()
    assert recounted(store, run, "wer", recounts) == first
    with pytest.raises(WorkspaceError, match="cannot be read"):
        recounted(store, run, "letters", recounts)


def test_predictions_of_other_lines_are_refused(store: RunStore, run: str) -> None:
    with pytest.raises(WorkspaceError, match="are not those of its result"):
        recounted(store, run, "wer", lines=4)
    save(store, run, LINES | {"l2": ("w2", "سلام!", "سلم")})  # as many lines, but another text than was scored
    with pytest.raises(WorkspaceError, match="are not those of its result"):
        recounted(store, run, "wer")
    save(store, run, LINES, twice="l2")
    with pytest.raises(WorkspaceError, match="twice"):
        recounted(store, run, "wer")
    save(store, run, LINES | {"l9": ("w1", "x", "y")})
    with pytest.raises(WorkspaceError, match="lines that it did not read"):
        recounted(store, run, "wer")


def test_it_stops_when_it_is_told_to(store: RunStore, run: str) -> None:
    control = Control()
    control.request("cancel")
    assert list(Recounts().records(store, {run: record_of(run)}, "wer", control=control)) == []


def test_readings_know_their_clusters(store: RunStore, run: str) -> None:
    (key,) = found = read_run(store, run)
    assert key == WANTED
    readings = found[key]
    assert readings.line_ids == ("l1", "l2", "l3")
    assert readings.clusters == ("w1", "w2", "w1")
    assert count_lines(readings, "cer") == readings.counts == tuple(EditCount(7, n) for n in (5, 4, 5))
    assert readings.recounted(readings.counts) == (("w1", 2, 14, 10), ("w2", 1, 7, 4))


def test_without_clusters_there_are_no_sums() -> None:
    assert by_cluster((), (EditCount(1, 2),)) == ()
