"""DemoServer: the demo API on loopback, from construction until it is stopped."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING

from spectra.demo.connection import Connection
from spectra.demo.service import Service, StatsService
from spectra.demo.settings import BASE_PATH, DemoSettings

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from spectra.demo.connection import Answering

__all__ = ["DemoServer", "DemoSettings"]

_HOST = "127.0.0.1"
_WAITING_CONNECTIONS = 256


class DemoServer:
    """Serves on two ports of 127.0.0.1 in a thread of its own; raises OSError where a port is taken.

    `base_url` is what paths are appended to, `stats_url` tells what was asked, `token` is what it accepts.
    """

    def __init__(self, settings: DemoSettings | None = None) -> None:
        self.settings = settings or DemoSettings()
        self.token = self.settings.bearer
        self._service = Service(self.settings)
        self._sockets = [_listening(self.settings.port)]
        try:
            self._sockets.append(_listening(self.settings.stats_port))
        except OSError:
            self._sockets[0].close()
            raise
        api, stats = (each.getsockname()[1] for each in self._sockets)
        self.base_url = f"http://{_HOST}:{api}{BASE_PATH}"
        self.stats_url = f"http://{_HOST}:{stats}/__stats"
        self._loop = asyncio.new_event_loop()
        self._open: set[Connection] = set()
        self._thread = threading.Thread(target=self._serve, name="spectra-demo", daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stats(self) -> dict[str, int]:
        """Return how often each endpoint was asked, as `GET /project/details`; unknown paths as `unmatched`."""
        return self._service.counts()

    def stop(self) -> None:
        """Drop every connection and give the ports back; a second call does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _serve(self) -> None:
        latency = self.settings.latency_ms / 1_000
        services: tuple[tuple[Answering, float], ...] = ((self._service, latency), (StatsService(self._service), 0.0))
        servers = [
            self._loop.run_until_complete(self._listen(service, wait, listening))
            for (service, wait), listening in zip(services, self._sockets, strict=True)
        ]
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        for server in servers:
            server.close()
        for connection in tuple(self._open):
            connection.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listen(self, service: Answering, latency: float, listening: socket.socket) -> asyncio.Server:
        def connected() -> Connection:
            return Connection(service, latency, self._open)

        return await self._loop.create_server(connected, sock=listening, backlog=_WAITING_CONNECTIONS)


def _listening(port: int) -> socket.socket:
    return socket.create_server((_HOST, port), backlog=_WAITING_CONNECTIONS)
