"""The text of a definition that was carried over, in the order in which people write one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from spectra.catalog.endpoint import placeholders_in
from spectra.discovery.drafting.draft import Draft, variables_in
from spectra.discovery.drafting.levels import longest_line
from spectra.discovery.drafting.yaml import block, flow, quoted, remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.outline import Listed, Outline

_WIDTH = 120


def drafted(outline: Outline, carrying: Carrying, origin: str) -> Draft:
    """Return the draft of what was found; `origin` says in words where it comes from."""
    text = "\n".join([*_head(outline, carrying, origin), *_body(outline), ""])
    return Draft(text, tuple(carrying.guesses), variables_in(text))


def rows_of(outline: Outline) -> tuple[dict[str, Any], ...]:
    """Return the rows of the catalogue, each method and path once."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in outline.listed:
        fixed = urlencode(each.fixed, quote_via=quote)
        path = f"{each.path}?{fixed}" if fixed else each.path
        incremental = [each.incremental["param"]] if each.incremental else []
        names = list(dict.fromkeys([*each.fixed, *each.query, *incremental]))
        row = {"method": each.method, "path": path, "query_parameters": names, "name": each.name}
        rows.setdefault((each.method, each.path), row)
    return tuple(rows.values())


def _head(outline: Outline, carrying: Carrying, origin: str) -> list[str]:
    name = carrying.name
    lines = [f"# Carried over from {remark(origin)}."]
    lines += [f"# Check it with `spectra validate {name}`; nothing is sent by that."]
    lines += [f"source: {name}", f"name: {flow(outline.title)}", f"base_url: {flow(outline.base_url)}", ""]
    auth = dict(outline.auth) | ({"probe": outline.probe} if outline.probe and outline.auth["type"] != "none" else {})
    lines += [f"auth: {flow(auth)}"]
    lines += [f"limits: {flow(outline.limits)}"] if outline.limits else []
    return [*lines, f"catalogue: {{file: {name}.endpoints.json}}", ""]


def _body(outline: Outline) -> list[str]:
    shared, own = _ids(outline.entities)
    lines = [f"ids: {flow(shared)}"] if shared else []
    for each in outline.entities:
        if each.auth is not None:
            own.setdefault(each.path, {})["auth"] = each.auth
    lines += _block("endpoints", own)
    lines += _block("entities", {each.name: entity_settings(each) for each in outline.entities})
    line = longest_line({each.name: each.parents for each in outline.entities})
    if len(line) > 1:
        lines += [f"roots: {{entity: {line[0]}}}", f"expect: {{levels: {flow(line)}}}"]
    empty = {(status, each.path): None for each in outline.entities for status in each.empty}
    rules = [{"status": status, "endpoint": path, "means": "empty"} for status, path in empty]
    return lines + (["outcomes:", *(f"  - {flow(rule)}" for rule in rules)] if rules else [])


def _block(name: str, entries: Mapping[str, Any]) -> list[str]:
    lines = [f"{name}:"] if entries else []
    for key, value in entries.items():
        line = block({key: value}, "  ")
        lines += line if len(line[0]) <= _WIDTH else [f"  {quoted(key)}:", *block(value, "    ")]
    return lines


def entity_settings(each: Listed) -> dict[str, Any]:
    """Return what stands under an entity's name."""
    settings: dict[str, Any] = {"endpoint": each.path, "key": list(each.key), "parents": list(each.parents)}
    settings |= {"query": each.query, "records": each.records, "pagination": each.pagination}
    return {name: value for name, value in (settings | {"incremental": each.incremental}).items() if value}


def _ids(entities: Iterable[Listed]) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Return placeholders that mean the same everywhere, and those that a path has for itself."""
    meanings: dict[str, set[str]] = {}
    spelled: dict[str, str] = {}
    for each in entities:
        for name, reference in each.ids.items():
            meanings.setdefault(name.casefold(), set()).add(reference)
            spelled.setdefault(name.casefold(), name)
    shared = {spelled[name]: next(iter(found)) for name, found in meanings.items() if len(found) == 1}
    own: dict[str, dict[str, Any]] = {}
    for each in entities:
        needed = {name: each.ids[name] for name in placeholders_in(each.path) if len(meanings[name.casefold()]) > 1}
        if needed:
            own[each.path] = {"ids": needed}
    return shared, own
