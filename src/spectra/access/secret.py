"""References to secrets and their masks; a value shows itself in no repr."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

SCHEME = "secret://"
MASK = "***"
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
        said = "A secret, referred to as secret://NAME and never written out."
        return {"type": "string", "pattern": f"^{SCHEME}{_NAME.pattern}$", "description": said}


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A token that an API gave out during this run: a secret without a name, kept in memory alone."""

    value: str

    def __repr__(self) -> str:
        return f"Issued({MASK})"


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
