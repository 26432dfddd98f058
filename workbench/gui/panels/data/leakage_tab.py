"""What the test lines of the current data set have in common with its training lines."""

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.findings import FindingsModel
from workbench.gui.labels import ColouredLabel, MutedLabel
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.wording import count, counted


def leakage_text(summary: DatasetSummary) -> str:
    """Say in a sentence or two what was found."""
    parts = summary.assigned
    sizes = f"train {count(len(parts.train))}, validation {count(len(parts.validation))}, test {count(len(parts.test))}"
    tested = Counter(finding.kind for finding in summary.findings if "test" in (finding.left, finding.right))
    if not tested:
        found = "No writer, text or image of the test part is in another part."
    else:
        said = ", ".join(counted(number, kind) for kind, number in tested.items())
        found = f"Also in another part than test: {said}. A network may know them before the test."
    unknown = " Writers are unknown, so that they cannot be compared." if not summary.writers else ""
    return f"Official parts: {sizes}. {found}{unknown}"


class LeakageTab(QWidget):
    """Findings for the current data set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = ColouredLabel()
        self.notes = MutedLabel()
        self.model = FindingsModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("What the parts have in common")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.table.verticalHeader().hide()
        self.table.setItemDelegate(PlainCell(self.table))
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in ((0, 72), (2, 150), (3, 140)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        for label in (self.sentence, self.notes):
            label.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
            layout.addWidget(label)
        layout.addWidget(self.table, 1)

    def show_summary(self, summary: DatasetSummary | None, *, is_counting: bool) -> None:
        """Show what was found in a data set."""
        if summary is None:
            self.sentence.setText("Comparing the parts …" if is_counting else "No data set is open.")
            self.notes.setText("")
            self.model.show(())
            return
        self.sentence.setText(leakage_text(summary))
        self.notes.setText("\n".join(summary.assigned.notes))
        self.notes.setVisible(bool(summary.assigned.notes))
        self.model.show(summary.findings)
