"""Bearer: a token in the Authorization header, as RFC 6750 has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from spectra.access.auth.base import AuthType, Secret
from spectra.access.secret import Credential, Sealed

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request


class Bearer(AuthType):
    """Send `token` after the word Bearer."""

    type: Literal["bearer"] = "bearer"
    token: Secret

    def flow(self, request: Request) -> Generator[Request, Page, None]:
        """Yield the request with the token in its Authorization header."""
        yield request.with_header("Authorization", Sealed((self.token,), prefix="Bearer "))

    def credentials(self) -> tuple[Credential, ...]:
        """Return the token."""
        return (Credential("token", self.type, self.token),)
