"""Every action of the window in one table: where it stands in the menus, its shortcut, and what it does."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from workbench.gui.icons import dress
from workbench.gui.messages import plain_tooltip

MenuName = Literal["&File", "&Edit", "&Study", "&View", "&Help"]
MENUS: tuple[MenuName, ...] = ("&File", "&Edit", "&Study", "&View", "&Help")

ALSO = {"Ctrl++": ("Ctrl+=",)}
"""Where the plus needs the shift key, its key alone does as well."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action. `does` names a method of the commands or the window; a row without a name is a line in the menu."""

    menu: MenuName
    name: str = ""
    text: str = ""
    shortcut: str = ""
    tip: str = ""
    does: str = ""
    icon: str = ""
    group: str = ""
    """Of the actions of one group exactly one is checked."""
    value: str = ""
    """What is handed to the method."""
    is_switch: bool = False
    """Is on or off; the method takes which."""


ACTIONS = (
    ActionRow(
        "&File",
        "open_workspace",
        "Open &workspace…",
        "Ctrl+Shift+O",
        "Open another folder of data sets, studies and runs",
        "open_workspace",
        "folder-open-outline",
    ),
    ActionRow("&File"),
    ActionRow(
        "&File",
        "add_folder",
        "&Add data set folder…",
        "Ctrl+D",
        "Recognise and read the lines in a folder",
        "add_folder",
        "folder-plus-outline",
    ),
    ActionRow(
        "&File",
        "add_manifest",
        "Add data set from a &list or archive…",
        "",
        "Read a table of images and transcriptions, or a .zip or .tar archive",
        "add_manifest",
        "table-plus",
    ),
    ActionRow(
        "&File",
        "add_demo",
        "Try the &demo data",
        "",
        "Make three small synthetic data sets and load the demo study",
        "add_demo",
        "flask-outline",
    ),
    ActionRow("&File"),
    ActionRow("&File", "open_study", "&Open study…", "Ctrl+O", "Load a study file", "open_study", "file-outline"),
    ActionRow(
        "&File",
        "save_study",
        "&Save study",
        "Ctrl+S",
        "Keep the study in the workspace",
        "save_study",
        "content-save-outline",
    ),
    ActionRow(
        "&File",
        "save_study_as",
        "Save study &as…",
        "Ctrl+Shift+S",
        "Write the study to a file of your choice",
        "save_study_as",
    ),
    ActionRow("&File"),
    ActionRow("&File", "quit", "&Quit", "Ctrl+Q", "Close the window; unfinished runs can be resumed", "close"),
    ActionRow(
        "&Edit", "undo", "&Undo edit of the study", "Ctrl+Z", "Take back the last change of the study", "undo", "undo"
    ),
    ActionRow("&Edit", "redo", "&Redo edit of the study", "Ctrl+Shift+Z", "Make it again", "redo", "redo"),
    ActionRow("&Study", "start", "&Start", "Ctrl+Return", "Train what the study still lacks", "start", "play"),
    ActionRow(
        "&Study", "pause", "&Pause", "Ctrl+P", "Let every run wait where it is, or go on", "pause_or_go_on", "pause"
    ),
    ActionRow(
        "&Study",
        "stop_after_epoch",
        "Stop after this &epoch",
        "",
        "End the epoch of the runs that train now; they can be resumed",
        "stop_after_epoch",
        "debug-step-over",
    ),
    ActionRow(
        "&Study",
        "cancel",
        "&Cancel training",
        "Ctrl+.",
        "Stop at once, with a checkpoint; the runs can be resumed",
        "cancel",
        "stop",
    ),
    ActionRow("&Study"),
    ActionRow(
        "&Study",
        "retry",
        "Start, with &failed runs again",
        "",
        "Train what the study still lacks, and once more what failed, diverged or collapsed",
        "retry",
        "restart",
    ),
    ActionRow(
        "&Study",
        "fork",
        "Start as &new runs",
        "",
        "After the data or the program changed: train new runs beside the old ones",
        "fork",
        "source-fork",
    ),
    ActionRow("&Study"),
    ActionRow(
        "&Study",
        "device_auto",
        "Device: auto&matic",
        "",
        "A GPU when there is one",
        "choose_device",
        "",
        "device",
        "auto",
    ),
    ActionRow(
        "&Study", "device_cpu", "Device: CP&U", "", "Train on the processor", "choose_device", "", "device", "cpu"
    ),
    ActionRow(
        "&Study",
        "device_cuda",
        "Device: &GPU (CUDA)",
        "",
        "Train on an NVIDIA GPU, or say why not",
        "choose_device",
        "",
        "device",
        "cuda",
    ),
    ActionRow("&View", "palette", "&Commands…", "Ctrl+K", "Find any action by its name", "open_palette", "magnify"),
    ActionRow("&View"),
    ActionRow(
        "&View",
        "side_panels",
        "S&ide panels",
        "Ctrl+B",
        "Show or hide what stands at the right of a page; hidden by itself in a narrow window",
        "show_side_panels",
        is_switch=True,
    ),
    ActionRow("&View", "larger", "&Larger transcriptions", "Ctrl++", "Show transcriptions larger", "enlarge_text"),
    ActionRow("&View", "smaller", "S&maller transcriptions", "Ctrl+-", "Show transcriptions smaller", "reduce_text"),
    ActionRow(
        "&View",
        "nastaliq",
        "Urdu in &Nastaliq",
        "",
        "Show Urdu in Nastaliq",
        "choose_urdu_font",
        "",
        "urdu",
        "nastaliq",
    ),
    ActionRow(
        "&View",
        "naskh",
        "Urdu in Nas&kh",
        "",
        "Show Urdu in Naskh, which is lower",
        "choose_urdu_font",
        "",
        "urdu",
        "naskh",
    ),
    ActionRow("&View"),
    ActionRow(
        "&View",
        "system",
        "As the s&ystem",
        "",
        "Light or dark as the system is",
        "choose_scheme",
        "",
        "scheme",
        "system",
    ),
    ActionRow("&View", "light", "L&ight", "", "Dark text on a light ground", "choose_scheme", "", "scheme", "light"),
    ActionRow("&View", "dark", "Dar&k", "", "Light text on a dark ground", "choose_scheme", "", "scheme", "dark"),
    ActionRow("&View"),
    ActionRow(
        "&View", "reset_layout", "&Reset layout", "", "Put every part of the window back in its place", "reset_layout"
    ),
    ActionRow(
        "&Help",
        "check_workspace",
        "&Check the workspace…",
        "",
        "Look whether every run, study and cache is as it was written, and mend what can be mended",
        "check_workspace",
        "clipboard-check-outline",
    ),
    ActionRow(
        "&Help",
        "about_machine",
        "About this &machine…",
        "",
        "Versions, devices, fonts, disk and workspace, and what to do where something is amiss",
        "show_machine",
        "desktop-tower-monitor",
    ),
    ActionRow(
        "&Help",
        "problem_report",
        "Save a problem &report…",
        "",
        "Write a file for somebody who is to find out what went wrong; nothing is sent",
        "save_problem_report",
        "file-document-outline",
    ),
    ActionRow("&Help"),
    ActionRow(
        "&Help",
        "about",
        "&About htr-workbench",
        "",
        "Version, licence, what it is",
        "show_about",
        "information-outline",
    ),
)


