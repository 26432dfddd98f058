"""What is compared: architectures, regimes, and the conditions of every run."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.errors import WorkbenchError
from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.panels.study.check_groups import CheckGroups
from workbench.gui.panels.study.edits import Edits
from workbench.gui.panels.study.rows import CheckList, FieldRow, Fold, Option
from workbench.gui.panels.study.schema_fields import SchemaSection
from workbench.models.registry import ARCHITECTURES
from workbench.study.arms import count_requests, dependent_regimes, needed_regimes
from workbench.study.conditions import AXES, Axis, ConditionAxes
from workbench.study.grid import BASELINE_REGIME, REGIMES, is_baseline
from workbench.study.schema import SecondStage, Study

SMALL, FULL_SIZE = "Small, for a CPU", "Full size, for a GPU"
CONTROLS, SECOND_STAGES = "Controls", "Second stages"
FURTHER_AXES = "Further axes"
_SMALL_PREFIX = "small-"
_ALWAYS_SEEN = (BASELINE_REGIME, "multi")
_AXES_WORDS = (
    "Where two values of an axis are ticked, every arm is trained under both, and compared under each. Runs for which "
    "an axis makes no difference are trained once."
)


def _architecture_groups() -> dict[str, list[Option]]:
    options = [Option(known.name, known.label, known.explanation) for known in ARCHITECTURES.values()]
    return {
        SMALL: [option for option in options if option.key.startswith(_SMALL_PREFIX)],
        FULL_SIZE: [option for option in options if not option.key.startswith(_SMALL_PREFIX)],
    }


def _regime_option(name: str) -> Option:
    known = REGIMES[name]
    compared = ""
    if known.baseline not in (name, BASELINE_REGIME):
        compared = f" Compared with “{REGIMES[known.baseline].label}”."
    return Option(name, known.label, known.explanation + compared)


def _regime_groups() -> dict[str, list[Option]]:
    groups: dict[str, list[Option]] = {"": [], CONTROLS: [], SECOND_STAGES: []}
    for name, known in REGIMES.items():
        group = "" if name in _ALWAYS_SEEN else CONTROLS if known.after is None else SECOND_STAGES
        groups[group].append(_regime_option(name))
    return groups


class AxisRow(FieldRow):
    """One condition with its values."""

    def __init__(self, axis: Axis, edits: Edits, parent: QWidget | None = None) -> None:
        self._name = axis.name
        self._edits = edits
        self.options = CheckList()
        self.options.set_options([Option(each.key, each.words, each.explanation) for each in axis.options])
        self.options.chosen.connect(self._set)
        self._order = tuple(option.key for option in axis.options)
        super().__init__(axis.title, self.options, parent=parent)

    def refresh(self) -> None:
        """Show the study's values."""
        self.options.set_checked(getattr(self._edits.study.conditions, self._name))

    @Slot(object)
    def _set(self, keys: tuple[str, ...]) -> None:
        """Take the values in the order of the axis: the usual one first."""
        self._edits.edit(conditions={self._name: [key for key in self._order if key in keys]})


class Arms(QWidget):
    """Rows about architectures, regimes and conditions."""

    def __init__(self, edits: Edits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self.architectures = CheckGroups(_architecture_groups(), explains_all=False)
        self.architectures.chosen.connect(self._set_architectures)
        self.regimes = CheckGroups(_regime_groups())
        self.regimes.chosen.connect(self._set_regimes)
        self.hint = MutedLabel()
        self._told: tuple[tuple[str, ...], str] = ((), "")
        """Regimes of the study, and what to say as long as it has those."""
        self._were_axes_usual = True
        self.second_stage = SchemaSection(edits.store, "second_stage", SecondStage)
        self.axes = {name: AxisRow(axis, edits) for name, axis in AXES.items()}
        self.axes_fold = Fold(FURTHER_AXES, self._axes_content())
        self.rows: dict[str, FieldRow] = {
            "architectures": FieldRow("Architectures", self.architectures).emphasise(),
            "regimes": FieldRow("Regimes", self._regimes_content()).emphasise(),
            **{f"conditions.{name}": row for name, row in self.axes.items()},
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID_PX)
        for widget in (self.rows["architectures"], self.rows["regimes"], self.axes_fold):
            layout.addWidget(widget)

    def _regimes_content(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for widget in (self.regimes, self.second_stage, self.hint):
            layout.addWidget(widget)
        return content

    def _axes_content(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2 * GRID_PX, 0, 0, GRID_PX)
        layout.setSpacing(GRID_PX + GRID_PX // 2)
        layout.addWidget(MutedLabel(_AXES_WORDS))
        for row in self.axes.values():
            layout.addWidget(row)
        return content

    @property
    def problems(self) -> dict[str, str]:
        """What keeps the regimes from being planned, whatever the data sets hold; by row."""
        try:
            count_requests(self._edits.study, self._edits.store.target_names)
        except WorkbenchError as error:
            return {"regimes": str(error)} if self._edits.store.target_names else {}
        return {}

    def refresh(self) -> None:
        """Show the study's values."""
        study = self._edits.study
        self.architectures.set_checked(study.architectures)
        self.regimes.set_checked(study.regimes)
        self.second_stage.setVisible(any(REGIMES[name].after for name in study.regimes if name in REGIMES))
        self.second_stage.refresh()
        self._refresh_axes(study)
        told = self._told[1] if self._told[0] == study.regimes else ""
        hint = "\n".join(filter(None, (told, _missing_baselines(study.regimes))))
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _refresh_axes(self, study: Study) -> None:
        for row in self.axes.values():
            row.refresh()
        several = len(study.conditions.combinations())
        is_usual = study.conditions == ConditionAxes()
        self.axes_fold.say("" if is_usual else f"{several} combinations" if several > 1 else "one of them unusual")
        if not is_usual and self._were_axes_usual:
            self.axes_fold.button.setChecked(True)
        self._were_axes_usual = is_usual

    @Slot(object)
    def _set_architectures(self, names: tuple[str, ...]) -> None:
        self._edits.edit(architectures=names)

    @Slot(object)
    def _set_regimes(self, names: tuple[str, ...]) -> None:
        """Take what was ticked, with what it needs, and without what needs what was taken away."""
        before = self._edits.study.regimes
        wanted = set(names)
        for added in (name for name in names if name not in before):
            wanted |= set(needed_regimes(added))
        for gone in (name for name in before if name not in names and name in REGIMES):
            wanted -= set(dependent_regimes(gone))
        regimes = tuple(name for name in REGIMES if name in wanted)
        words = (
            _told("Ticked as well, since it goes on from or is compared with it", wanted - set(names)),
            _told("Taken away as well, since it goes on from it", set(names) - wanted),
        )
        self._told = (regimes, "\n".join(filter(None, words)))
        self._edits.edit(regimes=regimes)


def _told(what: str, regimes: set[str]) -> str:
    return f"{what}: {_labels(name for name in REGIMES if name in regimes)}." if regimes else ""


def _labels(regimes: Iterable[str]) -> str:
    return ", ".join(f"“{REGIMES[name].label}”" for name in regimes)


def _missing_baselines(regimes: Sequence[str]) -> str:
    """Say which regimes get no ΔCER, because what they are compared with is not trained."""
    compared = [name for name in regimes if name in REGIMES and not is_baseline(name)]
    missing = dict.fromkeys(REGIMES[name].baseline for name in compared if REGIMES[name].baseline not in regimes)
    if not missing:
        return ""
    alone = [name for name in compared if REGIMES[name].baseline in missing]
    return f"No ΔCER of {_labels(alone)} without {_labels(missing)}."
