"""Preferences of this machine. A bad settings file never stops the start: its bad parts fall back to defaults."""

import json
import os
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path, user_config_path, user_documents_path
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from workbench import files

Scheme = Literal["system", "light", "dark"]
Device = Literal["auto", "cpu", "cuda"]
MAX_RECENT = 10


class Settings(BaseModel):
    """What the user chose on this machine; window geometry lives elsewhere (QSettings)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    last_workspace: str = ""
    recent_workspaces: tuple[str, ...] = ()
    device: Device = "auto"
    scheme: Scheme = "system"
    text_size_pt: int = 14
    urdu_font: Literal["nastaliq", "naskh"] = "nastaliq"


def settings_file() -> Path:
    """Where the settings lie; `$HTR_WORKBENCH_CONFIG` names another folder."""
    folder = os.environ.get("HTR_WORKBENCH_CONFIG")
    return (Path(folder) if folder else user_config_path("htr-workbench")) / "settings.json"


def is_plain() -> bool:
    """Tell whether training does without everything that only makes it faster: `$HTR_WORKBENCH_PLAIN` is set.

    The mathematics are the same with and without; sums in another order give other bits, so the run's environment
    names it. What changes results beyond that (precision, canvas) is part of a study and not of this.
    """
    return os.environ.get("HTR_WORKBENCH_PLAIN", "") not in ("", "0")


def cache_folder() -> Path:
    """Folder for what can be rebuilt at any time; `$HTR_WORKBENCH_CACHE` names another."""
    folder = os.environ.get("HTR_WORKBENCH_CACHE")
    return Path(folder) if folder else user_cache_path("htr-workbench")


def load() -> Settings:
    """Read the settings; a missing, broken or partly wrong file gives defaults for the bad part."""
    try:
        raw: Any = json.loads(settings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(raw, dict):
        return Settings()
    good: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        if name in raw:
            try:
                good[name] = TypeAdapter[Any](field.annotation or Any).validate_python(raw[name])
            except ValidationError:
                continue
    return Settings(**good)


def save(settings: Settings) -> None:
    """Keep the settings for the next start."""
    files.write_text(settings_file(), settings.model_dump_json(indent=1) + "\n")


def with_workspace(settings: Settings, workspace: Path) -> Settings:
    """Put a workspace in front of the recent ones."""
    name = str(workspace.resolve())
    recent = (name, *(other for other in settings.recent_workspaces if other != name))[:MAX_RECENT]
    return settings.model_copy(update={"last_workspace": name, "recent_workspaces": recent})


def default_workspace(settings: Settings | None = None) -> Path:
    """`$HTR_WORKBENCH_WORKSPACE`, else the last one, else `htr-workbench` in the user's documents."""
    named = os.environ.get("HTR_WORKBENCH_WORKSPACE")
    if named:
        return Path(named).expanduser()
    last = (settings or load()).last_workspace
    return Path(last) if last and Path(last).is_dir() else user_documents_path() / "htr-workbench"
