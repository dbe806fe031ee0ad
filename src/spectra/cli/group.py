"""A group of commands whose list says each of them in full."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class Group(TyperGroup):
    """Lists its commands with their first sentence, wrapped and never cut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        told = [(name, (command.help or "").strip().splitlines()[0]) for name, command in commands if command.help]
        with formatter.section("Commands"):
            formatter.write_dl(told)
