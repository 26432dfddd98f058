"""The window as a whole: pages, actions, drag and drop, what it remembers, how it closes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QLineEdit, QPushButton, QSplitter, QTableView
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study, write_dataset
from tests.gui.conftest import ScriptedDrive, wait_until
from workbench import resource_files, settings
from workbench.demo.datasets import DemoSizes, generate
from workbench.gui.app import make_window
from workbench.gui.closing import CloseChoice
from workbench.gui.command_palette import CommandPalette
from workbench.gui.log_records import LogCollector
from workbench.gui.main_window import MainWindow
from workbench.gui.message_bar import DetailsDialog
from workbench.gui.pages import PAGES, as_panel
from workbench.gui.panels.data.import_dialog import ImportDialog
from workbench.gui.stores.bundle import Stores
from workbench.gui.window_actions import ACTIONS
from workbench.runs.workspace import Workspace

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
NAMES = [row.name for row in PAGES]


class Window:
    """The window of a test with its stores."""

    def __init__(self, window: MainWindow, stores: Stores) -> None:
        self.window = window
        self.stores = stores


@pytest.fixture
def shown(qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive) -> Iterator[Window]:
    """The window on the small workspace with the small study planned, every page made."""
    window, stores = make_window(workspace.root, drive=drive)
    window.show()
    wait_until(qtbot, lambda: all(window.has_page(name) for name in NAMES))
    wait_until(qtbot, lambda: stores.datasets.is_known and not stores.datasets.is_busy)
    stores.study.set_study(small_study())
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    yield (made := Window(window, stores))
    close(qtbot, window, stores)
    vars(made).clear()  # pytest holds it for longer, and charts own menus that live as long as they do


def close(qtbot: QtBot, window: MainWindow, stores: Stores) -> None:
    """Close in good order, whatever runs."""
    window.stop_now()
    wait_until(qtbot, lambda: not window.isVisible())
    stores.wait()
    window.deleteLater()


def drop(window: MainWindow, *paths: Path) -> QMimeData:
    """Drag paths over the window and let go; the data are returned so that they outlive the events."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dragEnterEvent(QDragEnterEvent(QPointF(9, 9).toPoint(), copy, data, left, none))
    window.dropEvent(QDropEvent(QPointF(9, 9), copy, data, left, none))
    return data


# Pages


def test_every_page_is_there_with_title_and_shortcut(qtbot: QtBot, shown: Window) -> None:
    window = shown.window
    for number, row in enumerate(PAGES, start=1):
        assert row.shortcut == f"Ctrl+{number}"
        window.rail.button(row.name).click()
        assert window.current_page == row.name
        assert window.stack.currentWidget() is window.page(row.name)
        assert window.header.title == as_panel(window.page(row.name)).title
        assert sum(bool(button.property("primary")) for button in window.header.buttons) <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_drawn_for_looking_at(qtbot: QtBot, shown: Window, scheme: settings.Scheme) -> None:
    shown.stores.preferences.choose_scheme(scheme)
    shown.window.resize(1280, 720)
    ARTEFACTS.mkdir(exist_ok=True)
    for name in NAMES:
        shown.window.show_page(name)
        assert shown.window.grab().save(str(ARTEFACTS / f"window-{name}-{scheme}.png"))
    ground = shown.window.grab().toImage().pixelColor(5, 300).lightness()
    assert ground < 80 if scheme == "dark" else ground > 200


def test_a_narrow_window_hides_the_side_panels_until_they_are_asked_for(qtbot: QtBot, shown: Window) -> None:
    window = shown.window
    window.show_page("data")
    side = next(s for s in window.page("data").findChildren(QSplitter) if s.count() == 3).widget(2)
    window.resize(1280, 720)
    assert side.isVisible()
    window.resize(1000, 720)
    assert not side.isVisible()
    window.actions_by_name["side_panels"].trigger()
    assert side.isVisible()
    window.resize(1280, 720)
    window.actions_by_name["side_panels"].trigger()
    assert not side.isVisible()


def test_a_page_can_ask_for_another(shown: Window) -> None:
    shown.window.page("data").page_requested.emit("results")
    assert shown.window.current_page == "results"


# Actions


