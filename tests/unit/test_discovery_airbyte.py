from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.discovery.carrying.airbyte.manifest import is_airbyte, read_airbyte
from spectra.discovery.carrying.airbyte.templates import parts_of
from spectra.discovery.carrying.setting import Code, Word
from spectra.errors import ImportUnreadableError
from tests.unit.carried import loaded, named

if TYPE_CHECKING:
    from spectra.discovery.carrying.carried import Carried

DESK = """\
version: 6.1.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [Teams]}
definitions:
  requester:
    type: HttpRequester
    url_base: https://{{ config['subdomain'] }}.desk.example.com/api/v2/
    request_headers: {Accept: application/json}
    authenticator:
      $ref: "#/definitions/auth"
    error_handler:
      type: DefaultErrorHandler
      max_retries: 4
      response_filters:
        - {type: HttpResponseFilter, http_codes: [429, 503], action: RETRY}
        - {type: HttpResponseFilter, http_codes: [404], action: IGNORE}
        - {type: HttpResponseFilter, predicate: "{{ 'error' in response }}", action: FAIL}
  auth: {type: BearerAuthenticator, api_token: "{{ config['credentials']['api_key'] }}"}
  selector:
    type: RecordSelector
    extractor: {type: DpathExtractor, field_path: ["{{ parameters['list'] }}", "*"]}
  paginator:
    type: DefaultPaginator
    page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}
    page_size_option: {type: RequestOption, inject_into: request_parameter, field_name: limit}
    pagination_strategy:
      type: CursorPagination
      cursor_value: "{{ response.get('meta', {}).get('next') }}"
      page_size: 50
  teams:
    type: DeclarativeStream
    name: Teams
    primary_key: [id]
    $parameters: {list: teams}
    retriever: &retriever
      type: SimpleRetriever
      requester: {$ref: "#/definitions/requester", path: teams, request_parameters: {archived: "false"}}
      record_selector: {$ref: "#/definitions/selector"}
      paginator: {$ref: "#/definitions/paginator"}
    schema_loader: {type: InlineSchemaLoader, schema: {type: object}}
  unused: {type: DeclarativeStream, name: Unused}
streams:
  - "#/definitions/teams"
  - type: DeclarativeStream
    name: Team Tickets
    primary_key: [[ticket, id]]
    $parameters: {list: tickets, path: "teams/{{ stream_partition.team_id }}/tickets"}
    retriever:
      type: SimpleRetriever
      requester: {$ref: "#/definitions/requester"}
      record_selector: {$ref: "#/definitions/selector"}
      paginator: "#/definitions/paginator"
      partition_router:
        type: SubstreamPartitionRouter
        parent_stream_configs:
          - type: ParentStreamConfig
            parent_key: id
            partition_field: team_id
            stream: {$ref: "#/definitions/teams"}
    incremental_sync:
      type: DatetimeBasedCursor
      cursor_field: changed_at
      datetime_format: "%Y-%m-%dT%H:%M:%SZ"
      start_datetime: "{{ config['start_date'] }}"
      start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: changed_since}
    transformations:
      - {type: AddFields, fields: []}
concurrency_level: {type: ConcurrencyLevel, default_concurrency: 4}
api_budget:
  type: HTTPAPIBudget
  policies:
    - {type: MovingWindowCallRatePolicy, rates: [{limit: 120, interval: PT1M}], matchers: []}
spec:
  type: Spec
  connection_specification: {type: object, properties: {api_key: {type: string, airbyte_secret: true}}}
"""

DESK_DRAFT = """\
# Carried over from an Airbyte manifest, desk.yaml.
# Check it with `spectra validate desk`; nothing is sent by that.
source: desk
name: desk
base_url: 'https://${env:DESK_SUBDOMAIN}.desk.example.com/api/v2'

auth: {type: bearer, token: 'secret://DESK_API_KEY', probe: /teams}
limits: {concurrency: 4, requests_per_second: 2.0, attempts: 5}
catalogue: {file: desk.endpoints.json}

ids: {team_id: teams.id}
entities:
  teams:
    endpoint: /teams
    key: [id]
    records: teams
    pagination: {type: page_token, token: meta.next, token_param: cursor, size_param: limit, size: 50}
  team_tickets:
    endpoint: '/teams/{team_id}/tickets'
    key: [ticket.id]
    parents: [teams]
    records: tickets
    pagination: {type: page_token, token: meta.next, token_param: cursor, size_param: limit, size: 50}
    incremental: {field: changed_at, param: changed_since, format: iso}
roots: {entity: teams}
expect: {levels: [teams, team_tickets]}
outcomes:
  - {status: 404, endpoint: /teams, means: empty}
  - {status: 404, endpoint: '/teams/{team_id}/tickets', means: empty}
"""

