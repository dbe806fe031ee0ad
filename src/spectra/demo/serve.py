"""The demo alone: served until Ctrl-C, for whoever wants to point something else at it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spectra.demo.project import TOKEN_VARIABLE, URL_VARIABLE
from spectra.demo.server import DemoServer

if TYPE_CHECKING:
    from typing import TextIO

    from spectra.demo.settings import DemoSettings


def serve(settings: DemoSettings, out: TextIO, until: threading.Event | None = None) -> None:
    """Serve until Ctrl-C, or until an event is set; writes one line that a shell can take in.

    The line shows the token: it opens nothing but this server, and nobody could ask without it.
    """
    with DemoServer(settings) as server:
        out.write(f"{URL_VARIABLE}={server.base_url} {TOKEN_VARIABLE}={server.token} # stats: {server.stats_url}\n")
        out.flush()
        try:
            (until or threading.Event()).wait()
        except KeyboardInterrupt:
            out.write("stopped\n")
