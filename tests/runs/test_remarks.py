"""What is said about a run beside its numbers."""

from tests.runs.test_history import RUN, evaluated, finished, logged, parted, started, validated
from workbench.runs.events import RunFinished
from workbench.runs.history import fold
from workbench.runs.remarks import blank_warning, remarks, unequal_steps
from workbench.study.schema import Training


def test_nothing_to_say() -> None:
    assert remarks(fold(RUN, [])) == ()
    assert remarks(fold(RUN, [started(), logged(1), validated(3), evaluated(), finished()])) == ()


def test_a_blank_run_is_warned_of_until_it_is_over() -> None:
    told = [started(), validated(3, lines=10, empty=10), validated(3, "b", lines=10, empty=9)]
    (said,) = remarks(fold(RUN, told))
    assert said.startswith("Still blank at step 3 of 9: 90% or more of the validation lines of a, b come out empty.")
    assert said == blank_warning(fold(RUN, told))
    over = fold(RUN, [*told, evaluated(), finished()])
    assert blank_warning(over) == "", "whether it collapsed is known by then"


def test_short_memory_is_noted_with_what_it_changes() -> None:
    said = remarks(fold(RUN, [started(), parted(2, 2), parted(3, 4), parted(3, 2, "reading")]))
    assert [each.partition(":")[0] for each in said] == ["The memory was short at step 3"] * 2
    assert "in 4 parts of at most 2 lines" in said[0]
    assert "batch normalisation" in said[0]
    assert "with the same result" in said[1]
    assert "at most 1 line." in remarks(fold(RUN, [started(), parted(2, 8)]))[0]


def test_an_early_end_is_noted() -> None:
    early = RunFinished(run=RUN, steps=6, predictions_sha256="0")
    (said,) = remarks(fold(RUN, [started(), evaluated(), early]))
    assert said.startswith("Stopped early, after 6 of 9 steps")


def test_what_an_early_end_costs_is_said_beforehand() -> None:
    assert unequal_steps(Training()) == ""
    assert "improved for 1 validation:" in unequal_steps(Training(stop_after_validations=1))
    assert "improved for 5 validations:" in unequal_steps(Training(stop_after_validations=5))
