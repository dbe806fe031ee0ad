from __future__ import annotations

import pytest
from pydantic import ValidationError

from spectra.access.exchange import Page, Request
from spectra.access.outcome import Judgement, OutcomeRule, judge
from spectra.errors import (
    BadRequestError,
    BodyTooLargeError,
    BodyTruncatedError,
    CircuitOpenError,
    ConnectionLostError,
    ConnectionRefusedBySourceError,
    ConnectTimeoutError,
    DeadlineExceededError,
    DnsError,
    ForeignHostError,
    ProtocolBrokenError,
    RateLimitedError,
    SpectraError,
    TlsError,
    TooManyRedirectsError,
)
from spectra.errors.base import summary_of

JSON = "application/json; charset=utf-8"
PATH = "/release/project/{projectid}"


def judged(
    status: int = 200,
    body: bytes = b"[1]",
    *,
    kind: str = JSON,
    count: int | None = None,
    rules: list[OutcomeRule] | None = None,
    error_body: tuple[str, ...] = (),
) -> Judgement:
    page = Page(Request("https://a.example/x"), "https://a.example/x", status, {"content-type": kind}, body)
    return judge(page, record_count=count, path=PATH, overrides=rules or [], error_body=error_body)


def seen(judgement: Judgement) -> tuple[str, str | None]:
    return judgement.probe_status, judgement.error.code if judgement.error else None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, ("accessible", None)),
        (201, ("accessible", None)),
        (204, ("empty", None)),
        (302, ("failed", "unexpected-status")),
        (304, ("accessible", "not-modified")),
        (400, ("failed", "bad-request")),
        (401, ("auth_required", "auth-rejected")),
        (403, ("forbidden", "forbidden")),
        (404, ("not_found", "not-found")),
        (410, ("deprecated", "endpoint-deprecated")),
        (417, ("failed", "unexpected-status")),
        (428, ("failed", "unexpected-status")),
        (429, ("rate_limited", "rate-limited")),
        (500, ("failed", "server-error")),
        (501, ("failed", "server-error")),
        (503, ("failed", "server-error")),
    ],
)
def test_each_status_has_its_meaning(status: int, expected: tuple[str, str | None]) -> None:
    assert seen(judged(status, count=1)) == expected


def test_an_error_names_the_endpoint_and_the_status() -> None:
    error = judged(404).error

    assert error is not None
    assert error.place == f"GET {PATH}"
    assert error.facts == {"http_status": "404"}


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"", JSON, ("failed", "empty-body")),
        (b"  \r\n", JSON, ("failed", "empty-body")),
        (b"\xef\xbb\xbf[1]", JSON, ("accessible", None)),
        (b'{"a": 1}', JSON, ("accessible", None)),
        (b'{"a": 1', JSON, ("failed", "invalid-json")),
        (b'{"a": NaN}', JSON, ("failed", "invalid-json")),
        (b'["\xe9"]', JSON, ("failed", "invalid-json")),
        (b"[" * 100_000, JSON, ("failed", "invalid-json")),
        (b'{"a": 1', "application/hal+json", ("failed", "invalid-json")),
        (b'{"a": 1', "", ("failed", "invalid-json")),
        (b"hello", JSON, ("failed", "invalid-json")),
        (b"hello", "text/plain", ("accessible", None)),
        (b"<a/>", "application/xml", ("accessible", None)),
        (b'{"a": 1}\n{"a": 2}\n', "application/x-ndjson", ("accessible", None)),
        (b"<p>Sign in</p>", "text/html", ("failed", "html-answer")),
        (b"\n <!DOCTYPE HTML><html>", JSON, ("failed", "html-answer")),
        (b"<HTML><body>login", "", ("failed", "html-answer")),
    ],
)
def test_a_success_is_judged_by_its_body(body: bytes, kind: str, expected: tuple[str, str | None]) -> None:
    assert seen(judged(200, body, kind=kind)) == expected


