from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.exchange import Page, Request
from spectra.access.guard import UrlGuard
from spectra.access.pagination import Keyset, LinkHeader, NextUrl, Offset, PageNumber, PageToken, Scim
from spectra.access.paging import Pager
from spectra.access.totals import total_stated
from spectra.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.access.pagination import PaginationStyle

URL = "https://api.example/v1/things"
GUARD = UrlGuard("https://api.example/v1")
TOKEN = PageToken(token="next", token_param="t")


def answered(
    request: Request, records: list[Any], body: Any = None, status: int = 200, url: str = "", **headers: str
) -> Page:
    texts = [json.dumps(record).encode() for record in records]
    shown = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    content = json.dumps({"items": records} if body is None else body).encode()
    return Page(request, url or request.url, status=status, headers=shown, body=content, records=texts)


def walked(
    style: PaginationStyle, answer: Callable[[Request, int], Page], **settings: Any
) -> tuple[Pager, list[Request]]:
    pager = Pager(style, GUARD, **settings)
    pages = pager.walk(style.first(Request(URL)))
    asked: list[Request] = []
    request = next(pages)
    while True:
        asked.append(request)
        assert len(asked) < 50, "the walk must end"
        try:
            request = pages.send(answer(request, len(asked)))
        except StopIteration:
            return pager, asked


def counted(held: int, cap: int = 1000, **body: Any) -> Callable[[Request, int], Page]:
    def answer(request: Request, _: int) -> Page:
        start, size = int(request.params["offset"]), min(int(request.params["limit"]), cap)
        records = [{"id": place} for place in range(held)][start : start + size]
        return answered(request, records, {"items": records, **body})

    return answer


def code(pager: Pager) -> str | None:
    return pager.error.code if pager.error else None


def test_a_list_is_read_to_its_end() -> None:
    pager, asked = walked(Offset(size=10), counted(25))
    assert (pager.complete, pager.records, pager.counts, code(pager)) == (True, 25, [10, 10, 5, 0], None)
    assert len(asked) == 4


def test_a_page_that_leads_to_itself_is_found_before_it_is_asked_again() -> None:
    pager, asked = walked(NextUrl(url="n"), lambda r, n: answered(r, [n], {"n": "/v1/things?a=1"}))
    assert code(pager) == "page-loop"
    assert len(asked) == 2


def test_a_request_is_the_same_however_its_query_is_written() -> None:
    links = ["/v1/things?b=x%20y&a=1", "/v1/things?a=1&b=x+y"]
    pager, asked = walked(NextUrl(url="n"), lambda r, n: answered(r, [n], {"n": links[n - 1]}))
    assert code(pager) == "page-loop"
    assert len(asked) == 2


def test_a_circle_of_pages_is_found_when_the_first_comes_again_though_each_token_is_new() -> None:
    pager, asked = walked(TOKEN, lambda r, n: answered(r, ["a" if n % 2 else "b"], {"next": f"token{n}"}))
    assert code(pager) == "page-repeated"
    assert (len(asked), pager.records) == (3, 2)


def test_a_list_that_never_ends_stops_at_the_ceiling() -> None:
    pager, asked = walked(TOKEN, lambda r, n: answered(r, [n], {"next": f"token{n}"}), most_pages=7)
    assert code(pager) == "page-ceiling"
    assert (len(asked), pager.records, pager.complete) == (7, 7, False)


def test_empty_pages_without_end_stop_at_the_ceiling_and_are_no_repetition() -> None:
    pager, asked = walked(TOKEN, lambda r, n: answered(r, [], {"next": f"token{n}"}), most_pages=7)
    assert code(pager) == "page-ceiling"
    assert len(asked) == 7


def test_an_empty_page_in_the_middle_does_not_end_the_list() -> None:
    contents: list[list[int]] = [[1], [], [2]]
    pager, _ = walked(TOKEN, lambda r, n: answered(r, contents[n - 1], {"next": f"t{n}" if n < 3 else None}))
    assert (pager.complete, pager.counts) == (True, [1, 0, 1])


def test_a_parameter_that_is_ignored_shows_in_a_page_that_comes_again() -> None:
    pager, asked = walked(PageNumber(size=2), lambda r, _: answered(r, [1, 2]))
    assert code(pager) == "page-repeated"
    assert (len(asked), pager.records) == (2, 2)


def test_a_last_page_that_comes_again_is_the_end_where_all_have_come() -> None:
    contents = [[1, 2], [3]]
    pager, _ = walked(
        PageNumber(size=2),
        lambda r, n: answered(r, contents[min(n, 2) - 1], {"total": 3, "items": contents[min(n, 2) - 1]}),
    )
    assert (pager.complete, pager.records, code(pager)) == (True, 3, None)


