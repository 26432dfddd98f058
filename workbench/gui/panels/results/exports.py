"""The menu of exports: asks where to, then has the store write it in a worker."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from workbench.gui.messages import plain_tooltip
from workbench.gui.stores import exports
from workbench.gui.stores.exports import ExportChoices, ExportJob
from workbench.gui.stores.results import ResultsStore

_FIGURES = "Figures (*.pdf *.svg *.png)"
_PICTURES = "Pictures (*.png *.svg *.pdf)"

MakeJob = Callable[[Path, ExportChoices], ExportJob]


class ExportMenu(QMenu):
    """Everything that a study can be written as."""

    def __init__(self, results: ResultsStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._results = results
        self._parent = parent
        self.tables = self._action("Tables as CSV…", self._export_tables)
        self.spreadsheet = self._action(
            "Tables for a spreadsheet…",
            self._export_for_spreadsheets,
            "CSV in which no text can be taken for a formula, a number or a date",
        )
        self.latex = self._action("Tables in LaTeX…", self._export_latex, "A file for each table, with booktabs")
        self.addSeparator()
        self.picture = self._action("Heatmaps as a picture…", self._export_picture)
        self.curves = self._action("Learning curves as a picture…", self._export_curves)
        self.addSeparator()
        self.column_heatmaps = self._action("Heatmaps for a paper…", self._export_column_heatmaps)
        self.column_rates = self._action(
            "Error rates over K for a paper…", self._export_column_rates, "A plot for each data set, with intervals"
        )
        self.column_curves = self._action("Learning curves for a paper…", self._export_column_curves)
        self.examples = self._action(
            "Example lines for a paper…", self._export_examples, "One line of each data set, drawn at random"
        )
        self.addSeparator()
        self.html = self._action("Report as HTML…", self._export_html, "One file: tables, heatmaps, curves, protocol")
        self.bundle = self._action(
            "Bundle for others…", self._export_bundle, "From which others get the same tables, without the data"
        )
        self.exports = tuple(action for action in self.actions() if not action.isSeparator())
        self.addSeparator()
        self._add_choices()

    def _action(self, title: str, command: Callable[[], None], tip: str = "") -> QAction:
        action = self.addAction(title)
        action.setToolTip(plain_tooltip(tip or title.rstrip("…")))
        action.triggered.connect(command)
        return action

    def _add_choices(self) -> None:
        self.choices_menu = self.addMenu("With these options")
        self.choices_menu.setToolTipsVisible(True)
        widths = QActionGroup(self)
        self.single = self._choice("Figures one column wide, 85 mm")
        self.double = self._choice("Figures two columns wide, 175 mm", is_chosen=True)
        for action in (self.single, self.double):
            widths.addAction(action)
        self.choices_menu.addSeparator()
        self.interval = self._choice("CER with its interval, not its standard deviation")
        self.images = self._choice("Show images of lines", tip="Look up first whether you may pass them on")
        self.texts = self._choice("Texts of lines in the bundle", tip="Look up first whether you may pass them on")

    def _choice(self, title: str, *, is_chosen: bool = False, tip: str = "") -> QAction:
        action = self.choices_menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(is_chosen)
        action.setToolTip(plain_tooltip(tip or title))
        return action

    @property
    def choices(self) -> ExportChoices:
        """What is ticked."""
        return ExportChoices(
            width="single" if self.single.isChecked() else "double",
            uncertainty="interval" if self.interval.isChecked() else "sd",
            with_images=self.images.isChecked(),
            with_texts=self.texts.isChecked(),
        )

    def set_available(self, is_available: bool) -> None:
        """Tell whether there is something to write, and nothing is being written."""
        for action in self.exports:
            action.setEnabled(is_available)

    # Where to

    def _folder(self, title: str) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self._parent, title)
        return Path(chosen) if chosen else None

    def _file(self, title: str, what: str, ending: str, kinds: str) -> Path | None:
        plan = self._results.plan
        name = f"{plan.study.name if plan else 'study'}-{what}{ending}"
        chosen, _ = QFileDialog.getSaveFileName(self._parent, title, name, kinds)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(ending)

    def _write(self, path: Path | None, make: MakeJob) -> None:
        if path is not None:
            self._results.start_export(make(path, self.choices))

    @Slot()
    def _export_tables(self) -> None:
        self._write(self._folder("Folder for the tables"), lambda path, _: exports.tables(path, for_spreadsheets=False))

    @Slot()
    def _export_for_spreadsheets(self) -> None:
        self._write(self._folder("Folder for the tables"), lambda path, _: exports.tables(path, for_spreadsheets=True))

    @Slot()
    def _export_latex(self) -> None:
        self._write(self._folder("Folder for the LaTeX tables"), exports.latex)

    @Slot()
    def _export_picture(self) -> None:
        if path := self._file("Save the heatmaps as", "delta-cer", ".png", _PICTURES):
            self._results.export_picture(path)

    @Slot()
    def _export_curves(self) -> None:
        if path := self._file("Save the learning curves as", "curves", ".png", _PICTURES):
            self._results.export_curves(path)

    @Slot()
    def _export_column_heatmaps(self) -> None:
        path = self._file("Save the heatmaps as", "delta-cer", ".pdf", _FIGURES)
        self._write(path, exports.column_heatmaps)

    @Slot()
    def _export_column_rates(self) -> None:
        self._write(self._file("Save the error rates as", "rates", ".pdf", _FIGURES), exports.column_rates)

    @Slot()
    def _export_column_curves(self) -> None:
        path = self._file("Save the learning curves as", "curves", ".pdf", _FIGURES)
        self._write(path, exports.column_curves)

    @Slot()
    def _export_examples(self) -> None:
        path = self._file("Save the example lines as", "lines", ".pdf", _FIGURES)
        self._write(path, exports.example_lines)

    @Slot()
    def _export_html(self) -> None:
        self._write(self._file("Save the report as", "report", ".html", "Pages (*.html)"), exports.html)

    @Slot()
    def _export_bundle(self) -> None:
        self._write(self._file("Save the bundle as", "bundle", ".zip", "Bundles (*.zip)"), exports.bundle)
