"""What makes a write last on a local disk: fsync of a commit and its files, and plain files written whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote

_LOG = "_delta_log"


def sync_commit(path: str, version: int) -> None:
    """Force the data files and the log entry of one commit, and the folders that name them, onto the disk.

    deltalake itself never does. Until this returns, a power cut may lose the commit or leave it half there;
    the death of a process cannot. Raises OSError.
    """
    table = Path(path)
    entry = table / _LOG / f"{version:020d}.json"
    files = [*_added_files(table, entry), entry]
    folders = {folder for file in files for folder in file.parents if folder.is_relative_to(table)}
    above = (table.parent, table.parent.parent) if version == 0 else ()
    for each in (*files, *folders, *above):
        _sync(each)


def write_whole(path: str, content: bytes) -> None:
    """Write a plain file so that a reader sees the old content or the new, never a part. Raises OSError."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content)
        _sync(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    _sync(target.parent)


def _added_files(table: Path, entry: Path) -> list[Path]:
    actions = (json.loads(line) for line in entry.read_text(encoding="utf-8").splitlines())
    return [table / unquote(action["add"]["path"]) for action in actions if "add" in action]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
