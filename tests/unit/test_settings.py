from __future__ import annotations

import pickle
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from spectra.access.secret import SecretReference
from spectra.errors import (
    DefinitionNotFoundError,
    FileUnreadableError,
    InvalidDefinitionError,
    MalformedSecretError,
    MissingSecretError,
    ProjectNotFoundError,
    RemoteLakehouseError,
)
from spectra.settings import DotenvSecrets, EnvironmentSecrets, Project, SecretStore, SystemClock, no_colour

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = SecretReference("SPECTRA_TEST_TOKEN")
PLANTED = "canary-5f1c0b7e9a"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(TOKEN.name, raising=False)
    (tmp_path / "spectra.yaml").write_text("lakehouse: ./lakehouse\n")
    (tmp_path / "sources").mkdir()
    return tmp_path


def store(folder: Path) -> SecretStore:
    return Project.find(folder).secrets()


def test_a_project_is_found_in_the_folder_and_from_any_folder_below(folder: Path) -> None:
    deep = folder / "a" / "b"
    deep.mkdir(parents=True)
    assert Project.find(folder).root == folder.resolve()
    assert Project.find(deep).root == folder.resolve()


def test_an_explicit_project_is_that_folder_or_none(folder: Path) -> None:
    assert Project.find(folder / "sources", folder).root == folder.resolve()
    with pytest.raises(ProjectNotFoundError):
        Project.find(folder, folder / "sources")


def test_no_project_is_an_error_that_names_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ProjectNotFoundError) as missing:
        Project.find(tmp_path)
    assert str(tmp_path.resolve()) in missing.value.message


def test_the_lakehouse_lies_in_the_project_unless_said_otherwise(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    project = Project.find(folder)
    assert project.lakehouse() == str(folder.resolve() / "lakehouse")
    assert project.lakehouse("here") == str(elsewhere.resolve() / "here")
    (folder / "spectra.yaml").write_text("{}")
    assert Project.find(folder).lakehouse() == str(folder.resolve() / "lakehouse")


@pytest.mark.parametrize("url", ["s3://bucket/x", "abfss://a@b/c", "file:///tmp/x"])
def test_an_object_store_is_refused(folder: Path, url: str) -> None:
    with pytest.raises(RemoteLakehouseError):
        Project.find(folder).lakehouse(url)
    (folder / "spectra.yaml").write_text(f"lakehouse: {url}\n")
    with pytest.raises(RemoteLakehouseError):
        Project.find(folder).lakehouse()


def test_findings_of_the_project_file_are_kept_with_places_and_stop_whoever_needs_it(folder: Path) -> None:
    (folder / "spectra.yaml").write_text(f"lakehous: ./x\nfingerprint_key: {PLANTED}\nlakehouse: a\nlakehouse: b\n")
    project = Project.find(folder)
    assert [(each.code, each.place) for each in project.problems] == [
        ("unknown-key", "spectra.yaml:1:1"),
        ("plain-secret", "spectra.yaml:2:18"),
        ("duplicate-key", "spectra.yaml:4:1"),
    ]
    with pytest.raises(InvalidDefinitionError) as refused:
        project.lakehouse()
    assert refused.value.problems == project.problems
    assert "Did you mean 'lakehouse'?" in refused.value.message
    assert PLANTED not in refused.value.message


def test_sources_are_the_yaml_files_in_sources(folder: Path) -> None:
    for name in ("zephyr.yaml", "jira.yaml", "endpoints.csv", "old.yml"):
        (folder / "sources" / name).write_text(f"# {name}")
    project = Project.find(folder)
    assert project.source_names() == ("jira", "zephyr")
    assert project.definition_text("jira") == "# jira.yaml"
    assert project.definition_file("jira") == "sources/jira.yaml"
    assert project.read_beside("jira")("endpoints.csv") == "# endpoints.csv"


def test_an_unknown_source_is_answered_with_the_nearest(folder: Path) -> None:
    (folder / "sources" / "zephyr.yaml").write_text("x")
    with pytest.raises(DefinitionNotFoundError, match=r"no source 'zefyr'; allowed: zephyr. Did you mean 'zephyr'"):
        Project.find(folder).definition_text("zefyr")


@pytest.mark.parametrize("name", ["../spectra", "", "/etc/passwd", "zephyr.yaml", "\x00"])
def test_a_name_is_no_way_out_of_the_sources_folder(folder: Path, name: str) -> None:
    with pytest.raises(DefinitionNotFoundError):
        Project.find(folder).definition_text(name)


@pytest.mark.parametrize("name", ["none.csv", "\x00", "folder", "latin.csv"])
def test_a_file_that_cannot_be_read_is_an_error_with_its_name(folder: Path, name: str) -> None:
    (folder / "sources" / "a.yaml").write_text("x")
    (folder / "sources" / "folder").mkdir()
    (folder / "sources" / "latin.csv").write_bytes("ä".encode("latin-1"))
    with pytest.raises(FileUnreadableError) as unreadable:
        Project.find(folder).read_beside("a")(name)
    assert unreadable.value.place == name


def test_files_of_the_project_are_read_as_text_or_none(folder: Path) -> None:
    assert Project.find(folder).file_text("spectra.yaml") == "lakehouse: ./lakehouse\n"
    assert Project.find(folder).file_text("contracts/x.yaml") is None


def test_the_environment_wins_over_the_env_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text(f"{TOKEN.name}=from-the-file\n")
    assert store(folder).reveal(TOKEN).place == f"dotenv:{TOKEN.name}"
    assert Project.find(folder).variable(TOKEN.name) == "from-the-file"
    monkeypatch.setenv(TOKEN.name, "from-the-environment")
    found = store(folder).reveal(TOKEN)
    assert (found.value, found.place) == ("from-the-environment", f"env:{TOKEN.name}")
    assert Project.find(folder).variable(TOKEN.name) == "from-the-environment"
    assert Project.find(folder).variable("SPECTRA_TEST_UNSET") is None


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("{}=plain", "plain"),
        ("export {}=plain", "plain"),
        ("{} = 'single $HOME #1'", "single $HOME #1"),
        ('{}="double ${{HOME}}"', "double ${HOME}"),
        ("{}=plain # comment", "plain"),
        ("{}=a#b", "a#b"),
        ("{}=base64+/==", "base64+/=="),
        ("# {}=no\n{}=yes\r", "yes"),
    ],
)
def test_an_env_file_is_read_as_shells_write_it_and_nothing_is_expanded(folder: Path, line: str, value: str) -> None:
    (folder / ".env").write_text(line.format(TOKEN.name, TOKEN.name) + "\n")
    assert DotenvSecrets(folder / ".env").find(TOKEN.name) == value


