"""ApiDescription: what any document says of an API, in one form; readers fill it, guesses and drafts read it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from spectra.discovery.sensitive import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.errors import SpectraError

Kind = Literal["object", "array", "string", "integer", "number", "boolean", "any"]
Format = Literal["openapi-3.0", "openapi-3.1", "swagger-2.0", "postman", "har"]
Place = Literal["query", "path", "header", "cookie", "body"]
_UNSENDABLE = re.compile(r"[{}]")  # what a catalogue takes for a placeholder
_LONGEST_SENT = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """What a JSON value looks like; `fields` in the order of the document, `items` of an array.

    References are followed to a bounded depth; what lies deeper is `any`, so that circles end.
    """

    kind: Kind
    fields: Mapping[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    format: str | None = None
    required: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, as described or as seen; `choices` and `default` of a list are its items'."""

    name: str
    place: Place
    required: bool = False
    kind: Kind = "any"
    format: str | None = None
    description: str = ""
    default: Any = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()

    @property
    def usual(self) -> str | None:
        """What may be sent for want of anything better: the default, else the first choice; None for a secret."""
        texts = (_text(each) for each in (self.default, *self.choices[:1]) if each is not None)
        text = next(texts, "")
        sendable = text and text.isprintable() and not _UNSENDABLE.search(text) and len(text) <= _LONGEST_SENT
        return text if sendable and not is_secret_name(self.name) else None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path; `path` starts with `/` and is relative to the server.

    `answer` is the shape of the JSON body of a success, None where none is described; `answer_headers` are the names
    of its headers, lower-case. `security` lists alternatives, each the names of the schemes needed together; None
    where the document's default holds; an empty list of alternatives means that none is needed. `place` is where the
    operation stands: `file:line`, or `file#/json/pointer`.
    """

    method: str
    path: str
    place: str
    name: str = ""
    category: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    answer: Shape | None = None
    answer_headers: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    security: tuple[tuple[str, ...], ...] | None = None
    deprecated: bool = False

    def in_(self, place: Place) -> tuple[Parameter, ...]:
        """Return the parameters of one place."""
        return tuple(each for each in self.parameters if each.place == place)

    @property
    def asked_with(self) -> dict[str, str]:
        """The query parameters that it answers nothing without and that have a usual value, with that value."""
        named = [each for each in self.in_("query") if each.required and 0 < len(each.name) <= _LONGEST_SENT]
        return {each.name: each.usual for each in named if each.usual is not None}


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A way to prove who asks, as described.

    `type` is `basic`, `bearer`, `api_key` (with `place` and `parameter`), `oauth2` (with `flows`: flow name to token
    URL, and `scopes`), `openid`, `session` or `other`; names of OAuth2 flows are those of OpenAPI 3.
    """

    name: str
    type: Literal["basic", "bearer", "api_key", "oauth2", "openid", "session", "other"]
    place: Place | None = None
    parameter: str = ""
    flows: Mapping[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class ApiDescription:
    """Everything that a document says of an API; `findings` are what is wrong with it, each with its place.

    `default_security` is as `Operation.security`. `servers` are base URLs as written, the first the likeliest.
    """

    format: Format
    title: str
    file_name: str
    servers: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    schemes: tuple[SecurityScheme, ...] = ()
    default_security: tuple[tuple[str, ...], ...] = ()
    findings: tuple[SpectraError, ...] = ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
