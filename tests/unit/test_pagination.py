from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from spectra.access.exchange import Page, Request
from spectra.access.links import linked
from spectra.access.pagination import (
    Continuation,
    Keyset,
    LinkHeader,
    NextHeader,
    NextUrl,
    NoPagination,
    Offset,
    PageNumber,
    PageToken,
    Pagination,
    PaginationStyle,
    Scim,
)
from spectra.errors import PageReferenceError

REQUEST = Request("https://api.example/things")


def page_of(request: Request, records: int) -> Page:
    return Page(request, request.url, status=200, records=[b"{}"] * records)


def told(style: PaginationStyle, body: Any = None, **headers: str) -> Request | None:
    """Return what a style asks after a page with this body and these headers, which holds no record."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    shown = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    asked = style.first(REQUEST)
    return style.following(asked, Page(asked, asked.url, status=200, headers=shown, body=text))


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


def test_scim_counts_from_one_and_advances_by_what_came() -> None:
    first = Scim(size=50).first(REQUEST)
    assert first.params == {"startIndex": "1", "count": "50"}
    second = Scim(size=50).following(first, page_of(first, 7))
    assert second is not None
    assert second.params == {"startIndex": "8", "count": "50"}


def test_without_pagination_one_answer_is_all() -> None:
    assert NoPagination().first(REQUEST) is REQUEST
    assert NoPagination().following(REQUEST, page_of(REQUEST, 5)) is None


@pytest.mark.parametrize("style", [Offset(), PageNumber(), Scim(), Keyset(fields={"id": "after"})])
def test_an_empty_page_is_the_end_where_nothing_else_tells_it(style: PaginationStyle) -> None:
    first = style.first(REQUEST)
    assert style.following(first, page_of(first, 0)) is None


def test_an_empty_page_with_a_next_one_is_not_the_end() -> None:
    assert told(PageToken(token="next", token_param="t"), {"items": [], "next": "a"})
    assert told(NextUrl(url="next"), {"items": [], "next": "/b"})
    assert told(NextHeader(header="Next-Page"), [], Next_Page="/b")
    assert told(LinkHeader(), [], Link="</b>; rel=next")
    assert told(Continuation(), {"items": [], "continue": {"from": "a"}})


@pytest.mark.parametrize("end", [{}, {"n": None}, {"n": ""}, {"n": False}, {"n": []}, {"n": {}}, [], b"", b"no", b"7"])
@pytest.mark.parametrize("style", [PageToken(token="n", token_param="t"), NextUrl(url="n"), Continuation(path="n")])
def test_nothing_in_the_place_of_the_next_page_is_the_end(style: PaginationStyle, end: Any) -> None:
    assert told(style, end) is None


@pytest.mark.parametrize("wrong", [True, {"a": 1}, ["a"], [[]]])
@pytest.mark.parametrize("style", [PageToken(token="n", token_param="t"), NextUrl(url="n")])
def test_a_wrong_type_in_the_place_of_the_next_page_is_an_error_that_says_where(
    style: PaginationStyle, wrong: Any
) -> None:
    with pytest.raises(PageReferenceError, match="`n` holds"):
        told(style, {"n": wrong})


@pytest.mark.parametrize("wrong", [True, "x", 5, ["a"], {"a": None}, {"a": {}}, {"a": "b", "c": [1]}])
def test_a_continuation_is_an_object_of_texts_and_numbers(wrong: Any) -> None:
    with pytest.raises(PageReferenceError, match="`continue` is not an object"):
        told(Continuation(), {"continue": wrong})


def test_a_path_goes_through_objects_and_lists_and_names_that_hold_dots() -> None:
    body = {"data": {"@links": {"next": [{"uri": "/two"}]}}, "@odata.nextLink": "/three", "a.b": {"c.d": "/four"}}
    paths = {"data.@links.next.0.uri": "/two", "@odata.nextLink": "/three", "a.b.c.d": "/four"}
    for path, link in paths.items():
        following = told(NextUrl(url=path), body)
        assert following is not None
        assert following.link == link
    assert told(NextUrl(url="data.@links.next.1.uri"), body) is None
    assert told(NextUrl(url="data.@links.next.uri"), body) is None


def test_a_number_keeps_its_digits_as_token_and_as_key() -> None:
    digits = "123456789012345678901234567890"
    token = told(PageToken(token="n", token_param="t"), f'{{"n": {digits}}}'.encode())
    assert token is not None
    assert token.params == {"t": digits}
    page = Page(REQUEST, REQUEST.url, status=200, records=[f'{{"id": {digits}}}'.encode()])
    key = Keyset(fields={"id": "after"}).following(REQUEST, page)
    assert key is not None
    assert key.params == {"after": digits}


def test_a_keyset_sends_every_field_of_the_last_record() -> None:
    records = [b'{"at": {"day": "mo"}, "id": 2}', b'{"at": {"day": "tu"}, "id": 0}']
    style = Keyset(fields={"at.day": "day_after", "id": "after"})
    following = style.following(REQUEST, Page(REQUEST, REQUEST.url, status=200, records=records))
    assert following is not None
    assert following.params == {"day_after": "tu", "after": "0"}


@pytest.mark.parametrize("last", [b"{}", b'{"id": null}', b'{"id": [1]}', b'{"id": true}', b"7", b"no json"])
def test_a_last_record_without_its_key_is_an_error_and_not_the_end(last: bytes) -> None:
    with pytest.raises(PageReferenceError, match="`id`"):
        Keyset(fields={"id": "after"}).following(REQUEST, Page(REQUEST, REQUEST.url, status=200, records=[last]))


def test_a_continuation_takes_what_the_last_one_set_out_again_and_gives_back_what_it_covered() -> None:
    style, asked = Continuation(), REQUEST.with_params(status="open", limit="9")
    second = style.following(asked, Page(asked, "", body=b'{"continue": {"from": "a", "limit": 5}}'))
    assert second is not None
    assert second.params == {"status": "open", "limit": "5", "from": "a"}
    third = style.following(second, Page(second, "", body=b'{"continue": {"until": "b"}}'))
    assert third is not None
    assert third.params == {"status": "open", "limit": "9", "until": "b"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('</b>; rel="next"', "/b"),
        ("</b>;rel=next", "/b"),
        ('</b> ; REL="NEXT"', "/b"),
        ('<https://h/a>; rel="prev", <https://h/b?x=1,2;3>; rel="next"', "https://h/b?x=1,2;3"),
        ('</a>; rel="first"; title="x, <y>; rel=\\"next\\"", </b>; rel="last next"', "/b"),
        ('</a>; title="; rel=next", </b>; rel=next', "/b"),
        ('</a>; rel="prev"; rel="next", </b>; rel="next"', "/b"),
        ('</a>; rel="next"; anchor="#other", </b>; rel="next"', "/b"),
        ("</a>; rel=nextish, </b>; rel=next", "/b"),
        (", ,</b>; rel=next,", "/b"),
        ("</b>; hreflang; rel=next", "/b"),
        ("<>; rel=next", None),
        ('</a>; rel="prev"', None),
        ("/b; rel=next", None),
        ("", None),
        ('</b>; rel="next', None),
    ],
)
def test_link_headers_are_read_as_the_standard_has_them(header: str, expected: str | None) -> None:
    assert linked(header, "next") == expected


@pytest.mark.parametrize("size", [0, -1])
@pytest.mark.parametrize("style", [Offset, PageNumber, Scim])
def test_a_page_holds_at_least_one_record(style: type[PaginationStyle], size: int) -> None:
    with pytest.raises(ValidationError):
        style.model_validate({"size": size})


@pytest.mark.parametrize(
    "settings",
    [
        {"type": "page_token", "token": "n"},
        {"type": "page_token", "token": "", "token_param": "t"},
        {"type": "page_token", "token": "a..b", "token_param": "t"},
        {"type": "next_url"},
        {"type": "next_header", "header": "Not: a name"},
        {"type": "link_header", "rel": "next prev"},
        {"type": "link_header", "size": 5},
        {"type": "next_url", "url": "n", "size_param": "limit"},
        {"type": "keyset", "fields": {}},
        {"type": "scim", "size_param": "count"},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Pagination).validate_python(settings)


def test_scim_asks_for_no_number_where_none_is_wanted() -> None:
    style = TypeAdapter(Pagination).validate_python({"type": "scim", "size": None})
    assert style.first(REQUEST).params == {"startIndex": "1"}


def test_styles_that_are_told_what_comes_next_may_ask_for_a_size_too() -> None:
    style = TypeAdapter(Pagination).validate_python({"type": "link_header", "size_param": "per_page", "size": 50})
    assert style.first(REQUEST).params == {"per_page": "50"}
    assert LinkHeader().first(REQUEST).params == {}
