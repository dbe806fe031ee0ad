from __future__ import annotations

import json
from typing import Any

import pytest

from spectra.access.exchange import Page, Request
from spectra.access.records import slice_records
from spectra.stages.source.lifecycle import shown_date
from spectra.stages.source.seen import style_seen
from spectra.stages.source.shape import announced

RECORDS = [{"id": 1}, {"id": 2}]


def seen(body: Any, asked: tuple[str, int] | None = None, **headers: str) -> str | None:
    text = json.dumps(body).encode()
    shown = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    page = Page(Request("https://api.example/"), "", status=200, headers=shown, body=text)
    return style_seen(page, asked, slice_records(text))


@pytest.mark.parametrize(
    ("beside", "style"),
    [
        ({"next": "https://h/x?page=2"}, "next_url"),
        ({"links": {"next": "/x?page=2"}}, "next_url"),
        ({"_links": {"next": {"href": "?page=2"}}}, "next_url"),
        ({"@links": {"next": [{"uri": "https://h/x"}]}}, "next_url"),
        ({"@odata.nextLink": "https://h/x"}, "next_url"),
        ({"meta": {"pagination": {"next_url": "/x"}}}, "next_url"),
        ({"nextPageToken": "abc"}, "page_token"),
        ({"next": "abc,2"}, "page_token"),
        ({"response_metadata": {"next_cursor": "abc="}}, "page_token"),
        ({"paging": {"cursors": {"after": "QVFI"}}}, "page_token"),
        ({"paging": {"next": {"after": "10", "link": "?after=10"}}}, "page_token"),
        ({"next_page": 2}, "page_number"),
        ({"nextToken": 2}, "page_token"),
        ({"continue": {"gapcontinue": "B", "continue": "gapcontinue||"}}, "continuation"),
        ({"totalResults": 9, "startIndex": 1, "itemsPerPage": 2, "Resources": RECORDS}, "scim"),
        ({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]}, "scim"),
        ({"has_more": True}, "keyset"),
        ({"page": 1, "total_pages": 4}, "page_number"),
        ({"page": {"number": 0, "totalPages": 4}}, "page_number"),
        ({"startAt": 0, "maxResults": 50, "total": 9}, "offset"),
        ({"meta": {"offset": 0, "limit": 20}}, "offset"),
        ({"has_more": False}, None),
        ({"next": None}, None),
        ({"nextPageToken": ""}, None),
        ({"links": {"next": None, "prev": "/x"}}, None),
        ({"continue": {}}, None),
        ({"total": 2}, None),
        ({}, None),
    ],
)
def test_a_body_shows_how_its_list_goes_on(beside: dict[str, Any], style: str | None) -> None:
    assert seen({"items": RECORDS, **beside}) == style


@pytest.mark.parametrize(
    ("headers", "style"),
    [
        ({"Link": '</x?page=2>; rel="next"'}, "link_header"),
        ({"Link": '</x>; rel="prev", </y>; rel="last next"'}, "link_header"),
        ({"Link": '</x>; rel="first"; title="rel=\\"next\\""'}, None),
        ({"Next_Page": "https://h/x"}, "next_header"),
        ({"X_Next_Page": "2"}, "page_number"),
        ({"X_Next_Page": ""}, None),
    ],
)
def test_headers_show_how_a_list_goes_on(headers: dict[str, str], style: str | None) -> None:
    assert seen(RECORDS, None, **headers) == style


@pytest.mark.parametrize(
    "record", [{"id": 1, "next": "review"}, {"id": 1, "page": 4, "pages": 9}, {"id": 1, "more": True}]
)
def test_fields_of_a_single_record_are_no_pages(record: dict[str, Any]) -> None:
    assert seen(record) is None


def test_a_size_that_is_obeyed_shows_the_declared_style_and_the_answer_speaks_louder() -> None:
    assert seen(RECORDS, ("offset", 2)) == "offset"
    assert seen(RECORDS, ("offset", 3)) is None
    assert seen({"items": RECORDS, "nextPageToken": "x"}, ("offset", 2)) == "page_token"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("true", "true"),
        ("@1767225600", "@1767225600"),
        ("false", None),
        ("?0", None),
        (" ", None),
        ("x" * 300, "x" * 200),
    ],
)
def test_an_end_is_announced_only_where_the_header_says_so(text: str, kept: str | None) -> None:
    assert announced({"deprecation": text}, "deprecation") == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@1767225600", "2026-01-01"),
        ("Fri, 01 Jan 2027 00:00:00 GMT", "2027-01-01"),
        ("true", "true"),
        ("@soon", "@soon"),
        ("@99999999999999999999", "@99999999999999999999"),
    ],
)
def test_a_date_is_shown_as_a_day_and_anything_else_as_it_is(text: str, shown: str) -> None:
    assert shown_date(text) == shown
