"""The rows of one Source run in which everything agrees, as the audit sees them, to be broken one by one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pyarrow as pa

from spectra.contract.load import load_contract
from spectra.contract.types import arrow_schema

Row = dict[str, Any]
Rows = dict[str, list[Row]]

TEXT = (files("spectra") / "contracts" / "source.contract.yaml").read_text(encoding="utf-8")
CONTRACT = load_contract(TEXT, "source.contract.yaml")
NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
RUN = {"source_system": "zephyr", "execution_id": "zephyr-source-20261123T021500-abc123"}
CORRELATION = "0123456789abcdef0123456789abcdef"
VERSIONS = {"contract_version": "1.2.0", "spectra_version": "0.1.0"}
PROVEN = {"auth_status": "Success", "last_auth_check": NOW, "auth_method": "bearer"}
SETTINGS = {
    "execution_mode": "pipeline",
    "operation_type": "first",
    "stage": "source",
    "definition_sha256": "9ab1" * 16,
    "auth.type": "bearer",
    "auth.token": "secret://ZEPHYR_API_TOKEN",
    "allow.safe_posts": "[]",
    "ids.token": "token.id",
    "notify": '[{"type": "webhook", "url": "secret://HOOK", "signing_key": "secret://KEY"}]',
    "roots": None,
    **VERSIONS,
}
SEEN = {"latency_ms": 10.0, "response_bytes": 20, "content_type": "application/json", "probed_at": NOW}
COUNTED = {"record_count": 2, "records_path": "$", "sample_schema_sha256": "ab" * 32, "total_stated": 2}

# method, path, category, probe_status, readiness, what the probe saw
ENDPOINTS: tuple[tuple[str, str, str, str, str, Row], ...] = (
    ("GET", "/project", "project", "accessible", "READY", {"http_status": 200, **SEEN, **COUNTED}),
    ("GET", "/release/{id}", "release", "empty", "READY", {"http_status": 200, **SEEN, "record_count": 0}),
    ("GET", "/secret", "secret", "forbidden", "BLOCKED", {"http_status": 403, **SEEN, "error_code": "forbidden"}),
    ("GET", "/orphan/{id}", "orphan", "not_probed", "DEGRADED", {"not_probed_reason": "no value was found"}),
    ("POST", "/project", "project", "not_probed", "DEGRADED", {"not_probed_reason": "POST is never sent"}),
    ("DELETE", "/project/{id}", "project", "not_probed", "DEGRADED", {"not_probed_reason": "DELETE is never sent"}),
)


def row(table: str, **values: Any) -> Row:
    """Return a row of a table with every column, null where nothing is said."""
    return dict.fromkeys(CONTRACT.table(table).column_names) | RUN | values


def consistent() -> Rows:
    """Return the rows of a run in which everything agrees and everything is well."""
    endpoints = [_endpoint(*each) for each in ENDPOINTS]
    probes = [_probe(each, "probe") for each in endpoints if each["probed_at"]]
    probes += [_probe(endpoints[0], "auth"), _probe(endpoints[0], "level")]
    return {
        "source.endpoints": endpoints,
        "source.config": [
            row("source.config", config_key=key, config_value=value, last_updated=NOW)
            for key, value in SETTINGS.items()
        ],
        "source.credentials": [_credential()],
        "source.portfolio": [_portfolio()],
        "log.probes": probes,
        "log.findings": [
            _finding("auth", "proven", "info"),
            _finding("level", "proven", "info"),
            _finding("error", "failed", "error", code="internal-error", category="unknown"),
            _finding("catalogue", "failed", "warning", code="catalogue-duplicate", category="data"),
        ],
        "log.source": [_completion(len(probes))],
    }


def without_auth(rows: Rows) -> None:
    """Make it the run of a source that needs no credentials."""
    rows["source.credentials"].clear()
    rows["source.portfolio"][0].update(auth_method="none", auth_status="NotRequired", last_auth_check=None)


def tables_of(rows: Rows) -> dict[str, pa.Table]:
    """Return the rows in Arrow; unlike the product it takes a null where the contract wants none."""
    return {name: pa.Table.from_pylist(each, arrow_schema(CONTRACT.table(name))) for name, each in rows.items()}


def _endpoint(method: str, path: str, category: str, status: str, readiness: str, seen: Row) -> Row:
    known = {"endpoint_path": path, "full_path": path, "http_method": method, "category": category}
    return row(
        "source.endpoints", **known, hierarchical="{id}" in path, probe_status=status, readiness=readiness, **seen
    )


def _probe(endpoint: Row, purpose: str) -> Row:
    shared = ("http_method", "full_path", "probe_status", "http_status", "latency_ms", "error_code", "probed_at")
    return row(
        "log.probes",
        **{name: endpoint[name] for name in (*shared, "response_bytes", "record_count")},
        purpose=purpose,
        url="https://example.test" + endpoint["full_path"],
        attempts=1,
        retries=0,
        received_bytes=20,
        redacted=False,
        correlation_id=CORRELATION,
    )


def _credential() -> Row:
    return row(
        "source.credentials",
        credential_name="token",
        credential_type="bearer",
        reference="env:ZEPHYR_API_TOKEN",
        credential_value="***4f2",
        validation_status="Success",
        last_validated=NOW,
    )


def _portfolio() -> Row:
    return row(
        "source.portfolio",
        **PROVEN,
        source_name="Zephyr",
        contract_version=VERSIONS["contract_version"],
        discovery_date=date(2026, 11, 20),
        total_endpoints=6,
        endpoint_categories='{"orphan": 1, "project": 3, "release": 1, "secret": 1}',
        hierarchical_endpoints=3,
        hierarchical_access_validated=True,
        endpoint_probed_count=3,
        endpoint_success_count=2,
        endpoint_success_rate=2 / 3,
        supports_incremental=False,
        status="active",
        is_enabled=True,
        readiness="BLOCKED",
        last_updated=NOW,
    )


def _finding(kind: str, outcome: str, severity: str, **values: Any) -> Row:
    said = {"kind": kind, "outcome": outcome, "severity": severity, "subject": kind, **values}
    return row("log.findings", **said, stage="source", evidence="{}", found_at=NOW, correlation_id=CORRELATION)


def _completion(requests: int) -> Row:
    summary = {"total": 1, "critical": 0, "by_category": {"unknown": 1}, "by_code": {"internal-error": 1}}
    return row(
        "log.source",
        **VERSIONS,
        run_seq=1,
        correlation_id=CORRELATION,
        batch_id=RUN["execution_id"],
        started_at=NOW,
        recorded_at=NOW,
        stage="source",
        source_name="Zephyr",
        execution_mode="pipeline",
        status="Success",
        readiness="BLOCKED",
        error_summary=json.dumps(summary),
        endpoint_count=6,
        endpoint_probed_count=3,
        endpoint_success_count=2,
        endpoint_success_rate=2 / 3,
        latency_p50_ms=10.0,
        latency_p95_ms=10.0,
        request_count=requests,
        retry_count=0,
        bytes_received=20 * requests,
    )