DESK_UNMAPPED = [
    "desk.yaml:8 definitions.requester.request_headers",
    "desk.yaml:17 a response filter",
    "desk.yaml:40 definitions.teams.schema_loader",
    "desk.yaml:41 definitions.unused",
    "desk.yaml:64 streams[1].incremental_sync.start_datetime",
    "desk.yaml:67 streams[1].transformations",
]


def stream(name: str = "things", requester: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    retriever = {name: more.pop(name) for name in ("paginator", "partition_router", "record_selector") if name in more}
    asked = {"type": "HttpRequester", "url_base": "https://api.example.com/v1", "path": name} | (requester or {})
    return {
        "type": "DeclarativeStream",
        "name": name,
        "retriever": {"type": "SimpleRetriever", "requester": asked} | retriever,
    } | more


def read(*streams: Any, **more: Any) -> Carried:
    whole = {"version": "6.1.0", "type": "DeclarativeSource", "streams": list(streams)} | more
    return read_airbyte(json.dumps(whole), "ex.json", "ex")


def paginator(strategy: dict[str, Any], token: dict[str, Any] | None = None, size: str | None = None) -> dict[str, Any]:
    option = {"type": "RequestOption", "inject_into": "request_parameter"}
    made: dict[str, Any] = {"type": "DefaultPaginator", "pagination_strategy": strategy}
    made |= {"page_token_option": token} if token else {}
    return made | ({"page_size_option": option | {"field_name": size}} if size else {})


def test_a_manifest_becomes_the_draft_one_would_write() -> None:
    carried = read_airbyte(DESK, "desk.yaml")

    assert carried.draft.text == DESK_DRAFT
    assert named(carried) == DESK_UNMAPPED
    assert carried.draft.environment == ("DESK_SUBDOMAIN", "DESK_API_KEY")
    assert carried.rows[0]["path"] == "/teams?archived=false"
    assert loaded(carried).entities["team_tickets"].key == ("ticket.id",)


LOGIN = {
    "type": "HttpRequester",
    "url_base": "https://api.example.com/v1",
    "path": "login",
    "http_method": "POST",
    "request_body_json": {"user": "ci", "password": "{{ config['password'] }}"},
}


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({"type": "NoAuth"}, {"type": "none"}),
        (None, {"type": "none"}),
        (
            {"type": "BearerAuthenticator", "api_token": "{{ config.token }}"},
            {"type": "bearer", "token": "secret://EX_TOKEN"},
        ),
        (
            {"type": "ApiKeyAuthenticator", "header": "X-Key", "api_token": "{{ config['api_key'] }}"},
            {"type": "api_key", "header": "X-Key", "value": "secret://EX_API_KEY"},
        ),
        (
            {
                "type": "ApiKeyAuthenticator",
                "api_token": "{{ config.get('key') }}",
                "inject_into": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "apikey"},
            },
            {"type": "api_key", "query": "apikey", "value": "secret://EX_KEY"},
        ),
        (
            {"type": "ApiKeyAuthenticator", "header": "Authorization", "api_token": "Bearer {{ config['key'] }}"},
            {"type": "bearer", "token": "secret://EX_KEY"},
        ),
        (
            {"type": "BasicHttpAuthenticator", "username": "ci", "password": "{{ config['password'] }}"},
            {"type": "basic", "user": "ci", "password": "secret://EX_PASSWORD"},
        ),
        (
            {
                "type": "OAuthAuthenticator",
                "token_refresh_endpoint": "https://login.example.com/token",
                "client_id": "{{ config['client_id'] }}",
                "client_secret": "{{ config['client_secret'] }}",
                "refresh_token": "{{ config['refresh_token'] }}",
                "scopes": ["read"],
            },
            {
                "type": "oauth2_refresh_token",
                "token_url": "https://login.example.com/token",
                "client_id": "secret://EX_CLIENT_ID",
                "client_secret": "secret://EX_CLIENT_SECRET",
                "refresh_token": "secret://EX_REFRESH_TOKEN",
                "send": "body",
                "scopes": ("read",),
            },
        ),
        (
            {
                "type": "OAuthAuthenticator",
                "grant_type": "client_credentials",
                "token_refresh_endpoint": "https://api.example.com/v1/token",
                "client_id": "reports",
                "client_secret": "{{ config['client_secret'] }}",
                "refresh_request_body": {"audience": "things", "realm": "a"},
            },
            {
                "type": "oauth2_client_credentials",
                "token_url": "/token",
                "client_id": "reports",
                "client_secret": "secret://EX_CLIENT_SECRET",
                "audience": "things",
                "params": {"realm": "a"},
            },
        ),
        (
            {
                "type": "JwtAuthenticator",
                "secret_key": "{{ config['private_key'] }}",
                "algorithm": "ES256",
                "token_duration": 600,
                "jwt_headers": {"kid": "k1"},
                "jwt_payload": {"iss": "me", "aud": "them"},
                "additional_jwt_payload": {"scope": "all"},
            },
            {
                "type": "jwt",
                "key": "secret://EX_PRIVATE_KEY",
                "algorithm": "ES256",
                "lifetime_seconds": "600",
                "key_id": "k1",
                "issuer": "me",
                "audience": "them",
                "claims": {"scope": "all"},
            },
        ),
        (
            {
                "type": "SessionTokenAuthenticator",
                "login_requester": LOGIN,
                "session_token_path": ["data", "token"],
                "expiration_duration": "PT1H",
                "request_authentication": {"type": "Bearer"},
            },
            {
                "type": "session",
                "login": "/login",
                "token": "data.token",
                "prefix": "Bearer ",
                "lasts_seconds": "3600.0",
            },
        ),
        (
            {
                "type": "SessionTokenAuthenticator",
                "login_requester": LOGIN,
                "session_token_path": ["id"],
                "request_authentication": {
                    "type": "ApiKey",
                    "inject_into": {"inject_into": "header", "field_name": "X-Session"},
                },
            },
            {"type": "session", "header": "X-Session", "prefix": "", "encoding": "json"},
        ),
        (
            {
                "type": "LegacySessionTokenAuthenticator",
                "login_url": "session",
                "username": "ci",
                "password": "{{ config['password'] }}",
                "header": "X-Session",
                "session_token_response_key": "id",
            },
            {"type": "session", "login": "/session", "token": "id", "header": "X-Session"},
        ),
    ],
)
def test_each_kind_of_authenticator_comes_over(auth: Any, expected: dict[str, Any]) -> None:
    carried = read(stream(requester={"authenticator": auth}))

    found = loaded(carried).auth.model_dump(mode="python")
    shown = {
        name: found[name] if isinstance(value, tuple | dict) else str(found[name]) for name, value in expected.items()
    }
    assert shown == expected
    assert not carried.unmapped


