"""The import dialog on a real store: what it shows, what choices do, keys, stale answers, several imports in a row."""

import logging
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.data import forms
from tests.data.fixtures import write_line_folder
from tests.execution.small_data import write_dataset
from tests.gui.conftest import wait_until
from workbench.data import preview as previews
from workbench.data.overrides import Overrides
from workbench.gui.dropping import kind_of
from workbench.gui.item_models.sample import IMAGE, LANGUAGE, TEXT
from workbench.gui.panels.data import DataPanel
from workbench.gui.panels.data.import_dialog import ImportDialog, asks_only_in_doubt
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.datasets import Proposal

Open = Callable[..., ImportDialog]


@pytest.fixture
def bare(qtbot: QtBot, empty_stores: Stores, tmp_path: Path) -> Stores:
    empty_stores.workspaces.open(tmp_path / "bare")
    wait_until(qtbot, lambda: empty_stores.datasets.is_known and not empty_stores.datasets.is_busy)
    return empty_stores


@pytest.fixture
def look(qtbot: QtBot, bare: Stores) -> Iterator[Open]:
    """Open the dialog over a path and wait until it has read everything."""

    def opened(path: Path, *, waits: bool = True, **overrides: str) -> ImportDialog:
        proposal = Proposal(path, overrides=Overrides.model_validate(overrides))
        dialog = ImportDialog(proposal, bare.datasets, bare.text)
        qtbot.addWidget(dialog)
        dialog.show()
        if waits:
            settle(qtbot, dialog)
        return dialog

    yield opened
    bare.datasets.previews.cancel()


def settle(qtbot: QtBot, dialog: ImportDialog) -> None:
    wait_until(qtbot, lambda: not dialog._previews.is_reading)


def choose(box: object, value: object) -> None:
    box.setCurrentIndex(box.findData(value))


