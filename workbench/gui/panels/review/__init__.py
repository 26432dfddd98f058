"""The page on which people look for wrong labels."""

from workbench.gui.panels.review.panel import ReviewPanel

__all__ = ["ReviewPanel"]
