"""Text for terminals: symbols they can show, lines that fit, and nothing that could steer them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TextIO

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_COLOURS = {"ok": "32", "warning": "33", "failed": "31", "skipped": "2", "strong": "1", "faint": "2"}
_SYMBOLS = {"ok": "✔", "warning": "▲", "failed": "✘", "skipped": "-"}
_PLAIN_SYMBOLS = {"ok": "ok", "warning": "! ", "failed": "x ", "skipped": "- "}
_NARROW = 72
LABEL = 21


def harmless(text: str) -> str:
    """Return text without control and direction characters; what an API says must not steer a terminal."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def folded(text: str, width: int) -> list[str]:
    """Return text in lines of at most so many columns; a longer word stays whole, since it is there to be copied."""
    return textwrap.wrap(harmless(text), width, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the output can show: colour, symbols beyond ASCII, and how wide it is in columns."""

    stream: TextIO
    colour: bool
    symbols: bool
    width: int
    live: bool

    def painted(self, text: str, style: str) -> str:
        """Return text in a colour or weight, where there are colours."""
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour else text

    def symbol(self, outcome: str) -> str:
        """Return the sign of an outcome: ok, warning, failed or skipped; a word where signs cannot be shown."""
        text = (_SYMBOLS if self.symbols else _PLAIN_SYMBOLS)[outcome]
        return self.painted(text, outcome)

    def line(self, text: str = "") -> None:
        """Print one line."""
        if not self.symbols:
            text = text.replace("·", "-").replace("…", "...").encode("ascii", "replace").decode()
        self.stream.write(text + "\n")
        self.stream.flush()

    def labelled(self, label: str, text: str, *, outcome: str | None = None, heading: str = "") -> None:
        """Print a labelled line that wraps under its text: `Source   ✔ catalogue   222 endpoints`."""
        sign = self.symbol(outcome) if outcome else (" " if self.symbols else "  ")
        head = f"{heading:<9}{sign} {label:<{LABEL}}"
        indent = 9 + 2 + LABEL if self.symbols else 9 + 3 + LABEL
        if self.width < _NARROW:
            if heading or label or outcome:
                self.line(f"{heading:<9}{sign} {label}" if heading else f"  {sign} {label}")
            for part in folded(text, max(20, self.width - 4)):
                self.line(f"    {part}")
            return
        parts = folded(text, max(24, self.width - indent)) or [""]
        self.line(head + parts[0])
        for part in parts[1:]:
            self.line(" " * indent + part)


def terminal(stream: TextIO, *, width: int, no_colour: bool) -> Terminal:
    """Return what a stream can show; pipes get plain text."""
    live = stream.isatty() and not no_colour
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
    return Terminal(stream, live, encoding.startswith("utf"), width, live)
