"""Rows of the Source tables, built from what was measured and from nothing else (S10)."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from spectra.runs.readiness import PROBE_READINESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from spectra.stages.source.asking import Answer
    from spectra.stages.source.paging import PagingProof
    from spectra.stages.source.probing import Probed
    from spectra.stages.source.task import Measured, SourceTask

SUCCESSFUL = frozenset({"accessible", "empty"})
Row = dict[str, Any]


def endpoint_rows(task: SourceTask, probed: Sequence[Probed], paging: Sequence[PagingProof] = ()) -> list[Row]:
    """Return the rows of source.endpoints, in catalogue order."""
    caps = {task.scope.path_of(proof.entity): proof.cap for proof in paging if proof.cap}
    return [
        _endpoint_row(task, one) | _probe_columns(one.answer, one.reason) | _governance(task, one, caps)
        for one in probed
    ]


def _endpoint_row(task: SourceTask, one: Probed) -> Row:
    scope, endpoint = task.scope, one.endpoint
    fed = scope.feeds(endpoint)
    return {
        "source_system": task.envelope.source_system,
        "http_method": endpoint.method,
        "endpoint_path": endpoint.path,
        "full_path": endpoint.full_path(scope.base_path),
        "category": endpoint.category,
        "resource": endpoint.resource,
        "entity": scope.entity_of(endpoint),
        "description": endpoint.description or None,
        "requires_auth": scope.definition.auth.type != "none",
        "hierarchical": any(fed.get(name) for name in endpoint.path_parameters),
        "query_parameters": list(endpoint.query_parameters),
        "path_parameters": list(endpoint.path_parameters),
        "execution_id": task.envelope.execution_id,
    }


def _probe_columns(answer: Answer | None, reason: str | None) -> Row:
    status = answer.probe_status if answer else "not_probed"
    return {
        "probe_status": status,
        "not_probed_reason": reason,
        "http_status": answer.http_status if answer else None,
        "latency_ms": answer.latency_ms if answer else None,
        "response_bytes": answer.response_bytes if answer else None,
        "content_type": answer.content_type if answer else None,
        "record_count": answer.record_count if answer else None,
        "records_path": answer.records_path if answer else None,
        "sample_schema_sha256": answer.schema_sha256 if answer else None,
        "total_stated": answer.total_stated if answer else None,
        "pagination_seen": answer.pagination_seen if answer else None,
        "rate_limit_seen": answer.rate_limit_seen if answer else None,
        "readiness": PROBE_READINESS[status],
        "error_code": answer.error.code if answer and answer.error else None,
        "probed_at": answer.asked_at if answer else None,
    }


def _governance(task: SourceTask, one: Probed, caps: Mapping[str, int]) -> Row:
    """Return what is known of how an endpoint may be used; null where nothing is."""
    answer = one.answer
    usable = answer is not None and answer.usable
    return {
        "page_cap": (caps.get(one.endpoint.path) or answer.page_cap) if answer and usable else None,
        "total_given": answer.total_stated is not None if answer and usable else None,
        "empty_is_normal": _empty_is_normal(task, one),
        "deprecation": answer.deprecation if answer else None,
        "sunset": answer.sunset if answer else None,
    }


def _empty_is_normal(task: SourceTask, one: Probed) -> bool | None:
    """Return whether an empty answer is nothing to worry about: declared so, or just seen; null where unknown."""
    path = one.endpoint.path.partition("?")[0]
    if any(rule.means == "empty" and rule.fits(rule.status, path) for rule in task.scope.definition.outcomes):
        return True
    return one.answer.probe_status == "empty" if one.answer and one.answer.usable else None


def endpoint_counts(rows: Sequence[Row] | None) -> Row:
    """Return the counts that portfolio and log share, computed from endpoint rows; null where there are none."""
    if rows is None:
        return dict.fromkeys(("endpoint_probed_count", "endpoint_success_count", "endpoint_success_rate"))
    probed = sum(row["probe_status"] != "not_probed" for row in rows)
    success = sum(row["probe_status"] in SUCCESSFUL for row in rows)
    return {
        "endpoint_probed_count": probed,
        "endpoint_success_count": success,
        "endpoint_success_rate": success / probed if probed else None,
    }


def portfolio_row(
    task: SourceTask, measured: Measured, endpoints: Sequence[Row] | None, now: datetime, *, active: bool
) -> Row:
    """Return the one row of source.portfolio; `endpoints` is None where the stage did not get that far."""
    scope, envelope, proof = task.scope, task.envelope, measured.proof
    declared = scope.declared_levels()
    return {
        "source_system": envelope.source_system,
        "source_name": scope.definition.name or envelope.source_system,
        "contract_version": envelope.contract_version,
        "discovery_date": task.first_discovered or envelope.started_at.date(),
        "total_endpoints": None if endpoints is None else len(endpoints),
        "endpoint_categories": None if endpoints is None else _counted(endpoints, "category"),
        "hierarchical_endpoints": None if endpoints is None else sum(row["hierarchical"] for row in endpoints),
        "auth_method": scope.definition.auth.type,
        "auth_status": proof.status if proof else "Unknown",
        "last_auth_check": (proof.proven_at if proof else None) or task.last_auth_check,
        "hierarchical_access_validated": not measured.walk.missed(declared)
        if measured.walk.levels and declared
        else None,
        **endpoint_counts(endpoints),
        "supports_incremental": any(p.outcome == "proven" and p.trial.incremental for p in measured.filters)
        if endpoints is not None
        else None,
        "status": "active" if active else "error",
        "is_enabled": True,
        "readiness": "BLOCKED",
        "last_updated": now,
        "execution_id": envelope.execution_id,
    }


def _counted(rows: Sequence[Row], column: str) -> str:
    return json.dumps(dict(sorted(Counter(row[column] for row in rows).items())))


def config_rows(task: SourceTask, now: datetime) -> list[Row]:
    """Return the rows of source.config: what always stands there and the settings in force, no secret among them."""
    envelope = task.envelope
    settings = {
        "execution_mode": task.execution_mode,
        "operation_type": "refresh" if task.is_refresh else "first",
        "stage": envelope.stage,
        "spectra_version": envelope.spectra_version,
        "contract_version": envelope.contract_version,
        "definition_sha256": task.definition_sha256,
        **({"proxy": f"{task.proxy}; names are resolved there, not here"} if task.proxy else {}),
        **_flat(task.scope.definition.model_dump(mode="json", exclude={"catalogue"}), ""),
    }
    common = {"source_system": envelope.source_system, "last_updated": now, "execution_id": envelope.execution_id}
    return [{"config_key": key, "config_value": value} | common for key, value in sorted(settings.items())]


def _flat(value: Any, path: str) -> dict[str, str | None]:
    if isinstance(value, dict) and value:
        inner: dict[str, str | None] = {}
        for name, each in value.items():
            inner |= _flat(each, f"{path}.{name}" if path else str(name))
        return inner
    if isinstance(value, list | dict | bool):
        return {path: json.dumps(value)}
    return {path: None if value is None else str(value)}


def credential_rows(task: SourceTask, measured: Measured) -> list[Row]:
    """Return a row per credential that the definition names, masked."""
    proof = measured.proof
    return [
        {
            "source_system": task.envelope.source_system,
            "credential_name": facts.credential.name,
            "credential_type": facts.credential.type,
            "reference": facts.place,
            "credential_value": facts.masked,
            "fingerprint": facts.fingerprint,
            "last_validated": (proof.proven_at if proof else None) or task.last_auth_check,
            "validation_status": proof.status if proof else "Unknown",
            "expires_at": None,
            "scopes": None,
            "execution_id": task.envelope.execution_id,
        }
        for facts in task.credentials
    ]


def probe_rows(task: SourceTask, answers: Sequence[Answer]) -> list[Row]:
    """Return a row of log.probes per request of the run."""
    return [
        {
            "execution_id": task.envelope.execution_id,
            "source_system": task.envelope.source_system,
            "purpose": answer.question.purpose,
            "http_method": answer.question.request.method,
            "full_path": answer.question.endpoint.full_path(task.scope.base_path),
            "url": answer.url,
            "probe_status": answer.probe_status,
            "http_status": answer.http_status,
            "attempts": answer.attempts,
            "latency_ms": answer.latency_ms,
            "response_bytes": answer.response_bytes,
            "record_count": answer.record_count,
            "error_code": answer.error.code if answer.error else None,
            "redacted": answer.redacted,
            "probed_at": answer.asked_at,
            "correlation_id": task.envelope.correlation_id,
            "retries": answer.retries,
            "received_bytes": answer.received,
        }
        for answer in answers
    ]
