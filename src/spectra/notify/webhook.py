"""Webhook: the message as JSON to an address of one's own, signed as Standard Webhooks has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from spectra.access.auth import Secret  # noqa: TC001 - pydantic needs it at run time
from spectra.access.exchange import Request
from spectra.access.sealed import Signed
from spectra.notify.base import ChannelType

if TYPE_CHECKING:
    from spectra.access.secret import SecretReference
    from spectra.notify.message import Message

EVENT = "spectra.notification"


class Webhook(ChannelType):
    """POST the message to `url`; with a `signing_key` a receiver can tell that it comes from here."""

    type: Literal["webhook"] = "webhook"
    url: Secret
    signing_key: Secret | None = None

    @property
    def address(self) -> SecretReference:
        """Where the address is kept."""
        return self.url

    @property
    def secrets(self) -> tuple[SecretReference, ...]:
        """The address, and the key where there is one."""
        return (self.url, self.signing_key) if self.signing_key else (self.url,)

    def request(self, message: Message) -> Request:
        """Return the request: `webhook-id`, `webhook-timestamp` and, signed over them and the body, the signature."""
        document = {"type": EVENT, "timestamp": message.written_at.isoformat(), "data": message.as_dict()}
        body = json.dumps(document, sort_keys=True).encode()
        seconds = str(int(message.written_at.timestamp()))
        request = Request(
            str(self.url),
            method="POST",
            headers={"Content-Type": "application/json", "webhook-id": message.id, "webhook-timestamp": seconds},
            body=body,
            authenticated=False,
            safe=True,
        )
        if self.signing_key is None:
            return request
        content = f"{message.id}.{seconds}.".encode() + body
        signature = Signed((self.signing_key,), prefix="v1,", base64=True, content=content)
        return request.with_header("webhook-signature", signature)
