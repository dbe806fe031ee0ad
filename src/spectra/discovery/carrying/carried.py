"""Carried: what came over from another tool's configuration: a draft, a catalogue, and everything that did not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from spectra.definition.model import source_name_fault
from spectra.discovery.carrying.setting import Code, Word, untouched
from spectra.discovery.guessing.guess import Guess
from spectra.errors import NotCarriedError, SecretLeftBehindError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spectra.discovery.carrying.setting import Part, Setting
    from spectra.discovery.drafting.draft import Draft
    from spectra.discovery.guessing.guess import Confidence
    from spectra.errors import SpectraError

MOST_FINDINGS = 1000
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z -]{0,20}[ =:]+)?")
_APART = re.compile(r"[^A-Za-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_NAME, _LONGEST_SAID = 40, 200


@dataclass(frozen=True, slots=True)
class Carried:
    """What came over: `draft` is the definition, its guesses say what came from where; `rows` are its catalogue.

    `unmapped` lists, by name and place, all that did not come over and what to do about it, and secrets left behind.
    """

    format: Literal["dlt", "airbyte"]
    name: str
    title: str
    servers: tuple[str, ...]
    draft: Draft
    rows: tuple[Mapping[str, Any], ...]
    unmapped: tuple[SpectraError, ...]


@dataclass(slots=True)
class Carrying:
    """What has been noted so far on the way over."""

    name: str
    guesses: list[Guess] = field(default_factory=list)
    findings: list[SpectraError] = field(default_factory=list)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: set[tuple[str, str]] = field(default_factory=set)

    def left(self, place: str, name: str, advice: str) -> None:
        """Note a setting that does not come over, and what to do about it."""
        self._note(NotCarriedError, f"{_printed(name)} is not carried over; {advice}", place, name)

    def take(self, problems: Iterable[SpectraError]) -> None:
        """Note what is wrong with the writing of the file."""
        for each in problems:
            self.left(each.place or "", each.facts.get("found", "a value"), each.message)

    def left_behind(self, said: str, place: str, name: str) -> None:
        """Note a plain secret that the draft does not hold."""
        self._note(SecretLeftBehindError, said, place, name)

    def _note(self, kind: type[SpectraError], said: str, place: str, name: str) -> None:
        if (place, said) not in self.said:
            self.said.add((place, said))
            self.findings.append(kind(said, place=place, name=name))

    def guess(self, subject: str, value: Any, reason: str, confidence: Confidence = "high") -> None:
        """Note what a line of the draft comes from."""
        self.guesses.append(Guess(subject, value, confidence, reason))

    def secret(self, setting: Setting | None, purpose: str) -> tuple[str, str]:
        """Return the reference for a value that is a secret or absent, and the plain text that stands before it."""
        if setting is None:
            return f"secret://{self.prefixed(purpose)}", ""
        parts = setting.parts()
        *before, last = parts or ("",)
        text = before[0] if before else ""
        if isinstance(last, Word) and len(before) <= 1 and isinstance(text, str) and _SCHEME.fullmatch(text):
            return f"secret://{self.variable(last)}", text
        self._left_behind(setting, parts, purpose)
        return f"secret://{self.prefixed(purpose)}", ""

    def _left_behind(self, setting: Setting, parts: tuple[Part, ...], purpose: str) -> None:
        reference = f"secret://{self.prefixed(purpose)}"
        if any(isinstance(part, str) and part for part in parts):
            said = f"a plain secret stands here; the draft refers to {reference} instead"
            self.left_behind(said, setting.place, purpose)
        elif parts != ("",):
            shown = next((part.shown for part in parts if isinstance(part, Code)), "a value of another kind")
            self.left(setting.place, f"{purpose} ({shown})", f"set {self.prefixed(purpose)} to what it gives")

    def plain(self, setting: Setting | None, name: str) -> str | None:
        """Return a text that is no secret, with `${env:NAME}` for what is looked up; None, noted, where it is code."""
        if setting is None:
            return None
        texts = []
        for part in setting.parts():
            if isinstance(part, Code):
                self.left(setting.place, f"{name} ({part.shown})", "write the value itself into the draft")
                return None
            texts.append(f"${{env:{self.variable(part)}}}" if isinstance(part, Word) else part)
        if not texts:
            self.left(setting.place, name, "write the value itself into the draft")
        return "".join(texts) if texts else None

    def text_or_secret(self, setting: Setting | None, purpose: str) -> str:
        """Return a plain text as it is, and a reference for anything that is looked up or absent."""
        parts = setting.parts() if setting is not None else ()
        if len(parts) == 1 and isinstance(parts[0], str) and parts[0]:
            return parts[0]
        return self.secret(setting, purpose)[0]

    def variable(self, word: Word) -> str:
        """Return the name of the variable for something looked up: its own in the environment, else a fitting one."""
        if word.root == "env" and _VARIABLE.fullmatch(word.path[-1]):
            return word.path[-1]
        name = self.prefixed(word.path[-1])
        if self.names.setdefault(name, word.path) != word.path:
            name = self.prefixed("_".join(word.path))
        return name

    def prefixed(self, words: str) -> str:
        """Return a variable's name that starts with the source's."""
        prefix, rest = self.name.upper(), snake(words).upper() or "VALUE"
        return (rest if rest.startswith(f"{prefix}_") else f"{prefix}_{rest}")[:128]

    def sweep(self, root: Setting, advice: Mapping[str, str], otherwise: str) -> None:
        """Note everything that nobody looked at, with the advice for its name."""
        for path, name, place in untouched(root):
            if len(self.findings) >= MOST_FINDINGS:
                self.left(place, "everything below", f"{MOST_FINDINGS:,} findings are listed already")
                return
            self.left(place, path, advice.get(name, otherwise))


def _printed(name: str) -> str:
    line = "".join(each if each.isprintable() else "?" for each in name[: _LONGEST_SAID + 1])
    return line if len(line) <= _LONGEST_SAID else f"{line[:_LONGEST_SAID]}..."


def snake(text: str) -> str:
    """Return a name in small letters, digits and underscores."""
    return "_".join(part for part in _APART.split(_HUMP.sub("_", text).lower()) if part)


def source_name(*words: str) -> str:
    """Return the first of some words that makes a source's name, cut to what a name may be; `imported` at last."""
    for word in words:
        name = _APART.sub("", word.lower()).lstrip("0123456789")[:_LONGEST_NAME]
        if name and name.isascii() and source_name_fault(name) is None:
            return name
    return "imported"
