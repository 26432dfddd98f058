"""The page on which runs are watched while they learn."""

from workbench.gui.panels.training.panel import TrainingPanel

__all__ = ["TrainingPanel"]
