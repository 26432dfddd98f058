"""The lines behind a class of characters or a confusion: a table with the place marked, and all readings of one."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.line_rows import IMAGE, TEXT
from workbench.gui.item_models.marked_lines import GAIN, LEFT, RIGHT, MarkedLinesModel, MarkedTextCell
from workbench.gui.labels import MutedLabel
from workbench.gui.line_table import LineTable
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.readings_view import ReadingsView, ShownReading
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.letters import LettersStore, Question
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label, counted, percent, signed
from workbench.metrics.error_rate import count_characters
from workbench.study.arms import short_label

if TYPE_CHECKING:
    from workbench.analysis.letters.lines import MarkedLine

HINT = "Click a row to see the lines behind it: those first on which joint training helps most."
LEGEND = "Under the letters: bar = substituted · caret = inserted · open box = missing"


class LetterLines(QWidget):
    """Shows the lines that were asked for on one tab; another tab's questions leave it alone.

    Parameters
    ----------
    kind : type
        Of the questions that this one answers.
    """

    shown = Signal()
    """Other lines are shown, or none any more."""

    def __init__(
        self,
        kind: type,
        letters: LettersStore,
        datasets: DatasetStore,
        text: TextAppearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._letters, self._datasets, self._text = letters, datasets, text
        self.title = plain_label(HINT)
        self.title.setFont(emphasised(self.title.font()))
        self.about = MutedLabel()
        self.about.setWordWrap(False)
        self.copy_button = QPushButton("Copy lines")
        self.copy_button.setToolTip("Copy id, reference, errors of both sides, one line each, tab-separated")
        self.copy_button.clicked.connect(self.copy)
        self.model = MarkedLinesModel(self)
        self.table = LineTable(self.model, {IMAGE: 120, LEFT: 64, RIGHT: 64, GAIN: 96})
        self.table.setAccessibleName("Lines behind the chosen row")
        self.cell = MarkedTextCell(self.table)
        self.table.text_cell = self.cell
        self.table.setItemDelegateForColumn(TEXT, self.cell)
        self.readings = ReadingsView()
        self.legend = MutedLabel(LEGEND)
        self._lay_out()
        self.table.row_changed.connect(self._show_line)
        letters.lines_changed.connect(self.refresh)
        datasets.changed.connect(self.refresh)
        text.changed.connect(self._restyle)
        self.refresh()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID_PX)
        head.addWidget(self.title)
        head.addWidget(self.about, 1)
        head.addWidget(self.copy_button)
        side = QWidget()
        below = QVBoxLayout(side)
        below.setContentsMargins(GRID_PX, 0, 0, 0)
        below.setSpacing(GRID_PX // 2)
        below.addWidget(self.readings, 1)
        below.addWidget(self.legend)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName(f"{self._kind.__name__}_lines_splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(side)
        self.splitter.setSizes([620, 560])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addLayout(head)
        layout.addWidget(self.splitter, 1)

    @property
    def question(self) -> Question | None:
        """What the shown lines answer; None while nothing was asked here."""
        found = self._letters.lines
        return found.question if found is not None and isinstance(found.question, self._kind) else None

    @property
    def _names(self) -> tuple[str, str]:
        """What the two sides were called where the lines were asked for."""
        question = self.question
        return question.names if question is not None else ("single", "multi")

    @Slot()
    def refresh(self) -> None:
        """Show the lines as they are."""
        self._show_lines()
        self.shown.emit()

    def _show_lines(self) -> None:
        question, found = self.question, self._letters.lines
        has_lines = question is not None and found is not None
        for part in (self.splitter, self.copy_button, self.about):
            part.setVisible(has_lines)
        if question is None or found is None:
            self.title.setText(HINT)
            self.model.show((), self._names, None, from_right=True)
            return
        cell = question.cell
        opened = self._datasets.opened.get(cell.target)
        style = self._text.table_style(self._language)
        change = "" if found.delta_pp is None else f", Δ {signed(found.delta_pp)}"
        self.title.setText(f"{question.title}{change}")
        self.about.setText(self._about(found.lines, has_images=opened is not None))
        self.model.show(found.lines, self._names, opened.cache if opened else None, from_right=style.is_right_to_left)
        self._restyle()
        self.table.make_current(0)
        self._show_line()

    def _about(self, lines: "tuple[MarkedLine, ...]", *, has_images: bool) -> str:
        left, right = self._names
        better = sum(line.gain > 0 for line in lines)
        worse = sum(line.gain < 0 for line in lines)
        said = [counted(len(lines), "line"), f"{right} better on {better:,}", f"{left} better on {worse:,}"]
        if not has_images:
            said.append("the data set is not open: no images")
        return " · ".join(said)

    @property
    def _language(self) -> str:
        cell, question = self._letters.cell, self.question
        plan = self._letters.plan
        if question is not None and plan is not None:
            for target in plan.targets:
                if target.name == question.cell.target:
                    return target.language
        return cell.language if cell is not None else "ar"

    @Slot()
    def _restyle(self) -> None:
        self.table.set_style(self._text.table_style(self._language))
        self.readings.set_style(self._text.style(self._language))

    @Slot()
    def _show_line(self) -> None:
        line = self.model.line_at(self.table.current_row)
        plan = self._letters.plan
        if line is None or plan is None:
            self.readings.show_readings("", (), self._text.style(self._language))
            return
        wildcards = plan.study.placeholders.wildcards
        labels = self._labels(line)
        shown = [
            ShownReading(
                label=label,
                error_rate=percent(count_characters(line.reference, one.hypothesis, wildcards).rate),
                text=one.hypothesis,
                is_emphasised=one.is_right_side,
            )
            for label, one in zip(labels, line.readings, strict=True)
        ]
        self.readings.show_readings(line.reference, shown, self._text.style(self._language), wildcards)

    def _labels(self, line: "MarkedLine") -> list[str]:
        """Name every run by its side, and by draw and seed where there are several."""
        plan = self._letters.plan
        assert plan is not None
        requests = {run.run: run.request for run in reversed(plan.runs)}
        asked = [requests[one.run] for one in line.readings]
        labels: list[str] = []
        for request in asked:
            parts = [short_label(request.arm)]
            if len({one.architecture for one in asked}) > 1:
                parts.insert(0, architecture_label(request.architecture))
            if len({one.draw for one in asked}) > 1:
                parts.append(f"d{request.draw}")
            if len({one.seed for one in asked}) > 1:
                parts.append(f"s{request.seed}")
            labels.append(" · ".join(parts))
        return labels

    @Slot()
    def copy(self) -> None:
        """Put the lines on the clipboard, in the order shown."""
        rows = [("line_id", "reference", *self._names)]
        for row in range(self.model.rowCount()):
            if (line := self.model.line_at(row)) is not None:
                rows.append((line.line_id, line.reference, f"{line.left:g}", f"{line.right:g}"))
        QGuiApplication.clipboard().setText("\n".join("\t".join(cells) for cells in rows) + "\n")
