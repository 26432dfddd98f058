"""Which characters joint training helps: every way to part them into classes, with the lines behind each."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QWidget

from workbench.analysis.letters.character_classes import GROUPINGS
from workbench.gui.item_models.letter_rows import class_columns, class_tip
from workbench.gui.messages import plain_tooltip
from workbench.gui.panels.results.letter_page import LetterPage, fill
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.letters import ClassQuestion, LettersStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import counted
from workbench.study.arms import short_label

if TYPE_CHECKING:
    from workbench.analysis.letters.characters import ClassRow
    from workbench.analysis.letters.gain import CellLetters

FIRST = "character"
NAMED = 3
"""Characters that the sentence names on either side: as many as fit into a line."""
_CHARACTER_WIDTHS = (204, 104, 84, 60, 58, 58, 70, 112, 66, 170, 170)
_CLASS_WIDTHS = (280, 70, 64, 64, 72, 118, 70, 200, 200)


def without_sign(name: str) -> str:
    """Return 'U+06CC FARSI YEH': the sign stands in the table, and its font would spread the lines of a sentence."""
    number, _, rest = name.partition(" ")
    return f"{number} {rest.partition(' ')[2]}"


class CharactersTab(LetterPage):
    """Errors by class of characters."""

    def __init__(
        self, letters: LettersStore, datasets: DatasetStore, text: TextAppearance, parent: QWidget | None = None
    ) -> None:
        self._shown: tuple[CellLetters | None, str] = (None, "")
        super().__init__(ClassQuestion, letters, datasets, text, parent)
        self.table.setAccessibleName("Errors by class of characters")

    def choices(self) -> list[QWidget]:
        """Put the way to part characters first."""
        self.way: QComboBox = self.combo("Classes", "How characters are parted into classes")
        for key in (FIRST, *(key for key in GROUPINGS if key != FIRST)):
            self.way.addItem(GROUPINGS[key].title, key)
        self.way.activated.connect(self.show_cell)
        return [self.way, *super().choices()]

    @Slot()
    def show_cell(self) -> None:
        """Show the classes of the chosen cell."""
        cell, study = self.letters.cell, self.letters.study
        if cell is None or study is None:
            return
        known = {row.grouping for row in cell.rows}
        ways = {key: way.title for key, way in GROUPINGS.items() if key in known}
        wanted = self.way.currentData() if self.way.currentData() in ways else FIRST
        fill(self.way, {FIRST: ways.pop(FIRST), **ways} if FIRST in ways else ways, wanted)
        key = str(self.way.currentData())
        if self._shown[0] is cell and self._shown[1] == key:
            return
        self._shown = (cell, key)
        self.way.setToolTip(plain_tooltip(GROUPINGS[key].explanation if key in GROUPINGS else ""))
        self._fill(cell, key)
        self._say(cell, key)

    def _fill(self, cell: "CellLetters", key: str) -> None:
        from workbench.analysis.letters.gain import best_rows  # the worker has loaded it

        names = _names(cell)
        is_characters = key == FIRST
        rows = best_rows(cell) if is_characters else cell.of(key)
        columns = class_columns(cell, names, is_characters=is_characters)
        self.model.show(columns, rows, lambda row: class_tip(row, names, cell.cluster_unit))
        self.fit_columns(_CHARACTER_WIDTHS if is_characters else _CLASS_WIDTHS)

    def _say(self, cell: "CellLetters", key: str) -> None:
        from workbench.analysis.letters.sentences import fit_sentences, missing_words, pairs_in_words, summary

        study = self.letters.study
        assert study is not None
        clusters = f" · {cell.clusters:,} {cell.cluster_unit}" if cell.clusters else ""
        self.about.setText(
            f"{counted(cell.lines, 'line')} · {counted(cell.characters, 'character')}{clusters} · "
            f"{pairs_in_words(cell)}"
        )
        said = [missing_words(study.report)]
        if key == FIRST:
            said.append(summary(cell, NAMED, without_sign))
        elif key.startswith(("shared", "frequency")):
            said.append(GROUPINGS[key].explanation)
            said += fit_sentences(study.report, cell.key.architecture, cell.key.k)
        else:
            said.append(GROUPINGS[key].explanation)
        self.notes.setText("\n".join(one for one in said if one))
        self.notes.setVisible(any(said))

    def ask(self, row: "ClassRow") -> None:
        """Ask for the lines behind a class."""
        chosen, cell = self.letters.chosen, self.letters.cell
        if chosen is not None and cell is not None:
            self.letters.ask(ClassQuestion(chosen, row.grouping, row.number, row.name, _names(cell)))


def _names(cell: "CellLetters") -> tuple[str, str]:
    """Short names of the two sides."""
    return short_label(cell.baseline), short_label(cell.key.regime)
