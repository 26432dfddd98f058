"""A published value typed in: what is said of which architecture on which data set, and where."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.messages import plain_label
from workbench.gui.wording import architecture_label

if TYPE_CHECKING:
    from workbench.analysis.results.published import PublishedValue
    from workbench.analysis.results.report_values import StudyReport

WIDTH_PX = 520
_ALL_LINES = "all"


class PublishedDialog(QDialog):
    """Asks for one value; the choices are those of the study, and others may be typed."""

    def __init__(
        self, report: "StudyReport", value: "PublishedValue | None" = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.edited = value
        self.value: PublishedValue | None = None
        self.setWindowTitle("Edit a published value" if value else "Add a published value")
        self.setMinimumWidth(WIDTH_PX)
        self.target = _choice(report.targets, value.target if value else "")
        self.architecture = _choice(
            report.architectures, value.architecture if value else "", [*map(architecture_label, report.architectures)]
        )
        ks = [*map(str, report.k_lines), _ALL_LINES]
        self.k = _choice(ks, "" if value is None else _ALL_LINES if value.k is None else str(value.k))
        self.single = _percent(value.single_cer if value else None)
        self.multi = _percent(value.multi_cer if value else None)
        self.source = _text(value.source if value else "", "author, year, table 2")
        self.remark = _text(value.remark if value else "", "")
        self.delta = MutedLabel()
        self.fault = ProblemLabel()
        self._lay_out()
        for field in (self.single, self.multi):
            field.textChanged.connect(self._say_delta)
        self._say_delta()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID_PX)
        form.setVerticalSpacing(GRID_PX)
        for title, field in (
            ("&Data set", self.target),
            ("&Architecture", self.architecture),
            ("&K, training lines", self.k),
            ("CER, &single-script, %", self.single),
            ("CER, &multi-script, %", self.multi),
            ("S&ource", self.source),
            ("&Remark", self.remark),
        ):
            label = plain_label(title)
            label.setBuddy(field)
            field.setAccessibleName(title.replace("&", ""))
            form.addRow(label, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._check)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addLayout(form)
        layout.addWidget(self.delta)
        layout.addWidget(self.fault)
        layout.addStretch(1)
        layout.addWidget(buttons)

    @Slot()
    def _say_delta(self) -> None:
        try:
            value = self._typed()
        except InputError:
            value = None
        delta = value.delta_pp if value else None
        if delta is None:
            self.delta.setText("ΔCER is worked out from the two CERs: multi-script − single-script.")
        else:
            sign = "+" if delta > 0 else "\N{MINUS SIGN}" if delta < 0 else ""
            self.delta.setText(f"ΔCER = multi-script − single-script = {sign}{abs(delta):.2f} points.")

    def _typed(self) -> "PublishedValue":
        from workbench.analysis.results.published import PublishedValue, parse_cer, parse_lines

        return PublishedValue(
            target=self.target.currentText(),
            architecture=_chosen_name(self.architecture),
            k=parse_lines(self.k.currentText()),
            single_cer=parse_cer(self.single.text()),
            multi_cer=parse_cer(self.multi.text()),
            source=self.source.text(),
            remark=self.remark.text().strip(),
        )

    @Slot()
    def _check(self) -> None:
        from workbench.analysis.results.published import check_value

        try:
            self.value = check_value(self._typed())
        except InputError as error:
            self.fault.say(str(error))
        else:
            self.accept()


def _choice(names: Sequence[str], chosen: str, titles: Sequence[str] | None = None) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    for name, title in zip(names, titles or names, strict=True):
        box.addItem(title, name)
    if chosen:
        at = box.findData(chosen)
        box.setCurrentIndex(at)
        if at < 0:
            box.setEditText(chosen)
    return box


def _chosen_name(box: QComboBox) -> str:
    """Name of the chosen entry, or what was typed."""
    at = box.findText(box.currentText(), Qt.MatchFlag.MatchFixedString)
    return str(box.itemData(at)) if at >= 0 else box.currentText()


def _percent(cer: float | None) -> QLineEdit:
    field = QLineEdit("" if cer is None else f"{cer:g}")
    field.setPlaceholderText("not told")
    return field


def _text(text: str, example: str) -> QLineEdit:
    field = QLineEdit(text)
    field.setPlaceholderText(example)
    return field
