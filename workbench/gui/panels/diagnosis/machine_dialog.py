"""What this machine and this installation are, and what to do where something is not as it should be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.examined import ExaminedModel
from workbench.gui.messages import plain_label
from workbench.gui.spaced_text import WrappedText
from workbench.gui.stores.examination import ExaminationStore
from workbench.gui.wording import counted

if TYPE_CHECKING:
    from workbench.diagnosis.doctor import Examined

SIZE_PX = (960, 600)
WIDTHS_PX = (170, 450)


class MachineDialog(QDialog):
    """Looks at program, machine, window and workspace when it opens; nothing is changed."""

    def __init__(self, examination: ExaminationStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._examination = examination
        self.setWindowTitle("About this machine")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE_PX)
        self.standing = plain_label(wrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("Progress of the examination")
        self.model = ExaminedModel(self)
        self.table = self._make_table()
        self.again_button = QPushButton("Look &again")
        self.again_button.clicked.connect(examination.examine)
        self.copy_button = QPushButton("&Copy")
        self.copy_button.setToolTip("Copy everything as text")
        self.copy_button.clicked.connect(self._copy)
        self.close_button = QPushButton("C&lose")
        self.close_button.clicked.connect(self.reject)
        self._lay_out()
        examination.changed.connect(self.refresh)
        self.finished.connect(examination.cancel)
        examination.examine()
        self.refresh()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName("What was looked at")
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.setItemDelegate(WrappedText(table))
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.setTabKeyNavigation(False)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(WIDTHS_PX):
            table.setColumnWidth(column, width)
        header.sectionResized.connect(self._fit_rows)
        return table

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addWidget(self.again_button)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.standing)
        layout.addWidget(self.bar)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        examination = self._examination
        is_looking = examination.is_examining
        self.standing.setText(self._standing())
        checked = examination.checked
        self.bar.setRange(0, checked.total if checked else 0)
        self.bar.setValue(checked.done if checked else 0)
        self.bar.setVisible(is_looking)
        self.model.show(examination.examined)
        QTimer.singleShot(0, self, self._fit_rows)
        self.again_button.setEnabled(not is_looking)
        self.copy_button.setEnabled(bool(examination.examined))

    def _standing(self) -> str:
        examination = self._examination
        if examination.is_examining:
            what = f": {examination.checked.what}" if examination.checked else ""
            return f"Looking{what} …"
        states = [one.state for one in examination.examined]
        faults, notes = states.count("fault"), states.count("note")
        if not states:
            return "There is no workspace to look at."
        said = [counted(faults, "fault")] * bool(faults) + [counted(notes, "note")] * bool(notes)
        return f"{counted(len(states), 'thing')} looked at: {' and '.join(said) or 'all is well'}."

    @Slot()
    def _fit_rows(self) -> None:
        self.table.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the rows as high as their texts at another width."""
        super().resizeEvent(event)
        self._fit_rows()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self._examination.examined))


def as_text(examined: "Sequence[Examined]") -> str:
    """Return everything that was looked at as lines of plain text."""
    lines: list[str] = []
    for one in examined:
        lines.append(f"{one.state:<5}  {one.name}: {one.said}")
        if one.advice:
            lines.append(f"       → {one.advice}")
    return "\n".join(lines) + "\n"
