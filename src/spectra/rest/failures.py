"""What urllib3, http.client, ssl and sockets raise, as errors with a code; no text of theirs is repeated."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError, InvalidChunkLength, ProtocolError

from spectra.errors import (
    BodyTruncatedError,
    ConnectionLostError,
    ConnectTimeoutError,
    DeadlineExceededError,
    ProtocolBrokenError,
    SpectraError,
    TlsError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FORESEEN = (OSError, http.client.HTTPException, HTTPError, ValueError)


class CarriedError(http.client.HTTPException):
    """A failure that is already known for what it is, carried out of a connection."""

    def __init__(self, failure: SpectraError) -> None:
        self.failure = failure
        super().__init__(failure.message)


_ENDED_EARLY = "Response ended prematurely"  # what urllib3 says of chunks that stop; its only telltale
_BY_KIND: tuple[tuple[type[BaseException], type[SpectraError], str], ...] = (
    (ssl.SSLEOFError, ConnectionLostError, "the TLS connection ended early"),
    (ssl.SSLZeroReturnError, ConnectionLostError, "the TLS connection ended early"),
    (InvalidChunkLength, ProtocolBrokenError, "a chunk's size is no number"),
    (http.client.IncompleteRead, BodyTruncatedError, "the answer ended before its announced length"),
    (http.client.RemoteDisconnected, ConnectionLostError, "the connection was closed without an answer"),
    (ConnectionError, ConnectionLostError, "the connection was reset"),
    (TimeoutError, DeadlineExceededError, "no answer in time"),
    (http.client.LineTooLong, ProtocolBrokenError, "a header line is too long"),
    (http.client.HTTPException, ProtocolBrokenError, "the answer is not valid HTTP"),
    (OSError, ConnectionLostError, "the connection broke"),
    (HTTPError, ProtocolBrokenError, "the answer is not valid HTTP or not decodable"),
)

_OF_PLAIN_HTTP = frozenset({"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})


def connect_failure(error: BaseException) -> SpectraError:
    """Return what kept a connection from being made."""
    if isinstance(error, SpectraError):
        return error
    tls = next((one for one in _chain(error) if isinstance(one, ssl.SSLError)), None)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return TlsError(f"the certificate was not accepted: {tls.verify_message}")
    if isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return ConnectionLostError("the connection ended inside the TLS handshake")
    if tls is not None:
        said = (tls.reason or "unknown reason").replace("_", " ").lower()
        plain = ", as where the port speaks http and not https" if tls.reason in _OF_PLAIN_HTTP else ""
        return TlsError(f"the TLS handshake failed: {said}{plain}")
    if any(isinstance(one, TimeoutError) for one in _chain(error)):
        return ConnectTimeoutError("the TLS handshake was not done in time")
    return ConnectionLostError("the connection broke while it was made")


def answer_failure(error: BaseException) -> SpectraError:
    """Return what kept an answer from being complete."""
    if isinstance(error, CarriedError):
        return error.failure
    chain = list(_chain(error))
    if isinstance(error, ProtocolError) and error.args == (_ENDED_EARLY,):
        return BodyTruncatedError("the answer ended before its last chunk")
    for kind, named, message in _BY_KIND:
        if any(isinstance(one, kind) for one in chain):
            return named(message)
    return ProtocolBrokenError("the request or its answer is not valid HTTP")


def is_stale(error: BaseException) -> bool:
    """Return whether a kept connection turned out to be closed before anything of an answer came."""
    return isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it wraps, innermost first."""
    wrapped = error.__cause__ or next((arg for arg in error.args if isinstance(arg, BaseException)), None)
    if wrapped is not None and wrapped is not error:
        yield from _chain(wrapped)
    yield error