@pytest.mark.parametrize(
    ("auth", "listed"),
    [
        ({"type": "CustomAuthenticator", "class_name": "a.B"}, "the authenticator CustomAuthenticator"),
        ({"type": "SelectiveAuthenticator", "authenticators": {}}, "the authenticator SelectiveAuthenticator"),
        ({"type": "OAuthAuthenticator", "grant_type": "password"}, "the authenticator OAuthAuthenticator"),
        ({"type": "JwtAuthenticator", "secret_key": "{{ config.k }}", "algorithm": "ES256K"}, "auth of type jwt"),
        ("who knows", "the authenticator of no known form"),
        (
            {"type": "ApiKeyAuthenticator", "header": "X-Key", "api_token": "Token {{ config['k'] }}"},
            "the text before the secret in header X-Key",
        ),
        ({"type": "BasicHttpAuthenticator", "username": "{{ config['k'] }}"}, "the empty password"),
    ],
)
def test_an_authenticator_without_its_like_is_listed(auth: Any, listed: str) -> None:
    carried = read(stream(requester={"authenticator": auth}))

    assert named(carried) == [f"ex.json:1 {listed}"]
    loaded(carried)


def test_a_user_name_that_stands_alone_is_taken_for_a_secret() -> None:
    basic = {"type": "BasicHttpAuthenticator", "username": "planted-key-1", "password": ""}

    carried = read(stream(requester={"authenticator": basic}))

    assert "planted-key-1" not in repr(carried)
    assert "secret-left-behind" in [each.code for each in carried.unmapped]


