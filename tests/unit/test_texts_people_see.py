"""Goldens of what people see when something is wrong."""

from __future__ import annotations

import io

import pytest

from spectra.cli.errors import error_document, show_error, show_problem
from spectra.cli.text import Terminal, harmless
from spectra.errors import AuthRejectedError, UnknownEntityError

FAILURE = """\
✘ auth-rejected   The API refused the credentials (401).
  where      GET /project/details
  credential secret://TOKEN (env:TOKEN) ***4f2, last accepted 2026-11-20 02:15 UTC
  not tried  119 GET endpoints: pointless without auth
  remedy     Renew the credential, set its variable again, and run `spectra doctor NAME`.
  runbook    docs/source/OPERATIONAL-RUNBOOK.md#auth-rejected   exit status 3
"""
PROBLEM = """\
sources/zephyr.yaml:2:18  unknown-entity
   1 | execution:
   2 |     query: {rel: relase.id}
     |                  ^^^^^^
  found      no entity 'relase'; allowed: project, release. Did you mean 'release'?
  remedy     Declare the entity under `entities`, or correct the name.
"""


def _terminal(width: int = 100) -> tuple[io.StringIO, Terminal]:
    stream = io.StringIO()
    return stream, Terminal(stream, colour=False, symbols=True, width=width, live=False)


def test_a_failure_reads_so() -> None:
    stream, out = _terminal()
    error = AuthRejectedError(place="GET /project/details")
    error.facts |= {
        "credential": "secret://TOKEN (env:TOKEN) ***4f2, last accepted 2026-11-20 02:15 UTC",
        "not_tried": "119 GET endpoints: pointless without auth",
    }
    show_error(out, error)
    assert stream.getvalue() == FAILURE


def test_a_finding_of_a_definition_reads_so() -> None:
    stream, out = _terminal()
    problem = UnknownEntityError(
        "no entity 'relase'",
        place="sources/zephyr.yaml:2:18",
        found="relase",
        allowed="project, release",
        nearest="release",
    )
    show_problem(out, problem, {"sources/zephyr.yaml": "execution:\n    query: {rel: relase.id}\n"}.get)
    assert stream.getvalue() == PROBLEM


def test_a_failure_for_programs_has_the_same_facts() -> None:
    document = error_document(AuthRejectedError(place="GET /a", observed="401"))
    assert (document["code"], document["exit_status"], document["facts"]) == ("auth-rejected", 3, {"observed": "401"})


@pytest.mark.parametrize("text", ["\x1b[2J", "a\x00b", "\u202egnp.exe", "bell\x07", "\x9b31m"])
def test_what_could_steer_a_terminal_is_replaced(text: str) -> None:
    assert "\N{REPLACEMENT CHARACTER}" in harmless(text)


def test_nothing_beyond_ascii_reaches_a_terminal_that_cannot_show_it() -> None:
    stream = io.StringIO()
    Terminal(stream, colour=False, symbols=False, width=80, live=False).labelled("x", "é · …", outcome="warning")
    assert stream.getvalue().isascii()
