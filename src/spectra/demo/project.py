"""A project around the demo server, ready to run; it overwrites only what it wrote itself."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.resources import files
from typing import TYPE_CHECKING

from spectra.demo.catalogue import FILE_NAME, catalogue_text
from spectra.errors import FileUnwritableError, ProjectExistsError
from spectra.pipeline import SHIPPED, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

URL_VARIABLE = "ZEPHYR_BASE_URL"
TOKEN_VARIABLE = "ZEPHYR_API_TOKEN"  # noqa: S105 - the name of a variable, not what it holds
RECORD = ".spectra-demo.json"
_PAST_ANY_PROXY = "NO_PROXY=127.0.0.1\n"
_PRIVATE = 0o600
_SHARED = 0o644


def write_project(folder: Path, server_url: str, token: str) -> None:
    """Write the project; raises ProjectExistsError, before anything is written, where a file is another's work.

    What was written is remembered by its hash in RECORD, so that a file that was edited since counts as another's.
    """
    texts = {
        "spectra.yaml": "# A project around the demo of SPECTRA.\nlakehouse: ./lakehouse\n",
        "sources/zephyr.yaml": definition_text(),
        f"sources/{FILE_NAME}": catalogue_text(),
        ".env": f"{URL_VARIABLE}={server_url}\n{TOKEN_VARIABLE}={token}\n{_PAST_ANY_PROXY}",
        ".gitignore": f".env\nlakehouse/\n{RECORD}\n",
    } | {f"contracts/{file}": shipped(file) for file in SHIPPED}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnwritableError(f"{folder} cannot be a project: {error.strerror}", place=str(folder)) from None
    known = _recorded(folder)
    for name, text in texts.items():
        _refuse_foreign(folder / name, text, known.get(name))
    _write(
        folder / RECORD, json.dumps({name: _sha256(text.encode()) for name, text in texts.items()}, indent=1), _SHARED
    )
    for name, text in texts.items():
        _write(folder / name, text, _PRIVATE if name == ".env" else _SHARED)


def definition_text() -> str:
    """Return the definition of the source that the demo serves."""
    return files("spectra.demo").joinpath("zephyr.yaml").read_text(encoding="utf-8")


def _refuse_foreign(path: Path, text: str, recorded: str | None) -> None:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ProjectExistsError(f"{path.name} is no plain file", place=str(path))
    if path.is_file():
        found = path.read_bytes()
        if found != text.encode() and _sha256(found) != recorded:
            said = "was changed since the demo wrote it" if recorded else "exists and was not written by the demo"
            raise ProjectExistsError(f"{path.name} {said}", place=str(path))


def _recorded(folder: Path) -> Mapping[str, str]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file that never stands there readable for more people than it should be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        if mode == _PRIVATE:
            os.fchmod(descriptor, mode)
        file.write(text)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
