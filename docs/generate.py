"""Writes the parts of the documentation that the code itself knows: errors, commands, the contract and its changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast, get_args

from styles import reference
from typer.main import get_command

from spectra.access.auth import Auth
from spectra.access.pagination import Pagination
from spectra.cli.main import app
from spectra.contract.changes import RULES
from spectra.contract.load import load_contract
from spectra.definition.schema import schema_files
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
AUTH = DOCS / "reference" / "auth.md"
AUTH_HEAD = """\
# Auth types

Generated from the classes by `make docs`. In the conversations, lines without mark are sent, lines after `<` come back.

Every type takes `probe`, the GET path that is asked with the credentials and without, and `proof: required`, which
blocks readers where that proves nothing. A secret stands as `secret://NAME`, never as a value; it is put in place at
the moment of sending and goes to the source's own origin alone (a token endpoint may be another host, over https).

A token that is got by exchange is got once, however many workers wait for it; it is renewed before it expires, by a
clock that nobody sets, or once when the API answers 401, and the request is then sent once more. Other secrets are
read anew on a 401, so that one rotated meanwhile is used. What the token endpoint does is told apart from what the API
does: `token-refused` and `token-endpoint-failed`. A credential that the token endpoint refused is not sent again,
and one that it answers without a token is sent at most twice in a row.

An endpoint may have an auth of its own: `endpoints: {'/admin/users': {auth: {type: ...}}}`.

A rotated refresh token is kept under `.spectra/rotated/` of the project, readable by its owner alone, before the token
it came with is used: a run killed in between goes on with it. Should the machine die between the answer of the token
endpoint and that moment, and the endpoint does not take the old refresh token once more, log in anew and set the
secret: a value set anew wins over the one kept.
"""
PAGINATION = DOCS / "reference" / "pagination.md"
PAGINATION_HEAD = """\
# Pagination styles

Generated from the classes by `make docs`. In the conversations, lines without mark are sent, lines after `<` come back;
`{base}` is the address of the API. An entity without `pagination` is read as one answer.

A path into an answer is dotted, a number picks from a list: `data.@links.next.0.uri`. Where an answer tells what comes
next, null, `false`, an empty text, list or object and nothing at all mean the end, and a page may be empty; where pages
are counted, an empty page is the end, and so is a 404 or 416 after the first. A short page is never the end. A link may
be relative or absolute; one that leads to another host than the source's and those under `allow.hosts`, or out of the
path of `base_url`, is refused before a byte is sent.

`spectra source` proves each pagination: under the parents that the walk has read it follows at most `walk.pages` pages
(3; 0 follows none) of each entity beyond the first ones, and writes a finding of kind `pagination`:

- proven: a second page with records came and differs from the first;
- failed: `page-loop`, `page-repeated` (the API ignores the parameter), `foreign-host`, `page-reference-wrong`, or an
  error of the API;
- unproven: `pagination-unproven`, there is only one page of data, or `pagination-undeclared`, the list goes on and the
  definition says that one answer is all.

Its evidence holds the pages and records read, whether the end was reached, the total that the API states, and the size
asked for and seen. `total-mismatch`, `page-overlap` and `page-size-capped` are findings of their own. To have every
record counted, set `walk.pages` high.
"""
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
    schemas = {DOCS / "reference" / Path(file).name: text for file, text in schema_files().items()}
    return {
        **schemas,
        RUNBOOK: runbook(RUNBOOK.read_text(encoding="utf-8")),
        COMMANDS: command_reference(),
        CONTRACT: contract_reference(),
        CHANGES: kinds_of_change(CHANGES.read_text(encoding="utf-8")),
        AUTH: reference(AUTH_HEAD, "auth", get_args(get_args(Auth)[0])),
        PAGINATION: reference(PAGINATION_HEAD, "pagination", get_args(get_args(Pagination)[0])),
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
