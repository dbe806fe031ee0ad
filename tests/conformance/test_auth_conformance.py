"""Every auth type keeps what all of them owe, by being listed in the union."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spectra.testing.auth_conformance import CHECKS, MEMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.access.auth import AuthType


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.__name__)
def test_an_auth_type(member: type[AuthType], check: Callable[[type[AuthType]], None]) -> None:
    check(member)


def test_every_type_but_none_uses_a_secret() -> None:
    assert [member.__name__ for member in MEMBERS if not member.example.secrets] == ["NoAuth"]
