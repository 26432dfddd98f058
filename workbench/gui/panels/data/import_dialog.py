"""The import of a data set, looked at before anything is stored: what was recognised, every choice, random lines."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.data.catalog import proposed_names
from workbench.data.line import ReadProblem
from workbench.data.overrides import Overrides
from workbench.data.preview import Preview, ProblemKind, problem_kinds
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import ColouredLabel, MutedLabel, ProblemLabel
from workbench.gui.layout_memory import window_settings
from workbench.gui.meanings import emphasised
from workbench.gui.messages import message_of, plain_label, plain_tooltip
from workbench.gui.panels.data.import_choices import ImportChoices, parts_text
from workbench.gui.panels.data.sample_view import SampleView
from workbench.gui.stores.datasets import DatasetStore, Proposal
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import count, counted

SIZE_PX = (1200, 660)
"""Fits into a window of 1280 × 720."""
ASKS_KEY = "import/asks_only_in_doubt"


def asks_only_in_doubt() -> bool:
    """Tell whether the user wants imports without doubts to be added unasked."""
    return bool(window_settings().value(ASKS_KEY, defaultValue=False, type=bool))


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants of an import."""

    path: Path
    name: str | None
    """None: made from the path."""
    overrides: Overrides


class ImportDialog(QDialog):
    """Shows what an import would give, and lets the user decide where the program would have decided itself."""

    def __init__(
        self, proposal: Proposal, datasets: DatasetStore, text: TextAppearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._proposal = proposal
        self._datasets = datasets
        self._previews = datasets.previews
        self._adds_unasked = asks_only_in_doubt() and not proposal.asks_always
        self.setWindowTitle(f"Read {proposal.name} in another way" if proposal.name else "Add data set")
        self._make_parts(text)
        self._lay_out()
        self._previews.changed.connect(self.refresh)
        self.choices.changed.connect(self._read)
        self.choices.renamed.connect(self._say_names)
        self.finished.connect(self._stop)
        self._previews.read(proposal.path, proposal.overrides, is_new=True)
        self.choices.form.setFocus()

    def _make_parts(self, text: TextAppearance) -> None:
        self.place = MutedLabel(str(self._proposal.path))
        self.summary = plain_label(wrap=True)
        self.summary.setFont(emphasised(self.summary.font()))
        self.fault = ProblemLabel()
        self.doubts = ColouredLabel()
        self.doubts.setAccessibleName("What should be looked at")
        self.choices = ImportChoices(self._proposal)
        self.sample = SampleView(text)
        self.kinds = _make_tree()
        self.again = QPushButton("Other &random lines")
        self.again.setToolTip("Draw twenty other lines from all parts and languages (Alt+R)")
        self.again.clicked.connect(self._previews.draw_again)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.sample, "Random lines")
        self.tabs.addTab(self.kinds, "Problems and notes")
        self.tabs.setCornerWidget(self.again)
        self.asks_less = QCheckBox("A&dd without asking when nothing is in doubt")
        self.asks_less.setChecked(asks_only_in_doubt())
        self.asks_less.setToolTip("From the next data set on; doubtful ones are always shown")
        self.asks_less.toggled.connect(_remember_asking)
        self.asks_less.setVisible(not self._proposal.name)
        self.progress_words = MutedLabel()
        self.progress_words.setWordWrap(False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName("Progress of reading")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.reject)
        self.add = QPushButton("Add")
        self.add.setProperty("primary", True)
        self.add.setDefault(True)
        self.add.clicked.connect(self.accept)
        for button in (self.again, self.cancel):
            button.setAutoDefault(False)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._accept_by_key)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(GRID_PX)
        for part in (self.summary, self.fault, self.doubts):
            right.addWidget(part)
        right.addWidget(self.tabs, 1)
        right.addStretch()
        middle = QHBoxLayout()
        middle.setSpacing(3 * GRID_PX)
        middle.addWidget(self.choices)
        middle.addLayout(right, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GRID_PX)
        foot.addWidget(self.asks_less)
        foot.addStretch(1)
        for part in (self.progress_words, self.bar, self.cancel, self.add):
            foot.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID_PX, 2 * GRID_PX, 3 * GRID_PX, 2 * GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(self.place)
        layout.addLayout(middle, 1)
        layout.addLayout(foot)
        self.resize(*SIZE_PX)

    @property
    def wish(self) -> Wish:
        """What was chosen."""
        name = self._proposal.name or self.choices.name.text().strip() or None
        return Wish(self._proposal.path, name, self.choices.overrides)

    @Slot()
    def _read(self) -> None:
        self._adds_unasked = False
        self._previews.read(self._proposal.path, self.choices.overrides)

    @Slot()
    def refresh(self) -> None:
        """Show what is known by now."""
        store, found = self._previews, self._previews.preview
        self._show_progress()
        if store.detections:
            self.choices.show_detections(store.detections)
        self.fault.say(message_of(store.fault).text if store.fault and not store.is_reading else "")
        self._show_preview(found)
        self._say_names()
        if self._adds_unasked and found is not None and not store.is_reading:
            self._adds_unasked = False
            if self.add.isEnabled() and not found.doubts:
                self.accept()

    def _show_progress(self) -> None:
        is_reading, progress = self._previews.is_reading, self._previews.progress
        for part in (self.bar, self.progress_words):
            part.setVisible(is_reading)
        self.again.setEnabled(self._previews.preview is not None and not is_reading)
        self.bar.setRange(0, progress.total if progress else 0)
        if progress is not None:
            done = f": {count(progress.done)}" if progress.done else ""
            self.progress_words.setText(f"{progress.what}{done} …")
            self.bar.setValue(progress.done)
        elif is_reading:
            self.progress_words.setText("reading …")

    def _show_preview(self, found: Preview | None) -> None:
        self.tabs.setVisible(found is not None)
        if found is None:
            self.summary.setText("" if self._previews.fault else f"Looking at {self._proposal.path.name} …")
            self.doubts.hide()
            self.sample.show_sample(())
            self.kinds.clear()
            return
        self.choices.show_preview(found)
        self.summary.setText(summary_of(found))
        self.doubts.setText("\n".join(f"⚠ {doubt}" for doubt in found.doubts))
        self.doubts.setVisible(bool(found.doubts))
        self.sample.show_sample(found.sample)
        self._show_kinds(found)

    def _show_kinds(self, found: Preview) -> None:
        kinds = problem_kinds((*found.problems, *found.notes))
        _fill_tree(self.kinds, kinds)
        title = f"Problems ({count(len(found.problems))}) and notes ({count(len(found.notes))})"
        self.tabs.setTabText(self.tabs.indexOf(self.kinds), title)

    @Slot()
    def _say_names(self) -> None:
        """Check the name, and say on the button what it does."""
        found = self._previews.preview
        names: list[str] = []
        fault = ""
        try:
            languages = [one.language for one in found.languages] if found else [""]
            names = proposed_names(self._proposal.path, self.wish.name, languages)
            fault = self._taken(names)
        except InputError as error:
            fault = f"{error.what}: {error.why}"
        self.choices.say_names(names, fault, is_there=bool(self._proposal.name))
        lines = found.lines if found else 0
        verb = "Read" if self._proposal.name else "Add"
        self.add.setText(f"{verb} {counted(lines, 'line')}" if found else verb)
        self.add.setEnabled(lines > 0 and not fault and not self._previews.is_reading)

    def _taken(self, names: list[str]) -> str:
        """Say which of the names is that of another data set."""
        path = self._proposal.path.expanduser().absolute()
        for name in names:
            entry = self._datasets.entry(name)
            if entry is not None and entry.path != path and entry.path.exists():
                return f"'{name}' is the data set at {entry.path}"
        return ""

    @Slot()
    def _accept_by_key(self) -> None:
        if self.add.isEnabled():
            self.accept()

    @Slot()
    def _stop(self) -> None:
        self._previews.changed.disconnect(self.refresh)
        self._previews.cancel()


