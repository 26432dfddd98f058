"""The picture of the heatmap: what it says, which colours it gives, that nothing overlaps, that it repeats."""

import itertools
import struct
from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from tests.analysis.made_up import by_regime, make_plan, make_records
from workbench.analysis.pictures.heatmaps import COLOURS, draw_heatmaps, save_heatmaps
from workbench.analysis.results.report import report_of
from workbench.errors import InputError
from workbench.study.grid import REGIMES

TABLE = by_regime(
    {
        ("small-cnn", "single"): 50,
        ("small-cnn", "multi"): 53,
        ("small-crnn", "single"): 40,
        ("small-crnn", "multi"): 28,
        ("cnn", "single"): 40,
        ("cnn", "multi"): 40,
        ("both", "single"): 40,
        ("both", "multi"): 38,
        ("rnn", "single"): 40,
        ("rnn", "multi"): 30,
    }
)


def by_arm(request, _target):
    """Edits per line that differ from regime to regime."""
    return 30 + list(REGIMES).index(request.regime)


def texts_of(figure):
    found = [text for text in figure.texts if text.get_text()]
    for axes in figure.axes:
        titles = [axes.title, axes._left_title, axes._right_title]
        ticks = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        found += [text for text in (*axes.texts, *titles, *ticks) if text.get_text()]
    return found


def draw(report):
    figure = draw_heatmaps(report)
    FigureCanvasAgg(figure).draw()
    return figure


REPORTS = {
    "full": lambda: make_plan(
        seeds=(0, 1),
        k_lines=(100, 500, 1000),
        targets=("khatt", "uhwr", "phtd"),
        budgets=("1500 steps", "40 epochs"),
        synthetic=("khatt",),
    ),
    "smallest": lambda: make_plan(architectures=("small-crnn",)),
    "many architectures": lambda: make_plan(architectures=("cnn", "rnn", "both", "small-cnn", "small-crnn")),
    "awkward names": lambda: make_plan(targets=("a very long name of a data set indeed", "مخطوطات", "x" * 80)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_no_text_overlaps_another_or_leaves_the_picture(name):
    plan = REPORTS[name]()
    figure = draw(report_of(plan, make_records(plan, TABLE)))
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts_of(figure)]
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        assert not first.padded(-1).overlaps(second.padded(-1)), (one, other)
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text


@pytest.mark.parametrize("architectures", [("small-crnn",), ("small-cnn", "small-crnn")])
def test_every_arm_has_its_row_with_what_it_is_compared_with(architectures):
    names = ("khatt", "uhwr", "phtd")
    axes = {"folding": ["off", "on"], "batches": ["one_target"], "sampling": ["balanced"], "norm": ["group"]}
    plan = make_plan(
        architectures=architectures, targets=names, regimes=tuple(REGIMES), conditions=axes, budgets=("40 exposures",)
    )
    report = report_of(plan, make_records(plan, by_arm))
    figure = draw(report)
    titles = [text for text in figure.texts if text.get_text().startswith("Equal exposures")]
    assert len(titles) == 2 * len(report.regimes)
    said = " ".join(" ".join(text.get_text().split()) for text in titles)
    assert "Every pair: khatt + phtd: CER(pair) − CER(single), code points folded, batches of one data set" in said
    assert "New head, multi-script encoder: CER(multi head) − CER(single head), batches of one data set" in said
    for one, other in itertools.pairwise(figure.texts):
        assert not one.get_window_extent().padded(-1).overlaps(other.get_window_extent().padded(-1))
    assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in titles)
    panels = len(architectures) + (len(architectures) > 1)
    pair = figure.axes[report.regimes.index("pairs: khatt + uhwr") * len(report.conditions) * panels]
    assert len(cells_of(pair)) == 2, "nothing is drawn, hatched neither, for a target that the pair does not have"


def test_a_picture_of_very_many_arms_stays_within_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.analysis.pictures.saving.MAX_SIDE_PX", 1000)
    plan = make_plan(architectures=("small-crnn",), regimes=("single", "multi", "extra", "permuted"))
    path = tmp_path / "map.png"
    save_heatmaps(report_of(plan, make_records(plan, by_arm)), path)
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    assert 900 <= max(width, height) <= 1001


