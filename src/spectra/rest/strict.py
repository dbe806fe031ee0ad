"""An answer read strictly: a status of HTTP, a whole header, chunks of a size; http.client takes more than that."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io

_GREATEST_STATUS = 599  # http.client takes anything of three digits


class _HeaderLines:
    """Reads the lines of a header and tells one that breaks off from an end; http.client takes both for the end."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._begun = False

    def readline(self, limit: int = -1) -> bytes:
        """Return a whole line, or one of `limit` bytes; raises where the stream ends before."""
        line = self._stream.readline(limit)
        if not line.endswith(b"\n") and len(line) != limit:
            if line or self._begun:
                raise ConnectionError("the connection ended inside a header")
            raise http.client.RemoteDisconnected("the connection ended before an answer began")
        self._begun = True
        return line

    def close(self) -> None:
        """Close what is read from."""
        self._stream.close()


class StrictResponse(http.client.HTTPResponse):
    """An answer whose status HTTP knows, whose header must be whole and whose chunks have no negative size."""

    def begin(self) -> None:
        """Read status and header."""
        stream = self.fp
        self.fp = _HeaderLines(stream)  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream
        if self.status > _GREATEST_STATUS:
            raise http.client.HTTPException("the status is none of HTTP")

    def _safe_read(self, amt: int) -> bytes:
        if amt < 0:
            raise http.client.HTTPException("a chunk has a negative size")
        return super()._safe_read(amt)  # type: ignore[misc,no-any-return]
