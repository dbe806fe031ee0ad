"""Servers that others wrote, for the tests of the command line; each is started once per worker that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.servers.canaille import Canaille, made_canaille, served_canaille
from tests.acceptance.servers.datasette import Datasette, seeded_datasette
from tests.acceptance.servers.kinto import Kinto, seeded_kinto
from tests.acceptance.servers.roundup import Roundup, made_tracker, served_roundup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BRIEF_SECONDS = 2


@pytest.fixture(scope="session")
def kinto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kinto]:
    with seeded_kinto(tmp_path_factory.mktemp("kinto")) as server:
        yield server


@pytest.fixture(scope="session")
def datasette(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    with seeded_datasette(tmp_path_factory.mktemp("datasette")) as server:
        yield server


@pytest.fixture(scope="session")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("tracker") / "made"
    made_tracker(home)
    return home


@pytest.fixture(scope="session")
def roundup(tracker: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roundup]:
    with served_roundup(tracker, tmp_path_factory.mktemp("roundup")) as server:
        yield server


@pytest.fixture(scope="session")
def filled_canaille(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_canaille(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="session")
def canaille(filled_canaille: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    with served_canaille(filled_canaille, tmp_path_factory.mktemp("canaille")) as server:
        yield server


@pytest.fixture(scope="session")
def brief_canaille(filled_canaille: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    """A server whose tokens last 2 seconds."""
    with served_canaille(filled_canaille, tmp_path_factory.mktemp("brief"), lifetime=BRIEF_SECONDS) as server:
        yield server
