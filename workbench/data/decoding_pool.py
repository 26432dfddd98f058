"""Images of many lines decoded side by side, in order, with a bounded number of them in memory.

In threads, or, where there are so many lines that it pays, in processes: each line takes many short steps, between
which threads wait for the interpreter's lock.
"""

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from workbench.data import decoding
from workbench.data.decoding import DecodedLine, PageCache
from workbench.data.line import TextLine
from workbench.data.tree import FileTree, open_unlisted
from workbench.errors import InputError
from workbench.runs.control import Control

log = logging.getLogger(__name__)

MAX_THREADS = 8
MAX_PROCESSES = 32
PROCESSES_FROM_LINES = 3_000
"""Starting processes takes about a second, in which threads decode a thousand lines and more."""
LINES_PER_TASK = 32
NICENESS = 5
"""How far the processes stand back behind the window."""
PARENT_CHECK_S = 1.0

Decoded = DecodedLine | InputError
Task = TypeVar("Task")
Result = TypeVar("Result")


def decode_lines(
    tree: FileTree, lines: Sequence[TextLine], *, cropped: bool, control: Control | None
) -> Iterator[Decoded]:
    """Decode the images of lines in their order; ends early when cancelled.

    Parameters
    ----------
    tree : FileTree
        Where the images lie.
    lines : sequence of TextLine
        Their `image` and `cut` are looked at.
    cropped : bool
        Cut to the ink.
    control : Control, optional
        `cancel` ends it.

    Yields
    ------
    DecodedLine or InputError
        One per line; the error where it cannot be used.
    """
    done = 0
    if _pays(tree, lines):
        try:
            for decoded in _in_processes(tree.root, lines, cropped, control):
                yield decoded
                done += 1
        except BrokenProcessPool:  # ended from outside, perhaps for want of memory
            log.info("processes that decode images were ended from outside: going on in threads")
        else:
            return
    yield from _in_threads(tree, lines[done:], cropped, control)


def _pays(tree: FileTree, lines: Sequence[TextLine]) -> bool:
    """Tell whether processes are worth starting: many lines, all of them in plain files that each of them can open."""
    if len(lines) < PROCESSES_FROM_LINES or _cores() < 2:
        return False
    return all(line.image.as_posix() in tree.on_disk for line in lines)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_threads(tree: FileTree, lines: Sequence[TextLine], cropped: bool, control: Control | None) -> Iterator[Decoded]:
    threads = min(MAX_THREADS, _cores())
    pages = PageCache(tree, threads)

    def submit(line: TextLine) -> Future[Decoded]:
        return executor.submit(_attempt, tree, line, cropped, pages)

    executor = ThreadPoolExecutor(threads, thread_name_prefix="decode")
    return _in_order(executor, submit, iter(lines), threads + 2, control)


def _in_processes(root: Path, lines: Sequence[TextLine], cropped: bool, control: Control | None) -> Iterator[Decoded]:
    processes = min(MAX_PROCESSES, _cores())
    remaining = iter(lines)
    tasks = iter(lambda: list(islice(remaining, LINES_PER_TASK)), [])

    def submit(task: list[TextLine]) -> Future[list[Decoded]]:
        return executor.submit(_decode_task, task, cropped)

    executor = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(root, os.getpid())
    )
    for decoded in _in_order(executor, submit, tasks, processes + 2, control):
        for one in decoded:
            if control is not None and control.is_cancelled:
                return
            yield one


def _in_order(
    executor: Executor,
    submit: Callable[[Task], Future[Result]],
    tasks: Iterator[Task],
    ahead: int,
    control: Control | None,
) -> Iterator[Result]:
    """Results in the order of their tasks, of which so many are begun ahead; the executor ends with it."""
    waiting: deque[Future[Result]] = deque()
    try:
        waiting.extend(submit(task) for task in islice(tasks, ahead))
        while waiting and not (control and control.is_cancelled):
            result = waiting.popleft().result()
            waiting.extend(submit(task) for task in islice(tasks, 1))
            yield result
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _attempt(tree: FileTree, line: TextLine, cropped: bool, pages: PageCache) -> Decoded:
    try:
        return decoding.decode_line(tree, line, cropped=cropped, pages=pages)
    except InputError as error:
        return error


# In the processes

_tree: FileTree | None = None
_pages: PageCache | None = None


def _begin(root: Path, parent: int) -> None:
    """Make a process ready: it leaves the keyboard to its parent, stands back, and ends when that is gone."""
    global _tree, _pages
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    _tree = open_unlisted(root)
    _pages = PageCache(_tree, 2)


def _end_with(parent: int) -> None:
    """Wait until the parent is gone: a process that waits for tasks would never hear of it."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(PARENT_CHECK_S)
    os._exit(1)


def _decode_task(lines: list[TextLine], cropped: bool) -> list[Decoded]:
    assert _tree is not None
    assert _pages is not None
    return [_attempt(_tree, line, cropped, _pages) for line in lines]
