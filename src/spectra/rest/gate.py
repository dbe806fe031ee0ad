"""The gate before the wire: one pace for all threads, and one circuit breaker per host."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spectra.access.pace import Breaker, Pacer, counts_against_host
from spectra.errors import CircuitOpenError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.access.guard import Origin
    from spectra.errors import SpectraError


class Gate:
    """Holds the state of pace and breakers; what they decide is pure and stands in access.pace."""

    def __init__(self, requests_per_second: float | None, monotonic: Callable[[], float]) -> None:
        self._pacer = Pacer(requests_per_second)
        self._monotonic = monotonic
        self._turnstile = threading.Lock()
        self._breakers: dict[Origin, Breaker] = {}
        self._asked_to_wait: dict[Origin, SpectraError] = {}
        self._lock = threading.Lock()

    def take_turn(self, sleep: Callable[[float], None]) -> float:
        """Wait until the next request may leave; return the seconds waited."""
        began = self._monotonic()
        with self._turnstile:
            wait = self._pacer.wait(self._monotonic())
            if wait > 0:
                sleep(wait)
            left = self._monotonic()
            self._pacer = self._pacer.sent(left)
        return left - began

    def admits(self, origin: Origin) -> bool:
        """Return whether the host may be asked now; a yes is meant to be followed by `end`."""
        now = self._monotonic()
        with self._lock:
            breaker = self._breakers.get(origin, Breaker())
            admitted = breaker.allows(now)
            if admitted:
                self._breakers[origin] = breaker.trying(now)
        return admitted

    def asked_to_wait(self, origin: Origin, error: SpectraError) -> None:
        """Keep what a host said that asks to come back much later."""
        with self._lock:
            self._asked_to_wait[origin] = error

    def refusal(self, origin: Origin) -> SpectraError:
        """Return why a host is left alone: because it asked for that, or because it failed."""
        with self._lock:
            return self._asked_to_wait.get(origin) or CircuitOpenError()

    def end(self, origin: Origin, failure: int | SpectraError | None, began: float) -> None:
        """Take in the outcome of a try."""
        with self._lock:
            breaker = self._breakers.get(origin, Breaker())
            self._breakers[origin] = breaker.after(failure, began=began, now=self._monotonic())
            if not counts_against_host(failure):
                self._asked_to_wait.pop(origin, None)
