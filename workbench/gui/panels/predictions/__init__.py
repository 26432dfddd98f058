"""The page of test lines side by side."""

from workbench.gui.panels.predictions.panel import PredictionsPanel

__all__ = ["PredictionsPanel"]
