"""Reference pages of the auth types and pagination styles, written from the classes and their examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from spectra.access.example import Example, Exchanged


def reference(head: str, setting: str, members: Sequence[type[BaseModel]]) -> str:
    """Return a page: its head, and a section for each class of a union."""
    return "\n".join([head, *(section(setting, member) for member in members)])


def section(setting: str, member: type[BaseModel]) -> str:
    """Return what a class is for, its settings, and its example as it goes over the wire."""
    first, _, rest = (member.__doc__ or "").strip().partition("\n")
    example: Example = member.example  # type: ignore[attr-defined]
    rows = [row(name, field) for name, field in member.model_fields.items() if name != "type"]
    parts = [f"## {member.model_fields['type'].default}\n", f"{first} {' '.join(rest.split())}".strip() + "\n"]
    if rows:
        parts += ["| setting | if not given |\n|---|---|", *rows, ""]
    parts += [f"```yaml\n{setting}: {flow(example.settings)}\n```\n", conversation(example.exchanges)]
    return "\n".join(parts)


def row(name: str, field: FieldInfo) -> str:
    """Return one setting as a row of a table."""
    if field.is_required():
        return f"| `{name}` | must be given |"
    value = field.get_default(call_default_factory=True)  # type: ignore[call-arg]
    shown = "nothing" if value in (None, (), {}, "") else f"`{json.dumps(value)}`"
    return f"| `{name}` | {shown} |"


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    plain = isinstance(value, str) and value.replace("_", "").replace("/", "").replace(".", "").isalnum()
    return value if plain else json.dumps(value)


def conversation(exchanges: Sequence[Exchanged]) -> str:
    """Return what is said over the wire, questions and answers in turn."""
    return "```http\n" + "\n\n".join(map(exchange, exchanges)) + "\n```\n"


def exchange(each: Exchanged) -> str:
    """Return one question and its answer."""
    asked = [f"{each.method} {each.target}", *headers(each.headers), *([each.body] if each.body else [])]
    answered = [f"{each.status}", *headers(each.answer_headers), each.answer]
    return "\n".join([*asked, *(f"< {line}" for line in answered)])


def headers(given: Mapping[str, str]) -> list[str]:
    """Return headers, one a line."""
    return [f"{name.title()}: {text}" for name, text in given.items()]
