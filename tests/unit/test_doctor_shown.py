"""Goldens of what `spectra doctor` prints."""

from __future__ import annotations

import io

import pytest

from spectra.cli.doctor import ShownSteps, show_verdict
from spectra.cli.text import Terminal
from spectra.diagnosis.step import Diagnosis, Step, skipped, troubled
from spectra.errors import CertificateExpiringError, MissingSecretError, NotFoundError, UnknownEntityError

WIDE = """\
Doctor   ▲ definition *         unknown-entity: sources/zephyr.yaml · 1 finding
                                sources/zephyr.yaml:2:8 unknown-entity no entity 'relase'
                                remedy: Declare the entity under `entities`, or correct the name.
         ✔ dns *                api.example.com is 192.0.2.7 · 12 ms
         ▲ tls *                certificate-expiring: TLSv1.3, certificate for api.example.com · 1,234 ms
                                remedy: Ask the owner of the API to renew the certificate before the day
                                named.
         ✘ secrets *            missing-secret: A is not set · B is not set
                                remedy: Set the variable named, in the environment or in the project's
                                `.env`.
         ✘ level                not-found: cy\N{REPLACEMENT CHARACTER}[2Jcle: GET /c: all 3 tries failed: 3 x 404
                                not-found The API has nothing at this address (404).
                                remedy: Correct the path in the catalogue, or say under `outcomes` that a
                                404 means empty here.
         - rate-limit           not tried: no answer named a limit
         - not tried            filter, pagination: the root could not be read
         ✘ verdict              BLOCKED   8 steps: 1 ok, 2 warned, 2 failed, 3 not tried · nothing was
                                written
                                * a run cannot succeed without it

Next       why                  spectra explain missing-secret
"""
NARROW = """\
Doctor   ok dns *
    api.example.com is 192.0.2.7 - 12 ms
  x  secrets *
    missing-secret: A is not set - B is not set
    remedy: Set the variable named, in the environment or in
    the project's `.env`.
"""
DNS = Step("dns", "ok", "api.example.com is 192.0.2.7", milliseconds=12.4)
SECRETS = Step(
    "secrets",
    "failed",
    "A is not set · B is not set",
    errors=(MissingSecretError("A is not set"), MissingSecretError("B is not set")),
)
DIAGNOSIS = Diagnosis(
    "zephyr",
    (
        Step(
            "definition",
            "warning",
            "sources/zephyr.yaml · 1 finding",
            errors=(UnknownEntityError("no entity 'relase'", place="sources/zephyr.yaml:2:8"),),
        ),
        DNS,
        troubled(
            "tls", CertificateExpiringError("certificate for"), seen="TLSv1.3, certificate for api.example.com"
        ).taking(1234),
        SECRETS,
        Step("level", "failed", "GET /c: all 3 tries failed: 3 x 404", "cy\x1b[2Jcle", errors=(NotFoundError(),)),
        skipped("rate-limit", "no answer named a limit"),
        skipped("filter", "the root could not be read"),
        skipped("pagination", "the root could not be read"),
    ),
)


def shown(diagnosis: Diagnosis, out: Terminal) -> None:
    steps = ShownSteps(out, None, diagnosis.source)
    for step in diagnosis.steps:
        steps(step)
    steps.flush()


def test_a_diagnosis_reads_so() -> None:
    stream = io.StringIO()
    out = Terminal(stream, colour=False, symbols=True, width=105, live=False)
    shown(DIAGNOSIS, out)
    show_verdict(out, DIAGNOSIS)

    assert stream.getvalue() == WIDE


def test_a_narrow_terminal_without_symbols_reads_so() -> None:
    stream = io.StringIO()
    shown(Diagnosis("zephyr", (DNS, SECRETS)), Terminal(stream, colour=False, symbols=False, width=60, live=False))

    assert stream.getvalue() == NARROW


@pytest.mark.parametrize(
    ("steps", "verdict", "exit_status"),
    [
        ((DNS, skipped("tls", "http")), "READY", 0),
        ((DNS, Step("level", "failed", "404", errors=(NotFoundError(),))), "DEGRADED", 0),
        ((DNS, troubled("tls", CertificateExpiringError())), "DEGRADED", 0),
        ((Step("level", "failed", "404", errors=(NotFoundError(),)), SECRETS), "BLOCKED", 2),
        ((Step("root", "failed", "404", errors=(NotFoundError(),)), SECRETS), "BLOCKED", 3),
    ],
)
def test_only_a_mandatory_failure_blocks_and_the_first_gives_the_status(
    steps: tuple[Step, ...], verdict: str, exit_status: int
) -> None:
    diagnosis = Diagnosis("zephyr", steps)

    assert (diagnosis.verdict, diagnosis.exit_status) == (verdict, exit_status)
