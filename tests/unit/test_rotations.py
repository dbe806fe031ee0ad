from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from spectra.access.secret import SecretReference
from spectra.errors import TokenNotKeptError
from spectra.settings import SecretStore, rotation
from spectra.settings.rotation import Rotations

if TYPE_CHECKING:
    from pathlib import Path


def test_a_name_is_held_by_one_alone_and_others_are_told_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_WAIT_SECONDS", 0.1)
    rotations = Rotations(tmp_path / "rotated")
    with rotations.alone("REFRESH"):
        with rotations.alone("OTHER"):
            pass
        with pytest.raises(TokenNotKeptError, match="another process"), rotations.alone("REFRESH"):
            pass
    with rotations.alone("REFRESH"):
        pass


def test_a_value_follows_the_secret_that_it_was_got_with_and_no_other(tmp_path: Path) -> None:
    rotations = Rotations(tmp_path / "rotated")
    with rotations.alone("REFRESH"):
        rotations.keep("REFRESH", "canary-seed", "canary-next")

    assert rotations.newest("REFRESH", "canary-seed") == "canary-next"
    assert rotations.newest("REFRESH", "canary-other") is None
    kept = json.loads((tmp_path / "rotated" / "REFRESH.json").read_text())
    assert "canary-seed" not in json.dumps(kept)


class Given:
    """A place that holds one secret."""

    kind = "test"

    def find(self, name: str) -> str | None:
        return "canary-seed" if name == "REFRESH" else None


def test_what_another_process_has_kept_meanwhile_is_what_is_used_next(tmp_path: Path) -> None:
    reference, rotations = SecretReference("REFRESH"), Rotations(tmp_path / "rotated")
    one, other = SecretStore((Given(),), None, rotations), SecretStore((Given(),), None, rotations)
    assert one.reveal(reference).value == "canary-seed"
    with other.rotating(reference) as keep:
        keep("canary-next")
    assert other.reveal(reference).value == "canary-next"
    with one.rotating(reference):
        assert one.reveal(reference).value == "canary-next"
    assert {found.value for found in one.known()} == {"canary-seed", "canary-next"}


def test_a_secret_that_was_replaced_in_an_earlier_run_is_still_a_secret(tmp_path: Path) -> None:
    reference, rotations = SecretReference("REFRESH"), Rotations(tmp_path / "rotated")
    with SecretStore((Given(),), None, rotations).rotating(reference) as keep:
        keep("canary-next")
    later = SecretStore((Given(),), None, rotations)
    assert later.reveal(reference).value == "canary-next"
    assert {found.value for found in later.known()} == {"canary-seed", "canary-next"}


def test_what_was_kept_is_known_and_used_at_once(tmp_path: Path) -> None:
    reference, store = SecretReference("REFRESH"), SecretStore((Given(),), None, Rotations(tmp_path / "rotated"))
    with store.rotating(reference) as keep:
        keep("canary-next")
        assert {found.value for found in store.known()} == {"canary-next"}
        (tmp_path / "rotated" / "REFRESH.json").unlink()
        assert store.reveal(reference).value == "canary-next"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"salt": 1, "follows": 2}', "\x00"])
def test_a_file_that_holds_no_value_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "REFRESH.json").write_text(text)
    assert Rotations(tmp_path).newest("REFRESH", "canary-seed") is None
