"""Curves while runs train: CER on validation lines above, another quantity below, several runs at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QPalette, QPen, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from workbench.gui.charts.curve_items import CurveKey, CurveLook, EndMark
from workbench.gui.charts.curve_means import Spread, mean_curve
from workbench.gui.charts.curve_plot import CurvePlot
from workbench.gui.charts.curve_points import Axis, Curve, RunPoints
from workbench.gui.charts.quantities import QUANTITIES, Quantity
from workbench.runs.history import RunHistory

REPAINT_EVERY_MS = 100
TURN_S = 0.006
"""After this long the rest of the runs waits for the next turn, so that long histories never hold up the window."""
PALE_ALPHA = 80
"""Of curves that stand behind their mean."""
MEMBER_WIDTH = 0.9
_ENDS: dict[str, EndMark] = {"diverged": "diverged", "failed": "failed", "collapsed": "collapsed"}


@dataclass(frozen=True, slots=True)
class RunStyle:
    """How the curves of one run are drawn and grouped: line style and weight by run, colour by target."""

    run: str
    label: str
    style: Qt.PenStyle
    width: float
    colours: tuple[tuple[str, QColor], ...]
    """(target, colour) of the targets that the run is validated on."""
    group: str = ""
    """The same for runs that differ in their seed alone."""
    group_label: str = ""
    member: str = ""
    """What tells the run from the others of its group: 'seed 2'."""
    group_size: int = 1
    """Runs that the plan has in the group."""

    def pen(self, target: str, text: QColor) -> QPen:
        """Return the pen of a target's curve, or of the run's own: in the text's colour where it has several."""
        colours = dict(self.colours)
        own = next(iter(colours.values())) if len(colours) == 1 else text
        return _pen(colours.get(target, own), self.width, self.style)

    def name(self, label: str, target: str) -> str:
        """Return what a curve is called; its target is named where the label alone does not tell it."""
        return f"{label} · {target}" if target and len(self.colours) > 1 else label


def _pen(colour: QColor, width: float, style: Qt.PenStyle) -> QPen:
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen


def _paler(pen: QPen) -> QPen:
    colour = QColor(pen.color())
    colour.setAlpha(PALE_ALPHA)
    return _pen(colour, MEMBER_WIDTH, pen.style())


