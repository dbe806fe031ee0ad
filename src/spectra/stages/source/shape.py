"""What an answer looks like: the schema of its records, how it pages, which rate limit it names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spectra.access.exchange import Page

_SAMPLE = 20
_DEPTH = 8
_LONGEST_COUNT = 18
_LIMIT_HEADERS = ("ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit")
_TOTAL_HEADERS = ("total-count", "total-records", "total-objects", "x-total-count", "x-total", "x-wp-total")
_TOTAL_FIELDS = ("total", "totalCount", "total_count", "totalResults", "totalRecords", "totalElements")
_NEXT_FIELDS = ("next", "next_url", "nextLink", "@odata.nextLink", "nextPageToken", "next_page_token")


def schema_sha256(records: Sequence[bytes]) -> str | None:
    """Return a hash over the field paths and JSON types of the first 20 records; None where there are none."""
    seen: set[str] = set()
    for record in records[:_SAMPLE]:
        try:
            seen.update(_paths(msgspec.json.decode(record), "", _DEPTH))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            seen.add(":unreadable")
    return hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest() if seen else None


def _paths(value: Any, path: str, depth: int) -> Iterator[str]:
    yield f"{path}:{type(value).__name__}"
    if not depth:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, f"{path}.{name}", depth - 1)
    elif isinstance(value, list):
        for inner in value[:_SAMPLE]:
            yield from _paths(inner, f"{path}[]", depth - 1)


def style_seen(page: Page, asked: tuple[str, int] | None, count: int | None) -> str | None:
    """Return the pagination style that an answer shows: a Link or next header, a next field, or an obeyed size."""
    if 'rel="next"' in page.headers.get("link", "") or "rel=next" in page.headers.get("link", ""):
        return "link_header"
    if "next-page" in page.headers:
        return "next_header"
    if any(f'"{name}"'.encode() in page.body[-2048:] + page.body[:2048] for name in _NEXT_FIELDS):
        return _next_in_body(page.body)
    if asked and count and count == asked[1]:
        return asked[0]
    return None


def _next_in_body(body: bytes) -> str | None:
    document = _members(body)
    given = next((document[name] for name in _NEXT_FIELDS if name in document), None)
    if given is None or not bytes(given).startswith(b'"'):
        return None
    text = bytes(given)
    return "next_url" if text.startswith((b'"http', b'"/')) else "page_token"


def total_stated(page: Page) -> int | None:
    """Return how many records there are in all by the word of the API, in a header or beside them; None where none."""
    given = next((page.headers[name] for name in _TOTAL_HEADERS if name in page.headers), "").strip()
    if _is_count(given.encode()):
        return int(given)
    members = _members(page.body)
    found = (bytes(members[name]) for name in _TOTAL_FIELDS if name in members)
    return next((int(text) for text in found if _is_count(text)), None)


def _is_count(text: bytes) -> bool:
    return text.isdigit() and len(text) <= _LONGEST_COUNT


def _members(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def rate_limit_of(headers: Mapping[str, str]) -> str | None:
    """Return the limit that the answer's headers name, as written, not what remains of it."""
    for name in _LIMIT_HEADERS:
        if headers.get(name):
            return headers[name]
    return None
