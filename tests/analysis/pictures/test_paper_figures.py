"""Figures at column width: their size, their fonts, Arabic that is joined and runs the right way, marks."""

import re
import zlib
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

from tests.analysis.finished import finished_study
from tests.analysis.made_up import make_plan
from workbench.analysis.exports.csv_files import read_curves
from workbench.analysis.lines.examples import ExampleLine, Examples, Reading, examples_of
from workbench.analysis.pictures.arabic_text import (
    NASKH,
    NASTALIQ,
    font_of,
    outline,
    place_within,
    rows_of,
    set_tokens,
    tokens_of,
)
from workbench.analysis.pictures.column_curves import (
    draw_column_curves,
    draw_column_rates,
    save_column_curves,
    save_column_rates,
)
from workbench.analysis.pictures.column_heatmaps import draw_column_heatmaps, save_column_heatmaps
from workbench.analysis.pictures.examples import draw_examples, save_examples
from workbench.analysis.pictures.sheet import WIDTH_MM
from workbench.analysis.results.report import read_runs, report, report_of
from workbench.analysis.results.report_tables import tables_of
from workbench.errors import InputError
from workbench.metrics.alignment import align

TARGETS = ("khatt", "uhwr", "phtd")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory):
    return finished_study(tmp_path_factory.mktemp("study") / "workspace", targets=TARGETS)


@pytest.mark.parametrize("measure", ["cer", "no_blanks_digits"])
@pytest.mark.parametrize("width", ["single", "double"])
def test_what_stands_above_the_scale_does_not_overlap(study, width, measure):
    found = replace(report(*study, measure=measure), targets=("khatt", "uhwr", "a-longer-name-of-lines"))
    figure = draw_column_heatmaps(found, width)
    renderer = figure.canvas.get_renderer()
    words = ("it helps", "percentage points", "it hurts")
    above = [t for t in figure.findobj(Text) if any(word in t.get_text() for word in words)]
    assert len(above) == 3
    boxes = [text.get_window_extent(renderer) for text in above]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y0 >= 0 for box in boxes)


def text_of(figure) -> set[str]:
    return {text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))}


@pytest.mark.parametrize("width", ["single", "double"])
def test_figures_are_as_wide_as_a_column(study, tmp_path: Path, width):
    plan, store = study
    save_column_heatmaps(report(plan, store), tmp_path / "h.png", width)
    save_column_curves(read_curves(plan, store), tmp_path / "c.pdf", width)
    with Image.open(tmp_path / "h.png") as image:
        assert image.info["dpi"][0] == pytest.approx(600, abs=1)
        assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(WIDTH_MM[width], abs=0.2)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", (tmp_path / "c.pdf").read_bytes())
    assert box is not None
    assert float(box[1]) / 72 * 25.4 == pytest.approx(WIDTH_MM[width], abs=0.2)


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory):
    names = tuple(f"{name}-and-a-name-that-is-longer-than-any-column-has-room" for name in ("khatt", "uhwr"))
    return finished_study(tmp_path_factory.mktemp("long") / "workspace", targets=names, k_lines=(10, 20, 50, 100, 500))


@pytest.mark.parametrize("which", ["study", "long_names"])
def test_no_text_reaches_over_an_edge(request: pytest.FixtureRequest, which: str):
    plan, store = request.getfixturevalue(which)
    examples = examples_of(plan, read_runs(plan, store)[0], store, per_target=1)
    for width in WIDTH_MM:
        for figure in (
            draw_column_heatmaps(report(plan, store), width),
            draw_column_curves(read_curves(plan, store), width),
            draw_column_rates(report(plan, store), width),
            draw_examples(examples, width),
        ):
            drawn, (across, down) = figure.get_tightbbox(), figure.get_size_inches()
            assert drawn.x0 >= -0.01, width
            assert drawn.y0 >= -0.01, width
            assert drawn.x1 <= across + 0.01, width
            assert drawn.y1 <= down + 0.01, width


def test_cells_hold_the_numbers_of_the_tables(study):
    plan, store = study
    found = report(plan, store)
    shown = text_of(draw_column_heatmaps(found, "double"))
    for table in tables_of(found)[1:3]:
        for row in table.rows:
            for value in row.values:
                assert value.text in shown
                assert f"{value.low} … {value.high}" in shown or f"{value.low}\n{value.high}" in shown


