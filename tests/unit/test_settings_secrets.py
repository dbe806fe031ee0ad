"""Secrets from files and from keyrings: in which order, what is refused, and what is said of it."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import TYPE_CHECKING, ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from spectra.access.secret import SecretReference
from spectra.errors import (
    FileUnreadableError,
    KeyringMissingError,
    KeyringUnavailableError,
    MalformedSecretError,
    MissingSecretError,
    SpectraError,
)
from spectra.settings import FileSecrets, KeyringSecrets, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from spectra.settings import SecretStore

NAME = "SPECTRA_TEST_TOKEN"
TOKEN = SecretReference(NAME)
PLANTED = "canary-5f1c0b7e9a"
WHOLE = "secrets: {folder: kept, keyring: acme}\n"


class InMemory(KeyringBackend):
    """A keyring of its own; `answers` holds what happens first, `asked` who was asked for."""

    priority: ClassVar[float] = 1

    def __init__(self, first: Callable[[], object] = lambda: None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.asked: list[tuple[str, str]] = []
        self.first = first

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append((service, username))
        self.first()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(autouse=True)
def backend() -> Iterator[InMemory]:
    """Put an empty keyring in the place of the desktop's."""
    before, own = keyring.get_keyring(), InMemory()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(NAME, raising=False)
    (tmp_path / "spectra.yaml").write_text(WHOLE)
    (tmp_path / "kept").mkdir()
    return tmp_path


def store(folder: Path) -> SecretStore:
    return Project.find(folder).secrets()


def in_file(folder: Path, content: bytes, mode: int = 0o600) -> None:
    path = folder / "kept" / NAME
    path.write_bytes(content)
    path.chmod(mode)


def refused(folder: Path, kind: type[SpectraError]) -> SpectraError:
    """Return the error that a look for the secret ends with; it holds no value."""
    with pytest.raises(kind) as caught:
        store(folder).reveal(TOKEN)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
    assert NAME in shown
    assert PLANTED not in shown
    assert caught.value.exit_status == 2
    return caught.value


def test_the_first_place_that_has_it_wins_and_is_recorded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, backend: InMemory
) -> None:
    backend.set_password("acme", NAME, "from-the-keyring")
    assert store(folder).shown(TOKEN)[0] == f"keyring:{NAME}"
    in_file(folder, b"from-the-folder")
    assert (store(folder).reveal(TOKEN).value, store(folder).reveal(TOKEN).place) == (
        "from-the-folder",
        f"file:{NAME}",
    )
    (folder / ".env").write_text(f"{NAME}=from-dotenv\n")
    assert store(folder).reveal(TOKEN).place == f"dotenv:{NAME}"
    monkeypatch.setenv(NAME, "from-the-environment")
    assert store(folder).reveal(TOKEN).place == f"env:{NAME}"
    assert backend.asked == [("acme", NAME)]


def test_neither_folder_nor_keyring_is_looked_into_unless_named(folder: Path, backend: InMemory) -> None:
    (folder / "spectra.yaml").write_text("{}")
    in_file(folder, b"from-the-folder")
    backend.set_password("acme", NAME, "from-the-keyring")
    error = refused(folder, MissingSecretError)
    assert error.message == f"{NAME} is not set; looked for in the environment and in the project's .env"
    assert backend.asked == []


def test_a_missing_secret_is_told_with_exactly_the_places_that_were_looked_into(folder: Path) -> None:
    assert refused(folder, MissingSecretError).message == (
        f"{NAME} is not set; looked for in the environment, in the project's .env, in the folder kept "
        "and in the keyring under 'acme'"
    )
    (folder / "spectra.yaml").write_text("secrets: {folder: /no/such/folder}\n")
    assert refused(folder, MissingSecretError).message == (
        f"{NAME} is not set; looked for in the environment, in the project's .env "
        "and in the folder /no/such/folder (there is no such folder)"
    )


def test_files_and_keyrings_hold_secrets_and_no_variables(folder: Path, backend: InMemory) -> None:
    in_file(folder, b"from-the-folder")
    backend.set_password("acme", NAME, "from-the-keyring")
    assert Project.find(folder).variable(NAME) is None


@pytest.mark.parametrize("content", [b"value-of-it", b"value-of-it\n", b"value-of-it\r\n"])
def test_one_line_break_at_the_end_of_a_file_is_not_part_of_the_secret(folder: Path, content: bytes) -> None:
    in_file(folder, content)
    assert store(folder).reveal(TOKEN).value == "value-of-it"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (PLANTED.encode() + b"\n\n", "line break"),
        (PLANTED.encode() + b"\r", "line break"),
        (PLANTED.encode() + b"\nX-Evil: 1\n", "line break"),
        (b" " + PLANTED.encode(), "blank"),
        (PLANTED.encode() + b" \n", "blank"),
        (b"\xef\xbb\xbf" + PLANTED.encode(), "byte order mark"),
        (b"\x00" + PLANTED.encode(), "control character"),
        (PLANTED.encode() * 10_000, "longer than 65,536 bytes"),
    ],
)
def test_a_file_that_holds_what_cannot_be_sent_is_refused_by_name(folder: Path, content: bytes, why: str) -> None:
    in_file(folder, content)
    error = refused(folder, MalformedSecretError)
    assert why in error.message
    assert error.place == f"file:{NAME}"


