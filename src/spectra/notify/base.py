"""ChannelType: what all channels share: where they lead, when they are told, how their answer is read."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from spectra.errors import NotificationRefusedError, NotificationUndeliveredError, SourceError
from spectra.notify.plain import one_line

if TYPE_CHECKING:
    from spectra.access.exchange import Page, Request
    from spectra.access.secret import SecretReference
    from spectra.errors import SpectraError
    from spectra.notify.message import Message

_DURATION = re.compile(r"(0*[1-9][0-9]{0,5})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MOST_SAID = 200
_TAKEN, _REFUSED = range(200, 300), {*range(300, 500)} - {408, 429}


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("allowed: a duration such as 90s, 10m, 1h or 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def written_duration(value: timedelta) -> str:
    """Return a duration as a definition writes it: 90s, 10m, 1h or 1d."""
    seconds = int(value.total_seconds())
    sizes = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    return next(f"{seconds // size}{unit}" for unit, size in sizes if not seconds % size)


_Written = Annotated[str, Field(pattern=f"^{_DURATION.pattern}$", examples=["90s", "10m", "1h", "1d"])]
Duration = Annotated[
    timedelta, BeforeValidator(_duration, json_schema_input_type=_Written), PlainSerializer(written_duration)
]


class ChannelType(BaseModel):
    """A way to tell people; told on every change of state, or after every run with `when: always`.

    While the state is not healthy it is told again after `remind`. Its address is a secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    type: str
    when: Literal["change", "always"] = "change"
    remind: Duration = timedelta(days=1)

    @property
    def address(self) -> SecretReference:
        """Where the address is kept."""
        raise NotImplementedError

    @property
    def secrets(self) -> tuple[SecretReference, ...]:
        """The secrets that it takes to use this channel, its address first."""
        return (self.address,)

    def request(self, message: Message) -> Request:
        """Return the request that tells the message; its `url` is the reference of the address."""
        raise NotImplementedError

    def failure(self, page: Page) -> SpectraError | None:
        """Return why an answer means that nothing was taken; None where the message was taken."""
        place = str(self.address)
        if page.error is not None:
            return _in_words_of_channels(page.error, place)
        if page.status in _TAKEN:
            return None
        said = self.answer(page)
        kind = NotificationRefusedError if page.status in _REFUSED else NotificationUndeliveredError
        return kind(f"The channel answered {page.status}{': ' + said if said else ''}.", place=place)

    def answer(self, page: Page) -> str:
        """Return what the other side said, on one short line."""
        return one_line(spoken(page), _MOST_SAID)


def spoken(page: Page) -> str:
    """Return the `message` of a JSON answer, with its code, or else the text of the answer."""
    text = page.body.decode("utf-8", "replace")
    said = json_object(text)
    if "message" not in said:
        return text
    return f"{said['message']} ({said['code']})" if "code" in said else str(said["message"])


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object that a text holds; an empty one where it holds none."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _in_words_of_channels(error: SpectraError, place: str) -> SpectraError:
    """Return what kept a message from being sent; a failure of the network is told without advice about sources."""
    if not isinstance(error, SourceError):
        return error
    return NotificationUndeliveredError(f"{error.message} ({error.code})", place=place, cause=error.code)
