"""What is damaged in the workspace, what that means, and its repair, which says before what it will do."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.diagnosis.findings import Finding
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.notices import Notice, NoticeModel
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_label
from workbench.gui.spaced_text import SpacedText
from workbench.gui.stores.workspace_check import WorkspaceCheckStore
from workbench.gui.wording import counted

SIZE_PX = (960, 560)
WIDTHS_PX = (280, 330)
DETAIL_LINES = 5


class WorkspaceCheckDialog(QDialog):
    """Looks at the workspace when it opens. It stays as long as something is mended."""

    def __init__(self, checks: WorkspaceCheckStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks = checks
        self._shown: tuple[Finding, ...] = ()
        self.setWindowTitle("Check the workspace")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE_PX)
        self._make_parts()
        self._lay_out()
        checks.changed.connect(self.refresh)
        self.finished.connect(checks.cancel)
        checks.check()
        self.refresh()

    def _make_parts(self) -> None:
        self.standing = plain_label(wrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("Progress of the check")
        self.stop_button = QPushButton("&Stop")
        self.stop_button.clicked.connect(self._checks.cancel)
        self.model = NoticeModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("What is damaged")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setItemDelegate(SpacedText(self.table))
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(WIDTHS_PX):
            self.table.setColumnWidth(column, width)
        self.table.selectionModel().currentRowChanged.connect(self._show_detail)
        self.detail = QPlainTextEdit(readOnly=True)  # unlike a label it breaks names without blanks
        self.detail.setAccessibleName("Chosen row")
        self.detail.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.detail.setFixedHeight(DETAIL_LINES * self.fontMetrics().lineSpacing() + 2 * GRID_PX)
        self.intent = plain_label(wrap=True)
        self.refusal = MutedLabel()
        self.repair_button = QPushButton("&Repair")
        self.repair_button.setProperty("primary", True)
        self.repair_button.clicked.connect(self._checks.repair)
        self.again_button = QPushButton("Check &again")
        self.again_button.clicked.connect(self._checks.check)
        self.close_button = QPushButton("&Close")
        self.close_button.clicked.connect(self.reject)

    def _lay_out(self) -> None:
        progress = QHBoxLayout()
        progress.setSpacing(GRID_PX)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.stop_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX)
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.repair_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.standing)
        layout.addLayout(progress)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.detail)
        layout.addWidget(self.intent)
        layout.addWidget(self.refusal)
        layout.addSpacing(GRID_PX)
        layout.addLayout(buttons)

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        checks = self._checks
        is_looking = checks.is_checking
        self.standing.setText(self._standing())
        checked = checks.checked
        self.bar.setRange(0, checked.total if checked else 0)
        self.bar.setValue(checked.done if checked else 0)
        self.bar.setVisible(is_looking)
        self.stop_button.setVisible(is_looking)
        self._show_findings()
        to_mend = checks.to_mend
        self.intent.setText(self._intent())
        self.intent.setVisible(bool(to_mend) and not is_looking)
        self.refusal.setText(checks.why_not)
        self.refusal.setVisible(bool(to_mend and checks.why_not) and not is_looking)
        is_free = not (is_looking or checks.is_repairing)
        self.repair_button.setVisible(bool(to_mend) or checks.is_repairing)
        self.repair_button.setEnabled(bool(to_mend) and is_free and not checks.why_not)
        self.again_button.setEnabled(is_free)
        self.close_button.setEnabled(not checks.is_repairing)

    def _standing(self) -> str:
        checks = self._checks
        found = counted(len(checks.findings), "fault")
        if checks.is_repairing:
            return f"Repairing: {len(checks.repaired):,} of {found} done …"
        if checks.is_checking:
            what = f": {checks.checked.what}" if checks.checked else ""
            return f"Looking at every run, study and cache{what} …"
        if checks.checked is None:
            return "There is no workspace to look at."
        looked = counted(checks.checked.done, "part")
        if not checks.is_complete:
            return f"Stopped after {looked} of {checks.checked.total:,}: {found} so far."
        if not checks.findings:
            return f"{looked} looked at: everything is as it was written."
        repaired = f", {len(checks.repaired):,} repaired" if checks.repaired else ""
        return f"{looked} looked at: {found}{repaired}."

    def _intent(self) -> str:
        from workbench.diagnosis.repair import intentions

        return "What Repair does: " + " ".join(intentions(f for f in self._checks.findings if self._is_left(f)))

    def _is_left(self, finding: Finding) -> bool:
        return finding not in self._checks.repaired

    def _show_findings(self) -> None:
        done = self._checks.repaired
        self._shown = self._checks.findings
        row = self.table.currentIndex().row()
        rows = [
            Notice("warning", each.place, _sentence(each.what), _sentence(_outcome(each, done.get(each))))
            for each in self._shown
        ]
        self.model.set_notices(rows)
        self.table.setVisible(bool(rows))
        self.detail.setVisible(bool(rows))
        if 0 <= row < len(rows) and self.table.currentIndex().row() != row:
            self.table.selectRow(row)
        self._show_detail()

    @Slot()
    def _show_detail(self) -> None:
        row = self.table.currentIndex().row()
        if not 0 <= row < len(self._shown):
            self.detail.setPlainText("Choose a row to read it in full.")
            return
        notice = self.model.notices[row]
        self.detail.setPlainText(f"{notice.where}\n{notice.what}\n{notice.hint}")

    def reject(self) -> None:
        """Close, unless something is being mended."""
        if not self._checks.is_repairing:
            super().reject()


def _outcome(finding: Finding, done: str | None) -> str:
    return finding.remedy if done is None else f"repaired: {done}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
