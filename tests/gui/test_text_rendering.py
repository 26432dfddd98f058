"""Direction, fonts, and the rule that no ink is ever cut off: measured on rendered pixels."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QTableView
from pytestqt.qtbot import QtBot

from workbench.gui.item_models.cells import TextCell
from workbench.gui.item_models.problems import ProblemsModel
from workbench.gui.text_columns import columns
from workbench.gui.text_differences import (
    COLOURS,
    DOUBT_PX,
    LANE_PX,
    describe,
    differences,
    draw_differences,
    draw_doubts,
    within,
)
from workbench.gui.text_rendering import (
    ELLIPSIS,
    MAX_CHARACTERS,
    NASKH,
    NASTALIQ,
    ShapedText,
    TextStyle,
    code_point,
    draw_in,
    elide,
    load_fonts,
    row_ink,
    visible,
)
from workbench.metrics.error_rate import count_characters

STYLES = [
    TextStyle("ur", 11),
    TextStyle("ur", 22),
    TextStyle("fa", 14),
    TextStyle("ar", 14),
    TextStyle("ur", 14, "naskh"),
]
TEXTS = [
    "ایکسیسبیلٹی",
    "گمنام گیت گاؤں",  # the initial gaf stands out of its advance
    "حکومتِ پنجاب کے گُمشدہ چچیرے",
    "العَرَبِيَّةُ لِلّٰهِ",
    "می\u200cخواهم ۱۲۳ Latin 2014",
]
ARABIC = st.text(alphabet="ابتجكلمنهويی ءگپ\u200c\u064e", max_size=24)

BORDER = 40


def alpha_of(width: int, height: int, draw: "object", ratio: float = 1.0) -> NDArray[np.uint8]:
    """Alpha of what is drawn on a transparent image."""
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return pixels[:, : image.width(), 3].copy()


def box_of(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of what was drawn, the last two exclusive."""
    rows, columns_ = np.nonzero(alpha > 8)
    return int(columns_.min()), int(rows.min()), int(columns_.max()) + 1, int(rows.max()) + 1


def test_the_bundled_fonts_are_there(qapp: object) -> None:
    assert set(load_fonts()) == {NASKH, NASTALIQ}
    assert TextStyle("ur").family == NASTALIQ
    assert TextStyle("ur", urdu_font="naskh").family == NASKH
    assert TextStyle("fa").family == TextStyle("ar").family == NASKH


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("text", TEXTS)
def test_the_measured_ink_is_the_drawn_ink(qapp: object, style: TextStyle, text: str) -> None:
    shaped = ShapedText(text, style)
    origin = QPointF(300, 300)
    left, top, right, bottom = box_of(
        alpha_of(1400, 600, lambda painter: shaped.draw(painter, origin, QColor("black")))
    )
    ink = shaped.ink.translated(origin)
    assert ink.left() - 1 <= left <= ink.left() + 4
    assert ink.top() - 1 <= top <= ink.top() + 4
    assert ink.right() - 4 <= right <= ink.right() + 1
    assert ink.bottom() - 4 <= bottom <= ink.bottom() + 1


def test_nastaliq_overflows_its_own_font_box(qapp: object) -> None:
    """Why ink is measured and font boxes are not believed; fails when a font mends that."""
    from PySide6.QtGui import QFontMetricsF

    style = TextStyle("ur", 20)
    ink = ShapedText(TEXTS[0], style).ink
    assert -ink.top() > QFontMetricsF(style.font()).ascent() + 5


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("height", [60, 18])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_no_ink_leaves_its_rectangle(qapp: object, style: TextStyle, text: str, height: int, ratio: float) -> None:
    room = QRectF(BORDER, BORDER, 120, height)
    shaped = elide(text * 3, style, room.width())
    alpha = alpha_of(200, height + 2 * BORDER, lambda painter: draw_in(painter, room, shaped, QColor("black")), ratio)
    left, top, right, bottom = (edge / ratio for edge in box_of(alpha))
    assert left >= room.left() - 1
    assert right <= room.right() + 1
    assert top >= room.top() - 1
    assert bottom <= room.bottom() + 1


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_no_ink_touches_the_edge_of_a_table_row(qtbot: QtBot, style: TextStyle) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    model = ProblemsModel(view)
    cell = TextCell(view)
    ink = row_ink(TEXTS, style)
    cell.set_style(style, ink)
    height = round(sum(ink)) + 8
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 400, height)
    for text in TEXTS:
        shaped = elide(text, style, 388)
        alpha = alpha_of(
            400,
            height,
            lambda painter, shaped=shaped: draw_in(painter, QRectF(6, 1, 388, height - 2), shaped, QColor(), ink),
        )
        assert not alpha[0].any()
        assert not alpha[-1].any()
    assert cell.sizeHint(option, model.index(0, 0)).height() >= round(sum(ink))


