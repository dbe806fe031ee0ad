"""A contract as one page of HTML: no script, nothing loaded from elsewhere, and a policy that forbids both."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spectra.contract.model import Column, Contract, Guarantee, TableSchema, TimePromise

_TITLES = {"envelope": "Metadata envelope", "handoff": "Handoff", "changelog": "Changelog"}
_LEADS = {
    "envelope": "The columns of the log that identify a run; every stage carries them on.",
    "handoff": "What a consumer checks before it reads. All of it is reported, passed or not.",
}
_ADDRESSES = ("https://", "http://", "mailto:")


def page(contract: Contract, css: str) -> str:
    """Return the page of a contract; `css` is its style sheet, which alone the page's policy lets in."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    sections = _sections(contract)
    body = "".join(f'<section id="{name}"><h2>{title}</h2>{inner}</section>\n' for name, title, inner in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(contract.name)} {escape(contract.version)} · data contract</title>\n"
        f"<style>{css}</style>\n</head>\n<body>\n"
        f'<div class="page">\n{_header(contract)}{_nav(contract, sections)}<main>\n{body}</main>\n{_footer(contract)}'
        "</div>\n</body>\n</html>\n"
    )


def _sections(contract: Contract) -> list[tuple[str, str, str]]:
    """Return id, title and content of every section that has something to say."""
    custom = [(name, *_custom(name, value)) for name, value in _in_order(contract.custom)]
    found = [
        ("purpose", "How to use it", _purpose(contract.texts)),
        ("tables", "Tables", "".join(map(_table, contract.tables))),
        ("guarantees", "Guarantees", _guarantees(contract)),
        ("times", "Promises of time", _times(contract.time_promises)),
        *custom,
        ("contacts", "Team and support", _contacts(contract)),
        (
            "servers",
            "Where the tables lie",
            _rows([{"server": name} | dict(s) for name, s in contract.servers.items()]),
        ),
    ]
    found.sort(key=lambda section: section[0] == "changelog")
    return [(escape(name), escape(title), inner) for name, title, inner in found if inner]


def _in_order(custom: Mapping[str, Any]) -> list[tuple[str, Any]]:
    first = [name for name in ("handoff", "envelope") if name in custom]
    return [(name, custom[name]) for name in dict.fromkeys([*first, *custom])]


def _header(contract: Contract) -> str:
    levels = [guarantee.level for guarantee in contract.guarantees]
    freshness = next(
        (f"{each.value:g} {each.unit}" for each in contract.time_promises if each.kind == "freshness"), "-"
    )
    facts = {
        "Identity": contract.id,
        "Tables": str(len(contract.tables)),
        "Guarantees": f"{levels.count('must')} must · {levels.count('should')} should",
        "Freshness": freshness,
        "Team": str(contract.team.get("name", "-")),
    }
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>" for name, fact in facts.items())
    status = "active" if contract.status == "active" else ""
    return (
        f'<header><p class="kicker">Data contract</p><h1>{escape(contract.name)}</h1>'
        f'<span class="pill">version {escape(contract.version)}</span> '
        f'<span class="pill {status}">{escape(contract.status)}</span>'
        f'<p class="lead">{escape(contract.texts.get("purpose", ""))}</p><dl class="facts">{shown}</dl></header>\n'
    )


def _nav(contract: Contract, sections: Iterable[tuple[str, str, str]]) -> str:
    below = {
        "tables": [(f"table-{table.full_name}", table.full_name) for table in contract.tables],
        "guarantees": [],
    }
    items = []
    for name, title, _ in sections:
        inner = "".join(_link(target, text) for target, text in below.get(name, ()))
        items.append(f'<li><a href="#{name}">{title}</a>{f"<ul>{inner}</ul>" if inner else ""}</li>')
    return f'<nav aria-label="Contents"><ul>{"".join(items)}</ul></nav>\n'


def _link(target: str, text: str) -> str:
    return f'<li><a href="#{escape(target)}">{escape(text)}</a></li>'


def _footer(contract: Contract) -> str:
    return f"<footer>{escape(contract.id)} · version {escape(contract.version)} · sha256 {contract.sha256}</footer>\n"


def _purpose(texts: Mapping[str, str]) -> str:
    parts = [(name, text) for name, text in texts.items() if name != "purpose"]
    shown = "".join(f"<div><h3>{escape(name.capitalize())}</h3><p>{escape(text)}</p></div>" for name, text in parts)
    return f'<div class="prose">{shown}</div>' if parts else ""


