"""The composition root of the window: application, hooks, stores, window."""

import faulthandler
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QSocketNotifier, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtGui import QIcon, QPixmapCache
from PySide6.QtWidgets import QApplication

from workbench import __version__, resource_files, settings
from workbench.gui.appearance import Appearance
from workbench.gui.garbage import GarbageCollector
from workbench.gui.log_records import LogCollector, log_to_file
from workbench.gui.main_window import MainWindow
from workbench.gui.memory import give_back_memory
from workbench.gui.messages import Message, Messages
from workbench.gui.stores.bundle import Stores, make_stores
from workbench.gui.stores.progress import Drive, run_in_children

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.002
"""The window waits no longer than this for a worker that holds the interpreter; Python's own is 5 ms."""

PIXMAP_CACHE_KB = 4096
"""What Qt keeps of drawn icons and axes; its own 10 MB fill up in the course of hours, and nothing is faster for it."""

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt(kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
    logging.getLogger("qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s", text)


class Faults(QObject):
    """Brings exceptions that nobody caught, from any thread, to the messages; the program goes on."""

    happened = Signal(object)

    def __init__(self, messages: Messages) -> None:
        super().__init__(messages)
        self._messages = messages
        self.happened.connect(self._report)

    def install(self) -> None:
        """Take the place of Python's own hooks."""
        sys.excepthook = self._take
        threading.excepthook = self._take_from_thread

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            QApplication.closeAllWindows()
        else:
            self.happened.emit(error)

    def _take_from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.happened.emit(arguments.exc_value)

    @Slot(object)
    def _report(self, error: BaseException) -> None:
        self._messages.report(error)


class StopSignals(QObject):
    """Ctrl+C in the terminal and SIGTERM close the window in good order; the second one ends it at once."""

    stopped = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.received: signal.Signals | None = None
        self._ear, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)
        self._ear.setblocking(False)
        self._notifier = QSocketNotifier(self._ear.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._hear)
        self._fd_before = signal.set_wakeup_fd(self._mouth.fileno())
        self._before = {one: signal.signal(one, self._note) for one in (signal.SIGINT, signal.SIGTERM)}

    def remove(self) -> None:
        """Give the signals back to whoever had them."""
        signal.set_wakeup_fd(self._fd_before)
        for one, handler in self._before.items():
            signal.signal(one, handler)
        self._notifier.setEnabled(False)
        self._ear.close()
        self._mouth.close()

    def _note(self, number: int, frame: object) -> None:
        self.received = signal.Signals(number)
        signal.signal(number, signal.SIG_DFL)

    @Slot()
    def _hear(self) -> None:
        self._ear.recv(64)
        self.stopped.emit()


