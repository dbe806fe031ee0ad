"""The state that a run leaves its source in, and when people are to be told of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from spectra.notify import ChannelType

Reason = Literal["first", "changed", "recovered", "reminder", "always", "unchanged", "test"]
_HEALTHY, _DEGRADED, _DOWN = 0, 1, 2
_RANKS = {"READY": _HEALTHY, "DEGRADED": _DEGRADED}


@dataclass(frozen=True, slots=True)
class State:
    """How a run ended: its status, readiness, error code, and the names of the checks that did not pass."""

    status: str
    readiness: str
    error_code: str | None = None
    failed_checks: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> State:
        """Return the state that a completion row tells."""
        failed = sorted(check["name"] for check in failed_checks(row))
        return cls(row["status"], row["readiness"], row["error_code"], tuple(failed))

    @classmethod
    def parsed(cls, text: str | None) -> State | None:
        """Read a state as `text` writes it; None where it is none."""
        try:
            said = json.loads(text or "")
            return cls(said["status"], said["readiness"], said["error_code"], tuple(said["failed_checks"]))
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def text(self) -> str:
        """The state as JSON."""
        said = {"status": self.status, "readiness": self.readiness, "error_code": self.error_code}
        return json.dumps(said | {"failed_checks": list(self.failed_checks)}, sort_keys=True)

    @property
    def rank(self) -> int:
        """0 where all is well, 1 where it is degraded, 2 where nothing new may be read."""
        return _RANKS.get(self.readiness, _DOWN) if self.status == "Success" else _DOWN

    @property
    def healthy(self) -> bool:
        """Whether nothing needs to be told again."""
        return self.rank == _HEALTHY

    def __str__(self) -> str:
        return f"{self.status} ({self.error_code or self.readiness})"


def failed_checks(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the readiness checks of a completion row that did not pass."""
    return [check for check in json.loads(row["readiness_checks"] or "[]") if not check["passed"]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel was told last, and when."""

    state: State
    at: datetime


def last_told(rows: Iterable[Mapping[str, Any]], channel: ChannelType, seqs: Mapping[str, int]) -> Told | None:
    """Return what reached a channel last, from rows of log.notifications; `seqs` gives the run_seq of each run."""
    reached = [
        (seqs[row["execution_id"]], row["sent_at"], state)
        for row in rows
        if (row["channel"], row["reference"]) == (channel.type, str(channel.address))
        and row["outcome"] == "sent"
        and row["execution_id"] in seqs
        and (state := State.parsed(row["state"])) is not None
    ]
    if not reached:
        return None
    _, at, state = max(reached, key=lambda one: one[:2])
    return Told(state, at)


def reason(channel: ChannelType, state: State, before: State | None, told: Told | None, now: datetime) -> Reason:
    """Return why a channel is to be told of a state, or `unchanged` where it is not.

    `before` is the state that the run before left, whether or not anyone was told of it.
    """
    if told is None:
        return "first"
    if state.rank < max(told.state.rank, before.rank if before else _HEALTHY):
        return "recovered"
    if state != told.state:
        return "changed"
    if channel.when == "always":
        return "always"
    return "reminder" if not state.healthy and now - told.at >= channel.remind else "unchanged"
