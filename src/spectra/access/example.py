"""Example: a conversation that shows how an auth type or pagination style speaks; documentation and proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One question as it must arrive and the answer to it.

    `target` is path and query as sent; `headers` are those that must be there, names lower-case. In the answer, and in
    `target`, `{base}` stands for the address of the server, without a slash at its end.
    """

    target: str
    answer: str = "[]"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    status: int = 200
    answer_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """Settings as a definition has them, the secrets they refer to, and what is then said over the wire.

    A pagination style starts at `/things?status=open`, an auth type asks for `/things`; base_url has no path, and the
    time is 2026-01-01T00:00:00Z. `records` are what a paged list holds in all, each as its exact JSON text.
    """

    settings: Mapping[str, Any]
    exchanges: tuple[Exchanged, ...]
    secrets: Mapping[str, str] = field(default_factory=dict)
    records: tuple[str, ...] = ()
