"""One process, one port: binds it, runs the application, and ends it in order on SIGTERM or Ctrl-C."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import threading
from types import FrameType

import uvicorn
from fastapi import FastAPI

from index.errors import FootnoteError, UsageError
from qa.api.service import Service
from qa.web.connections import PatientProtocol

GRACE_SECONDS = 6  # SIGTERM has to end the process within 10 s; the rest is left for stores and the interpreter
LAST_SECONDS = 8
_LOG = logging.getLogger("footnote")


class _Server(uvicorn.Server):
    """uvicorn that tells the queue at once when it has to stop, not after the last connection closed."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        _LOG.info("stopping: running answers have %d s to finish", GRACE_SECONDS)
        self._service.drain()
        # Whatever native code a worker is in.
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()
        super().handle_exit(sig, frame)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `UsageError` naming the port when it is taken, or the host when it is not ours."""
    name = host.strip("[]")
    try:
        family, kind, _, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, OverflowError) as error:
        raise UsageError(f"--host must be a name or address of this machine, got {host!r}: {error}. Use 127.0.0.1.") from error
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(128)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {port} is in use. Stop the other program or choose another: --port {port + 1}.") from error
        raise UsageError(f"cannot listen on {host} port {port}: {error.strerror}. Choose another --host or --port.") from error
    return sock


def run(app: FastAPI, sock: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; running answers are finished, the process then ends within 10 s.

    Raises `FootnoteError` when the application could not start.
    """
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=10,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=65_536,
        limit_concurrency=500,
    )
    server = _Server(config, app.state.service)
    for stop in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again when it has stopped; a stop that was asked for is a success, not a death.
        signal.signal(stop, lambda _number, _frame: None)
    server.run(sockets=[sock])
    _LOG.info("stopped")
    if not server.started:
        raise FootnoteError("the server could not start; the log above says why.")
