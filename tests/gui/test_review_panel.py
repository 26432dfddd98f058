"""The Review page: suspicious lines first, one key per label, every step kept and taken back, also after a restart."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.conftest import ScriptedDrive, wait_until
from workbench.data import review as kept_reviews
from workbench.data.id_lists import read_id_list
from workbench.data.verification_log import COLUMNS, LABELS, LogRow, VerificationLog, read_log, write_log
from workbench.errors import WorkspaceError
from workbench.gui.item_models.review import FOUND, ReviewFilter, ReviewModel, short_label
from workbench.gui.panels.review import ReviewPanel
from workbench.gui.stores.bundle import Stores, make_stores
from workbench.metrics.error_rate import count_characters
from workbench.runs.plan import save_plan
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study

WRONG, SEGMENTATION, HARD = LABELS[0], LABELS[1], LABELS[5]
SUSPECT = 3
"""Place of the test line that no run reads as its reference has it."""


def write_readings(stores: Stores) -> str:
    """Keep the study, and let both runs read one test line as another text. Returns its id."""
    plan, workspace = stores.study.startable_plan, stores.workspaces.workspace
    assert plan is not None
    assert workspace is not None
    save_study(plan.study, workspace.study_file(plan.study.name))
    save_plan(plan, workspace.plan_file(plan.study.name))
    cache = stores.datasets.opened["arabic"].cache
    ids = plan.target("arabic").test_ids
    for number, run in enumerate(run for run in plan.runs if "arabic" in run.request.targets):
        rows: list[Prediction] = []
        for at, line_id in enumerate(ids):
            reference = cache.transcription(line_id)
            read = "شمس شمس شمس" if at == SUSPECT else reference[number:]
            edits = count_characters(reference, read)
            rows.append(Prediction(line_id, "arabic", "test", "last", reference, read, edits.edits, edits.length))
        write_predictions(RunStore(workspace).predictions_file(run.run), rows)
    return ids[SUSPECT]


def make_panel(qtbot: QtBot, stores: Stores) -> ReviewPanel:
    panel = ReviewPanel(review=stores.review, datasets=stores.datasets, text=stores.text)
    qtbot.addWidget(panel)
    panel.resize(1200, 620)
    panel.show()
    panel.activateWindow()
    return panel


def settle(qtbot: QtBot, stores: Stores) -> None:
    """Wait until lines and readings are there."""
    wait_until(qtbot, lambda: bool(stores.review.lines.lines) and not stores.review.is_reading)


@pytest.fixture
def suspect(planned: Stores) -> str:
    return write_readings(planned)


@pytest.fixture
def panel(qtbot: QtBot, planned: Stores, suspect: str) -> ReviewPanel:
    panel = make_panel(qtbot, planned)
    settle(qtbot, planned)
    return panel


def press(qtbot: QtBot, panel: ReviewPanel, *keys: str) -> None:
    for key in keys:
        panel.queue.table.setFocus()
        qtbot.keyClick(panel.queue.table, key)


def kept(qtbot: QtBot, stores: Stores) -> tuple[LogRow, ...]:
    """Rows that are on the disk once the saver is done."""
    wait_until(qtbot, lambda: stores.review.is_saved)
    workspace = stores.workspaces.workspace
    assert workspace is not None
    return read_log(workspace.review_file("arabic")).log.rows


def test_without_data_the_page_leads_to_the_data(qtbot: QtBot, empty_stores: Stores) -> None:
    panel = make_panel(qtbot, empty_stores)
    assert panel.empty.isVisible()
    with qtbot.waitSignal(panel.page_requested) as asked:
        qtbot.mouseClick(panel.empty.buttons[0], Qt.MouseButton.LeftButton)
    assert asked.args == ["data"]


def test_lines_that_nobody_read_stand_in_their_own_order(qtbot: QtBot, stores: Stores) -> None:
    panel = make_panel(qtbot, stores)
    settle(qtbot, stores)
    assert panel.queue.model.rowCount() == 21
    assert "No finished run has read these lines yet" in panel.remarks.text()
    assert panel.detail.facts.text().endswith("read by no finished run")
    press(qtbot, panel, "1")
    (row,) = kept(qtbot, stores)
    assert (row.label, row.cer, row.prediction) == (WRONG, "", "")
    assert row.reference == stores.datasets.opened["arabic"].lines.lines[0].transcription


def test_nothing_is_read_before_the_page_is_seen(qtbot: QtBot, planned: Stores, suspect: str) -> None:
    planned.review.refresh()
    assert not planned.review.is_reading
    panel = make_panel(qtbot, planned)
    settle(qtbot, planned)
    assert panel.queue.model.id_at(0) == suspect


def test_the_line_that_models_doubt_comes_first(qtbot: QtBot, panel: ReviewPanel, suspect: str) -> None:
    assert panel.detail.line_id == suspect
    assert panel.order.currentText() == "models against the reference"
    assert panel.readings.currentText() == "all studies"
    assert [panel.readings.itemText(at) for at in range(panel.readings.count())] == ["all studies", "small"]
    readings = panel.detail.readings.readings
    assert [reading.label for reading in readings] == ["single", "multi"]
    assert "2 readings" in panel.detail.facts.text()
    assert panel.queue.said.text() == "0 labelled · 0 passed over · 21 of 21 not looked at"
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
    panel.grab()


def test_one_key_labels_and_goes_on(qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str) -> None:
    press(qtbot, panel, "1")
    second = panel.detail.line_id
    assert second != suspect
    press(qtbot, panel, "s", "6")
    rows = kept(qtbot, planned)
    assert (rows[0].image_id, rows[0].label) == (suspect, WRONG)
    assert rows[1].label == HARD
    assert float(rows[0].cer) == count_characters(rows[0].reference, rows[0].prediction).rate
    assert Path(rows[0].image_path).is_file()
    assert panel.queue.said.text() == "2 labelled · 1 passed over · 18 of 21 not looked at"
    assert panel.queue.progress.value() == 3
    model = panel.queue.model
    assert [model.index(at, FOUND).data() for at in range(4)] == ["✗ transcription", "passed over", "✓ valid, hard", ""]
    press(qtbot, panel, "k", "k")
    assert panel.detail.line_id == second
    press(qtbot, panel, "j")
    assert panel.label_actions[5].isChecked()
    assert not panel.label_actions[0].isChecked()


@pytest.mark.parametrize("number", range(1, len(LABELS) + 1))
def test_every_label_has_its_key_and_its_button(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str, number: int
) -> None:
    press(qtbot, panel, str(number))
    assert kept(qtbot, planned)[0].label == LABELS[number - 1]
    panel.queue.table.choose(suspect)
    assert panel.label_actions[number - 1].isChecked()
    other = number % len(LABELS)
    qtbot.mouseClick(panel.detail.label_buttons[other], Qt.MouseButton.LeftButton)
    assert [row.label for row in kept(qtbot, planned)] == [LABELS[other]]
    panel.queue.table.choose(suspect)
    press(qtbot, panel, "0")
    assert [row.label for row in kept(qtbot, planned)] == [""]
    assert not any(action.isChecked() for action in panel.label_actions)


def test_the_same_label_again_is_no_step(qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str) -> None:
    press(qtbot, panel, "1")
    panel.queue.table.choose(suspect)
    press(qtbot, panel, "1")
    assert len(planned.review.review.steps) == 1


def test_notes_are_kept_with_return_and_taken_back_with_escape(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str
) -> None:
    press(qtbot, panel, "n")
    assert panel.detail.note.hasFocus()
    qtbot.keyClicks(panel.detail.note, "1 blot, =sum")  # its digits and letters are no labels
    qtbot.keyClick(panel.detail.note, Qt.Key.Key_Return)
    assert panel.queue.table.hasFocus()
    assert [(row.label, row.notes) for row in kept(qtbot, planned)] == [("", "1 blot, =sum")]
    assert panel.queue.model.index(0, FOUND).data() == "note"
    press(qtbot, panel, "n")
    qtbot.keyClicks(panel.detail.note, "nonsense")
    qtbot.keyClick(panel.detail.note, Qt.Key.Key_Escape)
    assert panel.detail.note.text() == "1 blot, =sum"
    press(qtbot, panel, "2")
    assert [(row.label, row.notes) for row in kept(qtbot, planned)] == [(SEGMENTATION, "1 blot, =sum")]


def test_a_note_that_is_being_written_goes_with_the_label(qtbot: QtBot, planned: Stores, panel: ReviewPanel) -> None:
    press(qtbot, panel, "n")
    qtbot.keyClicks(panel.detail.note, "torn")
    panel.label_actions[1].trigger()
    assert [(row.label, row.notes) for row in kept(qtbot, planned)] == [(SEGMENTATION, "torn")]
    assert panel.detail.note.text() == ""  # of the next line


def test_steps_are_taken_back_also_after_a_restart(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str, drive: ScriptedDrive
) -> None:
    press(qtbot, panel, "1", "s", "6")
    rows = kept(qtbot, planned)
    place = planned.workspaces.workspace
    assert place is not None
    panel.hide()
    planned.wait()
    later = make_stores(drive=drive)
    later.workspaces.open(place.root)
    other = make_panel(qtbot, later)
    settle(qtbot, later)
    try:
        assert other.queue.said.text() == "2 labelled · 1 passed over · 18 of 21 not looked at"
        assert other.detail.line_id not in {row.image_id for row in rows}  # it goes on where one stopped
        press(qtbot, other, "u")
        assert other.detail.line_id == rows[1].image_id
        press(qtbot, other, "u", "u")
        assert other.detail.line_id == suspect
        assert kept(qtbot, later) == ()
        assert not other.undo_action.isEnabled()
        assert not later.review.review.skipped
    finally:
        later.wait()


def test_undo_shows_a_line_that_a_filter_hides(qtbot: QtBot, panel: ReviewPanel, suspect: str) -> None:
    press(qtbot, panel, "1")
    panel.queue.state.setCurrentIndex(panel.queue.state.findData("open"))
    assert panel.queue.model.row_of(suspect) is None
    press(qtbot, panel, "u")
    assert panel.detail.line_id == suspect


def test_rows_of_others_are_kept_and_counted(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "theirs.csv"
    theirs = VerificationLog((LogRow("elsewhere", WRONG), LogRow(suspect, "Torn", "by Ann")))
    write_log(path, theirs)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args, **named: (str(path), ""))
    panel.import_action.trigger()
    wait_until(qtbot, lambda: planned.review.review.log == theirs)
    assert "1 row with an id that the data set lacks" in panel.remarks.text()
    assert "1 row with a label that is not one of the published ones" in panel.remarks.text()
    assert panel.queue.model.index(0, FOUND).data() == "? Torn"
    wait_until(qtbot, lambda: not planned.review.is_busy)
    panel.queue.table.choose(suspect)
    press(qtbot, panel, "1")
    out = tmp_path / "ours.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **named: (str(out), ""))
    wait_until(qtbot, panel.export_action.isEnabled)
    panel.export_action.trigger()
    wait_until(qtbot, lambda: out.is_file() and not planned.review.is_busy)
    rows = read_log(out).log.rows
    assert rows[:2] == theirs.rows
    assert (rows[2].image_id, rows[2].label, rows[2].notes) == (suspect, WRONG, "by Ann")
    assert out.read_bytes().startswith(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\n")


def test_a_file_that_is_no_log_is_told(qtbot: QtBot, planned: Stores, panel: ReviewPanel, tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("ImageID,GroundTruth,Prediction\n1,a,b\n", encoding="utf-8")
    planned.review.import_log(path)
    wait_until(qtbot, lambda: planned.messages.shown is not None and planned.messages.shown.severity == "error")
    assert planned.messages.shown is not None
    assert "lacks the column Label" in planned.messages.shown.text
    assert planned.review.review.log.rows == ()


def test_a_damaged_log_is_never_written_over(qtbot: QtBot, planned: Stores, suspect: str) -> None:
    workspace = planned.workspaces.workspace
    assert workspace is not None
    workspace.reviews.mkdir()
    workspace.review_file("arabic").write_text("my own notes", encoding="utf-8")
    panel = make_panel(qtbot, planned)
    settle(qtbot, planned)
    assert "nothing is written" in panel.remarks.text()
    press(qtbot, panel, "1", "s", "u")
    assert planned.review.is_saved
    assert workspace.review_file("arabic").read_text(encoding="utf-8") == "my own notes"


def test_wrong_lines_are_left_out_of_the_study(qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str) -> None:
    assert not panel.leave_out_action.isEnabled()
    press(qtbot, panel, "1")
    train = next(line.id for line in planned.datasets.opened["arabic"].lines.lines if line.split == "train")
    panel.queue.table.choose(train)
    press(qtbot, panel, "2")
    wait_until(qtbot, panel.leave_out_action.isEnabled)
    panel.leave_out_action.trigger()
    wait_until(qtbot, lambda: bool(planned.study.study.rules_of("arabic").exclude))
    (name,) = planned.study.study.rules_of("arabic").exclude
    workspace = planned.workspaces.workspace
    assert workspace is not None
    assert Path(name) == workspace.study_file("small").with_name("reviewed-arabic.csv")
    assert {line.name for line in read_id_list(Path(name)).lines} == {suspect, train}
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    plan = planned.study.startable_plan
    assert plan is not None
    assert [one.line_id for one in plan.target("arabic").exclusions] == [train]
    # Again, with another line: the same list, and a new plan.
    press(qtbot, panel, "1")
    wait_until(qtbot, panel.leave_out_action.isEnabled)
    panel.leave_out_action.trigger()
    wait_until(qtbot, lambda: len(read_id_list(Path(name)).lines) == 3 and not planned.review.is_busy)
    assert planned.study.study.rules_of("arabic").exclude == (name,)


def test_a_study_that_does_not_take_the_data_set_is_left_alone(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel
) -> None:
    press(qtbot, panel, "1")
    planned.study.edit(targets=("persian",), regimes=("single",))
    planned.review.leave_out()
    assert planned.messages.shown is not None
    assert "does not take arabic" in planned.messages.shown.text
    assert not planned.study.study.rules_of("arabic").exclude


def test_the_effect_of_cleaning_is_shown_with_its_counts(qtbot: QtBot, planned: Stores, panel: ReviewPanel) -> None:
    press(qtbot, panel, "1")
    wait_until(qtbot, lambda: any(effect.left_out for effect in planned.review.effects))
    panel.tabs.setCurrentWidget(panel.effect)
    model = panel.effect.model
    assert panel.effect.said.text() == "1 line found wrong; runs have read 1 of them."
    cells = [[str(model.index(row, column).data()) for column in range(model.columnCount())] for row in range(2)]
    assert cells[0][:6] == ["small · CNN-only (small) · single", "4", "test", "1", "5", "1"]
    assert cells[0][7] == "0.00"  # all other lines are read without an error
    assert cells[1][9] not in ("–", "0.00")
    panel.grab()


def test_what_cannot_be_written_waits(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise WorkspaceError("arabic.csv was not written", "the disk is full")

    with monkeypatch.context() as context:
        context.setattr("workbench.gui.stores.review_jobs.save_review", refuse)
        press(qtbot, panel, "1")
        wait_until(qtbot, lambda: planned.messages.shown is not None and planned.messages.shown.severity == "error")
        assert not planned.review.is_saved
        assert panel.detail.kept.text() == "keeping …"
    press(qtbot, panel, "2")
    assert [row.label for row in kept(qtbot, planned)] == [WRONG, SEGMENTATION]


def test_what_waits_is_written_at_the_end(qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str) -> None:
    press(qtbot, panel, *"1234567")
    workspace = planned.workspaces.workspace
    assert workspace is not None
    planned.review.wait()
    assert len(read_log(workspace.review_file("arabic")).log.rows) == 7
    assert len(kept_reviews.load_review(workspace, "arabic").review.steps) == 7


def test_a_note_that_is_being_written_is_kept_at_the_end(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str
) -> None:
    press(qtbot, panel, "n")
    qtbot.keyClicks(panel.detail.note, "half a sent")
    workspace = planned.workspaces.workspace
    assert workspace is not None
    planned.wait()
    panel.hide()
    assert [row.notes for row in read_log(workspace.review_file("arabic")).log.rows] == ["half a sent"]


def test_a_log_that_was_mended_is_read_again(qtbot: QtBot, planned: Stores, suspect: str) -> None:
    workspace = planned.workspaces.workspace
    assert workspace is not None
    workspace.reviews.mkdir()
    workspace.review_file("arabic").write_text("my own notes", encoding="utf-8")
    panel = make_panel(qtbot, planned)
    settle(qtbot, planned)
    write_log(workspace.review_file("arabic"), VerificationLog((LogRow(suspect, HARD),)))
    for name in ("persian", "arabic"):
        planned.review.choose_dataset(name)
        settle(qtbot, planned)
    assert planned.review.fault is None
    press(qtbot, panel, "1")
    assert [row.label for row in kept(qtbot, planned)] == [HARD, WRONG]


def test_lines_that_cannot_be_read_are_not_waited_for(
    qtbot: QtBot, planned: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are said to be on their way while they are, and not for ever."""
    let_go = threading.Event()

    def load(*_: object, **__: object) -> Iterator[object]:
        let_go.wait(10)
        raise WorkspaceError("The readings cannot be read")
        yield

    monkeypatch.setattr("workbench.gui.stores.review.load", load)
    panel = make_panel(qtbot, planned)
    assert panel.detail.facts.text() == "The lines are being read …"
    let_go.set()
    wait_until(qtbot, lambda: not planned.review.is_reading)
    assert panel.detail.facts.text() == "The lines could not be read."
    assert planned.messages.shown is not None
    assert planned.messages.shown.text == "The readings cannot be read."


