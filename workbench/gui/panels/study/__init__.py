"""The page on which a study is put together."""

from workbench.gui.panels.study.panel import StudyPanel

__all__ = ["StudyPanel"]