def test_a_missing_secret_is_named_with_where_it_was_looked_for(folder: Path) -> None:
    with pytest.raises(MissingSecretError) as missing:
        store(folder).reveal(TOKEN)
    assert missing.value.message == (
        "SPECTRA_TEST_TOKEN is not set; looked for in the environment and in the project's .env"
    )
    assert missing.value.exit_status == 2


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (PLANTED + "\n", "line break"),
        (PLANTED + "\r\n", "line break"),
        ("a\r\nX-Evil: " + PLANTED, "line break"),
        (PLANTED + "\x7f", "control character"),
        (" " + PLANTED, "blank"),
        (PLANTED + " ", "blank"),
        (PLANTED + "\udcff", "control character"),
    ],
)
def test_a_malformed_secret_is_named_and_its_value_never_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv(TOKEN.name, value)
    with pytest.raises(MalformedSecretError, match=why) as malformed:
        store(folder).reveal(TOKEN)
    shown = "".join(traceback.format_exception(malformed.value)) + repr(malformed.value.facts)
    assert TOKEN.name in shown
    assert PLANTED not in shown
    assert malformed.value.place == f"env:{TOKEN.name}"
    assert malformed.value.exit_status == 2


def test_an_empty_variable_is_not_passed_over_for_the_env_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text(f"{TOKEN.name}=from-the-file\n")
    monkeypatch.setenv(TOKEN.name, "")
    with pytest.raises(MalformedSecretError):
        store(folder).reveal(TOKEN)


def test_a_rotated_secret_is_seen_after_a_refresh_and_the_old_one_stays_known(folder: Path) -> None:
    secrets = store(folder)
    assert secrets.known() == ()
    (folder / ".env").write_text(f"{TOKEN.name}=first-value\n")
    assert secrets.reveal(TOKEN).value == "first-value"
    (folder / ".env").write_text(f"{TOKEN.name}=second-value\n")
    assert secrets.reveal(TOKEN).value == "first-value"
    secrets.refresh()
    assert secrets.reveal(TOKEN).value == "second-value"
    assert [each.value for each in secrets.known()] == ["first-value", "second-value"]


def test_what_may_be_written_of_a_secret_is_place_mask_and_keyed_hash(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN.name, PLANTED)
    assert store(folder).shown(TOKEN) == (f"env:{TOKEN.name}", "***e9a", None)
    monkeypatch.setenv("SPECTRA_TEST_KEY", "a key")
    (folder / "spectra.yaml").write_text("fingerprint_key: secret://SPECTRA_TEST_KEY\n")
    keyed = store(folder)
    *_, first = keyed.shown(TOKEN)
    assert first is not None
    assert len(first) == 64
    assert keyed.shown(TOKEN)[2] == first
    monkeypatch.setenv(TOKEN.name, PLANTED + "2")
    keyed.refresh()
    assert keyed.shown(TOKEN)[2] != first
    monkeypatch.setenv(TOKEN.name, PLANTED)
    monkeypatch.setenv("SPECTRA_TEST_KEY", "another key")
    keyed.refresh()
    assert keyed.shown(TOKEN)[2] != first


def test_what_is_printed_of_a_store_holds_no_value(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN.name, PLANTED)
    secrets = store(folder)
    secrets.reveal(TOKEN)
    assert PLANTED not in repr(secrets)
    assert PLANTED not in repr(secrets.known())


def test_the_environment_is_asked_under_its_own_name() -> None:
    assert EnvironmentSecrets().kind == "env"
    assert EnvironmentSecrets().find("SPECTRA_TEST_UNSET") is None


def test_the_clock_tells_utc_with_zone_and_seconds_that_grow() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_errors_of_settings_survive_a_process_boundary(folder: Path) -> None:
    with pytest.raises(MissingSecretError) as missing:
        store(folder).reveal(TOKEN)
    copy = pickle.loads(pickle.dumps(missing.value))  # noqa: S301 - our own bytes
    assert (copy.message, copy.place, copy.facts) == (missing.value.message, missing.value.place, missing.value.facts)


def test_no_color_asks_for_plain_text_unless_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert no_colour()
    monkeypatch.setenv("NO_COLOR", "")
    assert not no_colour()
