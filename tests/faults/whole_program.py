"""Everything that the program does, once, on little data: imports, training, tables, diagnosis, the window.

python -m tests.faults.whole_program FOLDER
"""

import importlib
import pkgutil
import sys
from pathlib import Path

import workbench
from tests.execution.small_data import make_workspace, small_study
from workbench import cli
from workbench.__main__ import open_window
from workbench.study.toml_file import save_study

LIMIT_MS = 120_000


def command(*arguments: str | Path) -> None:
    """Run a command of the program as the shell does."""
    sys.argv = ["htr-workbench", *map(str, arguments)]
    code = cli.main(open_window=open_window)
    if code:
        sys.exit(f"{sys.argv[1:]} ended with {code}")


def import_every_module() -> None:
    """Import all of the package."""
    for module in pkgutil.walk_packages(workbench.__path__, "workbench."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def look_at_every_page(workspace: Path) -> None:
    """Open the window, show each page once all are made, close it."""
    from PySide6.QtCore import QTimer

    from workbench.gui.app import make_application, make_window
    from workbench.gui.pages import PAGES

    application = make_application()
    window, stores = make_window(workspace)
    shown: list[str] = []

    def show_all() -> None:
        for row in PAGES:
            window.show_page(row.name)
            window.grab()
            shown.append(row.name)
        QTimer.singleShot(500, window.close)  # what the pages asked their workers for arrives

    window.pages_made.connect(show_all)
    QTimer.singleShot(LIMIT_MS, application.quit)
    window.show()
    application.exec()
    stores.wait()
    if len(shown) != len(PAGES):
        sys.exit(f"pages shown: {shown}")


def main(folder: Path) -> None:
    """Do it all in an empty folder."""
    import_every_module()
    workspace = make_workspace(folder).root
    study = folder / "small.toml"
    save_study(small_study(targets=["arabic"], regimes=["single"], k_lines=[2], budgets=["2 steps"]), study)
    what = [part for each in ("tables", "curves", "examples", "html") for part in ("--what", each)]
    command("run", study, "--workspace", workspace)
    command("export", "--study", "small", "--to", folder / "tables", *what, "--workspace", workspace)
    command("verify", "--workspace", workspace)
    command("doctor", "--report", folder / "report.zip", "--workspace", workspace)
    look_at_every_page(workspace)
    print("all done")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
