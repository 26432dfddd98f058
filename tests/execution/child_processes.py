"""Training processes that a test may look at, signal or kill: only what it, or a program it started, started."""

import psutil


def _trains(process: psutil.Process) -> bool:
    try:
        return "workbench.execution.child" in process.cmdline()
    except psutil.Error:
        return False  # ended meanwhile, or what a child itself started and has not yet taken leave of


def training_processes(of: int | None = None) -> list[psutil.Process]:
    """Living children of the process `of` (of this one, where it is None) that train or get ready to."""
    return [child for child in psutil.Process(of).children(recursive=True) if _trains(child)]