def test_arms_are_told_apart_without_colour(study):
    plan, store = study
    axes = draw_column_curves(read_curves(plan, store), "double").axes[0]
    looks = {(str(line.get_linestyle()), line.get_marker()) for line in axes.get_lines()}
    assert len(looks) == len(axes.get_lines()) == 4
    marks = {line.get_marker(): line.get_linewidth() for line in axes.get_lines()}
    key = {line.get_label(): line for line in axes.figure.legends[0].get_lines()}
    single, multi = key["Single-script"], key["Multi-script"]
    assert marks[single.get_marker()] == single.get_linewidth() < multi.get_linewidth() == marks[multi.get_marker()]
    assert (key["CRNN (small)"].get_linestyle(), key["CNN-only (small)"].get_linestyle()) == ("-", "--")


def test_rates_over_k_are_those_of_the_report(study):
    found = report(*study)
    figure = draw_column_rates(found, "double")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == list(TARGETS)
    for target, axes in zip(TARGETS, figure.axes, strict=True):
        rates = [rate for rate in found.rates if rate.target == target]
        arms = [line for line in axes.get_lines() if line.get_marker() != "None"]
        bars = [line for line in axes.get_lines() if line.get_marker() == "None"]
        assert len({(line.get_linestyle(), line.get_marker()) for line in arms}) == len(arms) == 4
        assert sorted(y for line in arms for y in line.get_ydata()) == pytest.approx(sorted(100 * r.cer for r in rates))
        ends = sorted(tuple(line.get_ydata()) for line in bars)
        assert ends == [pytest.approx(pair) for pair in sorted((100 * r.low, 100 * r.high) for r in rates)]
        assert [text.get_text() for text in axes.get_xticklabels()] == [f"{k:,}" for k in found.k_lines]
        assert len({tuple(line.get_xdata()) for line in arms}) == 4, "beside each other"
    arms = [replace(found.rates[0], regime=f"multi: {n}") for n in range(24)]
    (axes,) = draw_column_rates(replace(found, rates=tuple(arms)), "single").axes
    places = [x for line in axes.get_lines() for x in line.get_xdata()]
    assert axes.get_xlim()[0] < min(places)
    assert max(places) < axes.get_xlim()[1]
    assert "WER, %" in text_of(draw_column_rates(report(*study, measure="wer"), "single"))


def test_fonts_are_embedded_as_truetype(study, tmp_path: Path):
    plan, store = study
    save_column_heatmaps(report(plan, store), tmp_path / "h.pdf")
    content = (tmp_path / "h.pdf").read_bytes()
    assert b"/Type3" not in content
    assert b"/FontFile2" in content
    save_column_heatmaps(report(plan, store), tmp_path / "h.svg")
    assert "<text" not in (tmp_path / "h.svg").read_text(encoding="utf-8"), "outlines: they look alike everywhere"


def test_nothing_to_draw_is_said(tmp_path: Path):
    plan = make_plan()
    with pytest.raises(InputError, match="no heatmap"):
        save_column_heatmaps(report_of(make_plan(regimes=("single",)), {}), tmp_path / "h.pdf")
    with pytest.raises(InputError, match="no error rates"):
        save_column_rates(report_of(plan, {}), tmp_path / "r.pdf")
    with pytest.raises(InputError, match="no example lines"):
        save_examples(Examples((), ""), tmp_path / "e.pdf")
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        save_column_heatmaps(report_of(plan, {}), tmp_path / "h.gif")
    assert not list(tmp_path.iterdir())


# Arabic


def ink(text: str, language: str) -> np.ndarray:
    return np.asarray(outline(text, font_of(language), language, 10.0).vertices)


def test_the_bundled_fonts_are_used():
    assert font_of("ur").get_family()[0] == NASTALIQ
    assert font_of("fa").get_family()[0] == font_of("ar").get_family()[0] == NASKH


@pytest.mark.parametrize(("language", "word"), [("ar", "كتاب"), ("fa", "چشم"), ("ur", "کیسے")])
def test_letters_are_joined(language: str, word: str):
    """A word takes less room than its letters apart, and other outlines."""
    apart = sum(np.ptp(ink(letter, language)[:, 0]) for letter in word)
    assert np.ptp(ink(word, language)[:, 0]) < 0.9 * apart


@pytest.mark.parametrize("language", ["ar", "fa", "ur"])
def test_a_word_runs_from_right_to_left(language: str):
    """Alef joins to nothing after it, so a word that begins with it has its thin stroke at the right end."""
    word = ink("ابببب", language)
    reversed_word = ink("بببب" + "ا", language)
    alef_height = ink("ا", language)[:, 1].max()
    tall = word[word[:, 1] > 0.9 * alef_height][:, 0].mean()
    tall_reversed = reversed_word[reversed_word[:, 1] > 0.9 * alef_height][:, 0].mean()
    assert tall > word[:, 0].mean()
    assert tall_reversed < reversed_word[:, 0].mean()


