"""What becomes of transcriptions before they are trained and scored: placeholders and normalisation."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.panels.study.choice import Choice
from workbench.gui.panels.study.edits import Edits
from workbench.gui.panels.study.rows import CheckList, FieldRow, Option
from workbench.gui.panels.study.schema_fields import SchemaField
from workbench.study.schema import Placeholders
from workbench.text import normalize

_PLACEHOLDERS = (
    ("keep", "keep", "Learnt and scored like any other character, as published."),
    (
        "drop_line",
        "drop training lines",
        "Training lines that hold one are left out before lines are drawn; in test lines it matches anything.",
    ),
    (
        "wildcard",
        "not scored",
        "Learnt, but not scored: in a reference it matches anything, in a reading it is ignored.",
    ),
)


class TextSection(QWidget):
    """Rows about placeholders and normalisation."""

    def __init__(self, edits: Edits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self.normalisation = CheckList()
        self.normalisation.set_options(
            [Option(name, name.replace("_", " "), words) for name, words in normalize.EXPLANATIONS.items()]
        )
        self.normalisation.chosen.connect(self._set_normalisation)
        self.step_order = MutedLabel()
        self.placeholders = Choice(_PLACEHOLDERS, "Placeholders")
        self.placeholders.chosen.connect(self._set_placeholder_policy)
        self.placeholder_characters = SchemaField(edits.store, "placeholders", "characters", Placeholders)
        self.rows = {
            "placeholders": FieldRow("Signs for an illegible piece", self.placeholders),
            "normalisation": FieldRow("Steps before training and scoring, in the order ticked", self.normalisation),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 0, 0, GRID_PX)
        layout.setSpacing(GRID_PX + GRID_PX // 2)
        layout.addWidget(self.rows["placeholders"])
        layout.addWidget(self.placeholder_characters)
        layout.addWidget(self.step_order)
        layout.addWidget(self.rows["normalisation"])

    def refresh(self) -> None:
        """Show the study's values."""
        study = self._edits.study
        self.normalisation.set_checked(study.normalisation)
        self.step_order.setText(_order_text(study.normalisation))
        self.placeholders.show_value(study.placeholders.policy)
        self.placeholder_characters.refresh()

    @Slot(object)
    def _set_normalisation(self, names: tuple[str, ...]) -> None:
        self._edits.edit(normalisation=names)

    @Slot(str)
    def _set_placeholder_policy(self, policy: str) -> None:
        self._edits.edit(placeholders={"policy": policy})


def _order_text(steps: tuple[str, ...]) -> str:
    """Say in which order the steps are applied."""
    if not steps:
        return "No normalisation: texts are trained and scored as they are stored."
    return "Normalised by: " + " → ".join(step.replace("_", " ") for step in steps)
