from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from spectra.observe.prometheus import GAUGES, PREFIX, exposition
from tests.architecture.house import ROOT

FIGURES = {gauge.figure for gauge in GAUGES} | {"correlation_id", "contract_version", "spectra_version", "error_code"}
HOSTILE = 'a"b\\c\nd{e}'


def row(**known: Any) -> dict[str, Any]:
    return dict.fromkeys(FIGURES) | {"source_system": "acme", "runs_7d": 0, "successes_7d": 0} | known


def test_a_figure_reads_so() -> None:
    shown = exposition([row(latency_p50_ms=250.0), row(source_system="beta", latency_p50_ms=1)])

    assert (
        "# HELP spectra_source_latency_p50_seconds Median latency of the answers of the newest run.\n"
        "# TYPE spectra_source_latency_p50_seconds gauge\n"
        'spectra_source_latency_p50_seconds{source_system="acme"} 0.25\n'
        'spectra_source_latency_p50_seconds{source_system="beta"} 0.001\n'
    ) in shown


def test_what_was_not_measured_has_no_series() -> None:
    names = set(re.findall(r"^(\w+)\{", exposition([row()]), re.MULTILINE))

    assert names == {f"{PREFIX}{name}" for name in ("run_unfinished", "week_runs", "week_runs_succeeded")}


def test_a_time_is_in_seconds_and_a_state_is_one_of_its_values() -> None:
    shown = exposition([row(ended_at=datetime(2026, 11, 23, 2, 15, 2, 500_000, UTC), status="Failed")])

    assert 'last_run_timestamp_seconds{source_system="acme"} 1795400102.5' in shown
    assert re.findall(r'status="(\w+)"} (\d)', shown) == [("Success", "0"), ("Failed", "1"), ("Abandoned", "0")]


def test_labels_are_escaped() -> None:
    (line,) = [
        line for line in exposition([row(execution_id=HOSTILE)]).splitlines() if line.startswith(f"{PREFIX}info{{")
    ]

    assert 'execution_id="a\\"b\\\\c\\nd{e}"' in line


def test_ids_of_a_run_are_labels_of_one_series_only() -> None:
    shown = exposition(
        [row(execution_id="acme-source-1", correlation_id="c" * 32, status="Success", duration_seconds=1)]
    )
    with_ids = {line.split("{")[0] for line in shown.splitlines() if "c" * 32 in line or "acme-source-1" in line}

    assert with_ids == {f"{PREFIX}info"}


def test_every_metric_is_documented_with_its_figure() -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8")
    documented = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| `(\w+)` \|", page, re.MULTILINE))

    assert documented == {f"{PREFIX}{gauge.name}": gauge.figure for gauge in GAUGES}
