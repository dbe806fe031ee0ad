"""Basic: a user name and a password, as RFC 7617 has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import field_validator

from spectra.access.auth.base import AuthType, Secret, SecretOrText
from spectra.access.secret import Credential, Sealed, SecretReference

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request


class Basic(AuthType):
    """Send `user` and `password` in the Authorization header; the user name may be a secret too."""

    type: Literal["basic"] = "basic"
    user: SecretOrText
    password: Secret

    @field_validator("user")
    @classmethod
    def _one_header_word(cls, user: SecretReference | str) -> SecretReference | str:
        if isinstance(user, str) and (not user or ":" in user or not user.isprintable()):
            raise ValueError("a user name is not empty and holds no colon and no control character")
        return user

    def flow(self, request: Request) -> Generator[Request, Page, None]:
        """Yield the request with user and password in its Authorization header."""
        sealed = Sealed((self.user, ":", self.password), prefix="Basic ", base64=True)
        yield request.with_header("Authorization", sealed)

    def credentials(self) -> tuple[Credential, ...]:
        """Return the password, and before it the user name where that is a secret."""
        password = Credential("password", self.type, self.password)
        if isinstance(self.user, SecretReference):
            return Credential("user", self.type, self.user), password
        return (password,)
