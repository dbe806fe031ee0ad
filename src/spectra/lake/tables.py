"""DeltaLake: the tables of one lakehouse, read at a version and committed once."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from spectra.lake.commits import Write, commit
from spectra.lake.durable import sync_commit
from spectra.lake.failures import explained
from spectra.lake.reading import opened, rows_of
from spectra.lake.schema import PARTITION_COLUMN, kept_schema
from spectra.lake.verify import refuse_difference
from spectra.runs.events import CommitStarting, Committed, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from typing import Any

    import pyarrow as pa
    from deltalake import DeltaTable

    from spectra.lake.layout import Layout
    from spectra.runs.events import Emit
    from spectra.runs.fence import Fence

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class DeltaLake:
    """The Delta tables of a lakehouse on a local disk; implements the port `Lake`.

    Commits under a fence are synced to the disk before they are acknowledged; other appends are safe against the
    death of a process, not against a power cut. `sleep` and `jitter` (0 to 1) space the tries after a conflict.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        emit: Emit = silent,
        sleep: Callable[[float], None] = time.sleep,  # noqa: TID251 - an edge; tests give their own
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._layout = layout
        self._emit = emit
        self._sleep = sleep
        self._jitter = jitter

    def read(
        self,
        table: str,
        *,
        version: int | None = None,
        columns: list[str] | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> pa.Table | None:
        """Return rows at a version (newest by default), filtered by equality, in no promised order.

        None where there is no table; raises TableUnreadableError where it is damaged or has no such version.
        `where` takes text, whole numbers, booleans and None.
        """
        with self._reading(table):
            handle = self._opened(table, version)
            return None if handle is None else rows_of(handle, columns=columns, where=where)

    def version(self, table: str) -> int | None:
        """Return the newest version of a table; None where there is no table."""
        with self._reading(table):
            handle = self._opened(table)
            return None if handle is None else handle.version()

    def names(self) -> tuple[str, ...]:
        """Return the names of all tables, sorted."""
        return self._layout.tables()

    def count(self, table: str) -> int | None:
        """Return how many rows the newest version of a table has; None where there is no table."""
        with self._reading(table):
            handle = self._opened(table)
            return None if handle is None else handle.count()

    def exists(self, table: str) -> bool:
        """Return whether there is a table of that name."""
        return self.version(table) is not None

    def schema(self, table: str, version: int | None = None) -> pa.Schema | None:
        """Return the columns of a table, as `read` gives them; None where there is no table."""
        with self._reading(table):
            handle = self._opened(table, version)
            return None if handle is None else kept_schema(handle)

    def transaction_version(self, table: str, app_id: str) -> int | None:
        """Return the greatest run_seq that a fence has left in a table; None where there is none, or no table."""
        with self._reading(table):
            handle = self._opened(table)
            return None if handle is None else handle.transaction_version(app_id)

    def append(self, table: str, rows: pa.Table) -> int:
        """Append rows, creating the table where there is none; returns the version that holds them."""
        return self._commit(Write(table, rows))

    def append_fenced(self, table: str, rows: pa.Table, *, fence: Fence) -> int:
        """Append rows under a fence; raises SupersededError where that run or a newer one was there."""
        return self._commit(Write(table, rows, fence))

    def replace_partition(self, table: str, rows: pa.Table, *, source_system: str, fence: Fence) -> int:
        """Replace one source's partition under a fence; returns the version that holds the rows."""
        return self._commit(Write(table, rows, fence, replaces=source_system))

    def read_back(self, table: str, rows: pa.Table, *, version: int, source_system: str) -> None:
        """Find exactly these rows in one source's partition at a version, or raise ReadBackError."""
        found = self.read(table, version=version, columns=rows.column_names, where={PARTITION_COLUMN: source_system})
        refuse_difference(table, version, written=rows, found=found)

    def _commit(self, write: Write) -> int:
        path = self._layout.table(write.table)
        self._emit(CommitStarting(write.table))
        version = commit(path, write, pause=self._pause)
        if write.fence is not None:
            with explained(write.table, path, writing=True):
                sync_commit(path, version)
        self._emit(Committed(write.table, version))
        return version

    def _pause(self, number: int) -> None:
        self._sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number) * self._jitter())

    def _opened(self, table: str, version: int | None = None) -> DeltaTable | None:
        return opened(self._layout.table(table), version)

    def _reading(self, table: str) -> AbstractContextManager[None]:
        return explained(table, self._layout.table(table), writing=False)
