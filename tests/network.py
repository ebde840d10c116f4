"""The block that every test runs behind: no connection and no name look-up leaves this machine."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

attempts: list[str] = []
_LOCAL_NAMES = {"", "localhost", "ip6-localhost", socket.gethostname()}


class NetworkBlocked(RuntimeError):
    """A test tried to leave this machine."""


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook sees every connection and every name look-up made from Python, whichever library makes it."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        connection, address = args
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or address is None:
            return
        host = address[0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = args[0]
    else:
        return
    if not _is_local(host):
        attempts.append(f"{event} {host!r}")
        raise NetworkBlocked(f"tests must stay on this machine: {attempts[-1]}")


def block() -> None:
    """Switch the block on, for the rest of the process."""
    sys.addaudithook(_refuse)