@pytest.mark.parametrize("status", [404, 416])
def test_not_found_past_the_last_page_is_the_end_where_pages_are_counted(status: int) -> None:
    pager, _ = walked(PageNumber(size=2), lambda r, n: answered(r, [n]) if n < 3 else answered(r, [], status=status))
    assert (pager.complete, pager.records, code(pager)) == (True, 2, None)


def test_a_bad_request_past_the_last_page_is_the_end_only_where_all_have_come() -> None:
    def stating(total: int) -> Callable[[Request, int], Page]:
        return lambda r, n: answered(r, [n], {"total": total}) if n < 3 else answered(r, [], status=400)

    all_came, _ = walked(PageNumber(size=1), stating(2))
    too_few, _ = walked(PageNumber(size=1), stating(9))
    assert (all_came.complete, code(all_came)) == (True, None)
    assert (too_few.complete, code(too_few)) == (False, "unexpected-status")


def test_not_found_on_the_first_page_and_after_a_link_is_an_error() -> None:
    assert code(walked(PageNumber(), lambda r, _: answered(r, [], status=404))[0]) == "unexpected-status"
    linked = walked(
        LinkHeader(),
        lambda r, n: answered(r, [n], Link="</v1/b>; rel=next") if n == 1 else answered(r, [], status=404),
    )
    assert code(linked[0]) == "unexpected-status"


def test_what_went_wrong_with_a_page_ends_the_walk_as_it_is() -> None:
    broken = ServerError("no")
    pager, _ = walked(
        Offset(size=1), lambda r, n: answered(r, [n]) if n < 3 else Page(r, r.url, status=500, error=broken)
    )
    assert pager.error is broken
    assert (pager.complete, pager.records) == (False, 2)


def test_a_link_is_resolved_against_the_page_it_came_with() -> None:
    _, asked = walked(
        NextUrl(url="n"),
        lambda r, n: answered(
            r, [n], {"n": ["?b=1", "sub/c", None][n - 1]}, url="https://api.example/v1/moved/" if n == 2 else ""
        ),
    )
    assert [request.url for request in asked] == [URL, f"{URL}?b=1", "https://api.example/v1/moved/sub/c"]
    assert all(not request.link and not request.params for request in asked[1:])


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://evil.example/v1/things", "foreign-host"),
        ("//evil.example/v1/things", "foreign-host"),
        ("http://api.example/v1/things", "foreign-host"),
        ("https://api.example:444/v1/things", "foreign-host"),
        ("https://api.example.evil.example/v1/", "foreign-host"),
        ("https://api.example@evil.example/", "invalid-url"),
        ("../../admin", "invalid-url"),
        ("/v1/../admin", "invalid-url"),
        ("javascript:alert(1)", "invalid-url"),
        ("https://api.example\\@evil.example/", "invalid-url"),
    ],
)
def test_a_link_that_leads_out_is_refused_and_never_handed_out(link: str, expected: str) -> None:
    pager, asked = walked(NextUrl(url="n"), lambda r, _: answered(r, [1], {"n": link}))
    assert code(pager) == expected
    assert len(asked) == 1


def test_a_cap_shows_where_the_api_gives_less_than_asked_and_has_more() -> None:
    pager, _ = walked(Offset(size=1000), counted(250, cap=100))
    assert (pager.complete, pager.records, pager.cap) == (True, 250, 100)


@pytest.mark.parametrize(("total", "size", "cap"), [(50, 1000, 100), (100, 1000, 100), (250, 100, 100), (0, 10, 5)])
def test_no_cap_shows_where_there_was_no_more_or_as_much_as_asked(total: int, size: int, cap: int) -> None:
    assert walked(Offset(size=size), counted(total, cap=cap))[0].cap is None


def test_pages_that_are_short_by_chance_are_no_cap() -> None:
    contents = [[1, 2, 3], [4, 5], [6]]
    pager, _ = walked(PageNumber(size=4), lambda r, n: answered(r, contents[n - 1] if n < 4 else []))
    assert (pager.records, pager.cap) == (6, None)


def test_a_cap_shows_on_the_first_page_where_the_total_says_that_there_is_more() -> None:
    pager = Pager(Offset(size=1000), GUARD)
    pages = pager.walk(Offset(size=1000).first(Request(URL)))
    request = next(pages)
    pages.send(answered(request, list(range(100)), {"total": 250}))
    assert (pager.complete, pager.error, pager.cap, pager.total) == (False, None, 100, 250)


@pytest.mark.parametrize(("stated", "differs"), [(25, False), (24, True), (26, True)])
def test_a_total_is_compared_with_what_came(stated: int, differs: bool) -> None:  # noqa: FBT001 - what is expected
    pager, _ = walked(Offset(size=10), counted(25, total=stated))
    assert (pager.total, pager.total_differs) == (stated, differs)


