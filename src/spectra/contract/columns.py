"""Typed Arrow arrays built straight from Python values, without `pyarrow.array`."""

# `pyarrow.array` looks whether a list is a pandas object, and imports pandas for that wherever it is installed: seconds
# that a run of a few hundred rows would spend on nothing. Buffers built here cost what the rows cost.

from __future__ import annotations

from array import array
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Builder = Callable[[Sequence[Any]], pa.Array]

_EPOCH_DAY = date(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def strings(values: Sequence[str | None]) -> pa.Array:
    """Return texts; half a surrogate pair, which UTF-8 cannot hold, is written as its escape."""
    _refuse_others(values, str)
    encoded = [b"" if value is None else value.encode("utf-8", "backslashreplace") for value in values]
    return _assembled(pa.string(), values, [_offsets(encoded), b"".join(encoded)])


def longs(values: Sequence[int | None]) -> pa.Array:
    """Return 64-bit integers."""
    _refuse_others(values, int)
    return _assembled(pa.int64(), values, [array("q", [0 if value is None else value for value in values])])


def doubles(values: Sequence[float | None]) -> pa.Array:
    """Return 64-bit floats."""
    _refuse_others(values, int, float)
    return _assembled(pa.float64(), values, [array("d", [0.0 if value is None else value for value in values])])


def booleans(values: Sequence[bool | None]) -> pa.Array:
    """Return truth values."""
    _refuse_others(values, bool)
    return _assembled(pa.bool_(), values, [_bits(values)])


def dates(values: Sequence[date | None]) -> pa.Array:
    """Return days."""
    _refuse_others(values, date)
    days = [0 if value is None else (value - _EPOCH_DAY).days for value in values]
    return _assembled(pa.date32(), values, [array("i", days)])


def timestamps(values: Sequence[datetime | None]) -> pa.Array:
    """Return instants in UTC microseconds; a time without zone is refused with TypeError."""
    _refuse_others(values, datetime)
    ticks = [0 if value is None else (value - _EPOCH) // _MICROSECOND for value in values]
    return _assembled(pa.timestamp("us", "UTC"), values, [array("q", ticks)])


def string_lists(values: Sequence[Sequence[str] | None]) -> pa.Array:
    """Return lists of texts."""
    _refuse_others(values, list, tuple)
    elements = strings([element for value in values for element in value or ()])
    lengths = [value or () for value in values]
    return _assembled(pa.list_(pa.string()), values, [_offsets(lengths)], [elements])


def _refuse_others(values: Sequence[object], *kinds: type) -> None:
    for value in values:
        if value is not None and type(value) not in kinds and not (isinstance(value, str) and str in kinds):
            raise TypeError(f"{' or '.join(kind.__name__ for kind in kinds)} expected, found {type(value).__name__}")


def _assembled(
    kind: pa.DataType, values: Sequence[object], buffers: list[Any], children: list[pa.Array] | None = None
) -> pa.Array:
    valid = _bits([value is not None for value in values]) if None in values else None
    packed = [None if valid is None else pa.py_buffer(valid), *(pa.py_buffer(buffer) for buffer in buffers)]
    return pa.Array.from_buffers(kind, len(values), packed, children=children)


def _bits(values: Sequence[bool | None]) -> bytes:
    packed = bytearray((len(values) + 7) // 8)
    for position, value in enumerate(values):
        if value:
            packed[position >> 3] |= 1 << (position & 7)
    return bytes(packed)


def _offsets(parts: Sequence[Sequence[object]]) -> array[int]:
    offsets, end = array("i", [0]), 0
    for part in parts:
        end += len(part)
        offsets.append(end)
    return offsets
