"""ApiKey: a secret in a header, a query parameter or a cookie of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from spectra.access.auth.base import AuthType, HeaderName, Secret, exactly_one, named_credentials
from spectra.access.example import Example, Exchanged
from spectra.access.sealed import Sealed

if TYPE_CHECKING:
    from spectra.access.exchange import Request
    from spectra.access.grants import Grant
    from spectra.access.secret import Credential


class ApiKey(AuthType):
    """Send the key as the value of exactly one of `header`, `query` and `cookie`."""

    model_config = exactly_one("header", "query", "cookie")
    example: ClassVar[Example] = Example(
        {"type": "api_key", "query": "api_key", "value": "secret://KEY"},
        (Exchanged("/things?api_key=key-of-the-example"),),
        secrets={"KEY": "key-of-the-example"},
    )

    type: Literal["api_key"] = "api_key"
    header: HeaderName | None = None
    query: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    cookie: HeaderName | None = None
    value: Secret

    @model_validator(mode="after")
    def _in_one_place(self) -> Self:
        if sum(place is not None for place in (self.header, self.query, self.cookie)) != 1:
            raise ValueError("a key is sent in exactly one place: header, query or cookie")
        return self

    def signed(self, request: Request, grant: Grant | None = None) -> Request:  # noqa: ARG002 - every type has this face
        """Return the request with the key in its place."""
        if self.query is not None:
            return request.with_sealed_param(self.query, Sealed((self.value,)))
        if self.cookie is not None:
            return request.with_header("Cookie", Sealed((self.value,), prefix=f"{self.cookie}="))
        return request.with_header(self.header or "", Sealed((self.value,)))

    def credentials(self) -> tuple[Credential, ...]:
        """Return the key."""
        return named_credentials(self, value=self.value)
