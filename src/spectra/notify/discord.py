"""Discord: one embed within the documented limits, in which foreign text is nothing but text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from spectra.access.auth import Secret  # noqa: TC001 - pydantic needs it at run time
from spectra.access.exchange import Request
from spectra.access.secret import SecretReference  # noqa: TC001 - as above
from spectra.notify.base import ChannelType, json_object
from spectra.notify.plain import fitted, one_line, units, unmentioned, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from spectra.access.exchange import Page
    from spectra.errors import Severity
    from spectra.notify.message import Fact, Message

_TITLE, _TEXT, _NAME, _VALUE, _FOOTER = 256, 4096, 256, 1024, 2048
_MOST_FIELDS, _MOST_IN_ALL = 25, 6000
_KEPT_FOR_FACTS, _LEAST_FOR_A_FACT = 1500, 40
_COLOURS: Mapping[Severity, int] = {"info": 0x2E8B57, "warning": 0xE0A100, "error": 0xC0392B, "critical": 0xC0392B}
_MARKS = frozenset("\\*_~`|<>[]")
_BEGINNINGS = frozenset("#-+.")
_LONGEST_NUMBER = 9
_NOTHING = "-"


class Discord(ChannelType):
    """Tell a Discord channel through its webhook."""

    type: Literal["discord"] = "discord"
    webhook: Secret

    @property
    def address(self) -> SecretReference:
        """Where the address of the webhook is kept."""
        return self.webhook

    def request(self, message: Message) -> Request:
        """Return the request that posts the message; `wait` makes Discord answer what became of it."""
        body = {"embeds": [embed(message)], "allowed_mentions": {"parse": []}}
        return Request(
            str(self.webhook),
            method="POST",
            params={"wait": "true"},
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode(),
            authenticated=False,
            safe=True,
        )

    def answer(self, page: Page) -> str:
        """Return the message that Discord made of it, or what it said instead."""
        said = json_object(page.body.decode("utf-8", "replace"))
        if "id" in said and "channel_id" in said:
            return one_line(f"message {said['id']} in channel {said['channel_id']}", _NAME)
        return super().answer(page)


def embed(message: Message) -> dict[str, Any]:
    """Return the one embed of a message; all its texts together stay below 6000 characters."""
    title = shown(one_line(message.title), _TITLE) or _NOTHING
    footer = fitted(unmentioned(one_line(message.footer)), _FOOTER)
    left = _MOST_IN_ALL - units(title) - units(footer)
    text = shown(message.text, min(_TEXT, left - _KEPT_FOR_FACTS))
    made: dict[str, Any] = {
        "title": title,
        "description": text,
        "color": _COLOURS[message.severity],
        "timestamp": message.written_at.isoformat(),
        "fields": list(_fields(message.facts, left - units(text))),
        "footer": {"text": footer} if footer else None,
        "url": message.link,
    }
    return {name: value for name, value in made.items() if value}


def shown(text: str, most: int) -> str:
    """Return text for an embed, escaped so that it is shown as it is, cut to `most` characters."""
    return fitted(_escaped(visible(text).strip()[: most + 1]), most)


def _fields(facts: Iterable[Fact], left: int) -> Iterator[dict[str, Any]]:
    for fact in list(facts)[:_MOST_FIELDS]:
        if left < _LEAST_FOR_A_FACT:
            return
        name = shown(one_line(fact.name), min(_NAME, left // 2)) or _NOTHING
        value = shown(fact.text, min(_VALUE, left - units(name))) or _NOTHING
        left -= units(name) + units(value)
        yield {"name": name, "value": value, "inline": fact.short}


def _escaped(text: str) -> Iterator[str]:
    """Yield text piece by piece, a piece being a character with the backslash that takes its meaning from it."""
    safe = unmentioned(text)
    for place, sign in enumerate(safe):
        yield "\\" + sign if sign in _MARKS or _means_something(sign, safe, place) else sign


def _means_something(sign: str, text: str, place: int) -> bool:
    """Return whether a sign begins an address or, at the start of a line, a heading or an item of a list."""
    if sign == ":":
        return text.startswith("//", place + 1)
    start = text.rfind("\n", 0, place) + 1
    if sign not in _BEGINNINGS or place - start > _LONGEST_NUMBER:
        return False
    head = text[start:place].strip()
    if sign == "#":
        return not head.strip("#-")
    return text.startswith(" ", place + 1) and (head.isdigit() if sign == "." else not head)
