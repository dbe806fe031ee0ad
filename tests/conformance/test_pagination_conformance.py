"""Every pagination style keeps what all of them owe, by being listed in the union."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.access.exchange import Page, Request
from spectra.access.pagination import Offset, PageNumber, Scim
from spectra.testing.pagination_conformance import CHECKS, MEMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spectra.access.pagination import PaginationStyle

REQUEST = Request("https://api.example/v1/things", params={"status": "open"})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.__name__)
def test_a_pagination_style(member: type[PaginationStyle], check: Callable[[type[PaginationStyle]], None]) -> None:
    check(member)


def test_every_style_but_none_asks_for_a_second_page() -> None:
    assert [member.__name__ for member in MEMBERS if len(member.example.exchanges) == 1] == ["NoPagination"]


@dataclass
class PagedApi:
    """An API in memory that gives less than it is asked for: at most `cap` records, fewer where `short` says so."""

    total: int
    cap: int
    short: list[int]
    asked: list[Request] = field(default_factory=list)

    def answer(self, style: PaginationStyle, request: Request) -> Page:
        start, size = self.served(style, request)
        self.asked.append(request)
        records = [str(place).encode() for place in range(self.total)][start : start + size]
        return Page(request, request.url, status=200, records=records)

    def served(self, style: PaginationStyle, request: Request) -> tuple[int, int]:
        if isinstance(style, PageNumber):
            size = min(int(request.params[style.size_param]), self.cap)
            return (int(request.params[style.page_param]) - style.first_page) * size, size
        assert isinstance(style, Offset | Scim)
        counted_from = 1 if isinstance(style, Scim) else 0
        names = ("startIndex", "count") if isinstance(style, Scim) else (style.offset_param, style.size_param)
        size = min(int(request.params[names[1]]), self.cap)
        shortened = self.short[len(self.asked) % len(self.short)] if self.short else size
        return int(request.params[names[0]]) - counted_from, max(1, min(size, shortened))


def pages(style: PaginationStyle, api: PagedApi) -> Iterator[Page]:
    request: Request | None = style.first(REQUEST)
    while request is not None:
        page = api.answer(style, request)
        yield page
        request = style.following(request, page)


@pytest.mark.parametrize("member", [Offset, PageNumber, Scim])
@given(total=st.integers(0, 300), size=st.integers(1, 120), cap=st.integers(1, 60), short=st.lists(st.integers(1, 9)))
def test_every_record_comes_once_and_in_order_whatever_the_api_cuts_short(
    member: type[PaginationStyle], total: int, size: int, cap: int, short: list[int]
) -> None:
    style = member.model_validate({"size": size})
    api = PagedApi(total, cap, short)
    taken = list(islice(pages(style, api), total + 2))
    assert [record for page in taken for record in page.records] == [str(n).encode() for n in range(total)]
    assert len(taken) < total + 2, "the walk must end"
    assert all(request.params["status"] == "open" and request.url == REQUEST.url for request in api.asked)
