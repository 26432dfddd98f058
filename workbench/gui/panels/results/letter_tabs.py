"""Puts the tabs about letters among those of the Results page."""

from PySide6.QtWidgets import QTabWidget

from workbench.gui.panels.results.characters_tab import CharactersTab
from workbench.gui.panels.results.confusions_tab import ConfusionsTab
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.letters import LettersStore
from workbench.gui.stores.text_appearance import TextAppearance

_PLACE = 2


def add_letter_tabs(
    tabs: QTabWidget, letters: LettersStore, datasets: DatasetStore, text: TextAppearance
) -> tuple[CharactersTab, ConfusionsTab]:
    """Put the tabs behind the two about differences, and return them."""
    characters, confusions = (make(letters, datasets, text) for make in (CharactersTab, ConfusionsTab))
    tabs.insertTab(_PLACE, characters, "Characters")
    tabs.insertTab(_PLACE + 1, confusions, "Confusions")
    assert isinstance(characters, CharactersTab)
    assert isinstance(confusions, ConfusionsTab)
    return characters, confusions
