"""JsonWebToken: an assertion signed with a private key, sent as it is or exchanged for a token (RFC 7519, RFC 7523)."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from spectra.access.auth.base import AuthType, Secret, named_credentials
from spectra.access.example import Example, Exchanged
from spectra.access.grants import Location, granted, located, token_request
from spectra.access.sealed import Computed, Sealed
from spectra.errors import JwtMissingError, MalformedSecretError

if TYPE_CHECKING:
    from collections.abc import Generator

    from spectra.access.exchange import Page, Request
    from spectra.access.grants import Grant
    from spectra.access.sealed import Moment, Part
    from spectra.access.secret import Credential

_EXAMPLE_ASSERTION = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJyZXBvcnRzIiwiYXVkIjoiaHR0cHM6Ly9hcGkuZXhhbXBsZS5jb20iLCJpYXQiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTkwMH0."
    "rFrmsXlGB_AInXoYluBEAZZyetwL8wQ5_SmM_dMLutg"
)
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_KEY_TYPES = {"HS": "OctKey", "RS": "RSAKey", "PS": "RSAKey", "ES": "ECKey", "Ed": "OKPKey"}
Symmetric = Literal["HS256", "HS384", "HS512"]
Asymmetric = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
Algorithm = Literal[Symmetric, Asymmetric]


class JsonWebToken(AuthType):
    """Sign who asks with `key`: a private key in PEM (its line breaks may be written as backslash n), or an HS secret.

    Without `token_url` the assertion itself is the bearer token; with it, it is exchanged there for one. An assertion
    holds for `lifetime_seconds` and is made anew when half of that is over. `claims` are further claims.
    `algorithm` is how it is signed. `key_id`, `issuer`, `subject` and `audience` are the claims kid, iss, sub and aud.
    `scopes` are asked for at `token_url`.
    """

    example: ClassVar[Example] = Example(
        {
            "type": "jwt",
            "key": "secret://KEY",
            "algorithm": "HS256",
            "issuer": "reports",
            "audience": "https://api.example.com",
        },
        (Exchanged("/things", headers={"authorization": f"Bearer {_EXAMPLE_ASSERTION}"}),),
        secrets={"KEY": "key-of-the-example-32-characters"},
    )

    type: Literal["jwt"] = "jwt"
    key: Secret
    algorithm: Algorithm = "RS256"
    key_id: str | None = None
    issuer: str | None = None
    subject: str | None = None
    audience: str | None = None
    lifetime_seconds: Annotated[int, Field(ge=10, le=86_400)] = 300
    claims: dict[str, Any] = Field(default_factory=dict)
    token_url: Location | None = None
    scopes: tuple[str, ...] = ()

    @property
    def renews(self) -> bool:
        """Whether the assertion is exchanged for a token."""
        return self.token_url is not None

    def signed(self, request: Request, grant: Grant | None = None) -> Request:
        """Return the request with the token granted, or with an assertion to be made."""
        if self.token_url is None:
            return request.with_header("Authorization", self._assertion("Bearer "))
        return request.with_header("Authorization", Sealed((grant.token,), prefix="Bearer ")) if grant else request

    def exchange(self, base_url: str) -> Generator[Request, Page, Grant]:
        """Exchange an assertion for a token."""
        fields: dict[str, Part | Sealed] = {"grant_type": _GRANT, "assertion": self._assertion()}
        if self.scopes:
            fields["scope"] = " ".join(self.scopes)
        page = yield token_request(located(base_url, self.token_url or ""), fields)
        return granted(page)

    def credentials(self) -> tuple[Credential, ...]:
        """Return the key."""
        return named_credentials(self, key=self.key)

    def _assertion(self, prefix: str = "") -> Sealed:
        return Assertion((self.key,), prefix, compute=self._signed_claims)

    def _signed_claims(self, key: str, moment: Moment) -> str:
        """Return the assertion; two made within half a lifetime are the same."""
        window = self.lifetime_seconds // 2
        issued = int(moment.at.timestamp()) // window * window
        named = {"iss": self.issuer, "sub": self.subject, "aud": self.audience}
        claims: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        claims |= {"iat": issued, "exp": issued + self.lifetime_seconds, **self.claims}
        if self.scopes and self.token_url is not None:
            claims["scope"] = " ".join(self.scopes)
        header = {"alg": self.algorithm, "typ": "JWT"} | ({"kid": self.key_id} if self.key_id else {})
        return _encoded(json.dumps(header), json.dumps(claims), key, str(self.key))


@dataclass(frozen=True, slots=True)
class Assertion(Computed):
    """An assertion made at the moment of sending: whoever holds it is let in until it expires, so it is learnt."""

    learnt: ClassVar[bool] = True


@lru_cache(maxsize=16)
def _encoded(header_text: str, claims_text: str, key: str, place: str) -> str:
    """Return the assertion; kept, as some algorithms sign differently each time, and each one would be learnt."""
    header, claims = json.loads(header_text), json.loads(claims_text)
    try:
        from joserfc import jwk, jwt  # noqa: PLC0415 - an extra, and a tenth of a second of imports
        from joserfc.errors import JoseError  # noqa: PLC0415 - as above
    except ImportError:
        raise JwtMissingError(place=place) from None
    algorithm = header["alg"]
    text = key.replace("\\n", "\n") if "-----BEGIN" in key else key
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = getattr(jwk, _KEY_TYPES[algorithm[:2]]).import_key(text)
            return jwt.encode(header, claims, made, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        raise MalformedSecretError(f"{place} holds no key that {algorithm} can sign with", place=place) from None
