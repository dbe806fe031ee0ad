"""What is guessed of how a list goes on, how it tells changes, and how one proves who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spectra.discovery.description import ApiDescription, Parameter, SecurityScheme, Shape
from spectra.discovery.guessing.auth import auth_of
from spectra.discovery.guessing.hierarchy import hierarchy_of
from spectra.discovery.guessing.incremental import incremental_of
from spectra.discovery.guessing.listings import listings, reads
from spectra.discovery.guessing.pagination import pagination_of
from spectra.discovery.guessing.probe import probe_of
from spectra.discovery.guessing.sound import sound
from tests.unit.described import BASIC, NUMBER, TEXT, THING, asked, described, get, list_of, record, wrapped

if TYPE_CHECKING:
    from spectra.discovery.description import Operation
    from spectra.discovery.guessing.guess import Guess

LIMIT = asked("limit", "integer", maximum=500)
URI = Shape("string", format="uri")


def paged(answer: Shape, *query: Parameter | str, **more: Any) -> Guess | None:
    (found,) = listings(reads(described(get("/widgets", answer, *query, **more))))
    guesses = pagination_of(found)
    assert all(sound(guess) for guess in guesses if guess.stands)
    return guesses[0] if guesses else None


@pytest.mark.parametrize(
    ("answer", "query", "value"),
    [
        (
            list_of(THING),
            ("page", LIMIT),
            {"type": "page_number", "page_param": "page", "size_param": "limit", "size": 500},
        ),
        (
            list_of(THING),
            (asked("page[number]", "integer", default=0), asked("page[size]", "integer", default=30)),
            {
                "type": "page_number",
                "page_param": "page[number]",
                "size_param": "page[size]",
                "size": 30,
                "first_page": 0,
            },
        ),
        (
            list_of(THING),
            ("offset", LIMIT),
            {"type": "offset", "offset_param": "offset", "size_param": "limit", "size": 500},
        ),
        (
            list_of(THING),
            (asked("$skip", "integer"), asked("$top", "integer", description="at most, maximum 50")),
            {"type": "offset", "offset_param": "$skip", "size_param": "$top", "size": 50},
        ),
        (
            list_of(THING),
            (asked("startAt", "integer"), asked("maxResults", "integer", maximum=2**63)),
            {"type": "offset", "offset_param": "startAt", "size_param": "maxResults", "size": 100},
        ),
        (
            wrapped("items", THING, nextPageToken=TEXT),
            ("pageToken",),
            {"type": "page_token", "token": "nextPageToken", "token_param": "pageToken"},
        ),
        (
            wrapped("members", THING, response_metadata=record("next_cursor")),
            ("cursor", LIMIT),
            {
                "type": "page_token",
                "token": "response_metadata.next_cursor",
                "token_param": "cursor",
                "size_param": "limit",
                "size": 500,
            },
        ),
        (
            wrapped("items", THING, metadata=Shape("object", {"continue": TEXT})),
            ("continue",),
            {"type": "page_token", "token": "metadata.continue", "token_param": "continue"},
        ),
        (wrapped("data", THING, links=record("next", "prev")), (), {"type": "next_url", "url": "links.next"}),
        (wrapped("value", THING, **{"@odata.nextLink": TEXT}), (), {"type": "next_url", "url": "@odata.nextLink"}),
        (
            wrapped("data", THING, _links=Shape("object", {"next": record("href")})),
            (),
            {"type": "next_url", "url": "_links.next.href"},
        ),
        (wrapped("results", THING, next=URI, previous=URI), (), {"type": "next_url", "url": "next"}),
        (
            wrapped("query", THING, **{"continue": record("offset", "continue")}),
            (),
            {"type": "continuation", "path": "continue"},
        ),
        (
            wrapped("Resources", THING, totalResults=NUMBER),
            (asked("startIndex", "integer"), asked("count", "integer", maximum=40)),
            {"type": "scim", "size": 40},
        ),
        (
            list_of(THING),
            ("starting_after", LIMIT),
            {"type": "keyset", "fields": {"id": "starting_after"}, "size_param": "limit", "size": 500},
        ),
        (
            list_of(THING),
            (asked("since", "integer", description="A user ID. Only those after it."), LIMIT),
            {"type": "keyset", "fields": {"id": "since"}, "size_param": "limit", "size": 500},
        ),
    ],
)
def test_a_style_is_told_from_parameters_and_answer(
    answer: Shape, query: tuple[Parameter | str, ...], value: dict[str, Any]
) -> None:
    found = paged(answer, *query)
    assert found is not None
    assert (found.value, found.stands) == (value, True)


@pytest.mark.parametrize(
    ("headers", "query", "value"),
    [
        (("link",), ("page", LIMIT), {"type": "link_header", "size_param": "limit", "size": 500}),
        (("next-page",), (), {"type": "next_header", "header": "next-page"}),
        (
            ("x-next-page",),
            ("page", LIMIT),
            {"type": "page_number", "page_param": "page", "size_param": "limit", "size": 500},
        ),
    ],
)
def test_a_style_is_told_from_the_headers_of_an_answer(
    headers: tuple[str, ...], query: tuple[Parameter | str, ...], value: dict[str, Any]
) -> None:
    found = paged(list_of(THING), *query, answer_headers=headers)
    assert found is not None
    assert (found.value, found.confidence) == (value, "high")


@pytest.mark.parametrize(
    ("answer", "query"),
    [
        (list_of(THING), ("page",)),
        (list_of(THING), ("_token", LIMIT)),
        (wrapped("data", THING, next=TEXT), ()),
    ],
)
def test_half_a_style_is_a_doubtful_guess(answer: Shape, query: tuple[Parameter | str, ...]) -> None:
    found = paged(answer, *query)
    assert found is not None
    assert found.confidence == "low"


def test_a_list_that_shows_no_style_gets_none() -> None:
    assert paged(list_of(THING), "colour", asked("page", choices=("home", "about"))) is None


def changes(item: Shape, *query: Parameter | str, **more: Any) -> Guess | None:
    (found,) = listings(reads(described(get("/widgets", list_of(item), *query, **more))))
    guess = incremental_of(found)
    assert guess is None or not guess.stands or sound(guess)
    return guess


UPDATED = record("id", "updated_at")


@pytest.mark.parametrize(
    ("item", "parameter", "value"),
    [
        (UPDATED, asked("updated_since", format="date-time"), ("updated_at", "updated_since", "iso")),
        (record("lastModified"), asked("modifiedAfter", format="date"), ("lastModified", "modifiedAfter", "date")),
        (UPDATED, asked("updatedMin", "integer", description="Unix time"), ("updated_at", "updatedMin", "epoch_s")),
        (UPDATED, asked("updated_at[gte]", "integer", maximum=2.0**63), ("updated_at", "updated_at[gte]", "epoch_ms")),
        (
            UPDATED,
            asked("since", description="Only those updated after it, as ISO 8601"),
            ("updated_at", "since", "iso"),
        ),
        (
            record("id", updated=Shape("string", format="date-time")),
            asked("changed_after"),
            ("updated", "changed_after", "iso"),
        ),
    ],
)
def test_a_filter_on_changes_is_told_with_the_form_of_its_times(
    item: Shape, parameter: Parameter, value: tuple[str, str, str]
) -> None:
    found = changes(item, parameter)
    assert found is not None
    assert (tuple(found.value.values()), found.confidence) == (value, "high")


def test_a_filter_stands_where_the_api_filters_by_the_field_too() -> None:
    since = asked("_since", "integer", maximum=2.0**63)
    found = changes(Shape("object"), since, asked("last_modified", "integer"))
    assert found is not None
    assert (found.value["field"], found.confidence) == ("last_modified", "medium")


@pytest.mark.parametrize(
    ("item", "parameter"),
    [
        (record("id", "created_at"), asked("updated_since", format="date-time")),
        (UPDATED, asked("since", description="The start of the range", format="date-time")),
        (UPDATED, asked("updated_since")),
        (UPDATED, asked("updated_since", "integer")),
    ],
)
def test_a_filter_that_may_mean_something_else_is_doubtful(item: Shape, parameter: Parameter) -> None:
    found = changes(item, parameter)
    assert found is not None
    assert found.confidence == "low"


def test_a_header_that_filters_is_named_but_cannot_stand() -> None:
    header = Parameter("If-Modified-Since", "header")
    operation = get("/widgets", list_of(UPDATED))
    (found,) = listings(reads(described(with_parameter(operation, header))))
    guess = incremental_of(found)
    assert guess is not None
    assert (guess.confidence, guess.value["param"]) == ("low", "If-Modified-Since")


def with_parameter(operation: Operation, parameter: Parameter) -> Operation:
    return get(operation.path, operation.answer, *operation.parameters, parameter)


def key(name: str, **more: Any) -> SecurityScheme:
    return SecurityScheme(name, "api_key", **more)


ME = get("/me", record("id"))
OAUTH = SecurityScheme(
    "oauth",
    "oauth2",
    flows={"clientCredentials": "https://id.example/token"},
    scopes=("items.read", "items.write"),
)
PERSON = SecurityScheme("person", "oauth2", flows={"authorizationCode": "https://id.example/token"})
IMPLICIT = SecurityScheme("implicit", "oauth2", flows={"implicit": ""})


def taken(description: ApiDescription) -> dict[str, Any]:
    found = auth_of(description, reads(description), "acme")
    assert found.taken.value["type"] == "none" or sound(found.taken)
    return dict(found.taken.value)


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        (BASIC, {"type": "basic", "user": "${env:ACME_USER}", "password": "secret://ACME_PASSWORD"}),
        (SecurityScheme("b", "bearer"), {"type": "bearer", "token": "secret://ACME_TOKEN"}),
        (
            key("k", place="header", parameter="X-Key"),
            {"type": "api_key", "header": "X-Key", "value": "secret://ACME_API_KEY"},
        ),
        (
            key("k", place="query", parameter="api_key"),
            {"type": "api_key", "query": "api_key", "value": "secret://ACME_API_KEY"},
        ),
        (
            key("k", place="cookie", parameter="session"),
            {"type": "api_key", "cookie": "session", "value": "secret://ACME_API_KEY"},
        ),
        (
            key("BearerToken", place="header", parameter="authorization"),
            {"type": "bearer", "token": "secret://ACME_TOKEN"},
        ),
        (
            OAUTH,
            {
                "type": "oauth2_client_credentials",
                "token_url": "https://id.example/token",
                "client_id": "${env:ACME_CLIENT_ID}",
                "client_secret": "secret://ACME_CLIENT_SECRET",
                "scopes": ("items.read",),
            },
        ),
        (PERSON, {"type": "bearer", "token": "secret://ACME_TOKEN"}),
        (IMPLICIT, {"type": "bearer", "token": "secret://ACME_TOKEN"}),
    ],
)
def test_a_security_scheme_becomes_an_auth(scheme: SecurityScheme, value: dict[str, Any]) -> None:
    assert taken(described(ME, schemes=(scheme,))) == value


@pytest.mark.parametrize(
    "scheme",
    [
        key("k", place="header", parameter="no header at all\n"),
        key("k", place="query", parameter="${env:HOME}"),
        SecurityScheme("o", "other"),
        SecurityScheme("s", "session"),
    ],
)
def test_a_scheme_that_no_definition_can_meet_leaves_none_with_low_confidence(scheme: SecurityScheme) -> None:
    description = described(ME, schemes=(scheme,))
    found = auth_of(description, reads(description), "acme")
    assert (found.taken.value, found.taken.confidence) == ({"type": "none"}, "low")
    assert found.others


@pytest.mark.parametrize("url", ["https://evil.example/${env:HOME}", "http://id.example/token", "ftp://x", ""])
def test_a_token_address_that_pulls_in_a_variable_or_is_not_safe_never_stands(url: str) -> None:
    scheme = SecurityScheme("oauth", "oauth2", flows={"clientCredentials": url, "authorizationCode": url})
    description = described(ME, schemes=(scheme,))
    found = auth_of(description, reads(description), "acme")
    assert found.taken.value == {"type": "bearer", "token": "secret://ACME_TOKEN"}
    assert not any("${env:HOME}" in str(each.value) for each in (found.taken, *found.others))


def test_of_several_ways_the_one_that_needs_no_person_is_taken_and_the_others_are_shown() -> None:
    description = described(ME, schemes=(PERSON, BASIC))
    found = auth_of(description, reads(description), "acme")
    assert (found.taken.value["type"], found.taken.confidence) == ("basic", "high")
    assert [each.value["type"] for each in found.others] == ["bearer", "oauth2_refresh_token"]
    assert {each.confidence for each in found.others} == {"low"}


def test_endpoints_that_want_another_auth_get_it_where_they_are_many_and_keys_share_no_secret() -> None:
    one, two = key("one", place="header", parameter="X-One"), key("two", place="header", parameter="X-Two")
    admin = get("/admin", THING, security=(("two",),))
    public = get("/public", THING, security=((),))
    description = described(ME, admin, public, schemes=(one, two), default_security=(("one",),))
    found = auth_of(description, reads(description), "acme")
    assert found.taken.value["value"] == "secret://ACME_API_KEY"
    assert [(each.subject, each.value["header"], each.value["value"], each.stands) for each in found.by_path] == [
        ("endpoints./admin.auth", "X-Two", "secret://ACME_TWO_API_KEY", True)
    ]


def test_what_few_endpoints_want_is_only_suggested() -> None:
    one, two = key("one", place="header", parameter="X-One"), key("two", place="header", parameter="X-Two")
    many = [get(f"/things{number}", THING) for number in range(20)]
    admin = get("/admin", THING, security=(("two",),))
    description = described(*many, admin, schemes=(one, two), default_security=(("one",),))
    assert [each.confidence for each in auth_of(description, reads(description), "acme").by_path] == ["low"]


def test_schemes_wanted_together_cannot_be_met_in_full_and_it_is_said() -> None:
    one, two = key("one", place="header", parameter="X-One"), key("two", place="header", parameter="X-Two")
    description = described(ME, schemes=(one, two), default_security=(("one", "two"),))
    found = auth_of(description, reads(description), "acme").taken
    assert found.confidence == "medium"
    assert "wanted with another" in found.reason


def test_parameters_that_look_like_credentials_stand_in_for_schemes() -> None:
    asking = Parameter("X-Api-Key", "header")
    description = described(get("/me", THING, asking), get("/things", list_of(THING), asking), schemes=())
    assert taken(description)["header"] == "X-Api-Key"


def probe(*operations: Operation, scheme: str = "basic", **more: Any) -> tuple[str, str] | None:
    description = described(*operations, **more)
    known = reads(description)
    found = probe_of(description, known, scheme, hierarchy_of(listings(known), known).top_first())
    return None if found is None else (found.value, found.confidence)


def test_the_probe_is_what_tells_of_oneself_then_the_list_that_most_hang_under_then_anything() -> None:
    lists = [get("/a", list_of(THING)), get("/b", list_of(THING)), get("/b/{b_id}/cs", list_of(THING))]
    other = get("/settings", record("colour"))
    assert probe(*lists, other, get("/users/@me", record("id"))) == ("/users/@me", "high")
    assert probe(*lists, other) == ("/b", "medium")
    assert probe(other) == ("/settings", "medium")


@pytest.mark.parametrize(
    "operation",
    [
        get("/me/{id}", THING),
        get("/me", THING, asked("name", required=True)),
        get("/logout", THING),
        get("/me", THING, deprecated=True),
        get("/me", THING, security=()),
        get("/me", THING, security=((), ("basic",))),
    ],
)
def test_what_needs_an_id_or_no_credentials_or_acts_is_no_probe(operation: Operation) -> None:
    assert probe(operation, get("/x/{id}", THING)) is None
