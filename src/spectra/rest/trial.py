"""The trial of credentials: one request at a time until one is accepted, and none after two refusals."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from spectra.errors import AuthRejectedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_REFUSED = 2
_UNAUTHORISED, _TOO_MANY_REQUESTS, _SERVERS_FAULT = 401, 429, 500


class Trial:
    """Keeps a wrong password from being sent once per endpoint, which may lock its account.

    Credentials that were accepted once (any answer but a 401 that is not the server's own trouble) are free; until
    then requests go one by one, and after two refusals no more are sent. With `needed=False` nothing is tried.
    """

    def __init__(self, *, needed: bool) -> None:
        self._accepted = not needed
        self._refused = 0
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn while the credentials are on trial; raises AuthRejectedError once that is over."""
        if not self._accepted:
            with self._lock:
                if not self._accepted:
                    if self._refused >= _MOST_REFUSED:
                        said = f"not sent: the credentials were refused {self._refused} times and never accepted"
                        raise AuthRejectedError(said)
                    yield
                    return
        yield

    def answered(self, status: int | None) -> None:
        """Take in an answer."""
        if status == _UNAUTHORISED:
            self._refused += 1
        elif status is not None and status < _SERVERS_FAULT and status != _TOO_MANY_REQUESTS:
            self._accepted = True

    def renewed(self) -> None:
        """Forget refusals: other credentials are tried from now on."""
        self._refused = 0
