"""Redaction by value: finds a secret in every form an API may echo it in, and replaces it."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, quote_plus

from spectra.access.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORTEST = 8
_SHORTEST_PART = 12
_WORD = re.compile(r"[a-z]+")
_BETWEEN_PARTS = re.compile(r"[/?&=#;]")
_MASK = MASK.encode()
_LEFT_PLAIN = ("", "/", "!*'()", ";,/?:@&=+$#!*'()")
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_UNICODE = re.compile(r"\\u([0-9a-f]{4})")
_LETTER = b"[A-Za-z0-9+/_-]"


class Known(Protocol):
    """A secret with its value, as FoundSecret."""

    @property
    def value(self) -> str:
        """The secret itself."""
        ...


class Redactor:
    """Replaces the values of secrets by `***`: raw, URL-encoded, JSON- or HTML-escaped, or inside base64.

    Values shorter than 8 characters are left alone, since replacing every "admin" would destroy the output.
    """

    def __init__(self, secrets: Iterable[Known] = ()) -> None:
        self._values = frozenset(secret.value for secret in secrets if len(secret.value) >= SHORTEST)
        forms = {needle: pattern for value in self._values for needle, pattern in _forms(value)}
        self._forms = sorted(forms.items(), key=lambda form: len(form[0]), reverse=True)

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} values)"

    def also(self, value: str) -> Redactor:
        """Return a redactor that knows one more value; itself where it knows it, or the value is too short."""
        if value in self._values or len(value) < SHORTEST:
            return self
        return Redactor([*map(_Value, self._values), _Value(value)])

    def address(self, url: str) -> Redactor:
        """Return a redactor that knows an address that is a secret: whole, its path, each long part that is no word."""
        path = url.partition("://")[2].partition("/")[2]
        parts = [
            part for part in _BETWEEN_PARTS.split(path) if len(part) >= _SHORTEST_PART and not _WORD.fullmatch(part)
        ]
        known = self
        for value in (url, path, *parts):
            known = known.also(value)
        return known

    def body(self, body: bytes) -> tuple[bytes, bool]:
        """Return a body without secrets, and whether there was one in it."""
        found = [form for form in self._forms if form[0] in body]
        for needle, pattern in found:
            body = body.replace(needle, _MASK) if pattern is None else pattern.sub(_MASK, body)
        return body, bool(found)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        body, found = self.body(text.encode("utf-8", "surrogatepass"))
        return body.decode("utf-8", "surrogatepass") if found else text


class _Value:
    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value


def _forms(value: str) -> Iterator[tuple[bytes, re.Pattern[bytes] | None]]:
    """Yield each form of a value: the bytes to look for, and what to replace where that reaches further."""
    for text in _spellings(value):
        yield text.encode("utf-8", "surrogatepass"), None
    raw = value.encode("utf-8", "surrogatepass")
    for shift in range(3):
        for altchars in (b"+/", b"-_"):
            yield _inside_base64(raw, shift, altchars)


def _spellings(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    encoded = {quote(raw, safe=safe) for safe in _LEFT_PLAIN}
    encoded |= {quote_plus(raw), "".join(f"%{byte:02X}" for byte in raw)}
    encoded |= {_PERCENT.sub(lambda match: match[0].lower(), text) for text in encoded}
    ascii_only, plain = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]
    cautious = ascii_only
    for sign in "&<>'/+=":
        cautious = cautious.replace(sign, f"\\u{ord(sign):04x}")
    escaped = {ascii_only, plain, cautious, ascii_only.replace("/", "\\/"), plain.replace("/", "\\/")}
    escaped |= {_UNICODE.sub(lambda match: "\\u" + match[1].upper(), text) for text in escaped}
    shown = {value, repr(value)[1:-1], html.escape(value), html.escape(value, quote=False)}
    return shown | encoded | escaped


def _inside_base64(raw: bytes, shift: int, altchars: bytes) -> tuple[bytes, re.Pattern[bytes]]:
    """Return the letters that only the secret decides when `shift` bytes (mod 3) stand before it.

    The letter before and after may hold some of its bits, so the pattern takes them along.
    """
    text = base64.b64encode(b"\0" * shift + raw, altchars)
    first = -(-shift * 8 // 6)
    bits = (shift + len(raw)) * 8
    core = text[first : bits // 6]
    before = _LETTER + b"?" if shift else b""
    after = _LETTER + b"?={0,2}" if bits % 6 else b""
    return core, re.compile(before + re.escape(core) + after)
