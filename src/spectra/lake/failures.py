"""What the Delta library throws, as errors that name the table and, where it is known, the file."""

from __future__ import annotations

import errno
import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake.exceptions import CommitFailedError, DeltaError

from spectra.errors import DiskFullError, LakeError, LakeUnwritableError, TableUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOREIGN = (DeltaError, OSError, pa.ArrowException, OverflowError)
_OS_CODE = re.compile(r"(?:os error|code:) (\d+)")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FILE = re.compile(r"\S+\.(?:parquet|json|crc)\b")
_REASON_LENGTH = 300


@contextmanager
def explained(table: str, path: str, *, writing: bool) -> Iterator[None]:
    """Turn what the Delta library throws, Rust panics included, into a LakeError about the table at `path`.

    CommitFailedError passes: another writer was first, and the caller answers that by planning anew.
    """
    try:
        yield
    except CommitFailedError:
        raise
    except BaseException as error:
        if isinstance(error, _FOREIGN) or _is_panic(error):
            raise lake_error(error, table, path, writing=writing) from None
        raise


def lake_error(error: BaseException, table: str, path: str, *, writing: bool) -> LakeError:
    """Return the error that tells a person what went wrong with `table`: disk, rights, or a damaged table."""
    reason, code = _reason(error), _os_code(error)
    facts = {"table": table, "reason": reason}
    if code in _FULL:
        return DiskFullError(f"no space left for {table}", **facts)
    if writing and code not in {None, errno.ENOENT}:
        return LakeUnwritableError(f"{table} cannot be written: {reason}", **facts)
    file = _named_file(error) or _broken_entry(path)
    return TableUnreadableError(f"{table} cannot be read: {reason}", **facts, **({"file": file} if file else {}))


def _is_panic(error: BaseException) -> bool:
    return type(error).__module__ == "pyo3_runtime"


def _reason(error: BaseException) -> str:
    """Return the message without the Rust backtrace and previews of rows that follow its first line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:_REASON_LENGTH]


def _os_code(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = _OS_CODE.search(str(error))
    return int(found.group(1)) if found else None


def _named_file(error: BaseException) -> str | None:
    found = _FILE.search(str(error))
    return found.group(0) if found else None


def _broken_entry(path: str) -> str | None:
    """Return the first log entry of a table that is not JSON; the library tells that there is one, not which."""
    for entry in sorted(Path(path, "_delta_log").glob("*.json")):
        try:
            for line in entry.read_bytes().splitlines():
                json.loads(line)
        except (OSError, ValueError):
            return str(entry)
    return None
