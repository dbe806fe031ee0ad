"""DuckDB in this process: one SELECT over Arrow tables, without files, network or settings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from spectra.errors import InterruptedRunError, QueryFailedError
from spectra.quality.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb
    import pyarrow as pa

    from spectra.stages.ports import Head

_HEAD = 2
_BATCH_ROWS = 20_000


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
            try:
                return _answer(self._open(), sql, tables, self.memory_mb)
            except duckdb.Error as error:
                raise QueryFailedError(_first_lines(error), sql=sql) from error
            except RuntimeError as error:
                if "interrupted" in str(error):  # how DuckDB answers a Ctrl-C
                    raise InterruptedRunError("The query was stopped by Ctrl-C.") from None
                raise

    def query_each(self, statements: Sequence[str], tables: Mapping[str, pa.Table]) -> list[Head | QueryFailedError]:
        """Run several SELECTs over the same tables; returns at most two rows of each, or why there are none.

        The tables are copied in once: small queries over them are then half as dear. One that fails aborts the
        transaction, so what follows gets another: none takes another with it.
        """
        with self._lock:
            connection, waiting = self._open(), list(statements)
            found: list[Head | QueryFailedError] = []
            while len(found) < len(waiting):
                found += _heads(connection, waiting[len(found) :], tables)
            return found

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = _opened(self.threads, self.memory_mb)
        return self._connection

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


def _answer(
    connection: duckdb.DuckDBPyConnection, sql: str, tables: Mapping[str, pa.Table], memory_mb: int
) -> pa.Table:
    statement = _select(connection, sql)
    with (
        _showing(connection, tables, "VIEW"),
        connection.sql(statement).to_arrow_reader(_BATCH_ROWS) as batches,  # left open, it keeps the connection
    ):
        return _gathered(batches, sql, most_bytes=memory_mb << 20)


def _gathered(batches: pa.RecordBatchReader, sql: str, *, most_bytes: int) -> pa.Table:
    """Return an answer whole; DuckDB's own limit does not hold for what has left it."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    kept, size = [], 0
    for batch in batches:
        kept.append(batch)
        size += batch.nbytes
        if size > most_bytes:
            raise QueryFailedError(
                f"the answer is larger than {most_bytes >> 20} MB; aggregate it, or use LIMIT", sql=sql
            )
    return pa.Table.from_batches(kept, batches.schema).rename_columns(_distinct(batches.schema.names))


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names of which none stands twice: whatever makes rows of an answer would lose the first column."""
    distinct: list[str] = []
    for name in names:
        numbered = (name, *(f"{name}_{number}" for number in range(1, len(names))))
        distinct.append(next(each for each in numbered if each not in distinct))
    return distinct


def _heads(
    connection: duckdb.DuckDBPyConnection, statements: Sequence[str], tables: Mapping[str, pa.Table]
) -> list[Head | QueryFailedError]:
    """Run statements until one fails; returns the heads of those that ran, and after them the failure."""
    import duckdb  # noqa: PLC0415 - as above

    heads: list[Head | QueryFailedError] = []
    with _showing(connection, tables, "TABLE"):
        for sql in statements:
            try:
                heads.append(connection.execute(_select(connection, sql)).fetchmany(_HEAD))
            except QueryFailedError as error:
                return [*heads, error]
            except duckdb.Error as error:
                return [*heads, QueryFailedError(_first_lines(error), sql=sql)]
    return heads


def _select(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """Return the one SELECT that a text is; raises QueryFailedError."""
    import duckdb  # noqa: PLC0415 - as above

    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise QueryFailedError(f"one SELECT is run here, found {kinds}", sql=sql)
    return statements[0]


@contextmanager
def _showing(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], kind: str) -> Iterator[None]:
    """Show tables under their names, as views of Arrow or as copies, in a transaction that is rolled back."""
    connection.begin()
    try:
        for number, name in enumerate(tables):
            view = f"arrow_{number}"
            connection.register(view, tables[name])
            for statement in _shown_as(kind, view, name):
                connection.execute(statement)
        yield
    finally:
        connection.rollback()


def _shown_as(kind: str, view: str, name: str) -> Iterator[str]:
    *schema, _ = name.split(".")
    if schema:
        yield f"CREATE SCHEMA IF NOT EXISTS {identifier(schema[0])}"
    yield f"CREATE {kind} {'.'.join(map(identifier, name.split('.')))} AS FROM {identifier(view)}"


def _first_lines(error: Exception) -> str:
    return " ".join(line.strip() for line in str(error).split("\n\n")[0].splitlines())
