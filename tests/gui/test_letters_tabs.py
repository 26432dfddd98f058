"""The tabs Characters and Confusions: from a finished study to the lines behind a letter, by clicks."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QComboBox, QFileDialog, QStyleOptionViewItem, QTableView
from pytestqt.qtbot import QtBot

from tests.execution.letter_study import finish, letter_study, make_letter_workspace, write_readings
from tests.gui.conftest import wait_until
from workbench.analysis.letters.gain import CellLetters, LettersStudy
from workbench.analysis.letters.lines import MarkedLine
from workbench.gui.item_models.line_rows import TEXT
from workbench.gui.item_models.marked_lines import MARKS_ROLE, MarkedLinesModel, MarkedTextCell, excerpt
from workbench.gui.item_models.ordered_rows import Column, OrderedRowsModel
from workbench.gui.pages import PAGES
from workbench.gui.panels.results import ResultsPanel
from workbench.gui.panels.results.characters_tab import CharactersTab
from workbench.gui.panels.results.confusions_tab import ConfusionsTab
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.letters import ChosenCell
from workbench.gui.stores.results import ResultOptions
from workbench.gui.text_differences import colour_of
from workbench.gui.text_rendering import TextStyle, row_ink
from workbench.metrics.measures import MeasureName
from workbench.runs.workspace import Workspace
from workbench.text.code_points import code_point

RESULTS = next(row for row in PAGES if row.name == "results")


@pytest.fixture(scope="module")
def finished_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = make_letter_workspace(tmp_path_factory.mktemp("letters"))
    finish(workspace, letter_study())
    return workspace.root


@pytest.fixture
def workspace(finished_workspace: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(finished_workspace, tmp_path / "small")
    return Workspace(tmp_path / "small")


@pytest.fixture
def done(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores with a finished study whose report is there."""
    stores.study.set_study(letter_study())
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    return stores


@pytest.fixture
def panel(qtbot: QtBot, done: Stores) -> Iterator[ResultsPanel]:
    panel = RESULTS.make(done)
    assert isinstance(panel, ResultsPanel)
    qtbot.addWidget(panel)
    panel.resize(1192, 636)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.hide()


def open_tab(qtbot: QtBot, panel: ResultsPanel, title: str) -> CharactersTab | ConfusionsTab:
    """Click on a tab."""
    bar = panel.tabs.tabBar()
    number = next(n for n in range(bar.count()) if bar.tabText(n) == title)
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(number).center())
    tab = panel.tabs.currentWidget()
    assert isinstance(tab, CharactersTab | ConfusionsTab)
    return tab


def click(qtbot: QtBot, table: QTableView, index: QModelIndex) -> None:
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center())


