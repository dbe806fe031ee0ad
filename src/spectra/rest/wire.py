"""One question over one connection: sent, received within time and size, or the error that stands in its place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlencode

from spectra.access.sealed import Moment, Sealed
from spectra.errors import (
    BodyTooLargeError,
    ConnectionLostError,
    DeadlineExceededError,
    SpectraError,
    UnsupportedEncodingError,
)
from spectra.rest.failures import FORESEEN, answer_failure, connect_failure, is_stale

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from urllib3.response import HTTPResponse

    from spectra.access.guard import Target
    from spectra.rest.deadline import Watch, Watchdog
    from spectra.rest.lines import Line, Lines

_READABLE = frozenset({"gzip", "x-gzip", "deflate"})
_PIECE = 1 << 16


@dataclass(slots=True)
class Tally:
    """What one request has cost so far; `stop` ends it between tries, and its socket with it."""

    stop: threading.Event
    attempts: int = 0
    retries: int = 0
    waited: float = 0.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes out: where to, how, and headers, query parameters and a body that may still be sealed."""

    target: Target
    method: str
    headers: Mapping[str, str | Sealed]
    body: bytes | Sealed | None = None
    sealed_params: Mapping[str, Sealed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What goes out with the secrets in place; it lives as long as the sending."""

    target: str
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `stale` says that a kept connection was found closed, so nothing was answered at all."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: SpectraError | None = None
    stale: bool = False


class Wire:
    """Asks over kept connections, each try under a total deadline and a limit of decoded bytes."""

    def __init__(
        self,
        lines: Lines,
        watchdog: Watchdog,
        *,
        total_seconds: float,
        most_bytes: int,
        reveal: Callable[[Sealed, Moment], str],
        now: Callable[[], datetime],
    ) -> None:
        self._lines = lines
        self._watchdog = watchdog
        self._seconds = total_seconds
        self._most_bytes = most_bytes
        self._reveal = reveal
        self._now = now

    def ask(self, outgoing: Outgoing, tally: Tally) -> Answer:
        """Ask once; a GET or HEAD is asked again over a new connection where a kept one was closed meanwhile.

        Anything else might be done twice by that, so it goes over a new connection at once.
        """
        if outgoing.method not in {"GET", "HEAD"}:
            return self._asked(outgoing, tally, None)
        answer = self._asked(outgoing, tally, self._lines.idle(outgoing.target.origin))
        if answer.stale and not tally.stop.is_set():
            return self._asked(outgoing, tally, None)
        return answer

    def _asked(self, outgoing: Outgoing, tally: Tally, kept: Line | None) -> Answer:
        origin = outgoing.target.origin
        with self._watchdog.watch(self._seconds, tally.stop) as watch:
            if tally.stop.is_set():
                watch.fire()
            try:
                line = kept or self._lines.open(origin, watch)
            except (SpectraError, *FORESEEN) as error:
                return Answer(error=self._late(watch, tally) or connect_failure(error))
            whole = False
            try:
                answer, whole = self._over(line, outgoing, tally, watch, reused=kept is not None)
            finally:
                if not whole:
                    line.close()
            late = self._late(watch, tally)
        if whole and late is None:
            self._lines.keep(origin, line)
        elif whole:
            line.close()
        return Answer(answer.status, answer.headers, error=late) if late else answer

    def _over(self, line: Line, outgoing: Outgoing, tally: Tally, watch: Watch, *, reused: bool) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection may be used again."""
        if line.sock is not None:
            watch.guard(line.sock)
        opened = self._opened(outgoing)
        tally.attempts += 1
        try:
            line.request(outgoing.method, opened.target, opened.body, opened.headers, preload_content=False)
            response = line.getresponse()
        except FORESEEN as error:
            return Answer(error=answer_failure(error), stale=reused and is_stale(error)), False
        try:
            return self._received(response), True
        except (BodyTooLargeError, UnsupportedEncodingError) as error:
            failed: SpectraError = error
        except FORESEEN as error:
            failed = answer_failure(error)
        finally:
            response.close()
        return Answer(response.status, _headers(response), error=failed), False

    def _opened(self, outgoing: Outgoing) -> _Opened:
        """Put the secrets in place, all of them for the same moment."""
        path, _, query = outgoing.target.path.partition("?")
        host = outgoing.target.origin.host
        moment = Moment(self._now(), outgoing.method, host, path, query)
        body = outgoing.body
        if isinstance(body, Sealed):
            body = self._reveal(body, moment).encode()
        moment = replace(moment, body=body or b"")
        headers = {n: v if isinstance(v, str) else self._reveal(v, moment) for n, v in outgoing.headers.items()}
        sealed = {name: self._reveal(value, moment) for name, value in outgoing.sealed_params.items()}
        pairs = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in sealed]
        pairs += [urlencode({name: value}) for name, value in sealed.items()]
        return _Opened(f"{path}?{'&'.join(pairs)}" if pairs else path, headers, body)

    def _received(self, response: HTTPResponse) -> Answer:
        encodings = [word.strip().lower() for word in response.headers.get("content-encoding", "").split(",")]
        coded = [word for word in encodings if word not in {"", "identity"}]
        if coded and (len(coded) > 1 or coded[0] not in _READABLE):
            raise UnsupportedEncodingError(found=", ".join(coded))
        if not coded and (response.length_remaining or 0) > self._most_bytes:
            raise self._too_large()
        pieces, size = [], 0
        for piece in response.stream(_PIECE, decode_content=True):
            size += len(piece)
            if size > self._most_bytes:
                raise self._too_large()
            pieces.append(piece)
        return Answer(response.status, _headers(response), b"".join(pieces))

    def _too_large(self) -> BodyTooLargeError:
        return BodyTooLargeError(limit_bytes=str(self._most_bytes))

    def _late(self, watch: Watch, tally: Tally) -> SpectraError | None:
        """Return why the socket was shut from here, None where it was not."""
        if not watch.end():
            return None
        if tally.stop.is_set():
            return ConnectionLostError("stopped from here")
        return DeadlineExceededError(f"not complete within {self._seconds:g} s")


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): response.headers[name] for name in response.headers}
