from __future__ import annotations

import pytest

from spectra.runs.envelope import trace_id_in, traceparent
from spectra.settings import outer_trace

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@pytest.mark.parametrize(
    "text", [f"00-{TRACE}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-00\n", f"cc-{TRACE}-{SPAN}-01-what-the-future-brings"]
)
def test_the_trace_id_is_found_in_a_traceparent(text: str) -> None:
    assert trace_id_in(text) == TRACE


@pytest.mark.parametrize(
    "text",
    [
        "",
        TRACE,
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
    ],
)
def test_what_is_no_traceparent_names_no_trace(text: str) -> None:
    assert trace_id_in(text) is None


def test_a_traceparent_names_trace_and_span() -> None:
    assert traceparent(TRACE, SPAN) == f"00-{TRACE}-{SPAN}-01"
    assert trace_id_in(traceparent(TRACE, "0" * 16)) == TRACE


def test_the_environment_hands_in_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACEPARENT", raising=False)
    assert outer_trace() is None
    monkeypatch.setenv("TRACEPARENT", f"00-{TRACE}-{SPAN}-01")
    assert outer_trace() == TRACE