def test_the_base_direction_comes_from_the_language(qapp: object) -> None:
    """A line that begins with an English word still begins at the right."""
    mixed = "Latin كتاب"
    right = ShapedText(mixed, TextStyle("ar", 20))
    left = ShapedText(mixed, TextStyle("en", 20))
    assert right.spans(0, 5)[0].left > right.spans(6, 4)[0].right - 1
    assert left.spans(0, 5)[0].right < left.spans(6, 4)[0].left + 1


def test_a_text_is_flush_with_the_side_that_reading_starts_from(qapp: object) -> None:
    room = QRectF(0, 0, 400, 60)
    arabic = alpha_of(400, 60, lambda p: draw_in(p, room, ShapedText("كتاب", TextStyle("ar", 20)), QColor("black")))
    latin = alpha_of(400, 60, lambda p: draw_in(p, room, ShapedText("kitab", TextStyle("en", 20)), QColor("black")))
    assert box_of(arabic)[2] >= 395
    assert box_of(latin)[0] <= 5


def test_a_long_text_is_broken_and_its_lines_stay_apart(qapp: object) -> None:
    shaped = ShapedText(" ".join(TEXTS[:3] * 4), TextStyle("ur", 18), wrap_px=360)
    assert len(shaped.lines) > 2
    assert shaped.ink.width() <= 361
    for above, below in zip(shaped.lines, shaped.lines[1:], strict=False):
        assert above.ink.bottom() <= below.ink.top() + 0.01


def test_elision_keeps_the_beginning(qapp: object) -> None:
    style = TextStyle("ar", 14)
    text = "من العذاب في الآخرة وأفضل ما رزقهم الله تعالى"
    short = elide(text, style, 120)
    assert short.text.endswith(ELLIPSIS)
    assert text.startswith(short.text.split()[0])
    assert short.box.width() <= 120
    assert elide(text, style, 4000).text == text


def test_a_huge_text_is_cut_before_it_is_shaped(qapp: object) -> None:
    assert len(ShapedText("ا" * 200_000, TextStyle("ar")).text) == MAX_CHARACTERS + 1


def test_control_characters_are_seen_and_do_nothing(qapp: object) -> None:
    text = "ab\u202ecd\u2066\u200e\t\n\x07\ufeff"
    shown = visible(text)
    assert len(shown) == len(text)
    assert not any(bad in shown for bad in "\u202e\u2066\u200e\t\n\x07\ufeff")
    assert visible("می\u200cخواهم") == "می\u200cخواهم"  # it shapes the letters beside it
    spans = ShapedText(text, TextStyle("en", 20)).spans(0, 1) + ShapedText(text, TextStyle("en", 20)).spans(4, 1)
    assert spans[0].right <= spans[1].left  # the override reversed nothing


def test_zwnj_is_marked_by_a_tick(qapp: object) -> None:
    with_mark, without = (
        alpha_of(300, 80, lambda p, t=t: ShapedText(t, TextStyle("fa", 20)).draw(p, QPointF(20, 50), QColor("black")))
        for t in ("می\u200cخواهم", "می خواهم")
    )
    assert with_mark.any()
    assert without.any()
    # cut off letters keep their form by a joiner of Qt's own, which is no part of the text
    assert "\u200d" not in visible("كتاب")


def test_code_points_are_named() -> None:
    assert code_point("ی") == "U+06CC ی FARSI YEH"
    assert code_point(" ") == "U+0020 ␣ SPACE"
    assert code_point("\u064e") == "U+064E ◌\u064e FATHA"
    assert code_point("\u202e") == "U+202E ⇇ RIGHT-TO-LEFT OVERRIDE"
    assert code_point("\ue000").endswith("unnamed")


