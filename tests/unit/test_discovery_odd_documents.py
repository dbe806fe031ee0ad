"""Whatever a document holds: findings with their place, never a traceback, and no operation lost without a word."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.discovery.catalogue import catalogue_in
from spectra.discovery.drafting.draft import draft
from spectra.discovery.importing import imported
from spectra.discovery.reading.formats import read_api_document
from spectra.errors import (
    ApiDocumentTooLargeError,
    ApiDocumentUnreadableError,
    CatalogueUnreadableError,
    InvalidNameError,
    SpectraError,
)

if TYPE_CHECKING:
    from spectra.discovery.description import ApiDescription

FINE: dict[str, Any] = {"responses": {"200": {"description": "fine"}}}


def described(**parts: Any) -> ApiDescription:
    document = {"openapi": "3.0.0", "servers": [{"url": "/"}], "paths": {"/a": {"get": FINE}}, **parts}
    return read_api_document(json.dumps(document), "api.json")


def told(description: ApiDescription) -> list[tuple[str, str | None]]:
    return [(each.code, each.place) for each in description.findings]


def listed(description: ApiDescription) -> list[tuple[str, str]]:
    return [(each.method, each.path) for each in description.operations]


def answering(schema: Any) -> dict[str, Any]:
    return {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}}}


SCHEMA = "api.json#/paths/~1a/get/responses/200/content/application~1json/schema"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("#/components/schemas/Missing", "broken-reference"),
        ("#/paths/~1a/get/tags/7", "broken-reference"),
        ("#anchor", "broken-reference"),
        ("", "broken-reference"),
        ("other.yaml#/Book", "remote-reference"),
        ("http://127.0.0.1:9/Book", "remote-reference"),
        ("file:///etc/passwd", "remote-reference"),
        (7, "api-document-value"),
        (None, "api-document-value"),
    ],
)
def test_a_reference_that_is_not_followed_is_a_finding_where_it_stands(reference: Any, code: str) -> None:
    description = described(paths=answering({"$ref": reference}))

    assert told(description) == [(code, f"{SCHEMA}/$ref")]
    assert listed(description) == [("GET", "/a")]


def test_a_line_is_named_where_the_document_is_yaml() -> None:
    text = "openapi: 3.0.0\nservers: [{url: /}]\npaths:\n  /a:\n    get: {$ref: '#/nowhere'}\n"
    description = read_api_document(text, "api.yaml")

    assert told(description) == [("broken-reference", "api.yaml:5:11")]
    assert listed(description) == [("GET", "/a")]


def test_references_that_lead_in_a_circle_end() -> None:
    loop = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    description = described(components={"schemas": loop}, paths=answering({"$ref": "#/components/schemas/A"}))

    assert {code for code, _ in told(description)} == {"broken-reference"}
    assert description.operations[0].answer is not None
    assert description.operations[0].answer.kind == "any"


@pytest.mark.parametrize("word", ["allOf", "oneOf", "anyOf"])
def test_a_schema_that_is_part_of_itself_ends(word: str) -> None:
    schemas = {"A": {word: [{"$ref": "#/components/schemas/A"}, {"properties": {"id": {"type": "integer"}}}]}}
    description = described(components={"schemas": schemas}, paths=answering({"$ref": "#/components/schemas/A"}))

    assert told(description) == []
    assert description.operations[0].answer is not None
    assert list(description.operations[0].answer.fields) == ["id"]


def test_what_only_looks_like_a_reference_is_left_alone() -> None:
    schema = {
        "type": "object",
        "example": {"$ref": "#/nowhere"},
        "x-more": [{"$ref": "#/nowhere"}],
        "properties": {"$ref": {"type": "string"}, "default": {"type": "string"}, "tag": {"enum": [{"$ref": "no"}]}},
    }
    assert told(described(paths=answering(schema))) == []


def test_a_property_called_default_is_still_followed() -> None:
    schema = {"properties": {"default": {"$ref": "#/nowhere"}}}
    assert told(described(paths=answering(schema))) == [("broken-reference", f"{SCHEMA}/properties/default/$ref")]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("books", "/books"),
        ("", "/"),
        ("/two words", "/two%20words"),
        ("/#Action=List", "/%23Action=List"),
        ("/a/{open", "/a/%7Bopen"),
        ("/a/{id}/{}", "/a/{id}/%7B%7D"),
        ("/{a b}", "/%7Ba%20b%7D"),
        ("/back\\slash", "/back%5Cslash"),
        ("/null\u0000", "/null%00"),
        ("/half\ud800", "/half%3F"),
    ],
)
def test_a_path_that_no_catalogue_can_hold_is_changed_and_told(written: str, path: str) -> None:
    text = json.dumps({"openapi": "3.0.0", "servers": [{"url": "/"}], "paths": {written: {"get": FINE}}})
    description = read_api_document(text, "api.json")

    assert listed(description) == [("GET", path)]
    assert [code for code, _ in told(description)] == ["api-path-changed"]
    assert catalogue_in(text, "api.json").rejected == ()


def test_of_two_that_become_one_the_first_is_read_and_the_other_told() -> None:
    description = described(paths={"/a": {"get": {"operationId": "first"}}, "a": {"get": {"operationId": "second"}}})

    assert [each.name for each in description.operations] == ["first"]
    assert ("api-operation-repeated", "api.json#/paths/a/get") in told(description)


@pytest.mark.parametrize(("text", "place"), [
    ('{"swagger": "2.0", "host": "h", "paths": {"/a": {"get": {}}, "/b": {}, "/a": {"post": {}}}}', "api#/paths"),
    ('swagger: "2.0"\nhost: h\npaths:\n  /a:\n    get: {}\n  /b: {}\n  /a: {post: {}}\n', "api:7:3"),
])  # fmt: skip
def test_a_key_that_stands_twice_is_a_finding(text: str, place: str) -> None:
    description = read_api_document(text, "api")

    assert told(description) == [("duplicate-key", place)]
    assert listed(description) == [("GET", "/a")]


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"paths": ["/a"]}, "#/paths"),
        ({"paths": {"/a": None}}, "#/paths/~1a"),
        ({"paths": {"/a": "get"}}, "#/paths/~1a"),
        ({"paths": {"/a": {"get": "all"}}}, "#/paths/~1a/get"),
        ({"paths": {"/a": {"gett": {}}}}, "#/paths/~1a/gett"),
        ({"paths": {"/a": {"get": {"tags": "all"}}}}, "#/paths/~1a/get/tags"),
        ({"paths": {"/a": {"get": {"parameters": {"name": "x"}}}}}, "#/paths/~1a/get/parameters"),
        ({"paths": {"/a": {"get": {"parameters": [7]}}}}, "#/paths/~1a/get/parameters/0"),
        ({"paths": {"/a": {"get": {"parameters": [{"in": "query"}]}}}}, "#/paths/~1a/get/parameters/0"),
        ({"paths": {"/a": {"get": {"parameters": [{"name": "x", "in": "air"}]}}}}, "#/paths/~1a/get/parameters/0"),
        ({"paths": {"/a": {"get": {"responses": []}}}}, "#/paths/~1a/get/responses"),
        ({"paths": {"/a": {"get": {"responses": {"200": "fine"}}}}}, "#/paths/~1a/get/responses/200"),
        ({"paths": {"/a": {"get": {"security": {"key": []}}}}}, "#/paths/~1a/get/security"),
        ({"components": {"securitySchemes": {"a": {"type": "magic"}}}}, "#/components/securitySchemes/a/type"),
        ({"components": {"securitySchemes": {"a": [1]}}}, "#/components/securitySchemes/a"),
        ({"servers": "https://h"}, "#/servers"),
        ({"info": "title"}, "#/info"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_a_finding_and_the_rest_is_read(parts: dict[str, Any], place: str) -> None:
    description = described(**parts)

    assert ("api-document-value", f"api.json{place}") in told(description)
    if "paths" not in parts:
        assert listed(description) == [("GET", "/a")]


def test_a_method_without_anything_is_an_operation() -> None:
    assert listed(described(paths={"/a": {"get": None, "TRACE": {}}})) == [("GET", "/a"), ("TRACE", "/a")]


def test_a_scheme_that_is_not_described_is_told() -> None:
    description = described(security=[{"key": []}])

    assert told(description) == [("unknown-security-scheme", "api.json#/security/0/key")]


def test_servers_are_missed_and_other_servers_told() -> None:
    assert told(described(servers=[])) == [("api-server-missing", "api.json#/servers")]
    other = {"servers": [{"url": "https://up.example.com"}]}
    description = described(paths={"/a": {"get": {**FINE, **other}}, "/b": {**other, "get": FINE}})
    assert told(description) == [
        ("api-server-differs", "api.json#/paths/~1a/get/servers"),
        ("api-server-differs", "api.json#/paths/~1b/servers"),
    ]
    assert len(listed(description)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        "hello",
        "{",
        '{"openapi": "3.0.0"',
        "a: [",
        '{"swagger": "1.2"}',
        '{"openapi": "4.0.0"}',
        '{"openapi": null}',
        '{"requests": [], "folders": []}',
        "&a [*a]",
        '{"a": ' + "9" * 5000 + "}",
        "\u0000",
        "<html></html>",
        "openapi: !!python/object:os.system x",
    ],
)
def test_what_is_no_api_document_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises((ApiDocumentUnreadableError, ApiDocumentTooLargeError)) as caught:
        imported(text, "api.json")

    assert caught.value.place
    with pytest.raises(CatalogueUnreadableError):
        catalogue_in(text, "api.json")


def test_json_that_breaks_off_is_refused_with_its_line() -> None:
    with pytest.raises(ApiDocumentUnreadableError) as caught:
        read_api_document('{"openapi": "3.0.0",\n "paths": {', "api.json")

    assert str(caught.value.place).startswith("api.json:2:")


@pytest.mark.parametrize("version", ["3.2.0", "3.9"])
def test_a_newer_version_is_read_as_the_newest_known(version: str) -> None:
    description = described(openapi=version)

    assert description.format == "openapi-3.1"
    assert told(description) == [("api-document-value", "api.json#/openapi")]


def test_a_document_without_a_version_is_read_and_told() -> None:
    assert read_api_document('{"paths": {"/a": {"get": {}}}, "host": "h"}', "a").format == "swagger-2.0"
    assert read_api_document('{"paths": {"/a": {"get": {}}}, "components": {}}', "a").format == "openapi-3.0"


@pytest.mark.parametrize("name", ["Zephyr", "a b", "source", "../up", ""])
def test_a_name_that_no_source_may_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        imported(json.dumps({"openapi": "3.0.0", "paths": {}}), "api.json", name)


def deep(levels: int) -> str:
    return '{"openapi": "3.0.0", "paths": {"/a": {"get": {"x": ' + "[" * levels + "]" * levels + "}}}}"


ALIASES = "openapi: 3.0.0\npaths: {}\nx0: &x0 [1, 1]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
CHAIN = {f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(3000)}
NESTED = {f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 30} for n in range(200)}
WIDE = {
    f"S{n}": {"properties": {f"p{m}": {"$ref": f"#/components/schemas/S{m}"} for m in range(60)}} for n in range(60)
}


@pytest.mark.parametrize("text", [deep(100_000), ALIASES, "[" * 100_000, "{a: " * 3000], ids=["json", "yaml", "[", "{"])
def test_a_bomb_is_refused(text: str) -> None:
    with pytest.raises((ApiDocumentTooLargeError, ApiDocumentUnreadableError)):
        read_api_document(text, "api")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"paths": {}, "x": [' + "[]," * 1_500_000 + "0]}", "more than 1,500,000 mappings and lists"),
        ("paths: {}\nx:\n" + "# much\n" * 600_000, "longer than 4,000,000 characters"),
    ],
    ids=["lists", "lines"],
)
def test_a_document_that_would_take_all_memory_or_minutes_is_refused(text: str, said: str) -> None:
    with pytest.raises(ApiDocumentTooLargeError, match=said):
        read_api_document(text, "api")


def test_json_in_the_text_of_a_value_counts_as_text() -> None:
    body = '{\\"a' * 1_600_000
    assert read_api_document('{"openapi": "3.0.0", "paths": {}, "x": "' + body + '"}', "api").operations == ()


def test_a_number_of_thousands_of_digits_is_refused_in_words() -> None:
    with pytest.raises(ApiDocumentUnreadableError, match="a number in it has thousands of digits"):
        read_api_document('{"openapi": "3.0.0", "paths": ' + "1" * 5000 + "}", "api.json")


@pytest.mark.parametrize("written", ["a\tb\nc", "\x1b[2J", "\ud800", "x" * 5000, "a\u202eb"], ids=ascii)
def test_the_place_of_an_odd_path_is_one_short_printable_line(written: str) -> None:
    description = described(paths={written: {"get": FINE}})
    (finding,) = description.findings

    assert finding.place is not None
    assert finding.place.isprintable()
    assert len(finding.place) < 400


@pytest.mark.parametrize("schemas", [CHAIN, NESTED, WIDE], ids=["chain", "nested", "wide"])
def test_schemas_that_grow_when_followed_stay_bounded(schemas: dict[str, Any]) -> None:
    description = described(components={"schemas": schemas}, paths=answering({"$ref": "#/components/schemas/S0"}))

    assert description.operations[0].answer is not None


def test_findings_are_bounded_and_the_rest_counted() -> None:
    paths = {f"/p{n}": {"get": {"$ref": "#/nowhere"}} for n in range(1500)}
    description = described(paths=paths)

    assert len(description.findings) == 1001
    assert "500 more" in description.findings[-1].message
    assert len(description.operations) == 1500


SMALL: dict[str, Any] = {
    "openapi": "3.0.0",
    "info": {"title": "Small"},
    "servers": [{"url": "https://{a}.example.com", "variables": {"a": {"default": "b"}}}],
    "security": [{"key": []}],
    "paths": {
        "/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "a",
                "tags": ["A"],
                "parameters": [{"$ref": "#/components/parameters/page"}],
                "responses": {
                    "200": {
                        "headers": {"Link": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                    }
                },
            },
        },
        "/a": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}
                            }
                        }
                    }
                }
            },
            "post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
        },
    },
    "components": {
        "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 9}}},
        "schemas": {"A": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "flow": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"r": "x"}}}},
        },
    },
}
SMALL_OLD: dict[str, Any] = {
    "swagger": "2.0",
    "host": "h",
    "basePath": "/v1",
    "schemes": ["https"],
    "produces": ["application/json"],
    "paths": SMALL["paths"] | {"/b": {"get": {"responses": {"200": {"schema": {"type": "array", "items": {}}}}}}},
    "securityDefinitions": {"key": {"type": "basic"}, "flow": {"type": "oauth2", "flow": "application"}},
}
SMALL_COLLECTION: dict[str, Any] = {
    "info": {"name": "Small", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "variable": [{"key": "base", "value": "https://h.example.com/v1"}],
    "auth": {"type": "apikey", "apikey": [{"key": "key", "value": "X-Key"}, {"key": "in", "value": "header"}]},
    "item": [
        {
            "name": "Folder",
            "item": [
                {
                    "name": "One",
                    "request": {
                        "method": "GET",
                        "header": [{"key": "Accept", "value": "application/json"}],
                        "url": {
                            "raw": "{{base}}/a/:id?page=1",
                            "host": ["{{base}}"],
                            "path": ["a", ":id"],
                            "query": [{"key": "page", "value": "1"}],
                        },
                    },
                    "response": [{"code": 200, "header": [{"key": "Link", "value": "x"}], "body": '{"id": 1}'}],
                },
                {"name": "Two", "request": "{{base}}/a"},
            ],
        }
    ],
}
SMALL_RECORDING: dict[str, Any] = {
    "log": {
        "version": "1.2",
        "entries": [
            {
                "request": {
                    "method": "GET",
                    "url": f"https://h.example.com/api/v1/a/{n}?page=1",
                    "headers": [{"name": "Authorization", "value": "Bearer abcdefgh12345678"}],
                    "queryString": [{"name": "page", "value": "1"}],
                    "cookies": [],
                    "postData": {"mimeType": "application/json", "text": '{"password": "abcdefgh"}', "params": []},
                },
                "response": {
                    "status": 200,
                    "headers": [{"name": "Link", "value": "x"}],
                    "content": {"mimeType": "application/json", "text": '[{"id": 1, "name": null}]'},
                },
            }
            for n in (1, 2)
        ],
    }
}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, -1, 0, 1.5, float("nan"), 10**30),
        *("", "x", "/", "{", "{{", "\ud800", "\u0000", "http://[", "$ref", "x" * 3000),
        *([], [[]], [None], {}, {"": {}}, {"type": {}}, {"$ref": 7}, {"$ref": "#/"}, {"$ref": "#/paths"}),
    ]
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, each in below for found in [(*path, name), *spots(each, (*path, name))]]


def changed(document: dict[str, Any], changes: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    made = copy.deepcopy(document)
    for (*above, last), value in changes:
        holder: Any = made
        for name in above:
            fits = isinstance(holder, dict) and name in holder
            fits = fits or (isinstance(holder, list) and isinstance(name, int) and name < len(holder))
            holder = holder[name] if fits else None
        if isinstance(holder, dict) or (isinstance(holder, list) and isinstance(last, int) and last < len(holder)):
            holder[last] = copy.deepcopy(value)
    return made


@pytest.mark.parametrize(
    "document",
    [SMALL, SMALL_OLD, SMALL_COLLECTION, SMALL_RECORDING],
    ids=["openapi", "swagger", "postman", "har"],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_document_with_odd_values_gives_a_description_or_a_refusal(document: dict[str, Any], data: Any) -> None:
    places = st.sampled_from(spots(document))
    made = changed(document, data.draw(st.lists(st.tuples(places, ODD), min_size=1, max_size=4)))

    try:
        description = read_api_document(json.dumps(made), "api.json")
    except SpectraError as error:
        assert error.code in ("api-document-unreadable", "api-document-too-large")  # noqa: PT017 - both are fine
        return
    assert all(each.place for each in description.findings)
    json.dumps([each.path for each in description.operations], ensure_ascii=False).encode()
    assert draft(description, "acme").text.encode()


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60), st.sampled_from(["", "openapi: 3.0.0\n", '{"openapi": "3.0.0", ', '{"log": {"entries": ['])
)
def test_any_text_gives_a_description_or_a_refusal(text: str, before: str) -> None:
    try:
        read_api_document(before + text, "api")
    except SpectraError as error:
        assert error.code in ("api-document-unreadable", "api-document-too-large")  # noqa: PT017 - as above
