"""Names and texts that look like mark-up: shown as they are, at once, and no file is opened for them."""

import os
import re
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from workbench.errors import InputError
from workbench.gui.message_bar import DetailsDialog, MessageBar
from workbench.gui.messages import MAX_TOOLTIP, Messages, message_of, plain_label, plain_tooltip

TEXTS = (
    "<img src=file:///etc/passwd>",
    "<a href='x'>y</a>", "<table>" * 20_000, "&lt;b&gt;", "<b>bold</b>\nnext", "a < b & c",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_labels_bars_and_tips(text: str, qtbot: QtBot) -> None:
    begun = time.process_time()
    label = plain_label(text)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == text
    messages = Messages()
    bar = MessageBar(messages)
    qtbot.addWidget(bar)
    messages.report(InputError(text, text, text))
    bar.grab()
    assert text[:100] in bar.text
    tip = plain_tooltip(text)
    assert len(tip) < 8 * MAX_TOOLTIP
    assert not re.search(r"<(img|a|table|b)\b", tip)
    QToolTip.showText(label.mapToGlobal(label.rect().center()), tip, label)
    QToolTip.hideText()
    assert time.process_time() - begun < 1.5, "drawn as mark-up it would take six seconds"


def test_an_image_in_a_name_is_not_opened(qtbot: QtBot, tmp_path: Path) -> None:
    """A pipe that nobody writes into would stop whoever opened it."""
    os.mkfifo(tmp_path / "picture.png")
    text = f"<img src='file://{tmp_path}/picture.png'>"
    dialog = DetailsDialog(message_of(InputError(text, text, text)))
    qtbot.addWidget(dialog)
    dialog.grab()
    label = plain_label(text, wrap=True, selectable=True)
    qtbot.addWidget(label)
    label.setToolTip(plain_tooltip(text))
    label.grab()
    assert "<img" not in label.toolTip()
