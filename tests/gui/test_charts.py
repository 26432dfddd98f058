"""Charts: points follow the events, curves cost only what is new, the heatmap's scale is symmetric and readable."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from workbench.gui.appearance import palette_of
from workbench.gui.charts import diverging
from workbench.gui.charts.cer_curves import CerCurves, RunStyle
from workbench.gui.charts.curve_legend import CurveLegend, LegendEntry
from workbench.gui.charts.curve_plot import round_up
from workbench.gui.charts.curve_points import MAX_DRAWN_POINTS, RunPoints, Series, thinned
from workbench.gui.charts.delta_heatmap import CELL_ROLE, DeltaHeatmap, DivergingBar, HeatCell, HeatRow
from workbench.gui.meanings import ink_on, luminance
from workbench.runs.events import Pace, RunEvent, RunResumed, RunStarted, StepLogged, Validated
from workbench.runs.history import RunHistory

BLUE, ORANGE = QColor("#0072B2"), QColor("#E69F00")


def started(run: str = "a", steps: int = 100) -> RunStarted:
    return RunStarted(
        run=run, steps=steps, steps_per_epoch=10, targets=("x", "y"), parameters=1, device="cpu", threads=1, frame_px=4
    )


def logged(step: int, loss: float, run: str = "a") -> StepLogged:
    pace = Pace(seconds=2.0 * step)
    return StepLogged(run=run, step=step, epoch=1, loss=loss, learning_rate=1e-3, gradient_norm=1.0, pace=pace)


def validated(step: int, target: str, edits: int, run: str = "a") -> Validated:
    return Validated(run=run, step=step, epoch=1, target=target, lines=5, edits=edits, length=100, empty_lines=0)


def history_of(*events: RunEvent, run: str = "a") -> RunHistory:
    history = RunHistory(run=run)
    for event in events:
        history = history.apply(event)
    return history


def style(run: str = "a") -> RunStyle:
    return RunStyle(run, f"run {run}", Qt.PenStyle.DashLine, 2.4, (("x", BLUE), ("y", ORANGE)))


# Points


def test_points_grow_with_the_history():
    history = history_of(started(), logged(10, 5.0), validated(10, "x", 80), validated(10, "y", 90))
    points = RunPoints()
    points.read(history)
    history = history.apply(logged(20, 3.0)).apply(validated(20, "x", 40))
    points.read(history)
    assert [list(values) for values in points.loss("steps")] == [[10, 20], [5.0, 3.0]]
    assert [list(values) for values in points.cer("x", "steps")] == [[10, 20], [80.0, 40.0]]
    assert [list(values) for values in points.cer("y", "steps")] == [[10], [90.0]]
    assert list(points.loss("epochs")[0]) == [1.0, 2.0]
    assert list(points.loss("time")[0]) == [20.0, 40.0]
    assert points.targets == ("x", "y")


def test_a_resumed_run_goes_back():
    history = history_of(started(), logged(10, 5.0), validated(10, "x", 80), logged(20, 3.0), validated(20, "x", 60))
    points = RunPoints()
    points.read(history)
    history = history.apply(RunResumed(run="a", step=10, device="cpu")).apply(logged(20, 4.0))
    history = history.apply(validated(20, "x", 70))
    points.read(history)
    assert list(points.loss("steps")[1]) == [5.0, 4.0]
    assert list(points.cer("x", "steps")[1]) == [80.0, 70.0]


def test_the_same_points_are_read_once():
    history = history_of(started(), *(logged(step, 1.0) for step in range(1, 200)))
    points = RunPoints()
    for _ in range(3):
        points.read(history)
    assert len(points.loss("steps")[0]) == 199


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60), st.floats(0, 0.95))
def test_smoothing_stays_within_the_values(values: list[float], weight: float):
    series = Series()
    series.set_smoothing(weight)
    for step, value in enumerate(values):
        series.append(step, 0.0, value)
    assert series.smoothed.min() >= min(values) - 1e-6
    assert series.smoothed.max() <= max(values) + 1e-6
    again = Series()
    for step, value in enumerate(values):
        again.append(step, 0.0, value)
    again.set_smoothing(weight)
    assert np.allclose(series.smoothed, again.smoothed)


def test_smoothing_passes_over_what_is_no_number():
    series = Series()
    series.set_smoothing(0.5)
    for step, value in enumerate((4.0, math.nan, math.inf, 4.0)):
        series.append(step, 0.0, value)
    assert list(series.smoothed) == [4.0, 4.0, 4.0, 4.0]
    assert math.isnan(series.values[1])


@given(arrays.arrays(np.float64, st.integers(1, 5000), elements=st.floats(-1e6, 1e6)))
def test_thinning_keeps_ends_and_peaks(y: np.ndarray):
    x = np.arange(len(y), dtype=float)
    thin_x, thin_y = thinned(x, y)
    assert len(thin_x) <= max(MAX_DRAWN_POINTS * 1.5, 1)
    assert thin_x[0] == 0
    assert thin_x[-1] == len(y) - 1
    assert thin_y.max() == y.max()
    assert thin_y.min() == y.min()
    assert (np.diff(thin_x) > 0).all()


@given(st.floats(1e-6, 1e9))
def test_axes_end_at_round_numbers(value: float):
    top = round_up(value)
    assert value * (1 - 1e-9) <= top <= value * 1.51
    assert round_up(top) == pytest.approx(top)


# Curves


@pytest.fixture
def curves(qtbot: QtBot) -> CerCurves:
    widget = CerCurves()
    qtbot.addWidget(widget)
    widget.resize(500, 400)
    return widget


def test_one_line_per_target_in_its_colour(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), logged(10, 5.0), validated(10, "x", 80), validated(10, "y", 90)))
    curves.repaint_now()
    assert set(curves.cer_plot.curve_keys) == {("a", "x"), ("a", "y")}
    assert curves.cer_plot.pen("a", "x").color() == BLUE
    assert curves.cer_plot.pen("a", "y").color() == ORANGE
    assert curves.cer_plot.pen("a", "x").style() == Qt.PenStyle.DashLine
    assert curves.cer_plot.pen("a", "x").widthF() == pytest.approx(2.4)
    assert curves.loss_plot.curve_keys == (("a", ""),)


def test_runs_that_are_not_shown_leave_and_come_back_whole(curves: CerCurves):
    for run in "ab":
        curves.set_history(history_of(started(run), validated(10, "x", 80, run), logged(10, 1.0, run), run=run))
    curves.set_runs([style("a"), style("b")])
    curves.repaint_now()
    curves.set_runs([style("b")])
    assert curves.cer_plot.curve_keys == (("b", "x"),)
    curves.set_history(history_of(started(), validated(10, "x", 80), validated(20, "x", 40)))
    curves.set_runs([style("a")])
    curves.repaint_now()
    assert list(curves.cer_plot.drawn("a", "x")[1]) == [80.0, 40.0]


def test_what_is_hidden_is_not_drawn_and_what_is_shown_is_within_the_beat(qtbot: QtBot, curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), logged(10, 5.0), validated(10, "x", 80)))
    assert curves.is_dirty
    assert not curves.cer_plot.curve_keys
    with qtbot.waitExposed(curves):
        curves.show()
    qtbot.waitUntil(lambda: not curves.is_dirty, timeout=2000)
    assert curves.cer_plot.curve_keys == (("a", "x"),)
    assert len(curves.loss_plot.drawn("a")[0]) == 1


def test_axes_begin_at_nought_and_hold_everything(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), *(validated(step, "x", 100 - step) for step in range(10, 91, 10))))
    curves.repaint_now()
    (left, right), (bottom, top) = curves.cer_plot.ranges
    assert (left, bottom) == (0, 0)
    assert right >= 90
    assert top >= 90
    curves.set_axis("epochs")
    curves.repaint_now()
    assert list(curves.cer_plot.drawn("a", "x")[0])[:2] == [1.0, 2.0]
    curves.set_log(True)
    (_, _), (bottom, top) = curves.cer_plot.ranges
    assert bottom <= math.log10(10)
    assert top >= math.log10(90)


def test_both_plots_end_at_the_same_step(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), validated(100, "x", 80), *(logged(n, 1.0) for n in range(10, 290, 10))))
    curves.repaint_now()
    assert curves.cer_plot.ranges[0] == curves.loss_plot.ranges[0]
    assert curves.cer_plot.ranges[0][1] >= 280


def test_a_first_validation_is_a_dot(curves: CerCurves):
    curves.set_runs([style()])
    for number, event in enumerate((validated(10, "x", 80), validated(20, "x", 40))):
        first = [validated(10, "x", 80)] if number else []
        curves.set_history(history_of(started(), *first, event))
        curves.repaint_now()
        xs, ys = curves.cer_plot.lone_points
        assert (list(xs), list(ys)) == (([], []) if number else ([10.0], [80.0]))


def test_without_a_curve_cer_goes_from_0_to_100(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), logged(10, 5.0), logged(20, 4.0)))
    curves.repaint_now()
    assert curves.cer_plot.ranges[1] == (0.0, pytest.approx(103.0))
    assert curves.cer_plot.ranges[0] == curves.loss_plot.ranges[0]


def test_a_loss_that_is_no_number_does_not_break_the_plot(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), logged(1, 3.0), logged(2, math.nan), logged(3, math.inf)))
    for is_log in (False, True):
        curves.set_log(is_log)
        curves.repaint_now()
        assert all(math.isfinite(end) for ends in curves.loss_plot.ranges for end in ends)


def test_the_point_under_the_mouse_is_told(qtbot: QtBot, curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), *(validated(step, "x", 80 - step) for step in (10, 20, 30))))
    with qtbot.waitExposed(curves):
        curves.show()
    curves.repaint_now()
    plot = curves.cer_plot
    title = plot.readout
    at = plot._plot.view.mapViewToScene(QPointF(20.0, 60.0))
    plot._on_mouse(at)
    assert plot.readout == "run a · x · step 20: 60 %"
    plot._on_mouse(QPointF(-100, -100))
    assert plot.readout == title


def test_curves_follow_the_scheme(curves: CerCurves):
    curves.set_runs([style()])
    curves.setPalette(palette_of(is_dark=True))
    curves.set_history(history_of(started(), logged(10, 5.0)))
    curves.repaint_now()
    assert luminance(curves.loss_plot.pen("a").color()) > 0.5


def test_the_legend_names_what_it_draws(qtbot: QtBot):
    legend = CurveLegend()
    qtbot.addWidget(legend)
    entries = (LegendEntry("arabic", BLUE), LegendEntry("CNN-only", style=Qt.PenStyle.DashLine))
    legend.show_entries(entries)
    legend.show_entries(entries)
    assert legend.entries == entries
    assert [child.accessibleName() for child in legend.children() if hasattr(child, "accessibleName")] == [
        "arabic", "CNN-only",
    ]  # fmt: skip


# Heatmap


@given(st.floats(0.01, 100), st.booleans())
def test_the_scale_is_symmetric(largest: float, is_dark: bool):
    reach = diverging.limit((largest, -largest / 2))
    assert reach == diverging.limit((-largest, largest / 2)) >= largest
    helps = diverging.colour(-largest, reach, is_dark=is_dark)
    hurts = diverging.colour(largest, reach, is_dark=is_dark)
    if largest > reach / 4:
        assert helps.blueF() > helps.redF()
        assert hurts.redF() > hurts.blueF()
    assert diverging.colour(0.0, reach, is_dark=is_dark) == diverging.colour(-0.0, reach, is_dark=is_dark)
    beyond = diverging.colour(-3 * reach, reach, is_dark=is_dark)
    assert beyond == diverging.colour(-reach, reach, is_dark=is_dark)


@pytest.mark.parametrize("is_dark", [False, True])
def test_values_can_be_read_on_every_colour(is_dark: bool):
    for value in np.linspace(-10, 10, 101):
        ground = diverging.colour(float(value), 10.0, is_dark=is_dark)
        bright, dim = sorted((luminance(ground), luminance(ink_on(ground))), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5


@pytest.fixture
def heatmap(qtbot: QtBot) -> DeltaHeatmap:
    widget = DeltaHeatmap("CRNN")
    qtbot.addWidget(widget)
    rows = (HeatRow("urdu set", "ur"), HeatRow("persian", "fa"))
    cells = {
        ("urdu set", 500): HeatCell(-3.14, -5.0, -1.1, "single 20 %"),
        ("persian", 100): HeatCell(0.24, -1.0, 1.4),
    }
    widget.show_cells(rows, (100, 500), cells, 5.0)
    return widget


def test_cells_say_value_sign_and_interval(heatmap: DeltaHeatmap):
    model = heatmap.model
    index = model.index(0, 1)
    assert index.data() == "−3.1"
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "urdu set, K=500, −3.1 points, interval −5.0 … −1.1, excludes 0"
    assert index.data(Qt.ItemDataRole.ToolTipRole).endswith("single 20 %")
    assert model.index(1, 0).data() == "+0.2"
    assert not model.index(1, 0).data(CELL_ROLE).excludes_zero
    assert model.headerData(1, Qt.Orientation.Horizontal) == "K 500"
    assert model.headerData(0, Qt.Orientation.Vertical) == "urdu set"


def test_no_pair_is_empty_and_never_nought(heatmap: DeltaHeatmap):
    index = heatmap.model.index(0, 0)
    assert index.data() == ""
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "urdu set, K=100, no pair of runs yet"


def test_a_click_and_the_keys_choose_a_cell(qtbot: QtBot, heatmap: DeltaHeatmap):
    chosen: list[tuple[str, int]] = []
    heatmap.cell_chosen.connect(lambda target, k: chosen.append((target, k)))
    with qtbot.waitExposed(heatmap):
        heatmap.show()
    table = heatmap.table
    place = table.visualRect(heatmap.model.index(0, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [("urdu set", 500)]
    qtbot.keyClick(table, Qt.Key.Key_Left)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert chosen == [("urdu set", 500)]  # no pair, nothing to look at
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert chosen == [("urdu set", 500), ("persian", 100)]


def test_the_heatmap_is_drawn_in_both_schemes(heatmap: DeltaHeatmap):
    assert not heatmap.grab().toImage().isNull()
    assert heatmap.table.width() >= 2 * 100


def test_the_colour_bar_says_how_far_it_reaches(qtbot: QtBot):
    bar = DivergingBar()
    qtbot.addWidget(bar)
    bar.set_largest(7.25)
    assert "−7.2" in bar.accessibleName() or "−7.3" in bar.accessibleName()
    assert not bar.grab().toImage().isNull()
