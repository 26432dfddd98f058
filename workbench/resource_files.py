"""Where the files that come with the program lie: studies, fonts, icons, words."""

from pathlib import Path

from workbench.errors import InputError

_PACKAGE = Path(__file__).resolve().parent


def resource_path(name: str) -> Path:
    """Path of a file or folder below `resources/`, from a checkout, an editable install or a wheel.

    Raises
    ------
    InputError
        When the installation lacks it.
    """
    for root in (_PACKAGE / "_resources", _PACKAGE.parent / "resources"):
        if (root / name).exists():
            return root / name
    raise InputError(f"The program's own file {name} is missing", hint="Install htr-workbench again.")


def study_files() -> dict[str, Path]:
    """Return the ready studies that come with the program, by name (`demo`, `quick`, `paper`, `controlled`)."""
    return {path.stem: path for path in sorted(resource_path("studies").glob("*.toml"))}
