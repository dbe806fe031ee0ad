"""YAML of values that a stranger's document gave: quoted where needed, on one line, unable to leave its place."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from spectra.documents.document import resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.-]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_LONGEST_REMARK = 140


def flow(value: Any) -> str:
    """Return a value as YAML that fits on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(name)}: {flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """Return a text as a YAML scalar that reads as that text: plain, in quotes, or escaped, whatever is plainest.

    Half a surrogate pair, which no YAML can hold, becomes a replacement character.
    """
    text = _SURROGATE.sub("\ufffd", text)
    if _PLAIN.fullmatch(text) and resolved(text) == text:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def remark(text: str, longest: int = _LONGEST_REMARK) -> str:
    """Return a text as one line that may stand in a comment: blanks made one, what is not printable left out."""
    line = "".join(each for each in _BLANKS.sub(" ", text).strip() if each.isprintable())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def block(entries: Mapping[str, Any], indent: str = "") -> list[str]:
    """Return a mapping as lines, one an entry, each value in flow."""
    return [f"{indent}{quoted(name)}: {flow(value)}" for name, value in entries.items()]
