"""Size and font of transcriptions: one choice, kept for the next start."""

import os
from pathlib import Path

from pytestqt.qtbot import QtBot

from workbench import settings
from workbench.gui.messages import Messages
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import MAX_SIZE_PT, MIN_SIZE_PT, NASKH, NASTALIQ


def test_a_choice_is_told_and_kept(qtbot: QtBot) -> None:
    text = TextAppearance(Messages())
    before = text.size_pt
    with qtbot.waitSignal(text.changed):
        text.enlarge()
    with qtbot.waitSignal(text.changed):
        text.choose_urdu_font("naskh")
    again = TextAppearance(Messages())
    assert (again.size_pt, again.urdu_font) == (before + 2, "naskh")
    assert again.style("ur").family == NASKH


def test_sizes_stay_within_what_can_be_read(qtbot: QtBot) -> None:
    text = TextAppearance(Messages())
    for _ in range(40):
        text.enlarge()
    assert text.size_pt == MAX_SIZE_PT
    with qtbot.assertNotEmitted(text.changed):
        text.enlarge()
    for _ in range(40):
        text.reduce()
    assert text.size_pt == MIN_SIZE_PT
    assert text.table_style("ur").size_pt == MIN_SIZE_PT


def test_rows_are_smaller_than_the_line_that_is_looked_at(qapp: object) -> None:
    text = TextAppearance(Messages())
    assert text.table_style("ur").size_pt < text.style("ur").size_pt
    assert text.table_style("ur").family == NASTALIQ


def test_a_settings_folder_that_cannot_be_written_is_one_sentence(qtbot: QtBot) -> None:
    folder = Path(os.environ["HTR_WORKBENCH_CONFIG"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    assert settings.load() == settings.Settings()
    messages = Messages()
    text = TextAppearance(messages)
    with qtbot.waitSignal(text.changed):
        text.enlarge()
    assert messages.shown is not None
    assert "settings.json was not written" in messages.shown.text
