"""Reviews: judged, taken back, merged with the logs of others, kept, and used as a list of excluded lines."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.id_lists import LineNames, find_lines, read_id_list
from workbench.data.review import (
    Review,
    describe_rest,
    imported,
    judged,
    load_review,
    passed_over,
    save_review,
    undone,
    verdicts_of,
    write_exclusions,
)
from workbench.data.verification_log import LABELS, LogRow, VerificationLog, read_log
from workbench.errors import InputError
from workbench.runs.workspace import Workspace

WRONG, SEGMENTATION, HARD = LABELS[0], LABELS[1], LABELS[5]
IDS = ("a/001", "a/002", "b/003", "12", "0012")
NAMES = LineNames(IDS)


def row(line_id: str, label: str, notes: str = "") -> LogRow:
    return LogRow(line_id, label, notes, "0.5", "كتاب", "باب", f"{line_id}.png", "2026-01-02T03:04:05")


def judge(review: Review, line_id: str, label: str, notes: str = "") -> Review:
    current = verdicts_of(review.log, NAMES).by_line.get(line_id)
    return judged(review, line_id, row(line_id, label, notes), current)


def test_a_judgement_of_our_own_takes_the_place_of_the_one_before() -> None:
    review = judge(judge(Review(), "a/001", WRONG), "a/001", HARD, "blot")
    assert review.log.rows == (row("a/001", HARD, "blot"),)
    review, step = undone(review)
    assert step is not None
    assert step.line_id == "a/001"
    assert review.log.rows == (row("a/001", WRONG),)
    review, _ = undone(review)
    assert review == Review()
    assert undone(review) == (Review(), None)


def test_rows_of_others_are_never_changed() -> None:
    theirs = VerificationLog((LogRow("001", WRONG, "theirs"), LogRow("999", "Blurred"), LogRow("003", "Blurred")))
    review = judge(Review(theirs), "a/001", HARD)
    assert review.log.rows == (*theirs.rows, row("a/001", HARD))
    found = verdicts_of(review.log, NAMES)
    assert found.by_line == {"a/001": row("a/001", HARD), "b/003": theirs.rows[2]}
    assert found.foreign == (theirs.rows[1],)
    assert found.unknown_labels == (theirs.rows[2],)
    assert found.superseded == 1
    assert describe_rest(found) == (
        "1 row with an id that the data set lacks",
        "1 row with a label that is not one of the published ones",
        "1 row followed by a later one of the same line",
    )
    assert undone(review)[0].log == theirs


def test_ids_are_found_by_what_logs_call_them() -> None:
    log = VerificationLog(tuple(LogRow(name, WRONG) for name in ("1", "x/a/002.png", "12", "0012", "012")))
    found = verdicts_of(log, NAMES)
    assert set(found.by_line) == {"a/001", "a/002", "12", "0012"}
    assert [one.image_id for one in found.unclear] == ["012"]


def test_a_note_alone_is_no_label() -> None:
    review = judge(Review(), "b/003", "", "look again")
    found = verdicts_of(review.log, NAMES)
    assert not found.labels
    assert not found.wrong
    assert not found.unknown_labels


def test_lines_that_were_passed_over_come_back() -> None:
    review = passed_over(passed_over(Review(), "a/001"), "a/001")
    assert review.skipped == ("a/001",)
    assert len(review.steps) == 1
    review, step = undone(review)
    assert step is not None
    assert step.kind == "skip"
    assert not review.skipped


actions = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from([*LABELS, "skip"])), max_size=12)


@given(actions, st.integers(0, 12))
def test_every_step_can_be_taken_back_also_after_a_restart(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, str]], restart_after: int
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    theirs = Review(VerificationLog((LogRow("a/001", "Blurred", "theirs"), LogRow("nobody", WRONG))))
    states, review, digest = [theirs], theirs, ""
    for number, (line_id, action) in enumerate(done):
        after = passed_over(review, line_id) if action == "skip" else judge(review, line_id, action)
        if after != review:
            states.append(after)
        review = after
        if number == restart_after:
            digest, _ = save_review(workspace, "set", review, digest)
            kept = load_review(workspace, "set")
            assert kept.review == review
            review = kept.review
    for expected in reversed(states[:-1]):
        review, step = undone(review)
        assert step is not None
        assert (review.log, review.skipped) == (expected.log, expected.skipped)
    assert undone(review)[1] is None


def test_imports_double_nothing_and_leave_what_counts() -> None:
    mine = judge(judge(Review(), "a/001", HARD), "a/002", WRONG)
    theirs = VerificationLog(
        (LogRow("001", WRONG, further=("Ann",)), LogRow("b/003", SEGMENTATION, further=("Bob",))), ("Reviewer",)
    )
    first = imported(mine, theirs, NAMES)
    assert (first.added, first.known, first.contradicted) == (2, 0, ("a/001",))
    counts = verdicts_of(first.review.log, NAMES).by_line
    assert (counts["a/001"].label, counts["b/003"].label) == (HARD, SEGMENTATION)
    again = imported(first.review, theirs, NAMES)
    assert (again.added, again.known, again.review) == (0, 2, first.review)
    assert verdicts_of(imported(mine, theirs, NAMES, theirs=True).review.log, NAMES).by_line["a/001"].label == WRONG
    # Earlier steps go on to be ours under the wider columns, and the import is one step.
    relabelled = judged(first.review, "a/002", row("a/002", HARD), counts["a/002"])
    assert [one.label for one in relabelled.log.rows if one.image_id == "a/002"] == [HARD]
    back, step = undone(undone(relabelled)[0])
    assert step is not None
    assert step.kind == "import"
    assert [replace(one, further=()) for one in back.log.rows] == list(mine.log.rows)
    assert undone(undone(back)[0])[0].log.rows == ()


def test_a_very_large_import_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.data.review.MAX_IMPORTED_ROWS", 1)
    theirs = VerificationLog((LogRow("1", WRONG), LogRow("2", WRONG)))
    merged = imported(Review(), theirs, NAMES).review
    assert merged.log == theirs
    assert not merged.steps


def test_an_imported_log_is_kept_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "theirs.csv"
    path.write_bytes(
        "\ufeffImageID,Label,Notes,CER,GroundTruth,Prediction,ImagePath,Timestamp\n"
        "1,Wrong transcription,,73.0,#,كتاب,../x.png,2025-12-13T12:16:23\n"
        "404,Strange,=1,,,,,\n".encode()
    )
    workspace = Workspace(tmp_path / "workspace")
    merged = imported(Review(), read_log(path).log, NAMES)
    save_review(workspace, "set", merged.review, "")
    assert workspace.review_file("set").read_bytes() == path.read_bytes()


def test_what_another_program_wrote_meanwhile_is_kept_beside(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    review = judge(Review(), "a/001", WRONG)
    digest, aside = save_review(workspace, "set", review, "")
    assert aside is None
    workspace.review_file("set").write_text("ImageID,Label\n1,x\n", encoding="utf-8")
    later = judge(review, "a/002", WRONG)
    newest, aside = save_review(workspace, "set", later, digest)
    assert aside is not None
    assert aside.read_text(encoding="utf-8") == "ImageID,Label\n1,x\n"
    assert newest == load_review(workspace, "set").digest
    assert load_review(workspace, "set").review == later


def test_steps_of_a_log_that_changed_are_forgotten(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    save_review(workspace, "set", judge(Review(), "a/001", WRONG), "")
    workspace.review_file("set").write_text("ImageID,Label\n1,x\n", encoding="utf-8")
    review, step = undone(load_review(workspace, "set").review)
    assert step is None
    assert review.log.rows == (LogRow("1", "x"),)
    workspace.review_steps_file("set").write_text("{", encoding="utf-8")
    assert load_review(workspace, "set").review.steps == ()
    workspace.review_file("set").write_text("no log", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the column"):
        load_review(workspace, "set")


def test_wrong_lines_become_a_list_that_a_study_can_name(tmp_path: Path) -> None:
    review = Review(VerificationLog((LogRow("1", WRONG), LogRow("a/002", WRONG), LogRow("b/003", HARD))))
    review = judge(review, "a/002", HARD)
    path = write_exclusions(tmp_path / "list.csv", verdicts_of(review.log, NAMES), IDS)
    assert path.suffix == ".csv"
    assert find_lines(read_id_list(path), IDS).reasons == {"a/001": WRONG}


def test_numbers_that_zeros_tell_apart_become_a_plain_list(tmp_path: Path) -> None:
    review = judge(Review(), "0012", WRONG)
    path = write_exclusions(tmp_path / "list.csv", verdicts_of(review.log, NAMES), IDS)
    assert path.name == "list.txt"
    assert not (tmp_path / "list.csv").exists()
    assert find_lines(read_id_list(path), IDS).ids == ("0012",)
