"""What the Delta library throws, told as errors that a person can act on."""

from __future__ import annotations

import errno

import pytest
from deltalake.exceptions import CommitFailedError, DeltaError

from spectra.errors import DiskFullError, LakeUnwritableError, SpectraError, TableUnreadableError
from spectra.lake.failures import explained

_FULL = "Failed to parse parquet: External: Generic LocalFileSystem error: Unable to copy: No space left (os error 28)"
_READ_ONLY = 'Could not create local directory: /x/u\nError: Os { code: 30, kind: ReadOnlyFilesystem, message: "..." }'
_GONE = "Object at location /x/part-0-c000.snappy.parquet not found: No such file or directory (os error 2)"
_BROKEN = "Kernel error: Json error: Truncated record\n   0: <unknown>\n   1: start_thread"
_ROWS = "Invalid data found: 1 rows failed validation check.\nPreview of invalid data:\n| secret-value |"

PanicException = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})


def _raised(error: BaseException, *, writing: bool) -> SpectraError:
    with pytest.raises(SpectraError) as caught, explained("source.config", "/nowhere", writing=writing):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "writing", "kind"),
    [
        (DeltaError(_FULL), True, DiskFullError),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True, DiskFullError),
        (DeltaError(_READ_ONLY), True, LakeUnwritableError),
        (OSError(errno.EIO, "Input/output error"), True, LakeUnwritableError),
        (OSError(errno.EIO, "Input/output error"), False, TableUnreadableError),
        (DeltaError(_GONE), True, TableUnreadableError),
        (DeltaError(_BROKEN), True, TableUnreadableError),
        (PanicException("index out of bounds"), False, TableUnreadableError),
    ],
)
def test_each_failure_has_its_error(error: BaseException, *, writing: bool, kind: type[SpectraError]) -> None:
    told = _raised(error, writing=writing)
    assert type(told) is kind
    assert told.facts["table"] == "source.config"
    assert "source.config" in told.message


def test_the_damaged_file_is_named() -> None:
    assert _raised(DeltaError(_GONE), writing=False).facts["file"] == "/x/part-0-c000.snappy.parquet"


@pytest.mark.parametrize("text", [_BROKEN, _ROWS])
def test_backtraces_and_previews_of_rows_stay_out(text: str) -> None:
    told = _raised(DeltaError(text), writing=True)
    assert "\n" not in told.message
    assert told.__cause__ is None
    assert told.__suppress_context__


@pytest.mark.parametrize("error", [CommitFailedError("conflict"), KeyboardInterrupt(), KeyError("our bug")])
def test_conflicts_interrupts_and_bugs_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, explained("a.b", "/nowhere", writing=True):
        raise error
    assert caught.value is error
