"""Error rates at a few places of an axis: what is listed where, with the mouse and with keys."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from workbench.gui.charts.place_plot import Place, PlacedCurve, PlacedValue, PlacePlot

PLACES = tuple(
    Place(x, tick, heading)
    for x, tick, heading in (
        (3.7, "13", "windows of 13 px"),
        (4.6, "25", "windows of 25 px"),
        (5.6, "49", "windows of 49 px"),
        (6.6, "98", "windows of 98 px"),
        (7.6, "line", "whole line"),
    )
)


def curve(name: str, *rates: float, bar: float | None = None, reach: float | None = 1.0) -> PlacedCurve:
    values = tuple(
        PlacedValue(place, rate, None if reach is None else rate - reach, None if reach is None else rate + reach,
                    f"+{rate - rates[-1]:.1f}")
        for place, rate in zip(PLACES, rates, strict=False)
    )  # fmt: skip
    return PlacedCurve(name, QColor("#0072B2"), Qt.PenStyle.SolidLine, 1.2, values, bar)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize("has_dots", [False, True])
def test_values_are_listed_at_one_place(qtbot: QtBot, has_dots: bool) -> None:
    plot = PlacePlot("arabic", "CER over window width", has_dots=has_dots)
    qtbot.addWidget(plot)
    plot.show_curves(
        [curve("CNN", 60, 50, 41, 40, 40, bar=6.0), curve("CRNN", 80, 70, 60, 50, reach=None)],
        first_x=5.5, top=80, axis="% CER over px · 8 lines",
    )  # fmt: skip
    with qtbot.waitExposed(plot):
        plot.show()
    assert (plot.title, plot.axis) == ("arabic", "% CER over px · 8 lines")
    assert plot.place == PLACES[2]
    assert plain(plot.readout) == "windows of 49 px:\nCNN  41.0 % (40.0–42.0), +1.0\nCRNN  60.0 %, +10.0"
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert plot.place == PLACES[1]
    for _ in range(5):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plain(plot.readout) == "whole line:\nCNN  40.0 % (39.0–41.0), +0.0\nCRNN  –"
    assert plot.accessibleDescription() == plot.readout
    view = plot._plot.view
    plot._on_mouse(view.mapViewToScene(QPointF(3.6, 30.0)))
    assert plot.place == PLACES[0]
    (_, right), (bottom, top) = view.viewRange()
    assert (bottom, top) == (0, 80)
    assert right > 7.6
    plot.show_curves([], first_x=0.0, top=0.0, axis="")
    assert plot.place is None
    assert plot.readout == ""
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.place is None


def test_dots_of_two_arms_stand_beside_each_other_and_keep_their_intervals(qtbot: QtBot) -> None:
    plot = PlacePlot("arabic", "CER over K", has_dots=True)
    qtbot.addWidget(plot)
    plot.show_curves([curve("CNN", 60), curve("CRNN", 60)], first_x=0.0, top=80, axis="")
    upright = [data for item in plot._items if hasattr(item, "getData") and len((data := item.getData())[0]) == 2]
    ends = [(tuple(x), tuple(y)) for x, y in upright]
    assert [y for _, y in ends] == [(59.0, 61.0), (59.0, 61.0)]
    assert {len(set(x)) for x, _ in ends} == {1}
    assert ends[0][0] != ends[1][0], "else neither could be told from the other"


def test_bars_of_many_arms_stay_within_the_axis(qtbot: QtBot) -> None:
    plot = PlacePlot("arabic", "CER over K", has_dots=True)
    qtbot.addWidget(plot)
    plot.show_curves([curve(f"arm {number}", 60, 50, 40, 30, 20) for number in range(24)], first_x=0, top=80, axis="")
    (left, right), _ = plot._plot.view.viewRange()
    places = [x for item in plot._items if hasattr(item, "getData") for x in item.getData()[0]]
    assert left < min(places)
    assert max(places) < right
