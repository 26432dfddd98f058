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
from workbench.gui.charts.curve_items import round_down, round_up
from workbench.gui.charts.curve_legend import CurveLegend, LegendEntry
from workbench.gui.charts.curve_means import mean_curve
from workbench.gui.charts.curve_points import MAX_DRAWN_POINTS, Curve, RunPoints, Series, thinned
from workbench.gui.charts.curve_readout import MAX_ROWS, CurveReadout, ReadoutRow
from workbench.gui.charts.delta_heatmap import CELL_ROLE, DeltaHeatmap, DivergingBar, HeatCell, HeatRow
from workbench.gui.charts.plot_view import PlotView
from workbench.gui.charts.quantities import QUANTITIES
from workbench.gui.meanings import ink_on, line_styles, luminance
from workbench.runs.events import Pace, RunEvent, RunFailed, RunResumed, RunStarted, StepLogged, Validated
from workbench.runs.history import RunHistory
from workbench.runs.logged_steps import LoggedSteps

BLUE, ORANGE = QColor("#0072B2"), QColor("#E69F00")


def test_a_line_style_means_the_same_whatever_comes_first() -> None:
    styles = line_styles(["small-transformer", "small-cnn", "small-crnn", "small-tcn"])
    assert styles == {
        "small-transformer": Qt.PenStyle.DashDotLine,
        "small-cnn": Qt.PenStyle.DashLine,
        "small-crnn": Qt.PenStyle.SolidLine,
        "small-tcn": Qt.PenStyle.DotLine,
    }


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


def style(run: str = "a", targets: str = "xy") -> RunStyle:
    colours = tuple((target, {"x": BLUE, "y": ORANGE}[target]) for target in targets)
    return RunStyle(
        run, f"run · seed {run}", Qt.PenStyle.DashLine, 2.4, colours,
        group="runs", group_label="run", member=f"seed {run}", group_size=3,
    )  # fmt: skip


CER, LOSS = QUANTITIES["cer"], QUANTITIES["loss"]


def values(points: RunPoints, quantity: str, target: str = "", axis: str = "steps") -> list[list[float]]:
    curve = points.curve(QUANTITIES[quantity], target, axis)  # type: ignore[arg-type]
    return [list(curve.x), list(curve.y)]


# Points


def test_points_grow_with_the_history():
    history = history_of(started(), logged(10, 5.0), validated(10, "x", 80), validated(10, "y", 90))
    points = RunPoints()
    points.read(history)
    history = history.apply(logged(20, 3.0)).apply(validated(20, "x", 40))
    points.read(history)
    assert values(points, "loss") == [[10, 20], [5.0, 3.0]]
    assert values(points, "cer", "x") == [[10, 20], [80.0, 40.0]]
    assert values(points, "cer", "y") == [[10], [90.0]]
    assert values(points, "loss", axis="epochs")[0] == [1.0, 2.0]
    assert values(points, "loss", axis="time")[0] == [20.0, 40.0]
    assert points.targets(CER) == ("x", "y")
    assert points.targets(LOSS) == ("",)


def test_exposures_are_those_of_the_target():
    begin = started().model_copy(update={"exposures_per_step": (("x", 0.5), ("y", 0.125))})
    points = RunPoints()
    points.read(history_of(begin, logged(8, 5.0), validated(8, "x", 80), validated(8, "y", 80)))
    assert values(points, "cer", "x", "exposures")[0] == [4.0]
    assert values(points, "cer", "y", "exposures")[0] == [1.0]
    assert values(points, "loss", axis="exposures")[0] == [1.0], "of the target that is seen least often"
    points.read(history_of(started(), logged(8, 5.0)))
    assert values(points, "loss", axis="exposures")[0] == [0.8], "older logs: every line once per epoch"


def test_every_quantity_is_what_the_run_told():
    pace = Pace(seconds=3, lines_per_second=32, memory_mb=2048, device_memory_mb=11264, device_utilisation=81)
    points = RunPoints()
    step = logged(10, 5.0).model_copy(update={"pace": pace, "gradient_norm": 2.5})
    told = validated(10, "x", 80).model_copy(update={"empty_lines": 2})
    points.read(history_of(started(), step, told))
    known = {key: values(points, key, "x" if key in ("cer", "empty") else "")[1] for key in QUANTITIES}
    assert known == {
        "cer": [80.0], "loss": [5.0], "learning_rate": [1e-3], "gradient": [2.5], "empty": [40.0], "speed": [32.0],
        "memory": [2.0], "device_memory": [11.0], "utilisation": [81.0],
    }  # fmt: skip
    points.read(history_of(started(), logged(10, 5.0)))
    unknown = ("speed", "memory", "device_memory", "utilisation")
    assert all(math.isnan(values(points, key)[1][0]) for key in unknown), "not known is not nought"


