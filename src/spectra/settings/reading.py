"""Reading a file of the project as text; whatever keeps it from being read is one error that names the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.errors import FileUnreadableError

if TYPE_CHECKING:
    from pathlib import Path


def read_text(path: Path, shown: str) -> str:
    """Return the UTF-8 text of a file that messages call `shown`; raises FileUnreadableError."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileUnreadableError(f"{shown} is not UTF-8 text: byte {error.start}", place=shown) from None
    except (OSError, ValueError) as error:
        raise unreadable(error, shown) from None


def unreadable(error: OSError | ValueError, shown: str) -> FileUnreadableError:
    """Return the error that says why a file cannot be read."""
    why = error.strerror if isinstance(error, OSError) else "no such name is possible"
    return FileUnreadableError(f"{shown} cannot be read: {why}", place=shown)
