"""SourceDefinition: everything that a user says about one source, validated and frozen."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from spectra.access.auth import Auth
from spectra.access.outcome import OutcomeRule
from spectra.access.pagination import NoPagination, Pagination
from spectra.access.secret import Credential
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
SourceName = Annotated[str, _named(_SOURCE_NAME, _SOURCE_RULE)]
EntityName = Annotated[str, _named(_ENTITY_NAME, _ENTITY_RULE)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
Reference = Annotated[str, AfterValidator(_reference)]
ApiPath = Annotated[str, Field(pattern=r"^/", max_length=2000)]
Text = Annotated[str, Field(min_length=1)]
Scalar = Annotated[Any, AfterValidator(_scalar)]


class Settings(BaseModel):
    """A mapping of the definition: closed, frozen, and silent about its input when it is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Owner(Settings):
    """Who answers for the source."""

    team: str | None = None
    channel: str | None = None


class Limits(Settings):
    """How hard the source may be asked, and how long and large an answer may be."""

    requests_per_second: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 20
    concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    connect_seconds: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 5
    total_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 30
    response_mb: Annotated[float, Field(gt=0, le=4096, allow_inf_nan=False)] = 64
    attempts: Annotated[int, Field(ge=1, le=10)] = 3


class CatalogueSetting(Settings):
    """Where the endpoints are listed: in a file beside the definition, or right here."""

    file: Text | None = None
    inline: tuple[Any, ...] | None = None


class EndpointSetting(Settings):
    """What holds for one endpoint alone: which `entity.field` its placeholders are fed with."""

    ids: dict[str, Reference] = Field(default_factory=dict)


class Incremental(Settings):
    """How to ask an entity for what changed: the field that tells, the parameter that filters, the form of times."""

    field: Text
    param: Text
    format: Literal["iso", "date", "epoch_s", "epoch_ms"] = "iso"


class Entity(Settings):
    """A kind of record: where it is read, under which parents, filtered, sliced and paged how."""

    endpoint: ApiPath
    key: tuple[Text, ...] = ()
    parents: tuple[str, ...] = ()
    query: dict[str, Reference] = Field(default_factory=dict)
    records: Text | None = None
    pagination: Pagination = NoPagination()
    incremental: Incremental | None = None


class Roots(Settings):
    """The entity at which the hierarchy starts, and what a root must hold to be walked."""

    entity: str
    where: dict[str, Scalar] = Field(default_factory=dict)


class WalkSetting(Settings):
    """How many parents are walked at most, per level and root."""

    parents: Annotated[int, Field(ge=1, le=100_000)] = 20


class Expect(Settings):
    """What the source is known to offer."""

    endpoints: Annotated[int, Field(ge=0)] | None = None
    levels: tuple[str, ...] = ()


class Allow(Settings):
    """What is permitted beyond the safe: other hosts, and POSTs that only read."""

    hosts: tuple[Text, ...] = ()
    safe_posts: tuple[ApiPath, ...] = ()


def _listed_inline(value: object) -> object:
    return {"inline": value} if isinstance(value, list) else value


class SourceDefinition(Settings):
    """One source."""

    source: SourceName
    name: Text
    base_url: BaseUrl
    owner: Owner = Owner()
    auth: Auth
    limits: Limits = Limits()
    catalogue: Annotated[CatalogueSetting, BeforeValidator(_listed_inline)]
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

    def credentials(self) -> tuple[Credential, ...]:
        """Return the credentials that auth refers to."""
        return self.auth.credentials()
