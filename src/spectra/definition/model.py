"""SourceDefinition: everything that a user says about one source, validated and frozen."""

import re
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from spectra.access.auth import Auth, AuthType
from spectra.access.auth.base import exactly_one
from spectra.access.outcome import OutcomeRule
from spectra.access.pagination import NoPagination, Pagination
from spectra.access.secret import Credential
from spectra.definition.shapes import BASE_URL, ROW, SCALAR, form
from spectra.notify import Channels

INVALID_NAME = "invalid_name"
STAGES = ("source", "prepare", "extract", "clean", "transform", "refine", "analyse")
REFERENCE = re.compile(r"([a-z][a-z0-9_]*)\.([^\s.]+(?:\.[^\s.]+)*)")
_SOURCE_NAME = re.compile(r"[a-z][a-z0-9]{0,39}")
_ENTITY_NAME = re.compile(r"[a-z][a-z0-9_]*")
_UNFIT_FOR_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"{}|^`]")


def _named(pattern: re.Pattern[str], rule: str) -> AfterValidator:
    def check(name: str) -> str:
        if not pattern.fullmatch(name) or name in STAGES:
            raise PydanticCustomError(INVALID_NAME, "{rule}", {"rule": rule})
        return name

    return AfterValidator(check)


def source_name_fault(name: str) -> str | None:
    """Return what is wrong with a source's name, or None."""
    return None if _SOURCE_NAME.fullmatch(name) and name not in STAGES else _SOURCE_RULE


def _base_url(url: str) -> str:
    """Refuse what is not a plain http address that paths can be appended to; without repeating it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("host or port of the address cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("an address starts with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("user name and password have no place in an address; they belong under `auth`")
    if "?" in url or "#" in url:
        raise ValueError("the address paths are appended to has no query and no fragment")
    if _UNFIT_FOR_URL.search(url) or {".", ".."} & set(parts.path.split("/")):
        raise ValueError("the address holds a blank, backslash, brace, dot segment or control character")
    return url.rstrip("/")


def _reference(text: str) -> str:
    if not REFERENCE.fullmatch(text):
        raise ValueError("an id is given as entity.field")
    return text


def _scalar(value: object) -> object:
    if not isinstance(value, bool | int | float | str):
        raise PydanticCustomError("scalar_type", "a text, a number, true or false")
    return value


_SOURCE_RULE = f"a lower-case letter, then at most 39 letters and digits; reserved: {', '.join(STAGES)}"
_ENTITY_RULE = f"a lower-case letter, then letters, digits and underscores; reserved: {', '.join(STAGES)}"
SourceName = Annotated[
    str, _named(_SOURCE_NAME, _SOURCE_RULE), Field(json_schema_extra=form(_SOURCE_NAME, "acme", reserved=STAGES))
]
EntityName = Annotated[
    str, _named(_ENTITY_NAME, _ENTITY_RULE), Field(json_schema_extra=form(_ENTITY_NAME, reserved=STAGES))
]
BaseUrl = Annotated[str, AfterValidator(_base_url), Field(json_schema_extra=dict(BASE_URL))]
Reference = Annotated[str, AfterValidator(_reference), Field(json_schema_extra=form(REFERENCE, "project.id"))]
ApiPath = Annotated[str, Field(pattern=r"^/", max_length=2000)]
Text = Annotated[str, Field(min_length=1)]
Scalar = Annotated[Any, AfterValidator(_scalar), WithJsonSchema(dict(SCALAR))]
Row = Annotated[Any, WithJsonSchema(dict(ROW))]


class Settings(BaseModel):
    """A mapping of the definition: closed, frozen, and silent about its input when it is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Owner(Settings):
    """Who answers for the source: a `team`, and the `channel` in which it is reached; both are shown, none is told."""

    team: str | None = None
    channel: str | None = None


class Limits(Settings):
    """How hard the source may be asked, and how long and large an answer may be.

    `requests_per_second` holds for all workers together. `concurrency` is how many requests are on their way at once.
    `connect_seconds` is how long a connection may take to come about. `total_seconds` is how long a request may take
    in all, its answer included. `response_mb` is how large an answer may be once it is unpacked. `attempts` is how
    often a request is sent at most, the first time included.
    """

    requests_per_second: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 20
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    connect_seconds: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 5
    total_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 30
    response_mb: Annotated[float, Field(gt=0, le=4096, allow_inf_nan=False)] = 64
    attempts: Annotated[int, Field(ge=1, le=10)] = 3


class CatalogueSetting(Settings):
    """Where the endpoints are listed: in a `file` beside the definition, or `inline`, right here.

    A `file` is a list in .csv or .json, or an API document in .yaml or .json (OpenAPI, Swagger).
    """

    model_config = exactly_one("file", "inline")

    file: Text | None = None
    inline: tuple[Row, ...] | None = None


