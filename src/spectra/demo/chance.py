"""Chance without a sequence: what is drawn depends on seed, stream and position alone, so any row costs the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_Option = TypeVar("_Option")
_64_BITS = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(bits: int) -> int:
    """Return the finalizer of splitmix64 (Steele, Lea, Flood 2014): a bijection that spreads 64 bits."""
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & _64_BITS
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & _64_BITS
    return bits ^ (bits >> 31)


@lru_cache(maxsize=256)
def _key(seed: int, stream: str) -> int:
    bits = _mix((seed + _GOLDEN) & _64_BITS)
    for byte in stream.encode():
        bits = _mix(bits ^ byte)
    return bits


def draw(seed: int, stream: str, position: int) -> int:
    """Return 64 bits for one position of one stream."""
    return _mix((_key(seed, stream) + (position + 1) * _GOLDEN) & _64_BITS)


def pick(options: Sequence[_Option], bits: int) -> _Option:
    """Return one of the options, chosen by bits."""
    return options[bits % len(options)]
