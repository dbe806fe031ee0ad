"""When to send again, when to stop and how fast to go: pure arithmetic on times that come in as values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from spectra.errors import NetworkError

if TYPE_CHECKING:
    from datetime import datetime

    from spectra.errors import SpectraError

RETRYABLE_STATUSES = frozenset({429, 500, 502, 503, 504})
_OVERLOADED = frozenset({429, 503})
_WIDER = 1.02


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts` tries; waits grow from `base` seconds by `factor` up to `cap`, with full jitter."""

    attempts: int = 3
    base: float = 1.0
    factor: float = 2.0
    cap: float = 60.0

    def wait_after(
        self, attempt: int, failure: int | SpectraError, *, retry_after: float | None, chance: float
    ) -> float | None:
        """Return the seconds to wait after a failed try (counted from 1), or None where trying again is over.

        `failure` is the status or the error that came, `chance` a number from 0 to 1. What Retry-After asks is waited
        in full; where it asks for more than the cap, trying is over (see `defers`).
        """
        if attempt >= self.attempts or not is_retryable(failure) or self.defers(retry_after):
            return None
        backoff = chance * min(self.cap, self.base * self.factor ** (attempt - 1))
        return max(backoff, retry_after or 0.0)

    def defers(self, retry_after: float | None) -> bool:
        """Return whether the API asks for a longer wait than a run should sit through."""
        return retry_after is not None and retry_after > self.cap


def is_retryable(failure: int | SpectraError) -> bool:
    """Return whether a status or an error may be gone at the next try."""
    return failure in RETRYABLE_STATUSES if isinstance(failure, int) else failure.retryable


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Return the wait that a Retry-After header asks for: seconds or an HTTP date; None where it says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


@dataclass(frozen=True, slots=True)
class Breaker:
    """Keeps away from a host that failed `threshold` times in a row, for `pause` seconds.

    Transport errors, 429 and 503 are failures; any other 5xx belongs to its endpoint and says nothing about the
    host. Tries that were under way together when the host failed are one failure, not many: a busy moment of 16
    workers is not a dead host. After the pause one try is let through; it closes the circuit, or opens it again.
    """

    threshold: int = 5
    pause: float = 60.0
    failures: int = 0
    failed_at: float = -math.inf
    opened_at: float | None = None

    def allows(self, now: float) -> bool:
        """Return whether a try may be made at `now`."""
        return self.opened_at is None or now >= self.opened_at + self.pause

    def trying(self, now: float) -> Breaker:
        """Return the state once a try begins: where the pause is over, others wait for its outcome."""
        return self if self.opened_at is None else replace(self, opened_at=now)

    def after(self, failure: int | SpectraError | None, *, began: float, now: float) -> Breaker:
        """Return the state after a try that began at `began`; `failure` is a status, an error, or None."""
        if not counts_against_host(failure):
            neutral = isinstance(failure, int) and failure in RETRYABLE_STATUSES and self.opened_at is None
            return self if neutral else replace(self, failures=0, opened_at=None)
        if began < self.failed_at:
            return self
        failures = self.failures + 1
        opens = self.opened_at is not None or failures >= self.threshold
        return replace(self, failures=failures, failed_at=now, opened_at=now if opens else None)


def counts_against_host(failure: int | SpectraError | None) -> bool:
    """Return whether a status or an error says that the host itself is down or overloaded."""
    return failure in _OVERLOADED if isinstance(failure, int) else isinstance(failure, NetworkError)


@dataclass(frozen=True, slots=True)
class Pacer:
    """Spaces requests evenly: at most `rate` a second, None for no limit.

    The spacing is 2 % wider than it must be, so that a late packet before an early one does not exceed the rate.
    """

    rate: float | None
    next_at: float = -math.inf

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may leave."""
        return max(0.0, self.next_at - now)

    def sent(self, now: float) -> Pacer:
        """Return the state after a request left at `now`; a late one is not made up for."""
        return self if self.rate is None else replace(self, next_at=now + _WIDER / self.rate)