class EndpointSetting(Settings):
    """What holds for one endpoint alone.

    `ids` says which `entity.field` its placeholders are fed with. `auth` is asked with in place of the source's.
    """

    ids: dict[str, Reference] = Field(default_factory=dict)
    auth: Auth | None = None


class Incremental(Settings):
    """How to ask an entity for what changed.

    `field` of a record says when it changed. `param` is the query parameter that asks for what changed since a time,
    and `format` is how that time is written. It is tried whether the API obeys it.
    """

    field: Text
    param: Text
    format: Literal["iso", "date", "epoch_s", "epoch_ms"] = "iso"


class Entity(Settings):
    """A kind of record: where it is read, under which parents, filtered, sliced and paged how.

    `endpoint` is a GET path of the catalogue. `key` lists the fields that tell records apart. `parents` are the
    entities above it, whose ids its path or its `query` takes. `query` feeds parameters with an `entity.field`, and
    it is tried whether the API obeys them. `records` is the dotted path to the records of an answer; the usual shapes
    are found without it. `pagination` says how to ask for the next page; one answer holds everything without it.
    `incremental` says how to ask for what changed.
    """

    endpoint: ApiPath
    key: tuple[Text, ...] = ()
    parents: tuple[str, ...] = ()
    query: dict[str, Reference] = Field(default_factory=dict)
    records: Text | None = None
    pagination: Pagination = NoPagination()
    incremental: Incremental | None = None


class Roots(Settings):
    """The `entity` at which the hierarchy starts; `where` is what a root must hold to be walked, as field and value."""

    entity: str
    where: dict[str, Scalar] = Field(default_factory=dict)


class WalkSetting(Settings):
    """How far levels are walked: below `parents` records at most, per level and root, and how far lists are read.

    Of each entity with a `pagination`, at most `pages` pages are read beyond the first of each parent; 0 reads none.
    """

    parents: Annotated[int, Field(ge=1, le=100_000)] = 20
    pages: Annotated[int, Field(ge=0, le=100_000)] = 3


class Expect(Settings):
    """What the source is known to offer: at least so many `endpoints`, and the `levels` of its hierarchy from above."""

    endpoints: Annotated[int, Field(ge=0)] | None = None
    levels: tuple[str, ...] = ()


class Allow(Settings):
    """What is permitted beyond the safe: other `hosts` that links may lead to, and `safe_posts`, which only read."""

    hosts: tuple[Text, ...] = ()
    safe_posts: tuple[ApiPath, ...] = ()


def _listed_inline(value: object) -> object:
    return {"inline": value} if isinstance(value, list) else value


class SourceDefinition(Settings):
    """One source: a system reached through one API.

    `source` is its name in tables and commands, and that of its file. `name` is what people call it. `base_url` is the
    address that paths are appended to. `auth` says how to prove who asks. `catalogue` lists every endpoint of the API:
    here, or in a file beside this one. `ids` says for the whole source which `entity.field` a placeholder of a path is
    fed with. `endpoints` holds what differs for one endpoint, by its path. `entities` are the kinds of records to
    walk. `roots` says where the walk starts. `expect` is what the source is known to offer. `outcomes` say
    what a status means here, where that is not the usual. `notify` says whom to tell of runs: a
    channel, a list of channels, or an empty list for nobody. `error_body` names the keys that make a body with status
    200 an error. With `traceparent: true` each request carries the trace id of the run.
    """

    source: SourceName
    name: Text
    base_url: BaseUrl
    owner: Owner = Owner()
    auth: Auth
    limits: Limits = Limits()
    catalogue: Annotated[
        CatalogueSetting, BeforeValidator(_listed_inline, json_schema_input_type=CatalogueSetting | tuple[Row, ...])
    ]
    ids: dict[str, Reference] = Field(default_factory=dict)
    endpoints: dict[ApiPath, EndpointSetting] = Field(default_factory=dict)
    entities: dict[EntityName, Entity] = Field(default_factory=dict)
    roots: Roots | None = None
    walk: WalkSetting = WalkSetting()
    expect: Expect | None = None
    outcomes: tuple[OutcomeRule, ...] = ()
    allow: Allow = Allow()
    notify: Channels | None = None
    error_body: tuple[Text, ...] = ()
    traceparent: Annotated[bool, Field(strict=True)] = False

    @property
    def base_path(self) -> str:
        """The path of base_url, without a slash at its end."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def endpoint_auths(self) -> dict[str, AuthType]:
        """The auth of each endpoint that has its own, by its path without query text."""
        own = ((path.partition("?")[0], setting.auth) for path, setting in self.endpoints.items())
        return {path: auth for path, auth in own if auth is not None}

    def credentials(self) -> tuple[Credential, ...]:
        """Return the credentials that auth refers to; those of an endpoint's own have its path before their name."""
        own = [
            replace(credential, name=f"{path} {credential.name}")
            for path, auth in self.endpoint_auths.items()
            for credential in auth.credentials()
        ]
        return (*self.auth.credentials(), *own)
