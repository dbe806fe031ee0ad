from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from spectra.diagnosis.headers import clock_step, rate_limit_of, rate_limit_step, redirects_step
from spectra.diagnosis.watched import Heard

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def heard(url: str = "http://a/x", asked: str = "http://a/x", **headers: str) -> Heard:
    return Heard(asked, url, {name.replace("_", "-"): value for name, value in headers.items()}, NOW, 200)


def dated(seconds: float) -> Heard:
    return heard(date=format_datetime(NOW - timedelta(seconds=seconds), usegmt=True))


def test_an_old_date_out_of_a_cache_does_not_make_a_clock_wrong() -> None:
    assert clock_step([dated(7200), dated(2)]).outcome == "ok"


@pytest.mark.parametrize(("seconds", "outcome"), [(60, "ok"), (-60, "ok"), (61, "warning"), (-61, "warning")])
def test_a_minute_is_borne(seconds: float, outcome: str) -> None:
    assert clock_step([dated(seconds)]).outcome == outcome


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Foo 2026", "Tue, 24 Nov 99999999 12:00:00 GMT"])
def test_a_date_that_is_none_tells_nothing(date: str) -> None:
    assert clock_step([heard(date=date)]).outcome == "skipped"


def test_nothing_heard_is_said_as_such() -> None:
    steps = [clock_step([]), rate_limit_step([], 20), redirects_step([])]

    assert {(step.outcome, step.seen) for step in steps} == {("skipped", "no answer came that could tell")}


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "4990"}, "limit 5000 · remaining 4990"),
        ({"ratelimit_limit": "100, 100;w=60"}, "limit 100, 100;w=60 · 100 in 60 s"),
        ({"ratelimit": "limit=100, remaining=9, reset=5"}, "limit 100 · remaining 9 · reset 5"),
        (
            {"ratelimit_policy": '"day";q=50;w=86400', "ratelimit": '"day";r=7;t=30'},
            "remaining 7 · reset 30 · 50 in 86400 s",
        ),
        ({"x_rate_limit_limit": "1"}, "limit 1"),
    ],
)
def test_the_headers_in_use_are_read(headers: dict[str, str], shown: str) -> None:
    assert str(rate_limit_of(heard(**headers).headers)) == shown


@pytest.mark.parametrize(
    ("headers", "warns"),
    [
        ({"ratelimit_limit": "100, 100;w=60"}, True),
        ({"ratelimit_limit": "6000, 6000;w=60"}, False),
        ({"x_ratelimit_remaining": "40", "x_ratelimit_reset": "30"}, True),
        ({"x_ratelimit_remaining": "4000", "x_ratelimit_reset": "30"}, False),
        ({"x_ratelimit_remaining": "40", "x_ratelimit_reset": str(int(NOW.timestamp()) + 3600)}, True),
        ({"x_ratelimit_remaining": "40", "x_ratelimit_reset": str(int(NOW.timestamp() + 3600) * 1000)}, True),
        ({"x_ratelimit_remaining": "40", "x_ratelimit_reset": "Tue, 24 Nov 2026 12:01:00 GMT"}, True),
        ({"x_ratelimit_remaining": "40", "x_ratelimit_reset": "Tue, 24 Nov 2026 11:59:00 GMT"}, False),
        ({"x_ratelimit_limit": "1"}, False),
        ({"x_ratelimit_limit": "many", "x_ratelimit_remaining": "few", "x_ratelimit_reset": "soon"}, False),
        ({"ratelimit_limit": "1;w=0"}, False),
        ({"ratelimit_limit": "9" * 400}, False),
    ],
)
def test_a_limit_is_compared_only_where_it_names_a_time(headers: dict[str, str], *, warns: bool) -> None:
    assert (rate_limit_step([heard(**headers)], 20).outcome == "warning") is warns


def test_the_newest_limit_counts() -> None:
    first: Any = {"x_ratelimit_limit": "10", "x_ratelimit_remaining": "9"}
    last: Any = {"x_ratelimit_limit": "10", "x_ratelimit_remaining": "2"}

    assert rate_limit_step([heard(**first), heard(**last), heard()], 20).seen == "limit 10 · remaining 2"


def test_an_answer_from_another_address_is_a_redirect_and_a_followed_link_is_none() -> None:
    moved, linked = heard(url="http://a/y?b=1"), heard(url="http://a/z", asked="")

    assert redirects_step([linked, heard(url="http://a/x?page=1")]).outcome == "ok"
    assert redirects_step([linked, moved]).seen == (
        "1 of 2 answers came by a redirect, such as http://a/x to http://a/y."
    )