def make_actions(window: QMainWindow, commands: QObject) -> tuple[dict[str, QAction], dict[MenuName, QMenu]]:
    """Make every action of the table and the menus that they stand in; `commands` or the window have the methods."""
    menus: dict[MenuName, QMenu] = {name: window.menuBar().addMenu(name) for name in MENUS}
    for menu in menus.values():
        menu.setToolTipsVisible(True)
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for row in ACTIONS:
        if not row.name:
            menus[row.menu].addSeparator()
            continue
        action = _make_action(window, row)
        does = getattr(commands if hasattr(commands, row.does) else window, row.does)
        if row.group and row.group not in groups:
            groups[row.group] = QActionGroup(window)
            groups[row.group].triggered.connect(does)
        if row.group:
            action.setCheckable(True)
            groups[row.group].addAction(action)
        elif row.is_switch:
            action.setCheckable(True)
            action.toggled.connect(does)
        else:
            action.triggered.connect(does)
        menus[row.menu].addAction(action)
        actions[row.name] = action
    return actions, menus


def _make_action(window: QMainWindow, row: ActionRow) -> QAction:
    action = QAction(row.text, window)
    action.setObjectName(row.name)
    if row.icon:
        dress(action, row.icon)
    if row.shortcut:
        action.setShortcuts([QKeySequence(keys) for keys in (row.shortcut, *ALSO.get(row.shortcut, ()))])
    shortcut = f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})" if row.shortcut else ""
    action.setToolTip(plain_tooltip(f"{row.tip}{shortcut}"))
    action.setStatusTip(row.tip)
    action.setData(row.value or None)
    return action
