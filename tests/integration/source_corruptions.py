"""Ways to break the rows of a Source run, each with the one guarantee that has to see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

from tests.integration.source_rows import row, without_auth

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.source_rows import Rows

    Change = Callable[[Rows], None]

ENDPOINTS, CONFIG, CREDENTIALS = "source.endpoints", "source.config", "source.credentials"
PORTFOLIO, PROBES, FINDINGS, SOURCE = "source.portfolio", "log.probes", "log.findings", "log.source"
PROJECT, RELEASE, SECRET, ORPHAN, POST, DELETE = range(6)
AUTH, LEVEL = 3, 4
ERROR = 2
OTHER = "f" * 32


@dataclass(frozen=True, slots=True)
class Corruption:
    """A change after which exactly one guarantee fails; `given` comes first and breaks none."""

    guarantee: str
    name: str
    change: Change
    given: Change | None = None


def _set(table: str, index: int, **values: Any) -> Change:
    return lambda rows: rows[table][index].update(values)


def _copied(table: str, index: int, **values: Any) -> Change:
    return lambda rows: rows[table].append(rows[table][index] | values)


def _removed(table: str, index: int) -> Change:
    return lambda rows: rows[table].__delitem__(index)


def _both(*changes: Change) -> Change:
    def change(rows: Rows) -> None:
        for each in changes:
            each(rows)

    return change


def _setting(key: str, value: str | None) -> Change:
    def change(rows: Rows) -> None:
        next(each for each in rows[CONFIG] if each["config_key"] == key)["config_value"] = value

    return change


def _forgotten(key: str) -> Change:
    def change(rows: Rows) -> None:
        rows[CONFIG][:] = [each for each in rows[CONFIG] if each["config_key"] != key]

    return change


def _leftover(rows: Rows) -> None:
    rows[CONFIG].append(rows[CONFIG][0] | {"config_key": "walk.parents", "execution_id": "zephyr-source-older"})


def _summary(**values: Any) -> Change:
    def change(rows: Rows) -> None:
        summary = json.loads(rows[SOURCE][0]["error_summary"])
        rows[SOURCE][0]["error_summary"] = json.dumps(summary | values)

    return change


def _cases(guarantee: str, given: Change | None = None, **changes: Change) -> list[Corruption]:
    return [Corruption(guarantee, name.replace("_", " "), change, given) for name, change in changes.items()]


NOTHING_SENT = _both(
    _set(PROBES, RELEASE, attempts=0, received_bytes=0), _set(SOURCE, 0, request_count=4, bytes_received=80)
)
FAILED = {"probe_status": "failed", "http_status": 500, "error_code": "server-error"}

CORRUPTIONS = [
    *_cases(
        "G-SRC-001",
        one_endpoint_twice=_set(ENDPOINTS, DELETE, http_method="POST", full_path="/project"),
        no_key=_set(ENDPOINTS, DELETE, full_path=None),
    ),
    *_cases("G-SRC-002", two_portfolio_rows=_copied(PORTFOLIO, 0), no_portfolio_row=_removed(PORTFOLIO, 0)),
    *_cases(
        "G-SRC-003",
        the_constant_070=_set(PORTFOLIO, 0, endpoint_success_rate=0.70),
        no_rate=_set(PORTFOLIO, 0, endpoint_success_rate=None),
        one_endpoint_too_many=_set(PORTFOLIO, 0, total_endpoints=7),
        no_total=_set(PORTFOLIO, 0, total_endpoints=None),
        one_probe_too_many=_set(PORTFOLIO, 0, endpoint_probed_count=4),
        one_success_too_many=_set(PORTFOLIO, 0, endpoint_success_count=3),
        one_parent_too_few=_set(PORTFOLIO, 0, hierarchical_endpoints=2),
        a_category_too_few=_set(PORTFOLIO, 0, endpoint_categories='{"project": 6}'),
        categories_that_are_no_json=_set(PORTFOLIO, 0, endpoint_categories="project"),
    ),
    *_cases(
        "G-SRC-004",
        not_probed_for_no_reason=_set(ENDPOINTS, ORPHAN, not_probed_reason=None),
        a_blank_reason=_set(ENDPOINTS, ORPHAN, not_probed_reason=" "),
        probed_at_no_time=_set(ENDPOINTS, PROJECT, probed_at=None),
    ),
    *_cases("G-SRC-005", given=NOTHING_SENT, a_probe_not_logged=_removed(PROBES, RELEASE)),
    *_cases(
        "G-SRC-005",
        a_probe_logged_twice=_copied(PROBES, RELEASE, attempts=0, received_bytes=0),
        another_status_in_the_log=_set(PROBES, RELEASE, probe_status="accessible"),
        another_http_status_in_the_log=_set(PROBES, RELEASE, http_status=204),
        a_proof_counted_as_probe=_set(PROBES, AUTH, purpose="probe"),
    ),
    *_cases(
        "G-SRC-006",
        undeclared_readiness=_set(ENDPOINTS, PROJECT, readiness="GREEN"),
        undeclared_status=_set(PORTFOLIO, 0, status="fine"),
        readiness_in_small_letters=_set(PORTFOLIO, 0, readiness="ready"),
        no_readiness=_set(ENDPOINTS, PROJECT, readiness=None),
    ),
    *_cases(
        "G-SRC-007",
        three_letters_unmasked=_set(CREDENTIALS, 0, credential_value="abc"),
        a_letter_too_many=_set(CREDENTIALS, 0, credential_value="***4f21"),
        the_mask_behind=_set(CREDENTIALS, 0, credential_value="hunter2***"),
        a_line_break=_set(CREDENTIALS, 0, credential_value="***\n12"),
    ),
    *_cases("G-SRC-008", given=without_auth, auth_unproven=_set(PORTFOLIO, 0, auth_status="Unknown")),
    *_cases(
        "G-SRC-008",
        auth_unproven_and_said_so=_both(
            _set(PORTFOLIO, 0, auth_status="Unknown"), _set(CREDENTIALS, 0, validation_status="Unknown")
        ),
    ),
    *_cases(
        "G-SRC-009",
        an_endpoint_met_the_rate_limit=_set(ENDPOINTS, SECRET, error_code="rate-limited"),
        an_endpoint_failed=_both(_set(ENDPOINTS, SECRET, **FAILED), _set(PROBES, SECRET, **FAILED)),
    ),
    *_cases(
        "G-SRC-010",
        a_level_missed=_set(PORTFOLIO, 0, hierarchical_access_validated=False),
        levels_walked_no_verdict=_set(PORTFOLIO, 0, hierarchical_access_validated=None),
    ),
    *_cases(
        "G-SRC-011",
        no_hash_of_the_definition=_forgotten("definition_sha256"),
        no_mode=_forgotten("execution_mode"),
        an_empty_version=_setting("contract_version", None),
        a_blank_operation=_setting("operation_type", " "),
    ),
    *_cases("G-SRC-012", a_setting_twice=_copied(CONFIG, 0)),
    *_cases("G-SRC-013", a_credential_twice=_copied(CREDENTIALS, 0)),
    *_cases("G-SRC-014", two_completion_rows=_copied(SOURCE, 0), no_completion_row=_removed(SOURCE, 0)),
    *_cases(
        "G-SRC-015",
        one_endpoint_too_few_logged=_set(SOURCE, 0, endpoint_count=5),
        one_probe_too_few_logged=_set(SOURCE, 0, endpoint_probed_count=2),
        no_success_logged=_set(SOURCE, 0, endpoint_success_count=None),
        another_rate_logged=_set(SOURCE, 0, endpoint_success_rate=0.7),
    ),
    *_cases(
        "G-SRC-016",
        a_request_too_few=_set(SOURCE, 0, request_count=4),
        a_retry_too_many=_set(SOURCE, 0, retry_count=1),
        a_byte_too_many=_set(SOURCE, 0, bytes_received=101),
        another_median=_set(SOURCE, 0, latency_p50_ms=10.5),
        no_95th_percentile=_set(SOURCE, 0, latency_p95_ms=None),
    ),
    *_cases(
        "G-SRC-017",
        an_error_too_many=_summary(total=2),
        a_critical_one=_summary(critical=1),
        another_code=_summary(by_code={"server-error": 1}),
        another_category=_summary(by_category={"api": 1}),
        no_summary=_set(SOURCE, 0, error_summary=None),
    ),
    *_cases(
        "G-SRC-018",
        a_credential_of_another_opinion=_set(CREDENTIALS, 0, validation_status="Unknown"),
        a_credential_without_status=_set(CREDENTIALS, 0, validation_status=None),
        a_credential_accepted_at_no_time=_set(CREDENTIALS, 0, last_validated=None),
        a_success_at_no_time=_set(PORTFOLIO, 0, last_auth_check=None),
        no_credential=_removed(CREDENTIALS, 0),
        credentials_for_none=_set(PORTFOLIO, 0, auth_method="none"),
    ),
    *_cases(
        "G-SRC-019",
        a_row_left_over=_leftover,
        an_endpoint_of_another_run=_set(ENDPOINTS, PROJECT, execution_id="zephyr-source-older"),
        a_portfolio_of_no_run=_set(PORTFOLIO, 0, execution_id=None),
        a_credential_of_another_run=_set(CREDENTIALS, 0, execution_id="zephyr-source-older"),
    ),
    *_cases(
        "G-SRC-020",
        another_contract_version_logged=_set(SOURCE, 0, contract_version="9.9.9"),
        another_contract_version_in_portfolio=_set(PORTFOLIO, 0, contract_version="1.0.0"),
        another_version_of_spectra=_setting("spectra_version", "0.0.9"),
        another_mode=_setting("execution_mode", "interactive"),
        another_name=_set(PORTFOLIO, 0, source_name="Zephyr Scale"),
    ),
    *_cases(
        "G-SRC-021",
        a_request_of_another_run=_set(PROBES, LEVEL, correlation_id=OTHER),
        a_finding_of_no_run=_set(FINDINGS, 0, correlation_id=None),
        no_trace_id=_set(SOURCE, 0, correlation_id="XYZ"),
    ),
    *_cases(
        "G-SRC-022",
        less_than_no_time=_set(ENDPOINTS, PROJECT, latency_ms=-0.1),
        a_latency_that_is_no_number=_set(ENDPOINTS, RELEASE, latency_ms=nan),
        fewer_than_no_bytes=_set(ENDPOINTS, PROJECT, response_bytes=-1),
        fewer_than_no_records=_set(ENDPOINTS, PROJECT, record_count=-1),
        fewer_than_no_records_stated=_set(ENDPOINTS, PROJECT, total_stated=-1),
    ),
    *_cases(
        "G-SRC-023",
        status_600=_set(PROBES, AUTH, http_status=600),
        status_99=_set(PROBES, LEVEL, http_status=99),
        an_answer_before_the_question=_set(PROBES, LEVEL, latency_ms=-1.0),
        fewer_than_no_bytes_logged=_set(PROBES, LEVEL, response_bytes=-1),
        fewer_than_no_records_logged=_set(PROBES, LEVEL, record_count=-1),
    ),
    *_cases(
        "G-SRC-024",
        an_endpoint_that_failed_without_code=_set(ENDPOINTS, SECRET, error_code=None),
        a_request_that_failed_without_code=_set(PROBES, SECRET, error_code=None),
        an_error_without_code=_set(FINDINGS, ERROR, code=None),
        an_error_without_category=_set(FINDINGS, ERROR, category=None),
    ),
    *_cases(
        "G-SRC-025",
        ready_though_forbidden=_set(ENDPOINTS, SECRET, readiness="READY"),
        blocked_though_accessible=_set(ENDPOINTS, PROJECT, readiness="BLOCKED"),
        ready_though_not_probed=_set(ENDPOINTS, ORPHAN, readiness="READY"),
    ),
    *_cases(
        "G-SRC-026",
        records_of_a_refusal=_set(ENDPOINTS, SECRET, record_count=0),
        a_path_to_records_of_a_refusal=_set(ENDPOINTS, SECRET, records_path="$"),
        a_status_without_probe=_set(ENDPOINTS, ORPHAN, http_status=200),
        a_time_without_probe=_set(ENDPOINTS, POST, probed_at=row(SOURCE)["started_at"], latency_ms=1.0),
        a_reason_though_probed=_set(ENDPOINTS, PROJECT, not_probed_reason="no value was found"),
    ),
    *_cases(
        "G-SRC-027",
        no_path_as_catalogued=_set(ENDPOINTS, PROJECT, endpoint_path=None),
        no_word_on_parents=_set(ENDPOINTS, PROJECT, hierarchical=None),
        no_version_in_portfolio=_set(PORTFOLIO, 0, contract_version=None),
        no_day_of_discovery=_set(PORTFOLIO, 0, discovery_date=None),
        no_name_of_a_setting=_copied(CONFIG, 0, config_key=None),
        no_reference=_set(CREDENTIALS, 0, reference=None),
    ),
    *_cases(
        "G-SRC-028",
        position_zero=_set(SOURCE, 0, run_seq=0),
        another_batch=_set(SOURCE, 0, batch_id="other"),
        no_start=_set(SOURCE, 0, started_at=None),
        undeclared_purpose=_set(PROBES, LEVEL, purpose="fun"),
        undeclared_status_logged=_set(PROBES, LEVEL, probe_status="ok"),
        no_address=_set(PROBES, LEVEL, url=None),
        undeclared_kind=_set(FINDINGS, 0, kind="rumour"),
        undeclared_severity=_set(FINDINGS, 0, severity="fatal"),
        found_at_no_time=_set(FINDINGS, 0, found_at=None),
    ),
    *_cases(
        "G-SRC-029",
        a_token_in_the_open=_setting("auth.token", "hunter2"),
        a_webhook_in_the_open=_setting("notify", '[{"type": "discord", "webhook": "https://example.test/x"}]'),
        a_key_in_the_open=_setting("notify", '[{"url": "secret://HOOK", "signing_key": "hunter2"}]'),
    ),
    *_cases(
        "G-SRC-030",
        something_deleted=_set(PROBES, LEVEL, http_method="DELETE"),
        a_path_of_no_catalogue=_set(PROBES, LEVEL, full_path="/elsewhere"),
        a_path_of_nothing=_set(PROBES, LEVEL, full_path=None),
    ),
    *_cases("G-SRC-031", a_fifth_without_answer=_set(PROBES, LEVEL, http_status=None)),
    *_cases("G-SRC-032", a_third_slower_than_5_seconds=_set(ENDPOINTS, PROJECT, latency_ms=5001.0)),
    *_cases("G-SRC-033", a_fifth_met_the_rate_limit=_set(PROBES, LEVEL, error_code="rate-limited")),
    *_cases("G-SRC-034", a_secret_echoed=_set(PROBES, LEVEL, redacted=True)),
    *_cases("G-SRC-035", pages_that_go_round=_set(FINDINGS, 0, kind="pagination", outcome="failed")),
]
