"""A pet shop, connected from a document about it: import, fill in the secret, run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.projects import Run, sourced, spectra
from tests.acceptance.servers.petshop import DOCUMENT, KEY, OLD_DOCUMENT, PETS, served_petshop

if TYPE_CHECKING:
    from spectra.testing.served import ServedApi

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

FOLDER = os.environ.get("SPECTRA_API_DOCUMENTS", "")
OTHERS = sorted(Path(FOLDER).glob("petstore*.json")) if FOLDER else []


def connected(folder: Path, api: ServedApi, document: str) -> Run:
    """Make a project as the import makes it, fill in what `.env.example` asks for, and run."""
    (folder / "shop.json").write_text(document)
    imported = spectra(folder, "catalog", "import", "shop.json", "--into", "shop")
    assert imported.returncode == 0, imported.stdout + imported.stderr
    lines = (folder / ".env.example").read_text().splitlines()
    names = [line.partition("=")[0] for line in lines if "=" in line]
    assert names == ["SHOP_BASE_URL", *[name for name in names if name.endswith("KEY")]]
    given: dict[str, str | None] = dict.fromkeys(names, KEY)
    given["SHOP_BASE_URL"] = f"{api.url}/shop/v7"
    valid = spectra(folder, "validate", "shop", given=given)
    assert valid.returncode == 0, valid.stdout + valid.stderr
    return sourced(folder, "shop", given=given, secrets=[KEY])


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(json.dumps(DOCUMENT), id="ours"),
        pytest.param(json.dumps(OLD_DOCUMENT), id="our old one"),
        *[pytest.param(file.read_text(), id=file.name) for file in OTHERS],
    ],
)
def test_the_draft_runs_once_the_key_is_filled_in(tmp_path: Path, document: str) -> None:
    with served_petshop(choosy="swagger" in json.loads(document)) as api:
        run = connected(tmp_path, api, document)

    assert run.status == 0, run.printed
    assert (run.portfolio()["auth_method"], run.portfolio()["auth_status"]) == ("api_key", "Success")
    assert run.endpoint("/store/inventory")["probe_status"] == "accessible"
    assert run.endpoint("/pet/findByStatus")["probe_status"] == "accessible"
    assert run.endpoint("/pet/{petId}")["probe_status"] == "accessible"
    assert run.finding("level", "pet")["outcome"] == "proven"
    assert {asked.method for asked in api.asked} <= {"GET", "HEAD"}
    assert run.holders_of(KEY) == []


def test_the_drafted_list_feeds_the_endpoint_of_a_single_pet(tmp_path: Path) -> None:
    with served_petshop() as api:
        run = connected(tmp_path, api, json.dumps(DOCUMENT))

    assert run.finding("level", "pet")["evidence"]["records_seen"] == len(PETS) // 3
    assert run.endpoint("/pet/findByStatus")["probe_status"] == "accessible"
    assert run.endpoint("/pet/{petId}")["probe_status"] == "accessible"
    assert {path for path, status in run.statuses().items() if status == "not_probed"} == {
        "/store/order/{orderId}",
        "/user/{username}",
    }