def test_a_resumed_run_goes_back():
    history = history_of(started(), logged(10, 5.0), validated(10, "x", 80), logged(20, 3.0), validated(20, "x", 60))
    points = RunPoints()
    points.read(history)
    history = history.apply(RunResumed(run="a", step=10, device="cpu")).apply(logged(20, 4.0))
    history = history.apply(validated(20, "x", 70))
    points.read(history)
    assert values(points, "loss")[1] == [5.0, 4.0]
    assert values(points, "cer", "x")[1] == [80.0, 70.0]


def test_the_same_points_are_read_once():
    history = history_of(started(), *(logged(step, 1.0) for step in range(1, 200)))
    points = RunPoints()
    for _ in range(3):
        points.read(history)
        assert len(values(points, "loss")[0]) == 199


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
    bottom = round_down(value)
    assert value / 1.51 <= bottom <= value * (1 + 1e-9)


# Means


def curve_of(*points: tuple[float, float], seconds_per_step: float = 1.0) -> Curve:
    steps, y = np.array([step for step, _ in points]), np.array([value for _, value in points])
    return Curve(steps, seconds_per_step * steps, y)


def test_a_mean_is_only_where_all_seeds_have_a_value():
    curves = [
        curve_of((10, 4.0), (20, 2.0), (30, 1.0)),
        curve_of((10, 6.0), (20, math.nan), (30, 3.0), (40, 1.0), seconds_per_step=2.0),
    ]
    mean = mean_curve(curves, "range")
    assert list(mean.x) == [15.0, 45.0], "the mean of the times at the step"
    assert list(mean.y) == [5.0, 2.0]
    assert (list(mean.low), list(mean.high)) == ([4.0, 1.0], [6.0, 3.0])
    spread = mean_curve(curves, "deviation")
    assert list(spread.high - spread.y) == pytest.approx([math.sqrt(2), math.sqrt(2)]), "of a sample"
    assert list(spread.y - spread.low) == pytest.approx(list(spread.high - spread.y))


@given(
    st.lists(st.dictionaries(st.integers(0, 20), st.floats(-1e6, 1e6), max_size=12), min_size=1, max_size=4),
    st.sampled_from(["range", "deviation"]),
)
def test_a_mean_lies_in_its_band_and_follows_the_steps(told: list[dict[int, float]], spread: str):
    curves = [curve_of(*sorted(values.items())) for values in told]
    mean = mean_curve(curves, spread)  # type: ignore[arg-type]
    common = sorted(set.intersection(*(set(values) for values in told)))
    assert list(mean.x) == common
    for at, step in enumerate(common):
        assert mean.y[at] == pytest.approx(sum(values[step] for values in told) / len(told), abs=1e-6)
        assert mean.low[at] <= mean.y[at] + 1e-6
        assert mean.y[at] <= mean.high[at] + 1e-6


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
    assert curves.lower_plot.curve_keys == (("a", ""),)


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
    assert len(curves.lower_plot.drawn("a")[0]) == 1


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
    assert curves.cer_plot.ranges[0] == curves.lower_plot.ranges[0]
    assert curves.cer_plot.ranges[0][1] >= 280


def test_a_first_validation_is_a_dot(curves: CerCurves):
    curves.set_runs([style()])
    for number, event in enumerate((validated(10, "x", 80), validated(20, "x", 40))):
        first = [validated(10, "x", 80)] if number else []
        curves.set_history(history_of(started(), *first, event))
        curves.repaint_now()
        assert curves.cer_plot.marks == (() if number else ((10.0, 80.0, "o"),))


def test_without_a_curve_cer_goes_from_0_to_100(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), logged(10, 5.0), logged(20, 4.0)))
    curves.repaint_now()
    assert curves.cer_plot.ranges[1] == (0.0, pytest.approx(103.0))
    assert curves.cer_plot.ranges[0] == curves.lower_plot.ranges[0]


def test_a_loss_that_is_no_number_does_not_break_the_plot(curves: CerCurves):
    curves.set_runs([style()])
    curves.set_history(history_of(started(), logged(1, 3.0), logged(2, math.nan), logged(3, math.inf)))
    for is_log in (False, True):
        curves.set_log(is_log)
        curves.repaint_now()
        assert all(math.isfinite(end) for ends in curves.lower_plot.ranges for end in ends)


