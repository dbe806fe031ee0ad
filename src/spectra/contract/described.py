"""A contract as plain values, for programs that read what it promises without reading ODCS."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectra.contract.changes import Change, Difference
    from spectra.contract.model import Contract, Guarantee


def described(contract: Contract) -> dict[str, Any]:
    """Return everything that a contract says as one JSON-like mapping."""
    names = {table.full_name: table.name for table in contract.tables}
    return {
        "id": contract.id,
        "name": contract.name,
        "version": contract.version,
        "status": contract.status,
        "description": dict(contract.texts),
        "tables": [
            asdict(table) | {"key": list(table.key), "partitioning": list(table.partitioning)}
            for table in contract.tables
        ],
        "guarantees": [_guarantee(each, names.get(each.table, each.table)) for each in contract.guarantees],
        "time_promises": [asdict(each) for each in contract.time_promises],
        "servers": {name: dict(server) for name, server in contract.servers.items()},
        "team": dict(contract.team),
        "support": [dict(each) for each in contract.support],
        "custom": dict(contract.custom),
        "sha256": contract.sha256,
    }


def _guarantee(guarantee: Guarantee, short: str) -> dict[str, Any]:
    return {
        "id": guarantee.id,
        "level": guarantee.level,
        "table": guarantee.table,
        "promise": guarantee.promise,
        "dimension": guarantee.dimension,
        "operator": guarantee.bar.operator,
        "bounds": list(guarantee.bar.bounds),
        "sql": guarantee.check.sql(short),
    }


def described_difference(difference: Difference) -> dict[str, Any]:
    """Return a difference as one JSON-like mapping."""
    return {
        "before": difference.before,
        "after": difference.after,
        "breaks_consumer": bool(difference.breaking("consumer")),
        "breaks_producer": bool(difference.breaking("producer")),
        "step_needed": difference.needed,
        "step_taken": difference.taken,
        "goes_back": difference.goes_back,
        "enough": difference.enough,
        "changes": [_change(change) for change in difference.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return asdict(change) | {
        "step": change.rule.step,
        "breaks_consumer": change.breaks("consumer"),
        "breaks_producer": change.breaks("producer"),
    }
