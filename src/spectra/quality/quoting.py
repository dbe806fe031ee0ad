"""Names and values as SQL text."""

from __future__ import annotations


def identifier(name: str) -> str:
    """Return a name quoted, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float) -> str:
    """Return a text, number or truth value as a literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
