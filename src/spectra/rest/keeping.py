"""Keeping a grant: got once however many wait for it, renewed before it expires or when it is refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spectra.errors import ConfigError, SpectraError, TokenEndpointError, TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.access.auth import AuthType
    from spectra.access.exchange import Page, Request
    from spectra.access.grants import Grant
    from spectra.rest.wire import Tally
    from spectra.stages.ports import Secrets

_MOST_LEEWAY_SECONDS = 30.0
_LEEWAY = 0.1
_PAUSE_SECONDS = 10.0
_MOST_FRUITLESS = 2
_MOST_DENIED = 2
_CLIENTS_FAULT = range(200, 500)
_LATER = frozenset({408, 425, 429})
_LONG_AGO_SECONDS = 60.0


class Keeper:
    """Keeps the grant of one auth for all workers; what a type without exchange signs with is read anew when refused.

    `send` sends the requests of an exchange. Time is monotonic: a clock set meanwhile changes nothing. A grant is
    renewed a tenth of its life, at most 30 seconds, before its end. A refusal of the credentials by the token endpoint
    is final for the run, so that nobody is locked out, and so is the second answer in a row without a token, as some
    endpoints say no with 200 or 422; any other failure is tried again after 10 seconds. Where two renewals did not
    help what was refused, a third waits until the grant is a minute old.
    """

    def __init__(
        self,
        auth: AuthType,
        base_url: str,
        *,
        send: Callable[[Request, Tally], Page],
        secrets: Secrets,
        monotonic: Callable[[], float],
    ) -> None:
        self.auth = auth
        self._base_url = base_url
        self._send = send
        self._secrets = secrets
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._asked_at = 0.0
        self._failure: SpectraError | None = None
        self._failed_at = 0.0
        self._fruitless = 0
        self._denied = 0

    def current(self, tally: Tally) -> Grant | None:
        """Return a grant that holds, None for a type that needs none; raises what kept it from being got."""
        if not self.auth.renews:
            return None
        began = self._monotonic()
        with self._lock:
            if self._grant is not None and self._holds(self._grant):
                return self._grant
            if self._failure is not None and self._is_in_force(self._failure, began):
                raise self._failure
            return self._got(tally)

    def renewed(self, refused: Grant | None, tally: Tally) -> bool:
        """Return whether asking again is worth while: a grant was renewed, or a secret has changed meanwhile."""
        if refused is None:
            return self._changed()
        with self._lock:
            if self._grant is not refused:
                return True
            age = self._monotonic() - self._asked_at
            if self._fruitless >= _MOST_FRUITLESS and age < _LONG_AGO_SECONDS:
                return False
            self._secrets.refresh()
            self._got(tally)
        return True

    def replayed(self, *, accepted: bool) -> None:
        """Take in whether the renewal helped."""
        with self._lock:
            self._fruitless = 0 if accepted else self._fruitless + 1

    def _holds(self, grant: Grant) -> bool:
        if grant.lasts is None:
            return True
        leeway = min(_MOST_LEEWAY_SECONDS, grant.lasts * _LEEWAY)
        return self._monotonic() < self._asked_at + grant.lasts - leeway

    def _is_in_force(self, failure: SpectraError, began: float) -> bool:
        """Return whether a failure speaks for who began to wait before it, and for who comes soon after."""
        final = isinstance(failure, TokenRefusedError | ConfigError) or self._denied >= _MOST_DENIED
        return final or began <= self._failed_at or self._monotonic() < self._failed_at + _PAUSE_SECONDS

    def _got(self, tally: Tally) -> Grant:
        """Get a grant by exchange; a new refresh token is kept before anything is asked with the grant."""
        asked_at = self._monotonic()
        self._grant = None
        try:
            grant = self._exchanged(tally)
        except SpectraError as error:
            self._failure, self._failed_at = error, self._monotonic()
            self._denied += _denies(error)
            raise
        self._grant, self._asked_at, self._failure, self._denied = grant, asked_at, None, 0
        return grant

    def _exchanged(self, tally: Tally) -> Grant:
        rotating = self.auth.rotates
        if rotating is None:
            return self._conversed(tally)
        with self._secrets.rotating(rotating) as keep:
            grant = self._conversed(tally)
            if grant.refresh is not None:
                keep(grant.refresh.value)
        return grant

    def _conversed(self, tally: Tally) -> Grant:
        exchange = self.auth.exchange(self._base_url)
        request = next(exchange)
        while True:
            page = self._send(request, tally)
            try:
                request = exchange.send(page)
            except StopIteration as done:
                granted: Grant = done.value
                return granted

    def _changed(self) -> bool:
        """Look the secrets up anew and return whether one of them is another now."""
        references = [credential.reference for credential in self.auth.credentials()]
        with self._lock:
            try:
                before = [self._secrets.reveal(one).value for one in references]
                self._secrets.refresh()
                return before != [self._secrets.reveal(one).value for one in references]
            except ConfigError:
                return False


def _denies(failure: SpectraError) -> bool:
    """Return whether a token endpoint answered, neither with a token nor with a fault of its own."""
    if not isinstance(failure, TokenEndpointError) or "cause" in failure.facts:
        return False
    status = int(failure.facts.get("http_status", 200))
    return status in _CLIENTS_FAULT and status not in _LATER
