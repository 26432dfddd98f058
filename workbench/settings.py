"""Preferences of this machine. A bad settings file never stops the start: its bad parts fall back to defaults."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from platformdirs import user_cache_path, user_config_path, user_documents_path
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from workbench import files
from workbench.errors import InputError

Scheme = Literal["system", "light", "dark"]
Device = Literal["auto", "cpu", "cuda"]
MAX_RECENT = 10

Lever = Literal["allocator", "channels_last", "fused_optimiser", "own_ctc", "lstm_by_direction", "folded_norms"]
LEVERS: tuple[Lever, ...] = get_args(Lever)
"""What only makes training faster: pages of memory that are kept; the order of a tensor in memory; one kernel for all
weights; the CTC loss of a CPU; two plain LSTMs instead of a packed one on a CPU; BatchNorm folded for reading.
"""


def _folder_name(text: str) -> str:
    if "\0" in text or not files.is_text(text):
        raise ValueError("no folder of a workspace can have this name")
    return text


FolderName = Annotated[str, AfterValidator(_folder_name)]


class Settings(BaseModel):
    """What the user chose on this machine; window geometry lives elsewhere (QSettings)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    last_workspace: FolderName = ""
    recent_workspaces: tuple[FolderName, ...] = ()
    device: Device = "auto"
    scheme: Scheme = "system"
    text_size_pt: int = 14
    urdu_font: Literal["nastaliq", "naskh"] = "nastaliq"


def settings_file() -> Path:
    """Where the settings lie; `$HTR_WORKBENCH_CONFIG` names another folder."""
    folder = os.environ.get("HTR_WORKBENCH_CONFIG")
    return (Path(folder) if folder else user_config_path("htr-workbench")) / "settings.json"


def switched_off() -> tuple[Lever, ...]:
    """Levers that `$HTR_WORKBENCH_PLAIN` switches off: all of them where it is 1, else those that it names.

    The mathematics are the same with and without; sums in another order give other bits, so the run's environment
    names them. What changes results beyond that (precision, canvas) is part of a study and not of this.

    Raises
    ------
    InputError
        When it names something else.
    """
    value = os.environ.get("HTR_WORKBENCH_PLAIN", "")
    if value in ("", "0"):
        return ()
    if value == "1":
        return LEVERS
    named = [name.strip() for name in value.split(",")]
    for name in named:
        if name not in LEVERS:
            known = ", ".join(LEVERS)
            raise InputError(f"HTR_WORKBENCH_PLAIN names '{name}'", hint=f"It is 1, or some of: {known}.")
    return tuple(lever for lever in LEVERS if lever in named)


def is_plain(lever: Lever) -> bool:
    """Tell whether training does without one of the things that only make it faster."""
    return lever in switched_off()


def cache_folder() -> Path:
    """Folder for what can be rebuilt at any time; `$HTR_WORKBENCH_CACHE` names another."""
    folder = os.environ.get("HTR_WORKBENCH_CACHE")
    return Path(folder) if folder else user_cache_path("htr-workbench")


def load() -> Settings:
    """Read the settings; a missing, broken or partly wrong file gives defaults for the bad part."""
    return _read()[0]


def problem() -> str:
    """What is wrong with the settings file, as the rest of a sentence that begins with it; empty for nothing."""
    return _read()[1]


def _read() -> tuple[Settings, str]:
    try:
        raw: Any = files.read_json(settings_file())
    except FileNotFoundError:
        return Settings(), ""
    except (OSError, ValueError) as error:
        return Settings(), f"cannot be used: {error}"
    if not isinstance(raw, dict):
        return Settings(), "holds no settings"
    good: dict[str, Any] = {}
    bad: list[str] = []
    for name, field in Settings.model_fields.items():
        if name in raw:
            kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            try:
                good[name] = TypeAdapter[Any](kind).validate_python(raw[name])
            except ValidationError:
                bad.append(name)
    return Settings(**good), f"has bad values of {', '.join(bad)}" if bad else ""


def kept_aside() -> Path:
    """Where a settings file with something wrong in it is kept once it is written anew."""
    return settings_file().with_name("settings.damaged.json")


def save(settings: Settings) -> None:
    """Keep the settings for the next start; a file with something wrong in it is kept under another name first.

    Raises
    ------
    WorkspaceError
        When they cannot be written.
    """
    if problem() and settings_file().is_file():
        with files.explained(kept_aside()):
            files.write_bytes(kept_aside(), files.read_plain(settings_file()))
    files.write_text(settings_file(), settings.model_dump_json(indent=1) + "\n")


def with_workspace(settings: Settings, workspace: Path) -> Settings:
    """Put a workspace in front of the recent ones."""
    name = str(workspace.resolve())
    recent = (name, *(other for other in settings.recent_workspaces if other != name))[:MAX_RECENT]
    return settings.model_copy(update={"last_workspace": name, "recent_workspaces": recent})


def workspace_to_open() -> Path:
    """Tell as :func:`default_workspace`, but the last one also where it is not there: it may come back."""
    last = load().last_workspace
    return Path(last) if last and not os.environ.get("HTR_WORKBENCH_WORKSPACE") else default_workspace()


def was_open_before(workspace: Path) -> bool:
    """Tell whether a workspace is among those that were open on this machine."""
    return str(workspace.expanduser().absolute()) in load().recent_workspaces


def default_workspace(settings: Settings | None = None) -> Path:
    """`$HTR_WORKBENCH_WORKSPACE`, else the last one, else `htr-workbench` in the user's documents."""
    named = os.environ.get("HTR_WORKBENCH_WORKSPACE")
    if named:
        return Path(named).expanduser()
    last = (settings or load()).last_workspace
    return Path(last) if last and Path(last).is_dir() else user_documents_path() / "htr-workbench"
