"""ApiKey: a secret in a header of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from spectra.access.auth.base import AuthType, Secret
from spectra.access.secret import Credential, Sealed

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100)]


class ApiKey(AuthType):
    """Send the key as the value of `header`."""

    type: Literal["api_key"] = "api_key"
    header: HeaderName
    value: Secret

    def flow(self, request: Request) -> Generator[Request, Page, None]:
        """Yield the request with the key in its header."""
        yield request.with_header(self.header, Sealed((self.value,)))

    def credentials(self) -> tuple[Credential, ...]:
        """Return the key."""
        return (Credential("value", self.type, self.value),)
