"""The Source stage with secrets that lie in a folder or in a keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend

from spectra.errors import SpectraError
from tests.integration.conftest import TOKEN

if TYPE_CHECKING:
    from spectra.testing.served import ServedApi
    from tests.integration.conftest import Project


class OneSecret(KeyringBackend):
    """A keyring that keeps the token of acme."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return TOKEN if (service, username) == ("acme", "ACME_TOKEN") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def elsewhere(project: Project) -> Project:
    """Return the project without the token in .env, and with a folder for secrets."""
    project.write(token=None)
    (project.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\nsecrets: {folder: kept, keyring: acme}\n")
    (project.folder / "kept").mkdir()
    return project


def reference(project: Project) -> str:
    (row,) = project.rows("source.credentials")
    return str(row["reference"])


def test_a_secret_in_a_file_is_sent_and_its_place_recorded(elsewhere: Project) -> None:
    path = elsewhere.folder / "kept" / "ACME_TOKEN"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o644)
    assert elsewhere.pipeline().source("acme").status == "Success"
    assert reference(elsewhere) == "file:ACME_TOKEN"
    (warning,) = elsewhere.rows("log.findings", code="secret-file-exposed")
    assert (warning["severity"], warning["place"]) == ("warning", "file:ACME_TOKEN")


def test_a_secret_in_a_keyring_is_sent_and_its_place_recorded(elsewhere: Project) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(OneSecret())  # type: ignore[no-untyped-call]
    try:
        assert elsewhere.pipeline().source("acme").status == "Success"
    finally:
        keyring.set_keyring(before)
    assert reference(elsewhere) == "keyring:ACME_TOKEN"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "missing-secret"),
        (b"", "malformed-secret"),
        (TOKEN.encode() + b"\n\n", "malformed-secret"),
        (TOKEN.encode() + b"\xff", "file-unreadable"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_named_before_the_first_request(
    elsewhere: Project, api: ServedApi, content: bytes | None, code: str
) -> None:
    (elsewhere.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\nsecrets: {folder: kept}\n")
    if content is not None:
        (elsewhere.folder / "kept" / "ACME_TOKEN").write_bytes(content)
    with pytest.raises(SpectraError) as caught:
        elsewhere.pipeline().source("acme")
    said = f"{caught.value.message} {caught.value.place} {caught.value.facts}"
    assert (caught.value.code, caught.value.exit_status) == (code, 2)
    assert "ACME_TOKEN" in said
    assert TOKEN not in said
    assert elsewhere.newest()["error_code"] == code
    assert api.asked == []