def _remember_asking(only_in_doubt: bool) -> None:
    window_settings().setValue(ASKS_KEY, only_in_doubt)


def summary_of(found: Preview) -> str:
    """Everything in one line: '1,633 lines · 1,400 train, 233 validation · 298 writers · 5 problems'."""
    writers = sum(language.writers for language in found.languages)
    said = [
        counted(found.lines, "line"),
        parts_text([language.parts for language in found.languages]),
        counted(writers, "writer") if writers else "writers unknown",
        counted(len(found.problems), "problem") if found.problems else "no problem",
    ]
    return " · ".join(said)


def _make_tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setColumnCount(2)
    tree.setHeaderLabels(["What, and where", "Lines"])
    tree.setAccessibleName("Problems and notes")
    tree.setWordWrap(True)
    tree.setStyleSheet("QTreeView::item { padding: 3px 0; }")
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree


def _fill_tree(tree: QTreeWidget, kinds: tuple[ProblemKind, ...]) -> None:
    """Show kinds with their examples; notes, which count already, without a number."""
    tree.clear()
    for kind in kinds:
        word = "Note" if kind.is_note else "Not used"
        item = QTreeWidgetItem([f"{word}: {kind.reason}", "" if kind.is_note else count(kind.count)])
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(0, plain_tooltip(kind.reason))
        for example in kind.examples:
            if not kind.is_note or example.path != ".":
                item.addChild(QTreeWidgetItem([_place(example)]))
        if kind.count > len(kind.examples):
            item.addChild(QTreeWidgetItem([f"and {count(kind.count - len(kind.examples))} more"]))
        tree.addTopLevelItem(item)
        item.setExpanded(not kind.is_note)


def _place(problem: ReadProblem) -> str:
    row = f", row {problem.row}" if problem.row is not None else ""
    return f"{problem.path}{row}" if problem.is_note else f"{problem.path}{row}: {problem.reason}"
