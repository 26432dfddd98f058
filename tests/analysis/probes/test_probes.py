"""What probes say: CER over windows with intervals, similarity, and what is left out."""

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.made_up import make_plan
from workbench.analysis.pictures.context import draw_context, save_context
from workbench.analysis.probes.frames import (
    CONTEXT_COLUMNS,
    context_delta_frame,
    context_frame,
    export_probes,
    similarity_frame,
)
from workbench.analysis.probes.tables import probe_tables, read_probes
from workbench.analysis.probes.values import ArmKey
from workbench.analysis.statistics.bootstrap import ScoredPart
from workbench.analysis.statistics.contrast import Scored, Term, contrast
from workbench.errors import InputError
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.probes import (
    Probed,
    SimilarityRead,
    Stored,
    StoredContext,
    StoredSimilarity,
    WidthRead,
    lines_digest,
    probes_folder,
    save_stored,
)
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

LINES = tuple(f"l{at}" for at in range(12))
CLUSTERS = tuple(f"w{at % 4}" for at in range(12))
LENGTHS = tuple(20 + at for at in range(12))
WIDTHS = (13, 25, 49, 98, None)


def plan(**study: object) -> Plan:
    known = {"architectures": ["small-cnn", "small-crnn"], "regimes": ["single", "multi"], "k_lines": [10],
             "seeds": [0, 1], "budgets": ["9 steps"]}  # fmt: skip
    return make_plan(**(known | study))


def probed(run: str, target: str, selection: str = "last") -> Probed:
    return Probed.model_validate(
        {"run": run, "target": target, "selection": selection, "weights_path": "w", "weights_sha256": "0" * 64}
    )


def edits_of(planned: PlannedRun, width: int | None) -> tuple[int, ...]:
    """Fewer with wider windows, of a CNN only up to its field; fewer in joint runs; another number in each line."""
    request = planned.request
    seen = {13: 0, 25: 1, 49: 2, 98: 3, None: 4}[width]
    seen = min(seen, 2) if request.architecture == "small-cnn" else seen
    level = 9 - 2 * seen + request.seed - (request.regime == "multi")
    return tuple(level + at % 3 for at in range(len(LINES)))


def context_of(planned: PlannedRun, target: str, **changes: object) -> StoredContext:
    widths = tuple(WidthRead(width_px=width, edits=edits_of(planned, width), length=LENGTHS) for width in WIDTHS)
    value: dict[str, object] = {
        "probed": probed(planned.run, target), "training_version": 3, "fingerprint": f"print-{target}",
        "cluster_unit": "writers", "clusters": CLUSTERS, "line_ids": LINES, "lines_sha256": lines_digest(LINES),
        "frame_px": 4, "field_px": None, "receptive_field_px": 49,
        "sure_width_px": 66 if planned.request.architecture == "small-cnn" else None, "other_readings": 0,
        "widths": widths,
    }  # fmt: skip
    return StoredContext.model_validate(value | changes)


def all_contexts(of: Plan) -> list[Stored]:
    return [context_of(planned, target) for planned in of.runs for target in planned.request.targets]


def similarity_of(left: str, right: str, target: str, cka: float) -> StoredSimilarity:
    without = tuple((f"w{at}", cka + 0.01 * (at - 1.5)) for at in range(4))
    return StoredSimilarity(
        training_version=3, fingerprint=f"print-{target}", cluster_unit="writers", clusters=CLUSTERS, line_ids=LINES,
        lines_sha256=lines_digest(LINES), left=probed(left, target), right=probed(right, target),
        found=SimilarityRead(cka=cka, frames=900, left_features=96, right_features=96, without=without),
    )  # fmt: skip


def arm(architecture: str = "small-crnn", regime: str = "single") -> ArmKey:
    return ArmKey("khatt", "ar", architecture, regime, 10, "9 steps", "")


def test_cer_is_the_mean_over_trainings_of_counts() -> None:
    of = plan()
    tables = probe_tables(of, all_contexts(of), "last")
    points = {point.width_px: point for point in tables.context if point.arm == arm()}
    assert list(points) == list(WIDTHS)
    runs = [run for run in of.runs if run.request.architecture == "small-crnn" and run.request.targets == ("khatt",)]
    for width, point in points.items():
        expected = np.mean([sum(edits_of(run, width)) / sum(LENGTHS) for run in runs])
        assert point.cer == pytest.approx(float(expected))
        assert point.edits == sum(sum(edits_of(run, width)) for run in runs)
        assert (point.lines, point.clusters, point.seeds, point.draws, point.trainings) == (12, 4, 2, 1, 2)
        assert point.low is not None
        assert point.high is not None
        assert point.low <= point.cer <= point.high
    assert points[98].fields == 2
    assert points[None].rise_pp == points[None].rise_low_pp == points[None].rise_high_pp == 0
    assert points[13].rise_pp == pytest.approx(100 * (points[13].cer - points[None].cer))
    assert points[13].rise_low_pp is not None
    assert points[13].rise_low_pp > 0
    cnn = {point.width_px: point for point in tables.context if point.arm == arm("small-cnn")}
    assert cnn[49].cer == cnn[98].cer == cnn[None].cer
    assert cnn[98].sure_width_px == 66


