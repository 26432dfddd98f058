"""The workspace: a plain folder that can be copied and zipped. Here are its paths, not their content."""

from dataclasses import dataclass
from pathlib import Path

from workbench import files
from workbench.errors import WorkspaceError


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of one workspace."""

    root: Path

    @property
    def schema_file(self) -> Path:
        """Which schema the folder has."""
        return self.root / "workspace.json"

    @property
    def datasets_file(self) -> Path:
        """Names of data sets with path, form, language and overrides."""
        return self.root / "datasets.toml"

    @property
    def studies(self) -> Path:
        """One folder per study: `study.toml` (asked for) and `plan.json` (resolved)."""
        return self.root / "studies"

    @property
    def runs(self) -> Path:
        """One folder per run, named by its id."""
        return self.root / "runs"

    @property
    def cache(self) -> Path:
        """Decoded lines; can be deleted at any time."""
        return self.root / "cache"

    @property
    def reviews(self) -> Path:
        """Per data set a log of what people found on looking at its lines, and the steps by which it came about."""
        return self.root / "reviews"

    @property
    def lock_file(self) -> Path:
        """Held by the program that writes here."""
        return self.root / ".lock"

    def study_file(self, name: str) -> Path:
        """Where the study of this name is kept."""
        return self.studies / name / "study.toml"

    def plan_file(self, name: str) -> Path:
        """Where the resolved plan of the study of this name is kept."""
        return self.studies / name / "plan.json"

    def queue_file(self, name: str) -> Path:
        """Where the order is kept in which the runs of this study are trained, where it is not the plan's."""
        return self.studies / name / "queue.json"

    def review_file(self, dataset: str) -> Path:
        """Where the log of human verification of a data set is kept."""
        return self.reviews / f"{dataset}.csv"

    def review_steps_file(self, dataset: str) -> Path:
        """Where the steps of that log are kept, to be taken back."""
        return self.reviews / f"{dataset}.steps.json"

    def marks_file(self, dataset: str) -> Path:
        """Where bookmarks and notes about the lines of a data set are kept."""
        return self.root / "marks" / f"{dataset}.json"

    def published_file(self, name: str) -> Path:
        """Where published values are kept that stand beside the results of this study."""
        return self.studies / name / "published.csv"

    def attached_file(self, name: str) -> Path:
        """Where it is kept which runs of other systems take part in the results of this study."""
        return self.studies / name / "attached.json"

    def study_names(self) -> tuple[str, ...]:
        """Names of the studies that are kept here, sorted."""
        return tuple(sorted(path.parent.name for path in self.studies.glob("*/study.toml")))


def checked_root(root: Path) -> Path:
    """Return the absolute path of a workspace's folder, which may not be there.

    Raises
    ------
    WorkspaceError
        When its name is no text, so that no file could tell where it is.
    """
    root = root.expanduser().absolute()
    if not files.is_text(root):
        raise WorkspaceError(
            f"The name of the folder {files.printable(root)} is not UTF-8 text",
            hint="Rename it, or name another folder for the workspace.",
        )
    return root


def open_workspace(root: Path) -> Workspace:
    """Make the folder if it is not there.

    Raises
    ------
    WorkspaceError
        When it cannot be made, or is a file; when its name is no text, and no file could tell where it is.
    """
    root = checked_root(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        files.anchor(root)
    except FileExistsError as error:
        raise WorkspaceError(f"{root} is a file", hint="Name a folder for the workspace.") from error
    except OSError as error:
        raise WorkspaceError(
            f"The workspace {root} cannot be made",
            error.strerror or "",
            "Name another folder with --workspace.",
        ) from error
    return Workspace(root)
