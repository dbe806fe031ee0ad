"""A watchdog that shuts sockets at their deadline, because no timeout of a socket bounds a whole answer."""

from __future__ import annotations

import heapq
import itertools
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Watch:
    """One try under watch: at its deadline, or when `stop` is abandoned, its socket is shut."""

    def __init__(self, ends_at: float, stop: threading.Event) -> None:
        self.ends_at = ends_at
        self.stop = stop
        self.over = False
        self.shut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def guard(self, guarded: socket.socket) -> None:
        """Watch this socket from now on; shut it at once where the time is over."""
        with self._lock:
            self._socket = guarded
            if self.shut:
                _shut(guarded)

    def remaining(self) -> float:
        """Return the seconds left, never below a millisecond."""
        return max(0.001, self.ends_at - time.monotonic())

    def fire(self) -> None:
        """Shut the socket, unless the try is over."""
        with self._lock:
            if self.over:
                return
            self.shut = True
            if self._socket is not None:
                _shut(self._socket)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def end(self) -> bool:
        """Let go of the socket for good; return whether it was shut before."""
        with self._lock:
            self.over = True
            self._socket = None
            return self.shut


class Watchdog:
    """Watches any number of tries from one daemon thread, which starts with the first of them."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Watch]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float, stop: threading.Event) -> Watch:
        """Return a watch that ends in `seconds`."""
        watch = Watch(time.monotonic() + seconds, stop)
        with self._changed:
            while self._heap and self._heap[0][2].over:
                heapq.heappop(self._heap)
            heapq.heappush(self._heap, (watch.ends_at, next(self._numbers), watch))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spectra-deadlines", daemon=True)
                self._thread.start()
            elif self._heap[0][2] is watch:
                self._changed.notify()
        return watch

    def abandon(self, stop: threading.Event | None = None) -> None:
        """Shut the sockets of all tries that belong to `stop`, or of all."""
        with self._changed:
            watches = [watch for _, _, watch in self._heap if stop is None or watch.stop is stop]
        for watch in watches:
            watch.fire()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while (due := self._next_due()) is not None:
            due.fire()

    def _next_due(self) -> Watch | None:
        """Wait for the next deadline and return its watch; None when closed."""
        with self._changed:
            while not self._closed:
                if not self._heap:
                    self._changed.wait()
                elif self._heap[0][2].over or self._heap[0][0] <= time.monotonic():
                    return heapq.heappop(self._heap)[2]
                else:
                    self._changed.wait(self._heap[0][0] - time.monotonic())
        return None


def _shut(guarded: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(guarded, socket.SHUT_RDWR)
