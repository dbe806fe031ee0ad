"""Request and Page: a question to an API and its answer, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.access.sealed import Sealed
    from spectra.errors import SpectraError


@dataclass(frozen=True, slots=True)
class Request:
    """A question to an API.

    `url` is absolute, or `secret://NAME` where the address itself is a secret; `params` is the query, encoded when
    sent; a header may be sealed around a secret. `sealed_params` are query parameters with secrets: they are added at
    the moment of sending, to the source's own origin only, and stand in no URL that anybody sees.
    `authenticated=False` sends it without the source's credentials (the negative control); `auth` names an endpoint's
    own credentials, empty for those of the source. `label` is the asker's own name for it and comes back with the
    page. `safe` says that a method other than GET and HEAD was declared to only read; `repeatable=False` that it must
    not be sent again where an answer was lost.

    `link` is set by pagination styles alone: a reference as the API gave it, relative or absolute, that replaces `url`
    and `params` once whoever sends has resolved and checked it (see access.paging). `unpaged` is set by them too: the
    query as it was before an answer's own parameters were merged into it, None where none were.
    """

    url: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str | Sealed] = field(default_factory=dict)
    sealed_params: Mapping[str, Sealed] = field(default_factory=dict)
    body: bytes | Sealed | None = None
    authenticated: bool = True
    auth: str = ""
    safe: bool = False
    repeatable: bool = True
    label: str = ""
    link: str = ""
    unpaged: Mapping[str, str] | None = None

    def with_params(self, /, **params: str) -> Request:
        """Return this request with query parameters set."""
        return replace(self, params={**self.params, **params})

    def with_header(self, name: str, value: str | Sealed) -> Request:
        """Return this request with one header set."""
        return replace(self, headers={**self.headers, name: value})

    def with_sealed_param(self, name: str, value: Sealed) -> Request:
        """Return this request with one query parameter that is a secret."""
        return replace(self, sealed_params={**self.sealed_params, name: value})

    def linked(self, reference: str) -> Request:
        """Return a request for what a link of the API means; it still has to be resolved and checked."""
        return replace(self, link=reference)


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
