"""The reader: who asks, when, and what he was made for, as the one-row table that shipped queries look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from spectra.contract import columns

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: of one source or of all, how old a publication may be (seconds), made for which contract.

    `missing` names tables that could not be opened at the published versions, `unrecorded` a run that died and that
    could not be recorded: what only a look at the lakehouse can tell.
    """

    asked_at: datetime
    max_age_seconds: float
    contract_major: int
    source_system: str | None = None
    missing: str | None = None
    unrecorded: str | None = None

    def table(self) -> pa.Table:
        """Return the table `reader` of the shipped queries."""
        return pa.table(
            {
                "source_system": columns.strings([self.source_system]),
                "asked_at": columns.timestamps([self.asked_at]),
                "max_age_seconds": columns.doubles([self.max_age_seconds]),
                "contract_major": columns.longs([self.contract_major]),
                "missing": columns.strings([self.missing]),
                "unrecorded": columns.strings([self.unrecorded]),
            }
        )
