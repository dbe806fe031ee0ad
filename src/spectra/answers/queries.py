"""Queries: one SELECT over the tables of a lakehouse, each at its newest version or at the one asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.contract.types import arrow_schema
from spectra.documents.wording import worded
from spectra.errors import QueryFailedError, UnknownTableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from spectra.contract.model import Contract
    from spectra.errors import SpectraError
    from spectra.lake.tables import DeltaLake
    from spectra.stages.ports import Engine

_NAMED = re.compile(r'"?\b([a-z][a-z0-9_]*)\b"?\s*\.\s*"?\b([a-z_][a-z0-9_]*)\b"?', re.IGNORECASE)
_MISSING = re.compile(r'Table with name "?([\w.]+)"? does not exist')


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as it lies there: its newest version (None where the contract names it and nothing wrote it yet)."""

    name: str
    version: int | None
    rows: int | None
    columns: int
    description: str


@dataclass(frozen=True, slots=True)
class Queries:
    """Answers SELECTs; a table that the contract declares and that was never written is there, without rows."""

    lake: DeltaLake
    engine: Engine
    load_contract: Callable[[], Contract]

    def query(
        self, sql: str, *, versions: Mapping[str, int] | None = None, given: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """Run one SELECT; `versions` pins tables by full name, `given` are further tables by name.

        Only tables whose full name `schema.table` stands in the text are read. Raises QueryFailedError,
        UnknownTableError for a table or a version that is not there, and TableUnreadableError.
        """
        pinned, tables, known = dict(versions or {}), dict(given or {}), self._known()
        for name, version in pinned.items():
            self._refuse_missing(name, version, known)
        for name in sorted(known & {f"{schema}.{table}".lower() for schema, table in _NAMED.findall(sql)}):
            if name not in tables:
                tables[name] = self.read(name, version=pinned.get(name))
        try:
            return self.engine.query(sql, tables)
        except QueryFailedError as error:
            missing = _MISSING.search(error.message)
            if missing is None or missing[1].lower() in tables:
                raise
            raise _unknown(missing[1], known, place="SELECT") from None

    def read(self, name: str, *, version: int | None = None) -> pa.Table:
        """Return a table whole, or with the contract's columns and no rows where it was never written."""
        found = self.lake.read(name, version=version)
        return self.empty(name) if found is None else found

    def empty(self, name: str) -> pa.Table:
        """Return a table of the contract without rows."""
        return arrow_schema(self.load_contract().table(name)).empty_table()

    def tables(self) -> list[TableState]:
        """Return every table, those of the contract first, in its order."""
        declared = {table.full_name: table for table in self.load_contract().tables}
        states = []
        for name in dict.fromkeys([*declared, *sorted(self.lake.names())]):
            schema = self.lake.schema(name)
            table = declared.get(name)
            width = len(schema) if schema is not None else len(declared[name].columns)
            states.append(
                TableState(
                    name, self.lake.version(name), self.lake.count(name), width, table.description if table else ""
                )
            )
        return states

    def _refuse_missing(self, name: str, version: int, known: set[str]) -> None:
        if name not in known:
            raise _unknown(name, known, place="--at")
        newest = self.lake.version(name)
        if newest is not None and version > newest:
            said = f"{name} has no version {version}; its newest is {newest}"
            raise UnknownTableError(said, place=name, found=str(version))

    def _known(self) -> set[str]:
        return {table.full_name for table in self.load_contract().tables} | set(self.lake.names())


def _unknown(name: str, known: set[str], *, place: str) -> SpectraError:
    return worded(UnknownTableError, f"no table {name!r}", place=place, found=name, allowed=sorted(known))