PARAMETER = {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "p"}
AS_PATH = {"type": "RequestPath"}


@pytest.mark.parametrize(
    ("given_paginator", "expected"),
    [
        ({"type": "NoPagination"}, {"type": "none"}),
        (
            paginator({"type": "PageIncrement", "page_size": 20, "start_from_page": 1}, PARAMETER, "n"),
            {"type": "page_number", "page_param": "p", "size_param": "n", "size": 20, "first_page": 1},
        ),
        (
            paginator({"type": "OffsetIncrement", "page_size": 20}, PARAMETER, "n"),
            {"type": "offset", "offset_param": "p", "size_param": "n", "size": 20},
        ),
        (
            paginator({"type": "CursorPagination", "cursor_value": "{{ response['meta']['next'] }}"}, PARAMETER),
            {"type": "page_token", "token": "meta.next", "token_param": "p"},
        ),
        (
            paginator({"type": "CursorPagination", "cursor_value": "{{ response.links[0].href }}"}, AS_PATH),
            {"type": "next_url", "url": "links.0.href"},
        ),
        (
            paginator({"type": "CursorPagination", "cursor_value": "{{ headers['link']['next']['url'] }}"}, AS_PATH),
            {"type": "link_header", "rel": "next"},
        ),
        (
            paginator({"type": "CursorPagination", "cursor_value": "{{ headers['Next-Page'] }}"}, AS_PATH),
            {"type": "next_header", "header": "Next-Page"},
        ),
        (
            paginator(
                {"type": "CursorPagination", "cursor_value": "{{ last_record['id'] }}", "page_size": 5}, PARAMETER, "n"
            ),
            {"type": "keyset", "fields": {"id": "p"}, "size_param": "n", "size": 5},
        ),
    ],
)
def test_each_kind_of_paginator_comes_over(given_paginator: Any, expected: dict[str, Any]) -> None:
    carried = read(stream(paginator=given_paginator))

    found = loaded(carried).entities["things"].pagination.model_dump()
    assert {name: found[name] for name in expected} == expected
    assert not carried.unmapped


@pytest.mark.parametrize(
    "given_paginator",
    [
        paginator({"type": "CustomPaginationStrategy", "class_name": "a.B"}, PARAMETER),
        paginator({"type": "CursorPagination", "cursor_value": "{{ response.page + 1 }}"}, PARAMETER),
        paginator({"type": "CursorPagination", "cursor_value": "{{ headers['x-next'] }}"}, PARAMETER),
        paginator({"type": "PageIncrement", "page_size": 5}, {"inject_into": "body_json", "field_name": "page"}),
        {"type": "DefaultPaginator"},
    ],
)
def test_a_paginator_without_its_like_is_listed(given_paginator: Any) -> None:
    carried = read(stream(paginator=given_paginator))

    assert [each.rpartition(" with ")[0] for each in named(carried)] == ["ex.json:1 the paginator"]
    assert loaded(carried).entities["things"].pagination.type == "none"


def parent(**more: Any) -> dict[str, Any]:
    config = {
        "type": "ParentStreamConfig",
        "parent_key": "id",
        "partition_field": "group",
        "stream": stream("groups"),
    } | more
    return {"type": "SubstreamPartitionRouter", "parent_stream_configs": [config]}


def test_a_parent_that_is_no_stream_of_its_own_is_read_too() -> None:
    option = {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "group_id"}

    definition = loaded(read(stream(partition_router=parent(request_option=option))))

    assert definition.entities["things"].query == {"group_id": "groups.id"}
    assert "groups" in definition.entities


