"""One connection of the demo: reads requests in turn, waits the latency, writes each answer in one piece."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, cast

from spectra.demo.answers import Answer, refusal
from spectra.demo.wire import Asked, BrokenRequestError, answer_bytes, take_request

if TYPE_CHECKING:
    from collections.abc import MutableSet


class Answering(Protocol):
    """What stands behind a port."""

    def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        ...

    def request_id(self) -> str:
        """Return the id of the request answered last."""
        ...


class Connection(asyncio.Protocol):
    """Requests on one connection are answered one after the other, also where they were sent together."""

    def __init__(self, service: Answering, latency_seconds: float, open_ones: MutableSet[Connection]) -> None:
        self._service = service
        self._latency = latency_seconds
        self._open = open_ones
        self._buffer = bytearray()
        self._waiting: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection up."""
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        self._open.discard(self)
        if self._waiting is not None:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        """Take bytes in, and answer what is complete."""
        self._buffer += data
        self._go_on()

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _go_on(self) -> None:
        while self._waiting is None and not self._closing() and self._answer_next():
            pass

    def _closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def _answer_next(self) -> bool:
        try:
            asked = take_request(self._buffer)
        except BrokenRequestError as error:
            self._write(answer_bytes(refusal(400, str(error)), {}, keep_alive=False), keep_alive=False)
            return False
        if asked is None:
            return False
        answer = self._service.answer(asked)
        named = {"X-Zephyr-RequestId": self._service.request_id()}
        data = answer_bytes(answer, named, head_only=asked.method == "HEAD", keep_alive=asked.keep_alive)
        if not self._latency:
            self._write(data, keep_alive=asked.keep_alive)
            return True
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(self._latency, self._write_late, data, asked.keep_alive)
        return False

    def _write_late(self, data: bytes, keep_alive: bool) -> None:  # noqa: FBT001 - call_later passes by position
        self._waiting = None
        self._write(data, keep_alive=keep_alive)
        self._go_on()

    def _write(self, data: bytes, *, keep_alive: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(data)
        if not keep_alive:
            self._transport.close()
