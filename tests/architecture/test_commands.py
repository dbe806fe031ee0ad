"""Only commands that exist are ever written down, and every one of them is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from spectra.cli.main import app
from spectra.errors import known_codes
from tests.architecture.house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
CALL = re.compile(r"(?:^|[$;&|]\s*|^\.venv/bin/)\s*(?:\.venv/bin/)?(spectra(?: [^\n;&|#]*)?)", re.MULTILINE)
WORD = re.compile(r"[a-z][a-z-]*")


def commands_below(path: str, command: Any) -> dict[str, Any]:
    below = getattr(command, "commands", {})
    return {path: command} | {
        full: found for name in below for full, found in commands_below(f"{path} {name}", below[name]).items()
    }


COMMANDS = commands_below("spectra", get_command(app))


def calls_in(text: str) -> list[str]:
    """Return what starts with `spectra` in code blocks and code spans."""
    code = [*BLOCK.findall(text), *SPAN.findall(BLOCK.sub("", text))]
    return [call.strip() for part in code for call in CALL.findall(part)]


def faults_of(call: str) -> list[str]:
    """Return what is wrong with a call: a command or an option that does not exist."""
    words = call.split()
    path = words[0]
    for word in words[1:]:
        if f"{path} {word}" not in COMMANDS:
            break
        path = f"{path} {word}"
    default = getattr(COMMANDS[path], "default", "") if words[len(path.split()) :] else ""
    if default:
        words[len(path.split()) : len(path.split())] = [default]
        path = f"{path} {default}"
    rest = words[len(path.split()) :]
    group = getattr(COMMANDS[path], "commands", None)
    takes_text = any(one.param_type_name == "argument" for one in COMMANDS[path].params)
    unknown = [rest[0]] if group and rest and WORD.fullmatch(rest[0]) and not takes_text else []
    options = {name for one in COMMANDS[path].params for name in [*one.opts, *one.secondary_opts]} | {"--help"}
    written = [word.strip("[].,").split("=")[0] for word in rest if word.lstrip("[").startswith("-")]
    return [*unknown, *(name for name in written if name not in options)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_names_only_commands_and_options_that_exist(page: Path) -> None:
    calls = calls_in(page.read_text(encoding="utf-8"))

    assert {call: faults_of(call) for call in calls if faults_of(call)} == {}


@pytest.mark.parametrize("code", known_codes())
def test_a_remedy_names_only_commands_and_options_that_exist(code: str) -> None:
    calls = calls_in(known_codes()[code].remedy)

    assert {call: faults_of(call) for call in calls if faults_of(call)} == {}


def test_a_command_that_does_not_exist_is_told_apart() -> None:
    assert faults_of("spectra dashboard") == ["dashboard"]
    assert faults_of("spectra source zephyr --no-such-option") == ["--no-such-option"]
    assert faults_of("spectra catalog zephyr --no-such-option") == ["--no-such-option"]
    assert faults_of("spectra catalog zephyr --status failed") == []
    assert faults_of("spectra source zephyr") == []


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_is_documented(path: str) -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8"), re.MULTILINE)

    assert headings.count(path) == 1


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_and_its_options_say_what_they_do(path: str) -> None:
    command = COMMANDS[path]

    assert command.help
    assert [one.name for one in command.params if not one.hidden and not one.help] == []


@pytest.mark.parametrize("words", [[], ["catalog"], ["contract"], ["demo"], ["notify"]])
def test_no_list_of_commands_is_cut(words: list[str]) -> None:
    assert "..." not in CliRunner().invoke(app, [*words, "--help"]).stdout.partition("Commands:")[2]
