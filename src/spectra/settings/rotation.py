"""Rotations: the newest value of a secret that an API replaces while it is used, kept on this machine."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.errors import TokenNotKeptError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WAIT_SECONDS = 60.0
_STEP_SECONDS = 0.05
_OWNER_ONLY = 0o600
_OWNER_ONLY_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Rotations:
    """A folder with a file per rotated secret, readable by its owner alone.

    A value is kept together with a salted hash of the secret that it follows; where that secret is set anew, it wins
    again. Whoever rotates holds a lock on the name, so that two processes never use up the same refresh token.
    """

    folder: Path

    def newest(self, name: str, seed: str) -> str | None:
        """Return the value that has taken the place of a secret, None where none has."""
        try:
            kept = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            follows = kept["follows"] == _hashed(kept["salt"], seed)
            return str(kept["value"]) if follows else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, name: str, seed: str, value: str) -> None:
        """Keep a value in the place of a secret, durable when this returns; raises TokenNotKeptError."""
        salt = secrets.token_hex(16)
        text = json.dumps({"salt": salt, "follows": _hashed(salt, seed), "value": value})
        path, draft = self.folder / f"{name}.json", self.folder / f"{name}.json.new"
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            _synced(self.folder)
        except OSError as error:
            raise self._unkept(name, error) from None

    @contextlib.contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Hold the name while the block lasts; raises TokenNotKeptError where nothing could be kept."""
        try:
            self.folder.mkdir(mode=_OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
            file = os.open(self.folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
        except OSError as error:
            raise self._unkept(name, error) from None
        try:
            self._locked(name, file)
            yield
        finally:
            os.close(file)

    def _locked(self, name: str, file: int) -> None:
        ends_at = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= ends_at:
                    said = f"another process has been renewing {name} for {_WAIT_SECONDS:g} s"
                    raise TokenNotKeptError(said, place=str(self.folder)) from None
                time.sleep(_STEP_SECONDS)  # noqa: TID251 - the kernel tells nobody that a lock is free
            else:
                return

    def _unkept(self, name: str, error: OSError) -> TokenNotKeptError:
        said = f"the new value of {name} cannot be kept: {error.strerror or type(error).__name__}"
        return TokenNotKeptError(said, place=str(self.folder))


def _hashed(salt: str, seed: str) -> str:
    return hashlib.sha256(f"{salt}:{seed}".encode()).hexdigest()


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
