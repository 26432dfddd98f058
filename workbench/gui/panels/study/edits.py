"""How the sections of the form change the study, and what is said where a change cannot be."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from workbench.gui.stores.study import StudyStore
from workbench.study.schema import Study

_ROW_OF = {
    "k_characters": "k_lines",
    "split_seed": "parts",
    "folds": "parts",
    "fold": "parts",
    "leakage.undecided": "undecided",
    "placeholders.policy": "placeholders",
}
"""Row beside which the message about a field stands, where it is not the row of its own name."""


class Edits(QObject):
    """Changes to the study of a store, shared by the sections of the form."""

    refused = Signal()
    """A change was taken back; :meth:`problem` says why."""

    def __init__(self, store: StudyStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self._refused: dict[str, str] = {}

    @property
    def study(self) -> Study:
        """The study as it is."""
        return self.store.study

    def edit(self, **change: object) -> None:
        """Change a field whose editor shows only values that hold: what cannot be is taken back, and said why."""
        key, value = next(iter(change.items()))
        if isinstance(value, Mapping):
            key = f"{key}.{next(iter(value))}"  # pyright: ignore[reportUnknownArgumentType]
        key = _ROW_OF.get(key, key)
        if problems := self.store.check(**change):
            self.refuse(key, next(iter(problems.values())))
        else:
            self._refused.pop(key, None)
            self.store.edit(**change)

    def refuse(self, key: str, problem: str) -> None:
        """Take a change back and say why beside a row."""
        self._refused[key] = problem
        self.refused.emit()

    def problem(self, key: str) -> str:
        """Return what is wrong with the latest edit of a row."""
        return self.store.problems.get(key, "") or self._refused.get(key, "")

    def forget(self) -> None:
        """Forget what was refused: the study is another one."""
        self._refused.clear()
