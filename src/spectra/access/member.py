"""Reading one member of a JSON body by a dotted path; numbers pick from lists."""

from __future__ import annotations

import msgspec

_BOM = b"\xef\xbb\xbf"
_NOTHING = frozenset({b"null", b'""', b"false", b"[]", b"{}"})


def member(body: bytes, path: str) -> bytes | None:
    """Return the JSON text at a dotted path, exactly as sent; None where there is none.

    A name that holds dots itself is found too, the longest that fits first. What is no JSON holds nothing.
    """
    try:
        return _at(body.removeprefix(_BOM).strip(b" \t\r\n"), tuple(path.split(".")))
    except (ValueError, RecursionError):
        return None


def members(text: bytes) -> dict[str, bytes]:
    """Return each member of a JSON object as its exact text; empty for what is no object."""
    try:
        decoded = msgspec.json.decode(text.removeprefix(_BOM), type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        return {}
    return {name: bytes(value) for name, value in decoded.items()}


def as_text(value: bytes) -> str | None:
    """Return a JSON text or number as text, its digits as sent; None for any other value."""
    if value.startswith(b'"'):
        return msgspec.json.decode(value, type=str)
    return value.decode() if value[:1] in b"-0123456789" else None


def is_nothing(value: bytes | None) -> bool:
    """Return whether a value says that there is none: absent, null, false, or of length 0."""
    return value is None or b"".join(value.split()) in _NOTHING


def _at(text: bytes, names: tuple[str, ...]) -> bytes | None:
    if not names:
        return text
    if text.startswith(b"["):
        return _in_list(text, names)
    return _in_object(text, names) if text.startswith(b"{") else None


def _in_list(text: bytes, names: tuple[str, ...]) -> bytes | None:
    elements = msgspec.json.decode(text, type=list[msgspec.Raw])
    name = names[0]
    place = int(name) if name.isascii() and name.isdigit() else len(elements)
    return _at(bytes(elements[place]), names[1:]) if place < len(elements) else None


def _in_object(text: bytes, names: tuple[str, ...]) -> bytes | None:
    inside = members(text)
    for length in range(len(names), 0, -1):
        name = ".".join(names[:length])
        if name in inside:
            found = _at(inside[name], names[length:])
            if found is not None:
                return found
    return None
