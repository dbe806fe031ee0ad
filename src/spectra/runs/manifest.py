"""SourceManifest: what the Source stage hands on, rebuilt at any time from its completion row."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spectra.runs.record import checks_stored, damage, error_summary_stored, versions_named

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE_TABLES = ("source.endpoints", "source.config", "source.credentials", "source.portfolio")


class SourceManifest(BaseModel):
    """One run of the Source stage, in figures that its log tables hold.

    `table_versions` names the Delta version of each table that this run wrote; `checks` are the readiness checks
    as stored. Durations are in seconds, rates between 0 and 1, counts in endpoints or requests. `None` means that
    it was not measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    execution_id: str
    run_seq: int
    correlation_id: str
    source_system: str
    status: str
    readiness: str
    contract_version: str
    table_versions: dict[str, int]
    checks: tuple[dict[str, Any], ...] = ()
    capabilities: tuple[str, ...] = ()
    error_code: str | None = None
    error_message: str | None = None
    error_summary: dict[str, Any] = {}
    duration_seconds: float | None = None
    endpoint_count: int | None = None
    endpoint_probed_count: int | None = None
    endpoint_success_count: int | None = None
    endpoint_success_rate: float | None = None
    request_count: int | None = None
    retry_count: int | None = None
    guarantees_passed: int | None = None
    guarantees_failed: int | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> SourceManifest:
        """Rebuild the manifest from a row of log.source; raises TableUnreadableError for a damaged row."""
        parsed = {
            "table_versions": versions_named(row),
            "checks": tuple(checks_stored(row)),
            "error_summary": error_summary_stored(row),
            "capabilities": tuple(row["capabilities"] or ()),
        }
        plain = {name: row[name] for name in cls.model_fields if name not in parsed}
        try:
            return cls(**plain, **parsed)
        except ValidationError as error:
            raise damage(row, ".".join(map(str, error.errors()[0]["loc"]))) from None

    def _repr_html_(self) -> str:
        """Show the manifest as a table in a notebook."""
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
            for name, value in self.model_dump().items()
            if value not in (None, {}, ())
        )
        return f"<table>{rows}</table>"
