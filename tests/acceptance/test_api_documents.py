"""Documents that others wrote, in the folder that SPECTRA_API_DOCUMENTS names: all are read, none with a traceback."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from spectra import Pipeline
from spectra.discovery.reading.formats import read_api_document
from spectra.pipeline import import_api

pytestmark = pytest.mark.acceptance

FOLDER = os.environ.get("SPECTRA_API_DOCUMENTS", "")
FILES = [file for file in sorted(Path(FOLDER).iterdir()) if file.suffix in (".json", ".yaml", ".yml")] if FOLDER else []
MOST_SECONDS = 20.0
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def described(file: Path) -> set[tuple[str, str]]:
    """Return method and path of every operation, read off the document by other means."""
    text = file.read_text()
    plain = json.loads(text) if file.suffix == ".json" else YAML(typ="safe", pure=True).load(text)
    return {(name.upper(), path) for path, item in plain["paths"].items() for name in item if name in METHODS}


@pytest.mark.skipif(not FOLDER, reason="SPECTRA_API_DOCUMENTS names no folder")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_document_of_others_is_imported_whole_and_its_draft_is_clean(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.process_time()
    found = import_api(file, into="acme", folder=tmp_path)
    assert time.process_time() - start < MOST_SECONDS
    for name in found.draft.environment:
        monkeypatch.setenv(name, "https://api.example.com" if name.endswith("_URL") else "ann")

    paths = {(row["method"], row["path"].partition("?")[0]) for row in found.rows}
    assert paths == {(method, path.partition("?")[0]) for method, path in described(file)}
    assert all(finding.place for finding in found.findings)
    assert found.findings or not file.name.startswith("awkward")
    assert Pipeline(tmp_path).validate("acme") == ()


def test_a_document_of_more_operations_than_are_read_says_so() -> None:
    document = {"swagger": "2.0", "host": "h", "paths": {f"/p{n}": {"get": {}} for n in range(100_000)}}
    description = read_api_document(json.dumps(document), "api.json")

    assert len(description.operations) == 50_000
    assert [(each.code, each.place) for each in description.findings] == [
        ("api-parts-left-out", "api.json#/paths/~1p50000/get")
    ]
