"""Request and Page: a question to an API and its answer, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.access.secret import Sealed
    from spectra.errors import SpectraError


@dataclass(frozen=True, slots=True)
class Request:
    """A question to an API.

    `url` is absolute and without query, or `secret://NAME` where the address itself is a secret; `params` is the query,
    encoded when sent; a header may be sealed around a secret. `authenticated=False` sends it without the source's
    credentials (the negative control). `label` is the asker's own name for it and comes back with the page. `safe`
    says that a method other than GET and HEAD was declared to only read.
    """

    url: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str | Sealed] = field(default_factory=dict)
    body: bytes | None = None
    authenticated: bool = True
    safe: bool = False
    label: str = ""

    def with_params(self, **params: str) -> Request:
        """Return this request with query parameters set."""
        return replace(self, params={**self.params, **params})

    def with_header(self, name: str, value: str | Sealed) -> Request:
        """Return this request with one header set."""
        return replace(self, headers={**self.headers, name: value})


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a request, or the error that stands in its place.

    `url` is the final address, redacted; `headers` have lower-case names; `body` is decoded (decompressed),
    redacted, and empty where `error` is set. `attempts` counts everything sent for it, redirects and retries
    included; `retries` how often it was asked anew after a failure; `latency_ms` is the last attempt's time,
    `waited_ms` what backoff and pace took; `received` the bytes of decoded body. `redacted` says that a secret was
    found in the body and replaced. `records` is filled by whoever slices the body: the exact text of each record.
    """

    request: Request
    url: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    attempts: int = 0
    retries: int = 0
    latency_ms: float = 0.0
    waited_ms: float = 0.0
    received: int = 0
    redacted: bool = False
    records: Sequence[bytes] = ()
    error: SpectraError | None = None

    @property
    def content_type(self) -> str | None:
        """The media type without parameters, lower-case, or None."""
        value = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return value or None
