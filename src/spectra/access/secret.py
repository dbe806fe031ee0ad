"""References to secrets, texts sealed around them, and masks: never a value that outlives a sending."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

SCHEME = "secret://"
MASK = "***"
_KEY_PREFIX = "whsec_"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_TAIL = 3
_SHORTEST_WITH_TAIL = 12


@dataclass(frozen=True, slots=True, order=True)
class SecretReference:
    """The name under which a secret is kept; written `secret://NAME`."""

    name: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.name}"

    @classmethod
    def parse(cls, text: object) -> SecretReference:
        """Read `secret://NAME`; raises ValueError without repeating the text, which may be a secret itself."""
        if isinstance(text, SecretReference):
            return text
        if not isinstance(text, str) or not text.startswith(SCHEME):
            raise ValueError("a secret stands here as a reference, secret://NAME, never as a value")
        name = text.removeprefix(SCHEME)
        if not _NAME.fullmatch(name):
            raise ValueError("after secret:// comes a name of letters, digits and underscores")
        return cls(name)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a model's field take `secret://NAME` and nothing else."""
        from pydantic_core import core_schema  # noqa: PLC0415 - 100 ms that only models need

        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors the form of a reference."""
        return {"type": "string", "pattern": f"^{SCHEME}{_NAME.pattern}$"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text with secrets in it, put together at the moment of sending.

    `parts` are joined in order, references replaced by their values; with `base64` the joined text is encoded
    (as Basic auth asks) and `prefix` goes before it.
    """

    parts: tuple[str | SecretReference, ...]
    prefix: str = ""
    base64: bool = False

    @property
    def references(self) -> tuple[SecretReference, ...]:
        """The references inside, in order."""
        return tuple(part for part in self.parts if isinstance(part, SecretReference))

    def takes(self, value: str) -> bool:
        """Return whether a secret's value may stand inside: uncoded, a header carries ASCII only."""
        return self.base64 or value.isascii()

    def coded(self, text: str) -> str:
        """Return the joined text in the form in which it is sent, without the prefix."""
        return b64encode(text.encode()).decode() if self.base64 else text


@dataclass(frozen=True, slots=True)
class Signed(Sealed):
    """A signature over `content`, computed with the key inside at the moment of sending; the key itself never leaves.

    HMAC-SHA256 in base64, as Standard Webhooks has it: a key `whsec_...` is decoded from base64, any other is taken
    as the bytes of its text.
    """

    content: bytes = b""

    def takes(self, value: str) -> bool:
        """Return whether a key can be read: what follows `whsec_` is base64."""
        try:
            return bool(_key(value))
        except ValueError:
            return False

    def coded(self, text: str) -> str:
        """Return the signature that a key, given as text, makes."""
        return b64encode(hmac.digest(_key(text), self.content, hashlib.sha256)).decode()


def _key(text: str) -> bytes:
    return b64decode(text.removeprefix(_KEY_PREFIX), validate=True) if text.startswith(_KEY_PREFIX) else text.encode()


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential that a definition names: what for, of which type, kept where."""

    name: str
    type: str
    reference: SecretReference


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A secret's value and the place that gave it; shows neither in its repr."""

    reference: SecretReference
    value: str
    found_in: str

    def __repr__(self) -> str:
        return f"FoundSecret({self.reference}, {MASK}, {self.found_in!r})"

    @property
    def place(self) -> str:
        """Where it is kept, as `env:NAME`."""
        return f"{self.found_in}:{self.reference.name}"


class SecretSource(Protocol):
    """A place where secrets are kept: the environment, a file, a keyring."""

    kind: str

    def find(self, name: str) -> str | None:
        """Return the value kept under `name`, or None."""
        ...


def masked(value: str) -> str:
    """Return what may be shown of a secret: `***` and its last 3 characters, or `***` below 12 characters."""
    return MASK + value[-_TAIL:] if len(value) >= _SHORTEST_WITH_TAIL else MASK