class CerCurves(QWidget):
    """CER on validation lines above, another quantity below, over the same axis.

    Histories are told by :meth:`set_history` as often as they change. Each plot is drawn at most every 100 ms, the two
    in turn, and only while they can be seen. Either every run has a curve, or runs that differ in their seed alone
    have one: their mean where all of them have a value, with a band, the runs themselves pale behind it. Runs that
    failed, diverged or collapsed are no part of a mean, and it is said how many they are.
    """

    run_chosen = Signal(str)
    """The user picked a curve of this run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cer_plot = CurvePlot(QUANTITIES["cer"], names_axis=False)
        self.lower_plot = CurvePlot(QUANTITIES["loss"])
        self._styles: dict[str, RunStyle] = {}
        self._points: dict[str, RunPoints] = {}
        self._histories: dict[str, RunHistory] = {}
        self._dirty: dict[CurvePlot, set[str]] = {self.cer_plot: set(), self.lower_plot: set()}
        self._axis: Axis = "steps"
        self._spread: Spread | None = None
        self._smoothing = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(REPAINT_EVERY_MS // 2)
        self._timer.timeout.connect(self._take_turn)
        self._turn = 0
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        for plot, share in ((self.cer_plot, 3), (self.lower_plot, 2)):
            splitter.addWidget(plot)
            splitter.setStretchFactor(splitter.count() - 1, share)
            plot.run_chosen.connect(self.run_chosen)
        splitter.setSizes([300, 200])
        self.cer_plot.place_changed.connect(self.lower_plot.read_at)
        self.lower_plot.place_changed.connect(self.cer_plot.read_at)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Ids of the runs whose curves are shown."""
        return tuple(self._styles)

    @property
    def is_dirty(self) -> bool:
        """Tell whether there is news that was not drawn yet."""
        return any(self._dirty.values())

    def set_runs(self, styles: Iterable[RunStyle]) -> None:
        """Show these runs and no others; what is known of their points is kept."""
        self._styles = {style.run: style for style in styles}
        self._soil(*self._styles)
        self._keep_shown()

    def set_history(self, history: RunHistory) -> None:
        """Take over what a run's history has in news."""
        self._histories[history.run] = history
        if history.run in self._styles:
            self._soil(history.run)

    def forget(self) -> None:
        """Drop all runs and their points."""
        self._styles.clear()
        self._points.clear()
        self._histories.clear()
        self._keep_shown()

    def set_quantity(self, key: str) -> None:
        """Draw another of :data:`QUANTITIES` below."""
        self.lower_plot.set_quantity(QUANTITIES[key])
        self._soil(*self._styles)

    def set_axis(self, axis: Axis) -> None:
        """Count x in steps, epochs, exposures of a target's lines, or seconds of training."""
        self._axis = axis
        for plot in self._dirty:
            plot.set_axis(axis)
        self._soil(*self._styles)

    def set_log(self, is_log: bool) -> None:
        """Draw y on logarithmic scales, or not."""
        for plot in self._dirty:
            plot.set_log(is_log)

    def set_smoothing(self, weight: float) -> None:
        """Smooth what training tells; `weight` in [0, 1) of what came before, 0: as logged."""
        self._smoothing = weight
        self._soil(*self._styles)

    def set_spread(self, spread: Spread | None) -> None:
        """Draw means over seeds, with a band of this kind, or every run for itself."""
        self._spread = spread
        for plot in self._dirty:
            plot.keep_only(())
        self._soil(*self._styles)

    def _soil(self, *runs: str) -> None:
        for dirty in self._dirty.values():
            dirty.update(runs)
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    # Drawing

    def _keep_shown(self) -> None:
        for plot in self._dirty:
            plot.keep_only(key for key in plot.curve_keys if self._is_shown(plot, key))

    def _is_shown(self, plot: CurvePlot, key: CurveKey) -> bool:
        """Tell whether a run, or a run of a group, is still shown and has such a curve."""
        name, target = key
        runs = [run for run, style in self._styles.items() if name in (run, style.group)]
        return any(run in self._points and target in self._points[run].targets(plot.quantity) for run in runs)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme: curves of several targets are in the text's colour."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._soil(*self._styles)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self._soil()

    def hideEvent(self, event: QHideEvent) -> None:
        """Draw nothing that nobody sees."""
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def _take_turn(self) -> None:
        """Draw one of the plots: both at once would hold up the window for twice as long."""
        if not self.is_dirty:
            self._timer.stop()
            return
        plots = tuple(self._dirty)
        self._turn = 1 - self._turn
        self._repaint(plots[self._turn], perf_counter() + TURN_S)

    def repaint_now(self) -> None:
        """Draw all news at once."""
        for plot in self._dirty:
            self._repaint(plot, float("inf"))

    def _repaint(self, plot: CurvePlot, until: float) -> None:
        dirty = self._dirty[plot]
        dirty.intersection_update(self._styles)
        for unit in self._units():
            if dirty.isdisjoint(style.run for style in unit):
                continue
            self._draw(plot, unit)
            dirty.difference_update(style.run for style in unit)
            if perf_counter() > until:
                break
        reach = max(each.reach for each in self._dirty)
        for each in self._dirty:
            each.fit(reach)

    def _units(self) -> Iterator[tuple[RunStyle, ...]]:
        """Runs that are drawn together: each for itself, or those of a group."""
        if self._spread is None:
            yield from ((style,) for style in self._styles.values())
            return
        groups: dict[str, list[RunStyle]] = {}
        for style in self._styles.values():
            groups.setdefault(style.group or style.run, []).append(style)
        yield from map(tuple, groups.values())

    def _draw(self, plot: CurvePlot, unit: Sequence[RunStyle]) -> None:
        for style in unit:
            self._read(style.run, plot.quantity)
        if self._spread is None:
            self._draw_run(plot, unit[0])
        else:
            self._draw_mean(plot, unit, self._spread)

    def _read(self, run: str, quantity: Quantity) -> None:
        points = self._points.setdefault(run, RunPoints())
        history = self._histories.get(run)
        if history is None:
            return
        known = points.targets(quantity)
        points.read(history)
        points.set_smoothing(self._smoothing)
        if not set(known) <= set(points.targets(quantity)):
            self._keep_shown()  # it went back to a checkpoint before the first validation of a target

    def _look(self, style: RunStyle, target: str) -> CurveLook:
        history = self._histories.get(style.run)
        end = _ENDS.get(history.state, "") if history else ""
        pen = style.pen(target, self.palette().color(QPalette.ColorRole.WindowText))
        return CurveLook(style.name(style.label, target), pen, style.run, end, note=end)

    def _draw_run(self, plot: CurvePlot, style: RunStyle) -> None:
        points = self._points[style.run]
        for target in points.targets(plot.quantity):
            _, x, y = points.curve(plot.quantity, target, self._axis)
            plot.draw((style.run, target), self._look(style, target), x, y)

    def _draw_mean(self, plot: CurvePlot, unit: Sequence[RunStyle], spread: Spread) -> None:
        """Draw a group: its mean with a band, and the runs behind it, those that went wrong too."""
        quantity = plot.quantity
        targets = dict.fromkeys(target for style in unit for target in self._points[style.run].targets(quantity))
        for target in targets:
            members: list[Curve] = []
            key = (unit[0].group or unit[0].run, target)
            for style in unit:
                if target not in self._points[style.run].targets(quantity):
                    continue
                curve = self._points[style.run].curve(quantity, target, self._axis)
                look = self._look(style, target)
                label = style.name(f"{style.group_label} · {style.member}", target)
                plot.draw(
                    (style.run, target),
                    replace(look, label=label, pen=_paler(look.pen), behind=key),
                    curve.x,
                    curve.y,
                )
                if not look.end:
                    members.append(curve)
            if members:
                self._draw_centre(plot, key, unit, members, spread)
            else:
                plot.keep_only(other for other in plot.curve_keys if other != key)

    def _draw_centre(
        self, plot: CurvePlot, key: CurveKey, unit: Sequence[RunStyle], members: Sequence[Curve], spread: Spread
    ) -> None:
        style, target = unit[0], key[1]
        x, y, low, high = mean_curve(members, spread)
        band = (low, high) if len(members) > 1 else None
        label = style.name(style.group_label, target)
        plot.draw(
            key, CurveLook(label, self._look(style, target).pen, note=self._mean_note(unit, len(members))), x, y, band
        )

    def _mean_note(self, unit: Sequence[RunStyle], members: int) -> str:
        """Say how many of the planned seeds the mean is over, and how many were left out because they went wrong."""
        planned = unit[0].group_size
        words = f"{members} of {planned} seeds" if members < planned else f"{members} seeds"
        wrong = sum(self._histories[style.run].state in _ENDS for style in unit if style.run in self._histories)
        return f"{words}, {wrong} left out" if wrong else words
