"""Puts the tabs about letters behind those of the Results page."""

from PySide6.QtWidgets import QTabWidget

from workbench.gui.panels.results.characters_tab import CharactersTab
from workbench.gui.panels.results.confusions_tab import ConfusionsTab
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.letters import LettersStore
from workbench.gui.stores.text_appearance import TextAppearance


def add_letter_tabs(
    tabs: QTabWidget, letters: LettersStore, datasets: DatasetStore, text: TextAppearance
) -> tuple[CharactersTab, ConfusionsTab]:
    """Add the tabs and return them."""
    characters, confusions = (make(letters, datasets, text) for make in (CharactersTab, ConfusionsTab))
    tabs.addTab(characters, "Characters")
    tabs.addTab(confusions, "Confusions")
    assert isinstance(characters, CharactersTab)
    assert isinstance(confusions, ConfusionsTab)
    return characters, confusions