def test_characters_beyond_the_basic_plane_keep_positions(qapp: object) -> None:
    shaped = ShapedText("a\U0001d400b", TextStyle("en", 20))
    first, last = shaped.spans(0, 1)[0], shaped.spans(2, 1)[0]
    assert first.right <= last.left
    assert last.right > last.left


# Differences


def test_differences_are_the_edits_that_the_cer_counts() -> None:
    reference, hypothesis = "من العذاب في", "من العدب فيي"
    found = differences(reference, hypothesis)
    edits = sum(max(one.length, len(one.reference)) for one in found)
    assert edits == count_characters(reference, hypothesis).edits
    assert describe(found)
    assert describe(()) == "no differences"


@settings(max_examples=60)
@given(ARABIC, ARABIC)
def test_differences_of_pieces_are_those_of_the_whole(reference: str, hypothesis: str) -> None:
    found = differences(reference, hypothesis)
    middle = len(hypothesis) // 2
    parts = within(found, 0, middle, is_last=False) + within(found, middle, len(hypothesis), is_last=True)
    for kind in COLOURS:
        whole = sum(one.length for one in found if one.kind == kind)
        assert sum(one.length for one in parts if one.kind == kind) == whole
    missing = [one for one in found if one.kind == "delete"]
    assert len([one for one in parts if one.kind == "delete"]) == len(missing)


@pytest.mark.parametrize("style", [TextStyle("ur", 20), TextStyle("ar", 20)], ids=str)
def test_marked_letters_keep_their_joined_forms(qapp: object, style: TextStyle) -> None:
    reference, hypothesis = "چشمہ کتاب", "چسمہ کناب"
    shaped = ShapedText(hypothesis, style)
    origin = QPointF(20, 90)
    found = differences(reference, hypothesis)
    assert [one.kind for one in found] == ["substitute", "substitute"]

    def draw(painter: QPainter) -> None:
        shaped.draw(painter, origin, QColor("black"))
        draw_differences(painter, origin, shaped, found, is_dark=False)

    plain = alpha_of(320, 160, lambda painter: shaped.draw(painter, origin, QColor("black")))
    marked = alpha_of(320, 160, draw)
    ink = shaped.ink.translated(origin).toAlignedRect()
    inside = (slice(ink.top(), ink.bottom() + 1), slice(None))
    assert (marked[inside][plain[inside] > 200] > 200).all()  # nothing moved away
    assert marked[inside][plain[inside] == 0].max() <= 60  # no new ink, only the tint
    assert marked[ink.bottom() + 2 : ink.bottom() + 10].any()  # the bars under the letters


def test_every_kind_has_a_mark_of_its_own(qapp: object) -> None:
    """Also without colour: the marks under the letters differ in shape."""
    shapes: list[bytes] = []
    for reference, hypothesis in (("ab", "cb"), ("b", "ab"), ("cab", "ab")):
        shaped = ShapedText(hypothesis, TextStyle("en", 20))
        found = differences(reference, hypothesis)
        origin = QPointF(20, 30)

        def draw(painter: QPainter, shaped=shaped, found=found, origin=origin) -> None:
            draw_differences(painter, origin, shaped, found, is_dark=False)

        alpha = alpha_of(80, 60, draw)
        lane = alpha[round(30 + shaped.ink.bottom()) + 1 :]
        assert lane.any()
        shapes.append((lane > 60).tobytes())
    assert len(set(shapes)) == 3


# Columns


@settings(max_examples=120)
@given(ARABIC, st.lists(ARABIC, max_size=4))
def test_columns_cover_every_text_and_cut_no_word(reference: str, hypotheses: list[str]) -> None:
    found = columns(reference, hypotheses)
    texts = [reference, *hypotheses]
    for number, text in enumerate(texts):
        places = [column.reference if number == 0 else column.hypotheses[number - 1] for column in found]
        assert "".join(text[start:end] for start, end in places) == text
        for _, end in places[:-1]:
            assert end in (0, len(text)) or text[end - 1].isspace() or text[end].isspace()


def test_words_stand_under_their_words() -> None:
    found = columns("ab cd ef", ["ab cx ef", "abcd ef", ""])
    pieces = [["ab cx ef"[slice(*column.hypotheses[0])], "abcd ef"[slice(*column.hypotheses[1])]] for column in found]
    assert pieces == [["ab cx ", "abcd "], ["ef", "ef"]]


