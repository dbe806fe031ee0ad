from __future__ import annotations

import io
import json
import posixpath

import pytest
from dotenv import dotenv_values

from spectra.definition.load import load_definition
from spectra.definition.project import load_project
from spectra.definition.scaffold import scaffold
from spectra.errors import InvalidNameError


def no_file(file: str) -> str:
    raise AssertionError(file)


def test_what_init_writes_loads_once_the_copied_env_file_gives_the_address() -> None:
    files = scaffold("jira")
    schemas = [".spectra/project.schema.json", ".spectra/source.schema.json"]
    assert sorted(files) == [".env.example", ".gitignore", *schemas, "sources/jira.yaml", "spectra.yaml"]
    variables = dotenv_values(stream=io.StringIO(files[".env.example"]))
    loaded = load_definition(
        files["sources/jira.yaml"], "sources/jira.yaml", variables=variables.get, read_file=no_file
    )
    assert loaded.problems == ()
    assert loaded.definition is not None
    assert loaded.catalogue is not None
    assert loaded.catalogue.rejected == ()
    assert {each.reference.name for each in loaded.definition.credentials()} <= set(variables)


def test_without_the_address_the_scaffold_has_one_finding_which_names_the_variable() -> None:
    files = scaffold("jira")
    loaded = load_definition(
        files["sources/jira.yaml"], "sources/jira.yaml", variables=lambda _: None, read_file=no_file
    )
    assert [(each.code, each.facts.get("variable")) for each in loaded.problems] == [
        ("missing-variable", "JIRA_BASE_URL")
    ]


def test_every_commented_out_setting_of_the_scaffold_is_right_too() -> None:
    text = (
        scaffold("jira")["sources/jira.yaml"]
        .replace("    # query:", "    query:")
        .replace("    # records:", "    records:")
    )
    text = text.replace("# endpoints:", "endpoints:").replace("# outcomes:", "outcomes:")
    text = text.replace("    key: [id]\n    parents", "    key: [id]\n    parents").replace(
        "ids: {projectid", "  - {method: GET, path: '/tasks/{id}'}\nids: {projectid", 1
    )
    lines = text.split("\n")
    catalogue = lines.index("  - {method: GET, path: '/tasks/{id}'}")
    row = lines.pop(catalogue)
    lines.insert(lines.index("catalogue:") + 1, row)
    loaded = load_definition(
        "\n".join(lines), "jira.yaml", variables={"JIRA_BASE_URL": "http://h"}.get, read_file=no_file
    )
    assert [each.message for each in loaded.problems] == []


@pytest.mark.parametrize("auth", ["api_key", "basic", "none"])
def test_every_auth_type_that_the_scaffold_offers_is_right(auth: str) -> None:
    lines = scaffold("jira")["sources/jira.yaml"].split("\n")
    offered = next(line for line in lines if line.startswith(f"# auth: {{type: {auth}"))
    lines = [offered.removeprefix("# ") if line.startswith("auth:") else line for line in lines]
    loaded = load_definition(
        "\n".join(lines), "jira.yaml", variables={"JIRA_BASE_URL": "http://h"}.get, read_file=no_file
    )
    assert loaded.problems == ()
    assert loaded.definition is not None
    assert loaded.definition.auth.type == auth


@pytest.mark.parametrize("file", ["sources/jira.yaml", "spectra.yaml"])
def test_the_first_line_leads_editors_to_the_schema_that_is_written_with_it(file: str) -> None:
    files = scaffold("jira")
    first = files[file].split("\n")[0]
    assert first.startswith("# yaml-language-server: $schema=")
    named = posixpath.normpath(posixpath.join(posixpath.dirname(file), first.partition("$schema=")[2]))
    title = {"sources/jira.yaml": "A source of SPECTRA", "spectra.yaml": "A project of SPECTRA"}[file]
    assert json.loads(files[named])["title"] == title


def test_the_project_file_loads_and_names_the_lakehouse() -> None:
    settings, problems = load_project(scaffold("jira")["spectra.yaml"], "spectra.yaml")
    assert problems == ()
    assert settings is not None
    assert settings.lakehouse == "./lakehouse"


def test_secrets_and_tables_are_kept_out_of_version_control() -> None:
    assert scaffold("jira")[".gitignore"].splitlines() == [".env", ".spectra/rotated/", "lakehouse/"]


@pytest.mark.parametrize("name", ["", "Jira", "source", "a/b", "../x", "z" * 41])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        scaffold(name)
