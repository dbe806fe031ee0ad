from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spectra.catalog.rows import CatalogueRow, catalogue_of
from spectra.discovery.catalogue import catalogue_in, catalogue_text, rows_of
from spectra.discovery.reading.formats import read_api_document

if TYPE_CHECKING:
    from spectra.discovery.description import ApiDescription, Operation

NEW = """\
openapi: 3.0.3
info: {title: Library}
servers:
  - url: https://{region}.library.example.com/v{version}/
    variables: {region: {default: eu}, version: {default: 2}}
security: [{key: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: http, scheme: bearer}
    user: {type: http, scheme: Basic}
    flow:
      type: oauth2
      flows:
        clientCredentials: {tokenUrl: /token, scopes: {read: all of it}}
        authorizationCode: {tokenUrl: /code, authorizationUrl: /ask, scopes: {read: x, write: y}}
    open: {type: openIdConnect, openIdConnectUrl: https://id.example.com}
    mutual: {type: mutualTLS}
  parameters:
    size: {name: size, in: query, schema: {type: integer, default: 20, maximum: 500}}
    locale: {name: locale, in: query, description: of the texts, schema: {type: string, enum: [en, de]}}
  responses:
    Books:
      description: found
      headers: {X-Total-Count: {schema: {type: integer}}, Link: {schema: {type: string}}}
      content: {application/json: {schema: {$ref: '#/components/schemas/Page'}}}
  schemas:
    Page:
      allOf:
        - {type: object, required: [total], properties: {total: {type: integer}}}
        - {properties: {items: {type: array, items: {$ref: '#/components/schemas/Book'}}}}
    Book:
      type: object
      required: [id]
      properties:
        id: {type: integer, format: int64}
        title: {type: string, nullable: true}
        sequel: {$ref: '#/components/schemas/Book'}
        owner:
          oneOf:
            - {type: object, required: [name], properties: {name: {type: string}, age: {type: integer}}}
            - {type: object, required: [name], properties: {name: {type: string}, seat: {type: string}}}
        odd: {oneOf: [{type: string}, {type: array, items: {}}]}
paths:
  /books:
    parameters:
      - $ref: '#/components/parameters/size'
      - {name: locale, in: query, required: true, schema: {type: boolean}}
    get:
      operationId: listBooks
      summary: All books
      description: Page by page.
      tags: [Books, Other]
      parameters:
        - $ref: '#/components/parameters/locale'
        - {name: after, in: query, schema: {type: string, format: date-time}}
      responses: {'200': {$ref: '#/components/responses/Books'}, default: {description: error}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
      responses: {'201': {description: made}}
      security: []
  /books/{bookId}:
    get:
      deprecated: true
      security: [{login: []}, {flow: [read], key: []}]
      responses:
        '404': {description: none}
        2XX: {content: {application/hal+json: {schema: {$ref: '#/components/schemas/Book'}}, text/csv: {}}}
  /copies:
    $ref: '#/paths/~1books'
"""

OLD = {
    "swagger": "2.0",
    "info": {"title": "Library"},
    "host": "library.example.com:8443",
    "basePath": "/v2/",
    "schemes": ["http", "https"],
    "produces": ["application/json"],
    "securityDefinitions": {
        "user": {"type": "basic"},
        "key": {"type": "apiKey", "in": "query", "name": "key"},
        "flow": {"type": "oauth2", "flow": "application", "tokenUrl": "https://id.example.com/t", "scopes": {"r": "x"}},
        "code": {"type": "oauth2", "flow": "accessCode", "tokenUrl": "https://id.example.com/c", "scopes": {}},
    },
    "security": [{"user": []}],
    "definitions": {"Book": {"type": "object", "properties": {"id": {"type": "integer"}}}},
    "parameters": {"page": {"name": "page", "in": "query", "type": "integer", "minimum": 1, "maximum": 9}},
    "paths": {
        "/books/{bookId}": {
            "get": {
                "parameters": [{"$ref": "#/parameters/page"}, {"name": "tags", "in": "query", "type": "array"}],
                "responses": {
                    "200": {
                        "schema": {"type": "array", "items": {"$ref": "#/definitions/Book"}},
                        "headers": {"X-Next": {"type": "string"}},
                    }
                },
            },
            "put": {
                "parameters": [{"name": "book", "in": "body", "schema": {"$ref": "#/definitions/Book"}}],
                "responses": {},
            },
            "post": {"parameters": [{"name": "file", "in": "formData", "type": "file"}], "responses": {}},
        },
        "/report": {"get": {"produces": ["text/csv"], "responses": {"200": {"schema": {"type": "string"}}}}},
    },
}


def read(document: str | dict[str, Any], name: str = "api.json") -> ApiDescription:
    return read_api_document(document if isinstance(document, str) else json.dumps(document), name)


def one(description: ApiDescription, method: str, path: str) -> Operation:
    (found,) = [each for each in description.operations if (each.method, each.path) == (method, path)]
    return found