def test_every_action_has_a_name_and_a_tool_tip_and_no_shortcut_twice(shown: Window) -> None:
    window = shown.window
    actions = [*window.actions_by_name.values(), *(window.rail.button(name).defaultAction() for name in NAMES)]
    actions += [window.problems_dock.toggleViewAction(), window.log_dock.toggleViewAction()]
    assert len(window.actions_by_name) == sum(bool(row.name) for row in ACTIONS)
    assert all(action.text() and action.toolTip() for action in actions)
    shortcuts = [action.shortcut().toString() for action in actions if not action.shortcut().isEmpty()]
    assert len(shortcuts) == len(set(shortcuts))


def test_no_page_has_a_shortcut_of_the_window(shown: Window) -> None:
    taken = {action.shortcut().toString() for action in shown.window.actions_by_name.values()} - {""}
    for name in NAMES:
        own = {action.shortcut().toString() for action in shown.window.page(name).findChildren(QAction)}
        assert own & taken == set(), name


def test_the_palette_finds_an_action_by_parts_of_its_name(qtbot: QtBot, shown: Window) -> None:
    shown.window.open_palette()
    palette = shown.window.findChild(CommandPalette)
    line = palette.findChild(QLineEdit)
    assert len(palette.names) > 25
    qtbot.keyClicks(line, "res pres pap")
    assert palette.names == ["Take the rules of preset paper"]
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert shown.stores.study.study.preset == "paper"
    assert shown.window.current_page == "study"


def test_actions_follow_the_state(qtbot: QtBot, shown: Window, drive: ScriptedDrive) -> None:
    actions = shown.window.actions_by_name
    assert actions["start"].isEnabled()
    assert not actions["pause"].isEnabled()
    drive.trainer = "hold"
    actions["start"].trigger()
    assert shown.window.current_page == "training"
    wait_until(qtbot, lambda: bool(shown.stores.progress.running_runs) and actions["pause"].isEnabled())
    assert not actions["start"].isEnabled()
    wait_until(qtbot, lambda: shown.window.rail.button("training").badge == "1")
    actions["cancel"].trigger()
    wait_until(qtbot, lambda: not shown.stores.progress.is_running and actions["start"].isEnabled())
    wait_until(qtbot, lambda: "Not finished yet: small" in shown.window.message_bar.text)
    drive.trainer = "train"
    shown.window.message_bar.findChild(QPushButton, "offer").click()
    wait_until(qtbot, lambda: shown.stores.progress.runs_over == 3)
    assert not shown.window.message_bar.isVisible()


def test_undo_takes_back_an_edit_of_the_study(qtbot: QtBot, shown: Window) -> None:
    before = shown.stores.study.study
    shown.stores.study.edit(seeds=(0, 1))
    shown.window.actions_by_name["undo"].trigger()
    assert shown.stores.study.study == before
    shown.window.actions_by_name["redo"].trigger()
    assert shown.stores.study.study.seeds == (0, 1)


def test_scheme_device_and_text_are_kept(shown: Window) -> None:
    shown.window.actions_by_name["dark"].trigger()
    shown.window.actions_by_name["device_cpu"].trigger()
    shown.window.actions_by_name["larger"].trigger()
    shown.window.actions_by_name["naskh"].trigger()
    kept = settings.load()
    assert (kept.scheme, kept.device, kept.urdu_font) == ("dark", "cpu", "naskh")
    assert kept.text_size_pt == settings.Settings().text_size_pt + 2


# Messages


def test_a_message_is_shown_counted_and_dismissed(qtbot: QtBot, shown: Window) -> None:
    messages, bar = shown.stores.messages, shown.window.message_bar
    messages.warn("<b>khatt</b> was moved", "Tell where it lies now.", details="a\nb")
    messages.warn("<b>khatt</b> was moved", "Tell where it lies now.", details="a\nb")
    assert bar.isVisible()
    assert bar.text == "<b>khatt</b> was moved. Tell where it lies now.  (said 2 times)"
    bar.show_details()
    dialog = shown.window.findChild(DetailsDialog)
    dialog.close()
    messages.dismiss()
    assert not bar.isVisible()
    assert messages.kept[-1].count == 2


def test_a_long_message_is_cut_and_whole_in_the_details(shown: Window) -> None:
    shown.stores.messages.warn("x" * 100_000)
    assert len(shown.window.message_bar.text) < 500
    shown.window.message_bar.show_details()
    dialog = shown.window.findChild(DetailsDialog)
    assert dialog.isVisible()
    dialog.close()


def test_problems_list_what_is_wrong(qtbot: QtBot, shown: Window) -> None:
    shown.stores.study.edit(k_lines=(9999,))
    wait_until(qtbot, lambda: shown.stores.study.plan_problem is not None)
    notices = shown.window.problems.model.notices
    assert [notice.page for notice in notices] == ["study"]
    assert "9999" in notices[0].what