def cells_of(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_it_says_what_it_shows():
    plan = make_plan(k_lines=(100, 500), budgets=("1500 steps", "40 epochs"), synthetic=("khatt",), selection="best")
    figure = draw(report_of(plan, make_records(plan, TABLE, selection="best")))
    said = {text.get_text() for text in texts_of(figure)}
    assert "ΔCER = CER(multi-script) − CER(single-script), percentage points" in said
    assert "Study 'made up', test lines, weights 'best'" in said
    assert {"Equal steps: 1,500 steps per run", "Equal epochs: 40 epochs per run"} <= said
    assert {"CNN-only (small)", "CRNN (small)", "CRNN − CNN-only", "K = 100", "K = 500"} <= said
    assert {"khatt *", "uhwr", "SYNTHETIC", "← it helps", "it hurts →"} <= said
    assert {"−12.0", "+3.0", "−15.0"} <= said
    assert {"1,500 steps", "520 | 1,000 steps"} <= said
    assert len(figure.axes) == 2 * 3 + 1


def test_blue_helps_red_hurts_and_0_is_in_the_middle():
    plan = make_plan(architectures=("cnn", "both", "small-cnn"))
    figure = draw(report_of(plan, make_records(plan, TABLE)))
    none, helps, hurts = (cells_of(axes)[0].get_facecolor() for axes in figure.axes[:3])
    assert helps[2] > helps[0]
    assert hurts[0] > hurts[2]
    assert none == pytest.approx(COLOURS(0.5))


def test_empty_cells_are_hatched_and_carry_no_number():
    plan = make_plan(architectures=("small-crnn",), k_lines=(100, 500))
    records = make_records(plan, TABLE)
    del records["small-crnn-khatt-k500-d0-s0-1500steps"]
    axes = draw(report_of(plan, records)).axes[0]
    assert [bool(cell.get_hatch()) for cell in cells_of(axes)] == [False, True, False, False]
    assert sum(text.get_text() == "−12.0" for text in axes.texts) == 3
    assert len(axes.lines) == 3  # dots
    assert "0.0" not in {text.get_text() for text in axes.texts}


def test_no_dot_where_the_interval_holds_0():
    plan = make_plan(architectures=("cnn",))
    axes = draw(report_of(plan, make_records(plan, TABLE))).axes[0]
    assert not axes.lines
    assert {"0.0", "0.0 … 0.0"} <= {text.get_text() for text in axes.texts}


def test_a_dot_is_what_holds_after_the_correction_and_a_ring_what_does_not():
    plan = make_plan(architectures=("small-crnn",), k_lines=(100, 500))
    report = report_of(plan, make_records(plan, TABLE))
    p_values = (0.001, 0.2, None, 0.05)
    cells = tuple(replace(cell, holm_p=p) for cell, p in zip(report.cells, p_values, strict=True))
    drawn = draw(replace(report, cells=cells)).axes[0].lines
    assert [line.get_markerfacecolor() == "none" for line in drawn] == [False, True, True, False]
    assert [cell.mark for cell in cells] == ["corrected", "alone", "alone", "corrected"]


@pytest.mark.parametrize(("ending", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")])
def test_files_are_whole_and_repeat(tmp_path, ending, begin):
    plan = make_plan()
    report = report_of(plan, make_records(plan, TABLE))
    first, second = tmp_path / f"a.{ending}", tmp_path / "new" / f"b.{ending}"
    save_heatmaps(report, first)
    save_heatmaps(report, second)
    assert first.read_bytes().startswith(begin)
    assert first.read_bytes() == second.read_bytes()


def test_the_png_is_fit_for_print(tmp_path):
    plan = make_plan()
    save_heatmaps(report_of(plan, make_records(plan, TABLE)), tmp_path / "a.png")
    width, _ = struct.unpack(">II", (tmp_path / "a.png").read_bytes()[16:24])
    assert width >= 1300


def test_what_cannot_be_drawn_is_said(tmp_path):
    plan = make_plan()
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        save_heatmaps(report_of(plan, {}), tmp_path / "a.gif")
    with pytest.raises(InputError, match="no pairs"):
        save_heatmaps(report_of(make_plan(regimes=("single",)), {}), tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
