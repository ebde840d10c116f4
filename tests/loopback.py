"""Bring the loopback interface up in a network namespace of one's own (`unshare -n make test`), where it starts out down."""

from __future__ import annotations

import contextlib
import socket
import struct

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP (linux/sockios.h, linux/if.h)


def raise_loopback() -> bool:
    """Whether 127.0.0.1 can be used, after trying to bring it up; changing an interface takes root, as unshare -n does."""
    try:
        import fcntl
    except ImportError:  # not a Unix: its loopback is up
        return True
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        name = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, _GET_FLAGS, name))[1]
        if not flags & _UP:
            fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))
    with contextlib.suppress(OSError), socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return True
    return False