def test_the_log_is_filtered(qtbot: QtBot, shown: Window, expected_log: list[object]) -> None:
    import logging

    collector = shown.window.collector
    logger = logging.getLogger("test")
    logger.setLevel(logging.INFO)
    logger.addHandler(collector)
    shown.window.log_dock.show()
    logger.info("something usual")
    logger.error("something bad")
    shown.window.log.look()
    assert "usual" in shown.window.log.text
    shown.window.log.findChild(QLineEdit).setText("bad")
    assert "usual" not in shown.window.log.text
    assert "something bad" in shown.window.log.text
    logger.removeHandler(collector)


def test_the_collector_forgets_the_oldest() -> None:
    import logging

    collector = LogCollector()
    for number in range(6_000):
        collector.handle(logging.LogRecord("n", logging.INFO, "f", 1, f"line {number}", None, None))
    count, lines = collector.newest(0)
    assert count == 6_000
    assert len(lines) == 5_000
    assert lines[-1][1].endswith("line 5999")
    assert collector.newest(count) == (count, [])


# Drag and drop


def test_a_folder_a_study_and_nonsense_are_dropped(qtbot: QtBot, shown: Window, tmp_path: Path) -> None:
    window, stores = shown.window, shown.stores
    nonsense = tmp_path / "song.mp3"
    nonsense.touch()
    folder = write_dataset(tmp_path / "more", "ar", seed=1)
    kept = drop(window, folder)
    panel = window.page("data")
    wait_until(qtbot, lambda: isinstance(panel._dialog, ImportDialog) and panel._dialog.add.isEnabled())
    panel._dialog.accept()
    wait_until(qtbot, lambda: "more" in stores.datasets.opened and not stores.datasets.is_busy)
    assert "more" in stores.datasets.opened
    assert window.current_page == "data"
    kept = drop(window, resource_files.study_files()["controlled"])
    assert stores.study.study.name == "controlled"
    assert window.current_page == "study"
    kept = drop(window, nonsense)
    assert "song.mp3 cannot be used" in window.message_bar.text
    assert kept.urls()


def test_what_letting_go_does_is_said_before(qtbot: QtBot, shown: Window, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl.fromLocalFile(str(shown.stores.workspaces.workspace.root))])
    event = QDragEnterEvent(
        QPointF(9, 9).toPoint(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    shown.window.dragEnterEvent(event)
    assert event.isAccepted()
    sentences = shown.window.overlay.sentences
    assert sentences == (f"Add data set “{tmp_path.name}”", "Open workspace “small”")
    shown.window.grab()
    shown.window.overlay.hide()


# Remembering and closing


def test_page_and_size_are_remembered(qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive) -> None:
    window, stores = make_window(workspace.root, drive=drive)
    window.show()
    wait_until(qtbot, lambda: window.has_page("results"))
    window.resize(800, 620)  # the offscreen screen is 800 pixels wide
    window.show_page("results")
    window.problems_dock.show()
    close(qtbot, window, stores)
    again, stores = make_window(workspace.root, drive=drive)
    again.show()
    wait_until(qtbot, lambda: again.has_page("results"))
    assert again.current_page == "results"
    assert (again.width(), again.height()) == (800, 620)
    assert again.problems_dock.isVisible()
    close(qtbot, again, stores)


def test_columns_are_remembered(qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive) -> None:
    names = ("Lines", "Test lines", "All runs", "Problems and notes")

    def headers(window: MainWindow) -> list[QHeaderView]:
        pages = [window.page(name) for name in NAMES]
        tables = {t.accessibleName(): t for page in pages for t in page.findChildren(QTableView)}
        return [tables[name].horizontalHeader() for name in names]

    window, stores = make_window(workspace.root, drive=drive)
    window.show()
    wait_until(qtbot, lambda: all(window.has_page(name) for name in NAMES))
    for number, header in enumerate(headers(window)):
        header.resizeSection(0, 141 + number)
    close(qtbot, window, stores)
    again, stores = make_window(workspace.root, drive=drive)
    again.show()
    wait_until(qtbot, lambda: all(again.has_page(name) for name in NAMES))
    wait_until(qtbot, lambda: stores.datasets.is_known and not stores.datasets.is_busy)
    stores.study.set_study(small_study())
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    for name in NAMES:
        again.show_page(name)
    assert [header.sectionSize(0) for header in headers(again)] == [141, 142, 143, 144]
    close(qtbot, again, stores)


@pytest.mark.parametrize(
    "content", [b"", b"[General]\ngeometry=nonsense\nstate=@ByteArray(xx)\npage=7", b"\x00\xff" * 99]
)
def test_broken_looks_never_stop_the_start(
    qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive, content: bytes
) -> None:
    path = settings.settings_file().with_name("window.ini")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    window, stores = make_window(workspace.root, drive=drive)
    window.show()
    wait_until(qtbot, lambda: window.has_page("data"))
    assert window.current_page == "data"
    close(qtbot, window, stores)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b'{"scheme": "dark", "device": 7', "cannot be used"), (b'{"scheme": 1}', "bad values of scheme")],
)
def test_broken_settings_are_told_once_and_kept(
    qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive, content: bytes, told: str
) -> None:
    settings.settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings.settings_file().write_bytes(content)
    for start in ("first", "second"):
        window, stores = make_window(workspace.root, drive=drive)
        window.show()
        wait_until(qtbot, lambda: window.has_page("data"))  # noqa: B023
        said = [message.text for message in stores.messages.kept if "settings file" in message.text]
        assert [told in text for text in said] == [True] * (start == "first")
        close(qtbot, window, stores)
    assert settings.kept_aside().read_bytes() == content