def test_every_method_of_every_path_is_an_operation_and_nothing_is_odd() -> None:
    description = read(NEW, "api.yaml")

    assert description.findings == ()
    assert [(each.method, each.path) for each in description.operations] == [
        ("GET", "/books"),
        ("POST", "/books"),
        ("GET", "/books/{bookId}"),
        ("GET", "/copies"),
        ("POST", "/copies"),
    ]
    assert (description.format, description.title, description.file_name) == ("openapi-3.0", "Library", "api.yaml")


def test_server_variables_are_replaced_by_their_defaults() -> None:
    assert read(NEW, "api.yaml").servers == ("https://eu.library.example.com/v2",)


def test_an_operation_says_what_the_document_says_of_it() -> None:
    books = one(read(NEW, "api.yaml"), "GET", "/books")

    assert (books.name, books.category, books.description) == ("listBooks", "Books", "All books\n\nPage by page.")
    assert books.answer_headers == ("x-total-count", "link")
    assert books.media_types == ("application/json",)
    assert books.place == f"api.yaml:{NEW.splitlines().index('    get:') + 1}:5"


def test_parameters_of_path_and_operation_are_merged_and_the_operations_own_wins() -> None:
    parameters = one(read(NEW, "api.yaml"), "GET", "/books").parameters

    assert [(each.name, each.kind, each.required) for each in parameters] == [
        ("size", "integer", False),
        ("locale", "string", False),
        ("after", "string", False),
    ]
    size, locale, after = parameters
    assert (size.default, size.maximum) == (20, 500)
    assert (locale.choices, locale.description) == (("en", "de"), "of the texts")
    assert after.format == "date-time"


def test_a_name_in_the_path_is_a_parameter_even_where_nothing_declares_it() -> None:
    (parameter,) = one(read(NEW, "api.yaml"), "GET", "/books/{bookId}").parameters

    assert (parameter.name, parameter.place, parameter.required) == ("bookId", "path", True)


def test_the_fields_of_a_body_are_parameters() -> None:
    body = one(read(NEW, "api.yaml"), "POST", "/books").in_("body")

    assert [(each.name, each.required) for each in body][:2] == [("id", True), ("title", False)]


def test_an_answer_is_joined_of_all_its_parts_and_a_circle_ends() -> None:
    answer = one(read(NEW, "api.yaml"), "GET", "/books").answer

    assert answer is not None
    assert (answer.kind, answer.required, list(answer.fields)) == ("object", ("total",), ["total", "items"])
    book = answer.fields["items"].items
    assert book is not None
    assert (book.fields["id"].kind, book.fields["id"].format) == ("integer", "int64")
    assert (book.fields["owner"].kind, list(book.fields["owner"].fields)) == ("object", ["name", "age", "seat"])
    assert book.fields["owner"].required == ("name",)
    assert book.fields["odd"].kind == "any"
    sequel, depth = book, 0
    while "sequel" in sequel.fields:
        sequel, depth = sequel.fields["sequel"], depth + 1
    assert sequel.kind == "any"
    assert depth < 10


def test_the_answer_of_a_success_counts_and_another_json_type_is_json_too() -> None:
    book = one(read(NEW, "api.yaml"), "GET", "/books/{bookId}")

    assert book.answer is not None
    assert book.answer.kind == "object"
    assert book.media_types == ("application/hal+json", "text/csv")
    assert book.deprecated


def test_security_is_told_as_the_document_says_it() -> None:
    description = read(NEW, "api.yaml")

    assert description.default_security == (("key",),)
    assert one(description, "GET", "/books").security is None
    assert one(description, "POST", "/books").security == ()
    assert one(description, "GET", "/books/{bookId}").security == (("login",), ("flow", "key"))
    assert [(each.name, each.type) for each in description.schemes] == [
        ("key", "api_key"),
        ("login", "bearer"),
        ("user", "basic"),
        ("flow", "oauth2"),
        ("open", "openid"),
        ("mutual", "other"),
    ]
    key, flow = description.schemes[0], description.schemes[3]
    assert (key.place, key.parameter) == ("header", "X-Key")
    assert flow.flows == {"clientCredentials": "/token", "authorizationCode": "/code"}
    assert flow.scopes == ("read", "write")


def test_lists_of_types_and_null_are_read_as_openapi_31_means_them() -> None:
    schema = {
        "type": ["object", "null"],
        "properties": {
            "name": {"type": ["string", "null"]},
            "either": {"type": ["string", "integer"]},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "integer"}]},
        },
    }
    get = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
    description = read({"openapi": "3.1.0", "servers": [{"url": "/"}], "paths": {"/a": {"get": get}}})
    answer = description.operations[0].answer

    assert description.format == "openapi-3.1"
    assert answer is not None
    assert {name: each.kind for name, each in answer.fields.items()} == {
        "name": "string",
        "either": "any",
        "maybe": "integer",
    }


