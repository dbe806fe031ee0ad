"""Sending through the library apprise, which speaks to the service by itself."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from spectra.errors import AppriseMissingError, ChannelAddressError, NotificationUndeliveredError, SpectraError
from spectra.errors.bugs import bugs_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.errors import Severity
    from spectra.notify import Apprise, Message
    from spectra.stages.ports import Secrets

_TOTAL_SECONDS = 10.0
_KINDS: Mapping[Severity, str] = {"info": "info", "warning": "warning", "error": "failure", "critical": "failure"}


def tell(channel: Apprise, message: Message, secrets: Secrets, seconds: float = _TOTAL_SECONDS) -> SpectraError | None:
    """Send a message; returns why it was not sent, None where it was. What takes longer is left to itself.

    Raises MissingSecretError and MalformedSecretError.
    """
    place = str(channel.address)
    failures: list[SpectraError | None] = []
    address = secrets.reveal(channel.address).value
    title, text = channel.texts(message)

    def work() -> None:
        try:
            with bugs_named():
                failures.append(_sent(address, (title, text, _KINDS[message.severity]), place))
        except SpectraError as error:
            kind = type(error.__cause__ or error).__name__
            failures.append(NotificationUndeliveredError(f"apprise failed with {kind}", place=place))

    thread = threading.Thread(target=work, name="spectra-apprise", daemon=True)
    thread.start()
    thread.join(seconds)
    return failures[0] if failures else NotificationUndeliveredError("no answer in time", place=place)


def _sent(address: str, told: tuple[str, str, str], place: str) -> SpectraError | None:
    try:
        import apprise  # noqa: PLC0415 - an extra, and half a second of imports
    except ImportError:
        return AppriseMissingError(place=place)
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs addresses, which are secrets
    title, text, kind = told
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="SPECTRA", async_mode=False, secure_logging=True))
    if not sender.add(address):
        return ChannelAddressError(f"{place} holds no address that apprise knows", place=place)
    taken = sender.notify(
        title=title, body=text, notify_type=apprise.NotifyType(kind), body_format=apprise.NotifyFormat.TEXT
    )
    return None if taken else NotificationUndeliveredError("the service did not take it", place=place)
