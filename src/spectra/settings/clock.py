"""The clock of this machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the time, UTC with zone, in microseconds."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock that everything else is given

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()