def test_a_total_that_is_made_up_beyond_the_end_is_not_heard() -> None:
    def counting_on(request: Request, page: int) -> Page:
        return answered(request, [page] if page < 3 else [], {"total": max(2, page)})

    pager, _ = walked(Offset(size=10), counting_on)
    assert (pager.records, pager.total, pager.total_differs) == (2, 2, False)


def test_a_total_is_not_compared_before_the_end() -> None:
    pager, _ = walked(TOKEN, lambda r, n: answered(r, [n], {"next": f"t{n}", "total": 99}), most_pages=3)
    assert (pager.total, pager.total_differs) == (99, False)


def test_records_that_come_again_are_counted_once_and_told_by_their_key() -> None:
    contents: list[list[Any]] = [
        [{"id": 1}, {"id": 2, "v": "a"}],
        [{"id": 2, "v": "b"}, {"id": 3}],
        [{"id": 3}, {"id": 4}],
        [],
    ]
    pager, _ = walked(Offset(size=2), lambda r, n: answered(r, contents[n - 1], {"total": 4}), key=("id",))
    assert (pager.records, pager.repeated, pager.differing, pager.total_differs) == (4, 2, 1, False)


def test_a_key_of_several_fields_tells_records_apart() -> None:
    contents: list[list[Any]] = [[{"a": 1, "b": 23}], [{"a": 12, "b": 3}], []]
    pager, _ = walked(Offset(size=1), lambda r, n: answered(r, contents[n - 1]), key=("a", "b"))
    assert (pager.records, pager.repeated) == (2, 0)


def test_a_keyset_that_takes_its_last_record_in_again_never_comes_to_an_end() -> None:
    pager, _ = walked(
        Keyset(fields={"id": "from"}),
        lambda r, n: answered(r, [{"id": 1}, {"id": 2}] if n == 1 else [{"id": 2}]),
        key=("id",),
    )
    assert code(pager) == "page-repeated"
    assert (pager.records, pager.repeated) == (2, 0)


def test_scim_reads_on_though_the_total_is_too_small() -> None:
    records = [{"id": place} for place in range(5)]

    def answer(request: Request, _: int) -> Page:
        start = int(request.params["startIndex"]) - 1
        return answered(request, records[start : start + 2], {"totalResults": 4})

    pager, _ = walked(Scim(size=2), answer)
    assert (pager.records, pager.total, pager.total_differs) == (5, 4, True)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"total": 7}, {}, 7),
        ({"totalResults": 7}, {}, 7),
        ({"meta": {"total": 7}}, {}, 7),
        ({"count": 7, "next": None, "previous": None}, {}, 7),
        ({"count": 7}, {}, None),
        ({"total": "7"}, {}, None),
        ({"total": -7}, {}, None),
        ({"total": 7.5}, {}, None),
        ({"total": 8}, {"X_Total_Count": "7"}, 7),
        ([], {"Total_Objects": "7"}, 7),
        ([], {"X_Total": "many"}, None),
    ],
)
def test_a_total_is_read_where_apis_state_it(body: Any, headers: dict[str, str], expected: int | None) -> None:
    assert total_stated(answered(Request(URL), [], body, 200, "", **headers)) == expected


def test_a_page_whose_records_only_look_new_is_one_that_came_before() -> None:
    pager, _ = walked(
        PageNumber(size=2),
        lambda r, n: answered(r, [{"id": 1, "read": n}, {"id": 2, "read": n}]),
        key=("id",),
    )
    assert code(pager) == "page-repeated"
    assert (pager.records, pager.complete) == (2, False)


def test_a_record_without_its_key_is_always_a_new_one() -> None:
    pager, _ = walked(
        PageNumber(size=1),
        lambda r, n: answered(r, [{"read": n}] if n < 4 else []),
        key=("id",),
    )
    assert (pager.records, pager.complete) == (3, True)


def test_a_style_that_is_told_its_end_is_not_ended_by_a_page_that_comes_again() -> None:
    pager, _ = walked(TOKEN, lambda r, n: answered(r, [{"id": 1}], {"total": 1, "next": str(n)}))
    assert (code(pager), pager.complete) == ("page-repeated", False)


def test_no_cap_shows_on_a_page_that_held_all_there_is() -> None:
    pager = Pager(PageNumber(size=5), GUARD)
    pages = pager.walk(PageNumber(size=5).first(Request(URL)))
    pages.send(answered(next(pages), [1, 2], {"total": 2}))
    assert (pager.complete, pager.cap) == (False, None)


def test_a_parameter_without_a_value_makes_another_page() -> None:
    links = ["?a=", "?b=", None]
    pager, asked = walked(NextUrl(url="n"), lambda r, n: answered(r, [n], {"n": links[n - 1]}))
    assert (pager.complete, len(asked)) == (True, 3)
