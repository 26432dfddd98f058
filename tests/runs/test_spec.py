"""The identity of a run: all that changes its result, nothing else."""

import pytest

from tests.runs.test_record import make_spec
from workbench.runs.spec import ArchitectureSpec, RunSpec, exposures_per_step
from workbench.study.schema import Placeholders, Preprocessing, Training


def test_the_id_survives_the_file() -> None:
    spec = make_spec()
    again = RunSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert again.id == spec.id
    assert len(spec.id) == 16


CHANGES: list[dict[str, object]] = [
    {"training_version": 99},
    {"architecture": ArchitectureSpec(name="small-cnn", sizes={"n": 2})},
    {"preprocessing": Preprocessing(line_height_px=64)},
    {"normalisation": ("nfc",)},
    {"placeholders": Placeholders(policy="wildcard")},
    {"training": Training(threads_per_run=2)},
    {"steps": 10},
    {"seed": 1},
    {"draw": 1},
    {"alphabet": ("ب",)},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_what_changes_the_result_changes_the_id(change: dict[str, object]) -> None:
    spec = make_spec()
    before = spec.id
    assert spec.model_copy(update=change).id != before, "a copy does not keep the id of what it was copied from"
    assert make_spec(**change).id == spec.model_copy(update=change).id


def test_placeholders_count_only_where_they_are_not_kept() -> None:
    plain = make_spec()
    assert "placeholders" not in plain.identity()
    assert make_spec(placeholders=Placeholders(characters="*")).id == plain.id
    ignored = [Placeholders(characters=signs, policy="wildcard") for signs in ("#", "#@")]
    dropped = Placeholders(policy="drop_line")
    assert len({plain.id, *(make_spec(placeholders=each).id for each in (*ignored, dropped))}) == 4


def test_stopping_early_counts_only_where_it_is_asked_for() -> None:
    plain = make_spec()
    assert "stop_after_validations" not in plain.identity()["training"]
    stopped = [make_spec(training=Training(stop_after_validations=number)).id for number in (1, 2)]
    assert len({plain.id, *stopped}) == 3


@pytest.mark.parametrize("part", ["train_ids", "validation_ids", "test_ids", "fingerprint", "name"])
def test_the_lines_are_part_of_the_id(part: str) -> None:
    spec = make_spec()
    (target,) = spec.targets
    other = "x" if isinstance(getattr(target, part), str) else ("9",)
    assert make_spec(targets=(target.model_copy(update={part: other}),)).id != spec.id


def test_the_order_of_training_lines_counts_and_clusters_do_not() -> None:
    spec = make_spec()
    (target,) = spec.targets
    turned = target.model_copy(update={"train_ids": target.train_ids[::-1]})
    assert make_spec(targets=(turned,)).id != spec.id
    regrouped = target.model_copy(update={"test_clusters": ("v",), "cluster_unit": "pages"})
    assert make_spec(targets=(regrouped,)).id == spec.id


def test_an_epoch_shows_every_line_once() -> None:
    spec = make_spec()
    shown = exposures_per_step(spec)
    assert {name: share * spec.steps_per_epoch for name, share in shown.items()} == {
        target.name: pytest.approx(1.0) for target in spec.targets
    }
