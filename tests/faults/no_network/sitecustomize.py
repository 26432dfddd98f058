"""Lets no process reach beyond this machine: with this folder on PYTHONPATH, every Python that starts loads it.

What is asked of the network is refused and written to the file that $NETWORK_LOG names, a line per event; the line
`guarded` says that a process was under guard at all.
"""

import ipaddress
import os
import sys

ASKS_FOR_A_NAME = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
TALKS_TO_AN_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg")


def is_of_this_machine(host: object) -> bool:
    """Tell whether a host is none, this machine's name for itself, or a loopback address."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def hosts(event: str, arguments: tuple[object, ...]) -> list[object]:
    """Return the hosts that an audited event would ask for or talk to; those of local sockets are none."""
    if event in ASKS_FOR_A_NAME:
        asked = arguments[0]
        return [asked[0] if isinstance(asked, tuple) else asked]
    if event in TALKS_TO_AN_ADDRESS:
        return [address[0] for address in arguments[1:] if isinstance(address, tuple) and isinstance(address[0], str)]
    return []


def write(line: str) -> None:
    """Append a line to the log, whole even where processes write at once."""
    handle = os.open(os.environ["NETWORK_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: refuse what leads out."""
    if event.startswith("socket.") and (
        out := [host for host in hosts(event, arguments) if not is_of_this_machine(host)]
    ):
        write(f"{event} {out}")
        raise PermissionError(f"no access to the network: {event} {out}")


if "NETWORK_LOG" in os.environ:
    write(f"guarded {os.getpid()} {sys.argv[:1]}")
    sys.addaudithook(refuse_the_network)
