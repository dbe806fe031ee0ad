"""AuthType: what all auth types share, and the field types that keep secrets out of definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from spectra.access.secret import SCHEME, SecretReference

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request
    from spectra.access.secret import Credential

PLAIN_SECRET = "plain_secret"  # noqa: S105 - the name of a validation error


def _referred(value: object) -> SecretReference:
    try:
        return SecretReference.parse(value)
    except ValueError as error:
        raise PydanticCustomError(PLAIN_SECRET, "{why}", {"why": str(error)}) from None


def _referred_or_plain(value: object) -> object:
    if not isinstance(value, str | SecretReference):
        raise PydanticCustomError("string_type", "Input should be a text or secret://NAME")
    return _referred(value) if isinstance(value, str) and value.startswith(SCHEME) else value


Secret = Annotated[SecretReference, BeforeValidator(_referred)]
SecretOrText = Annotated[SecretReference | str, BeforeValidator(_referred_or_plain)]


class AuthType(BaseModel):
    """A way to prove who asks.

    `probe` is the endpoint path that is asked with and without the credentials; with `proof: required` an auth that
    could not be proven blocks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    type: str
    probe: str | None = None
    proof: Literal["required", "wanted"] = "wanted"

    @property
    def method(self) -> str:
        """The name of this auth type in tables."""
        return self.type

    def flow(self, request: Request) -> Generator[Request, Page, None]:
        """Yield the request to send, credentials sealed in it, and receive its answer."""
        raise NotImplementedError

    def credentials(self) -> tuple[Credential, ...]:
        """Return the credentials that this auth refers to."""
        raise NotImplementedError
