"""Every error says what happened, what to do and how a command ends."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from spectra import errors
from spectra.errors import Category, Severity, SpectraError, known_codes
from tests.architecture.house import RUNBOOK

KINDS = list(known_codes().values())
EXIT_STATUSES = {1, 2, 3, 4, 5, 70, 130, 143}
ORDERS = {
    "add", "ask", "break", "check", "choose", "complete", "correct", "declare", "delete", "find", "free", "give",
    "have", "keep", "list", "look", "lower", "make", "map", "move", "name", "put", "raise", "read", "remove", "renew",
    "repair", "report", "restore", "run", "say", "set", "show", "stand", "upgrade", "use", "wait", "write",
}  # fmt: skip


def leaves(kind: type[SpectraError]) -> list[type[SpectraError]]:
    below = kind.__subclasses__()
    return [leaf for child in below for leaf in leaves(child)] if below else [kind]


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in leaves(SpectraError)]

    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_an_error_has_a_code_of_its_own_in_kebab_case(kind: type[SpectraError]) -> None:
    assert "code" in vars(kind)
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", kind.code)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_an_error_says_what_happened_in_one_sentence(kind: type[SpectraError]) -> None:
    assert kind.__doc__
    assert "\n" not in kind.__doc__
    assert kind.__doc__.endswith(".")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_remedy_is_an_order(kind: type[SpectraError]) -> None:
    clauses = re.split(r"[.,;:]\s+", kind.remedy)
    opening = {re.sub(r"^(and|or|otherwise) ", "", clause).split()[0].lower() for clause in clauses}

    assert opening & ORDERS
    assert kind.remedy.endswith((".", ")."))
    assert not re.search(r"\bplease\b|\btry to\b", kind.remedy, re.IGNORECASE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_an_error_counts_by_the_known_words(kind: type[SpectraError]) -> None:
    assert kind.category in get_args(Category)
    assert kind.severity in get_args(Severity)
    assert kind.exit_status in EXIT_STATUSES


def test_every_error_is_on_the_face_of_its_package() -> None:
    assert {kind.__name__ for kind in KINDS} <= set(errors.__all__)


@pytest.mark.parametrize("code", known_codes())
def test_a_code_has_one_section_in_the_runbook(code: str) -> None:
    headings = re.findall(r"^#{1,6} (.+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings.count(code) == 1
