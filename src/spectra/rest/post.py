"""One message to an address that is a secret itself: revealed here, asked of its own host only, bounded in all."""

from __future__ import annotations

import ipaddress
import itertools
import json
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from spectra.access.auth import NoAuth
from spectra.access.exchange import Page
from spectra.access.guard import UrlGuard
from spectra.access.pace import RetryPolicy, retry_after_seconds
from spectra.access.proxy import DIRECT
from spectra.access.secret import SecretReference
from spectra.errors import ChannelAddressError, DeadlineExceededError, SourceError, SpectraError
from spectra.rest.api import RestApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.access.exchange import Request
    from spectra.access.proxy import Proxies
    from spectra.access.redact import Redactor
    from spectra.stages.ports import Clock, Secrets

_POLICY = RetryPolicy(attempts=3, base=0.25, cap=10.0)
_TOTAL_SECONDS = 10.0
_LEAST_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class _Limits:
    """The limits of one try; `total_seconds` is what is left for all of them."""

    total_seconds: float
    requests_per_second: float | None = None
    concurrency: int = 1
    connect_seconds: float = 5.0
    response_mb: float = 1.0
    attempts: int = 1


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class Post:
    """Sends requests whose `url` is a reference, at most 3 times and for at most 10 seconds in all.

    Only https is spoken, and http to this machine alone, past any proxy; no redirect is followed. A 429 is waited for
    as long as it asks, where that is no longer than 10 seconds and than what is left. `sleep` is a seam for tests.
    """

    secrets: Secrets
    redactor: Redactor
    clock: Clock
    total_seconds: float = _TOTAL_SECONDS
    sleep: Callable[[float], None] = field(default=_wait)
    proxies: Proxies = DIRECT

    def send(self, request: Request) -> Page:
        """Return the answer, redacted; nothing is raised, and nothing that comes back holds the address."""
        ends_at = time.monotonic() + self.total_seconds
        attempts = 0
        for attempt in itertools.count(1):
            page = self._once(request, max(_LEAST_SECONDS, ends_at - time.monotonic()))
            attempts += page.attempts
            failure = page.error or page.status or 0
            pause = _POLICY.wait_after(attempt, failure, retry_after=_asked(page, self.clock), chance=1.0)
            if pause is None or pause >= ends_at - time.monotonic():
                break
            self.sleep(pause)
        return replace(page, attempts=attempts, retries=attempt - 1)

    def _once(self, request: Request, seconds: float) -> Page:
        """Try once; an error comes back made anew, without the frames that held the address."""
        try:
            page = self._sent(request, seconds)
        except SpectraError as failed:
            page = Page(request, request.url, error=failed)
        error = page.error
        if error is not None:
            message = "no answer in time" if isinstance(error, DeadlineExceededError) else error.message
            error = type(error)(message, place=request.url)
        return replace(page, request=request, url=request.url, error=error)

    def _sent(self, request: Request, seconds: float) -> Page:
        reference = SecretReference.parse(request.url)
        address = self.secrets.reveal(reference).value
        if not _may_be_asked(address):
            raise ChannelAddressError(f"{reference} holds no address that may be asked", place=str(reference))
        guard = UrlGuard(address)
        with RestApi(
            guard,
            _Limits(seconds),
            auth=NoAuth(),
            secrets=self.secrets,
            redactor=self.redactor.address(address).also(guard.origin.host),
            clock=self.clock,
            proxies=self.proxies if guard.origin.scheme == "https" else DIRECT,
        ) as api:
            return api.send(replace(request, url=address))


def _may_be_asked(address: str) -> bool:
    """Return whether an address can be read in one way, and is https or of this machine."""
    try:
        guard = UrlGuard(address)
        guard.check(address)
    except SourceError:
        return False
    return guard.origin.scheme == "https" or _is_loopback(guard.origin.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _asked(page: Page, clock: Clock) -> float | None:
    """Return the seconds that an answer asks to wait, in its header or, as Discord does, in its body."""
    header = retry_after_seconds(page.headers.get("retry-after"), clock.now())
    try:
        said = json.loads(page.body)
    except (ValueError, RecursionError):
        return header
    body = said.get("retry_after") if isinstance(said, dict) else None
    stated = [each for each in (header, body) if isinstance(each, int | float) and not isinstance(each, bool)]
    return max(stated, default=None)
