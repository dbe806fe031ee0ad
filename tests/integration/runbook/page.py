"""The runbook as a program reads it: sections, the state each is tested in, and what is to be typed there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = "…"
Kind = Literal["console", "sql", "then"]
_HEADING = re.compile(r"(#{1,6}) (.+)")
_MARK = re.compile(r"<!-- (state|then): (.+?) -->")
_END = "<!-- begin generated"


@dataclass(frozen=True, slots=True)
class Step:
    """What is done at one place of the page: commands, a query, or something that happens in the world."""

    kind: Kind
    text: str
    line: int
    expected: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.text.splitlines()[0] if self.text else ''}"


@dataclass(slots=True)
class Section:
    """A heading with all up to the next; `states` are the marks found under it."""

    title: str
    level: int
    line: int
    text: str = ""
    states: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The one state that it is tested in; empty where there is none."""
        return self.states[0] if self.states else ""

    @property
    def runnable(self) -> list[Step]:
        return [step for step in self.steps if step.kind != "then"]

    def part(self, name: str) -> str:
        """Return what stands between `**Name.**` and the next such word."""
        found = re.search(rf"^\*\*{name}\.\*\*(.*?)(?=^\*\*[A-Z][a-z]+\.\*\*|\Z)", self.text, re.MULTILINE | re.DOTALL)
        return found[1].strip() if found else ""


@dataclass(frozen=True, slots=True)
class Command:
    """A line that is typed, and what it prints."""

    typed: str
    expected: str
    line: int


def sections_of(text: str) -> list[Section]:
    """Return the sections of a page, without its generated part."""
    sections = [Section("", 0, 1)]
    for number, kind, content in _pieces(text.split(_END, maxsplit=1)[0]):
        section = sections[-1]
        heading, mark = _HEADING.fullmatch(content), _MARK.search(content)
        if kind == "line" and heading:
            sections.append(Section(heading[2], len(heading[1]), number))
        elif kind == "line" and mark:
            if mark[1] == "state":
                section.states.append(mark[2])
            else:
                section.steps.append(Step("then", mark[2], number))
        elif kind == "text" and section.steps and section.steps[-1].kind == "sql" and not section.steps[-1].expected:
            asked = section.steps.pop()
            section.steps.append(Step("sql", asked.text, asked.line, content))
        elif kind in {"console", "sql"}:
            section.steps.append(Step("console" if kind == "console" else "sql", content, number))
        sections[-1].text += content + "\n" if kind == "line" else f"```{kind}\n{content}\n```\n"
    return sections


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield plain lines as (number, "line", line) and fenced blocks as (number, language, content)."""
    fence: tuple[int, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.lstrip().startswith("```"):
            if fence:
                inside.append(line)
            else:
                yield number, "line", line
        elif fence is None:
            fence, inside = (number, line.strip()[3:] or "plain"), []
        else:
            yield *fence, dedent("\n".join(inside))
            fence = None
    assert fence is None, f"a block that starts in line {fence} never ends"


def commands_in(step: Step) -> list[Command]:
    """Return the lines of a console block that start with `$`, each with the lines under it."""
    found: list[Command] = []
    for number, line in enumerate(step.text.splitlines(), start=step.line + 1):
        if line.startswith("$ "):
            found.append(Command(line[2:].strip(), "", number))
        else:
            assert found, f"line {number}: {line!r} is printed by no command"
            found.append(Command(found[-1].typed, found[-1].expected + line + "\n", found.pop().line))
    return found


def same_lines(expected: str, shown: str) -> bool:
    """Return whether a text is the one expected: `…` in a line is anything, a line `…` any lines; blanks are free."""
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == ANY else _loose(line.rstrip()) + r"\n" for line in _lines(expected)
    )
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in _lines(shown))) is not None


def same_cells(expected: str, shown: str) -> bool:
    """Return whether two tables of aligned columns agree: the header, and cell by cell below it."""
    wanted, found = _lines(expected), _lines(shown)
    if not wanted or not found:
        return False
    names = wanted[0].split()
    rows = [_cells(line, wanted[0]) for line in wanted[1:] if line.strip() != ANY]
    given = [_cells(line, found[0]) for line in found[1:]]
    if names != found[0].split():
        return False
    if any(line.strip() == ANY for line in wanted[1:]):
        return all(any(_agree(row, other) for other in given) for row in rows)
    return len(rows) == len(given) and all(map(_agree, rows, given))


def _agree(expected: list[str], found: list[str]) -> bool:
    return all(re.fullmatch(_loose(want), have) for want, have in zip(expected, found, strict=True))


def _cells(line: str, header: str) -> list[str]:
    starts = [match.start() for match in re.finditer(r"\S+", header)]
    return [line[begin:end].strip() for begin, end in zip(starts, [*starts[1:], None], strict=True)]


def _loose(text: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in text.split(ANY))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