def test_a_reader_of_the_workspace_cannot_label(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(planned.workspaces), "is_read_only", property(lambda self: True))
    press(qtbot, panel, "1")
    assert planned.messages.shown is not None
    assert "Labels cannot be kept here" in planned.messages.shown.text
    assert planned.review.review.log.rows == ()


def test_other_data_sets_studies_and_orders_can_be_chosen(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str
) -> None:
    press(qtbot, panel, "1")
    panel.order.setCurrentIndex(2)
    panel.order.activated.emit(2)
    assert panel.queue.model.id_at(0) == planned.datasets.opened["arabic"].lines.lines[0].id
    panel.readings.setCurrentIndex(1)
    panel.readings.activated.emit(1)
    settle(qtbot, planned)
    assert planned.review.study == "small"
    at = panel.dataset.findText("persian")
    panel.dataset.setCurrentIndex(at)
    panel.dataset.activated.emit(at)
    settle(qtbot, planned)
    assert panel.queue.said.text() == "0 labelled · 0 passed over · 21 of 21 not looked at"
    press(qtbot, panel, "6")
    wait_until(qtbot, lambda: planned.review.is_saved)
    workspace = planned.workspaces.workspace
    assert workspace is not None
    assert [row.label for row in read_log(workspace.review_file("persian")).log.rows] == [HARD]
    assert [row.image_id for row in read_log(workspace.review_file("arabic")).log.rows] == [suspect]


