"""Takes the pictures of docs/screenshots from a workspace in which the demo study is finished.

    xvfb-run -s "-screen 0 1280x720x24" .venv/bin/python tools/screenshots.py demo-workspace docs/screenshots

Demo data only: pictures of real lines are not for the repository.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from workbench.gui import app
from workbench.gui.pages import PAGES
from workbench.gui.stores.results import Cell
from workbench.runs.workspace import Workspace

SIZE = (1280, 720)
SETTLE_MS = 2_500


class Photographer(QObject):
    """Goes through the pages in both schemes and keeps a picture of each."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        super().__init__()
        self._workspace = Workspace(workspace.absolute())
        self._folder = folder
        self.window, self.stores = app.make_window(workspace)
        self._steps = self._tour()
        self._timer = QTimer(self, interval=SETTLE_MS)
        self._timer.timeout.connect(self._go_on)
        self.window.resize(*SIZE)
        self.window.show()
        self._timer.start()

    def _tour(self) -> Iterator[None]:
        yield
        self.stores.study.load(self._workspace.study_file("demo"))
        for row in PAGES:
            self.window.show_page(row.name)
            yield
        plan = self.stores.study.plan
        if plan is not None:
            self.stores.progress.select_run(plan.run_ids[0])
            self.stores.results.select_cell(
                Cell(plan.targets[0].name, plan.study.k_lines[0], str(plan.runs[0].request.budget))
            )
        yield
        for scheme in ("light", "dark"):
            self.stores.preferences.choose_scheme(scheme)
            for row in PAGES:
                self.window.show_page(row.name)
                yield
                self.window.grab().save(str(self._folder / f"{row.name}-{scheme}.png"))
        self.stores.preferences.choose_scheme("system")

    @Slot()
    def _go_on(self) -> None:
        if next(self._steps, StopIteration) is StopIteration:
            self._timer.stop()
            self.window.stop_now()


def main() -> int:
    """Take all pictures."""
    workspace, folder = map(Path, sys.argv[1:3])
    folder.mkdir(parents=True, exist_ok=True)
    application = app.make_application()
    photographer = Photographer(workspace, folder)
    code = application.exec()
    photographer.stores.wait()
    return code


if __name__ == "__main__":
    sys.exit(main())
