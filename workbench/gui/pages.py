"""The pages: how each is called, and how its panel is made. Panels are imported when they are first needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.gui.stores.bundle import Stores


class Panel(Protocol):
    """What the frame asks of a page's widget; besides, it has the signal `page_requested(str)`.

    It may have `further_actions`: what the command palette offers beside the buttons while the page is shown.
    """

    title: str
    primary_action: QAction | None
    page_actions: Sequence[QAction]


def _data(stores: Stores) -> QWidget:
    from workbench.gui.panels.data import DataPanel

    return DataPanel(
        datasets=stores.datasets,
        summaries=stores.summaries,
        comparison=stores.comparison,
        study=stores.study,
        text=stores.text,
    )


def _study(stores: Stores) -> QWidget:
    from workbench.gui.panels.study import StudyPanel

    return StudyPanel(study=stores.study, datasets=stores.datasets, progress=stores.progress)


def _training(stores: Stores) -> QWidget:
    from workbench.gui.panels.training import TrainingPanel

    return TrainingPanel(progress=stores.progress, datasets=stores.datasets, study=stores.study, text=stores.text)


def _results(stores: Stores) -> QWidget:
    from workbench.gui.panels.results import ResultsPanel
    from workbench.gui.panels.results.letter_tabs import add_letter_tabs

    panel = ResultsPanel(results=stores.results, study=stores.study, progress=stores.progress, probes=stores.probes)
    add_letter_tabs(panel.tabs, letters=stores.letters, datasets=stores.datasets, text=stores.text)
    return panel


def _predictions(stores: Stores) -> QWidget:
    from workbench.gui.panels.predictions import PredictionsPanel

    return PredictionsPanel(
        predictions=stores.predictions,
        shown_lines=stores.shown_lines,
        marks=stores.marks,
        results=stores.results,
        datasets=stores.datasets,
        text=stores.text,
    )


def _review(stores: Stores) -> QWidget:
    from workbench.gui.panels.review import ReviewPanel

    return ReviewPanel(review=stores.review, datasets=stores.datasets, text=stores.text)


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page of the window."""

    name: str
    title: str
    icon: str
    shortcut: str
    purpose: str
    make: Callable[[Stores], QWidget]


PAGES = (
    PageRow("data", "Data", "folder-multiple-image", "Ctrl+1", "Data sets and their lines", _data),
    PageRow("study", "Study", "grid", "Ctrl+2", "What to compare, and what it comes to", _study),
    PageRow("training", "Training", "chart-line", "Ctrl+3", "Runs as they learn", _training),
    PageRow("results", "Results", "table-large", "Ctrl+4", "ΔCER and every table", _results),
    PageRow("predictions", "Predictions", "format-list-bulleted", "Ctrl+5", "Lines side by side", _predictions),
    PageRow("review", "Review", "text-box-check-outline", "Ctrl+6", "Look for wrong labels", _review),
)


def as_panel(widget: QWidget) -> Panel:
    """Look at a page's widget as what it offers to the frame."""
    return cast("Panel", widget)
