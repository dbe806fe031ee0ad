"""The shape of an ODCS 3.2 document, as far as SPECTRA reads it; its objects are closed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator
from pydantic.alias_generators import to_camel

from spectra.contract.model import ColumnType  # noqa: TC001 - pydantic needs it at run time
from spectra.quality.bar import OPERATORS, Bar, Operator

Version = r"^\d+\.\d+\.\d+$"


def _is_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is needed here")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


def _is_text(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError("write it in quotes: unquoted it is a number, and 1.10 becomes 1.1")  # noqa: TRY004 - as above
    return value


Number = Annotated[int | FiniteFloat, BeforeValidator(_is_number)]
Bounds = tuple[Number, Number]


class Part(BaseModel):
    """An object of the document: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, alias_generator=to_camel)


class CustomProperty(Part):
    """What the standard has no place for."""

    property: str
    value: Any = None
    vendor: str | None = None
    description: str | None = None
    id: str | None = None


class Arguments(Part):
    """The arguments of the library metrics."""

    properties: tuple[str, ...] = ()
    valid_values: tuple[str | Number, ...] = ()
    missing_values: tuple[str | None, ...] = ()
    pattern: str | None = None


class Quality(Part):
    """A rule that can be checked: a library metric or a query, and exactly one operator."""

    id: Annotated[str, Field(min_length=1)]
    type: Literal["library", "sql"] = "library"
    metric: Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"] | None = None
    arguments: Arguments = Arguments()
    query: str | None = None
    unit: Literal["rows", "percent"] | None = None
    name: str | None = None
    description: str | None = None
    must_be: Number | None = None
    must_not_be: Number | None = None
    must_be_greater_than: Number | None = None
    must_be_greater_or_equal_to: Number | None = None
    must_be_less_than: Number | None = None
    must_be_less_or_equal_to: Number | None = None
    must_be_between: Bounds | None = None
    must_not_be_between: Bounds | None = None
    custom_properties: tuple[CustomProperty, ...] = ()
    severity: str | None = None
    dimension: str | None = None
    business_impact: Any = None
    method: Any = None
    schedule: Any = None
    scheduler: Any = None
    tags: Any = None
    authoritative_definitions: Any = None

    @model_validator(mode="after")
    def _is_complete(self) -> Quality:
        named = [operator for operator, _ in self._operators()]
        if len(named) != 1:
            raise ValueError(f"exactly one operator is needed, found {', '.join(named) or 'none'}")
        if (self.type == "sql") != (self.query is not None) or (self.type == "library") != (self.metric is not None):
            raise ValueError("a library rule has a metric and no query, an sql rule a query and no metric")
        return self

    def _operators(self) -> list[tuple[Operator, Number | Bounds]]:
        by_alias = self.model_dump(by_alias=True, include=_OPERATOR_FIELDS, exclude_none=True)
        return [(operator, by_alias[operator]) for operator in OPERATORS if operator in by_alias]

    @property
    def bar(self) -> Bar:
        """The operator and its threshold."""
        operator, threshold = self._operators()[0]
        return Bar(operator, threshold if isinstance(threshold, tuple) else (threshold, threshold))


_OPERATOR_FIELDS = {name for name in Quality.model_fields if to_camel(name) in OPERATORS}


class EnumValue(Part):
    """A value that a property may hold."""

    value: str | Number
    id: str | None = None
    label: str | None = None
    description: str | None = None
    tags: Any = None
    custom_properties: tuple[CustomProperty, ...] = ()
    authoritative_definitions: Any = None


class TypeOptions(Part):
    """Limits on a property's values."""

    pattern: str | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    format: Any = None
    min_length: Any = None
    max_length: Any = None


class Property(Part):
    """A column."""

    name: Annotated[str, Field(min_length=1)]
    physical_type: ColumnType
    logical_type: Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]
    logical_type_options: TypeOptions = TypeOptions()
    required: bool = False
    description: str = ""
    primary_key: bool = False
    primary_key_position: int | None = None
    enum: tuple[EnumValue, ...] = ()
    quality: tuple[Quality, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = ()
    items: Any = None
    id: str | None = None
    business_name: Any = None
    classification: Any = None
    critical_data_element: Any = None
    deprecated: Any = None
    examples: Any = None
    partitioned: bool = False
    partition_key_position: int | None = None
    semantic_type: Any = None
    synonyms: Any = None
    tags: Any = None
    unique: Any = None
    authoritative_definitions: Any = None


class Schema(Part):
    """A table."""

    name: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]
    physical_name: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")]
    properties: tuple[Property, ...]
    quality: tuple[Quality, ...] = ()
    logical_type: Literal["object"] = "object"
    description: str = ""
    custom_properties: tuple[CustomProperty, ...] = ()
    id: str | None = None
    physical_type: Any = None
    business_name: Any = None
    context: Any = None
    data_granularity_description: str = ""
    deprecated: Any = None
    relationships: Any = None
    synonyms: Any = None
    tags: Any = None
    authoritative_definitions: Any = None


class Server(Part):
    """Where the tables lie; what else is said of it depends on its type."""

    model_config = ConfigDict(extra="allow")

    server: Annotated[str, Field(min_length=1)]
    type: str


class Channel(Part):
    """Where to ask."""

    channel: Annotated[str, Field(min_length=1)]
    tool: str | None = None
    url: str | None = None
    scope: str | None = None
    description: str | None = None
    invitation_url: str | None = None
    id: str | None = None
    notifications: Any = None
    tags: Any = None
    custom_properties: tuple[CustomProperty, ...] = ()
    authoritative_definitions: Any = None


class Team(Part):
    """Who answers for the contract."""

    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    members: tuple[Any, ...] = ()
    id: str | None = None
    tags: Any = None
    custom_properties: tuple[CustomProperty, ...] = ()
    authoritative_definitions: Any = None


class Purpose(Part):
    """What the tables are for, how to use them, and what they do not tell."""

    purpose: str | None = None
    usage: str | None = None
    limitations: str | None = None
    custom_properties: tuple[CustomProperty, ...] = ()
    authoritative_definitions: Any = None


class SlaProperty(Part):
    """A promise of time."""

    property: str
    value: Number
    unit: Literal["s", "m", "h", "d"]
    element: str | None = None
    id: str | None = None
    description: str | None = None
    driver: Any = None
    schedule: Any = None
    scheduler: Any = None
    custom_properties: tuple[CustomProperty, ...] = ()
    authoritative_definitions: Any = None


class Document(Part):
    """A whole contract."""

    api_version: Annotated[str, Field(pattern=r"^v3\.\d+\.\d+$")]
    kind: Literal["DataContract"]
    id: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(pattern=Version), BeforeValidator(_is_text)]
    name: str = ""
    status: str
    tables: tuple[Schema, ...] = Field(alias="schema")
    sla_properties: tuple[SlaProperty, ...] = ()
    custom_properties: tuple[CustomProperty, ...] = ()
    description: Purpose = Purpose()
    servers: tuple[Server, ...] = ()
    support: tuple[Channel, ...] = ()
    team: Team | None = None
    authoritative_definitions: Any = None
    context: Any = None
    contract_created_ts: Any = None
    data_product: Any = None
    domain: Any = None
    price: Any = None
    roles: Any = None
    sla_default_element: Any = None
    tags: Any = None
    tenant: Any = None
