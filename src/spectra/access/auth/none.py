"""NoAuth: the API asks for no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectra.access.auth.base import AuthType

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request
    from spectra.access.secret import Credential


class NoAuth(AuthType):
    """Send requests as they are."""

    type: Literal["none"] = "none"

    def flow(self, request: Request) -> Generator[Request, Page, None]:
        """Yield the request unchanged."""
        yield request

    def credentials(self) -> tuple[Credential, ...]:
        """Return nothing: there are none."""
        return ()
