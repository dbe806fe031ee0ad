"""A stub consumer, the first lines of Prepare: it asks whether it may read, reads what was published, and logs both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from spectra.contract import columns
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.answers.readiness import Readiness
    from spectra.pipeline import Pipeline

LOG = "log.prepare"


@dataclass(frozen=True, slots=True)
class Handed:
    """What a consumer got: the answer it acted on and the tables it read, empty where it was not to read."""

    answer: Readiness
    tables: Mapping[str, pa.Table]


class StubConsumer:
    """Consumes the handoff of one source as a next stage does; every attempt leaves a row in log.prepare."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._lake = DeltaLake(Layout(pipeline.lakehouse))

    def consume(self, source: str) -> Handed:
        """Ask, log, and read exactly the published versions; raises ReadinessBlockedError after logging it."""
        answer = self._pipeline.readiness(source)
        blocked = answer.verdict == "BLOCKED"
        tables = {} if blocked else answer.tables()
        self._log(answer, tables)
        return Handed(answer.raise_if_blocked(), tables)

    def _log(self, answer: Readiness, tables: Mapping[str, pa.Table]) -> None:
        status = "Failed" if answer.verdict == "BLOCKED" else "Success"
        rows_read = {name: table.num_rows for name, table in sorted(tables.items())}
        texts = {
            "source_system": answer.source_system,
            "stage": "prepare",
            "status": status,
            "readiness": answer.verdict,
            "read_execution_id": answer.execution_id,
            "correlation_id": answer.correlation_id,
            "error_code": "readiness-blocked" if status == "Failed" else None,
            "readiness_checks": json.dumps([check.as_dict() for check in answer.checks]),
            "table_versions": json.dumps(dict(answer.table_versions), sort_keys=True),
            "rows_read": json.dumps(rows_read),
        }
        self._lake.append(LOG, pa.table({name: columns.strings([text]) for name, text in texts.items()}))
