"""How contracts, their differences and what became of their promises look on a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from spectra.cli.text import harmless
from spectra.errors import FileUnwritableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from spectra.answers.compliance import Case, Tested
    from spectra.answers.recheck import Rechecked, RecheckedRun
    from spectra.cli.text import Terminal
    from spectra.contract.changes import Change, Difference
    from spectra.contract.model import Column, Contract, Guarantee, TableSchema

_SIGNS = {"passed": "ok", "warned": "warning", "failed": "failed"}
_LONGEST = 160


def write(path: Path, text: str) -> None:
    """Write a file that was asked for; raises FileUnwritableError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileUnwritableError(f"{path} cannot be written: {error.strerror}", place=str(path)) from None


def show_contract(out: Terminal, contract: Contract) -> None:
    """Print a contract for people."""
    out.line(out.painted(f"{harmless(contract.name)} {contract.version}", "strong") + f"  {harmless(contract.status)}")
    out.line(harmless(contract.id))
    for name, text in contract.texts.items():
        _block(out, name, text)
    for table in contract.tables:
        _table(out, table)
    out.line()
    out.line(out.painted("guarantees", "strong"))
    for guarantee in contract.guarantees:
        _guarantee(out, guarantee)
    for promise in contract.time_promises:
        _block(out, promise.kind, f"{promise.value:g} {promise.unit} of {promise.element}. {promise.description}")
    for name, value in contract.custom.items():
        _block(out, name, _plain(value))
    _block(out, "team", _plain(contract.team))
    _block(out, "support", _plain(list(contract.support)))


def _table(out: Terminal, table: TableSchema) -> None:
    out.line()
    out.line(out.painted(table.full_name, "strong"))
    _wrapped(out, " ".join(filter(None, [table.description, table.grain])), 2)
    for column in table.columns:
        facts = [
            column.type,
            "required" if column.required else "",
            f"key {column.key}" if column.key else "",
            _limits(column),
        ]
        out.line(f"  {column.name:<30} {' · '.join(filter(None, facts))}".rstrip())
        _wrapped(out, column.description, 6)


def _limits(column: Column) -> str:
    limits = [", ".join(column.allowed), column.pattern or ""]
    limits += [f"at least {column.minimum:g}"] if column.minimum is not None else []
    limits += [f"at most {column.maximum:g}"] if column.maximum is not None else []
    return harmless(" · ".join(filter(None, limits)))


def _guarantee(out: Terminal, guarantee: Guarantee) -> None:
    out.line(f"  {guarantee.id}  {guarantee.level:<6} {guarantee.table}")
    _wrapped(out, guarantee.promise, 6)


def _block(out: Terminal, label: str, text: str) -> None:
    if text:
        out.line()
        out.line(out.painted(harmless(label), "strong"))
        for part in text.split("\n"):
            _wrapped(out, part, 2)


def _wrapped(out: Terminal, text: str, indent: int) -> None:
    for part in textwrap.wrap(harmless(text), max(24, out.width - indent)):
        out.line(" " * indent + part)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name}: {_plain(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ("\n" if any(isinstance(each, dict) for each in value) else ", ").join(map(_plain, value))
    return str(value)


def show_difference(out: Terminal, difference: Difference) -> None:
    """Print every change, the gravest first, and the verdict."""
    order = ("major", "minor", "patch")
    for change in sorted(difference.changes, key=lambda each: order.index(each.rule.step)):
        _change(out, change)
    for party in ("consumer", "producer"):
        broken = len(difference.breaking("consumer" if party == "consumer" else "producer"))
        said = f"breaking, {broken} {'change' if broken == 1 else 'changes'}" if broken else "compatible"
        out.labelled(party, said, outcome="warning" if broken else "ok")
    versions = f"{difference.before} to {difference.after}"
    taken = f"is the step {difference.taken}" if difference.taken != "none" else "is no step"
    taken = "goes back" if difference.goes_back else taken
    other = "; another contract" if any(change.what == "other-contract" for change in difference.changes) else ""
    needed = "no step is needed" if difference.needed == "none" else f"needs {difference.needed}"
    said = f"{needed}; {versions} {taken}{other}"
    out.labelled("version", said, outcome="ok" if difference.enough else "failed")


def _change(out: Terminal, change: Change) -> None:
    out.line(f"{change.rule.step:<6} {out.painted(harmless(change.where), 'strong')}")
    meaning = f"{change.what}: {change.rule.meaning}"
    _wrapped(out, meaning + (f" Breaks {' and '.join(change.rule.breaks)}." if change.rule.breaks else ""), 7)
    if change.before or change.after:
        _wrapped(out, f"{_cut(change.before) or 'nothing'} -> {_cut(change.after) or 'nothing'}", 7)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def show_tested(out: Terminal, tested: Sequence[Tested]) -> None:
    """Print what is not as promised, and the counts of each source."""
    for each in tested:
        out.line(f"{out.painted(harmless(each.source_system), 'strong')}  {harmless(each.execution_id)}")
        for case in each.cases:
            if case.outcome in {"failed", "warned"}:
                _case(out, case)
        counts = [f"{each.count(outcome)} {outcome}" for outcome in ("passed", "failed", "warned", "skipped")]
        sign = "failed" if each.count("failed") else "warning" if each.count("warned") else "ok"
        out.line(f"{out.symbol(sign)} {' · '.join(counts)}")


def _case(out: Terminal, case: Case) -> None:
    out.line(f"{out.symbol(_SIGNS[case.outcome])} {case.table} {harmless(case.rule)}")
    _wrapped(out, case.promise, 4)
    _wrapped(out, f"expected {case.expected}, observed {_cut(case.observed)}", 4)


def show_rechecked(out: Terminal, run: RecheckedRun) -> None:
    """Print each guarantee of a run as recorded and as found again."""
    out.line(f"{out.painted(harmless(run.execution_id), 'strong')}  {run.status}")
    for each in run.guarantees:
        _rechecked(out, each)
    if not run.guarantees:
        out.line(f"{out.symbol('failed')} no evidence is recorded: the run ended before its guarantees were checked")
        return
    agreeing = sum(each.agrees is True for each in run.guarantees)
    unasked = sum(each.agrees is None for each in run.guarantees)
    unkept = sum(not each.passed for each in run.guarantees)
    counts = (
        f"{agreeing} of {len(run.guarantees)} as recorded · {unasked} cannot be asked again · {unkept} did not hold"
    )
    sign = "failed" if not run.is_kept else "warning" if unkept else "ok"
    out.line(f"{out.symbol(sign)} {counts}")


def _rechecked(out: Terminal, each: Rechecked) -> None:
    sign = "failed" if not each.is_kept else "ok" if each.passed and each.agrees else "warning"
    held = "held" if each.passed else "did not hold"
    again = "" if each.again is None else f" · again {_cut(harmless(each.again))}"
    out.line(f"{out.symbol(sign)} {each.id}  {each.level:<6} {held}: recorded {_cut(harmless(each.recorded))}{again}")
    if each.note:
        _wrapped(out, each.note, 4)
    if not each.passed:
        _wrapped(out, each.promise, 4)
