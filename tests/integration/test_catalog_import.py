"""`spectra catalog import`: what it shows, what it writes, and that what it writes is a source that runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from spectra import Pipeline
from spectra.cli.main import app
from spectra.errors import ProjectExistsError
from spectra.pipeline import import_api
from tests.integration.conftest import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project, World


def document(url: str) -> dict[str, Any]:
    """Describe the world as an OpenAPI document with one bad reference."""
    project = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {}}}
    task = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "project": {}}}

    def listing(schema: dict[str, Any]) -> dict[str, Any]:
        content = {"application/json": {"schema": {"type": "array", "items": schema}}}
        return {"responses": {"200": {"description": "all", "content": content}}}

    return {
        "openapi": "3.0.3",
        "info": {"title": "The Tracker API"},
        "servers": [{"url": f"{url}/api"}],
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/projects": {"get": {"summary": "All projects", "tags": ["Projects"], **listing(project)}},
            "/projects/{projectId}/tasks": {"get": listing(task)},
            "/tasks/{id}": {"get": {"responses": {"200": {"$ref": "#/components/responses/Task"}}}},
            "/tasks": {"post": {"responses": {}}},
        },
    }


@pytest.fixture
def described(tmp_path: Path, api: ServedApi) -> Path:
    file = tmp_path / "tracker.json"
    file.write_text(json.dumps(document(api.url)))
    return file


def catalog(*arguments: object, columns: int = 100) -> Result:
    return CliRunner().invoke(app, ["catalog", *map(str, arguments)], env={"COLUMNS": str(columns), "NO_COLOR": "1"})


def test_without_a_name_it_shows_what_it_found_and_writes_nothing(described: Path) -> None:
    before = sorted(described.parent.rglob("*"))
    done = catalog("import", described)

    assert done.exit_code == 0
    assert "The Tracker API (openapi-3.0)" in done.stdout
    assert "4: 3 GET · 1 POST" in done.stdout
    assert "tracker.json#/paths/~1tasks~1{id}/get/responses/200/$ref  broken-reference" in done.stdout
    assert "entities.project.key (high)" in done.stdout
    assert "--into tracker" in " ".join(done.stdout.split())
    assert sorted(described.parent.rglob("*")) == before


def test_a_narrow_terminal_gets_every_word(described: Path) -> None:
    assert max(map(len, catalog("import", described, columns=50).stdout.splitlines()[:12])) <= 52


def test_with_a_name_it_makes_a_project_whose_source_is_clean_and_runs(
    described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    done = catalog("import", described, "--into", "tracker", "--project", folder)
    assert done.exit_code == 0, done.output
    assert "spectra validate tracker" in done.stdout
    definition = (folder / "sources" / "tracker.yaml").read_text()
    schema = definition.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
    assert (folder / "sources" / schema).is_file()
    for line in (folder / ".env.example").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.isupper():
            monkeypatch.setenv(name, value or TOKEN)

    pipeline = Pipeline(folder)
    assert pipeline.validate("tracker") == ()
    manifest = pipeline.source("tracker")
    assert manifest.status == "Success"
    rows = pipeline.catalog("tracker")
    assert [(row["http_method"], row["endpoint_path"]) for row in rows] == [
        ("GET", "/projects"),
        ("GET", "/projects/{projectId}/tasks"),
        ("POST", "/tasks"),
        ("GET", "/tasks/{id}"),
    ]
    assert [row["probe_status"] for row in rows if row["entity"]] == ["accessible", "accessible"]
    assert (rows[0]["category"], rows[0]["description"]) == ("Projects", "All projects")


def test_an_unset_variable_is_all_that_a_fresh_draft_lacks(described: Path, tmp_path: Path) -> None:
    catalog("import", described, "--into", "tracker", "--project", tmp_path)

    assert [(each.code, each.facts["variable"]) for each in Pipeline(tmp_path).validate("tracker")] == [
        ("missing-variable", "TRACKER_BASE_URL")
    ]


@pytest.mark.parametrize("existing", ["acme.yaml", "acme.endpoints.json"])
def test_nothing_that_exists_is_overwritten(described: Path, project: Project, existing: str) -> None:
    for file in (project.folder / "sources").iterdir():
        file.unlink()
    kept = project.folder / "sources" / existing
    kept.write_text("kept")
    before = sorted(project.folder.rglob("*"))

    with pytest.raises(ProjectExistsError):
        project.pipeline().import_api(described, "acme")
    done = catalog("import", described, "--into", "acme", "--project", project.folder)
    assert done.exit_code == 2
    assert "project-exists" in done.output
    assert kept.read_text() == "kept"
    assert sorted(project.folder.rglob("*")) == before


def test_a_project_gets_a_second_source_and_keeps_its_own_files(described: Path, project: Project) -> None:
    before = {file: file.read_text() for file in project.folder.rglob("*") if file.is_file()}
    found = project.pipeline().import_api(described, "tracker")

    assert found.name == "tracker"
    assert project.pipeline().sources == ("acme", "tracker")
    assert {file: file.read_text() for file in before} == before


def test_json_on_standard_output_is_one_document(described: Path) -> None:
    told = json.loads(catalog("import", described, "--json").stdout)

    assert (told["format"], told["endpoints"], told["methods"]) == ("openapi-3.0", 4, {"GET": 3, "POST": 1})
    assert [each["code"] for each in told["findings"]] == ["broken-reference"]
    assert {each["subject"] for each in told["guesses"]} >= {"auth", "entities.project.key"}
    assert told["written"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("hello", "api-document-unreadable"), ("{", "api-document-unreadable"), (None, "file-unreadable")],
)
def test_what_cannot_be_read_ends_with_its_code(tmp_path: Path, text: str | None, code: str) -> None:
    file = tmp_path / "api.json"
    if text is not None:
        file.write_text(text)
    done = catalog("import", file)
    told = json.loads(catalog("import", file, "--json").stdout)

    assert done.exit_code == 2
    assert code in done.output
    assert told["error"]["code"] == code


def test_what_a_document_says_does_not_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    evil = "\x1b[2J\x1b]0;x\x07"
    file.write_text(json.dumps(document(f"https://h/{evil}") | {"info": {"title": evil}, "paths": {f"/{evil}": 7}}))

    assert "\x1b" not in catalog("import", file).output
    assert "\x07" not in catalog("import", file).output


DLT = {
    "client": {"base_url": "https://h.example.com/api", "auth": {"type": "bearer", "token": "plain-secret-value"}},
    "resources": [{"name": "issues", "primary_key": "id", "endpoint": {"path": "issues"}}],
}
AIRBYTE = """\
version: 6.0.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [issues]}
streams:
  - type: DeclarativeStream
    name: issues
    primary_key: id
    retriever:
      type: SimpleRetriever
      requester: {type: HttpRequester, url_base: https://h.example.com/api, path: /issues, http_method: GET}
      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}
