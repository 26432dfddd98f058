"""Fault tests work on the small workspace of the execution tests."""

from tests.execution.conftest import plan, template, workspace

__all__ = ["plan", "template", "workspace"]
