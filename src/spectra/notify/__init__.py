"""The channels that people are told through: one file each, told apart in a definition by `type`; pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from spectra.notify.apprise import Apprise
from spectra.notify.base import ChannelType, Duration
from spectra.notify.discord import Discord
from spectra.notify.message import Fact, Message
from spectra.notify.webhook import Webhook

Channel = Annotated[Discord | Webhook | Apprise, Field(discriminator="type")]


UNSAID_TYPE = "discord"


def _listed(value: object) -> object:
    """Take one channel for a list of one, and a channel without `type` for Discord."""
    channels = [value] if isinstance(value, dict) else value
    if not isinstance(channels, list | tuple):
        raise ValueError("allowed: a channel, or a list of channels")  # noqa: TRY004 - pydantic collects ValueErrors
    return [{"type": UNSAID_TYPE, **each} if isinstance(each, dict) else each for each in channels]


Channels = Annotated[
    tuple[Channel, ...], BeforeValidator(_listed, json_schema_input_type=Channel | tuple[Channel, ...])
]

__all__ = [
    "UNSAID_TYPE",
    "Apprise",
    "Channel",
    "ChannelType",
    "Channels",
    "Discord",
    "Duration",
    "Fact",
    "Message",
    "Webhook",
]
