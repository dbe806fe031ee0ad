"""Secrets in files: a folder with one file per secret, as containers mount it."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.errors import FileUnreadableError, MalformedSecretError, SecretFileExposedError
from spectra.settings.reading import unreadable

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 65_536


@dataclass(slots=True)
class FileSecrets:
    """Secrets in the files of `folder`, read anew at every look; one line break at a file's end is not the secret's.

    Names of secrets hold letters, digits and underscores only, so that none leads out of the folder.
    """

    folder: Path
    shown: str
    kind: str = "file"
    exposed: dict[str, SecretFileExposedError] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Where is looked, in words."""
        return f"in the folder {self.shown}" + ("" if self.folder.is_dir() else " (there is no such folder)")

    def find(self, name: str) -> str | None:
        """Return what the file of that name holds, None where there is none.

        Raises FileUnreadableError, and MalformedSecretError for what is too long to be a secret.
        """
        path, shown = self.folder / name, f"{self.shown.rstrip('/')}/{name}"
        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise FileUnreadableError(f"{shown} is no plain file", place=shown)
            with path.open("rb") as file:
                content = file.read(_LONGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(error, shown) from None
        self._note(name, mode, shown)
        if len(content) > _LONGEST:
            raise MalformedSecretError(
                f"{name} is longer than {_LONGEST:,} bytes", place=f"{self.kind}:{name}", variable=name
            )
        return _text(content, shown)

    def _note(self, name: str, mode: int, shown: str) -> None:
        self.exposed.pop(name, None)
        if mode & stat.S_IROTH:
            said = f"every user of this machine may read {shown}"
            self.exposed[name] = SecretFileExposedError(said, place=f"{self.kind}:{name}", variable=name)


def _text(content: bytes, shown: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileUnreadableError(f"{shown} is not UTF-8 text: byte {error.start}", place=shown) from None
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