@pytest.fixture
def characters(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> CharactersTab:
    tab = open_tab(qtbot, panel, "Characters")
    assert isinstance(tab, CharactersTab)
    wait_until(qtbot, lambda: done.letters.cell is not None)
    return tab


@pytest.fixture
def confusions(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> ConfusionsTab:
    tab = open_tab(qtbot, panel, "Confusions")
    assert isinstance(tab, ConfusionsTab)
    wait_until(qtbot, lambda: done.letters.confusions is not None)
    return tab


def titles(model: OrderedRowsModel) -> list[str]:
    return [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]


def column(model: OrderedRowsModel, title: str) -> list[str]:
    number = titles(model).index(title)
    return [model.index(row, number).data() for row in range(model.rowCount())]


def test_nothing_is_worked_out_before_somebody_looks(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    assert not done.letters.is_working
    assert done.letters.study is None
    open_tab(qtbot, panel, "Characters")
    assert done.letters.is_working
    wait_until(qtbot, lambda: done.letters.study is not None)


def test_two_clicks_from_the_page_to_five_lines_with_the_place_marked(
    qtbot: QtBot, done: Stores, panel: ResultsPanel
) -> None:
    tab = open_tab(qtbot, panel, "Characters")  # the first click
    wait_until(qtbot, lambda: done.letters.cell is not None)
    assert column(tab.model, "Character")[0] == code_point("ا")  # a CRNN first; most helped first
    click(qtbot, tab.table, tab.model.index(0, 0))  # the second
    wait_until(qtbot, lambda: done.letters.lines is not None)
    assert tab.lines.title.text() == f"{code_point('ا')}, Δ −100.0"
    lines = tab.lines.model
    assert lines.rowCount() >= 5
    for row in range(5):
        index = lines.index(row, TEXT)
        text, marks = index.data(), index.data(MARKS_ROLE)
        assert {text[place] for place in marks} == {"ا"}
    assert lines.index(0, 3).data() == "0"
    assert [one.label for one in tab.lines.readings.readings] == [
        "single · s0", "single · s1", "multi · s0", "multi · s1",
    ]  # fmt: skip


def test_the_table_has_all_room_until_a_row_is_asked_about(
    qtbot: QtBot, done: Stores, characters: CharactersTab
) -> None:
    characters.resize(1100, 560)
    alone = characters.splitter.sizes()
    assert alone[1] < 60
    assert alone[0] > 4 * alone[1]
    characters.table.clicked.emit(characters.model.index(0, 0))
    wait_until(qtbot, lambda: characters.lines.question is not None)
    assert characters.splitter.sizes()[1] > 200
    characters.splitter.setSizes([150, 350])
    drawn = characters.splitter.sizes()
    chosen = done.letters.chosen
    assert chosen is not None
    done.letters.choose(replace(chosen, architecture="small-cnn"))
    wait_until(qtbot, lambda: characters.splitter.sizes()[1] < 60)
    characters.table.clicked.emit(characters.model.index(0, 0))
    wait_until(qtbot, lambda: characters.lines.question is not None)
    assert characters.splitter.sizes() == drawn, "as it was left"


def test_numbers_are_those_of_the_report(done: Stores, characters: CharactersTab) -> None:
    cell = done.letters.cell
    assert cell is not None
    rows = {row.name: row for row in cell.of("character")}
    names, times = column(characters.model, "Character"), column(characters.model, "Times")
    assert {name: int(number) for name, number in zip(names, times, strict=True)} == {
        name: row.occurrences for name, row in rows.items()
    }
    place = names.index(code_point("ا"))
    assert column(characters.model, "single")[place] == "100.0"
    assert column(characters.model, "Δ")[place] == "−100.0"
    assert column(characters.model, "95 % interval")[place] == "no interval"
    tip = characters.model.index(place, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "only 3 blocks have it" in tip or "writers have it" in tip


def test_another_data_set_and_architecture(qtbot: QtBot, done: Stores, characters: CharactersTab) -> None:
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    characters.target.setCurrentIndex(characters.target.findData("persian"))
    characters.target.activated.emit(1)
    assert done.letters.chosen == ChosenCell("small-crnn", "persian", 4)
    assert done.letters.lines is None
    assert not characters.lines.splitter.isVisible()
    characters.target.setCurrentIndex(characters.target.findData("arabic"))
    characters.architecture.setCurrentIndex(characters.architecture.findData("small-cnn"))
    characters.architecture.activated.emit(0)
    assert column(characters.model, "Character")[0] == code_point("ب")


def test_every_way_to_part_characters_can_be_shown(done: Stores, characters: CharactersTab) -> None:
    cell = done.letters.cell
    assert cell is not None
    shown = []
    for number in range(characters.way.count()):
        characters.way.setCurrentIndex(number)
        characters.way.activated.emit(number)
        key = characters.way.currentData()
        shown.append(key)
        assert characters.model.rowCount() == len(cell.of(key)) > 0
        assert characters.notes.text() or key == "character"
    assert "novelty_3" in shown
    assert "shared_letters" in shown


def test_lines_behind_a_class(qtbot: QtBot, done: Stores, characters: CharactersTab) -> None:
    characters.way.setCurrentIndex(characters.way.findData("novelty_2"))
    characters.way.activated.emit(0)
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    assert characters.lines.model.rowCount() == len(done.letters.lines.lines)  # pyright: ignore[reportOptionalMemberAccess]


def test_search_and_its_fault(characters: CharactersTab) -> None:
    total = characters.model.rowCount()
    characters.search.setText("U+0628")
    characters.search.returnPressed.emit()
    assert column(characters.model, "Character") == [code_point("ب")]
    characters.search.setText("/[/")
    characters.search.returnPressed.emit()
    assert "no regular expression" in characters.fault.problem
    characters.search.setText("")
    characters.search.returnPressed.emit()
    assert (characters.model.rowCount(), characters.fault.problem) == (total, "")


def test_tables_and_lines_are_copied(qtbot: QtBot, done: Stores, characters: CharactersTab) -> None:
    characters.copy_button.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t") == titles(characters.model)
    assert len(copied) == characters.model.rowCount() + 1
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    characters.lines.copy_button.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "line_id\treference\tsingle\tmulti"
    assert len(copied) == characters.lines.model.rowCount() + 1


def test_export_writes_the_tables(
    qtbot: QtBot, done: Stores, characters: CharactersTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tables"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    characters.export_button.click()
    wait_until(qtbot, lambda: not done.letters.is_exporting and (folder / "sharedness.csv").is_file())
    assert len(list(folder.iterdir())) == 4
    assert "4 tables were written" in done.messages.kept[-1].text


def test_a_stopped_count_can_be_taken_up(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    tab = open_tab(qtbot, panel, "Characters")
    assert tab.pages.currentWidget() is tab.waiting
    assert tab.cancel.isVisible()
    tab.cancel.click()
    wait_until(qtbot, lambda: done.letters.is_stopped)
    assert tab.waiting.title.text() == "Not counted"
    assert done.letters.study is None
    tab._again.trigger()
    wait_until(qtbot, lambda: done.letters.study is not None)
    assert tab.pages.currentIndex() == 0


def test_a_run_that_cannot_be_read_is_told_and_can_be_tried_again(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, workspace: Workspace
) -> None:
    plan = done.results.plan
    assert plan is not None
    path = workspace.runs / plan.run_ids[0] / "predictions.csv"
    kept = path.read_bytes()
    path.write_text("line_id\nx\n", encoding="utf-8")
    tab = open_tab(qtbot, panel, "Characters")
    wait_until(qtbot, lambda: done.letters.is_stopped)
    assert "cannot be read" in done.messages.kept[-1].text
    path.write_bytes(kept)
    tab._again.trigger()
    wait_until(qtbot, lambda: done.letters.study is not None)


def test_other_options_are_worked_out_anew(qtbot: QtBot, done: Stores, characters: CharactersTab) -> None:
    done.results.set_options(ResultOptions(split="validation"))
    wait_until(
        qtbot, lambda: done.letters.study is not None and done.letters.study.report.setting.split == "validation"
    )
    assert done.letters.chosen is None
    assert characters.waiting.title.text() == "Nothing to compare yet"


def test_what_is_shown_stays_while_another_run_ends(qtbot: QtBot, done: Stores, characters: CharactersTab) -> None:
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    before = done.letters.study
    done.results.refresh()  # as the end of a run does
    wait_until(qtbot, lambda: done.letters.is_working)
    assert done.letters.study is before
    assert characters.pages.currentIndex() == 0
    wait_until(qtbot, lambda: done.letters.study is not before and done.letters.lines is not None)
    assert characters.lines.model.rowCount() >= 5


def test_confusions_of_two_sides(qtbot: QtBot, done: Stores, confusions: ConfusionsTab) -> None:
    assert titles(confusions.model)[:5] == ["Written", "Read", "Times", "single", "multi"]
    written, read = column(confusions.model, "Written"), column(confusions.model, "Read")
    place = list(zip(written, read, strict=True)).index((code_point("ا"), "missed"))
    assert column(confusions.model, "multi")[place] == "0"
    click(qtbot, confusions.table, confusions.model.index(place, 0))
    wait_until(qtbot, lambda: confusions.lines.question is not None)
    assert confusions.lines.title.text() == f"{code_point('ا')} missed"
    assert confusions.lines.model.rowCount() == int(column(confusions.model, "Lines")[place])


def test_architectures_against_each_other(qtbot: QtBot, done: Stores, confusions: ConfusionsTab) -> None:
    names = [confusions.left.itemText(n) for n in range(confusions.left.count())]
    assert names[0] == "single · CNN-only (small)"
    confusions.left.setCurrentIndex(0)
    confusions.right.setCurrentIndex(2)
    confusions.right.activated.emit(2)
    wait_until(qtbot, lambda: titles(confusions.model)[3] == "single · CNN-only (small)")
    assert titles(confusions.model)[4] == "single · CRNN (small)"
    pairs = dict(
        zip(column(confusions.model, "Written"), column(confusions.model, titles(confusions.model)[3]), strict=True)
    )
    assert code_point("ب") in pairs


def test_the_matrix_leads_to_the_lines_too(qtbot: QtBot, done: Stores, confusions: ConfusionsTab) -> None:
    confusions.as_matrix.click()
    model = confusions.matrix_model
    filled = [
        model.index(row, place)
        for row in range(model.rowCount())
        for place in range(model.columnCount())
        if model.confusion_at(row, place)
    ]
    listed = confusions.model.rows
    assert len(filled) == len(listed)
    assert " | " in filled[0].data()
    click(qtbot, confusions.matrix, filled[0])
    wait_until(qtbot, lambda: confusions.lines.question is not None)
    assert confusions.lines.model.rowCount() > 0


def test_questions_of_one_tab_are_not_answered_on_the_other(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, characters: CharactersTab
) -> None:
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    tab = open_tab(qtbot, panel, "Confusions")
    assert tab.lines.question is None
    assert tab.lines.model.rowCount() == 0


def choose_option(box: QComboBox, value: object) -> None:
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def count_by(stores: Stores, measure: MeasureName) -> None:
    """Show another measure, as when the report that counts errors so has come."""
    results = stores.results
    assert results.report is not None
    results._options = replace(results.options, measure=measure)
    results._report = replace(results.report, measure=measure)
    results.changed.emit()


def test_another_measure_is_said_not_to_count_here_and_nothing_is_counted_anew(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, characters: CharactersTab
) -> None:
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    before, lines = done.letters.study, done.letters.lines
    assert not characters.counting.isVisible()
    count_by(done, "wer")
    assert characters.counting.isVisible()
    assert characters.counting.text().startswith("“WER” does not apply here")
    assert not done.letters.is_working
    assert done.letters.study is before
    assert done.letters.lines is lines
    tab = open_tab(qtbot, panel, "Confusions")
    assert tab.counting.isVisible()
    count_by(done, "cer")
    assert not tab.counting.isVisible()
    done.results.set_options(replace(done.results.options, budget="6 steps", regime="multi", conditions=""))
    wait_until(qtbot, lambda: not done.results.is_working)
    assert done.letters.lines is not None  # what was the first is now chosen: the same lines
    wait_until(qtbot, lambda: not done.letters.is_working)


def swap(stores: Stores, study: LettersStudy) -> None:
    """Put other numbers in the place of those that were worked out."""
    stores.letters._study = study
    stores.letters.changed.emit()


def with_cells(study: LettersStudy, *cells: CellLetters) -> LettersStudy:
    report = replace(study.report, cells=cells)
    read = {cell.key: next(one for one in study.read.values() if one.key.target == cell.key.target) for cell in cells}
    return LettersStudy(report, {key: replace(one, key=key) for key, one in read.items()}, {})


def test_a_choice_without_a_pair_says_so_or_leads_to_another_architecture(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, characters: CharactersTab
) -> None:
    study, cell = done.letters.study, done.letters.cell
    assert study is not None
    assert cell is not None
    further = replace(cell, key=replace(cell.key, architecture="small-cnn", k=9))
    swap(done, with_cells(study, cell, further))
    choose_option(characters.k, 9)
    assert characters.fault.problem == (
        "CRNN (small) · arabic · K 9: no pair of runs has ended yet. The choice before it stays."
    )
    assert characters.k.currentData() == 4
    tab = open_tab(qtbot, panel, "Confusions")
    choose_option(tab.k, 9)
    assert done.letters.chosen == ChosenCell("small-cnn", "arabic", 9)
    assert tab.fault.problem == ""
    wait_until(qtbot, lambda: done.letters.confusions is not None)
    assert tab.about.text().endswith(" · 2 pairs")


def test_lines_of_other_sides_are_taken_away(qtbot: QtBot, done: Stores, confusions: ConfusionsTab) -> None:
    click(qtbot, confusions.table, confusions.model.index(0, 0))
    wait_until(qtbot, lambda: confusions.lines.question is not None)
    confusions.right.setCurrentIndex(0)
    confusions.right.activated.emit(0)
    assert confusions.lines.question is None
    assert confusions.lines.model.rowCount() == 0
    wait_until(qtbot, lambda: titles(confusions.model)[4] == "single · CNN-only (small)")


def test_the_difference_over_the_lines_is_that_of_the_newest_numbers(
    qtbot: QtBot, done: Stores, workspace: Workspace, characters: CharactersTab
) -> None:
    click(qtbot, characters.table, characters.model.index(0, 0))
    wait_until(qtbot, lambda: done.letters.lines is not None)
    assert characters.lines.title.text().endswith("Δ −100.0")
    before, plan = done.letters.study, done.results.plan
    assert plan is not None
    write_readings(workspace, plan, lambda _planned, reference, _number: reference.replace("ا", ""))
    done.results.refresh()
    wait_until(qtbot, lambda: done.letters.study is not before and done.letters.lines is not None)
    assert characters.lines.title.text().endswith("Δ 0.0")


@pytest.mark.parametrize("word", [2, 9, 14])
def test_an_excerpt_begins_a_few_words_before_the_place(word: int) -> None:
    reference = " ".join(f"كلمة{number}" for number in range(15))
    place = reference.index(f"ة{word}")
    text, marks = excerpt(reference, (place, len(reference) - 1))
    assert [text[mark] for mark in marks] == [reference[place], reference[-1]]
    assert marks[0] < 40
    assert text == reference or text.startswith("… كلمة")


def test_an_excerpt_of_nothing() -> None:
    assert excerpt("", ()) == ("", ())
    assert excerpt("با", (1,)) == ("با", (1,))


def test_rows_without_a_value_come_last_in_either_order(qtbot: QtBot) -> None:
    model: OrderedRowsModel[tuple[str, int | None]] = OrderedRowsModel()
    columns = (Column("Name", lambda row: row[0], lambda row: row[1]),)
    model.show(columns, [("b", 2), ("none", None), ("a", 1)])
    for order, expected in ((Qt.SortOrder.AscendingOrder, "ab"), (Qt.SortOrder.DescendingOrder, "ba")):
        model.sort(0, order)
        assert column(model, "Name") == [*expected, "none"]
    model.sort(-1)
    assert column(model, "Name") == ["b", "none", "a"]


@pytest.mark.parametrize("language", ["ar", "ur"])
def test_marks_stand_under_their_letter_and_touch_no_edge(qtbot: QtBot, language: str) -> None:
    reference = "ایکسیسبیلٹی گِچّٹ پیچ"
    line = MarkedLine("l", reference, tuple(range(len(reference))), 1.0, 0.0, ())
    view = QTableView()
    qtbot.addWidget(view)
    model = MarkedLinesModel(view)
    model.show([line], ("single", "multi"), None, from_right=True)
    style = TextStyle(language, 14)
    cell, ink = MarkedTextCell(view), row_ink([reference], style)
    cell.set_style(style, ink)
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 400, round(sum(ink)) + 8)

    def painted(index: QModelIndex) -> QImage:
        image = QImage(option.rect.size(), QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        cell.paint(painter, option, index)
        painter.end()
        return image

    image = painted(model.index(0, TEXT))
    bar = colour_of("substitute", is_dark=False)
    rows = [y for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y) == bar]
    assert rows
    assert max(rows) < image.height() - 1
    ground = image.pixelColor(0, 0)
    for y in (0, image.height() - 1):
        assert {image.pixelColor(x, y).name() for x in range(image.width())} == {ground.name()}
    model.show([MarkedLine("l", reference, (), 1.0, 0.0, ())], ("single", "multi"), None, from_right=True)
    bare = painted(model.index(0, TEXT))
    assert bar not in [bare.pixelColor(x, y) for y in range(bare.height()) for x in range(bare.width())]
