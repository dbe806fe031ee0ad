"""How an answer shows that its list comes in pages, whatever the definition says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.access.links import linked
from spectra.access.member import as_text, is_nothing, member, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spectra.access.exchange import Page
    from spectra.access.records import Sliced

GOES_ON = frozenset({"link_header", "next_header", "next_url", "page_token", "continuation", "keyset"})
"""The styles that an answer shows only where there is more to come."""

_NEXT_HEADERS = ("next-page", "x-next-page", "x-next-url")
_AROUND = (
    *("links", "_links", "@links", "meta", "_meta", "paging", "pagination", "page", "page_info", "pageInfo"),
    *("cursors", "response_metadata", "metadata"),
)
_NEXT = (
    *("next", "next_url", "nextUrl", "next_link", "nextLink", "@odata.nextLink", "next_page_url", "nextPageUrl"),
    *("nextPageToken", "next_page_token", "nextToken", "next_token", "nextCursor", "next_cursor", "next_page"),
    *("nextPage", "continuationToken", "continuation_token", "endCursor", "end_cursor", "after"),
)
_MAY_BE_NUMBERS = frozenset({"next", "next_page", "nextPage"})
_MAY_BE_FIELDS = frozenset({"next", "next_page", "nextPage", "endCursor", "end_cursor", "after"})
_INSIDE_LINK = ("href", "url", "uri", "after", "cursor", "token")
_MORE = ("has_more", "hasMore", "more")
_LIST_RESPONSE = b"urn:ietf:params:scim:api:messages:2.0:ListResponse"
_COUNTED = {
    "page_number": (
        frozenset({"page", "current_page", "currentPage", "page_number", "pageNumber", "number"}),
        frozenset(
            {"pages", "total_pages", "totalPages", "last_page", "page_count", "pageCount", "per_page", "perPage"}
            | {"page_size", "pageSize"}
        ),
    ),
    "offset": (
        frozenset({"offset", "skip", "startAt"}),
        frozenset({"limit", "maxResults", "max_results", "count", "take", "total", "pagesize", "page_size"}),
    ),
}


def style_seen(page: Page, asked: tuple[str, int] | None, sliced: Sliced) -> str | None:
    """Return the pagination style that an answer shows: by its headers, in its body, or by obeying a size.

    In a body that is one record, names that might be fields of it count for nothing.
    """
    seen = _in_headers(page.headers) or _in_body(page.body, is_record=sliced.shape == "object")
    if seen is None and asked and sliced.records and len(sliced.records) == asked[1]:
        return asked[0]
    return seen


def _in_headers(headers: Mapping[str, str]) -> str | None:
    if linked(headers.get("link", ""), "next"):
        return "link_header"
    given = next((headers[name].strip() for name in _NEXT_HEADERS if headers.get(name, "").strip()), "")
    if given.isdigit():
        return "page_number"
    return "next_header" if given else None


def _in_body(body: bytes, *, is_record: bool) -> str | None:
    inside = members(body)
    if not inside:
        return None
    if _LIST_RESPONSE in inside.get("schemas", b"") or {"startIndex", "totalResults", "Resources"} <= inside.keys():
        return "scim"
    if members(inside.get("continue", b"")):
        return "continuation"
    levels = list(_levels(inside))
    told = ((name, _told(name, level[name])) for level in levels for name in _NEXT if name in level)
    meant = (style for name, style in told if not is_record or name not in _MAY_BE_FIELDS or style == "next_url")
    found = next((style for style in meant if style), None)
    if found or is_record:
        return found
    if any(level.get(name) == b"true" for level in levels for name in _MORE):
        return "keyset"
    return next((style for style in map(_counted, levels) if style), None)


def _levels(inside: Mapping[str, bytes]) -> Iterator[Mapping[str, bytes]]:
    """Yield the members of an answer, and of the objects in it that speak about the page, two deep."""
    yield inside
    for name in _AROUND:
        if inside.get(name, b"").startswith(b"{"):
            yield from _levels(members(inside[name]))


def _told(name: str, value: bytes) -> str | None:
    """Return how a member named as the next page tells it: an address, a token, or the number of a page."""
    if value.startswith((b"[", b"{")):
        link = value if value.startswith(b"{") else (member(value, "0") or b"")
        return next((_told(each, inside) for each, inside in members(link).items() if each in _INSIDE_LINK), None)
    text = None if is_nothing(value) else as_text(value)
    if text is None:
        return None
    if text.startswith(("http://", "https://", "/", "?")):
        return "next_url"
    return "page_number" if value.isdigit() and name in _MAY_BE_NUMBERS else "page_token"


def _counted(level: Mapping[str, bytes]) -> str | None:
    numbers = {name for name, value in level.items() if value.isdigit()}
    return next((style for style, (place, size) in _COUNTED.items() if numbers & place and numbers & size), None)
