"""A long list of options in groups, of which all but the first can be folded away."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.panels.study.rows import CheckList, Fold, Option


class CheckGroups(QWidget):
    """Options of which several may be taken, under headings that tell how many are.

    Parameters
    ----------
    groups : mapping
        Heading to options; options without a heading are always seen. A group with a ticked option is unfolded when
        the option becomes ticked, and never folded again but by the user.
    explains_all : bool
        Whether an option is explained where it is not ticked, too.
    """

    chosen = Signal(object)
    """Keys of all ticked options: those that were, in their order, then the new one."""

    def __init__(
        self, groups: Mapping[str, Sequence[Option]], *, explains_all: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lists: dict[str, CheckList] = {}
        self.folds: dict[str, Fold] = {}
        self._group_of = {option.key: title for title, options in groups.items() for option in options}
        self._checked: tuple[str, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for title, options in groups.items():
            layout.addWidget(self._add(title, options, explains_all=explains_all))

    def _add(self, title: str, options: Sequence[Option], *, explains_all: bool) -> QWidget:
        found = CheckList(explains_all=explains_all)
        found.set_options(options)
        found.chosen.connect(self.chosen)
        self._lists[title] = found
        if not title:
            return found
        found.setContentsMargins(2 * GRID_PX, 0, 0, 0)
        self.folds[title] = Fold(title, found)
        return self.folds[title]

    @property
    def checked(self) -> tuple[str, ...]:
        """Keys of the ticked options."""
        return self._checked

    def box(self, key: str) -> QCheckBox:
        """Return the box of an option."""
        return self._lists[self._group_of[key]].box(key)

    def set_checked(self, keys: Iterable[str]) -> None:
        """Tick these options and no others."""
        before, self._checked = self._checked, tuple(keys)
        for title, options in self._lists.items():
            options.set_checked(self._checked)
            if title:
                members = [key for key, group in self._group_of.items() if group == title]
                ticked = [key for key in members if key in self._checked]
                self.folds[title].say(f"{len(ticked)} of {len(members)}")
                if not set(ticked) <= set(before):
                    self.folds[title].button.setChecked(True)
