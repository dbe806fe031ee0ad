"""Errors of asking: a table or a run that is not there."""

from __future__ import annotations

from spectra.errors.base import ConfigError


class UnknownTableError(ConfigError):
    """The lakehouse has no table of that name, or not at that version."""

    code = "unknown-table"
    remedy = "Use a name that `spectra tables` lists, as schema.table, and no version above the one listed."


class UnknownRunError(ConfigError):
    """No run of that id is recorded."""

    code = "unknown-run"
    remedy = "Use an execution_id as log.runs has it: `spectra sql 'SELECT execution_id FROM log.runs'`."