def form_folder(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    forms.FORMS[name](folder)
    return folder


def test_what_was_recognised_is_told_with_its_reason(look: Open, tmp_path: Path) -> None:
    dialog = look(form_folder(tmp_path, "khatt_official"))
    choices = dialog.choices
    assert choices.form.currentText() == "as recognised: KHATT v1.0, official"
    assert "LineImages_v1.0" in choices.form_words.text()
    assert choices.language_words.text() == "Arabic: 12 lines, as every data set of this form"
    assert choices.encoding_words.text() == "Windows-1256: 12 files"
    assert choices.parts_words.text() == "6 train, 3 validation, 3 test"
    assert choices.texts_words.text() == "Images: 12 unique, 3 fixed"
    assert choices.texts.isVisible()
    assert not choices.separator.isEnabled()
    assert dialog.summary.text() == "12 lines · 6 train, 3 validation, 3 test · 6 writers · no problem"
    assert dialog.add.text() == "Add 12 lines"
    assert "Windows-1256" in dialog.doubts.text()


def test_twenty_random_lines_with_image_and_text(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(write_line_folder(tmp_path, lines=30))
    model = dialog.sample.model
    assert model.rowCount() == 20
    shown = {(one.line.language, one.line.split) for one in model.sample}
    assert len(shown) == 9
    assert model.index(0, TEXT).data() == model.sample[0].line.transcription
    assert not dialog.sample.table.isColumnHidden(LANGUAGE)
    assert dialog.sample.transcription.text == model.sample[0].line.transcription
    assert dialog.sample.transcription.text_style.is_right_to_left
    assert dialog.sample.image.image.width() == model.sample[0].image.ink.shape[1]
    wait_until(qtbot, lambda: model.index(0, IMAGE).data(Qt.ItemDataRole.DecorationRole) is not None)
    before = [one.line.id for one in model.sample]
    qtbot.mouseClick(dialog.again, Qt.MouseButton.LeftButton)
    assert not dialog.add.isEnabled()
    settle(qtbot, dialog)
    assert [one.line.id for one in model.sample] != before
    assert len(model.sample) == 20
    assert dialog.add.isEnabled()
    dialog.grab()


def test_every_choice_reads_again(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(form_folder(tmp_path, "khatt_official"))
    choices = dialog.choices
    choose(choices.texts, "both")
    assert not dialog.add.isEnabled()
    settle(qtbot, dialog)
    assert dialog.add.text() == "Add 15 lines"
    assert "3 lines of the fixed text" in dialog.doubts.text()
    choose(choices.parts, "test")
    settle(qtbot, dialog)
    assert choices.parts_words.text() == "15 test; the data set itself: 9 train, 3 validation, 3 test"
    choose(choices.order, "reversed")
    settle(qtbot, dialog)
    assert dialog.sample.model.sample[0].line.transcription[::-1] in [*forms.ARABIC, "ثابت"]
    choose(choices.encoding, "UTF-8")
    settle(qtbot, dialog)
    assert dialog.add.text() == "Add 0 lines"
    assert not dialog.add.isEnabled()
    assert "No line can be used." in dialog.doubts.text()
    assert dialog.wish.overrides == Overrides(texts="both", parts="test", stored_order="reversed", encoding="UTF-8")


def test_a_form_that_does_not_fit_is_said_and_can_be_taken_back(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(form_folder(tmp_path, "kraken_pairs"), form="nust_uhwr")
    assert "No list of NUST-UHWR was found" in dialog.fault.problem
    assert not dialog.add.isEnabled()
    assert dialog.choices.form.currentText().endswith("(does not match)")
    choose(dialog.choices.form, None)
    settle(qtbot, dialog)
    assert dialog.fault.problem == ""
    assert dialog.add.text() == "Add 6 lines"


def test_only_the_last_of_several_choices_counts(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(form_folder(tmp_path, "list_files"), waits=False)
    for part in ("train", "validation", "test"):
        choose(dialog.choices.parts, part)
    settle(qtbot, dialog)
    assert dialog.choices.parts_words.text().startswith("10 test;")


def test_a_language_is_chosen_or_typed(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(form_folder(tmp_path, "manifest"))
    assert "One data set per language: manifest-ar, manifest-ur" in dialog.choices.name_words.text()
    choose(dialog.choices.language, "ur")
    settle(qtbot, dialog)
    assert dialog.add.text() == "Add 3 lines"
    field = dialog.choices.language.lineEdit()
    field.selectAll()
    qtbot.keyClicks(field, "urdu4")
    field.editingFinished.emit()
    settle(qtbot, dialog)
    assert "'urdu4' is no language code" in dialog.fault.problem
    field.selectAll()
    qtbot.keyClicks(field, "ar")
    field.editingFinished.emit()
    settle(qtbot, dialog)
    assert dialog.wish.overrides.language == "ar"
    assert dialog.add.text() == "Add 3 lines"


def test_names_that_cannot_be_are_said_beside_the_field(qtbot: QtBot, bare: Stores, look: Open, tmp_path: Path) -> None:
    bare.datasets.add(write_dataset(tmp_path / "first", "ar"), "first")
    wait_until(qtbot, lambda: not bare.datasets.is_busy)
    dialog = look(form_folder(tmp_path, "kraken_pairs"))
    for name, fault in (("first", "'first' is the data set at"), ("no/name", "cannot name a data set")):
        dialog.choices.name.setText(name)
        assert fault in dialog.choices.name_fault.problem
        assert not dialog.add.isEnabled()
    dialog.choices.name.setText("second")
    assert dialog.choices.name_fault.problem == ""
    assert dialog.add.isEnabled()
    assert dialog.wish.name == "second"


def test_problems_are_listed_by_kind_with_examples(look: Open, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=30)
    for at in range(5):
        (folder / f"images/ar_{at:03d}.png").unlink()
    dialog = look(folder)
    kind = dialog.kinds.topLevelItem(0)
    assert (kind.text(0), kind.text(1)) == ("Not used: the image … is missing", "5")
    assert "ar_000.png is missing" in kind.child(0).text(0)
    assert kind.child(3).text(0) == "and 2 more"
    assert dialog.tabs.tabText(1).startswith("Problems (5)")
    assert "5 problems" in dialog.summary.text()


def test_a_sampled_image_that_is_none_says_so(look: Open, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=5)
    for image in (folder / "images").iterdir():
        image.write_bytes(b"no image")
    dialog = look(folder)
    assert dialog.sample.model.sample[0].image is None
    assert "cannot be used" in dialog.sample.image.note


def test_the_keyboard_is_enough(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(form_folder(tmp_path, "kraken_pairs"))
    reached: list[object] = []
    widget = dialog.choices.form.nextInFocusChain()
    while widget is not dialog.choices.form:
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.append(widget)
        widget = widget.nextInFocusChain()
    choices = dialog.choices
    for wanted in (choices.name, choices.encoding, choices.parts, choices.order, dialog.sample.table, dialog.add):
        assert wanted in reached
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_escape_stops_the_reading(qtbot: QtBot, bare: Stores, look: Open, tmp_path: Path) -> None:
    dialog = look(write_line_folder(tmp_path, lines=30), waits=False)
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    store = bare.datasets.previews
    assert not store.is_reading
    wait_until(qtbot, lambda: not store._lane.is_running)
    assert store.preview is None


def test_it_fits_into_a_small_window(qtbot: QtBot, look: Open, tmp_path: Path) -> None:
    dialog = look(write_line_folder(tmp_path, lines=30))
    assert dialog.minimumSizeHint().width() <= 1280
    assert dialog.minimumSizeHint().height() <= 690
    assert dialog.size().width() <= 1280


def test_what_files_are_called_is_never_mark_up(look: Open, tmp_path: Path) -> None:
    dialog = look(write_line_folder(tmp_path, ["ar"], lines=10, name="<b>bold</b> & more"))
    labels = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert labels
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    assert "<b>bold</b>" in dialog.place.text()


def test_a_fault_of_the_program_is_told_and_logged(
    monkeypatch: pytest.MonkeyPatch, look: Open, tmp_path: Path, expected_log: list[logging.LogRecord]
) -> None:
    def broken(*_arguments: object, **_options: object) -> Iterator[object]:
        raise RuntimeError("torn")
        yield

    monkeypatch.setattr("workbench.gui.stores.previews.preview", broken)
    dialog = look(write_line_folder(tmp_path, ["ar"], lines=5))
    assert "torn" in dialog.fault.problem
    assert [record.getMessage() for record in expected_log] == ["unexpected fault while looking at an import"]


# The panel: dropped things one after the other, adding unasked, reading in another way


@pytest.fixture
def panel(qtbot: QtBot, bare: Stores) -> DataPanel:
    panel = DataPanel(
        datasets=bare.datasets,
        summaries=bare.summaries,
        comparison=bare.comparison,
        study=bare.study,
        text=bare.text,
    )
    qtbot.addWidget(panel)
    panel.resize(1208, 640)
    panel.show()
    return panel


def dialog_of(qtbot: QtBot, panel: DataPanel, name: str) -> ImportDialog:
    """Wait for the dialog about a path of this name, until it can be accepted."""

    def is_there() -> bool:
        dialog = panel._dialog
        return isinstance(dialog, ImportDialog) and dialog.wish.path.name == name and dialog.add.isEnabled()

    wait_until(qtbot, is_there)
    assert isinstance(panel._dialog, ImportDialog)
    return panel._dialog


def names(stores: Stores) -> list[str]:
    return [entry.name for entry in stores.datasets.entries]


def test_several_folders_are_looked_at_one_after_the_other(
    qtbot: QtBot, bare: Stores, panel: DataPanel, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        bare.datasets.propose(write_dataset(tmp_path / name, "ar"))
    dialog_of(qtbot, panel, "one").accept()
    dialog_of(qtbot, panel, "two").reject()
    dialog_of(qtbot, panel, "three").accept()
    wait_until(qtbot, lambda: names(bare) == ["one", "three"] and not bare.datasets.is_busy)
    wait_until(qtbot, lambda: panel._dialog is None)


def test_what_is_chosen_is_what_is_added(qtbot: QtBot, bare: Stores, panel: DataPanel, tmp_path: Path) -> None:
    bare.datasets.propose(write_dataset(tmp_path / "one", "ar"))
    dialog = dialog_of(qtbot, panel, "one")
    dialog.choices.name.setText("mine")
    choose(dialog.choices.parts, "test")
    dialog_of(qtbot, panel, "one").accept()
    wait_until(qtbot, lambda: "mine" in bare.datasets.opened and not bare.datasets.is_busy)
    opened = bare.datasets.opened["mine"]
    assert opened.entry.overrides == Overrides(parts="test")
    assert {line.split for line in opened.lines.lines} == {"test"}


def test_without_doubt_nothing_is_asked_where_that_is_wanted(
    qtbot: QtBot, bare: Stores, panel: DataPanel, tmp_path: Path
) -> None:
    assert not asks_only_in_doubt()
    bare.datasets.propose(write_dataset(tmp_path / "one", "ar"))
    dialog = dialog_of(qtbot, panel, "one")
    dialog.asks_less.setChecked(True)
    assert asks_only_in_doubt()
    dialog.accept()
    wait_until(qtbot, lambda: panel._dialog is None)
    bare.datasets.propose(write_dataset(tmp_path / "two", "ar"))
    wait_until(qtbot, lambda: names(bare) == ["one", "two"] and not bare.datasets.is_busy)
    doubtful = write_dataset(tmp_path / "three", "ar")
    next((doubtful / "images").iterdir()).unlink()
    bare.datasets.propose(doubtful)
    dialog_of(qtbot, panel, "three").reject()
    wait_until(qtbot, lambda: panel._dialog is None)
    bare.datasets.propose(write_dataset(tmp_path / "four", "ar"), asks_always=True)
    dialog_of(qtbot, panel, "four").reject()
    wait_until(qtbot, lambda: panel._dialog is None)
    assert names(bare) == ["one", "two"]


def test_a_data_set_is_read_in_another_way(qtbot: QtBot, bare: Stores, panel: DataPanel, tmp_path: Path) -> None:
    table = write_line_folder(tmp_path, ["ar", "fa"], lines=10)
    bare.datasets.add(table)
    wait_until(qtbot, lambda: len(bare.datasets.opened) == 2 and not bare.datasets.is_busy)
    before = bare.datasets.opened["lines-fa"].entry.fingerprint
    panel.list.choose("lines-fa")
    panel.list.reread_action.trigger()
    dialog = dialog_of(qtbot, panel, "lines")
    assert dialog.choices.name.text() == "lines-fa"
    assert dialog.choices.name.isReadOnly()
    assert dialog.add.text() == "Read 10 lines"
    assert "are other runs" in dialog.choices.name_words.text()
    choose(dialog.choices.parts, "none")
    dialog_of(qtbot, panel, "lines").accept()
    wait_until(qtbot, lambda: bare.datasets.opened["lines-fa"].entry.fingerprint != before)
    wait_until(qtbot, lambda: not bare.datasets.is_busy)
    assert sorted(names(bare)) == ["lines-ar", "lines-fa"]
    assert {line.split for line in bare.datasets.opened["lines-fa"].lines.lines} == {None}
    assert {line.split for line in bare.datasets.opened["lines-ar"].lines.lines} != {None}


def test_an_archive_can_be_dropped(qtbot: QtBot, bare: Stores, panel: DataPanel, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "one", "ar")
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
    assert kind_of(archive).kind == "dataset"
    assert kind_of(tmp_path / "packed.tar.gz").kind == "dataset"
    bare.datasets.propose(archive)
    dialog = dialog_of(qtbot, panel, "packed.zip")
    assert dialog.add.text() == "Add 21 lines"
    dialog.accept()
    wait_until(qtbot, lambda: names(bare) == ["packed"] and not bare.datasets.is_busy)


@pytest.mark.real_lines
def test_real_lines_of_three_languages(qtbot: QtBot, look: Open, real_lines: Path) -> None:
    dialog = look(real_lines / "three_languages.tsv")
    assert dialog.add.text() == "Add 5,582 lines"
    assert "3,385 train, 596 validation, 1,594 test, 7 unassigned" in dialog.summary.text()
    assert dialog.choices.encoding_words.text() == "UTF-8: 1 file (5,583 rows)"
    assert all(one.image is not None for one in dialog.sample.model.sample)
    assert len(dialog.sample.model.sample) == previews.SAMPLE_LINES
    above = dialog.sample.table.rowHeight(0)
    choose(dialog.choices.language, "ar")
    settle(qtbot, dialog)
    assert dialog.sample.table.rowHeight(0) < above  # without Urdu's Nastaliq
