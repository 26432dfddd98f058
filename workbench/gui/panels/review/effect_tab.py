"""What leaving the lines out that were found wrong does to CER and ΔCER."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from workbench.analysis.lines.cleaning import CleaningEffect
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.cleaning import CleaningModel
from workbench.gui.labels import MutedLabel
from workbench.gui.wording import counted

ROW_PX = 28
NUMBER_PX = 74
LEAST_NAME_PX = 260
SCROLL_BAR_PX = 14
EXPLANATION = (
    "The same readings, counted with all lines and without those found wrong: nothing was trained anew. What training "
    "without them does is seen when a study leaves them out and is run again."
)


class EffectTab(QWidget):
    """A row per arm and part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = CleaningModel(self)
        self.said = MutedLabel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Effect of cleaning")
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        for column in range(1, self.model.columnCount()):
            header.resizeSection(column, NUMBER_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        text = QVBoxLayout()
        text.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        text.setSpacing(GRID_PX // 2)
        text.addWidget(self.said)
        text.addWidget(MutedLabel(EXPLANATION))
        layout.addLayout(text)
        layout.addWidget(self.table, 1)
        self.show_effects((), 0)

    def show_effects(self, effects: Sequence[CleaningEffect], wrong: int) -> None:
        """Show other numbers."""
        self.model.show(effects)
        parts = {effect.arm.split: 0 for effect in effects}
        for effect in effects:
            parts[effect.arm.split] = max(parts[effect.arm.split], effect.left_out)
        read = sum(parts.values())
        if not effects:
            self.said.setText("No finished run has read lines of this data set.")
        elif not wrong:
            self.said.setText("No line was found wrong so far: both columns are the same.")
        else:
            self.said.setText(f"{counted(wrong, 'line')} found wrong; runs have read {read:,} of them.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names the room that is left; a narrow page scrolls."""
        super().resizeEvent(event)
        others = sum(self.table.columnWidth(column) for column in range(1, self.model.columnCount()))
        is_roomy = self.width() - others - SCROLL_BAR_PX >= LEAST_NAME_PX
        header = self.table.horizontalHeader()
        modes = QHeaderView.ResizeMode
        header.setSectionResizeMode(0, modes.Stretch if is_roomy else modes.Interactive)
        if not is_roomy:
            header.resizeSection(0, LEAST_NAME_PX)
