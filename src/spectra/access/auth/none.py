"""NoAuth: the API asks for no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from spectra.access.auth.base import AuthType
from spectra.access.example import Example, Exchanged

if TYPE_CHECKING:
    from spectra.access.exchange import Request
    from spectra.access.grants import Grant
    from spectra.access.secret import Credential


class NoAuth(AuthType):
    """Send requests as they are."""

    example: ClassVar[Example] = Example({"type": "none"}, (Exchanged("/things"),))

    type: Literal["none"] = "none"

    def signed(self, request: Request, grant: Grant | None = None) -> Request:  # noqa: ARG002 - every type has this face
        """Return the request unchanged."""
        return request

    def credentials(self) -> tuple[Credential, ...]:
        """Return nothing: there are none."""
        return ()
