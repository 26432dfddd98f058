"""The page that shows what the finished runs say."""

from workbench.gui.panels.results.panel import ResultsPanel

__all__ = ["ResultsPanel"]