def test_a_parent_may_stand_in_a_parameter() -> None:
    asked = {"request_parameters": {"in": "{{ stream_slice['group'] }}", "since": "{{ stream_interval.start_time }}"}}
    sync = {"type": "DatetimeBasedCursor", "cursor_field": "at", "datetime_format": "%s"}

    entity = loaded(read(stream(requester=asked, partition_router=[parent()], incremental_sync=sync))).entities[
        "things"
    ]

    assert entity.query == {"in": "groups.id"}
    assert entity.incremental is not None
    assert (entity.incremental.param, entity.incremental.format) == ("since", "epoch_s")


@pytest.mark.parametrize(
    ("form", "expected"),
    [("%ms", "epoch_ms"), ("%Y-%m-%d", "date"), ("%Y-%m-%dT%H:%M:%S.%f%z", "iso"), ("%d/%m/%Y", None), ("", None)],
)
def test_the_form_of_times_comes_over_where_there_is_one(form: str, expected: str | None) -> None:
    sync = {
        "type": "DatetimeBasedCursor",
        "cursor_field": "at",
        "datetime_format": form,
        "start_time_option": PARAMETER,
    }

    carried = read(stream(incremental_sync=sync))

    found = loaded(carried).entities["things"].incremental
    assert (found.format if found else None) == expected
    assert bool(carried.unmapped) == (expected is None)


def test_streams_with_auth_of_their_own_keep_it() -> None:
    bearer, key = (
        {"type": "BearerAuthenticator", "api_token": "{{ config['a'] }}"},
        {"type": "ApiKeyAuthenticator", "header": "X-Key", "api_token": "{{ config['b'] }}"},
    )
    asked = [stream(name, {"authenticator": auth}) for name, auth in (("a", bearer), ("b", key), ("c", bearer))]

    definition = loaded(read(*asked))

    assert definition.auth.type == "bearer"
    assert {path: each.auth.type for path, each in definition.endpoints.items() if each.auth} == {"/b": "api_key"}


def test_a_whole_url_is_split_into_base_and_path() -> None:
    asked = {
        "url_base": None,
        "path": None,
        "url": "https://api.example.com/v1/groups/{{ stream_partition.group }}/things",
    }

    definition = loaded(read(stream(requester=asked, partition_router=parent())))

    assert definition.base_url == "https://api.example.com"
    assert definition.entities["things"].endpoint == "/v1/groups/{group}/things"
    assert definition.entities["groups"].endpoint == "/v1/groups"


def test_what_a_definition_has_no_like_of_is_listed() -> None:
    carried = read(
        stream("a", {"type": "CustomRequester", "class_name": "x.Y"}),
        stream("b", {"http_method": "POST", "request_body_json": {"a": 1}}),
        stream("c", partition_router={"type": "ListPartitionRouter", "values": ["x"], "cursor_field": "y"}),
        stream("d", {"path": "d/{{ config['workspace'] }}"}),
        stream("e", incremental_sync={"type": "IncrementingCountCursor", "cursor_field": "n"}),
        {"type": "ConditionalStreams", "condition": "{{ config.x }}", "streams": [stream("f")]},
        {"type": "DeclarativeStream", "name": "g", "retriever": {"type": "AsyncRetriever"}},
        stream(
            "h",
            record_selector={"extractor": {"type": "CustomRecordExtractor", "class_name": "x.Y"}, "record_filter": {}},
        ),
        {"$ref": "#/definitions/none"},
        dynamic_streams=[],
    )

    assert sorted(each.removeprefix("ex.json:1 ") for each in named(carried)) == [
        "a stream without a plain name",
        "config.workspace in the path",
        "dynamic_streams",
        "entity b",
        "entity d",
        "incremental_sync",
        "streams[1].retriever.requester.request_body_json",
        "streams[7].retriever.record_selector.record_filter",
        "the condition of streams",
        "the extractor",
        "the partition router ListPartitionRouter",
        "the reference '#/definitions/none'",
        "the stream a (SimpleRetriever, CustomRequester)",
        "the stream g (AsyncRetriever, missing)",
    ]
    assert sorted(loaded(carried).entities) == ["c", "e", "f", "h"]


