"""Errors of the lakehouse: tables, commits, locks."""

from __future__ import annotations

from spectra.errors.base import LakeError


class LakeUnwritableError(LakeError):
    """The lakehouse cannot be written."""

    code = "lake-unwritable"
    remedy = "Check that the folder exists, is writable and lies on a local disk; then run again."


class DiskFullError(LakeError):
    """The disk of the lakehouse is full."""

    code = "disk-full"
    remedy = "Free space on the disk named, then run again; the last publication is intact."


class TableUnreadableError(LakeError):
    """A table of the lakehouse is missing or damaged."""

    code = "table-unreadable"
    remedy = "Restore the table from a backup, or move its folder aside and run the stage again."


class SchemaMismatchError(LakeError):
    """A table in the lakehouse has other columns or types than the contract says."""

    code = "schema-mismatch"
    remedy = "Upgrade the table to the contract's columns, or move its folder aside and run the stage again."


class CommitConflictError(LakeError):
    """Other writers kept a commit from landing, at every try."""

    code = "commit-conflict"
    remedy = "Run again when the other writers are done."


class SupersededError(LakeError):
    """A newer run has written already, so this one may not publish."""

    code = "superseded"
    remedy = "Nothing to do: the newer run counts. Look why this one lost its lock (a suspended machine, perhaps)."


class ReadBackError(LakeError):
    """A table read back after its commit is not what was written."""

    code = "read-back-mismatch"
    remedy = "Check the disk and whether another program writes into the lakehouse; then run again."


class LockHeldError(LakeError):
    """Another run of this source and stage is going on."""

    code = "lock-held"
    remedy = "Wait for the run named to end, or say `--wait 10m`."


class LogUnwritableError(LakeError):
    """The completion row could not be written, so the run does not count."""

    code = "log-unwritable"
    remedy = "Repair log.<stage> in the lakehouse, then run again; no handoff happens without a record."