@pytest.mark.parametrize(("count", "status"), [(0, "empty"), (1, "accessible"), (None, "accessible")])
def test_no_records_means_empty(count: int | None, status: str) -> None:
    assert seen(judged(200, b"[]", count=count)) == (status, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"errorMsg": "no", "errorCode": 7}', "error-body"),
        (b'{"errorMsg": "no", "errorCode": 7, "more": []}', "error-body"),
        (b'{"errorMsg": "no"}', None),
        (b'[{"errorMsg": "no", "errorCode": 7}]', None),
    ],
)
def test_a_declared_error_body_with_200_is_a_failure(body: bytes, code: str | None) -> None:
    assert seen(judged(200, body, error_body=("errorMsg", "errorCode")))[1] == code


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DnsError(), "unreachable"),
        (ConnectionRefusedBySourceError(), "unreachable"),
        (ConnectionLostError(), "unreachable"),
        (ConnectTimeoutError(), "unreachable"),
        (DeadlineExceededError(), "unreachable"),
        (TlsError(), "unreachable"),
        (CircuitOpenError(), "unreachable"),
        (BodyTruncatedError(), "failed"),
        (ProtocolBrokenError(), "failed"),
        (ForeignHostError(), "failed"),
        (TooManyRedirectsError(), "failed"),
        (RateLimitedError(resume_at="tomorrow"), "rate_limited"),
    ],
)
def test_a_failure_keeps_its_error(error: SpectraError, status: str) -> None:
    page = Page(Request("https://a.example/x"), "https://a.example/x", error=error)

    assert judge(page, record_count=None, path=PATH, overrides=[], error_body=()) == Judgement(status, error)  # type: ignore[arg-type]


def test_an_answer_that_is_too_large_is_there_but_not_counted() -> None:
    page = Page(Request("https://a.example/x"), "https://a.example/x", 200, error=BodyTooLargeError(limit_bytes="9"))
    judgement = judge(page, record_count=None, path=PATH, overrides=[], error_body=())

    assert seen(judgement) == ("accessible", "probe-truncated")
    assert judgement.error is not None
    assert judgement.error.facts == {"limit_bytes": "9"}


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [(None, "empty"), (PATH, "empty"), (f"{PATH}?x=1", "empty"), ("/release/*", "empty"), ("/cycle/*", "not_found")],
)
def test_an_override_holds_for_its_endpoint_or_everywhere(endpoint: str | None, status: str) -> None:
    assert judged(404, rules=[OutcomeRule(status=404, endpoint=endpoint, means="empty")]).probe_status == status


def test_the_first_rule_that_fits_wins() -> None:
    rules = [OutcomeRule(status=404, endpoint=PATH, means="deprecated"), OutcomeRule(status=404, means="empty")]

    assert seen(judged(404, rules=rules)) == ("deprecated", "endpoint-deprecated")


def test_an_override_to_failed_keeps_the_usual_error() -> None:
    assert seen(judged(400, rules=[OutcomeRule(status=400, means="failed")])) == ("failed", "bad-request")
    assert seen(judged(404, rules=[OutcomeRule(status=404, means="failed")])) == ("failed", "unexpected-status")


def test_that_200_means_empty_concerns_answers_without_a_body() -> None:
    rules = [OutcomeRule(status=200, endpoint=PATH, means="empty")]

    assert seen(judged(200, b"", rules=rules)) == ("empty", None)
    assert seen(judged(200, b"[1]", count=1, rules=rules)) == ("accessible", None)
    assert seen(judged(200, b"<html>", rules=rules)) == ("failed", "html-answer")


def test_a_head_answer_needs_no_body() -> None:
    page = Page(Request("https://a.example/x", method="HEAD"), "https://a.example/x", 200, {"content-type": JSON})

    assert judge(page, record_count=None, path=PATH, overrides=[], error_body=()).probe_status == "accessible"


@pytest.mark.parametrize("wrong", [{"means": "not_probed"}, {"means": "unreachable"}, {"status": 42}, {"why": "x"}])
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OutcomeRule.model_validate({"status": 404, "means": "empty"} | wrong)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "_size must be <= 200", "ok": false}', "_size must be <= 200"),
        (b'{"error": {"message": "no such \\u001b[31mfield", "code": 7}}', "no such [31mfield"),
        (b'{"detail": "' + b"long " * 100 + b'"}', "long " * 32 + "..."),
    ],
)
def test_a_bad_request_is_told_in_the_words_of_the_api(body: bytes, said: str) -> None:
    error = judge(
        Page(Request("https://h/x"), "https://h/x", status=400, body=body),
        record_count=None,
        path="/x",
        overrides=[],
        error_body=(),
    ).error

    assert error is not None
    assert error.message.endswith(f"it says: {said}")


@pytest.mark.parametrize("body", [b"", b"[1]", b"<html>", b'{"error": 7}', b"[" * 5000])
def test_a_bad_request_without_words_says_what_it_always_says(body: bytes) -> None:
    error = judge(
        Page(Request("https://h/x"), "https://h/x", status=400, body=body),
        record_count=None,
        path="/x",
        overrides=[],
        error_body=(),
    ).error

    assert error is not None
    assert error.message == summary_of(BadRequestError)