def test_circles_of_references_end() -> None:
    definitions = {
        "a": {"$ref": "#/definitions/b"},
        "b": {"$ref": "#/definitions/a"},
        "self": stream("self", partition_router=parent(stream={"$ref": "#/definitions/self"})),
    }

    carried = read({"$ref": "#/definitions/a"}, {"$ref": "#/definitions/self"}, definitions=definitions)

    assert "ex.json:1 a stream without a plain name" in named(carried)
    assert list(loaded(carried).entities) == ["self"]


def test_a_file_with_tabs_and_characters_in_two_halves_is_read() -> None:
    text = '{\n\t"type": "DeclarativeSource", "note": "\\\\ud83d \\ud83d\\ude00",\n\t"note": 1, "streams": []}'

    assert named(read_airbyte(text, "ex.json", "ex")) == ["ex.json:2 note", "ex.json:3:2 note"]


def test_a_plain_secret_is_left_behind_with_the_name_to_set() -> None:
    carried = read(
        stream(
            requester={
                "authenticator": {"type": "BearerAuthenticator", "api_token": "planted-token-1"},
                "request_parameters": {"api_key": "planted-key-2"},
            }
        ),
    )

    assert "planted" not in carried.draft.text + repr(carried)
    assert sorted(each.code for each in carried.unmapped) == ["secret-left-behind", "secret-left-behind"]
    assert "secret://EX_TOKEN" in carried.draft.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ("plain",)),
        ("{{ config['a']['b'] }}", (Word("config", ("a", "b")),)),
        ('{{config["a"].b | string}}', (Word("config", ("a", "b")),)),
        ("x{{ response.get('a', {}).get('b') }}y", ("x", Word("response", ("a", "b")), "y")),
        ("{{ config['url'] or 'https://a.example.com' }}/v1", ("https://a.example.com", "/v1")),
        ("{{ config.get('url', 'https://a.example.com') }}", ("https://a.example.com",)),
        ("{{ now_utc() }}", (Code("a template that calculates"),)),
        (
            "{% if x %}a{% endif %}",
            (Code("a template that decides something"), "a", Code("a template that decides something")),
        ),
        ("{{ a.b + 1 }}", (Code("a template that calculates"),)),
        ("{{ unclosed", ("{{ unclosed",)),
        ("{{" * 500_000, (Code("a long template"),)),
    ],
)
def test_templates_are_taken_apart_and_never_evaluated(text: str, expected: tuple[Any, ...]) -> None:
    assert parts_of(text) == expected


@pytest.mark.parametrize(
    "text", ["", "[]", "17", "a: [", "a: &x [*x]", "[" * 60, "{" * 60, "- !!python/object:os.system x"]
)
def test_a_hostile_manifest_is_refused_by_name(text: str) -> None:
    with pytest.raises(ImportUnreadableError):
        read_airbyte(text, "ex.yaml")


NAMES = (
    *("type", "name", "$ref", "$parameters", "path", "url_base", "authenticator", "api_token", "header", "paginator"),
    *("primary_key", "request_parameters", "partition_router", "incremental_sync", "record_selector", "error_handler"),
    *("stream", "url", "http_method", "field_path", "extractor", "parent_stream_configs", "pagination_strategy"),
)
WORDS = ("#/definitions/a", "#/streams/0", "{{ config['x'] }}", "{{ parameters['name'] }}", "GET", "${", "id", "a.b")
leaf = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(WORDS)
anything = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(streams=st.lists(anything, max_size=2), given_any=st.dictionaries(st.sampled_from(NAMES), anything, max_size=4))
def test_any_values_at_all_give_a_draft_that_loads(streams: Any, given_any: Any) -> None:
    parts = {name: given_any.get(name) for name in ("paginator", "partition_router", "record_selector", "primary_key")}

    carried = read(stream(requester=given_any, **parts), *streams, definitions=given_any, api_budget=given_any)

    loaded(carried)


def test_other_files_are_not_taken_for_a_manifest() -> None:
    assert is_airbyte(DESK)
    assert is_airbyte('{"version": "6", "type": "DeclarativeSource"}')
    assert not is_airbyte("openapi: 3.0.0\ninfo: {title: DeclarativeSource}\n")
    assert not is_airbyte("\n" * 100_000)