def test_intervals_resample_the_same_writers_as_every_other_interval() -> None:
    of = plan()
    (point,) = (each for each in probe_tables(of, all_contexts(of), "last").context
                if each.arm == arm() and each.width_px == 25)  # fmt: skip
    runs = [run for run in of.runs if run.request.architecture == "small-crnn" and run.request.targets == ("khatt",)]
    lengths = np.array([sum(LENGTHS[at] for at in range(12) if at % 4 == name) for name in range(4)])
    edits = np.array([[sum(edits_of(run, 25)[at] for at in range(12) if at % 4 == name) for name in range(4)]
                      for run in runs])  # fmt: skip
    scored = Scored(ScoredPart("khatt", "print-khatt", "test"), ((0, 0), (0, 1)), edits, lengths)
    low, high = contrast([Term(1.0, scored)]).interval()
    assert (100 * point.low, 100 * point.high) == pytest.approx((low, high))


def test_what_joint_training_changes_at_each_width() -> None:
    of = plan()
    deltas = [each for each in probe_tables(of, all_contexts(of), "last").deltas if each.arm.target == "khatt"]
    assert [each.width_px for each in deltas if each.arm.architecture == "small-crnn"] == list(WIDTHS)
    for each in deltas:
        assert each.delta_pp == pytest.approx(-100 * 12 / sum(LENGTHS)), "one edit less in each line"
        assert (each.arm.regime, each.baseline_regime, each.pairs) == ("multi", "single", 2)
        assert each.high_pp is not None
        assert each.high_pp < 0


def test_targets_keep_the_order_of_the_study_where_some_are_not_measured() -> None:
    of = plan()
    later = [each for each in all_contexts(of) if isinstance(each, StoredContext)]
    later = [each for each in later if "-khatt-" not in each.probed.run]  # none of the runs on it alone
    tables = probe_tables(of, later, "last")
    assert tables.context[0].arm.target == "uhwr"
    assert tables.targets == ("khatt", "uhwr")
    assert [axes.get_title().split(",")[0] for axes in draw_context(tables).axes] == ["khatt", "uhwr"]


def test_one_cluster_gives_no_interval() -> None:
    of = plan()
    alone = [context_of(run, target, clusters=("w",) * 12) for run in of.runs for target in run.request.targets]
    points = probe_tables(of, alone, "last").context
    assert all(point.low is None and point.rise_low_pp is None for point in points)


def test_a_run_whose_widths_are_not_complete_is_compared_where_both_are() -> None:
    of = plan()
    found = all_contexts(of)
    cut = found[0]
    assert isinstance(cut, StoredContext)
    found[0] = cut.model_copy(update={"widths": cut.widths[:2]})
    points = probe_tables(of, found, "last").context
    target = cut.probed.target
    assert not [each for each in points if (each.arm.architecture, each.arm.regime, each.arm.target) ==
                ("small-cnn", "single", target)], "without the whole line there is nothing to compare with"  # fmt: skip
    assert [each for each in points if each.arm == arm()]


def test_measurements_on_other_lines_are_left_out_and_said() -> None:
    of = plan()
    found = all_contexts(of)
    first = found[0]
    assert isinstance(first, StoredContext)
    found[0] = first.model_copy(update={"lines_sha256": "1" * 64})
    tables = probe_tables(of, found, "last")
    assert tables.notes == ("1 measurement is left out, as it is on other lines than the rest: measure again.",)
    point = next(each for each in tables.context if each.arm == arm("small-cnn"))
    assert point.trainings == 1


def test_other_studies_and_selections_are_passed_over() -> None:
    of = plan()
    assert probe_tables(of, all_contexts(plan(k_lines=[99])), "last").context == ()
    assert probe_tables(of, all_contexts(of), "best").context == ()
    empty = probe_tables(of, [], "last")
    assert (empty.context, empty.similarity, empty.deltas, empty.notes) == ((), (), (), ())


