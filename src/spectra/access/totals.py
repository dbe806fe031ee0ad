"""Totals: how many records a list holds in all by the word of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.access.member import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.access.exchange import Page

_LONGEST_COUNT = 18
_HEADERS = ("total-count", "total-records", "total-objects", "x-total-count", "x-count-total", "x-total", "x-wp-total")
_FIELDS = ("total", "totalCount", "total_count", "totalResults", "totalRecords", "totalElements", "@odata.count")
_AROUND = ("meta", "paging", "pagination", "page", "_meta", "page_info", "pageInfo")
_BESIDE_COUNT = frozenset({"next", "previous"})


def total_stated(page: Page) -> int | None:
    """Return the total in a header, beside the records or in an object about the page; None where none is stated.

    A `count` is a total only between `next` and `previous`; elsewhere it may count the page.
    """
    given = next((page.headers[name] for name in _HEADERS if name in page.headers), "").strip()
    if _is_count(given.encode()):
        return int(given)
    inside = members(page.body)
    stated = _stated_in(inside)
    if stated is not None:
        return stated
    around = (_stated_in(members(inside[name])) for name in _AROUND if inside.get(name, b"").startswith(b"{"))
    return next((total for total in around if total is not None), None)


def _stated_in(inside: Mapping[str, bytes]) -> int | None:
    names = (*_FIELDS, "count") if inside.keys() >= _BESIDE_COUNT else _FIELDS
    return next((int(inside[name]) for name in names if _is_count(inside.get(name, b""))), None)


def _is_count(text: bytes) -> bool:
    return text.isdigit() and len(text) <= _LONGEST_COUNT
