"""A pet shop as many documents describe one: the document, in our words, and a server that answers for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "key-of-the-pet-shop-0123"
STATES = ("available", "pending", "sold")
PETS = [{"id": n, "name": f"pet {n}", "status": STATES[n % 3], "tags": [{"id": n % 2}]} for n in range(1, 31)]
_PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "name": {"type": "string"},
        "status": {"type": "string", "enum": list(STATES)},
        "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}},
    },
}
_STATUS = {"name": "status", "in": "query", "schema": {"type": "string", "default": "available"}}


def _answered(schema: object) -> dict[str, Any]:
    return {"200": {"description": "as asked", "content": {"application/json": {"schema": schema}}}}


def _one(name: str, kind: str = "integer") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


_PETS = _answered({"type": "array", "items": {"$ref": "#/components/schemas/Pet"}})
_COUNTS = _answered({"type": "object", "additionalProperties": {"type": "integer"}})
_A_PET = _answered({"$ref": "#/components/schemas/Pet"})
_ANYTHING = _answered({"type": "object"})
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "The pet shop round the corner", "version": "7"},
    "servers": [{"url": "/shop/v7"}],
    "components": {
        "schemas": {"Pet": _PET, "Tag": {"type": "object", "properties": {"id": {"type": "integer"}}}},
        "securitySchemes": {"shop_key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"}},
    },
    "security": [{"shop_key": []}],
    "paths": {
        "/pet": {"post": {"responses": _A_PET}, "put": {"responses": _A_PET}},
        "/pet/findByStatus": {"get": {"parameters": [_STATUS], "responses": _PETS}},
        "/pet/{petId}": {
            "get": {"parameters": [_one("petId")], "responses": _A_PET},
            "delete": {"parameters": [_one("petId")], "responses": {"204": {"description": "gone"}}},
        },
        "/store/inventory": {"get": {"responses": _COUNTS}},
        "/store/order/{orderId}": {"get": {"parameters": [_one("orderId")], "responses": _ANYTHING}},
        "/user/{username}": {"get": {"parameters": [_one("username", "string")], "responses": _ANYTHING}},
    },
}
_STATES = {"type": "string", "enum": list(STATES), "default": "available"}
_CHOOSY = {"name": "status", "in": "query", "required": True, "type": "array", "items": _STATES}
_OLD_PET = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
OLD_DOCUMENT: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "The pet shop round the corner", "version": "2"},
    "host": "shop.example",
    "basePath": "/shop/v2",
    "securityDefinitions": {"shop_key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"}},
    "security": [{"shop_key": []}],
    "paths": {
        "/pet/findByStatus": {
            "get": {"parameters": [_CHOOSY], "responses": {"200": {"schema": {"type": "array", "items": _OLD_PET}}}}
        },
        "/pet/{petId}": {"get": {"responses": {"200": {"schema": _OLD_PET}}}},
        "/store/inventory": {"get": {"responses": {"200": {"schema": {"type": "object"}}}}},
    },
}


def _answer(asked: Asked) -> Answered:
    """Answer under any base path; a key under either name that documents give it."""
    if KEY not in (asked.headers.get("x-shop-key"), asked.headers.get("api_key")):
        return Answered({"message": "no key, no pets"}, 401)
    _, found, rest = asked.path.partition("/pet/")
    if found and rest in {"findByStatus", "findByTags"}:
        wanted = asked.query.get("status", "available")
        return Answered([pet for pet in PETS if pet["status"] == wanted])
    if found and rest.isdigit() and int(rest) <= len(PETS):
        return Answered(PETS[int(rest) - 1])
    if asked.path.endswith("/store/inventory"):
        return Answered(dict.fromkeys(STATES, 10))
    return Answered({"message": "nothing here"}, 404)


def _answer_choosily(asked: Asked) -> Answered:
    """Answer as above, and a list to nobody who doesn't say which pets."""
    vague = asked.path.endswith(("findByStatus", "findByTags")) and not asked.query
    return Answered({"message": "which ones?"}, 400) if vague else _answer(asked)


@contextmanager
def served_petshop(*, choosy: bool = False) -> Iterator[ServedApi]:
    """Serve while the block lasts."""
    with ServedApi(_answer_choosily if choosy else _answer) as api:
        yield api