class CrashLog:
    """Where the interpreter writes its last words when it crashes; told to the user at the next start."""

    def __init__(self) -> None:
        self._path = settings.cache_folder() / "log" / "crash.txt"
        self.kept = self._path.with_name("last-crash.txt")
        """Where the last words stay until others come; a problem report takes them along."""

    def take_last_words(self) -> str:
        """Return what the last start left behind, once; it is kept under another name."""
        try:
            words = self._path.read_text(encoding="utf-8", errors="replace").strip()
            if words:
                self._path.replace(self.kept)
            else:
                self._path.unlink()
        except OSError:
            return ""
        return words

    def listen(self) -> None:
        """Write there from now on."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab")
        except OSError:
            return
        faulthandler.enable(self._file)

    def close(self) -> None:
        """End in good order: nothing is left behind."""
        faulthandler.disable()
        if hasattr(self, "_file"):
            self._file.close()
            if not self._path.stat().st_size:
                self._path.unlink()


def make_application() -> QApplication:
    """Make the application, or return the one that is there."""
    give_back_memory()
    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    application = QApplication(sys.argv[:1])
    QPixmapCache.setCacheLimit(PIXMAP_CACHE_KB)
    application.setApplicationName("htr-workbench")
    application.setApplicationDisplayName("")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("htr-workbench")
    application.setWindowIcon(QIcon(str(resource_files.resource_path("icons/htr-workbench.svg"))))
    return application


class Opening(QObject):
    """What is opened once the window was seen: the workspace, a study, and the demo data if they were asked for."""

    def __init__(
        self, stores: Stores, workspace: Path, study_file: Path | None, window: MainWindow, *, is_demo: bool
    ) -> None:
        super().__init__(window)
        self._window = window
        self._stores = stores
        self._workspace = workspace
        self._study_file = study_file
        self._is_demo = is_demo

    @Slot()
    def begin(self) -> None:
        """Open everything; ask first where the workspace was open before and is gone."""
        self._tell_of_settings()
        self._stores.workspaces.changed.connect(self._open_rest)
        if settings.was_open_before(self._workspace) and not self._workspace.is_dir():
            self._window.gone_folder.ask_at_start(self._workspace)
        else:
            self._stores.workspaces.open(self._workspace)

    def _tell_of_settings(self) -> None:
        problem = settings.problem()
        if problem:
            self._stores.messages.warn(
                f"The settings file {problem}.",
                f"The usual ones are taken for what is wrong; the file as it was is kept: {settings.kept_aside()}",
            )

    @Slot()
    def _open_rest(self) -> None:
        self._stores.workspaces.changed.disconnect(self._open_rest)
        self._stores.study.open_last()
        if self._is_demo:
            self._stores.datasets.add_demo()
            self._stores.study.load_demo()
        if self._study_file is not None:
            self._stores.study.load(self._study_file)


def make_window(
    workspace: Path, study_file: Path | None = None, *, is_demo: bool = False, drive: Drive = run_in_children
) -> tuple[MainWindow, Stores]:
    """Make the window and its stores; the workspace is opened after the first paint."""
    application = make_application()
    stores = make_stores(drive=drive)
    appearance = Appearance(application, stores.preferences.scheme)
    collector = LogCollector()
    window = MainWindow(stores, appearance, collector)
    opening = Opening(stores, workspace, study_file, window, is_demo=is_demo)
    window.first_painted.connect(opening.begin)
    if study_file is not None or is_demo:
        window.show_page("study")
    return window, stores


def start_collector(window: MainWindow, stores: Stores) -> GarbageCollector:
    """Take garbage collection over from Python, for as long as the window is there."""
    garbage = GarbageCollector(window)
    window.pages_made.connect(garbage.settle)
    stores.progress.run_over.connect(garbage.settle)
    garbage.start()
    return garbage


def run_window(
    workspace: Path | None = None,
    study_file: Path | None = None,
    *,
    is_demo: bool = False,
    drive: Drive = run_in_children,
) -> int:
    """Show the window until it is closed.

    Parameters
    ----------
    workspace : Path, optional
        Else `$HTR_WORKBENCH_WORKSPACE`, the last one, or a folder in the user's documents.
    study_file : Path, optional
        Study to begin with; else the one that was edited last.
    is_demo : bool
        Make the demo data and load the demo study, ready to press Start.
    drive : Drive
        How studies are run.

    Returns
    -------
    int
        Exit code: 0, or 130 and 143 after Ctrl+C and SIGTERM.
    """
    crash_log = CrashLog()
    last_words = crash_log.take_last_words()
    crash_log.listen()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    application = make_application()
    window, stores = make_window(workspace or settings.workspace_to_open(), study_file, is_demo=is_demo, drive=drive)
    end_logging = _begin_logging(window.collector)
    Faults(stores.messages).install()
    signals = StopSignals(window)
    signals.stopped.connect(window.stop_now)
    if last_words:
        text = "The program ended abnormally the last time."
        hint = f"Unfinished runs can be resumed. What it said at its end is kept in {crash_log.kept}."
        stores.messages.post(Message("warning", text, hint, last_words))
    window.show()
    garbage = start_collector(window, stores)
    code = application.exec()
    stores.wait()
    garbage.stop()
    signals.remove()
    end_logging()
    crash_log.close()
    return 128 + signals.received if signals.received else code


def _begin_logging(collector: LogCollector) -> Callable[[], None]:
    """Send the program's and Qt's log to the panel and to a file; return what ends it."""
    root = logging.getLogger()
    talkers = [handler for handler in root.handlers if handler.level == logging.NOTSET]
    for handler in talkers:
        handler.setLevel(logging.WARNING)  # the terminal hears no more than before
    handlers = [handler for handler in (collector, log_to_file()) if handler is not None]
    level = root.level
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    qInstallMessageHandler(_log_qt)

    def end() -> None:
        qInstallMessageHandler(None)
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        root.setLevel(level)
        for handler in talkers:
            handler.setLevel(logging.NOTSET)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()

    return end
