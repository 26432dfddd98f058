"""Parts that the study form is made of: a field with its explanation and message, check lists, chips, folds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label, plain_tooltip

_USES_THE_STUDY = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_S)
"""With Ctrl, these start or save the study."""


class FieldRow(QWidget):
    """A field: its name, the editor, one line that explains it, and a message where something is wrong."""

    def __init__(self, title: str, editor: QWidget, explanation: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        self._title = plain_label(title)
        self._title.setBuddy(editor)
        self._problem = ProblemLabel()
        if not editor.accessibleName():
            editor.setAccessibleName(title)
        if explanation:
            editor.setAccessibleDescription(explanation)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self._title)
        layout.addWidget(editor)
        if explanation:
            layout.addWidget(MutedLabel(explanation))
        layout.addWidget(self._problem)

    @property
    def problem(self) -> str:
        """What is wrong, empty when nothing is."""
        return self._problem.problem

    def emphasise(self) -> "FieldRow":
        """Set the name as a heading."""
        self._title.setFont(emphasised(self._title.font()))
        return self

    def say(self, problem: str) -> None:
        """Show what is wrong, or that nothing is."""
        self._problem.say(problem)


class FieldEdit(QLineEdit):
    """A line of text that tells of each change as it is typed, and of the end of typing when it differs.

    Ctrl+Z undoes typing while there is some, then it is left to the page.
    """

    typed = Signal(str)
    committed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = ""
        self.textEdited.connect(self.typed)
        self.editingFinished.connect(self._commit)

    @property
    def is_typing(self) -> bool:
        """Tell whether there is text that was not taken over yet."""
        return self.hasFocus() and self.text() != self._kept

    def reset(self, text: str) -> None:
        """Show the value that holds, whatever was typed."""
        self._kept = text
        self.setText(text)

    @Slot()
    def _commit(self) -> None:
        if self.text() != self._kept:
            self._kept = self.text()
            self.committed.emit(self.text())

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the page when there is nothing typed to undo; take over the text before it is used."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undoes = event.matches(QKeySequence.StandardKey.Undo) and not self.isUndoAvailable()
            redoes = event.matches(QKeySequence.StandardKey.Redo) and not self.isRedoAvailable()
            if undoes or redoes:
                event.ignore()
                return False
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in _USES_THE_STUDY:
                self._commit()
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take over the text before a menu opens, too: it may hold what saves or starts the study."""
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            self._commit()


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a check list."""

    key: str
    title: str
    explanation: str = ""
    icon: QIcon | None = None


class CheckList(QWidget):
    """Options of which several may be taken.

    Parameters
    ----------
    explains_all : bool
        Whether an option is explained where it is not ticked, too; its tooltip does so in any case.
    """

    chosen = Signal(object)
    """Keys of the options that the user has ticked now: those that were, in their order, then the new one."""

    def __init__(self, parent: QWidget | None = None, *, explains_all: bool = True) -> None:
        super().__init__(parent)
        self._explains_all = explains_all
        self._boxes: dict[str, QCheckBox] = {}
        self._words: dict[str, MutedLabel] = {}
        self._options: tuple[Option, ...] = ()
        self._checked: tuple[str, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID_PX // 2)

    @property
    def checked(self) -> tuple[str, ...]:
        """Keys of the ticked options."""
        return self._checked

    def box(self, key: str) -> QCheckBox:
        """Return the box of an option."""
        return self._boxes[key]

    def set_options(self, options: Sequence[Option]) -> None:
        """Offer other options; does nothing where they are the same."""
        kept = [(option.key, option.title, option.explanation) for option in self._options]
        if kept == [(option.key, option.title, option.explanation) for option in options]:
            return
        self._options = tuple(options)
        while (item := self._layout.takeAt(0)) is not None:  # pyright: ignore[reportUnnecessaryComparison]
            if (widget := item.widget()) is not None:  # pyright: ignore[reportUnnecessaryComparison]
                widget.hide()
                widget.deleteLater()
        self._words.clear()
        self._boxes = {option.key: self._add(option) for option in options}
        self.set_checked(self._checked)

    def _add(self, option: Option) -> QCheckBox:
        box = QCheckBox(option.title.replace("&", "&&"))
        if option.icon:
            box.setIcon(option.icon)
            box.setIconSize(QSize(24, 18))
        box.setToolTip(plain_tooltip(option.explanation))
        box.setAccessibleDescription(option.explanation)
        box.toggled.connect(self._toggle)
        self._layout.addWidget(box)
        if option.explanation:
            words = MutedLabel(option.explanation)
            words.setContentsMargins(3 * GRID_PX, 0, 0, GRID_PX // 2)
            self._layout.addWidget(words)
            self._words[option.key] = words
        return box

    def set_checked(self, keys: Iterable[str]) -> None:
        """Tick these options and no others."""
        self._checked = tuple(keys)
        for key, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(key in self._checked)
            box.blockSignals(False)
        for key, words in self._words.items():
            words.setVisible(self._explains_all or key in self._checked)

    @Slot()
    def _toggle(self) -> None:
        ticked = [key for key, box in self._boxes.items() if box.isChecked()]
        shown = set(self._boxes)
        kept = [key for key in self._checked if key in ticked or key not in shown]
        self._checked = (*kept, *(key for key in ticked if key not in kept))
        self.chosen.emit(self._checked)


class Chips(QWidget):
    """Values that are added by typing and taken away by a click.

    Parameters
    ----------
    parse : callable
        Turns typed text into values as text; raises ValueError with a sentence for what cannot be one.
    """

    chosen = Signal(object)
    """Values that the user has now, as text."""
    typed = Signal(str)
    """What is wrong with the text that is being typed; empty: nothing."""

    def __init__(
        self, parse: Callable[[str], list[str]], placeholder: str = "add …", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._parse = parse
        self._values: tuple[str, ...] = ()
        self._buttons: list[QToolButton] = []
        self.entry = FieldEdit()
        self.entry.setPlaceholderText(placeholder)
        self.entry.setFixedWidth(84)
        self.entry.typed.connect(self._check)
        self.entry.committed.connect(self._add)
        self._layout = QFlowLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID_PX // 2)
        self._layout.addWidget(self.entry)
        self.setFocusProxy(self.entry)
        policy = self.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.setSizePolicy(policy)

    @property
    def values(self) -> tuple[str, ...]:
        """Values as text."""
        return self._values

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """One button per value; a click takes it away."""
        return tuple(self._buttons)

    def set_values(self, values: Iterable[str]) -> None:
        """Show these values."""
        found = tuple(values)
        if found == self._values:
            return
        self._values = found
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._layout.removeWidget(self.entry)
        self._buttons = [self._chip(value) for value in found]
        for button in self._buttons:
            self._layout.addWidget(button)
        self._layout.addWidget(self.entry)

    def _chip(self, value: str) -> QToolButton:
        chip = QToolButton(self)
        number = int(value) if value.isdecimal() else None
        chip.setText(f"{number:,}  ✕" if number is not None else f"{value}  ✕")
        chip.setProperty("value", value)
        chip.setToolTip(plain_tooltip(f"Take {value} away"))
        chip.setAccessibleName(f"Take {value} away")
        chip.setStyleSheet("QToolButton { border: 1px solid palette(mid); padding: 3px 8px; }")
        chip.clicked.connect(self._remove)
        return chip

    @Slot()
    def _remove(self) -> None:
        value = self.sender().property("value")
        self.chosen.emit(tuple(other for other in self._values if other != value))

    @Slot(str)
    def _check(self, text: str) -> None:
        try:
            self._parse(text)
        except ValueError as error:
            self.typed.emit(str(error))
            return
        self.typed.emit("")
        if text.endswith((",", " ")):
            self._add(text)

    @Slot(str)
    def _add(self, text: str) -> None:
        try:
            found = self._parse(text)
        except ValueError as error:
            self.typed.emit(str(error))
            return
        self.entry.reset("")
        new = [value for value in found if value not in self._values]
        if new:
            self.chosen.emit((*self._values, *dict.fromkeys(new)))


class Fold(QWidget):
    """A heading that shows or hides what stands below it."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self._title = title
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setFont(emphasised(self.button.font()))
        self.button.setCheckable(True)
        self.button.setStyleSheet("QToolButton:checked { background: transparent; }")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.toggled.connect(self._unfold)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.button)
        layout.addWidget(content)
        self._unfold(False)

    def say(self, words: str) -> None:
        """Put something about the content beside the heading."""
        self.button.setText(f"{self._title}  ({words})" if words else self._title)

    @Slot(bool)
    def _unfold(self, is_open: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._content.setVisible(is_open)


def side_by_side(*rows: QWidget) -> QWidget:
    """Return a widget with others beside each other, each with the same room."""
    both = QWidget()
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2 * GRID_PX)
    for row in rows:
        layout.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
    return both