def test_lines_are_found_by_part_state_and_text(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, suspect: str
) -> None:
    model: ReviewModel = panel.queue.model
    panel.queue.part.setCurrentIndex(panel.queue.part.findData("test"))
    assert model.rowCount() == 5
    assert panel.queue.said.text() == "0 labelled · 0 passed over · 5 of 5 not looked at"
    press(qtbot, panel, "1", "s")
    for state, shown in (("open", 3), ("labelled", 1), ("wrong", 1), ("skipped", 1), ("all", 5)):
        panel.queue.state.setCurrentIndex(panel.queue.state.findData(state))
        assert model.rowCount() == shown
    panel.queue.part.setCurrentIndex(panel.queue.part.findData("none"))
    assert model.rowCount() == 16
    model.set_filter(ReviewFilter("شمس شمس شمس"))
    assert [model.id_at(row) for row in range(model.rowCount())] == [suspect]
    panel.queue.search.setText("/(/")
    panel.queue.apply_filter()
    assert panel.queue.fault.problem
    model.set_filter(ReviewFilter())
    model.sort(FOUND, Qt.SortOrder.AscendingOrder)
    assert model.id_at(0) == suspect
    assert {short_label(label) for label in LABELS} == {
        "transcription", "segmentation", "orientation", "script", "non-text", "valid, hard", "signature"
    }  # fmt: skip


def test_another_workspace_has_its_own_labels(
    qtbot: QtBot, planned: Stores, panel: ReviewPanel, tmp_path: Path, small_workspace: Path
) -> None:
    import shutil

    press(qtbot, panel, "1")
    wait_until(qtbot, lambda: planned.review.is_saved)
    other = Workspace(tmp_path / "other")
    shutil.copytree(small_workspace, other.root)
    planned.workspaces.open(other.root)
    wait_until(qtbot, lambda: planned.datasets.is_known and not planned.datasets.is_busy)
    settle(qtbot, planned)
    assert planned.review.review.log.rows == ()
    assert not other.reviews.exists()
