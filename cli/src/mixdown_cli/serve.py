"""``mixdown serve``: the application behind uvicorn."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from mixdown_cli.failures import Failure
from mixdown_cli.output import note
from mixdown_cli.target import local_options

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from mixdown_kernel import Kernel

GRACE_SECONDS = 5
"""How long answers on their way may take after the signal to stop; jobs resume at the next start."""
BACKLOG = 2048


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 lets other machines in.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0 takes any that is free.")
@local_options
def serve(host: str, port: int, config: Path | None, data_dir: Path | None) -> None:
    """Serve the HTTP API."""
    import uvicorn

    from mixdown_cli.server import Server

    signal.signal(signal.SIGTERM, _leave)  # uvicorn stops gracefully, and then raises the signal again
    with _listen(host, port) as listener:
        url = _url(listener)
        kernel, app = _application(config, data_dir, url)
        server = Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                lifespan="on",
                ws_per_message_deflate=False,  # sound does not shrink, and every block would pay for the attempt
                timeout_graceful_shutdown=GRACE_SECONDS,
            ),
            kernel,
        )
        note(f"Mixdown listens on {url}, its documentation is at {url}/docs. Ctrl-C stops it.")
        _run(server, listener)


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        server.run([listener])
    except KeyboardInterrupt:  # raised again by uvicorn once it has stopped
        return
    except SystemExit as error:
        if error.code:
            raise Failure("The application did not start; the log above says why.") from None
        raise


def _leave(_signal: int, _frame: object) -> NoReturn:
    sys.exit(0)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. `Failure` says why there is none."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
    except socket.gaierror:
        raise Failure(f"{host!r} is no address of this machine.") from None
    except OSError as error:
        raise Failure(_refusal(error, host, port)) from None


def _refusal(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is in use; stop what runs there, or take another: `mixdown serve --port {port + 1}`."
        case errno.EACCES:
            return f"Port {port} needs more rights than you have; take one above 1023."
        case errno.EADDRNOTAVAIL:
            return f"{host!r} is no address of this machine."
    return f"Cannot listen on {host}:{port}: {error.strerror}."


def _url(listener: socket.socket) -> str:
    """Where this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"


def _application(config: Path | None, data_dir: Path | None, url: str) -> tuple[Kernel, FastAPI]:
    from mixdown_api.app import create_app
    from mixdown_api.edge import configure_logging
    from mixdown_cli.configuration import api_settings, kernel_config
    from mixdown_kernel import Kernel

    settings = api_settings(config)
    chosen = {} if "public_url" in settings.model_fields_set else {"public_url": url}
    if "log_format" not in settings.model_fields_set and sys.stderr.isatty():
        chosen["log_format"] = "console"
    settings = settings.model_copy(update=chosen)
    configure_logging(settings.log_level, settings.log_format, settings.keys)
    kernel = Kernel(kernel_config(config, data_dir))
    return kernel, create_app(kernel, settings)
