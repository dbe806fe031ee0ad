"""What may be shown of a secret."""

from __future__ import annotations

import pytest

from spectra.access.secret import masked


@pytest.mark.parametrize(
    ("value", "shown"), [("", "***"), ("abc", "***"), ("elevenchars", "***"), ("twelve-chars", "***ars")]
)
def test_less_than_12_characters_are_masked_in_full(value: str, shown: str) -> None:
    assert masked(value) == shown
