"""Opening a folder in the system's file manager; only what lies on this machine."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def folder_url(path: Path) -> QUrl | None:
    """Address of the nearest folder that holds a file (or of the folder itself); None where nothing is left of it."""
    for folder in (path, *path.parents):
        if folder.is_dir():
            return QUrl.fromLocalFile(str(folder.resolve())) if folder.name or folder is path else None
    return None


def open_folder(path: Path) -> bool:
    """Open the folder of a file; False where it is gone or no file manager answers."""
    url = folder_url(path)
    return url is not None and url.isLocalFile() and QDesktopServices.openUrl(url)
