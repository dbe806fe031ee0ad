"""What a certificate says of itself, trusted or not: read from its DER, as ssl tells only of trusted ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION, _UTC_TIME = 0xA0, 0x17
_UTF16, _UTF32 = 0x1E, 0x1C
_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"
_LONG_FORM = 0x80
_MOST_NAME = 100
_CENTURY = 50


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whom a certificate is for, who issued it, and when it ends; its own words, believed by nobody yet."""

    subject: str
    issuer: str
    ends_at: datetime


def certificate_of(der: bytes) -> Certificate | None:
    """Read a certificate; None where it cannot be read."""
    try:
        outer = next(_parts(der))[1]
        inner = [part for part in _parts(next(_parts(outer))[1]) if part[0] != _VERSION]
        issuer, validity, subject = (body for _, body in inner[2:5])
        ends_at = _time(*list(_parts(validity))[1])
        return Certificate(_name(subject), _name(issuer), ends_at)
    except (IndexError, StopIteration, ValueError):
        return None


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tag and content of each element that stands in `data`, one after the other."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & _LONG_FORM:
            digits = length & ~_LONG_FORM
            length, at = int.from_bytes(data[at : at + digits], "big"), at + digits
        if at + length > len(data):
            raise ValueError("an element reaches beyond its end")
        yield tag, data[at : at + length]
        at += length


def _name(data: bytes) -> str:
    """Return the common name of a distinguished name, its organisation where it has none."""
    found: dict[bytes, str] = {}
    for _, relative in _parts(data):
        for _, pair in _parts(relative):
            (_, kind), (tag, value) = list(_parts(pair))[:2]
            coding = {_UTF16: "utf-16-be", _UTF32: "utf-32-be"}.get(tag, "utf-8")
            found.setdefault(kind, value.decode(coding, "replace"))
    return found.get(_COMMON_NAME, found.get(_ORGANISATION, "nobody named"))[:_MOST_NAME]


def _time(tag: int, data: bytes) -> datetime:
    text = data.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= _CENTURY else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
