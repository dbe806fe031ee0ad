"""Errors of talking to a source: the network, what is sent, and what the API answers."""

from __future__ import annotations

from spectra.errors.base import ConfigError, NetworkError, SourceError


class DnsError(NetworkError):
    """The host name of the source could not be resolved."""

    code = "dns-failed"
    remedy = "Check the host in `base_url` and this machine's name resolution, then run `spectra doctor NAME`."


class ConnectionRefusedBySourceError(NetworkError):
    """Nothing accepted a connection at the source's host and port."""

    code = "connection-refused"
    remedy = (
        "Check the port in `base_url` and that the service runs and lets this machine in, "
        "then run `spectra doctor NAME`."
    )


class ConnectionLostError(NetworkError):
    """The connection broke before the answer was complete."""

    code = "connection-lost"
    remedy = "Run again; if it stays, ask the owner of the API for its logs at the time shown."


class ConnectTimeoutError(NetworkError):
    """No connection within `limits.connect_seconds`."""

    code = "connect-timeout"
    remedy = (
        "Check firewall and VPN between here and the source with `spectra doctor NAME`; "
        "raise `limits.connect_seconds` if it is far away."
    )


class DeadlineExceededError(NetworkError):
    """The answer was not complete within `limits.total_seconds`."""

    code = "deadline-exceeded"
    remedy = "Ask for less at once, or raise `limits.total_seconds` if the endpoint is known to be slow."


class TlsError(NetworkError):
    """The TLS certificate or handshake was not acceptable."""

    code = "tls-failed"
    severity = "critical"
    retryable = False
    remedy = (
        "Check that the port speaks https; have the certificate renewed, or trust its authority on this machine, "
        "then run `spectra doctor NAME`; verification is never switched off."
    )


class BodyTruncatedError(NetworkError):
    """Fewer bytes came than the server announced."""

    code = "body-truncated"
    remedy = "Run again; if it stays, a proxy or the server cuts answers of this size."


class ProtocolBrokenError(NetworkError):
    """The server's answer is not valid HTTP."""

    code = "protocol-error"
    remedy = "Run again; if it stays, show the owner of the API the endpoint and the time."


class UnsupportedEncodingError(SourceError):
    """The body is compressed in a way that was not asked for."""

    code = "unsupported-encoding"
    remedy = "Have the server or proxy honour Accept-Encoding; gzip, deflate and identity are read."


class BodyTooLargeError(SourceError):
    """The decoded body is larger than `limits.response_mb`."""

    code = "body-too-large"
    remedy = "Ask for smaller pages, or raise `limits.response_mb` if answers of this size are normal."


class TooManyRedirectsError(SourceError):
    """The server redirected more often than is allowed."""

    code = "too-many-redirects"
    remedy = "Put the final address into `base_url`."


class ForeignHostError(SourceError):
    """An address leads to another scheme, host or port than the source's, and nothing was sent there."""

    code = "foreign-host"
    severity = "critical"
    remedy = "If the host is part of the source, add it to `allow.hosts`; otherwise ask who changed the address."


class BlockedAddressError(SourceError):
    """A host resolves to a link-local, metadata or otherwise reserved address, and nothing was sent there."""

    code = "blocked-address"
    severity = "critical"
    remedy = "Correct the host in `base_url`; such addresses are never asked."


class InvalidUrlError(SourceError):
    """An address cannot be read in one way only, and nothing was sent there."""

    code = "invalid-url"
    remedy = "Write a plain http or https address without user name, backslash or control characters."


class UnsafeMethodError(ConfigError):
    """Something else than GET or HEAD was about to be sent without being declared safe."""

    code = "unsafe-method"
    remedy = "List the endpoint under `allow.safe_posts` if it only reads."


class CircuitOpenError(NetworkError):
    """The host failed 5 times in a row, so it is left alone for 60 seconds."""

    code = "circuit-open"
    retryable = False
    remedy = "Find out why the host fails with `spectra doctor NAME`, then run again."


class BadRequestError(SourceError):
    """The API found the request wrong (400)."""

    code = "bad-request"
    remedy = "Give the endpoint what it needs (a query parameter or id), or say under `outcomes` what its 400 means."


class AuthRejectedError(SourceError):
    """The API refused the credentials (401)."""

    code = "auth-rejected"
    category = "auth"
    severity = "critical"
    remedy = "Renew the credential, set its variable again, and run `spectra doctor NAME`."


class AuthUnprovenError(SourceError):
    """The API answers the same with and without the credentials, so they are neither right nor wrong."""

    code = "auth-unproven"
    category = "auth"
    severity = "warning"
    remedy = "Name an endpoint under `auth.probe` that is refused without credentials."


class ForbiddenError(SourceError):
    """The credentials are known but may not read this (403)."""

    code = "forbidden"
    category = "auth"
    remedy = "Check the credential, ask the API's owner for read access, or leave the endpoint out of the catalogue."


class NotFoundError(SourceError):
    """The API has nothing at this address (404)."""

    code = "not-found"
    remedy = "Correct the path in the catalogue, or say under `outcomes` that a 404 means empty here."


class EndpointDeprecatedError(SourceError):
    """The API has withdrawn this endpoint (410)."""

    code = "endpoint-deprecated"
    severity = "warning"
    remedy = "Find its successor in the API's notes and replace it in the catalogue."


class RateLimitedError(SourceError):
    """The API asks to slow down (429), and went on asking after every retry."""

    code = "rate-limited"
    retryable = True
    remedy = "Lower `limits.requests_per_second` or `limits.concurrency`, then run again."


class ServerError(SourceError):
    """The API failed on its own side (5xx), at every try."""

    code = "server-error"
    retryable = True
    remedy = "Show the owner of the API the endpoint and the time; the other endpoints were measured all the same."


class UnexpectedStatusError(SourceError):
    """The API answered with a status that has no meaning here."""

    code = "unexpected-status"
    remedy = "Say under `outcomes` what this status means at this endpoint."


class HtmlAnswerError(SourceError):
    """An HTML page came with status 200 where data was expected, often a login page."""

    code = "html-answer"
    category = "auth"
    remedy = "Check the credentials and the path; an API behind a login page answers like this."


class ErrorBodyError(SourceError):
    """Status 200 came with a body that the definition declares an error."""

    code = "error-body"
    remedy = "Read the evidence of the finding; the API reports a failure without saying so in the status."


class EmptyBodyError(SourceError):
    """Status 200 came without a body."""

    code = "empty-body"
    remedy = "If nothing is a normal answer here, say so: `outcomes: [{status: 200, endpoint: PATH, means: empty}]`."


class InvalidJsonError(SourceError):
    """The body says it is JSON and is not."""

    code = "invalid-json"
    category = "data"
    retryable = True
    remedy = "Show the owner of the API the endpoint; the answer was cut off or is not JSON."


class ProbeTruncatedError(SourceError):
    """The answer to a probe is larger than `limits.response_mb`, so its records were not counted."""

    code = "probe-truncated"
    severity = "warning"
    remedy = "Declare `pagination` with a size for the endpoint's entity, or raise `limits.response_mb`."
