"""A contract as the product uses it: tables with columns, guarantees, and promises of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.quality.bar import Bar
    from spectra.quality.checks import Check

ColumnType = Literal["string", "long", "double", "boolean", "date", "timestamp", "array<string>"]
Level = Literal["must", "should"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column; `key` is its position in the primary key, `allowed` every value it may hold.

    `partition` is its position among the columns that the table is partitioned by.
    """

    name: str
    type: ColumnType
    required: bool = False
    description: str = ""
    key: int | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A declared table: `name` as SQL of the contract says it, `full_name` as `schema.table`, `grain` what a row is."""

    name: str
    full_name: str
    columns: tuple[Column, ...]
    description: str = ""
    grain: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def is_log(self) -> bool:
        """Whether rows of many runs stand in it, rather than those of the newest run of each source."""
        return self.full_name.startswith("log.")

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the columns that identify a row."""
        keyed = [(column.key, column.name) for column in self.columns if column.key is not None]
        return tuple(name for _, name in sorted(keyed))

    @property
    def partitioning(self) -> tuple[str, ...]:
        """The names of the columns that the table is partitioned by."""
        parts = [(column.partition, column.name) for column in self.columns if column.partition is not None]
        return tuple(name for _, name in sorted(parts))


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One promise about a table (its full name): a check gives a number, the number has to meet the bar."""

    id: str
    level: Level
    table: str
    promise: str
    check: Check
    bar: Bar
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class TimePromise:
    """A promise of time such as freshness: `value` in `unit` (s, m, h, d), about a column as `table.column`."""

    kind: str
    value: float
    unit: str
    element: str | None = None
    description: str = ""

    @property
    def duration(self) -> timedelta:
        """The promised time."""
        return timedelta(seconds=self.value * _SECONDS[self.unit])


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract: who it is, what it declares, what it promises; `custom` holds its custom properties by name.

    `texts` are purpose, usage and limitations, `servers` where the tables lie by name, `team` and `support` whom to
    ask; `sha256` is that of everything written in it but its version, however it is laid out.
    """

    id: str
    name: str
    version: str
    status: str
    tables: tuple[TableSchema, ...]
    guarantees: tuple[Guarantee, ...]
    time_promises: tuple[TimePromise, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    team: Mapping[str, Any] = field(default_factory=dict)
    support: tuple[Mapping[str, Any], ...] = ()
    sha256: str = ""

    def table(self, full_name: str) -> TableSchema:
        """Return a table by its full name, `schema.table`; raises KeyError."""
        for table in self.tables:
            if table.full_name == full_name:
                return table
        raise KeyError(full_name)

    @property
    def freshness(self) -> timedelta | None:
        """How old the newest publication may be, where that is promised."""
        return next((each.duration for each in self.time_promises if each.kind == "freshness"), None)

    @property
    def major(self) -> int:
        """The major version: what differs in it does not fit together."""
        return int(self.version.split(".", maxsplit=1)[0])