def test_a_reading_that_differs_from_the_stored_one_is_said() -> None:
    of = plan()
    planned = of.runs[0]
    stored = context_of(planned, planned.request.targets[0], other_readings=3)
    (note,) = probe_tables(of, [stored], "last").notes
    assert note.startswith("3 whole lines of 1 readings have other counts")


def test_a_reading_that_could_not_be_compared_with_the_stored_one_is_said() -> None:
    of = plan()
    planned, target = of.runs[0], of.runs[0].request.targets[0]
    (note,) = probe_tables(of, [context_of(planned, target, other_readings=None)], "last").notes
    assert note.startswith("1 reading could not be compared")
    begun = context_of(planned, target, other_readings=None, widths=context_of(planned, target).widths[:2])
    assert probe_tables(of, [begun], "last").notes == ()


def test_similarity_is_the_mean_over_pairs() -> None:
    of = plan()
    runs = {(r.request.architecture, r.request.regime, r.request.targets, r.request.seed): r.run for r in of.runs}
    both = ("khatt", "uhwr")
    found = [
        similarity_of(
            runs["small-cnn", "single", ("khatt",), seed], runs["small-cnn", "multi", both, seed], "khatt", cka
        )
        for seed, cka in ((0, 0.6), (1, 0.8))
    ]
    found.append(
        similarity_of(
            runs["small-cnn", "single", ("khatt",), 0], runs["small-cnn", "single", ("khatt",), 1], "khatt", 0.9
        )
    )
    regime, seed = probe_tables(of, found, "last").similarity
    assert (regime.key.difference, regime.key.regime, regime.key.other_regime) == ("regime", "single", "multi")
    assert (regime.cka, regime.least, regime.most, regime.pairs) == (pytest.approx(0.7), 0.6, 0.8, 2)
    assert (seed.key.difference, seed.cka, seed.pairs, seed.clusters) == ("seed", 0.9, 1, 4)
    assert seed.low is not None
    assert seed.low < 0.9 < seed.high


def test_tables_are_exported_as_they_are(tmp_path: Path) -> None:
    of = plan()
    tables = probe_tables(of, all_contexts(of), "last")
    assert export_probes(tables, tmp_path) == (tmp_path / "context.csv", tmp_path / "context-delta.csv")
    with (tmp_path / "context.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(CONTEXT_COLUMNS)
    assert len(rows) == len(tables.context) == len(context_frame(tables))
    for row, point in zip(rows, tables.context, strict=True):
        assert row["width_px"] == ("" if point.width_px is None else str(point.width_px))
        assert float(row["cer"]) == point.cer
        assert int(row["edits"]) / int(row["length"]) == pytest.approx(point.cer)
    assert len(context_delta_frame(tables)) == len(tables.deltas)
    assert len(similarity_frame(tables)) == 0


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_picture_is_the_same_each_time(tmp_path: Path, ending: str) -> None:
    of = plan()
    tables = probe_tables(of, all_contexts(of), "last")
    for name in ("one", "two"):
        save_context(tables, tmp_path / f"{name}.{ending}")
    one, two = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(one) > 3000


def test_the_picture_has_a_panel_per_target_and_setting() -> None:
    of = plan(k_lines=[10, 20])
    figure = draw_context(probe_tables(of, all_contexts(of), "last"))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [f"{target}, K = {k}, 9 steps" for k in (10, 20) for target in ("khatt", "uhwr")]
    (line, *_) = figure.axes[0].get_lines()
    assert len(line.get_xdata()) == len(WIDTHS)
    with pytest.raises(InputError, match="no context reliance"):
        draw_context(probe_tables(of, [], "last"))


def test_the_picture_tells_how_many_trainings_there_are() -> None:
    of = plan()
    every = all_contexts(of)

    def said(stored: list[Stored]) -> str:
        figure = draw_context(probe_tables(of, stored, "last"))
        return " ".join(text.get_text().replace("\n", " ") for text in figure.texts)

    assert "mean over 2 trainings," in said(every)
    assert "mean over 1 to 2 trainings," in said(every[1:])


def test_stored_measurements_of_weights_that_changed_are_said(tmp_path: Path) -> None:
    of, place = plan(), Workspace(tmp_path)
    folder = probes_folder(place, of.study.name)
    for each in all_contexts(of)[:2]:
        save_stored(folder, each)
    tables = read_probes(of, RunStore(place), "last")
    assert tables.context == ()
    assert tables.notes == (
        "2 measurements are left out, as they are of weights that have changed since: measure again.",
    )
