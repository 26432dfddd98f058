"""The program reaches nothing beyond this machine: not as Python sees it, and not as the kernel does."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUARD = Path(__file__).parent / "no_network"
STRACE = shutil.which("strace")
SYSCALLS = "connect,sendto,sendmsg,sendmmsg"
DOCUMENTATION_ADDRESS = "192.0.2.1"
"""Belongs to nobody (RFC 5737); the guard refuses it before anything is sent."""


class Traces(NamedTuple):
    """What a guarded run left behind."""

    guarded: int
    """Python processes that were under guard."""
    asked: list[str]
    """What they asked of the network."""
    syscalls: list[str]
    """System calls with addresses, of all processes; empty without strace."""


def run_guarded(
    folder: Path, *command: str, with_strace: bool = False
) -> tuple[subprocess.CompletedProcess[str], Traces]:
    """Run Python with the guard on, in its children too, with settings and caches of its own."""
    log, calls = folder / "network.log", folder / "syscalls.log"
    traced = (
        [str(STRACE), "-f", "--seccomp-bpf", "-qq", "-o", str(calls), "-e", f"trace={SYSCALLS}"] if with_strace else []
    )
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(GUARD), str(ROOT))),
        "NETWORK_LOG": str(log),
        "MPLCONFIGDIR": str(folder / "matplotlib"),  # its list of fonts is made anew
        "HTR_WORKBENCH_CONFIG": str(folder / "config"),
        "HTR_WORKBENCH_CACHE": str(folder / "cache"),
        "TORCH_HOME": str(folder / "torch"),
    }
    done = subprocess.run(
        [*traced, sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False,
        timeout=280,
    )  # fmt: skip
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    asked = [line for line in lines if not line.startswith("guarded ")]
    syscalls = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    return done, Traces(len(lines) - len(asked), asked, syscalls)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    """Traces of a run of the whole program."""
    folder = tmp_path_factory.mktemp("whole-program")
    done, found = run_guarded(folder, "-m", "tests.faults.whole_program", str(folder), with_strace=STRACE is not None)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("all done"), done.stdout + done.stderr
    assert (folder / "report.zip").is_file()
    assert list((folder / "tables").rglob("*.pdf"))
    return found


@pytest.mark.slow
def test_nothing_is_asked_of_the_network(traces: Traces) -> None:
    assert traces.guarded >= 2, "the training process was not under guard"
    assert traces.asked == []


@pytest.mark.slow
@pytest.mark.skipif(STRACE is None, reason="strace is not installed: what the kernel sees was not looked at")
def test_no_system_call_leads_out_of_this_machine(traces: Traces) -> None:
    assert leading_out(traces.syscalls) == []


def leading_out(lines: Iterable[str]) -> list[str]:
    """Return the system calls with an address of the internet that is not a loopback one."""
    found = [line for line in lines if re.search(r"sa_family=AF_(INET6?|PACKET)\b", line)]
    local = re.compile(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"')
    return [line for line in found if not local.search(line)]


@pytest.mark.parametrize(
    ("line", "leads_out"),
    [
        ('7 connect(3, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT', False),
        ('7 connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', False),
        ('7 connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("192.0.2.1")}, 16) = 0', True),
        ('7 connect(3, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "::1", &a)}, 28) = 0', False),
        ('7 connect(3, {sa_family=AF_INET6, sin6_port=htons(9), inet_pton(AF_INET6, "2001:db8::1", &a)}, 28)', True),
        ('7 sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16)', True),
        ("7 sendto(4, [{nlmsg_len=20}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20", False),
        ('7 sendto(5, "x", 1, MSG_NOSIGNAL, NULL, 0) = 1', False),
    ],
)
def test_system_calls_are_told_apart(line: str, leads_out: bool) -> None:
    assert bool(leading_out([line])) == leads_out


@pytest.mark.parametrize(
    "attempt",
    [
        f"import socket; socket.create_connection(({DOCUMENTATION_ADDRESS!r}, 9), timeout=1)",
        f"import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ({DOCUMENTATION_ADDRESS!r}, 9))",
        "import socket; socket.getaddrinfo('somewhere.invalid', 80)",
        "import socket; socket.gethostbyname('somewhere.invalid')",
        "import urllib.request; urllib.request.urlopen('https://somewhere.invalid/')",
        "import asyncio; asyncio.run(asyncio.open_connection('somewhere.invalid', 80))",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', "
        "\"import socket; socket.getaddrinfo('somewhere.invalid', 80)\"], check=True)",
    ],
)
def test_the_guard_refuses_and_tells(attempt: str, tmp_path: Path) -> None:
    done, found = run_guarded(tmp_path, "-c", attempt)
    assert done.returncode != 0
    assert "no access to the network" in done.stderr
    assert len(found.asked) >= 1


def test_the_guard_lets_this_machine_talk_to_itself(tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "ear = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(ear.getsockname()).close()\n"
        "one, other = socket.socketpair(); one.send(b'x')\n"
    )
    done, found = run_guarded(tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    assert found == Traces(1, [], [])


REACHES_OUT = (
    "socket", "ssl", "http", "urllib.request", "urllib.error", "ftplib", "smtplib", "imaplib", "poplib", "telnetlib",
    "nntplib", "xmlrpc", "socketserver", "asyncio", "webbrowser", "wsgiref", "requests", "urllib3", "httpx", "aiohttp",
    "multiprocessing.connection", "multiprocessing.managers", "fsspec", "huggingface_hub", "torch.hub",
    "torch.distributed", "torchvision", "PySide6.QtNetwork", "PySide6.QtWebSockets", "PySide6.QtWebEngineWidgets",
)  # fmt: skip
"""Modules that reach out, or exist to."""
TAKES_ADDRESSES = re.compile(r"(?:pd|pandas)\.read_\w+")
"""Functions of libraries that take an address where a file is meant."""
ALLOWED = {
    "workbench/gui/app.py: socket": "a pair of sockets within the process, by which a signal wakes Qt",
}


def reaching_out(source: str) -> list[str]:
    """Return the names by which a module could reach beyond this machine."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=imported):
                names += [alias.name for alias in imported]
            case ast.ImportFrom(module=str(module), names=imported):
                names += [f"{module}.{alias.name}" for alias in imported]
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in ("torch", "pd", "pandas", "PySide6"):
                names.append(f"{owner}.{name}")  # other modules have to be imported by their full names
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module")):
                names += [each.value for each in node.args if isinstance(each, ast.Constant)]
            case _:
                continue
    found = {each for name in names for each in REACHES_OUT if name == each or name.startswith(f"{each}.")}
    return sorted(found | {name for name in names if TAKES_ADDRESSES.fullmatch(name)})


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import socket", 1),
        ("from http import client", 1),
        ("from urllib import request", 1),
        ("import urllib.request as r", 1),
        ("from urllib.parse import quote", 0),
        ("from PySide6 import QtNetwork", 1),
        ("from PySide6.QtNetwork import QNetworkAccessManager", 1),
        ("import torch\ntorch.hub.load('a', 'b')", 1),
        ("__import__('requests')", 1),
        ("import pandas as pd\npd.read_csv(x)", 1),
        ("import httplike, socketed", 0),
    ],
)
def test_reaching_out_is_recognised(source: str, count: int) -> None:
    assert len(reaching_out(source)) == count


def test_no_module_reaches_out() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("workbench", "tools", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in reaching_out(path.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted(ALLOWED)


def test_an_address_is_opened_only_as_a_local_file() -> None:
    """The desktop is asked to open folders and files of this machine, nothing else; see workbench.gui.folders."""
    users = [
        path for path in (ROOT / "workbench").rglob("*.py") if "QDesktopServices" in path.read_text(encoding="utf-8")
    ]
    assert [path.name for path in users] == ["folders.py"]
    assert "setOpenExternalLinks" not in "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "workbench" / "gui").rglob("*.py")
    )