def test_swagger_2_is_read_alike() -> None:
    description = read(OLD)
    books = one(description, "GET", "/books/{bookId}")

    assert (description.format, description.findings) == ("swagger-2.0", ())
    assert description.servers == ("https://library.example.com:8443/v2", "http://library.example.com:8443/v2")
    assert [(each.name, each.place, each.kind) for each in books.parameters] == [
        ("page", "query", "integer"),
        ("tags", "query", "array"),
        ("bookId", "path", "any"),
    ]
    assert books.parameters[0].maximum == 9
    assert books.answer is not None
    assert books.answer.items is not None
    assert list(books.answer.items.fields) == ["id"]
    assert books.answer_headers == ("x-next",)
    assert books.place == "api.json#/paths/~1books~1{bookId}/get"
    assert [each.name for each in one(description, "PUT", "/books/{bookId}").in_("body")] == ["id"]
    assert [each.name for each in one(description, "POST", "/books/{bookId}").in_("body")] == ["file"]


def test_what_swagger_2_does_not_produce_as_json_has_no_shape() -> None:
    report = one(read(OLD), "GET", "/report")

    assert (report.answer, report.media_types) == (None, ("text/csv",))


def test_flows_of_swagger_2_have_the_names_of_openapi_3() -> None:
    flows = {each.name: dict(each.flows) for each in read(OLD).schemes if each.type == "oauth2"}

    assert flows == {
        "flow": {"clientCredentials": "https://id.example.com/t"},
        "code": {"authorizationCode": "https://id.example.com/c"},
    }


@pytest.mark.parametrize(
    ("changes", "servers"),
    [
        ({"schemes": None}, ("https://library.example.com:8443/v2",)),
        ({"host": None}, ("/v2",)),
        ({"basePath": "/"}, ("https://library.example.com:8443", "http://library.example.com:8443")),
    ],
)
def test_what_swagger_2_leaves_out_of_its_address_is_filled_in(changes: dict[str, Any], servers: tuple[str]) -> None:
    document = {name: value for name, value in (OLD | changes).items() if value is not None}

    assert read(document).servers == servers


def test_the_catalogue_holds_every_operation_and_reads_back() -> None:
    rows = rows_of(read(NEW, "api.yaml"))
    text = catalogue_text(rows)

    assert rows[0] == {
        "method": "GET",
        "path": "/books",
        "query_parameters": ["size", "locale", "after"],
        "name": "listBooks",
        "category": "Books",
        "description": "All books",
    }
    assert len(text.splitlines()) == len(rows) + 2
    assert [(row["method"], row["path"]) for row in json.loads(text)] == [(row["method"], row["path"]) for row in rows]


@pytest.mark.parametrize(
    ("name", "schema", "path"),
    [
        ("status", {"enum": ["open", "shut"]}, "/books?status=open"),
        ("status", {"enum": ["open", "shut"], "default": "shut"}, "/books?status=shut"),
        ("status", {"type": "array", "items": {"$ref": "#/components/schemas/State"}}, "/books?status=a%20b%26c"),
        ("status", {"type": "array", "items": {}, "default": ["new", "old"]}, "/books?status=new"),
        ("deep[x]", {"type": "boolean", "default": True}, "/books?deep%5Bx%5D=true"),
        ("size", {"type": "integer", "default": 20}, "/books?size=20"),
        ("status", {"type": "string"}, "/books"),
        ("status", {"default": "{state}"}, "/books"),
        ("api_key", {"default": "planted-key"}, "/books"),
    ],
)
def test_what_a_list_must_be_asked_with_stands_in_the_catalogue(name: str, schema: dict[str, Any], path: str) -> None:
    parameter = {"name": name, "in": "query", "required": True, "schema": schema}
    state = {"type": "string", "enum": ["a b&c", "d"]}
    description = read({
        "openapi": "3.0.0",
        "components": {"schemas": {"State": state}},
        "paths": {"/books": {"get": {"parameters": [parameter]}, "post": {"parameters": [parameter]}}},
    })  # fmt: skip

    assert [row["path"] for row in rows_of(description)] == [path, "/books"]
    (endpoint, _) = catalogue_of(CatalogueRow("", row) for row in rows_of(description)).endpoints
    assert (endpoint.path, list(endpoint.query)) == ("/books", [name] if "?" in path else [])


def test_an_api_document_is_a_catalogue_by_itself() -> None:
    catalogue = catalogue_in(NEW, "sources/api.yaml")

    assert len(catalogue.endpoints) == 5
    assert catalogue.rejected == ()
    assert catalogue.endpoints[0].query_parameters == ("size", "locale", "after")


def test_merge_keys_and_anchors_are_followed() -> None:
    text = """\
openapi: 3.0.0
servers: [{url: /}]
x-common: &common {tags: [All], responses: {'200': {description: fine}}}
paths:
  /a: {get: {<<: *common, operationId: a}}
  /b: &b {get: {<<: [*common, {tags: [No], deprecated: true}]}}
  /c: *b
"""
    description = read(text, "api.yaml")

    assert [(each.path, each.category, each.deprecated) for each in description.operations] == [
        ("/a", "All", False),
        ("/b", "All", True),
        ("/c", "All", True),
    ]
    assert description.findings == ()
