"""A program that runs a study in child processes and tells each event; fault tests start it in order to kill it.

Arguments: workspace, trainer, least seconds between checkpoints, largest file in bytes (0: no limit).
"""

import resource
import sys
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.execution.local import LocalExecutor
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.events import to_json
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import load_study


def main() -> int:
    root, trainer, seconds, limit = sys.argv[1:]
    if int(limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    workspace = Workspace(Path(root))
    study = load_study(workspace.study_file("small"))
    executor = LocalExecutor(workspace, processes=1, checkpoint_after_s=float(seconds), trainer=trainer)
    try:
        for event in run_study(workspace, study, executor=executor, control=Control()):
            print(to_json(event), flush=True)
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
