"""The lines of a definition around a finding, with marks under what it is about and no secret in them."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n|\r|\n")
_TOP_KEY = re.compile(r"""["']?(\w+)["']?\s*:""")
_PAIR = re.compile(r"""(?:^|[\s{,\[-])["']?([A-Za-z_][\w.-]*)["']?\s*:(?!//)\s*""")
_SECTIONS = ("auth", "notify")
_OPEN_KEYS = ("type", "proof", "probe", "header", "user", "when", "remind")
_SECRET_KEY = re.compile(r"token|passw|pwd|secret|credential|webhook|api_?key", re.IGNORECASE)
_HARMLESS = re.compile(r"""(["']?)secret://[A-Za-z_]\w{0,127}\1\s*(?:[,}#]|$)|#|$""")
_USERINFO = re.compile(r"(?<=://)[^/\s]*(?=@)")
_PRINTED = re.compile(r"\S")


def snippet(text: str, line: int, column: int, width: int = 1) -> list[str]:
    """Return the line before, the line itself, both numbered, and a line of `^` under `width` characters.

    `line` and `column` count from 1. Values that stand where secrets belong are shown as asterisks.
    """
    lines = _LINE_END.split(text)
    if not 1 <= line <= len(lines):
        return []
    margin = len(str(line))
    first = max(1, line - 1)
    shown = [f"{number:>{margin}} | {_hidden(lines, number)}".rstrip() for number in range(first, line + 1)]
    fitting = max(1, min(width, len(lines[line - 1]) - column + 1))
    return [*shown, f"{'':>{margin}} | {' ' * (column - 1)}{'^' * fitting}"]


def _hidden(lines: list[str], number: int) -> str:
    """Return a line with everything that may be a secret replaced, column by column."""
    line = _USERINFO.sub(lambda match: "*" * len(match[0]), lines[number - 1].replace("\t", " "))
    guarded = _section(lines, number) in _SECTIONS
    pairs = list(_PAIR.finditer(line))
    if guarded and not pairs and not line.lstrip().startswith("#"):
        return _PRINTED.sub("*", line)
    for pair in pairs:
        if _hides(pair[1], line[pair.end() :], guarded=guarded):
            return line[: pair.end()] + _PRINTED.sub("*", line[pair.end() :])
    return line


def _hides(key: str, rest: str, *, guarded: bool) -> bool:
    """Return whether what follows a key may be a secret, and the rest of the line with it."""
    if _HARMLESS.match(rest):
        return False
    if key in _SECTIONS:
        return not rest.startswith("{")
    return bool(_SECRET_KEY.search(key)) or (guarded and key not in _OPEN_KEYS)


def _section(lines: list[str], number: int) -> str:
    """Return the top-level key under which a line stands."""
    keys = (_TOP_KEY.match(each) for each in reversed(lines[:number]))
    return next((key[1] for key in keys if key), "")
