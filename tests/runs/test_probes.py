"""What is kept of probes, which lines they read, and which runs they compare."""

from pathlib import Path

import pytest

from tests.analysis.made_up import make_plan, make_record
from workbench.files import write_text
from workbench.runs.events import WeightsSaved
from workbench.runs.probe_pairs import run_pairs
from workbench.runs.probes import (
    PROBE_VERSION,
    TOLD,
    UNIT,
    ContextUnit,
    Probed,
    SimilarityRead,
    StoredContext,
    StoredSimilarity,
    UnitFailed,
    WidthRead,
    all_stored,
    context_file,
    is_current,
    lines_digest,
    load_stored,
    probe_lines,
    save_stored,
    weights_sha256,
)
from workbench.runs.spec import TargetSpec

REFERENCES = {"small-crnn": ("small-cnn",)}
IDS = tuple(f"line {at}" for at in range(40))


def target(**changes: object) -> TargetSpec:
    value = {
        "name": "khatt", "language": "ar", "fingerprint": "f" * 64, "train_ids": (), "validation_ids": (),
        "test_ids": IDS, "test_clusters": IDS, "cluster_unit": "writers",
    }  # fmt: skip
    return TargetSpec.model_validate(value | changes)


def probed(run: str = "abc", **changes: str) -> Probed:
    value = {"run": run, "target": "khatt/1", "selection": "last", "weights_path": "last.safetensors"}
    return Probed.model_validate({"weights_sha256": "0" * 64} | value | changes)


def stored_context(**changes: object) -> StoredContext:
    value: dict[str, object] = {
        "probed": probed(), "training_version": 3, "fingerprint": "f" * 64, "cluster_unit": "writers",
        "clusters": ("w", "v"), "line_ids": ("a", "b"), "lines_sha256": lines_digest(("a", "b")), "frame_px": 4,
        "field_px": None, "receptive_field_px": 49, "sure_width_px": None,
        "widths": (WidthRead(width_px=13, edits=(3, 4), length=(9, 8)), WidthRead(width_px=None, edits=(1, 0),
                   length=(9, 8))),
    }  # fmt: skip
    return StoredContext.model_validate(value | changes)


def stored_similarity() -> StoredSimilarity:
    found = SimilarityRead(cka=0.5, frames=80, left_features=96, right_features=96, without=(("v", 0.4), ("w", 0.6)))
    return StoredSimilarity(
        training_version=3, fingerprint="f" * 64, cluster_unit="writers", clusters=("w", "v"), line_ids=("a", "b"),
        lines_sha256=lines_digest(("a", "b")), left=probed(), right=probed("def"), found=found,
    )  # fmt: skip


def test_the_longest_arabic_name_fits_into_that_of_a_file(tmp_path: Path) -> None:
    name = "خ" * 60
    both = stored_similarity().model_copy(update={"left": probed("0" * 16, target=name), "right": probed("1" * 16)})
    context = stored_context(probed=probed("0" * 16, target=name))
    for stored in (both, context):
        save_stored(tmp_path, stored)
    assert list(all_stored(tmp_path)) == [context, both]


def test_fewer_lines_are_a_part_of_more_and_in_the_order_of_the_target() -> None:
    few, more = probe_lines(target(), 7), probe_lines(target(), 23)
    assert len(few) == 7
    assert set(few) < set(more)
    assert [line for line in IDS if line in more] == list(more)
    assert list(more) != list(IDS[:23]), "they are drawn"
    assert probe_lines(target(), 1000) == IDS
    assert probe_lines(target(fingerprint="e" * 64), 7) != few
    assert probe_lines(target(test_ids=(), test_clusters=()), 7) == ()


