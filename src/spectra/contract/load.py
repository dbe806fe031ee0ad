"""From the text of a contract to a Contract, or to everything that is wrong with it."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from spectra.contract.guarantees import guarantee_of
from spectra.contract.model import Column, Contract, Guarantee, TableSchema, TimePromise
from spectra.contract.odcs import Document, Property, Schema
from spectra.errors import ContractInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spectra.contract.odcs import Quality

_MOST_CHARACTERS, _MOST_NODES = 2_000_000, 100_000


def load_contract(text: str, place: str) -> Contract:
    """Load a contract written in ODCS; raises ContractInvalidError that names all that is wrong with it."""
    contract, problems = _loaded(text)
    if contract is None:
        raise ContractInvalidError(
            f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'} in the contract: {'; '.join(problems)}",
            place=place,
            problems="\n".join(problems),
        )
    return contract


@lru_cache(maxsize=16)
def _loaded(text: str) -> tuple[Contract | None, tuple[str, ...]]:
    """Load once per text: a project's contract most often is the shipped one, and reading YAML takes its time."""
    try:
        plain = _plain(text)
        document = Document.model_validate(plain)
    except ValidationError as error:
        return None, tuple(_described(each["loc"], each["msg"], plain) for each in error.errors(include_input=False))
    except ValueError as error:
        return None, (str(error),)
    guarantees, problems = _guarantees(document.tables)
    problems += _empty(document) + _repeated(document, guarantees)
    return (None, tuple(problems)) if problems else (_contract(document, guarantees), ())


def _plain(text: str) -> Any:
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"longer than {_MOST_CHARACTERS:,} characters")
    try:
        plain = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError) as error:
        raise ValueError(_syntax(error)) from error
    waiting, nodes = [plain], 0
    while waiting:
        nodes += 1
        each = waiting.pop()
        waiting += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        if nodes + len(waiting) > _MOST_NODES:
            raise ValueError(f"more than {_MOST_NODES:,} values with aliases expanded")
    return plain


def _syntax(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{where}{getattr(error, 'problem', None) or 'not YAML, or nested too deep'}"


def _described(path: Sequence[str | int], message: str, plain: Any) -> str:
    """Return a problem with its place in the document, elements of lists by their name or id."""
    shown, at = "", plain
    for step in path:
        at = _below(at, step)
        name = (at.get("name") or at.get("id") or step) if isinstance(at, dict) else step
        shown += f"[{name}]" if isinstance(step, int) else f".{step}"
    return f"{shown.lstrip('.') or 'the document'}: {message.removeprefix('Value error, ')}"


def _below(at: Any, step: str | int) -> Any:
    if isinstance(at, dict):
        return at.get(step)
    return at[step] if isinstance(at, list) and isinstance(step, int) and step < len(at) else None


def _guarantees(tables: Iterable[Schema]) -> tuple[list[Guarantee], list[str]]:
    found: list[Guarantee] = []
    problems: list[str] = []
    for table in tables:
        columns = tuple(each.name for each in table.properties)
        rules: list[tuple[Quality, str | None]] = [(rule, None) for rule in table.quality]
        rules += [(rule, each.name) for each in table.properties for rule in each.quality]
        for rule, column in rules:
            try:
                found.append(guarantee_of(rule, table.physical_name, columns, column))
            except ValueError as error:
                problems.append(f"schema[{table.name}].quality[{rule.id}]: {error}")
    return sorted(found, key=lambda guarantee: guarantee.id), problems


def _empty(document: Document) -> list[str]:
    if not document.tables:
        return ["schema: no table"]
    return [f"schema[{table.name}].properties: no column" for table in document.tables if not table.properties]


def _repeated(document: Document, guarantees: Iterable[Guarantee]) -> list[str]:
    kinds = {
        "guarantee": [guarantee.id for guarantee in guarantees],
        "table": [table.name for table in document.tables],
        "physicalName": [table.physical_name for table in document.tables],
        **{
            f"column of {table.physical_name}": [each.name.lower() for each in table.properties]
            for table in document.tables
        },
    }
    return [
        f"{kind} {name!r} stands {count} times"
        for kind, names in kinds.items()
        for name, count in Counter(names).items()
        if count > 1
    ]


def _contract(document: Document, guarantees: Sequence[Guarantee]) -> Contract:
    return Contract(
        id=document.id,
        name=document.name or document.id,
        version=document.version,
        status=document.status,
        tables=tuple(
            TableSchema(each.name, each.physical_name, tuple(map(_column, each.properties)), each.description)
            for each in document.tables
        ),
        guarantees=tuple(guarantees),
        time_promises=tuple(
            TimePromise(each.property, each.value, each.unit, each.element) for each in document.sla_properties
        ),
        custom={each.property: each.value for each in document.custom_properties},
    )


def _column(written: Property) -> Column:
    options = written.logical_type_options
    return Column(
        name=written.name,
        type=written.physical_type,
        required=written.required,
        description=written.description,
        key=(written.primary_key_position or 1) if written.primary_key else None,
        allowed=tuple(str(each.value) for each in written.enum),
        pattern=options.pattern,
        minimum=options.minimum,
        maximum=options.maximum,
    )
