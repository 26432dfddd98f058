"""The command line: everything that the window does, without it. Nothing heavy is imported until a command needs it."""

from workbench.cli.app import main
from workbench.cli.program import OpenWindow

__all__ = ["OpenWindow", "main"]