@pytest.mark.parametrize("choice", ["keep_open", "now", "after_epoch"])
def test_closing_while_training_asks(
    qtbot: QtBot, shown: Window, drive: ScriptedDrive, monkeypatch: pytest.MonkeyPatch, choice: CloseChoice
) -> None:
    window, progress = shown.window, shown.stores.progress
    monkeypatch.setattr(window, "ask_to_close", lambda: choice)
    drive.trainer = "hold"
    progress.start(shown.stores.study.startable_plan)
    wait_until(qtbot, lambda: any(history.step == 3 for history in progress.histories.values()))
    window.close()
    if choice == "keep_open":
        assert window.isVisible()
        assert progress.is_running
        return
    wait_until(qtbot, lambda: not window.isVisible())
    assert not progress.is_running


def test_an_unwritable_settings_folder_is_said_once(
    qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    monkeypatch.setenv("HTR_WORKBENCH_CONFIG", str(blocker / "config"))
    window, stores = make_window(workspace.root, drive=drive)
    window.show()
    wait_until(qtbot, lambda: stores.workspaces.workspace is not None)
    assert "was not written" in window.message_bar.text
    close(qtbot, window, stores)


# The program as a process

SCRIPT = """
import sys, json
from pathlib import Path
from PySide6.QtCore import QTimer
from workbench.gui import app
def report(window):
    print("shown", flush=True)
make = app.make_window
def made(*values, **options):
    window, stores = make(*values, **options)
    window.first_painted.connect(lambda: report(window))
    return window, stores
app.make_window = made
sys.exit(app.run_window(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_the_window_in_good_order(workspace: Workspace, number: signal.Signals, code: int) -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(workspace.root)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "shown"
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "QThread" not in errors
    assert "Traceback" not in errors


def test_no_widget_is_left_over_from_elsewhere(qtbot: QtBot) -> None:
    assert QApplication.topLevelWidgets() == []


# The demo


def test_the_demo_opens_with_its_data_and_the_study_as_it_was_left(
    qtbot: QtBot, tmp_path: Path, drive: ScriptedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = DemoSizes(8, 2, 3, 4, 1, 1)
    monkeypatch.setattr("workbench.execution.demo.generate", lambda folder, control: generate(folder, sizes=sizes))

    def open_demo() -> tuple[MainWindow, Stores]:
        window, stores = make_window(tmp_path / "demo", is_demo=True, drive=drive)
        window.show()
        wait_until(qtbot, lambda: stores.datasets.is_known and not stores.datasets.is_busy)
        assert set(stores.datasets.opened) == {"demo-ar", "demo-ur", "demo-fa"}
        assert all(opened.entry.is_synthetic for opened in stores.datasets.opened.values())
        assert window.current_page == "study"
        assert stores.study.study.name == "demo"
        return window, stores

    window, stores = open_demo()
    assert stores.study.study.seeds == (0,)
    stores.study.edit(seeds=[0, 1])
    close(qtbot, window, stores)
    again, stores = open_demo()
    assert stores.study.study.seeds == (0, 1)
    close(qtbot, again, stores)
