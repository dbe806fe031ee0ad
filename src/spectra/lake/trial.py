"""Trying whether a lakehouse can be written: a file made, locked and gone again, and never a table."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from spectra.errors import DiskFullError, LakeUnwritableError

if TYPE_CHECKING:
    from spectra.errors import LakeError
    from spectra.lake.layout import Layout

_FULL = {errno.ENOSPC, errno.EDQUOT}


def try_writing(layout: Layout) -> tuple[str, ...]:
    """Write and lock a file where tables and locks would lie, or in the nearest folder above that exists.

    Returns the folders that were tried; nothing stays there, even where the process is killed meanwhile.
    Raises LakeUnwritableError and DiskFullError.
    """
    wanted = (layout.root + "/Tables", layout.file("_spectra", "locks"))
    folders = tuple(dict.fromkeys(_nearest(Path(each)) for each in wanted))
    for folder in folders:
        try:
            _try_in(folder)
        except OSError as error:
            raise _failure(folder, error) from None
    return folders


def _nearest(path: Path) -> str:
    """Return the first path upwards that is there, whatever it is."""
    return str(next(each for each in (path, *path.parents) if each.exists() or each.is_symlink()))


def _try_in(folder: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".spectra-doctor-", dir=folder)
    try:
        Path(name).unlink()
        os.write(descriptor, b"tried\n")
        os.fsync(descriptor)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)


def _failure(folder: str, error: OSError) -> LakeError:
    facts = {"file": folder, "reason": str(error.strerror)}
    if error.errno in _FULL:
        return DiskFullError(f"no space left in {folder}", **facts)
    if error.errno in {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}:
        return LakeUnwritableError(f"files in {folder} cannot be locked: {error.strerror}", **facts)
    return LakeUnwritableError(f"{folder} cannot be written: {error.strerror}", **facts)
