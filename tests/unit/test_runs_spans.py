from __future__ import annotations

import pytest

from spectra.runs.spans import span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (0.04, "0 s"), (9.34, "9.3 s"), (59.96, "1 min"), (61, "1 min 1 s"), (605, "10 min 5 s"),
        (3600, "1 h"), (3601, "1 h"), (90_000, "1 d 1 h"), (86_400, "1 d"), (267_000, "3 d 2 h"), (-5, "-5 s"),
        (float("nan"), "an unknown time"), (float("inf"), "an unknown time"),
    ],
)  # fmt: skip
def test_a_span_is_said_in_two_units_at_most(seconds: float, said: str) -> None:
    assert span(seconds) == said
