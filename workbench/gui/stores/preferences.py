"""What the user prefers on this machine: light or dark, and the device that trains."""

from PySide6.QtCore import QObject, Signal

from workbench import settings
from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.settings import Device, Scheme


class PreferencesStore(QObject):
    """The settings file as it is, and every change of it."""

    changed = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._settings = settings.load()

    @property
    def scheme(self) -> Scheme:
        """Light, dark, or as the system."""
        return self._settings.scheme

    @property
    def device(self) -> Device:
        """What trains: `auto`, `cpu` or `cuda`."""
        return self._settings.device

    def choose_scheme(self, scheme: Scheme) -> None:
        """Show every window like this from now on."""
        self._keep({"scheme": scheme})

    def choose_device(self, device: Device) -> None:
        """Train on this from the next start on."""
        self._keep({"device": device})

    def _keep(self, changes: dict[str, str]) -> None:
        """Change nothing but this in the file: the others may have been changed elsewhere."""
        self._settings = settings.load().model_copy(update=changes)
        try:
            settings.save(self._settings)
        except WorkspaceError as error:
            self._messages.report(error)
        self.changed.emit()
