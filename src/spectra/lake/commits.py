"""One commit that lands once or says why not: fresh handle, fence, schema, and a new plan after every conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake import Field as DeltaField
from deltalake.exceptions import CommitFailedError, DeltaError

from spectra.errors import CommitConflictError, LakeError, SchemaMismatchError, SupersededError
from spectra.lake.failures import explained
from spectra.lake.reading import equals_text, opened
from spectra.lake.schema import (
    PARTITION_COLUMN,
    columns_to_add,
    kept_schema,
    partitioning,
    refuse_other_columns,
    refuse_unkept_columns,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from spectra.runs.fence import Fence

_TRIES = 12
_MARK = "spectra.commit"
_CONFIGURATION = {"delta.enableExpiredLogCleanup": "false"}


@dataclass(frozen=True, slots=True)
class Write:
    """What is to be committed: rows appended, or in place of the partition of `replaces`; under a fence or none."""

    table: str
    rows: pa.Table
    fence: Fence | None = None
    replaces: str | None = None


def commit(path: str, write: Write, *, pause: Callable[[int], None]) -> int:
    """Commit and return the version made.

    Every try starts from a fresh handle and checks the fence on it; `pause(n)` waits before try n + 1. A failure
    leaves open whether the commit landed, so each is answered by a look for its mark in the table's history.
    Raises SupersededError, SchemaMismatchError, CommitConflictError, DiskFullError, LakeUnwritableError,
    TableUnreadableError.
    """
    _refuse_foreign_rows(write)
    refuse_unkept_columns(write.table, write.rows.schema)
    mark = uuid4().hex
    for number in range(_TRIES):
        before = -1
        try:
            with explained(write.table, path, writing=True):
                handle = opened(path)
                before = -1 if handle is None else _accepting(handle, write).version()
        except CommitFailedError:  # another writer came between while columns were added
            pause(number)
            continue
        try:
            with explained(write.table, path, writing=True):
                return _create(path, write, mark) if handle is None else _write(handle, write, mark)
        except (CommitFailedError, LakeError) as error:
            landed = _landed(path, write, mark, after=before)
            if landed is not None:
                return landed
            if isinstance(error, LakeError):
                raise
        pause(number)
    raise CommitConflictError(f"{write.table} could not be committed in {_TRIES} tries", table=write.table)


def _create(path: str, write: Write, mark: str) -> int:
    """Make the table with its first rows as version 0.

    Without `max_commit_retries=0` the loser of two creators would land as version 1, over the winner's metadata
    and past its fence.
    """
    try:
        write_deltalake(
            path,
            write.rows,
            mode="error",
            partition_by=partitioning(write.rows.schema),
            configuration=_CONFIGURATION,
            commit_properties=_properties(write, mark, retries=0),
        )
    except DeltaError as error:
        if "already exists" in str(error):
            raise CommitFailedError(str(error)) from None
        raise
    return 0


def _write(handle: DeltaTable, write: Write, mark: str) -> int:
    """Commit with the very handle that was checked; the library then raises where a rival came between."""
    properties = _properties(write, mark, retries=None)
    if write.replaces is None:
        write_deltalake(handle, write.rows, mode="append", commit_properties=properties)
    else:
        predicate = equals_text(PARTITION_COLUMN, write.replaces)
        write_deltalake(handle, write.rows, mode="overwrite", predicate=predicate, commit_properties=properties)
    return handle.version()


def _properties(write: Write, mark: str, *, retries: int | None) -> CommitProperties:
    fence = write.fence
    transactions = None if fence is None else [Transaction(fence.app_id, fence.run_seq)]
    return CommitProperties(custom_metadata={_MARK: mark}, app_transactions=transactions, max_commit_retries=retries)


def _landed(path: str, write: Write, mark: str, *, after: int) -> int | None:
    """Return the version that carries the mark, or None; asked right after a failure, while the log still has it."""
    with explained(write.table, path, writing=True):
        handle = opened(path)
        if handle is None or handle.version() <= after:
            return None
        entries = handle.history(handle.version() - after)
    return next((int(entry["version"]) for entry in entries if entry.get(_MARK) == mark), None)


def _accepting(handle: DeltaTable, write: Write) -> DeltaTable:
    """Return the handle of a table that may take this write: same columns, same partitions, no newer run.

    A table that an older release made, without the newest columns, is given them; its rows hold null there.
    """
    _refuse_superseded(handle, write)
    lacking = columns_to_add(expected=write.rows.schema, found=kept_schema(handle))
    if lacking is not None:
        handle.alter.add_columns([DeltaField.from_arrow(column) for column in lacking])
        handle.update_incremental()
    _refuse_other_table(handle, write)
    return handle


def _refuse_superseded(handle: DeltaTable, write: Write) -> None:
    if write.fence is None:
        return
    there = handle.transaction_version(write.fence.app_id)
    if there is not None and there >= write.fence.run_seq:
        message = f"{write.table} already holds run {there} of {write.fence.app_id}; this is run {write.fence.run_seq}"
        facts = {"table": write.table, "found": str(there), "expected": f"below {write.fence.run_seq}"}
        raise SupersededError(message, **facts)


def _refuse_other_table(handle: DeltaTable, write: Write) -> None:
    refuse_other_columns(write.table, expected=kept_schema(handle), found=write.rows.schema)
    found, expected = handle.metadata().partition_columns, partitioning(write.rows.schema)
    if found != expected:
        message = f"{write.table} is partitioned by {found}, expected {expected}"
        raise SchemaMismatchError(message, table=write.table, found=str(found), expected=str(expected))


def _refuse_foreign_rows(write: Write) -> None:
    if write.replaces is None:
        return
    found = set(write.rows.column(PARTITION_COLUMN).unique().to_pylist()) - {write.replaces}
    if found:
        message = f"rows of {sorted(map(str, found))} in the partition of {write.replaces!r} of {write.table}"
        raise SchemaMismatchError(message, table=write.table, found=str(found), expected=write.replaces)
