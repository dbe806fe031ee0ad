"""Apprise: the message as title and text to any of the services that the library apprise knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectra.access.auth import Secret  # noqa: TC001 - pydantic needs it at run time
from spectra.access.secret import SecretReference  # noqa: TC001 - as above
from spectra.notify.base import ChannelType
from spectra.notify.plain import fitted, one_line, unmentioned, visible

if TYPE_CHECKING:
    from spectra.notify.message import Message

_TITLE, _TEXT = 250, 4000
_TWINS = str.maketrans({"<": "\u2039", ">": "\u203a"})  # <@id>, <!channel> and <at> mention; their twins do not


class Apprise(ChannelType):
    """Tell the service that `url` names in apprise's way; the library sends by itself and is an extra."""

    type: Literal["apprise"] = "apprise"
    url: Secret

    @property
    def address(self) -> SecretReference:
        """Where the address is kept."""
        return self.url

    def texts(self, message: Message) -> tuple[str, str]:
        """Return title and text, in which nothing mentions anyone whatever the service; the text is never empty."""
        lines = [message.text, *(f"{fact.name}: {fact.text}" for fact in message.facts), message.link, message.footer]
        text = "\n".join(_neutral(line) for line in lines if line)
        return fitted(_neutral(one_line(message.title)), _TITLE), fitted(text, _TEXT) or "-"


def _neutral(text: str) -> str:
    return unmentioned(visible(text)).translate(_TWINS)