def test_a_file_that_is_no_text_is_refused_by_name(folder: Path) -> None:
    in_file(folder, PLANTED.encode() + b"\xff")
    assert refused(folder, FileUnreadableError).message == f"kept/{NAME} is not UTF-8 text: byte 17"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(folder: Path, kind: str) -> None:
    path = folder / "kept" / NAME
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    assert refused(folder, FileUnreadableError).message == f"kept/{NAME} is no plain file"


def test_a_file_that_may_not_be_read_is_refused_by_name(folder: Path) -> None:
    (folder / "kept" / NAME).symlink_to(NAME)
    assert (
        refused(folder, FileUnreadableError).message == f"kept/{NAME} cannot be read: Too many levels of symbolic links"
    )


def test_a_mounted_secret_may_be_a_link_as_clusters_make_them(folder: Path) -> None:
    data = folder / "kept" / "..data"
    data.mkdir()
    (data / NAME).write_text("value-of-it\n")
    (folder / "kept" / NAME).symlink_to(f"..data/{NAME}")
    assert store(folder).reveal(TOKEN).value == "value-of-it"


def test_an_absolute_folder_is_taken_as_it_is(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    mounted = tmp_path_factory.mktemp("run") / "secrets"
    mounted.mkdir()
    (mounted / NAME).write_text("value-of-it\n")
    (folder / "spectra.yaml").write_text(f"secrets: {{folder: {mounted}/}}\n")
    assert store(folder).reveal(TOKEN).value == "value-of-it"


def test_a_rotated_file_is_seen_after_a_refresh(folder: Path) -> None:
    secrets = store(folder)
    in_file(folder, b"first-value\n")
    assert secrets.reveal(TOKEN).value == "first-value"
    in_file(folder, b"second-value\n")
    secrets.refresh()
    assert secrets.reveal(TOKEN).value == "second-value"
    assert [each.value for each in secrets.known()] == ["first-value", "second-value"]


def test_a_file_that_every_user_may_read_is_a_warning(folder: Path) -> None:
    in_file(folder, b"value-of-it\n", 0o644)
    secrets = store(folder)
    assert secrets.exposed() == ()
    secrets.reveal(TOKEN)
    (warning,) = secrets.exposed()
    assert (warning.code, warning.severity, warning.place) == ("secret-file-exposed", "warning", f"file:{NAME}")
    assert warning.message == f"every user of this machine may read kept/{NAME}"
    in_file(folder, b"value-of-it\n", 0o640)
    secrets.refresh()
    secrets.reveal(TOKEN)
    assert secrets.exposed() == ()


@pytest.mark.parametrize("value", ["", f"{PLANTED}\n", f" {PLANTED}"])
def test_a_keyring_that_holds_what_cannot_be_sent_is_refused_by_name(
    folder: Path, backend: InMemory, value: str
) -> None:
    backend.set_password("acme", NAME, value)
    assert refused(folder, MalformedSecretError).place == f"keyring:{NAME}"


def test_a_keyring_that_keeps_nothing_is_one_more_place_looked_into(folder: Path) -> None:
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]
    assert "in the keyring under 'acme'" in refused(folder, MissingSecretError).message


def test_a_machine_without_a_keyring_is_told_and_not_guessed_around(folder: Path) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    error = refused(folder, KeyringUnavailableError)
    assert (error.message, error.place) == ("the keyring failed with NoKeyringError", f"keyring:{NAME}")


@pytest.mark.parametrize(
    "failure", [KeyringLocked(PLANTED), OSError(PLANTED), KeyError(PLANTED), BrokenPipeError(PLANTED)]
)
def test_a_keyring_that_fails_is_told_by_the_kind_of_its_failure(folder: Path, failure: Exception) -> None:
    def fail_so() -> None:
        raise failure

    keyring.set_keyring(InMemory(fail_so))
    assert refused(folder, KeyringUnavailableError).message == f"the keyring failed with {type(failure).__name__}"


def test_a_keyring_that_never_answers_is_given_up_and_not_asked_again() -> None:
    unlocked = threading.Event()
    locked = InMemory(unlocked.wait)
    keyring.set_keyring(locked)
    source = KeyringSecrets("acme", seconds=0.05)
    try:
        for name in (NAME, "ANOTHER"):
            with pytest.raises(KeyringUnavailableError, match=r"did not answer within 0.05 s") as silent:
                source.find(name)
            assert silent.value.place == f"keyring:{name}"
        assert locked.asked == [("acme", NAME)]
    finally:
        unlocked.set()


def test_without_the_extra_the_remedy_is_the_command_that_adds_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    error = refused(folder, KeyringMissingError)
    assert "pip install 'spectra-lakehouse[keyring]'" in error.remedy
    in_file(folder, b"value-of-it")
    assert store(folder).reveal(TOKEN).place == f"file:{NAME}"


def test_what_is_printed_of_the_places_holds_no_value(folder: Path, backend: InMemory) -> None:
    backend.set_password("acme", NAME, PLANTED)
    secrets = store(folder)
    secrets.reveal(TOKEN)
    in_file(folder, PLANTED.encode())
    FileSecrets(folder / "kept", "kept").find(NAME)
    assert PLANTED not in repr(secrets)
