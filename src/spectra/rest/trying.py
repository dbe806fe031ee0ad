"""Trying until there is an answer: redirects followed through the guard, retries with backoff, pace and breaker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlencode

from spectra.access.exchange import Page
from spectra.access.outcome import claims_json, is_json
from spectra.access.pace import RETRYABLE_STATUSES, RetryPolicy, retry_after_seconds
from spectra.access.sealed import Sealed
from spectra.errors import (
    CircuitOpenError,
    ConnectionRefusedBySourceError,
    ConnectTimeoutError,
    DnsError,
    InvalidJsonError,
    ProxyConnectFailedError,
    ProxyUnreachableError,
    RateLimitedError,
    ServerError,
    SourceError,
    SpectraError,
    TooManyRedirectsError,
)
from spectra.rest.wire import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.access.exchange import Request
    from spectra.access.guard import UrlGuard
    from spectra.rest.gate import Gate
    from spectra.rest.wire import Answer, Tally, Wire
    from spectra.stages.ports import Clock

MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_TOO_MANY_REQUESTS = 429
_NOT_TAKEN = frozenset({429, 503})
_NEVER_SENT = (
    ConnectionRefusedBySourceError,
    ConnectTimeoutError,
    DnsError,
    ProxyConnectFailedError,
    ProxyUnreachableError,
)


@dataclass(frozen=True, slots=True)
class Trying:
    """Turns one request into one page, whatever it takes within the limits; nothing is redacted yet."""

    guard: UrlGuard
    wire: Wire
    gate: Gate
    policy: RetryPolicy
    clock: Clock
    chance: Callable[[], float]
    sleep: Callable[[float, Tally], None]
    headers: Mapping[str, str]
    own_headers: Callable[[], Mapping[str, str]] = dict

    def page(self, request: Request, tally: Tally) -> Page:
        """Send a request until it is answered for good."""
        attempt = 0
        page = None
        while True:
            attempt += 1
            sent = tally.attempts
            latest = self._followed(request, tally)
            tally.retries += attempt > 1 and tally.attempts > sent
            if latest.status is None and isinstance(latest.error, CircuitOpenError | RateLimitedError):
                return page or latest
            page = latest
            failure = _failure(page)
            if failure is None:
                return page
            asked = retry_after_seconds(page.headers.get("retry-after"), self.clock.now())
            wait = self.policy.wait_after(attempt, failure, retry_after=asked, chance=self.chance())
            if wait is not None and not (request.repeatable or _was_not_taken(failure)):
                return page
            if wait is None:
                return self._deferred(page, asked)
            if not self._waited(wait, tally):
                return page

    def _waited(self, seconds: float, tally: Tally) -> bool:
        """Wait, and return whether going on is still wanted."""
        if not tally.stop.is_set():
            tally.waited += seconds
            self.sleep(seconds, tally)
        return not tally.stop.is_set()

    def _deferred(self, page: Page, asked: float | None) -> Page:
        """Say when to come back, where the API asks for a longer wait than a run should sit through."""
        if asked is None or not self.policy.defers(asked) or page.status not in RETRYABLE_STATUSES:
            return page
        try:
            resume_at = (self.clock.now() + timedelta(seconds=asked)).isoformat(timespec="seconds")
        except OverflowError:
            resume_at = "never"
        kind = RateLimitedError if page.status == _TOO_MANY_REQUESTS else ServerError
        message = f"The API answered {page.status} and asks to come back at {resume_at}."
        error = kind(message, resume_at=resume_at)
        if page.status == _TOO_MANY_REQUESTS:
            self.gate.asked_to_wait(self.guard.target(page.url).origin, error)
        return replace(page, body=b"", error=error)

    def _followed(self, request: Request, tally: Tally) -> Page:
        """Ask once, following redirects of GET and HEAD."""
        url = _with_query(request)
        page = Page(request, url)
        try:
            for _ in range(MOST_REDIRECTS + 1):
                url = self._without_keys(url, request)
                page = self._once(replace(page, url=url), tally)
                location = page.headers.get("location")
                if page.status not in _REDIRECTS or not location or page.error or request.method not in {"GET", "HEAD"}:
                    return page
                url = self.guard.resolve(url, _unmangled(location))
        except SourceError as error:
            return replace(page, url=url, body=b"", error=error)
        return replace(page, body=b"", error=TooManyRedirectsError(f"more than {MOST_REDIRECTS} redirects"))

    def _without_keys(self, url: str, request: Request) -> str:
        """Return an address without the keys in its query that a redirect repeats, where it leads to another host."""
        if not request.sealed_params or self.guard.carries_credentials(url):
            return url
        place, _, query = url.partition("?")
        names = (unquote_plus(pair.partition("=")[0]) for pair in query.split("&"))
        kept = [pair for pair, name in zip(query.split("&"), names, strict=True) if name not in request.sealed_params]
        return f"{place}?{'&'.join(kept)}" if any(kept) else place

    def _once(self, asked: Page, tally: Tally) -> Page:
        """Ask the URL of a page yet to be filled; raises what the guard refuses."""
        request, target = asked.request, self.guard.target(asked.url)
        if not self.gate.admits(target.origin):
            return replace(asked, error=self.gate.refusal(target.origin))
        tally.waited += self.gate.take_turn(lambda seconds: self.sleep(seconds, tally))
        headers = {**self.headers, **request.headers}
        params, body = request.sealed_params, request.body
        if self.guard.carries_credentials(asked.url):
            headers = {**self.own_headers(), **headers}
        else:
            headers = {name: value for name, value in headers.items() if not isinstance(value, Sealed)}
            params, body = {}, None if isinstance(body, Sealed) else body
        began = self.clock.monotonic()
        answer = self.wire.ask(Outgoing(target, request.method, headers, body, params), tally)
        latency_ms = (self.clock.monotonic() - began) * 1000
        if not tally.stop.is_set():
            self.gate.end(target.origin, answer.error or answer.status, began)
        return _page(asked, answer, latency_ms)


def _page(asked: Page, answer: Answer, latency_ms: float) -> Page:
    return replace(
        asked,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        received=len(answer.body),
        latency_ms=latency_ms,
        error=answer.error,
    )


def _failure(page: Page) -> int | SpectraError | None:
    """Return what speaks for trying again: an error, a status, or a body that is not the JSON it claims to be."""
    if page.error is not None:
        return page.error
    if page.status == _OK and page.body and claims_json(page) and not is_json(page.body):
        return InvalidJsonError()
    return page.status if page.status in RETRYABLE_STATUSES else None


def _was_not_taken(failure: int | SpectraError) -> bool:
    """Return whether a failure says that a request was never acted on."""
    return failure in _NOT_TAKEN if isinstance(failure, int) else isinstance(failure, _NEVER_SENT)


def _with_query(request: Request) -> str:
    query = urlencode(request.params)
    joint = "&" if "?" in request.url else "?"
    return f"{request.url}{joint}{query}" if query else request.url


def _unmangled(location: str) -> str:
    """Return a Location as its server meant it: http.client reads bytes as latin-1, servers write UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
