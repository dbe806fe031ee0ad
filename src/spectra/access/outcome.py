"""What an answer means: one table from status, body and failure to a probe status and an error."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from spectra.errors import (
    AuthRejectedError,
    BadRequestError,
    BodyTooLargeError,
    BodyTruncatedError,
    CircuitOpenError,
    EmptyBodyError,
    EndpointDeprecatedError,
    ErrorBodyError,
    ForbiddenError,
    HtmlAnswerError,
    InvalidJsonError,
    NetworkError,
    NotFoundError,
    NotModifiedError,
    ProbeTruncatedError,
    ProtocolBrokenError,
    RateLimitedError,
    ServerError,
    SpectraError,
    TokenEndpointError,
    TokenRefusedError,
    UnexpectedStatusError,
)
from spectra.errors.base import summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.access.exchange import Page

ProbeStatus = Literal[
    "accessible",
    "empty",
    "auth_required",
    "forbidden",
    "not_found",
    "deprecated",
    "rate_limited",
    "failed",
    "unreachable",
    "not_probed",
]
Meaning = Literal[
    "accessible", "empty", "auth_required", "forbidden", "not_found", "deprecated", "rate_limited", "failed"
]

_NO_CONTENT = 204
_BOM = b"\xef\xbb\xbf"
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_HTML_STARTS = (b"<!doctype html", b"<html")
_LINES_OF_JSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of the table: what a status means, and the error to record with it."""

    probe_status: ProbeStatus
    error: type[SpectraError] | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer means; `error` is what is to be recorded, None where all is well."""

    probe_status: ProbeStatus
    error: SpectraError | None = None


class OutcomeRule(BaseModel):
    """What a `status` means at an `endpoint` (its catalogued path, `*` for any text), or everywhere without one.

    For a status from 200 to 299, `means: empty` concerns answers without a body; data stays data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    status: Annotated[int, Field(ge=100, le=599)]
    endpoint: str | None = None
    means: Meaning

    def fits(self, status: int, path: str) -> bool:
        """Return whether this rule speaks of a status at a path."""
        if status != self.status:
            return False
        named = None if self.endpoint is None else self.endpoint.partition("?")[0]
        return named is None or named == path or fnmatchcase(path, named)


EMPTY_BODY = Outcome("failed", EmptyBodyError)
HTML_ANSWER = Outcome("failed", HtmlAnswerError)
INVALID_JSON = Outcome("failed", InvalidJsonError)
ERROR_BODY = Outcome("failed", ErrorBodyError)
OTHER_SERVER_ERROR = Outcome("failed", ServerError)
OTHER_STATUS = Outcome("failed", UnexpectedStatusError)

_EXPLAINED = (BadRequestError, UnexpectedStatusError)
_SAYING = ("message", "detail", "error_description", "errorMessage", "title", "reason", "error")
_MOST_SAID = 160

BY_STATUS: dict[int, Outcome] = {
    204: Outcome("empty"),
    304: Outcome("accessible", NotModifiedError),
    400: Outcome("failed", BadRequestError),
    401: Outcome("auth_required", AuthRejectedError),
    403: Outcome("forbidden", ForbiddenError),
    404: Outcome("not_found", NotFoundError),
    410: Outcome("deprecated", EndpointDeprecatedError),
    429: Outcome("rate_limited", RateLimitedError),
}
BY_MEANING: dict[Meaning, Outcome] = {
    "accessible": Outcome("accessible"),
    "empty": Outcome("empty"),
    "auth_required": Outcome("auth_required", AuthRejectedError),
    "forbidden": Outcome("forbidden", ForbiddenError),
    "not_found": Outcome("not_found", NotFoundError),
    "deprecated": Outcome("deprecated", EndpointDeprecatedError),
    "rate_limited": Outcome("rate_limited", RateLimitedError),
    "failed": OTHER_STATUS,
}
BY_ERROR: tuple[tuple[tuple[type[SpectraError], ...], ProbeStatus], ...] = (
    ((RateLimitedError,), "rate_limited"),
    ((AuthRejectedError, TokenRefusedError), "auth_required"),
    ((TokenEndpointError,), "failed"),
    ((BodyTruncatedError, ProtocolBrokenError), "failed"),
    ((CircuitOpenError, NetworkError), "unreachable"),
)


