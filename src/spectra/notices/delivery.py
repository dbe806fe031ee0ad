"""Delivery: one message to one channel, and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from spectra.errors import SpectraError
from spectra.notices import by_apprise
from spectra.notify import Apprise

if TYPE_CHECKING:
    from spectra.notify import Channel, Message
    from spectra.rest.post import Post
    from spectra.runs.state import Reason

Outcome = Literal["sent", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message at a channel; `answer` is what the other side said, redacted, on one line."""

    channel: str
    reference: str
    reason: Reason
    outcome: Outcome
    message: Message | None = None
    http_status: int | None = None
    attempts: int = 0
    answer: str = ""
    error: SpectraError | None = None

    @classmethod
    def skipped(cls, channel: Channel, why: Reason) -> Delivery:
        """Return that nothing was due."""
        return cls(channel.type, str(channel.address), why, "skipped")

    @classmethod
    def failed(cls, channel: Channel, why: Reason, error: SpectraError) -> Delivery:
        """Return that nothing could be sent."""
        return cls(channel.type, str(channel.address), why, "failed", error=error)

    def columns(self) -> dict[str, Any]:
        """Return this as columns of log.notifications."""
        return {
            "channel": self.channel,
            "reference": self.reference,
            "reason": self.reason,
            "outcome": self.outcome,
            "message": None if self.message is None else json.dumps(self.message.as_dict(), ensure_ascii=False),
            "http_status": self.http_status,
            "attempts": self.attempts,
            "error_code": None if self.error is None else self.error.code,
            "error_message": None if self.error is None else self.error.message,
        }


def delivered(channel: Channel, message: Message, why: Reason, post: Post) -> Delivery:
    """Send a message to a channel and return what became of it; raises nothing that is foreseen."""
    reference = str(channel.address)
    if isinstance(channel, Apprise):
        error = _by_apprise(channel, message, post)
        outcome: Outcome = "failed" if error else "sent"
        return Delivery(channel.type, reference, why, outcome, message, attempts=1, error=error)
    page = post.send(channel.request(message))
    error = channel.failure(page)
    return Delivery(
        channel.type,
        reference,
        why,
        "failed" if error else "sent",
        message,
        page.status,
        page.attempts,
        channel.answer(page),
        error,
    )


def _by_apprise(channel: Apprise, message: Message, post: Post) -> SpectraError | None:
    try:
        return by_apprise.tell(channel, message, post.secrets)
    except SpectraError as error:
        return type(error)(error.message, place=error.place)
