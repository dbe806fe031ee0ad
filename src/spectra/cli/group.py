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


class DefaultGroup(Group):
    """A group that takes what is none of its commands for the arguments of one of them."""

    default = ""

    @classmethod
    def of(cls, default: str) -> type[DefaultGroup]:
        """Return such a group for one command."""
        return type(cls.__name__, (cls,), {"default": default})

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command in front where no command is named and no help asked for."""
        asked = args and args[0] not in {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, [self.default, *args] if asked else args)
