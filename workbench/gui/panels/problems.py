"""What is wrong now, in one list: data sets that cannot be opened, a study without a plan, runs that failed."""

from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from workbench.errors import WorkbenchError
from workbench.execution.heartbeat import no_step_for
from workbench.gui.item_models.notices import Notice, NoticeModel
from workbench.gui.spaced_text import SpacedText
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.heartbeat import HINT
from workbench.gui.wording import counted, run_label
from workbench.runs.remarks import blank_warning


class ProblemsPanel(QWidget):
    """Follows the stores; a double click goes to the page where a problem can be solved."""

    page_requested = Signal(str)

    def __init__(self, stores: Stores, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stores = stores
        self.model = NoticeModel(self)
        self._table = QTableView()
        self._table.setModel(self.model)
        self._table.setAccessibleName("Problems")
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setShowGrid(False)
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._table.setItemDelegate(SpacedText(self._table))
        self._table.setColumnWidth(0, 220)
        self._table.setColumnWidth(1, 480)
        self._table.doubleClicked.connect(self._go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        for signal in (
            stores.datasets.changed,
            stores.study.changed,
            stores.progress.changed,
            stores.heartbeat.changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """List what is wrong now."""
        self.model.set_notices([*self._of_data(), *self._of_study(), *self._of_runs()])

    def _of_data(self) -> Iterator[Notice]:
        datasets = self._stores.datasets
        for name, error in datasets.faults.items():
            yield _notice(f"Data set {name}", error, "data")
        for name, opened in datasets.opened.items():
            unusable = sum(not problem.is_note for problem in opened.lines.problems)
            if unusable:
                what = f"{counted(unusable, 'line')} cannot be used"
                yield Notice(
                    "warning", f"Data set {name}", what, "The tab Problems lists each with its reason.", "", "data"
                )

    def _of_study(self) -> Iterator[Notice]:
        study = self._stores.study
        for field, problem in study.problems.items():
            yield Notice("error", f"Study · {field}", problem, "", "", "study")
        if study.plan_problem is not None:
            yield _notice(f"Study {study.study.name}", study.plan_problem, "study")

    def _of_runs(self) -> Iterator[Notice]:
        progress = self._stores.progress
        for run, history in progress.histories.items():
            planned = progress.planned(run)
            if planned is None:
                continue
            if history.failure is not None:
                failure = history.failure
                name = run_label(planned.request)
                yield Notice("error", name, failure.reason, failure.hint, failure.log_tail, "training")
            elif history.state == "collapsed":
                what = "The run collapsed: it reads hardly anything, so it is left out of all means"
                yield Notice("warning", run_label(planned.request), what, "Train it longer.", "", "training")
            elif run in self._stores.heartbeat.silent:
                what = no_step_for(self._stores.heartbeat.silent[run])
                yield Notice("warning", run_label(planned.request), what, HINT, "", "training")
            elif warning := blank_warning(history):
                yield Notice("warning", run_label(planned.request), warning, "", "", "training")

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        page = self.model.notices[index.row()].page
        if page:
            self.page_requested.emit(page)


def _notice(where: str, error: WorkbenchError, page: str) -> Notice:
    what = f"{error.what}: {error.why}" if error.why else error.what
    return Notice("error", where, what, error.hint, "", page)
