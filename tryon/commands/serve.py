"""``tryon serve``: try-ons over HTTP."""

import os
import re
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from tryon.commands.options import Folder, Names
from tryon.core.errors import ConfigError

_CONNECTIONS = 64  # at once: each may hold a request of --max-megabytes


@dataclass(frozen=True, kw_only=True)
class Serve:
    """Answer try-ons over HTTP, in the shape that clients of FASHN's interface speak. With the environment variable
    TRYON_TOKEN, clients have to send that token."""

    host: str = "127.0.0.1"
    """Address of this machine to listen at; 0.0.0.0 is all of them."""
    port: int = 8600
    """Port to listen at."""
    queue: int = 16
    """Try-ons that may wait; more are told to come back."""
    keep_minutes: float = 60.0
    """How long results are kept, in memory only, and photos that may come again."""
    max_megabytes: Annotated[float, tyro.conf.arg(metavar="MB")] = 40.0
    """Largest request, and largest picture that is fetched."""
    allow_hosts: Annotated[Names, tyro.conf.arg(metavar="HOST ...")] = ()
    """Hosts from which pictures may be fetched, over https; none unless given."""
    weights: Folder = None
    """Folder with the folders parser, pose, flow, amodal, matte and points, instead of the released weights."""
    mirror: bool = True
    """Average every reading with that of the mirrored photo: steadier, twice the time."""

    def __post_init__(self) -> None:
        if self.queue < 1:
            raise ConfigError(f"--queue {self.queue} leaves no room for a try-on; give 1 or more")
        for name, value in (("keep-minutes", self.keep_minutes), ("max-megabytes", self.max_megabytes)):
            if not 0 < value < float("inf"):
                raise ConfigError(f"--{name} {value:g} cannot be used; give a number above 0")
        for host in self.allow_hosts:
            if not re.fullmatch(r"[\w.-]+(:\d+)?", host):
                raise ConfigError(f"--allow-hosts {host} is no name of a host; give it as in shop.example.com")

    def run(self) -> None:
        from tryon.serve.token import token

        asked = token()
        listener = listen(self.host, self.port)
        with listener:
            if not asked and not self.host.startswith(("127.", "localhost", "::1")):
                words = "whoever reaches this machine can use the service; set TRYON_TOKEN to ask for a token"
                print(f"tryon: note: {words}", file=sys.stderr)
            self._serve(listener, asked)

    def _serve(self, listener: socket.socket, token: str) -> None:
        import uvicorn

        from tryon.serve.app import create_app
        from tryon.serve.connections import Connection
        from tryon.serve.jobs import Jobs

        def load():
            from tryon.pipeline import TryOn  # Here, because it imports much: the service answers before.

            return TryOn.from_pretrained(self.weights, mirror=self.mirror)

        max_bytes = round(1e6 * self.max_megabytes)
        jobs = Jobs(
            load, queue=self.queue, keep_seconds=60 * self.keep_minutes, max_bytes=max_bytes, on_failure=lambda _: end()
        )
        hosts = frozenset(host.lower() for host in self.allow_hosts)
        app = create_app(jobs, token=token, allow_hosts=hosts, max_bytes=max_bytes)
        # No log of requests: the addresses in them lead to the pictures.
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=Connection,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                timeout_graceful_shutdown=2,
                limit_concurrency=_CONNECTIONS,
            )
        )

        def end(*_: object) -> None:
            server.should_exit = True

        # The server takes these over while it runs, and raises them again when it has ended: to be ended is no error.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        host = f"[{self.host}]" if ":" in self.host else self.host
        print(f"tryon: serving at http://{host}:{self.port}, documentation at /docs", flush=True)
        server.run(sockets=[listener])
        if jobs.failure:
            raise jobs.failure
        if not jobs.stop(0):
            sys.stdout.flush()
            os._exit(0)  # A try-on in the middle of a long step: Python would wait for it, or end it with a crash.


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address of this machine.

    Raises:
        ConfigError: the port does not exist or is taken, or the address is none of this machine.
    """
    if not 1 <= port <= 65535:
        raise ConfigError(f"port {port} does not exist; choose a --port from 1 to 65535")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        raise ConfigError(_why(error, host, port)) from error


def _why(error: Exception, host: str, port: int) -> str:
    import errno

    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, (socket.gaierror, UnicodeError)) or number == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; choose another --host, such as 127.0.0.1 or 0.0.0.0"
    if number == errno.EADDRINUSE:
        return f"port {port} is taken by another program; choose another --port"
    return f"port {port} cannot be used ({error}); choose another --port"