def test_measurements_come_back_as_they_were(tmp_path: Path) -> None:
    both = [stored_context(), stored_similarity()]
    for each in both:
        save_stored(tmp_path, each)
    assert list(all_stored(tmp_path)) == both
    assert {path.name for path in tmp_path.iterdir()} == {
        "context-abc-khatt%2F1-last.json",
        "similarity-abc-def-khatt%2F1-last.json",
    }


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "context"}', '{"kind": "other", "schema": 1}'])
def test_a_damaged_file_is_none(tmp_path: Path, content: str) -> None:
    save_stored(tmp_path, stored_similarity())
    write_text(context_file(tmp_path, probed()), content)
    assert list(all_stored(tmp_path)) == [stored_similarity()]


def test_what_another_version_measured_is_none(tmp_path: Path) -> None:
    save_stored(tmp_path, stored_context(probe_version=PROBE_VERSION + 1))
    assert load_stored(context_file(tmp_path, probed())) is None
    assert load_stored(tmp_path / "not there.json") is None


def test_weights_that_changed_are_not_current() -> None:
    planned = make_plan().runs[0]
    saved = WeightsSaved(run=planned.run, selection="last", target="", step=5, path="last.safetensors", sha256="1" * 64)
    best = saved.model_copy(update={"selection": "best", "target": "khatt", "path": "best.safetensors"})
    record = make_record(planned, (), weights=(saved, best))
    assert weights_sha256(record, "khatt", "last") == ("last.safetensors", "1" * 64)
    assert weights_sha256(record, "khatt", "best") == ("best.safetensors", "1" * 64)
    assert weights_sha256(record, "uhwr", "best") is None
    known = {planned.run: record}
    assert is_current(probed(planned.run, weights_sha256="1" * 64), known.get)
    assert not is_current(probed(planned.run), known.get)
    assert not is_current(probed("gone"), known.get)


def test_units_and_what_is_told_go_through_a_pipe() -> None:
    unit = ContextUnit(probed=probed(), line_ids=("a\nb", "ۀ"), widths_px=(13, None))
    assert UNIT.validate_json(unit.model_dump_json()) == unit
    assert "\n" not in unit.model_dump_json()
    for told in (UnitFailed(what="x"), WidthRead(width_px=None, edits=(1,), length=(2,)), stored_similarity().found):
        assert TOLD.validate_json(told.model_dump_json()) == told


def pairs_of(**study: object) -> list[tuple[str, str, str, str]]:
    plan = make_plan(**study)
    return [(p.difference, p.left.run, p.right.run, p.target) for p in run_pairs(plan, REFERENCES)]


def test_runs_that_differ_in_one_thing_are_compared() -> None:
    found = pairs_of(
        architectures=["small-cnn", "small-crnn"], regimes=["single", "multi"], k_lines=[10], seeds=[0, 1, 2],
        budgets=["9 steps"],
    )  # fmt: skip
    kinds = [kind for kind, *_ in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "regime": 2 * 2 * 3,  # architectures, targets, seeds
        "architecture": 3 * (2 + 2),  # seeds, single on each target and multi on each
        "seed": 2 * 2 * 2 * 2,  # neighbours, architectures, regimes, targets
    }
    assert (
        "regime", "small-cnn-khatt-k10-d0-s1-9steps", "small-cnn-multi-k10-d0-s1-9steps", "khatt",
    ) in found  # fmt: skip
    assert (
        "architecture", "small-cnn-multi-k10-d0-s2-9steps", "small-crnn-multi-k10-d0-s2-9steps", "uhwr",
    ) in found  # fmt: skip
    assert (
        "seed", "small-crnn-uhwr-k10-d0-s0-9steps", "small-crnn-uhwr-k10-d0-s1-9steps", "uhwr",
    ) in found  # fmt: skip


def test_a_study_of_one_kind_of_run_has_only_its_seeds() -> None:
    assert pairs_of(regimes=["single"], architectures=["small-cnn"], k_lines=[5], seeds=[0]) == []
    kinds = {kind for kind, *_ in pairs_of(regimes=["single"], architectures=["small-cnn"], k_lines=[5], seeds=[0, 1])}
    assert kinds == {"seed"}