@settings(max_examples=80)
@given(st.text("اب # ", max_size=14), st.text("اب # ", max_size=14))
def test_columns_with_placeholders_cover_every_text(reference: str, hypothesis: str) -> None:
    found = columns(reference, [hypothesis], "#")
    assert "".join(hypothesis[slice(*column.hypotheses[0])] for column in found) == hypothesis
    assert "".join(reference[slice(*column.reference)] for column in found) == reference


def test_what_a_placeholder_matches_is_no_difference() -> None:
    reference, hypothesis = "كتاب # يوم", "كتب قلم يوم"
    assert [one.kind for one in differences(reference, hypothesis, "#")] == ["delete"]
    assert describe(differences(reference, hypothesis, "#")) == "1 missing"
    found = columns(reference, [hypothesis], "#")
    assert [hypothesis[slice(*column.hypotheses[0])] for column in found] == ["كتب ", "قلم ", "يوم"]


# Real lines


@pytest.mark.real_lines
@pytest.mark.parametrize("language", ["ar", "ur", "fa"])
def test_no_ink_of_real_lines_leaves_its_row(qapp: object, real_lines: Path, language: str) -> None:
    with (real_lines / "three_languages.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = [row["text"] for row in rows if row["lang"] == language][:200:4]
    style = TextStyle(language, 11)
    ink = row_ink(sorted(texts, key=len)[-20:], style)
    height = round(sum(ink)) + 8
    for text in texts:
        shaped = elide(text, style, 300)
        room = QRectF(10, 10, 300, height)
        alpha = alpha_of(320, height + 20, lambda p, s=shaped, r=room: draw_in(p, r, s, QColor("black"), ink))
        left, top, right, bottom = box_of(alpha)
        assert (left >= 9, top >= 9, right <= 311, bottom <= height + 11) == (True,) * 4


@pytest.mark.parametrize("style", [*STYLES, TextStyle("en", 14)], ids=str)
@pytest.mark.parametrize("text", [*TEXTS, "\U0001d400 كتاب \U0001d401"])
def test_the_character_under_the_mouse_is_the_one_drawn_there(qapp: object, style: TextStyle, text: str) -> None:
    shaped = ShapedText(text, style)
    found = set()
    for character in range(len(text)):
        for span in shaped.spans(character, 1):
            if span.right - span.left > 1:
                at = shaped.character_at(QPointF((span.left + span.right) / 2, 0))
                assert at is not None
                assert (span.left, span.right) == (shaped.spans(at, 1)[0].left, shaped.spans(at, 1)[0].right)
                found.add(at)
    assert len(found) >= len(text) // 2
    box = shaped.box
    assert shaped.character_at(QPointF(box.right() + 50, 0)) is None
    assert shaped.character_at(QPointF(box.left() - 50, 0)) is None


def test_the_character_under_the_mouse_in_a_broken_text(qapp: object) -> None:
    text = "کتاب قلم کاغذ میز کرسی در پنجره"
    shaped = ShapedText(text, TextStyle("fa", 16), wrap_px=80)
    assert len(shaped.lines) > 1
    for character in (0, text.index("م"), len(text) - 1):
        (span,) = shaped.spans(character, 1)
        middle = QPointF((span.left + span.right) / 2, span.line.ink.center().y())
        assert shaped.character_at(middle) == character


def test_doubts_are_bars_whose_height_tells_how_much(qapp: object) -> None:
    shaped = ShapedText("دار", TextStyle("fa", 20))
    top = BORDER + shaped.ink.bottom() + LANE_PX

    def rows_of(confidences: tuple[float, ...]) -> int:
        def draw(painter: QPainter) -> None:
            draw_doubts(painter, QPointF(BORDER, BORDER), shaped, confidences, QColor("black"))

        alpha = alpha_of(200, 140, draw)
        assert not alpha[: int(top)].any()  # never over the ink, nor over the marks of differences
        return int((alpha > 0).any(axis=1).sum())

    assert rows_of(()) == rows_of((1.0, 0.99, 1.0)) == 0
    assert 0 < rows_of((1.0, 0.9, 1.0)) < rows_of((1.0, 0.5, 1.0)) < rows_of((1.0, 0.0, 1.0)) <= DOUBT_PX
