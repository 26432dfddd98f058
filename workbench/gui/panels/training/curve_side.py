"""The middle of the training page: the curves, what is chosen about them, their legend, and the numbers."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.axes import AXES
from workbench.gui.charts.cer_curves import CerCurves
from workbench.gui.charts.curve_legend import CurveLegend
from workbench.gui.charts.curve_means import Spread
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_tooltip
from workbench.gui.panels.training.tiles import Tiles

SMOOTHING = 0.8
_SPREADS: tuple[tuple[Spread | None, str, str], ...] = (
    (None, "every run", "One curve per run and target"),
    (
        "range",
        "mean and range",
        "Runs that differ in their seed alone: their mean where all of them have a value, the band from the lowest "
        "to the highest. Runs that failed, diverged or collapsed are left out, and it is said how many",
    ),
    ("deviation", "mean ± 1 SD", "The same with a band of one standard deviation of the seeds to either side"),
)


class CurveSide(QWidget):
    """Curves with their choices. `spread_changed` and `follow_changed` tell what concerns which runs are shown."""

    spread_changed = Signal()
    follow_changed = Signal()

    def __init__(self, most_followed: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves = CerCurves()
        self.curves.set_smoothing(SMOOTHING)
        self.legend = CurveLegend()
        self.tiles = Tiles()
        self.tiles.quantity_chosen.connect(self.curves.set_quantity)
        self.note = MutedLabel()
        self.note.hide()
        self._make_choices(most_followed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._controls())
        layout.addWidget(self.note)
        layout.addWidget(self.curves, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.tiles)

    def _make_choices(self, most_followed: int) -> None:
        self.axis = QComboBox()
        for key, words in AXES.items():
            self.axis.addItem(words.choice, key)
            self.axis.setItemData(self.axis.count() - 1, plain_tooltip(words.meaning), Qt.ItemDataRole.ToolTipRole)
        self.axis.setAccessibleName("Horizontal axis")
        self.axis.activated.connect(self._set_axis)
        self.spread = QComboBox()
        for key, title, meaning in _SPREADS:
            self.spread.addItem(title, key)
            self.spread.setItemData(self.spread.count() - 1, plain_tooltip(meaning), Qt.ItemDataRole.ToolTipRole)
        self.spread.setAccessibleName("Curves of runs or of means over seeds")
        self.spread.activated.connect(self._set_spread)
        self.log = self._box("log", "Logarithmic scales")
        self.log.toggled.connect(self.curves.set_log)
        self.smooth = self._box("smooth", "Smooth loss, gradient norm, speed and use of the device; CER never", True)
        self.smooth.toggled.connect(self._set_smooth)
        words = f"Show what trains now, beside the runs before it ({most_followed} at most)"
        self.follow = self._box("follow", words, True)
        self.follow.toggled.connect(self.follow_changed)

    def _box(self, text: str, meaning: str, is_checked: bool = False) -> QCheckBox:
        box = QCheckBox(text)
        box.setToolTip(plain_tooltip(meaning))
        box.setChecked(is_checked)
        box.setMinimumHeight(self.axis.sizeHint().height())  # in one line with the lists beside it
        return box

    def _controls(self) -> QWidget:
        controls = QWidget()
        row = QFlowLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(2 * GRID_PX)
        row.setVerticalSpacing(GRID_PX // 2)
        for widget in (self.axis, self.spread, self.log, self.smooth, self.follow):
            row.addWidget(widget)
        return controls

    @property
    def shown_spread(self) -> Spread | None:
        """The kind of band around means over seeds; None: every run has a curve."""
        return self.spread.currentData()

    def say(self, note: str) -> None:
        """Say what is not to be seen in the curves; nothing where all is."""
        self.note.setText(note)
        self.note.setVisible(bool(note))

    @Slot()
    def _set_axis(self) -> None:
        self.curves.set_axis(self.axis.currentData())

    @Slot()
    def _set_spread(self) -> None:
        self.curves.set_spread(self.shown_spread)
        self.spread_changed.emit()

    @Slot(bool)
    def _set_smooth(self, is_smooth: bool) -> None:
        self.curves.set_smoothing(SMOOTHING if is_smooth else 0.0)
