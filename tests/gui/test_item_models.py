"""Tables of lines, problems, characters and predictions: contents, filters, sorting, and 100,000 rows."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.gui.conftest import wait_until
from workbench.analysis.lines.selection import Compared, LineWish, Selection
from workbench.data.line import LineSet, ReadProblem, TextLine
from workbench.data.line_marks import LineMark
from workbench.errors import InputError
from workbench.gui.item_models.characters import CharactersModel, overlap_of
from workbench.gui.item_models.findings import ExamplesModel, SharedModel
from workbench.gui.item_models.lines import IMAGE, LENGTH, TEXT, WRITER, LineFilter, LinesModel
from workbench.gui.item_models.predictions import DELTA, MARK, SINGLE, PredictionsModel
from workbench.gui.item_models.problems import KIND, REASON, ProblemsModel
from workbench.gui.item_models.side_by_side import REVERSED, SideBySideModel, effect_rows, peculiarity_rows
from workbench.gui.stores.predictions import Arm, PredictionRow
from workbench.runs.plan import SharedExample, SharedLines
from workbench.study.schema import LeakageDecision, LeakageRules
from workbench.text.effects import each_alone
from workbench.text.normalize import STEPS
from workbench.text.profile import profile
from workbench.text.search import matcher

Display = Qt.ItemDataRole.DisplayRole


class FakeCache:
    """Small images of every line."""

    def size(self, line_id: str) -> tuple[int, int]:
        return 20, 60

    def image(self, line_id: str) -> np.ndarray:
        return np.full((20, 60), 128, np.uint8)

    def __contains__(self, line_id: object) -> bool:
        return True


def line(number: int, text: str, **fields: Any) -> TextLine:
    return TextLine(f"line{number}", Path(f"images/{number}.png"), text, "ar", **fields)


def opened_of(lines: tuple[TextLine, ...], problems: tuple[ReadProblem, ...] = ()) -> Any:
    read = LineSet("set", "list_files", Path("/nowhere"), "ar", lines, problems, "f" * 64)
    return SimpleNamespace(entry=SimpleNamespace(name="set", language="ar"), lines=read, cache=FakeCache())


LINES = (
    line(0, "كتاب جديد", split="train", writer="w2"),
    line(1, "باب", split="train", writer="w1"),
    line(2, "شمس و قمر كبير", split="test", writer="w3"),
    line(3, "علی Latin", split=None),
)
NOTE = ReadProblem("images/1.png", None, "lies in another folder", is_note=True)


@pytest.fixture
def model(qtbot: QtBot) -> LinesModel:
    model = LinesModel()
    model.show(opened_of(LINES, (NOTE, ReadProblem("images/9.png", 3, "empty text"))))
    return model


def ids(model: LinesModel) -> list[str]:
    return [model.line_at(row).id for row in range(model.rowCount())]


def test_lines_are_shown_as_they_are(model: LinesModel) -> None:
    QAbstractItemModelTester(model)
    shown = [model.index(0, column).data() for column in range(1, 9)]
    assert shown == ["كتاب جديد", "line0", "w2", "train", "9", "60", "20", "0.150"]
    assert model.index(3, WRITER).data() == "–"
    assert model.headerData(TEXT, Qt.Orientation.Horizontal) == "Transcription"
    assert model.index(0, IMAGE).data(Qt.ItemDataRole.AccessibleTextRole) == "Image of line0"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (LineFilter(search="باب"), [1]),
        (LineFilter(search="LATIN"), [3]),
        (LineFilter(search="w3"), [2]),
        (LineFilter(search="line2"), [2]),
        (LineFilter(search="/^ب.ب$/"), [1]),
        (LineFilter(search="ي"), [0, 2]),
        (LineFilter(part="train"), [0, 1]),
        (LineFilter(part=None), [3]),
        (LineFilter(problems="with"), [1]),
        (LineFilter(problems="without"), [0, 2, 3]),
        (LineFilter(longest=3), [1]),
        (LineFilter(shortest=10), [2]),
        (LineFilter(part="train", search="كتاب"), [0]),
        (LineFilter(search="nothing"), []),
    ],
)
def test_lines_are_filtered(model: LinesModel, wanted: LineFilter, expected: list[int]) -> None:
    model.set_filter(wanted)
    assert ids(model) == [f"line{number}" for number in expected]
    assert [model.row_of(line_id) for line_id in ids(model)] == list(range(len(expected)))


def test_a_wrong_pattern_is_one_sentence_and_changes_nothing(model: LinesModel) -> None:
    with pytest.raises(InputError, match="no regular expression"):
        model.set_filter(LineFilter(search="/(/"))
    assert model.rowCount() == 4


def test_lines_are_sorted_and_return_to_their_own_order(model: LinesModel) -> None:
    model.sort(LENGTH, Qt.SortOrder.DescendingOrder)
    assert ids(model)[0] == "line2"
    model.sort(WRITER)
    assert ids(model) == ["line3", "line1", "line0", "line2"]
    model.sort(-1)
    assert ids(model) == ["line0", "line1", "line2", "line3"]


def test_notes_belong_to_the_line_that_they_name(model: LinesModel) -> None:
    assert model.problems_of("line1") == (NOTE,)
    assert model.problems_of("line0") == ()
    assert "another folder" in model.index(1, TEXT).data(Qt.ItemDataRole.ToolTipRole)


def test_images_come_when_they_are_looked_at(qtbot: QtBot, model: LinesModel) -> None:
    model.set_thumbnails(QSize(30, 20), 2.0)
    with qtbot.waitSignal(model.dataChanged) as changed:
        assert model.index(2, IMAGE).data(Qt.ItemDataRole.DecorationRole) is None
    assert changed.args[0].row() == 2
    image = model.index(2, IMAGE).data(Qt.ItemDataRole.DecorationRole)
    assert isinstance(image, QImage)
    assert image.deviceIndependentSize().width() <= 30


def test_an_image_that_was_sorted_away_is_shown_where_the_line_is_now(qtbot: QtBot, model: LinesModel) -> None:
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.index(0, IMAGE).data(Qt.ItemDataRole.DecorationRole)
        model.sort(WRITER)
    assert changed.args[0].row() == model.row_of("line0") == 2


def test_another_data_set_takes_the_place(model: LinesModel) -> None:
    model.show(None)
    assert model.rowCount() == 0
    assert model.line_at(0) is None
    model.show(opened_of(LINES[:1]))
    assert model.total == 1


def test_a_hundred_thousand_lines(qtbot: QtBot) -> None:
    words = ("كتاب", "باب", "شمس", "قلم")
    image = Path("images/all.png")
    many = tuple(
        TextLine(
            f"line{number}",
            image,
            f"{words[number % 4]} {words[number % 3]} {number}",
            "ar",
            "train",
            f"w{number % 500}",
        )
        for number in range(100_000)
    )
    model = LinesModel()
    model.show(opened_of(many))
    assert model.rowCount() == 100_000  # at once: the data set's own order is no work
    model.set_filter(LineFilter(search="99999"))
    assert model.rowCount() == 100_000  # the old rows stay until the new ones are known
    wait_until(qtbot, lambda: not model.is_arranging)
    assert ids(model) == ["line99999"]
    model.set_filter(LineFilter())
    model.sort(TEXT, Qt.SortOrder.DescendingOrder)
    wait_until(qtbot, lambda: not model.is_arranging)
    assert model.row_of("line5") is not None
    texts = [model.line_at(row).transcription for row in range(0, 100_000, 97)]
    assert texts == sorted(texts, reverse=True)
    assert len(model.longest_texts()) == 16


# Problems, characters, findings


def test_problems_come_before_notes(qtbot: QtBot) -> None:
    model = ProblemsModel()
    QAbstractItemModelTester(model)
    broken = ReadProblem("images/7.tif", 12, "the image is torn")
    whole = ReadProblem(".", None, "<b>also readable</b> as a list", is_note=True)
    model.show((NOTE, broken, whole))
    assert [model.index(row, KIND).data() for row in range(3)] == ["problem", "note", "note"]
    assert [model.index(0, column).data() for column in range(4)] == [
        "problem",
        "images/7.tif",
        "12",
        "the image is torn",
    ]
    assert model.index(2, 1).data() == "data set"
    assert "&lt;b&gt;" in model.index(2, REASON).data(Qt.ItemDataRole.ToolTipRole)
    model.set_filter("torn")
    assert model.rowCount() == 1
    model.set_filter("", is_note=True)
    assert model.as_text().count("\n") == 2
    model.sort(REASON, Qt.SortOrder.DescendingOrder)
    assert model.problem_at(0) is NOTE


def summary(name: str, language: str, text: str) -> Any:
    return SimpleNamespace(name=name, language=language, characters={c: text.count(c) for c in text})


def test_characters_are_counted_side_by_side(qtbot: QtBot) -> None:
    model = CharactersModel()
    QAbstractItemModelTester(model)
    model.show([summary("one", "ar", "ابا"), summary("two", "fa", "اگ")])
    assert model.headerData(3, Qt.Orientation.Horizontal) == "two"
    rows = [[model.index(row, column).data() for column in range(4)] for row in range(model.rowCount())]
    assert rows == [
        ["U+0627 ا ALEF", "letter", "2", "1"],
        ["U+0628 ب BEH", "letter", "1", ""],
        ["U+06AF گ GAF", "letter", "", "1"],
    ]
    model.sort(2, Qt.SortOrder.DescendingOrder)
    assert model.row_at(0).character == "ا"
    model.set_search("gaf")
    assert [model.row_at(0).character] == ["گ"]
    with pytest.raises(InputError):
        model.set_search("/[/")


def test_languages_are_compared_not_data_sets() -> None:
    overlap = overlap_of([summary("a", "ar", "اب"), summary("b", "ar", "ت"), summary("c", "fa", "اگ")])
    assert overlap.names == ("ar", "fa")
    assert overlap.pairs == ((3, 1), (1, 2))
    assert overlap.common == ("ا",)
    assert [overlap.own(language) for language in overlap.names] == [("ب", "ت"), ("گ",)]
    assert overlap.share("ar") == 1 / 3
    assert overlap_of([]).names == ()


def profiled(name: str, language: str, *texts: str) -> Any:
    return SimpleNamespace(name=name, language=language, text=profile(texts), effects=each_alone(texts))


def test_peculiarities_stand_side_by_side(qtbot: QtBot) -> None:
    sets = [profiled("one", "ar", "كتاب  يوم  #", "قلم  باب"), profiled("two", "fa", "می\u200cرود ۳", "کتاب ۴")]
    model = SideBySideModel("Peculiarity")
    QAbstractItemModelTester(model)
    model.show(["one", "two"], peculiarity_rows(sets))
    assert model.headerData(1, Qt.Orientation.Horizontal) == "one"
    rows = [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]
    assert rows == [
        ["two or more blanks in a row", "3 in 2 lines", ""],
        ["'#' (in KHATT: an illegible or struck-out piece)", "1 line", ""],
        ["ZWNJ (U+200C)", "", "1 line"],
        ["Yeh, one of several: U+064A ي YEH", "1 in 1 line", ""],
        ["Yeh, one of several: U+06CC ی FARSI YEH", "", "1 in 1 line"],
        ["Kaf, one of several: U+0643 ك KAF", "1 in 1 line", ""],
        ["Kaf, one of several: U+06A9 ک KEHEH", "", "1 in 1 line"],
    ]
    assert "collapse blanks" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_reversed_storage_comes_first() -> None:
    (first, *_) = peculiarity_rows([profiled("one", "ar", *["من إلى في البيت"[::-1]] * 3), profiled("two", "fa", "گل")])
    assert (first.title, first.cells) == (REVERSED, ("all lines", ""))


def test_effects_of_steps_stand_side_by_side() -> None:
    rows = {
        row.key: row for row in effect_rows([profiled("one", "ar", "كي", "ب\u0651\u064e"), profiled("two", "fa", "گل")])
    }
    assert list(rows) == list(STEPS)
    assert rows["fold_kaf"].cells == ("1 in 1 line", "")
    assert rows["nfc"].cells == ("order of marks in 1 line", "")
    assert rows["fold_kaf"].explanation.startswith("Arabic Kaf")


def test_shared_kinds_show_what_the_study_decided(qtbot: QtBot) -> None:
    model = SharedModel()
    QAbstractItemModelTester(model)
    records = [
        SharedLines(
            kind="near_text",
            left="a/train",
            right="a/test",
            findings=1200,
            left_lines=2,
            right_lines=3,
            is_serious=True,
        ),
        SharedLines(kind="writer", left="a/validation", right="a/test", findings=1, left_lines=9, right_lines=1),
    ]
    model.show(records, LeakageRules(), can_decide=True)
    assert [[model.index(row, column).data() for column in range(5)] for row in range(2)] == [
        ["text, nearly", "a/train and a/test", "1,200", "2 · 3", "undecided"],
        ["writer", "a/validation and a/test", "1", "9 · 1", ""],
    ]
    decision = LeakageDecision(kind="near_text", left="a/train", right="a/test", decision="exclude")
    with qtbot.assertNotEmitted(model.modelReset):
        model.show(records, LeakageRules(decisions=(decision,)), can_decide=True)
    assert model.index(0, 4).data() == "excluded"
    assert model.record_at(1) == records[1]
    assert model.record_at(2) is None
    model.show(records, LeakageRules(), can_decide=False)
    assert model.index(0, 4).data() == ""


def test_examples_name_their_lines(qtbot: QtBot) -> None:
    model = ExamplesModel()
    QAbstractItemModelTester(model)
    example = SharedExample(value="كتاب\u202e", left_ids=("a", "b"), right_ids=("c",))
    model.show(
        SharedLines(
            kind="text", left="x/train", right="x/test", findings=1, left_lines=2, right_lines=1, examples=(example,)
        )
    )
    assert [model.headerData(column, Qt.Orientation.Horizontal) for column in range(3)] == ["What", "x/train", "x/test"]
    assert [model.index(0, column).data() for column in range(3)] == [
        "كتاب⇇",
        "a and 1 more",
        "c",
    ]
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "كتاب⇇"
    assert "a, b" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    model.show(None)
    assert model.rowCount() == 0


# Predictions

CRNN_MULTI = Arm("small-crnn", "multi")


class FakeLines:
    """Lines as the store of predictions gives them: a, b, c, …"""

    def __init__(self, references: list[str]) -> None:
        self.rows = references
        self.index = SimpleNamespace(longest_references=tuple(references))

    def line_id(self, line: int) -> str:
        return "abcdefgh"[line]

    def reference(self, line: int) -> str:
        return self.rows[line]

    def position(self, line_id: str) -> int | None:
        place = "abcdefgh".find(line_id)
        return place if 0 <= place < len(self.rows) else None

    def row(self, line: int) -> PredictionRow:
        return PredictionRow("set", self.line_id(line), self.rows[line], ())


def selection_of(order: list[int], numbers: list[tuple[float, float]]) -> Selection:
    positions = np.array(order, np.int64)
    rows = np.full(len(numbers), -1)
    rows[positions] = np.arange(len(order))
    single, multi = np.array(numbers).T
    return Selection(LineWish(), Compared((0,), (1,)), positions, rows, single, multi, multi - single)


@pytest.fixture
def predictions(qtbot: QtBot) -> PredictionsModel:
    model = PredictionsModel(FakeLines(["نص a", "<b>", "", "نص d"]))  # type: ignore[arg-type]
    numbers = [(0.3, 0.1), (0.0, 0.4), (np.nan, np.nan), (np.nan, 0.2)]
    model.show(selection_of([0, 1, 3], numbers), CRNN_MULTI, FakeCache())  # type: ignore[arg-type]
    return model


def test_predictions_show_both_arms(predictions: PredictionsModel) -> None:
    QAbstractItemModelTester(predictions)
    assert (predictions.rowCount(), predictions.total) == (3, 4)
    assert [predictions.index(0, column).data() for column in range(1, 5)] == ["نص a", "30.0", "10.0", "−20.0"]
    assert predictions.index(1, DELTA).data() == "+40.0"
    assert [predictions.index(2, column).data() for column in (SINGLE, DELTA)] == ["–", "–"]
    assert predictions.index(0, DELTA).data(Qt.ItemDataRole.AccessibleTextRole) == "ΔCER in percentage points: −20.0"
    scored = predictions.row_at(2)
    assert scored is not None
    assert (scored.single, scored.multi, scored.delta_pp) == (None, 0.2, None)


def test_rows_of_predictions_are_found_by_their_ids(predictions: PredictionsModel) -> None:
    assert list(predictions.shown_ids()) == ["a", "b", "d"]
    assert [predictions.row_of(line_id) for line_id in ("a", "d", "c", "nothing")] == [0, 2, None, None]
    assert predictions.id_at(3) is None


def test_predictions_bear_marks(predictions: PredictionsModel) -> None:
    predictions.show_marks({"a": LineMark(is_bookmarked=True), "d": LineMark(note="<i>odd</i>", is_bookmarked=True)})
    assert [predictions.index(row, MARK).data() for row in range(3)] == ["★", "", "★✎"]
    assert "&lt;i&gt;odd" in predictions.index(2, SINGLE).data(Qt.ItemDataRole.ToolTipRole)
    spoken = [predictions.index(row, MARK).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert spoken == ["bookmarked", "no mark", "bookmarked; <i>odd</i>"]


def test_an_order_of_predictions_is_asked_for_once(qtbot: QtBot, predictions: PredictionsModel) -> None:
    asked: list[tuple[object, bool]] = []
    predictions.order_wanted.connect(lambda key, is_descending: asked.append((key, is_descending)))
    predictions.sort(DELTA, Qt.SortOrder.DescendingOrder)
    predictions.sort(DELTA, Qt.SortOrder.DescendingOrder)
    predictions.sort(-1)
    assert asked == [("delta", True), (None, False)]


def test_search_knows_plain_text_and_patterns() -> None:
    assert matcher("")("anything")
    assert matcher("A.b")("xa.B")
    assert not matcher("a.b")("axb")
    assert matcher("/a.b/")("axb")
    assert not matcher("ی")("ي")  # code points, not letters that look alike
