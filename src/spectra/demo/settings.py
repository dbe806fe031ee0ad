"""The switches of the demo server and what follows from them alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

BASE_PATH = "/flex/services/rest/latest"


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """How the demo server behaves; a port of 0 is any free one, a switch of 0 is off.

    `latency_ms` is waited before every answer. Of every `rate_limit_every` requests, `rate_limit_burst` in a row get
    429 with `Retry-After: retry_after_seconds`; `error_every` and `error_burst` do the same with 503. `flat_endpoints`
    adds as many endpoints /flat/0, /flat/1 ... without parents. Without `token` one is made from the seed.
    """

    port: int = 0
    stats_port: int = 0
    seed: int = 7
    executions: int = 50_000
    latency_ms: float = 0.0
    rate_limit_every: int = 0
    rate_limit_burst: int = 1
    retry_after_seconds: int = 1
    error_every: int = 0
    error_burst: int = 1
    flat_endpoints: int = 0
    token: str | None = field(default=None, repr=False)

    @property
    def bearer(self) -> str:
        """The token that the server takes: 37 characters unless one was given."""
        return self.token or "demo-" + blake2b(b"token %d" % self.seed, digest_size=16).hexdigest()

    def limited(self, number: int) -> bool:
        """Say whether the request of that number, from 1, meets the rate limit."""
        return _in_burst(number, self.rate_limit_every, self.rate_limit_burst)

    def failing(self, number: int) -> bool:
        """Say whether the request of that number, from 1, meets a server that is down."""
        return _in_burst(number, self.error_every, self.error_burst)


def _in_burst(number: int, every: int, burst: int) -> bool:
    return every > 0 and number >= every and number % every < burst
