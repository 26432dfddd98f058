"""The page of data sets and their lines."""

from workbench.gui.panels.data.panel import DataPanel

__all__ = ["DataPanel"]
