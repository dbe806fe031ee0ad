"""Writes the parts of the documentation that the code itself knows: errors, commands, the contract and its changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from typer.main import get_command

from spectra.cli.main import app
from spectra.contract.changes import RULES
from spectra.contract.load import load_contract
from spectra.errors import SpectraError, known_codes
from spectra.pipeline import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.contract.model import Column, Guarantee, TableSchema

DOCS = Path(__file__).parent
RUNBOOK = DOCS / "source" / "OPERATIONAL-RUNBOOK.md"
COMMANDS = DOCS / "reference" / "cli.md"
CONTRACT = DOCS / "reference" / "source-contract.md"
CHANGES = DOCS / "reference" / "contract-diff.md"
BEGIN = "<!-- begin generated: error reference -->"
END = "<!-- end generated: error reference -->"
END_CHANGES = "<!-- the table above is generated: kinds of change -->"


class Parameter(Protocol):
    """An argument or option, as typer describes it."""

    name: str | None
    param_type_name: str
    opts: list[str]
    secondary_opts: list[str]
    required: bool
    hidden: bool
    help: str | None
    metavar: str | None


class Command(Protocol):
    """A command, as typer describes it; a group has `commands` too."""

    help: str | None
    params: list[Parameter]


def pages() -> dict[Path, str]:
    """Return the text that each generated file should have."""
    return {
        RUNBOOK: runbook(RUNBOOK.read_text(encoding="utf-8")),
        COMMANDS: command_reference(),
        CONTRACT: contract_reference(),
        CHANGES: kinds_of_change(CHANGES.read_text(encoding="utf-8")),
    }


def runbook(text: str) -> str:
    """Return the runbook with its error reference as the code has it."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{error_reference()}\n{END}{tail}"


def kinds_of_change(text: str) -> str:
    """Return the page about contract changes with its table as the code has it."""
    head, _, rest = text.partition("| change |")
    _, _, tail = rest.partition(END_CHANGES)
    rows = [f"| {what} | {rule.step} | {' and '.join(rule.breaks)} | {rule.meaning} |" for what, rule in RULES.items()]
    table = "\n".join(["| change | step | breaks | meaning |", "|---|---|---|---|", *rows])
    return f"{head}{table}\n{END_CHANGES}{tail}"


def error_reference() -> str:
    """Return one section for each error code, in the order of the codes."""
    return "\n".join(error_section(kind) for kind in known_codes().values())


def error_section(kind: type[SpectraError]) -> str:
    """Return what happened, how it counts and what to do."""
    retried = "retried" if kind.retryable else "not retried"
    return (
        f"### {kind.code}\n\n{paragraph(kind.__doc__)}\n\n"
        f"- Remedy: {kind.remedy}\n"
        f"- Category {kind.category}, severity {kind.severity}, {retried}.\n"
        f"- Exit status {kind.exit_status} where it ends a command.\n"
    )


def command_reference() -> str:
    """Return every command with its arguments and options."""
    head = "# Commands\n\nGenerated from the program by `make docs`; the same text as `--help`.\n"
    return "\n".join([head, *sections("spectra", cast("Command", get_command(app)))])


def contract_reference() -> str:
    """Return every table of the Source contract with its columns, and every guarantee."""
    contract = load_contract(shipped("source.contract.yaml"), "source.contract.yaml")
    tables = [table_section(table, contract.guarantees) for table in contract.tables]
    return "\n".join(
        [
            f"# The Source contract {contract.version}\n",
            "Generated from `contracts/source.contract.yaml` by `make docs`. A `must` that does not hold keeps a run",
            "from publishing; a `should` degrades it. The SQL of each guarantee stands in the contract, and for each",
            "run, with what it found, in `log.guarantees`.\n",
            *tables,
        ]
    )


def table_section(table: TableSchema, guarantees: Sequence[Guarantee]) -> str:
    """Return one table: what a row is, its columns, and what is promised of it."""
    columns = [
        f"| `{each.name}` | {each.type} | {constraints(each)} | {cell(each.description)} |" for each in table.columns
    ]
    promised = [
        f"| {each.id} | {each.level} | {cell(each.promise)} |" for each in guarantees if each.table == table.full_name
    ]
    head = f"## {table.full_name}\n\n{table.description} {table.grain}\n"
    parts = [head, "| column | type | holds | meaning |\n|---|---|---|---|", *columns]
    return "\n".join(
        [*parts, "", *(["| guarantee | level | promise |\n|---|---|---|", *promised, ""] if promised else [])]
    )


def constraints(column: Column) -> str:
    """Return what a column may hold."""
    said = ["key"] if column.key else []
    said += ["always"] if column.required else []
    said += [", ".join(column.allowed)] if column.allowed else []
    said += [f"from {column.minimum:g}"] if column.minimum is not None else []
    said += [f"to {column.maximum:g}"] if column.maximum is not None else []
    return cell("; ".join([*said, *([f"`{column.pattern}`"] if column.pattern else [])]))


def cell(text: str) -> str:
    """Return a text as a table of Markdown can hold it."""
    return paragraph(text).replace("|", "\\|")


def sections(path: str, command: Command) -> list[str]:
    """Return a section for a command and for all below it."""
    below = getattr(command, "commands", {})
    own = f"## {path}\n\n{paragraph(command.help)}\n\n{usage(path, command)}{parameter_list(command)}"
    return [own, *(part for name in sorted(below) for part in sections(f"{path} {name}", below[name]))]


def usage(path: str, command: Command) -> str:
    """Return the line that shows how to call a command."""
    arguments = [names_of(one) for one in command.params if one.param_type_name == "argument"]
    following = ["COMMAND"] if getattr(command, "commands", {}) else []
    return f"    {' '.join([path, '[OPTIONS]', *arguments, *following])}\n"


def parameter_list(command: Command) -> str:
    """Return arguments and options, one a line."""
    lines = [f"- `{names_of(one)}`: {paragraph(one.help)}\n" for one in command.params if not one.hidden]
    return "".join(["\n", *lines]) if lines else ""


def names_of(parameter: Parameter) -> str:
    """Return an argument as usage lines show it, or an option's spellings."""
    if parameter.param_type_name != "argument":
        spellings = ", ".join([*parameter.opts, *parameter.secondary_opts])
        return f"{spellings} {parameter.metavar}" if parameter.metavar else spellings
    name = (parameter.metavar or str(parameter.name)).strip("[]").upper()
    return name if parameter.required else f"[{name}]"


def paragraph(text: str | None) -> str:
    """Return a text without the line breaks of its source."""
    return " ".join((text or "").split())


def main(arguments: list[str]) -> int:
    """Write the files, or with --check only name those that are out of date."""
    stale = {path: text for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text}
    if "--check" in arguments:
        sys.stdout.writelines(f"{path.relative_to(DOCS.parent)} is out of date: run `make docs`\n" for path in stale)
        return int(bool(stale))
    for path, text in stale.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
