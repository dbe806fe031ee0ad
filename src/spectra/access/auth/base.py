"""AuthType: what all auth types share, and the field types that keep secrets out of definitions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from spectra.access.example import Example  # noqa: TC001 - pydantic reads it
from spectra.access.secret import SCHEME, Credential, SecretReference

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request
    from spectra.access.grants import Grant

PLAIN_SECRET = "plain_secret"  # noqa: S105 - the name of a validation error
_NAMED_AS_SECRET = re.compile(r"(?:pass|password|passwd|pwd|passphrase|passcode|secret|token|api_?key)$")
_Name = TypeVar("_Name", bound=str)


def _referred(value: object) -> SecretReference:
    try:
        return SecretReference.parse(value)
    except ValueError as error:
        raise PydanticCustomError(PLAIN_SECRET, "{why}", {"why": str(error)}) from None


def _referred_or_plain(value: object) -> object:
    if not isinstance(value, str | SecretReference):
        raise PydanticCustomError("string_type", "Input should be a text or secret://NAME")
    return _referred(value) if isinstance(value, str) and value.startswith(SCHEME) else value


def none_plain(fields: dict[_Name, SecretReference | str]) -> dict[_Name, SecretReference | str]:
    """Refuse a text under a name that only secrets have, since definitions are shown and stored."""
    for name, value in fields.items():
        if isinstance(value, str) and _NAMED_AS_SECRET.search(name.lower().replace("-", "_")):
            why = f"a secret stands under {name} as a reference, secret://NAME, never as a value"
            raise PydanticCustomError(PLAIN_SECRET, "{why}", {"why": why})
    return fields


Secret = Annotated[SecretReference, BeforeValidator(_referred)]
SecretOrText = Annotated[SecretReference | str, BeforeValidator(_referred_or_plain)]
Fields = Annotated[dict[str, SecretOrText], AfterValidator(none_plain)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100)]


class AuthType(BaseModel):
    """A way to prove who asks.

    `probe` is the endpoint path that is asked with and without the credentials; with `proof: required` an auth that
    could not be proven blocks. A type whose token comes from an exchange `renews` it when it expires or is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    example: ClassVar[Example]

    type: str
    probe: str | None = None
    proof: Literal["required", "wanted"] = "wanted"

    @property
    def method(self) -> str:
        """The name of this auth type in tables."""
        return self.type

    @property
    def renews(self) -> bool:
        """Whether a grant has to be got by `exchange` before anything can be signed."""
        return False

    @property
    def rotates(self) -> SecretReference | None:
        """The secret that an exchange may replace by a new one, which is then kept before it is used."""
        return None

    def signed(self, request: Request, grant: Grant | None = None) -> Request:
        """Return the request with credentials sealed in it; `grant` is what the last exchange yielded."""
        raise NotImplementedError

    def exchange(self, base_url: str) -> Generator[Request, Page, Grant]:
        """Yield the requests that get a token, receive their pages, and return what was granted.

        Raises TokenRefusedError and TokenEndpointError.
        """
        raise NotImplementedError

    def credentials(self) -> tuple[Credential, ...]:
        """Return the credentials that this auth refers to."""
        raise NotImplementedError


def exactly_one(*names: str) -> ConfigDict:
    """Return what tells editors that exactly one of some settings is given; null is as good as none."""
    given: list[JsonValue] = [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in names]
    return ConfigDict(json_schema_extra={"oneOf": given})


def named_credentials(auth: AuthType, **values: SecretReference | str | None) -> tuple[Credential, ...]:
    """Return a credential for each value that is a secret, under the name of its setting."""
    return tuple(
        Credential(name, auth.type, value) for name, value in values.items() if isinstance(value, SecretReference)
    )
