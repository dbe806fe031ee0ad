"""Servers that others wrote, for the tests of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.servers.kinto import Kinto, seeded_kinto

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def kinto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kinto]:
    with seeded_kinto(tmp_path_factory.mktemp("kinto")) as server:
        yield server
