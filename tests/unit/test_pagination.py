from __future__ import annotations

import pytest
from pydantic import ValidationError

from spectra.access.exchange import Page, Request
from spectra.access.pagination import NoPagination, Offset, PageNumber

REQUEST = Request("https://api.example/things")


def page_of(request: Request, records: int) -> Page:
    return Page(request, request.url, status=200, records=[b"{}"] * records)


def test_offset_advances_by_what_came_back_not_by_what_was_asked() -> None:
    style = Offset(offset_param="offset", size_param="pagesize", size=100)
    first = style.first(REQUEST)
    assert first.params == {"offset": "0", "pagesize": "100"}
    second = style.following(first, page_of(first, 7))
    assert second is not None
    assert second.params == {"offset": "7", "pagesize": "100"}
    third = style.following(second, page_of(second, 50))
    assert third is not None
    assert third.params["offset"] == "57"


def test_page_numbers_start_where_the_definition_says() -> None:
    style = PageNumber(page_param="p", size_param="n", size=10, first_page=0)
    first = style.first(REQUEST)
    assert first.params == {"p": "0", "n": "10"}
    second = style.following(first, page_of(first, 3))
    assert second is not None
    assert second.params == {"p": "1", "n": "10"}


def test_without_pagination_one_answer_is_all() -> None:
    assert NoPagination().first(REQUEST) is REQUEST
    assert NoPagination().following(REQUEST, page_of(REQUEST, 5)) is None


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_holds_at_least_one_record(size: int) -> None:
    with pytest.raises(ValidationError):
        Offset(size=size)
    with pytest.raises(ValidationError):
        PageNumber(size=size)
