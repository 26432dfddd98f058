"""What can go wrong, told in one sentence: what, why, and what to do about it."""

from collections.abc import Callable


class WorkbenchError(Exception):
    """A fault that the user can understand and act on.

    Parameters
    ----------
    what : str
        What happened, a short statement without a full stop ("The study file cannot be read").
    why : str
        The reason, where it is known ("line 7: unknown key 'regims'").
    hint : str
        What the user can do ("Did you mean 'regimes'?").
    """

    exit_code = 1

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what, why, hint)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        sentence = f"{self.what}: {self.why}" if self.why else self.what
        return f"{sentence.rstrip('.')}. {self.hint}".rstrip() if self.hint else f"{sentence.rstrip('.')}."


class InputError(WorkbenchError):
    """Something that was given (a folder, a study file, an option) cannot be used as it is."""

    exit_code = 2


class WorkspaceError(WorkbenchError):
    """The workspace cannot be read or written (in use, moved, full, of a newer version)."""

    exit_code = 2


class DiskFullError(WorkspaceError):
    """A file found no room: the disk is full, has no entry left for another file, or a quota is used up.

    Whoever can wait, waits until there is room again.
    """

    def __init__(self, what: str, why: str, hint: str, *, has_room: Callable[[], bool], is_quota: bool) -> None:
        super().__init__(what, why, hint)
        self.is_quota = is_quota
        """A limit for this user: how much of it is left is told nowhere."""
        self.has_room = has_room
        """Tells whether the file would find room by now, as far as the disk says."""


class RunError(WorkbenchError):
    """One training failed; the other runs of the study go on."""


class DeviceLostError(RunError):
    """The GPU, or its driver, failed while a run trained on it; nothing is known to be wrong with the run."""


class DivergedError(RunError):
    """The loss of a run is no longer a finite number."""
