"""Kinto, connected from the document that it serves about itself: import, fill in the secret, run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from spectra import Pipeline
from tests.acceptance.servers.kinto import PASSWORD, USER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.servers.kinto import Kinto

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]


def spectra(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KINTO_")}
    command = [sys.executable, "-m", "spectra", *words]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def connected(kinto: Kinto, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as the import made it, with variables and secret filled in, after one run."""
    folder = tmp_path_factory.mktemp("connected")
    (folder / "kinto.json").write_text(json.dumps(kinto.ask("/__api__").body))
    done = spectra(folder, "catalog", "import", "kinto.json", "--into", "kinto")
    assert done.returncode == 0, done.stdout + done.stderr
    given = {"KINTO_BASE_URL": kinto.base_url, "KINTO_USER": USER, "KINTO_PASSWORD": PASSWORD}
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    valid = spectra(folder, "validate", "kinto")
    assert valid.returncode == 0, valid.stdout + valid.stderr
    done = spectra(folder, "source", "kinto")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Pipeline(folder).table(table).to_pylist()
    return found


def test_the_drafted_auth_is_proven_and_every_level_reached(connected: Path) -> None:
    (portfolio,) = rows(connected, "source.portfolio")
    assert (portfolio["auth_method"], portfolio["auth_status"]) == ("basic", "Success")
    assert portfolio["hierarchical_access_validated"] is True
    levels = {row["subject"]: row["outcome"] for row in rows(connected, "log.findings") if row["kind"] == "level"}
    assert levels == dict.fromkeys(("account", "bucket", "collection", "group", "history", "record"), "proven")


def test_the_drafted_filters_on_changes_are_understood_by_the_server(connected: Path) -> None:
    filters = [row for row in rows(connected, "log.findings") if row["kind"] == "filter"]
    assert {row["subject"] for row in filters} >= {"bucket._since", "record._since"}
    first_tries = [json.loads(row["evidence"])["tried"][0]["http_status"] for row in filters]
    assert set(first_tries) == {200}
    assert "failed" not in {row["outcome"] for row in filters}


def test_only_what_no_list_feeds_is_not_probed(connected: Path) -> None:
    reads = [row for row in rows(connected, "source.endpoints") if row["http_method"] == "GET"]
    assert len(reads) == 18
    assert {row["endpoint_path"]: row["not_probed_reason"] for row in reads if row["probe_status"] == "not_probed"} == {
        "/buckets/{bucket_id}/snapshot/collections/{collection_id}@{timestamp}": "no id is mapped for {timestamp}",
        "/buckets/{bucket_id}/groups/{id}": "no value was found for group.id",
    }
