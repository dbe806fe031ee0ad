"""A text file that others read at any time: it is there whole, or not yet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from spectra.errors import FileUnwritableError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file under another name beside it and rename it; raises FileUnwritableError and leaves the old one.

    The other name starts with a dot and ends in .tmp, which a collector that reads *.prom passes over.
    """
    beside = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise FileUnwritableError(f"{path} cannot be written: {error.strerror}", place=str(path)) from None
