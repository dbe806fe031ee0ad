"""Does what a section of the runbook says, in a project that lies in the state it speaks of, and compares."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from typer.main import get_command

from spectra.cli.main import app
from tests.integration.runbook.page import commands_in, same_cells, same_lines, sections_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.integration.runbook.page import Command, Section, Step

SPECTRA = get_command(app)
_STATUS = re.compile(r"exit status (\d+)")
_ENDED = "echo $?"
_RUN, _THAT_RUN = re.compile(r"\b[a-z][a-z0-9]*-source-\d{8}T\d{6}-[0-9a-f]{6}\b"), "acme-source-…"


class PageDiffersError(AssertionError):
    """What the page says is not what happens."""


@dataclass(slots=True)
class Walkthrough:
    """Types commands into a project's folder; `happenings` are what the page's `then` marks stand for.

    In a command `acme-source-…` is the execution_id that was printed last.
    """

    folder: Path
    happenings: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    status: int = 0
    run: str = ""

    def walk(self, section: Section) -> None:
        """Do every step of a section in order; raises PageDiffersError at the first that goes otherwise."""
        with contextlib.chdir(self.folder):
            for step in section.steps:
                self._take(step)
            self._settle(f"the end of {section.title!r}")

    def _take(self, step: Step) -> None:
        if step.kind == "then":
            self.happenings[step.text]()
        elif step.kind == "sql":
            shown = self._spectra(["sql", step.text])
            self._settle(str(step))
            self._compare(same_cells(step.expected or "", shown), str(step), step.expected or "", shown)
        else:
            for command in commands_in(step):
                self._type(command)

    def _type(self, command: Command) -> None:
        name = f"line {command.line}: {command.typed}"
        if command.typed == _ENDED:
            shown, self.status = f"{self.status}\n", 0
        else:
            self._settle(name)
            typed = command.typed.replace(_THAT_RUN, self.run)
            words = _plain_words(typed)
            shown = self._spectra(words[1:]) if words[:1] == ["spectra"] else self._bash(typed)
        same = same_cells if command.typed.startswith("spectra sql") and not self.status else same_lines
        self._compare(same(command.expected, shown), name, command.expected, shown)
        told = _STATUS.findall(command.expected)
        if told and self.status == int(told[-1]):
            self.status = 0

    def _settle(self, where: str) -> None:
        """Refuse to go on after a status that the page does not tell: `exit status N` in the output, or `echo $?`."""
        if self.status:
            message = f"before {where}: a command ended with {self.status}, which the page does not say"
            raise PageDiffersError(message)

    def _compare(self, same: bool, name: str, expected: str, shown: str) -> None:  # noqa: FBT001 - what was found out
        if not same:
            raise PageDiffersError(f"{name}\n--- the page says\n{expected}\n--- it prints\n{shown}")
        self.run = (_RUN.findall(shown) or [self.run])[-1]

    def _spectra(self, words: list[str]) -> str:
        """Run the program in this process; its terminal is a pipe that takes UTF-8."""
        shown = io.BytesIO()
        screen = io.TextIOWrapper(shown, encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            try:
                SPECTRA.main(words, prog_name="spectra")
            except SystemExit as ended:
                self.status = int(ended.code or 0)
        return shown.getvalue().decode("utf-8")

    def _bash(self, typed: str) -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        self.status = done.returncode
        return done.stdout


def _plain_words(typed: str) -> list[str]:
    """Return the words of a command that needs no shell; nothing where one is needed."""
    words = shlex.shlex(typed, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    found = list(words)
    return [] if "$(" in typed or any(set(word) <= set("();<>|&") for word in found) else shlex.split(typed)


def main(page: str, title: str, folder: str) -> None:
    """Walk through one section of a page in this process."""
    (section,) = [each for each in sections_of(Path(page).read_text(encoding="utf-8")) if each.title == title]
    Walkthrough(Path(folder)).walk(section)


if __name__ == "__main__":
    main(*sys.argv[1:])
