"""What every pagination style owes, as checks that need nothing but the class; AssertionError says what it breaks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from pydantic import TypeAdapter, ValidationError

from spectra.access.exchange import Page, Request
from spectra.access.guard import UrlGuard
from spectra.access.pagination import Pagination
from spectra.access.paging import Pager
from spectra.access.records import slice_records
from spectra.testing.conversation import spoken
from spectra.testing.opening import opened
from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spectra.access.example import Exchanged
    from spectra.access.pagination import PaginationStyle
    from spectra.rest.api import RestApi

MEMBERS: tuple[type[PaginationStyle], ...] = get_args(get_args(Pagination)[0])
HOSTILE = (
    *("{foreign}/things", "//{canary}/things", "{foreign}?page=2", "{foreign}#@{host}/", "{foreign}\\@{host}/things"),
    *("http://{host}@{canary}/things", "http://user:word@{host}/things", "https://{host}/things", "HTTP:{foreign}"),
    *("http://{host}.{canary}/things", "http:/{canary}/things", "http:///{canary}/things", "\\\\{canary}\\things"),
    *("/\\{canary}/things", "///{canary}/things", "ftp://{host}/things", "file:///etc/hostname", "data:,x"),
    *("http://[::ffff:127.0.0.1]:{port}/things", "http://2130706433:{port}/things", "http://0x7f.1:{port}/things"),
    *("http://169.254.169.254/latest/meta-data", "http://metadata.internal/", "http://{host}%2f@{canary}/"),
)
_START = {"status": "open"}
_MOST = 20


@dataclass(slots=True)
class Walked:
    """What came of a walk over real sockets."""

    pager: Pager
    asked: list[Request] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)

    @property
    def code(self) -> str | None:
        """The code of what ended the walk early."""
        return self.pager.error.code if self.pager.error else None


def of_example(member: type[PaginationStyle]) -> PaginationStyle:
    """Return the style that the example of a class describes."""
    return member.model_validate(dict(member.example.settings))


def walk(style: PaginationStyle, api: RestApi, url: str) -> Walked:
    """Walk `/things?status=open` by a style, at most 20 pages, records sliced as they are where none are declared."""
    walked = Walked(Pager(style, UrlGuard(url), most_pages=_MOST))
    pages = walked.pager.walk(style.first(Request(f"{url}/things", params=_START)))
    request: Request | None = next(pages)
    while request is not None:
        walked.asked.append(request)
        page = filled(api.send(request))
        before = len(walked.pager.counts)
        try:
            request = pages.send(page)
        except StopIteration:
            request = None
        if len(walked.pager.counts) > before:
            walked.records += page.records
    return walked


def filled(page: Page) -> Page:
    """Return a page with the records that its body holds."""
    return Page(
        page.request,
        page.url,
        status=page.status,
        headers=page.headers,
        body=page.body,
        records=slice_records(page.body).records or (),
        error=page.error,
    )


def is_told_apart_by_its_type(member: type[PaginationStyle]) -> None:
    """`type` alone says which class reads the settings."""
    style = TypeAdapter(Pagination).validate_python(dict(member.example.settings))
    assert type(style) is member, f"{member.__name__} is not what its example's type leads to"
    assert member.model_fields["type"].default == member.example.settings["type"]


def speaks_its_example(member: type[PaginationStyle]) -> None:
    """Over real sockets, what goes out is what the example says, and every record comes once and in order."""
    example = member.example
    with spoken(example.exchanges) as state, opened(state.url) as api:
        walked = walk(of_example(member), api, state.url)
    assert not state.wrong, state.wrong
    assert len(state.asked) == len(example.exchanges), f"{len(state.asked)} of {len(example.exchanges)} were asked"
    assert [record.decode() for record in walked.records] == list(example.records)
    assert walked.pager.complete
    assert walked.code is None


def stops_where_every_page_is_the_first(member: type[PaginationStyle]) -> None:
    """Where an API ignores what asks for the next page, it is asked at most twice, and it is said."""
    walked, count = _walked_over(member, member.example.exchanges[:1])
    goes_on = len(member.example.exchanges) > 1
    assert count == 1 + goes_on, f"asked {count} times"
    assert walked.code in ({"page-repeated", "page-loop"} if goes_on else {None})
    assert len(walked.records) == len(slice_records(member.example.exchanges[0].answer.encode()).records or ())


def stops_where_pages_come_in_a_circle(member: type[PaginationStyle]) -> None:
    """Two pages by turns are found out at the third question or before."""
    if len(member.example.exchanges) == 1:
        return
    walked, count = _walked_over(member, member.example.exchanges[:2])
    assert count <= 2 + 1, f"asked {count} times"
    if not walked.pager.complete:
        assert walked.code in {"page-repeated", "page-loop"}


def asks_no_other_host(member: type[PaginationStyle]) -> None:
    """Where a link leads to another host, by whatever spelling, not one byte goes there, and it is said."""
    style, asked = of_example(member), Request("{base}/things", params=_START)
    following = style.following(style.first(asked), _first_page(member, style.first(asked)))
    if following is None or not following.link:
        return
    links: list[str] = []
    answer = _answering(lambda _: (member.example.exchanges[0], {following.link: links[-1]}))
    with ServedApi(lambda _: Answered([])) as canary, answer as served, opened(served.url) as api:
        for hostile in HOSTILE:
            links.append(_spelled(hostile, canary.url, served.url))
            code = walk(style, api, served.url).code
            assert code in {"foreign-host", "invalid-url", "blocked-address"}, f"{links[-1]} gave {code}"
        assert len(served.asked) == len(HOSTILE)
        assert not canary.asked, [f"{asked.method} {asked.target}" for asked in canary.asked]


def keeps_what_was_asked(member: type[PaginationStyle]) -> None:
    """Address, method, header and credentials of the first request stay; of its query, what is not for paging."""
    style = of_example(member)
    asked = style.first(Request("https://api.example/v1/things", params=_START, headers={"A": "b"}, auth="/things"))
    following = style.following(asked, _first_page(member, asked))
    for request in [asked] if following is None else [asked, following]:
        assert (request.url, request.method, request.auth) == ("https://api.example/v1/things", "GET", "/things")
        assert request.params["status"] == "open"
        assert request.headers == {"A": "b"}


def ends_on_an_answer_without_a_body(member: type[PaginationStyle]) -> None:
    """Where an answer holds nothing, it names no next page."""
    style = of_example(member)
    asked = style.first(Request("https://api.example/things"))
    assert style.following(asked, Page(asked, asked.url, status=204)) is None


def refuses_unknown_settings_and_is_frozen(member: type[PaginationStyle]) -> None:
    """Surplus settings are refused, and nothing can be changed later."""
    assert _is_refused(lambda: member.model_validate({**member.example.settings, "surplus": 1}))
    style = of_example(member)
    assert _is_refused(lambda: setattr(style, "type", "other")), f"{member.__name__} can be changed"


CHECKS: tuple[Callable[[type[PaginationStyle]], None], ...] = (
    is_told_apart_by_its_type,
    speaks_its_example,
    stops_where_every_page_is_the_first,
    stops_where_pages_come_in_a_circle,
    asks_no_other_host,
    keeps_what_was_asked,
    ends_on_an_answer_without_a_body,
    refuses_unknown_settings_and_is_frozen,
)


def _walked_over(member: type[PaginationStyle], exchanges: Sequence[Exchanged]) -> tuple[Walked, int]:
    """Walk an API that gives these answers by turns, whatever it is asked; returns how often it was asked too."""
    by_turns = _answering(lambda before: (exchanges[before % len(exchanges)], {}))
    with by_turns as served, opened(served.url) as api:
        return walk(of_example(member), api, served.url), len(served.asked)


def _answering(choose: Callable[[int], tuple[Exchanged, Mapping[str, str]]]) -> ServedApi:
    """Return a server that gives the answer chosen by how often it was asked before, with texts of it replaced."""

    def answer(_: Asked) -> Answered:
        exchanged, replaced = choose(len(api.asked) - 1)
        return _answer(exchanged, {**replaced, "{base}": api.url})

    api = ServedApi(answer)
    return api


def _spelled(hostile: str, foreign: str, own: str) -> str:
    host, canary = own.partition("//")[2], foreign.partition("//")[2]
    return hostile.format(foreign=foreign, canary=canary, host=host, port=canary.partition(":")[2])


def _first_page(member: type[PaginationStyle], asked: Request) -> Page:
    """Return the first answer of the example, `{base}` left as it is."""
    first = member.example.exchanges[0]
    headers = {name.lower(): text for name, text in first.answer_headers.items()}
    return filled(Page(asked, asked.url, status=first.status, headers=headers, body=first.answer.encode()))


def _answer(exchanged: Exchanged, replaced: Mapping[str, str]) -> Answered:
    body, headers = exchanged.answer, dict(exchanged.answer_headers)
    for old, new in replaced.items():
        body = body.replace(old, json.dumps(new)[1:-1])
        headers = {name: text.replace(old, new) for name, text in headers.items()}
    return Answered(body.encode(), exchanged.status, {"Content-Type": "application/json", **headers})


def _is_refused(action: Callable[[], object]) -> bool:
    try:
        action()
    except ValidationError:
        return True
    return False