"""


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [(json.dumps(DLT), "a.json", "dlt"), (f"config = {DLT!r}", "a.py", "dlt"), (AIRBYTE, "a.yaml", "airbyte")],
)
def test_the_configuration_of_other_tools_is_told_by_what_it_holds(
    tmp_path: Path, text: str, name: str, form: str
) -> None:
    file = tmp_path / name
    file.write_text(text)
    found = import_api(file, into="issues", folder=tmp_path)

    assert found.format == form
    assert [row["path"] for row in found.rows] == ["/issues"]
    assert {each.code for each in Pipeline(tmp_path).validate("issues")} <= {"missing-variable"}
    assert "plain-secret-value" not in (tmp_path / "sources" / "issues.yaml").read_text()


def list_endpoints_in(project: Project, file: str) -> None:
    project.write(entities=None, ids=None, endpoints=None, roots=None, expect=None)
    definition = project.folder / "sources" / "acme.yaml"
    definition.write_text(json.dumps(json.loads(definition.read_text()) | {"catalogue": {"file": file}}))


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_catalogue_may_be_an_api_document(project: Project, api: ServedApi, ending: str) -> None:
    api_file = project.folder / "sources" / f"tracker.{ending}"
    api_file.write_text(json.dumps(document(api.url), indent=1))
    list_endpoints_in(project, api_file.name)
    loaded = project.pipeline().load("acme")

    assert loaded.problems == ()
    assert loaded.catalogue is not None
    assert [(each.method, each.path) for each in loaded.catalogue.endpoints] == [
        ("GET", "/projects"),
        ("GET", "/projects/{projectId}/tasks"),
        ("GET", "/tasks/{id}"),
        ("POST", "/tasks"),
    ]


def test_a_catalogue_that_is_no_api_document_is_a_finding(project: Project) -> None:
    (project.folder / "sources" / "tracker.json").write_text('{"hello": 1}')
    list_endpoints_in(project, "tracker.json")

    assert [(each.code, each.place) for each in project.pipeline().load("acme").problems] == [
        ("catalogue-unreadable", "sources/tracker.json")
    ]


def test_the_name_of_a_source_still_shows_its_endpoints(project: Project, world: World) -> None:
    assert world.token
    project.pipeline().source("acme")
    plain = catalog("acme", "--project", project.folder)

    assert plain.exit_code == 0
    assert "as of acme-source-" in plain.stdout
    assert catalog("--project", project.folder, "acme").stdout == plain.stdout
    assert catalog("show", "acme", "--project", project.folder).stdout == plain.stdout
    assert catalog("acme", "--status", "nonsense", "--project", project.folder).exit_code == 2


def test_the_help_of_the_group_names_both_commands() -> None:
    told = catalog("--help").stdout

    assert "show" in told
    assert "import" in told
    assert "--status" in catalog("show", "--help").stdout
