"""Figures in the text format of Prometheus: gauges in base units, one per figure, labelled by source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PREFIX = "spectra_source_"
_MILLISECOND = 0.001
_ABOUT = ("execution_id", "correlation_id", "contract_version", "spectra_version", "error_code")
_STATES = {"status": ("Success", "Failed", "Abandoned"), "readiness": ("READY", "DEGRADED", "BLOCKED")}

Labels = tuple[tuple[str, str], ...]
Sample = tuple[Labels, float]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A metric after its prefix, what it says, and the figure it shows, times `factor`; no sample where it is null."""

    name: str
    help: str
    figure: str
    factor: float = 1.0

    def samples(self, row: Mapping[str, Any]) -> Iterator[Sample]:
        """Yield what one source's figures give."""
        value = row[self.figure]
        if value is not None:
            yield (), _number(value) * self.factor


@dataclass(frozen=True, slots=True)
class StateSet(Gauge):
    """A figure with few values: 1 for the one it has, 0 for the others."""

    def samples(self, row: Mapping[str, Any]) -> Iterator[Sample]:
        """Yield a sample per value."""
        if row[self.figure] is not None:
            for state in _STATES[self.figure]:
                yield ((self.figure, state),), float(row[self.figure] == state)


@dataclass(frozen=True, slots=True)
class Info(Gauge):
    """Always 1: its labels tell what changes with every run, and keep that out of all other series."""

    def samples(self, row: Mapping[str, Any]) -> Iterator[Sample]:
        """Yield one sample where the figure is known."""
        if row[self.figure] is not None:
            yield tuple((name, str(row[name] or "")) for name in _ABOUT), 1.0


@dataclass(frozen=True, slots=True)
class Flag(Gauge):
    """1 where the figure is known, 0 where it is null."""

    def samples(self, row: Mapping[str, Any]) -> Iterator[Sample]:
        """Yield one sample."""
        yield (), float(row[self.figure] is not None)


GAUGES: Sequence[Gauge] = (
    Info("info", "The newest run, told in labels; always 1.", "execution_id"),
    StateSet("last_run_status", "How the newest run ended: 1 for its status.", "status"),
    StateSet(
        "last_run_readiness", "Whether the next stage may read by the newest run: 1 for its readiness.", "readiness"
    ),
    Gauge("last_run_timestamp_seconds", "When the newest run ended, since 1970-01-01 UTC.", "ended_at"),
    Gauge("published_timestamp_seconds", "When the newest publication ended, since 1970-01-01 UTC.", "published_at"),
    Gauge("freshness_promise_seconds", "How old a publication may be.", "max_age_seconds"),
    Flag("run_unfinished", "1 while a run newer than the newest one recorded goes on.", "unfinished_execution_id"),
    Gauge("duration_seconds", "How long the newest run took.", "duration_seconds"),
    Gauge("endpoints", "Endpoints of the catalogue in the newest run.", "endpoint_count"),
    Gauge("endpoints_probed", "Endpoints that the newest run probed.", "endpoint_probed_count"),
    Gauge("endpoints_answered", "Probed endpoints found accessible or empty.", "endpoint_success_count"),
    Gauge("endpoint_success_ratio", "Share of the probed endpoints that answered, 0 to 1.", "endpoint_success_rate"),
    Gauge("latency_p50_seconds", "Median latency of the answers of the newest run.", "latency_p50_ms", _MILLISECOND),
    Gauge("latency_p95_seconds", "95th percentile of that latency.", "latency_p95_ms", _MILLISECOND),
    Gauge("requests", "Requests that the newest run sent, retries and redirects included.", "request_count"),
    Gauge("retries", "How many of them were asked anew after a failure.", "retry_count"),
    Gauge("received_bytes", "Decoded bodies that the newest run received.", "bytes_received"),
    Gauge("records", "Records on the pages that the newest run received.", "record_count"),
    Gauge("requests_per_second", "Requests over the duration of the newest run.", "requests_per_second"),
    Gauge("received_bytes_per_second", "Received bytes over the duration of the newest run.", "bytes_per_second"),
    Gauge("records_per_second", "Records over the duration of the newest run.", "records_per_second"),
    Gauge(
        "table_creation_seconds",
        "How long the newest run took to commit its tables and read them back.",
        "table_creation_duration_ms",
        _MILLISECOND,
    ),
    Gauge("guarantees_passed", "Guarantees of the contract that held in the newest run.", "guarantees_passed"),
    Gauge("guarantees_failed", "Guarantees of the contract that did not hold in it.", "guarantees_failed"),
    Gauge("errors", "Findings of severity error or critical in the newest run.", "error_count"),
    Gauge("errors_critical", "Those of them that are critical.", "critical_count"),
    Gauge("week_runs", "Runs that were over in the 7 days before these figures were taken.", "runs_7d"),
    Gauge("week_runs_succeeded", "Those of them that published.", "successes_7d"),
    Gauge("week_success_ratio", "Their share, 0 to 1.", "success_rate_7d"),
    Gauge("week_mean_duration_seconds", "Mean duration of the runs that published.", "mean_duration_seconds_7d"),
)


def exposition(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows of metrics.sql as the text that a scrape or node_exporter's textfile collector reads."""
    sources, lines = list(rows), []
    for gauge in GAUGES:
        samples = [
            f"{PREFIX}{gauge.name}{{{_labels(row, labels)}}} {_spelled(value)}"
            for row in sources
            for labels, value in gauge.samples(row)
        ]
        if samples:
            lines += [f"# HELP {PREFIX}{gauge.name} {_one_line(gauge.help)}", f"# TYPE {PREFIX}{gauge.name} gauge"]
            lines += samples
    return "".join(f"{line}\n" for line in lines)


def _labels(row: Mapping[str, Any], labels: Labels) -> str:
    told = (("source_system", str(row["source_system"])), *labels)
    return ",".join(f'{name}="{_one_line(value, quoted=True)}"' for name, value in told)


def _one_line(text: str, *, quoted: bool = False) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    return escaped.replace('"', '\\"') if quoted else escaped


def _number(value: float | datetime) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


def _spelled(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
