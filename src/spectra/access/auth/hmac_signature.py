"""Hmac: every request is signed with a key that never leaves, anew at each sending."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator

from spectra.access.auth.base import AuthType, HeaderName, Secret, SecretOrText, named_credentials, none_plain
from spectra.access.example import Example, Exchanged
from spectra.access.sealed import Computed, Sealed

if TYPE_CHECKING:
    from spectra.access.exchange import Request
    from spectra.access.grants import Grant
    from spectra.access.sealed import Moment
    from spectra.access.secret import Credential

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_KNOWN = ("method", "host", "path", "query", "sorted_query", "timestamp", "body", "body_sha256")
Stamp = Literal["epoch_s", "epoch_ms", "iso", "http_date"]


class Hmac(AuthType):
    """Send in `header` a signature over the text `sign`, and the time it holds in `timestamp_header`.

    In `sign`, {method}, {host}, {path}, {query}, {sorted_query}, {timestamp}, {body} and {body_sha256} stand for what
    is sent; `headers` are further headers, such as the id of the key.
    It is made with `key` by `algorithm`, written in `encoding` and sent after `prefix`. `timestamp` says how the time
    is written.
    """

    example: ClassVar[Example] = Example(
        {
            "type": "hmac",
            "key": "secret://KEY",
            "sign": "{method}\n{path}\n{timestamp}",
            "headers": {"X-Key-Id": "reports"},
        },
        (
            Exchanged(
                "/things",
                headers={
                    "x-key-id": "reports",
                    "x-timestamp": "1767225600",
                    "x-signature": "362763285ec70ec6381a3d1c3409dc7a1f0f6f2c6554160e72a8737cbf033bb9",
                },
            ),
        ),
        secrets={"KEY": "key-of-the-example"},
    )

    type: Literal["hmac"] = "hmac"
    key: Secret
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    sign: Annotated[str, Field(min_length=1, max_length=2000)] = "{method}\n{path}\n{query}\n{timestamp}\n{body_sha256}"
    header: HeaderName = "X-Signature"
    prefix: Annotated[str, Field(pattern=r"^[\x20-\x7e]*$", max_length=100)] = ""
    timestamp_header: HeaderName | None = "X-Timestamp"
    timestamp: Stamp = "epoch_s"
    headers: Annotated[dict[HeaderName, SecretOrText], AfterValidator(none_plain)] = Field(default_factory=dict)

    @field_validator("sign")
    @classmethod
    def _known_placeholders(cls, sign: str) -> str:
        unknown = [name for name in _PLACEHOLDER.findall(sign) if name not in _KNOWN]
        if unknown:
            raise ValueError(f"what is signed may name {', '.join(_KNOWN)} in braces, and nothing else")
        return sign

    def signed(self, request: Request, grant: Grant | None = None) -> Request:  # noqa: ARG002 - every type has this face
        """Return the request with its signature to be made, and the time beside it."""
        for name, value in self.headers.items():
            request = request.with_header(name, value if isinstance(value, str) else Sealed((value,)))
        if self.timestamp_header is not None:
            stamp = Computed((), compute=partial(_stamped, form=self.timestamp))
            request = request.with_header(self.timestamp_header, stamp)
        return request.with_header(self.header, Computed((self.key,), self.prefix, compute=self._signature))

    def credentials(self) -> tuple[Credential, ...]:
        """Return the key, and the further headers that are secrets."""
        others = {f"headers.{name}": value for name, value in self.headers.items()}
        return named_credentials(self, key=self.key, **others)

    def _signature(self, key: str, moment: Moment) -> str:
        """Return the signature of what is being sent."""
        values = {
            "method": moment.method,
            "host": moment.host,
            "path": moment.path,
            "query": moment.query,
            "sorted_query": "&".join(sorted(moment.query.split("&"))),
            "timestamp": _stamped("", moment, form=self.timestamp),
            "body": moment.body.decode("utf-8", "replace"),
            "body_sha256": hashlib.sha256(moment.body).hexdigest(),
        }
        text = _PLACEHOLDER.sub(lambda match: values[match[1]], self.sign)
        digest = hmac.digest(key.encode(), text.encode(), self.algorithm)
        return digest.hex() if self.encoding == "hex" else b64encode(digest).decode()


def _stamped(_: str, moment: Moment, *, form: Stamp) -> str:
    """Return the time of sending in the form asked for."""
    if form == "iso":
        return moment.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "http_date":
        return format_datetime(moment.at, usegmt=True)
    return str(int(moment.at.timestamp() * (1000 if form == "epoch_ms" else 1)))