@pytest.fixture
def three_seeds(qtbot: QtBot, curves: CerCurves) -> CerCurves:
    """Seeds a and b with three validations, c with one."""
    for run, edits, last in (("a", 80, 30), ("b", 60, 30), ("c", 70, 10)):
        told = [validated(step, "x", edits - step, run) for step in (10, 20, 30) if step <= last]
        curves.set_history(history_of(started(run), *told, *(logged(n, 5.0, run) for n in (10, 20)), run=run))
    curves.set_runs([style(run, "x") for run in "abc"])
    with qtbot.waitExposed(curves):
        curves.show()
    curves.repaint_now()
    return curves


def point_at(curves: CerCurves, x: float, y: float) -> None:
    plot = curves.cer_plot
    plot._on_mouse(plot._plot.view.mapViewToScene(QPointF(x, y)))


def test_every_run_is_told_at_the_place_under_the_mouse(three_seeds: CerCurves):
    plot = three_seeds.cer_plot
    point_at(three_seeds, 20.0, 59.0)
    assert plot.near == ("a", "x")
    assert plot.readout.isVisible()
    assert plot.readout.title == "step 20 · run"
    assert [(row.label, row.value, row.is_near) for row in plot.readout.rows] == [
        ("seed a", "60.0 %", True),
        ("seed c", "60.0 % · at step 10", False),
        ("seed b", "40.0 %", False),
    ]
    assert plot.accessibleDescription() == "run · seed a, step 20: 60.0 %"
    assert not plot.readout.grab().toImage().isNull()
    assert three_seeds.lower_plot._cross_line.isVisible(), "the other plot marks the same step"
    assert not three_seeds.lower_plot.readout.isVisible()
    plot._on_mouse(QPointF(-100, -100))
    assert not plot.readout.isVisible()
    assert plot.near is None
    assert not three_seeds.lower_plot._cross_line.isVisible()


def test_the_keys_go_along_the_curves(qtbot: QtBot, three_seeds: CerCurves):
    plot = three_seeds.cer_plot
    chosen: list[str] = []
    three_seeds.run_chosen.connect(chosen.append)
    plot.setFocus()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.readout.title == "step 30 · run", "the first key goes to the end"
    assert plot.near == ("a", "x")
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.readout.title == "step 20 · run"
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert plot.near == ("b", "x")
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert chosen == ["b"]
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.readout.title == "step 10 · run"
    before = plot.ranges
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.ranges[0][1] - plot.ranges[0][0] < before[0][1] - before[0][0]
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert plot.ranges == before
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert not plot.readout.isVisible()


def test_a_click_chooses_the_run(three_seeds: CerCurves, qtbot: QtBot):
    chosen: list[str] = []
    three_seeds.run_chosen.connect(chosen.append)
    view = three_seeds.cer_plot._plot
    place = view.mapFromScene(view.view.mapViewToScene(QPointF(20.0, 40.0)))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == ["b"]


def test_means_say_over_how_many_seeds_they_are(three_seeds: CerCurves):
    three_seeds.set_spread("range")
    three_seeds.repaint_now()
    plot = three_seeds.cer_plot
    x, y = plot.drawn("runs", "x")
    assert (list(x), list(y)) == ([10.0], [60.0]), "only where all three were validated"
    band = plot.band("runs", "x")
    assert band is not None
    assert [list(side) for side in band] == [[50.0], [70.0]]
    assert plot.look("runs", "x").note == "3 seeds"
    assert {key for key in plot.curve_keys if key[0] != "runs"} == {(run, "x") for run in "abc"}
    assert plot.pen("a", "x").color().alpha() < 255 == plot.pen("runs", "x").color().alpha()
    point_at(three_seeds, 10.0, 61.0)
    words = {row.label: row.value for row in plot.readout.rows}
    assert words["run"] == "60.0 % (50.0–70.0) · 3 seeds"


