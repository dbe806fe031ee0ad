"""Health: whether a source is as a person on call wants it, from its newest run and its last 7 days."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra.runs.spans import span

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOLD = (
    *("source_system", "status", "readiness", "error_code", "execution_id", "correlation_id", "ended_at"),
    *("published_execution_id", "published_at", "age_seconds", "max_age_seconds"),
    *("runs_7d", "successes_7d", "success_rate_7d", "mean_duration_seconds_7d"),
    *("endpoint_count", "endpoint_probed_count", "endpoint_success_count", "endpoint_success_rate"),
    *("must_count", "must_held", "should_count", "should_held"),
    *("unfinished_execution_id", "unfinished_since", "asked_at"),
)


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source as it is now: `figures` is its row of metrics.sql, `unrecorded` a run that died unrecorded.

    It is healthy where its newest run is a Success, READY or DEGRADED, and is no older than promised.
    """

    figures: Mapping[str, Any]
    unrecorded: str | None = None

    @property
    def source_system(self) -> str:
        """The source's name."""
        return str(self.figures["source_system"])

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, one line each."""
        wrong = [self._wrong_with_newest(), self._wrong_with_age()]
        if self.unrecorded:
            wrong.append(f"{self.unrecorded} died and cannot be recorded")
        return tuple(each for each in wrong if each)

    def _wrong_with_newest(self) -> str | None:
        status, code = self.figures["status"], self.figures["error_code"]
        if status is None:
            return "never run"
        if status != "Success":
            return f"the newest run is {status}" + (f" ({code})" if code else "")
        return "the newest run is BLOCKED" if self.figures["readiness"] == "BLOCKED" else None

    def _wrong_with_age(self) -> str | None:
        age, promised = self.figures["age_seconds"], self.figures["max_age_seconds"]
        if age is None:
            return None if self.figures["status"] is None else "never published"
        if promised is None or age <= promised:
            return None
        return f"stale: published {span(age)} ago, promised at most {span(promised)}"

    def document(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        told = {name: self.figures[name] for name in _TOLD}
        return {"source_system": self.source_system, "healthy": self.healthy, "problems": list(self.problems)} | told

    def _repr_html_(self) -> str:
        """Show the answer as a table in a notebook."""
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
            for name, value in self.document().items()
            if value not in (None, [])
        )
        return f"<table>{rows}</table>"
