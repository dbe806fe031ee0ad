"""What every pagination style owes; a new style passes by being listed in the union and in `PagedApi.served`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from spectra.access.exchange import Page, Request
from spectra.access.pagination import Offset, PageNumber, Pagination

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.access.pagination import PaginationStyle

MEMBERS: tuple[type[PaginationStyle], ...] = get_args(get_args(Pagination)[0])
REQUEST = Request("https://api.example/v1/things", params={"status": "open"})


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
        if isinstance(style, Offset):
            size = min(int(request.params[style.size_param]), self.cap)
            shortened = self.short[len(self.asked) % len(self.short)] if self.short else size
            return int(request.params[style.offset_param]), max(1, min(size, shortened))
        if isinstance(style, PageNumber):
            size = min(int(request.params[style.size_param]), self.cap)
            return (int(request.params[style.page_param]) - style.first_page) * size, size
        return 0, self.total


def pages(style: PaginationStyle, api: PagedApi) -> Iterator[Page]:
    request: Request | None = style.first(REQUEST)
    while request is not None:
        page = api.answer(style, request)
        yield page
        request = style.following(request, page)


@pytest.mark.parametrize("member", MEMBERS)
@given(total=st.integers(0, 300), size=st.integers(1, 120), cap=st.integers(1, 60), short=st.lists(st.integers(1, 9)))
def test_every_record_comes_once_and_in_order_whatever_the_api_cuts_short(
    member: type[PaginationStyle], total: int, size: int, cap: int, short: list[int]
) -> None:
    style = member.model_validate({"size": size} if "size" in member.model_fields else {})
    api = PagedApi(total, cap, short)
    taken = list(islice(pages(style, api), total + 2))
    assert [record for page in taken for record in page.records] == [str(n).encode() for n in range(total)]
    assert len(taken) < total + 2, "the walk must end"


@pytest.mark.parametrize("member", MEMBERS)
def test_an_empty_page_is_the_end(member: type[PaginationStyle]) -> None:
    style = member.model_validate({})
    first = style.first(REQUEST)
    assert style.following(first, Page(first, first.url, status=200)) is None


@pytest.mark.parametrize("member", MEMBERS)
def test_what_the_request_asked_besides_paging_stays(member: type[PaginationStyle]) -> None:
    api = PagedApi(total=25, cap=10, short=[])
    list(pages(member.model_validate({}), api))
    assert all(request.params["status"] == "open" and request.url == REQUEST.url for request in api.asked)


@pytest.mark.parametrize("member", MEMBERS)
def test_type_alone_tells_it_apart_and_unknown_settings_are_refused(member: type[PaginationStyle]) -> None:
    name = member.model_fields["type"].default
    assert type(TypeAdapter(Pagination).validate_python({"type": name})) is member
    with pytest.raises(ValidationError, match="Extra inputs"):
        TypeAdapter(Pagination).validate_python({"type": name, "surplus": 1})