def test_what_went_wrong_is_marked_and_no_part_of_a_mean(three_seeds: CerCurves):
    failed = RunFailed(run="c", step=10, kind="diverged", reason="loss nan")
    three_seeds.set_history(
        history_of(started("c"), validated(10, "x", 70, "c"), logged(10, 5.0, "c"), failed, run="c")
    )
    three_seeds.repaint_now()
    plot = three_seeds.cer_plot
    assert plot.marks == ((10.0, 70.0, "t1"),)
    assert plot.look("c", "x").note == "diverged"
    three_seeds.set_spread("deviation")
    three_seeds.repaint_now()
    assert list(plot.drawn("runs", "x")[1]) == [60.0, 50.0, 40.0]
    assert plot.look("runs", "x").note == "2 of 3 seeds, 1 left out"
    assert ("c", "x") in plot.curve_keys, "it is still to be seen"
    three_seeds.set_spread(None)
    three_seeds.repaint_now()
    assert ("runs", "x") not in plot.curve_keys


def test_without_a_sound_seed_there_is_no_mean(three_seeds: CerCurves):
    three_seeds.set_spread("range")
    three_seeds.repaint_now()
    for run in "abc":
        failed = RunFailed(run=run, step=10, kind="error", reason="x")
        three_seeds.set_history(history_of(started(run), validated(10, "x", 70, run), failed, run=run))
    three_seeds.repaint_now()
    assert ("runs", "x") not in three_seeds.cer_plot.curve_keys
    assert {mark[2] for mark in three_seeds.cer_plot.marks} == {"x"}


def test_another_quantity_can_be_drawn_below(three_seeds: CerCurves):
    three_seeds.set_quantity("empty")
    three_seeds.repaint_now()
    plot = three_seeds.lower_plot
    assert plot.quantity.key == "empty"
    assert set(plot.curve_keys) == {(run, "x") for run in "abc"}
    assert plot.accessibleName().startswith("Validation lines for which nothing is output")
    three_seeds.set_quantity("utilisation")
    three_seeds.repaint_now()
    assert plot.ranges[1] == (0.0, pytest.approx(103.0)), "nothing is known: the whole range"


def test_many_curves_are_drawn_with_fewer_points(curves: CerCurves):
    told = [logged(step, 1.0 + step % 7) for step in range(1, 1001)]
    for run in range(20):
        moved = LoggedSteps.of(str(run), iter(told))
        curves.set_history(RunHistory(run=str(run), state="running", started=started(str(run)), losses=moved))
    points: list[int] = []
    for shown in (1, 20):
        curves.set_runs(style(str(run), "x") for run in range(shown))
        curves.repaint_now()
        points.append(len(curves.lower_plot._curves["0", ""].line.getData()[0]))
        assert len(curves.lower_plot.drawn("0")[0]) == 1000, "values are read from all points"
    assert points[0] > 300
    assert points[1] < 100


def test_the_readout_keeps_to_its_room_and_shows_what_is_pointed_at(qtbot: QtBot, curves: CerCurves):
    readout = CurveReadout(curves)
    rows = [ReadoutRow(f"run · seed {n}", "1", style().pen("x", BLUE), n == 90) for n in range(100)]
    readout.show_rows("step 1", rows, on_left=True)
    assert len(readout.rows) <= MAX_ROWS
    assert readout.left_out == 100 - len(readout.rows)
    assert any(row.is_near and row.label == "seed 90" for row in readout.rows)
    assert readout.title == "step 1 · run"
    assert curves.rect().contains(readout.geometry())


def test_log_axes_have_round_numbers(qtbot: QtBot):
    view = PlotView()
    qtbot.addWidget(view)
    for ends, height in (((0.9, 2.0), 220.0), ((-4.0, 3.0), 90.0)):
        ((_, ticks),) = view.left.logTickValues(*ends, height, None)
        words = view.left.logTickStrings(ticks, 1.0, 1.0)
        assert len(words) >= 3
        assert all(
            float(word.replace(",", "")) == pytest.approx(10**tick) for word, tick in zip(words, ticks, strict=True)
        )
        assert height / len(words) > 15


def test_curves_follow_the_scheme(curves: CerCurves):
    curves.set_runs([style()])
    curves.setPalette(palette_of(is_dark=True))
    curves.set_history(history_of(started(), logged(10, 5.0)))
    curves.repaint_now()
    assert luminance(curves.lower_plot.pen("a").color()) > 0.5
    curves.setPalette(palette_of(is_dark=False))
    curves.repaint_now()
    assert luminance(curves.lower_plot.pen("a").color()) < 0.5, "although there is no news of the run"


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
        ("urdu set", 500): HeatCell(-3.14, -5.0, -1.1, "single 20 %", mark="alone"),
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
    assert model.index(1, 0).data(CELL_ROLE).mark == ""
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