def judge(
    page: Page,
    *,
    record_count: int | None,
    path: str,
    overrides: Sequence[OutcomeRule],
    error_body: Sequence[str],
) -> Judgement:
    """Say what an answer means at the endpoint catalogued as `path`.

    `record_count` is how many records its body holds, None where it holds none by its nature; `error_body` names the
    keys by which the API tells an error with status 200, all of which must be there.
    """
    place = f"{page.request.method} {path}"
    if isinstance(page.error, BodyTooLargeError):
        return Judgement("accessible", ProbeTruncatedError(place=place, **page.error.facts))
    if page.error is not None:
        return Judgement(_status_of(page.error), page.error)
    status = page.status or 0
    outcome = _overridden(page, path, overrides) or _of_answer(page, record_count, error_body)
    if outcome.error is None:
        return Judgement(outcome.probe_status)
    said = _words_of(page) if outcome.error in _EXPLAINED else ""
    message = f"{summary_of(outcome.error).rstrip('.')}; it says: {said}" if said else ""
    return Judgement(outcome.probe_status, outcome.error(message, place=place, http_status=str(status)))


def _words_of(page: Page) -> str:
    """Return what an API says of a refusal, on one short line; empty where it says nothing in the usual places."""
    try:
        body = msgspec.json.decode(page.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    inner = body.get("error") if isinstance(body, dict) and isinstance(body.get("error"), dict) else body
    members = inner if isinstance(inner, dict) else {}
    said = next((members[name] for name in _SAYING if isinstance(members.get(name), str)), "")
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
    return words if len(words) <= _MOST_SAID else f"{words[:_MOST_SAID]}..."


def is_json(body: bytes) -> bool:
    """Return whether a body, a byte-order mark aside, is one JSON text."""
    try:
        msgspec.json.decode(body.removeprefix(_BOM), type=msgspec.Raw)
        body.decode("utf-8")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def claims_json(page: Page) -> bool:
    """Return whether an answer's content type says that it is one JSON text."""
    kind = page.content_type or ""
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def _status_of(error: SpectraError) -> ProbeStatus:
    return next((status for kinds, status in BY_ERROR if isinstance(error, kinds)), "failed")


def _overridden(page: Page, path: str, overrides: Sequence[OutcomeRule]) -> Outcome | None:
    status = page.status or 0
    rule = next((rule for rule in overrides if rule.fits(status, path.partition("?")[0])), None)
    if rule is None or (rule.means == "empty" and _is_success(status) and page.body.strip()):
        return None
    usual = BY_STATUS.get(status, OTHER_SERVER_ERROR if status >= 500 else OTHER_STATUS)  # noqa: PLR2004 - HTTP
    return usual if rule.means == usual.probe_status else BY_MEANING[rule.means]


def _of_answer(page: Page, record_count: int | None, error_body: Sequence[str]) -> Outcome:
    status = page.status or 0
    if not _is_success(status):
        return BY_STATUS.get(status, OTHER_SERVER_ERROR if status >= 500 else OTHER_STATUS)  # noqa: PLR2004 - HTTP
    if status == _NO_CONTENT or page.request.method == "HEAD":
        return BY_STATUS.get(status, BY_MEANING["accessible"])
    return _of_body(page, error_body) or BY_MEANING["empty" if record_count == 0 else "accessible"]


def _of_body(page: Page, error_body: Sequence[str]) -> Outcome | None:
    """Return what is wrong with the body of a success, or None."""
    text = page.body.removeprefix(_BOM).strip()
    if not text:
        return EMPTY_BODY
    if page.content_type in _HTML_TYPES or text[:64].lower().startswith(_HTML_STARTS):
        return HTML_ANSWER
    if claims_json(page) or (text.startswith((b"{", b"[")) and page.content_type not in _LINES_OF_JSON):
        return _of_json(text, error_body)
    return None


def _of_json(text: bytes, error_body: Sequence[str]) -> Outcome | None:
    if not is_json(text):
        return INVALID_JSON
    if error_body and text.startswith(b"{"):
        members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        return ERROR_BODY if all(key in members for key in error_body) else None
    return None


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - HTTP
