"""The templates of an Airbyte manifest, `{{ config['x'] }}`, taken apart and never evaluated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spectra.discovery.carrying.setting import Code, Word

if TYPE_CHECKING:
    from spectra.discovery.carrying.setting import Part

_TEMPLATE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_ROOT = re.compile(r"[A-Za-z_]\w*")
_STEP = re.compile(
    r"""\s*(?:\.get\(\s*(?P<q>['"])(?P<got>[^'"]*)(?P=q)\s*(?:,\s*(?P<default>[^()]*?))?\s*\)"""
    r"""|\.(?P<name>[A-Za-z_]\w*)|\[\s*(?P<b>['"])(?P<key>[^'"]*)(?P=b)\s*\]|\[\s*(?P<index>\d+)\s*\])"""
)
_FILTERS = re.compile(r"(?:\s*\|\s*(?:string|int|trim)\b)+\s*$")
_OTHERWISE = re.compile(r"""^(?P<first>.*\S)\s+or\s+(?P<default>'[^'{}]*'|"[^"{}]*")$""", re.DOTALL)
_LONGEST = 5000


def parts_of(text: str) -> tuple[Part, ...]:
    """Return a text in parts: what stands in `{{ }}` as words, or as code where it is more than a path."""
    if len(text) > _LONGEST and "{{" in text:
        return (Code("a long template"),)
    pieces = _TEMPLATE.split(text)
    if len(pieces) == 1:
        return (text,)
    found = [_part(each) if index % 2 else each for index, each in enumerate(pieces)]
    return tuple(part for part in found if part != "")


def _part(template: str) -> Part:
    if not template.startswith("{{"):
        return Code("a template that decides something")
    expression = _FILTERS.sub("", template[2:-2].strip())
    otherwise = _OTHERWISE.match(expression)
    if otherwise is not None and otherwise["first"].startswith("config"):
        return otherwise["default"][1:-1] or _path(otherwise["first"])
    return _path(expression)


def _path(expression: str) -> Part:
    root = _ROOT.match(expression)
    if root is None:
        return Code("a template that calculates")
    steps, position, default = [], root.end(), ""
    while position < len(expression):
        step = _STEP.match(expression, position)
        if step is None:
            return Code("a template that calculates")
        steps.append(step["got"] or step["name"] or step["key"] or step["index"] or "")
        default = step["default"] or ""
        position = step.end()
    if root[0] == "config" and default[:1] in {"'", '"'} and len(default) > len("''"):
        return default[1:-1]
    return Word(root[0], tuple(steps)) if steps else Code("a template that calculates")
