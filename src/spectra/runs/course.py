"""The course of a source over its runs: what is usual, since when it is as it is, what it recovered from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.notify.plain import one_line
from spectra.runs.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from spectra.runs.state import Reason

_MOST_RUNS = 10
_LONGEST_REASON = 300
_SIZES = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def usual(earlier: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the durations, in seconds, of the last ten successful runs; `earlier` ascends by run_seq."""
    kept = [row["duration_seconds"] for row in earlier if row["status"] == "Success"]
    return [seconds for seconds in kept if seconds is not None][-_MOST_RUNS:]


def change_text(row: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], why: Reason) -> Iterator[str]:
    """Yield what the runs before say about this one, a line each."""
    if why == "recovered":
        yield _recovery(row, earlier)
    if why == "reminder":
        yield _lasting(row, earlier)
    if earlier and earlier[-1]["status"] == "Abandoned":
        lost = earlier[-1]
        said = one_line(lost["error_message"] or "", _LONGEST_REASON)
        yield f"The run before, {lost['execution_id']}, was Abandoned: {said}"


def _recovery(row: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> str:
    """Say what the source recovered from: the newest stretch of runs that were worse than this one."""
    rank, after = State.of(row).rank, row
    worse: list[Mapping[str, Any]] = []
    for before in reversed(earlier):
        if State.of(before).rank > rank:
            worse.append(before)
        elif worse:
            break
        else:
            after = before
    if not worse:
        return ""
    runs = f"{len(worse)} {'run' if len(worse) == 1 else 'runs'}"
    since = _end(worse[-1])
    return f"Recovered from {State.of(worse[0])} after {span(_end(after) - since)}: {runs} since {_moment(since)}."


def _lasting(row: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> str:
    """Say since when the state is as it is."""
    state, same = State.of(row), [row]
    for before in reversed(earlier):
        if State.of(before) != state:
            break
        same.append(before)
    since = _end(same[-1])
    return f"Still {state} since {_moment(since)}: {span(_end(row) - since)}, {len(same)} runs."


def _end(row: Mapping[str, Any]) -> datetime:
    """Return when a run ended; of one that never did, when it started."""
    ended: datetime = row["ended_at"] or row["started_at"]
    return ended


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def span(time: timedelta) -> str:
    """Return a time in its two greatest units: `3 d 2 h`, `4 min 10 s`, `0 s`."""
    left, parts = max(0, round(time.total_seconds())), []
    for unit, size in _SIZES:
        count, left = divmod(left, size)
        parts.append((count, unit))
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    kept = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count] or ["0 s"]
    return " ".join(kept)