def _table(table: TableSchema) -> str:
    notes = [table.description, table.grain]
    notes += [f"Partitioned by {', '.join(table.partitioning)}."] if table.partitioning else []
    rows = "".join(_column(column, table) for column in table.columns)
    heads = "".join(f"<th>{head}</th>" for head in ("Column", "Type", "Required", "Limits", "Description"))
    return (
        f'<div class="table" id="table-{escape(table.full_name)}"><h3><code>{escape(table.full_name)}</code></h3>'
        f'<p class="note">{escape(" ".join(filter(None, notes)))}</p>'
        f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></div>\n'
    )


def _column(column: Column, table: TableSchema) -> str:
    key = f'<span class="key">key {table.key.index(column.name) + 1}</span>' if column.name in table.key else ""
    return (
        f'<tr><td class="name"><code>{escape(column.name)}</code>{key}</td><td><code>{escape(column.type)}</code></td>'
        f'<td>{"yes" if column.required else ""}</td><td class="limits">{_limits(column)}</td>'
        f'<td class="said">{escape(column.description)}</td></tr>\n'
    )


def _limits(column: Column) -> str:
    values = list(column.allowed)
    values += [column.pattern] if column.pattern is not None else []
    bounds = [("at least", column.minimum), ("at most", column.maximum)]
    values += [f"{word} {bound:g}" for word, bound in bounds if bound is not None]
    return _values(values)


def _values(values: Iterable[Any]) -> str:
    return "".join(f'<span class="value">{escape(str(value))}</span>' for value in values)


def _listed(values: Sequence[Any]) -> str:
    """Return single words beside each other, sentences below each other."""
    if any(" " in str(value) for value in values):
        return f"<ul>{''.join(f'<li>{escape(str(value))}</li>' for value in values)}</ul>"
    return f"<p>{_values(values)}</p>"


def _guarantees(contract: Contract) -> str:
    names = {table.full_name: table.name for table in contract.tables}
    return "".join(_guarantee(each, names.get(each.table, each.table)) for each in contract.guarantees)


def _guarantee(guarantee: Guarantee, short: str) -> str:
    low, high = guarantee.bar.bounds
    bar = f"{guarantee.bar.operator} {low:g}" + (f" and {high:g}" if low != high else "")
    on = " · ".join(filter(None, [guarantee.table, guarantee.dimension]))
    return (
        f'<article class="guarantee {guarantee.level}" id="{escape(guarantee.id)}">'
        f"<h3><code>{escape(guarantee.id)}</code>"
        f'<span class="pill {guarantee.level}">{guarantee.level}</span><span class="on">{escape(on)}</span></h3>'
        f"<p>{escape(guarantee.promise)}</p><details><summary>SQL, <code>{escape(bar)}</code></summary>"
        f"<pre>{escape(guarantee.check.sql(short))}</pre></details></article>\n"
    )


def _times(promises: Sequence[TimePromise]) -> str:
    return _rows(
        [
            {
                "promise": each.kind,
                "time": f"{each.value:g} {each.unit}",
                "of": each.element,
                "meaning": each.description,
            }
            for each in promises
        ]
    )


def _custom(name: str, value: Any) -> tuple[str, str]:
    """Return title and content of a custom property."""
    lead = f'<p class="note">{_LEADS[name]}</p>' if name in _LEADS else ""
    return _TITLES.get(name, name), lead + _anything(value)


def _anything(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        return _rows(value)
    if isinstance(value, list):
        return _listed(value)
    if isinstance(value, dict):
        return _rows([{"": name, "value": each} for name, each in value.items()])
    return f"<p>{escape(str(value))}</p>"


def _contacts(contract: Contract) -> str:
    team = {name: said for name, said in contract.team.items() if isinstance(said, str)}
    members = [each for each in contract.team.get("members", ()) if isinstance(each, dict)]
    return _rows([team] if team else []) + _rows(members) + _rows(contract.support)


def _rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return mappings as a table with a column for each key."""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row.get(name))}</td>' for name in names)}</tr>" for row in rows)
    return f'<div class="wide table"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return _listed(value)
    text = "" if value is None else str(value)
    if text.startswith(_ADDRESSES):
        return f'<a rel="noreferrer" href="{escape(text)}">{escape(text)}</a>'
    if "\n" in text.strip():
        return f"<pre>{escape(text.strip())}</pre>"
    return escape(text)
