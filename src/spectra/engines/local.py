"""DuckDB in this process: one SELECT over Arrow tables, without files, network or settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from spectra.errors import QueryFailedError
from spectra.quality.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb
    import pyarrow as pa


@dataclass(slots=True)
class LocalEngine:
    """Runs queries one at a time; each sees the tables it was given, and leaves nothing behind."""

    threads: int = 2
    memory_mb: int = 512
    _lock: Lock = field(default_factory=Lock, repr=False)
    _connection: duckdb.DuckDBPyConnection | None = field(default=None, repr=False)

    def query(self, sql: str, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Run one SELECT over tables named as `table` or `schema.table`; raises QueryFailedError.

        Everything happens in a transaction that is rolled back, so that no query can leave anything for the next.
        """
        import duckdb  # noqa: PLC0415 - 130 ms that only a query needs

        with self._lock:
            if self._connection is None:
                self._connection = _opened(self.threads, self.memory_mb)
            try:
                return _answer(self._connection, sql, tables)
            except duckdb.Error as error:
                raise QueryFailedError(_first_lines(error), sql=sql) from error

    def close(self) -> None:
        """Free what the engine holds; the next query opens it anew."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _opened(threads: int, memory_mb: int) -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415 - as above

    connection = duckdb.connect(":memory:")
    for statement in (
        "SET TimeZone = 'UTC'",
        f"SET threads = {int(threads)}",
        f"SET memory_limit = {literal(f'{int(memory_mb)}MB')}",
        "SET temp_directory = ''",
        "SET python_enable_replacements = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, tables: Mapping[str, pa.Table]) -> pa.Table:
    import duckdb  # noqa: PLC0415 - as above

    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise QueryFailedError(f"one SELECT is run here, found {kinds}", sql=sql)
    views = {f"arrow_{number}": name for number, name in enumerate(tables)}
    connection.begin()
    try:
        for view, name in views.items():
            connection.register(view, tables[name])
            for statement in _shown_as(view, name):
                connection.execute(statement)
        return connection.sql(statements[0]).to_arrow_table()
    finally:
        connection.rollback()


def _shown_as(view: str, name: str) -> Iterator[str]:
    *schema, _ = name.split(".")
    if schema:
        yield f"CREATE SCHEMA IF NOT EXISTS {identifier(schema[0])}"
    yield f"CREATE VIEW {'.'.join(map(identifier, name.split('.')))} AS FROM {identifier(view)}"


def _first_lines(error: Exception) -> str:
    return " ".join(line.strip() for line in str(error).split("\n\n")[0].splitlines())
