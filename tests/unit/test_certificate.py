from __future__ import annotations

import ssl
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.rest.certificate import Certificate, certificate_of
from tests.integration.certificates import AUTHORITY, EXPIRED, OWN

WHOLE = ssl.PEM_cert_to_DER_cert(OWN)


@pytest.mark.parametrize(
    ("pem", "subject", "year"),
    [(OWN, "api.test", 2126), (EXPIRED, "api.test", 2021), (AUTHORITY, "Authority of the tests", 2126)],
)
def test_a_certificate_tells_whose_it_is_and_when_it_ends(pem: str, subject: str, year: int) -> None:
    assert certificate_of(ssl.PEM_cert_to_DER_cert(pem)) == Certificate(
        subject, "Authority of the tests", datetime(year, 1, 1, tzinfo=UTC)
    )


@given(st.binary(max_size=300))
def test_what_is_no_certificate_is_none(data: bytes) -> None:
    assert certificate_of(data) is None


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_certificate_is_read_or_refused_and_never_a_crash(at: int, damage: bytes) -> None:
    found = certificate_of(WHOLE[:at] + damage + WHOLE[at + len(damage) :])

    assert found is None or len(found.subject) <= 100


@given(st.integers(0, len(WHOLE) - 1))
def test_a_certificate_that_is_cut_off_is_none(length: int) -> None:
    assert certificate_of(WHOLE[:length]) is None
