"""Texts sealed around secrets: put together at the moment of sending, and never a value that outlives it."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Union
from urllib.parse import urlencode

from spectra.access.secret import Issued, SecretReference

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Part = Union[str, SecretReference, Issued, "Sealed"]
_KEY_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Moment:
    """What is about to be sent, and when: the same for every sealed text of one sending.

    `path` and `query` are as they go over the wire, without parameters that are secrets; `at` is UTC.
    """

    at: datetime
    method: str = "GET"
    host: str = ""
    path: str = "/"
    query: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text with secrets in it.

    `parts` are joined in order, references replaced by their values; with `base64` the joined text is encoded
    (as Basic auth asks) and `prefix` goes before it.
    """

    learnt: ClassVar[bool] = True
    parts: tuple[Part, ...]
    prefix: str = ""
    base64: bool = False

    @property
    def references(self) -> tuple[SecretReference, ...]:
        """The references inside, in order, also those of sealed parts."""
        return tuple(one for part in self.parts for one in _references(part))

    def takes(self, value: str) -> bool:
        """Return whether a secret's value may stand inside: a header carries one line, uncoded ASCII only."""
        plain = value == value.strip() and value.isprintable()
        return bool(value) and plain and (self.base64 or value.isascii())

    def joined(self, values: tuple[str, ...]) -> str:
        """Return the text of the parts, given with secrets in place."""
        return "".join(values)

    def coded(self, text: str, moment: Moment) -> str:  # noqa: ARG002 - others depend on the moment
        """Return the joined text in the form in which it is sent, without the prefix."""
        return b64encode(text.encode()).decode() if self.base64 else text

    def opened(self, reveal: Callable[[SecretReference], str], moment: Moment) -> str:
        """Return what is sent, without the prefix."""
        values = tuple(_value(part, reveal, moment) for part in self.parts)
        return self.coded(self.joined(values), moment)


def _references(part: Part) -> tuple[SecretReference, ...]:
    if isinstance(part, SecretReference):
        return (part,)
    return part.references if isinstance(part, Sealed) else ()


def _value(part: Part, reveal: Callable[[SecretReference], str], moment: Moment) -> str:
    if isinstance(part, SecretReference):
        return reveal(part)
    if isinstance(part, Sealed):
        return part.prefix + part.opened(reveal, moment)
    return part.value if isinstance(part, Issued) else part


@dataclass(frozen=True, slots=True)
class SealedFields(Sealed):
    """A body of named fields, as a form or as a JSON object; `names` stand for `parts` one by one."""

    learnt: ClassVar[bool] = False
    names: tuple[str, ...] = ()
    as_json: bool = False

    @classmethod
    def of(cls, fields: dict[str, Part], *, as_json: bool = False) -> SealedFields:
        """Return the body that holds the fields."""
        return cls(tuple(fields.values()), names=tuple(fields), as_json=as_json)

    def takes(self, value: str) -> bool:
        """Return whether a secret's value may stand inside: any text may."""
        return bool(value)

    def joined(self, values: tuple[str, ...]) -> str:
        """Return the fields in their form."""
        pairs = list(zip(self.names, values, strict=True))
        return json.dumps(dict(pairs)) if self.as_json else urlencode(pairs)


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

    def coded(self, text: str, moment: Moment) -> str:  # noqa: ARG002 - its content is given
        """Return the signature that a key, given as text, makes."""
        return b64encode(hmac.digest(_key(text), self.content, hashlib.sha256)).decode()


def _key(text: str) -> bytes:
    return b64decode(text.removeprefix(_KEY_PREFIX), validate=True) if text.startswith(_KEY_PREFIX) else text.encode()


@dataclass(frozen=True, slots=True)
class Computed(Sealed):
    """A text that `compute` makes of the key inside (empty where there is none) and the moment.

    Made anew at each sending, so it is worth nothing later and is not learnt by the redactor; the key is.
    """

    learnt: ClassVar[bool] = False
    compute: Callable[[str, Moment], str] = field(kw_only=True)

    def takes(self, value: str) -> bool:
        """Return whether a key may be used: any text may; what is made of it has to be fit to be sent."""
        return bool(value)

    def coded(self, text: str, moment: Moment) -> str:
        """Return what was computed."""
        return self.compute(text, moment)