def test_words_stand_from_right_to_left_and_latin_ones_from_left_to_right():
    assert [token.text for token in tokens_of("باب 12 htr workbench قلم")] == ["باب", "12", "htr workbench", "قلم"]
    text = " a  b ج\u200cد "
    for token in tokens_of(text):
        assert text[token.at : token.at + len(token.text)] == token.text
    assert [token.is_mixed for token in tokens_of("باب12 12 باب")] == [True, False, False]


def test_rows_are_no_wider_than_the_figure():
    tokens = tuple(set_tokens("كتاب جديد في البيت " * 8, font_of("ar"), "ar", 10.0))
    rows = rows_of(tokens, 120.0, 10.0)
    assert sum(map(len, rows)) == len(tokens)
    assert len(rows) > 3
    assert all(sum(token.width for token in row) <= 120 for row in rows)
    assert [len(row) for row in rows_of(tokens[:1], 1.0, 10.0)] == [1], "a word is never lost"
    assert rows_of((), 10.0, 10.0) == ((),)


@pytest.mark.parametrize(("language", "word"), [("ar", "كتاب"), ("ur", "کتاب"), ("fa", "دفتر")])
def test_marks_lie_below_their_letters(language: str, word: str):
    font = font_of(language)
    (token,) = set_tokens(word, font, language, 10.0)
    places = [place_within(token, at, at + 1, font, language, 10.0) for at in range(len(word))]
    assert places[0][1] == pytest.approx(token.width), "the first letter is at the right end"
    assert places[-1][0] == pytest.approx(0.0)
    for (left, right), (next_left, next_right) in pairwise(places):
        assert left <= right
        assert next_right == pytest.approx(left), "letters follow each other from right to left"
        assert next_left <= left
    (latin,) = set_tokens("abc", font, language, 10.0)
    assert place_within(latin, 0, 1, font, language, 10.0)[0] == 0.0
    (mixed,) = set_tokens("اب12", font, language, 10.0)
    assert place_within(mixed, 0, 1, font, language, 10.0) == (0.0, mixed.width)


def example(language: str, reference: str, hypothesis: str, image=None) -> ExampleLine:
    edits = align(reference, hypothesis)
    reading = Reading("run", "CRNN (small), multi", hypothesis, edits, sum(e.edits for e in edits), len(reference))
    return ExampleLine("khatt", language, "l1", reference, (reading,), image)


def colours_of(examples: Examples) -> list[str]:
    figure = draw_examples(examples, "double")
    return [line.get_color() for line in figure.findobj(Line2D) if len(line.get_xdata()) in (2, 3)]


@pytest.mark.parametrize("language", ["ar", "ur", "fa"])
def test_every_kind_of_difference_has_its_mark(language: str):
    none = len(colours_of(Examples((example(language, "باب", "باب"),), "")))
    assert none == 4, "the key alone: one bar, two bars, a caret"
    wrong = len(colours_of(Examples((example(language, "باب", "بام"),), "")))
    surplus = len(colours_of(Examples((example(language, "باب", "بابم"),), "")))
    missing = len(colours_of(Examples((example(language, "باب", "با"),), "")))
    assert (wrong - none, surplus - none, missing - none) == (1, 2, 1)


def test_awkward_lines_can_be_drawn(tmp_path: Path):
    image = np.zeros((60, 900), np.uint8)
    image[20:40, 100:800] = 255
    lines = (
        example("ar", "", "باب"), example("ur", "کتاب", ""), example("fa", "  ", " "),
        example("en", "abc def", "abd def"),
        example("ar", "سطر $x^2$ #1 «a b» ١٢ ، " * 6, "سطر $x^2$", image),
    )  # fmt: skip
    for kind in ("png", "svg", "pdf"):
        save_examples(Examples(lines, ""), tmp_path / f"e.{kind}", "single")
    with Image.open(tmp_path / "e.png") as drawn:
        assert np.asarray(drawn.convert("L")).min() < 64, "there is ink"


def test_a_picture_is_the_same_every_time(study, tmp_path: Path):
    plan, store = study
    examples = examples_of(plan, read_runs(plan, store)[0], store, per_target=1)
    assert [line.target for line in examples.lines] == list(TARGETS)
    for kind in ("svg", "pdf"):
        save_examples(examples, tmp_path / f"a.{kind}")
        save_examples(examples, tmp_path / f"b.{kind}")
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)endstream", (tmp_path / "a.pdf").read_bytes(), re.DOTALL)
    assert any(b" c\n" in zlib.decompress(stream) for stream in streams if stream[:1] == b"x"), "texts are outlines"
