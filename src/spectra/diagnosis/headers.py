"""What the headers of answers say beside the answers: the other side's clock, its rate limit, its redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from spectra.diagnosis.step import Step, skipped, troubled
from spectra.errors import ClockSkewedError, ForeignHostError, PaceAboveLimitError, RedirectedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spectra.diagnosis.watched import Heard

MOST_SKEW = 60
UNHEARD = "no answer came that could tell"
_PREFIXES = ("ratelimit", "x-ratelimit", "x-rate-limit")
_QUOTA = re.compile(r"(?:\bq=)?(\d{1,15})\s*;\s*w=(\d{1,9})")
_MEMBER = re.compile(r"\b(limit|remaining|reset|r|t)=(\d{1,15})")
_NUMBER = re.compile(r"\d{1,15}")
_EPOCH, _EPOCH_MS = 1_000_000_000, 1_000_000_000_000
_MOST_SHOWN = 60


def clock_step(heard: Sequence[Heard]) -> Step:
    """Compare this machine's clock with the Date headers; the nearest counts, since a cache may hand out an old one."""
    skews = [(each.at - said).total_seconds() for each in heard if (said := _date(each.headers)) is not None]
    if not skews:
        return skipped("clock", "no answer had a Date header" if heard else UNHEARD)
    skew = min(skews, key=abs)
    if abs(skew) <= MOST_SKEW:
        return Step("clock", "ok", f"{abs(skew):.0f} s apart from the source's Date header")
    direction = "ahead of" if skew > 0 else "behind"
    return troubled("clock", ClockSkewedError(f"This machine is {abs(skew):,.0f} s {direction} the source."))


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        said = parsedate_to_datetime(headers.get("date", ""))
        return said if said.tzinfo else said.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What an answer says of its rate limit, as written; `quota` is a limit with its window in seconds."""

    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    quota: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return any((self.limit, self.remaining, self.reset, self.quota))

    def __str__(self) -> str:
        told = {"limit": self.limit, "remaining": self.remaining, "reset": self.reset}
        parts = [f"{name} {text[:_MOST_SHOWN]}" for name, text in told.items() if text]
        return " · ".join([*parts, *([f"{self.quota[0]} in {self.quota[1]} s"] if self.quota else [])])

    def reset_seconds(self, now: datetime) -> float | None:
        """Return the seconds until the limit begins anew, read as seconds, as an epoch time or as a date."""
        text = self.reset or ""
        if _NUMBER.fullmatch(text):
            number = int(text)
            if number < _EPOCH:
                return float(number)
            return number / (1000 if number >= _EPOCH_MS else 1) - now.timestamp()
        said = _date({"date": text})
        return None if said is None else (said - now) / timedelta(seconds=1)


def rate_limit_of(headers: Mapping[str, str]) -> RateLimit:
    """Read the rate limit headers that are in use: one header a figure, or all of them as members of one."""
    whole = {"r": "remaining", "t": "reset"}
    members = {whole.get(name, name): text for name, text in _MEMBER.findall(headers.get("ratelimit", ""))}
    for name in ("limit", "remaining", "reset"):
        given = next((headers[f"{p}-{name}"] for p in _PREFIXES if headers.get(f"{p}-{name}")), "").strip()
        if given:
            members[name] = given
    policy = _QUOTA.search(headers.get("ratelimit-policy", "") or members.get("limit", ""))
    quota = (int(policy[1]), int(policy[2])) if policy and int(policy[2]) else None
    return RateLimit(members.get("limit"), members.get("remaining"), members.get("reset"), quota)


def rate_limit_step(heard: Sequence[Heard], asked_per_second: float) -> Step:
    """Show the newest rate limit headers, and compare them with the pace of the definition where they have a time."""
    told = [(limit, each.at) for each in heard if (limit := rate_limit_of(each.headers))]
    if not told:
        return skipped("rate-limit", "no answer named a limit" if heard else UNHEARD)
    limit, at = told[-1]
    allowed = _per_second(limit, at)
    if allowed is None or allowed >= asked_per_second:
        return Step("rate-limit", "ok", str(limit))
    compared = (
        f"the API allows at most {allowed:.3g} a second, and `limits.requests_per_second` is {asked_per_second:g}"
    )
    return troubled("rate-limit", PaceAboveLimitError(compared), seen=f"{limit}: {compared}")


def _per_second(limit: RateLimit, at: datetime) -> float | None:
    """Return the pace that a limit stands for, None where it names no time."""
    if limit.quota is not None:
        return limit.quota[0] / limit.quota[1]
    left = limit.reset_seconds(at)
    if left is None or left < 1 or not _NUMBER.fullmatch(limit.remaining or ""):
        return None
    return int(limit.remaining or "") / left


def redirects_step(heard: Sequence[Heard]) -> Step:
    """Tell of answers that came from another address than the one asked, or were to come from another host."""
    away = [each for each in heard if isinstance(each.error, ForeignHostError)]
    moved = [each for each in heard if each.redirected]
    if away:
        to = (away[0].error and away[0].error.facts.get("found")) or "another host"
        error: RedirectedError | None = RedirectedError(f"{away[0].asked} is redirected to {to}, which was not asked.")
    elif moved:
        first = f"{moved[0].asked} to {moved[0].url.partition('?')[0]}"
        error = RedirectedError(f"{len(moved)} of {len(heard)} answers came by a redirect, such as {first}.")
    else:
        error = None
    if error is not None:
        return troubled("redirects", error)
    return Step("redirects", "ok", "none") if heard else skipped("redirects", UNHEARD)
