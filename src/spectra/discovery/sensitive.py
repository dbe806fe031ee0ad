"""What must not be carried over from traffic: values that were used as credentials, and what looks like one."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET_NAME = re.compile(
    r"token|passw|pwd|secret|credential|signature|session|jwt|(?:api|access|auth|private|subscription)[_-]{0,2}key|^key$"
    r"|^auth(?!or)|auth(?:entication|orization)?$|^sig$",
    re.IGNORECASE,
)
_NO_SECRET_NAME = re.compile(r"csrf|xsrf|page_?token|next_?token|sync_?token|continuation", re.IGNORECASE)
_PREFIXED = re.compile(
    r"(?:sk|pk|rk|gh[opsur]|glpat|xox[a-z]|eyJ|AKIA|ya29|github_pat|shpat|dop_v1|hf)[_.-]?[A-Za-z0-9]{12,}"
)
_LONG = re.compile(r"[A-Za-z0-9+/=_.~:-]{16,}")
_LETTERS = re.compile(r"[A-Za-z]{24,}")
_BORDERS = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_HUMPS = re.compile(r"[A-Z]{2,}[a-z]|[a-z][A-Z]")
_WORD = re.compile(r"[A-Za-z]{1,16}")
_FEWEST_BORDERS = 3
_SHORTEST = 8
_MOST = 5000
_MOST_SEARCHED = 300
_LEVELS = 2
_LONGEST_FORM = 100_000
_APART = re.compile(r"[/:=,;&?\s]+")


def looks_random(text: str) -> bool:
    """Return whether a word looks made by a machine: a token, a hash, an id that nobody would type."""
    if _PREFIXED.search(text):
        return True
    for word in _LONG.findall(text):
        if len(_BORDERS.findall(word)) >= _FEWEST_BORDERS:
            return True
    return any(len(_HUMPS.findall(word)) * 3 > len(word) for word in _LETTERS.findall(text))


def is_secret_name(name: str) -> bool:
    """Return whether a header, parameter or field of that name holds a credential."""
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET_NAME.search(name)


@dataclass(slots=True)
class Sensitive:
    """The credentials seen in one recording; `hides` tells what may not leave it."""

    _values: set[str] = field(default_factory=set)
    _told: dict[str, bool] = field(default_factory=dict)

    def saw(self, value: Any) -> None:
        """Remember a value that stood where a credential stands, in every form it may return in."""
        if isinstance(value, str) and len(self._values) < _MOST:
            for form in (value, *_parts(value)):
                if len(form) >= _SHORTEST:
                    self._values |= {form, form.lower(), quote(form, safe=""), unquote(form)}
            self._told.clear()

    def saw_in(self, value: Any) -> None:
        """Remember every text in a field whose name says that it is a credential, or in the mapping there."""
        pending = [(value, 0)]
        while pending:
            each, secret = pending.pop()
            if isinstance(each, dict):
                named = [(below, _LEVELS if is_secret_name(name) else secret - 1) for name, below in each.items()]
                pending += named
            elif isinstance(each, list):
                pending += [(below, secret) for below in each]
            elif secret > 0:
                self.saw(each)

    def saw_in_text(self, text: str) -> None:
        """Remember the credentials in a body: JSON, or the fields of a form."""
        try:
            self.saw_in(json.loads(text))
        except (ValueError, RecursionError):
            self.saw_in(dict(parse_qsl(text[:_LONGEST_FORM])))

    def hides(self, text: str) -> bool:
        """Return whether a text holds a credential that was seen, or looks like one."""
        if text not in self._told:
            plain = unquote(text)
            self._told[text] = self._seen(text) or self._seen(plain) or looks_random(plain)
        return self._told[text]

    def shown(self, text: str) -> str:
        """Return a text that may leave the recording as it is, and nothing in place of any other."""
        return "" if any(self.hides(word) for word in text.split()) else text

    def _seen(self, text: str) -> bool:
        if len(self._values) > _MOST_SEARCHED:
            return any(part in self._values for part in (text, *_APART.split(text)))
        return any(value in text for value in self._values)


def _parts(value: str) -> Iterator[str]:
    """Yield what a header's value is made of: the token after its scheme, user and password, cookies one by one."""
    scheme, _, rest = value.strip().partition(" ")
    if rest:
        yield rest.strip()
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(rest.strip() + "==").decode("utf-8", "replace")
        except ValueError:
            decoded = ""
        yield decoded
        yield decoded.partition(":")[2]
    for cookie in value.split(";") if "=" in value else ():
        held = cookie.partition("=")[2].strip()
        if not _WORD.fullmatch(held):
            yield held
