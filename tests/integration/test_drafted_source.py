"""A drafted definition runs as it is once its variables and secrets are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spectra import Pipeline
from spectra.discovery.catalogue import catalogue_text, rows_of
from spectra.discovery.description import SecurityScheme, Shape
from spectra.discovery.drafting.draft import draft
from spectra.testing.served import Answered, Asked, ServedApi
from tests.unit.described import TEXT, THING, asked, described, get, list_of, record, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "canary-0c1d5e77aa42-key"
PET = record("id", "name", "status")
STORE = described(
    get("/pet/findByStatus", list_of(PET), asked("status", required=True, choices=("available", "sold"))),
    get("/pet/{petId}", PET),
    get("/store/inventory", Shape("object")),
    get("/owners", wrapped("data", THING, next=TEXT, previous=TEXT), "page"),
    get("/owners/{owner_id}/visits", list_of(THING), asked("page", "integer"), asked("size", "integer", maximum=2)),
    get("/owners/{owner_id}/visits/{id}", THING),
    schemes=(SecurityScheme("api_key", "api_key", "header", "api_key"),),
)
OWNERS = {"1": ["a", "b", "c"], "2": ["d"]}


def store(asking: Asked) -> Answered:  # noqa: C901, PLR0911 - one line an endpoint
    if asking.headers.get("api_key") != KEY:
        return Answered({"code": 401}, 401)
    match asking.path.strip("/").split("/"):
        case ["v2", "pet", "findByStatus"] if "status" not in asking.query:
            return Answered({"code": 400}, 400)
        case ["v2", "pet", "findByStatus"]:
            return Answered([{"id": 7, "name": "Rex", "status": "available"}])
        case ["v2", "pet", "7"]:
            return Answered({"id": 7, "name": "Rex", "status": "available"})
        case ["v2", "store", "inventory"]:
            return Answered({"available": 1})
        case ["v2", "owners"]:
            return Answered({"data": [{"id": int(key), "name": key} for key in OWNERS]})
        case ["v2", "owners", key, "visits"]:
            start, size = (int(asking.query["page"]) - 1) * int(asking.query["size"]), int(asking.query["size"])
            return Answered([{"id": each} for each in OWNERS[key][start : start + size]])
        case ["v2", "owners", key, "visits", visit] if visit in OWNERS.get(key, []):
            return Answered({"id": visit})
    return Answered(b"", 404)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("drafted")
    made = draft(STORE, "petstore")
    (folder / "sources").mkdir()
    (folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\n")
    (folder / "sources/petstore.yaml").write_text(made.text)
    (folder / "sources/petstore.endpoints.json").write_text(catalogue_text(rows_of(STORE)))
    with ServedApi(store) as api:
        values = {"PETSTORE_BASE_URL": f"{api.url}/v2", "PETSTORE_API_KEY": KEY}
        assert tuple(values) == made.environment
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        Pipeline(folder).source("petstore")
        yield folder


def rows(project: Path, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Pipeline(project).table(table).to_pylist()
    return found


def test_the_run_succeeds_and_the_drafted_auth_is_proven(project: Path) -> None:
    (portfolio,) = rows(project, "source.portfolio")
    assert (portfolio["status"], portfolio["auth_method"], portfolio["auth_status"]) == ("active", "api_key", "Success")
    assert portfolio["hierarchical_access_validated"] is True


def test_every_endpoint_is_answered_with_the_ids_that_the_draft_feeds(project: Path) -> None:
    probed = {row["full_path"]: row["probe_status"] for row in rows(project, "source.endpoints")}
    assert probed == dict.fromkeys((f"/v2{operation.path}" for operation in STORE.operations), "accessible")


def test_the_levels_are_walked_as_drafted(project: Path) -> None:
    levels = {row["subject"]: row["outcome"] for row in rows(project, "log.findings") if row["kind"] == "level"}
    assert levels == {"pet": "proven", "owner": "proven", "visit": "proven"}
