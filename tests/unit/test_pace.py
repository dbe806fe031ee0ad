from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.access.pace import Breaker, Pacer, RetryPolicy, is_retryable, retry_after_seconds
from spectra.errors import (
    BodyTooLargeError,
    CircuitOpenError,
    ConnectionLostError,
    DeadlineExceededError,
    InvalidJsonError,
    ServerError,
    SpectraError,
    TlsError,
)

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
POLICY = RetryPolicy(attempts=10)


@pytest.mark.parametrize("failure", [429, 500, 502, 503, 504, ConnectionLostError(), DeadlineExceededError()])
def test_what_may_be_gone_next_time_is_tried_again(failure: int | SpectraError) -> None:
    assert POLICY.wait_after(1, failure, retry_after=None, chance=0.5) == 0.5


@pytest.mark.parametrize("failure", [200, 301, 400, 401, 403, 404, 410, 501, TlsError(), BodyTooLargeError()])
def test_what_will_be_the_same_next_time_is_not_tried_again(failure: int | SpectraError) -> None:
    assert POLICY.wait_after(1, failure, retry_after=None, chance=0.5) is None


def test_a_json_body_that_is_cut_off_is_tried_again_and_an_open_circuit_is_not() -> None:
    assert is_retryable(InvalidJsonError())
    assert not is_retryable(CircuitOpenError())


def test_tries_end_at_the_number_allowed() -> None:
    policy = RetryPolicy(attempts=3)

    assert [policy.wait_after(n, 500, retry_after=None, chance=1.0) for n in (1, 2, 3)] == [1.0, 2.0, None]


def test_backoff_doubles_up_to_its_cap() -> None:
    waits = [POLICY.wait_after(n, 503, retry_after=None, chance=1.0) for n in range(1, 9)]

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(1, 9), st.floats(0, 1), st.none() | st.floats(0, 1e12))
def test_no_wait_is_longer_than_the_cap(attempt: int, chance: float, asked: float | None) -> None:
    wait = POLICY.wait_after(attempt, 429, retry_after=asked, chance=chance)

    assert wait is None or 0 <= wait <= POLICY.cap


@pytest.mark.parametrize(("asked", "wait"), [(0.0, 0.5), (7.0, 7.0), (60.0, 60.0), (60.5, None), (315360000.0, None)])
def test_retry_after_is_waited_in_full_or_not_at_all(asked: float, wait: float | None) -> None:
    assert POLICY.wait_after(1, 429, retry_after=asked, chance=0.5) == wait


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("315360000", 315360000.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        ("Mon, 23 Nov 2026 02:15:05", 5.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Mon, 99 Nov 2026 99:15:05 GMT", None),
        ("Mon, 23 Nov 99999999999 02:15:05 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_else_ignored(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@given(st.text())
def test_no_retry_after_breaks_the_reader(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)

    assert seconds is None or seconds >= 0


def after(breaker: Breaker, *failures: int | SpectraError | None, start: float = 0.0) -> Breaker:
    for second, failure in enumerate(failures):
        breaker = breaker.after(failure, began=start + second, now=start + second + 0.5)
    return breaker


@pytest.mark.parametrize("failure", [429, 503, ConnectionLostError()])
def test_the_circuit_opens_at_the_fifth_failure_in_a_row(failure: int | SpectraError) -> None:
    assert after(Breaker(), *[failure] * 4).allows(5.0)
    assert not after(Breaker(), *[failure] * 5).allows(5.0)


def test_a_success_between_keeps_the_circuit_closed() -> None:
    assert after(Breaker(), 503, 503, 503, 503, 200, 503, 503, 503, 503).allows(10.0)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_500_belongs_to_its_endpoint(status: int) -> None:
    assert after(Breaker(), *[status] * 20).allows(21.0)
    assert not after(Breaker(), 503, 503, status, 503, 503, 503).allows(7.0)


def test_a_404_says_that_the_host_is_well() -> None:
    assert after(Breaker(), 503, 503, 503, 503, 404, 503).allows(7.0)


def test_an_error_that_is_not_of_the_network_says_nothing_against_the_host() -> None:
    assert after(Breaker(), *[BodyTooLargeError()] * 9, *[ServerError()] * 9).allows(20.0)


def test_tries_under_way_together_are_one_failure() -> None:
    breaker = Breaker()
    for _ in range(16):
        breaker = breaker.after(503, began=0.0, now=1.0)

    assert breaker.failures == 1


def test_after_the_pause_one_try_is_let_through() -> None:
    opened = after(Breaker(), *[503] * 5)

    assert not opened.allows(64.4)
    assert opened.allows(64.5)
    assert not opened.trying(64.5).allows(64.6)


def test_the_try_after_the_pause_closes_the_circuit_or_opens_it_again() -> None:
    trying = after(Breaker(), *[503] * 5).trying(64.5)

    assert trying.after(200, began=64.5, now=65.0).allows(65.0)
    again = trying.after(503, began=64.5, now=65.0)
    assert not again.allows(124.9)
    assert again.allows(125.0)


def test_requests_are_spaced_evenly_and_a_late_one_is_not_made_up_for() -> None:
    pacer = Pacer(20.0)

    assert pacer.wait(0.0) == 0
    assert pacer.sent(0.0).wait(0.0) == pytest.approx(0.051)
    assert pacer.sent(0.0).sent(3.0).wait(3.0) == pytest.approx(0.051)


def test_without_a_rate_nothing_waits() -> None:
    assert Pacer(None).sent(1.0).wait(0.0) == 0
