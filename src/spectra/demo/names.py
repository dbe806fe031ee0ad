"""Invented names and the two ways in which this API writes a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from spectra.demo.chance import draw, pick

_FIRST: Final = ("Amara", "Bruno", "Celia", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Lars")
_LAST: Final = (
    "Abel",
    "Brandt",
    "Castell",
    "Dorn",
    "Ekwall",
    "Fuchs",
    "Galan",
    "Holm",
    "Ivers",
    "Juhl",
    "Kern",
    "Lund",
)
_TONE: Final = (
    "Amber",
    "Bold",
    "Calm",
    "Distant",
    "Eager",
    "Fluent",
    "Granite",
    "Hidden",
    "Iron",
    "Jade",
    "Keen",
    "Late",
)
_THING: Final = (
    "Anchor",
    "Bridge",
    "Compass",
    "Delta",
    "Engine",
    "Ferry",
    "Garden",
    "Harbour",
    "Island",
    "Junction",
    "Kiln",
)
_VERB: Final = (
    "Check",
    "Confirm",
    "Compare",
    "Exercise",
    "Measure",
    "Refuse",
    "Repeat",
    "Show",
    "Verify",
    "Walk through",
)
_MATTER: Final = (
    "a login",
    "an export",
    "an invoice",
    "a search",
    "a rounding",
    "a refund",
    "a session",
    "a time zone",
)
_FIRST_DAY: Final = date(2024, 1, 1)
_EPOCH: Final = date(1970, 1, 1)
_MS_A_DAY: Final = 86_400_000


def person(seed: int, position: int) -> tuple[str, str]:
    """Return a first and a last name."""
    bits = draw(seed, "person", position)
    return pick(_FIRST, bits), pick(_LAST, bits >> 8)


def title(seed: int, stream: str, position: int) -> str:
    """Return a name for a project, release, cycle or the like."""
    bits = draw(seed, stream, position)
    return f"{pick(_TONE, bits)} {pick(_THING, bits >> 8)} {position + 1}"


def task(seed: int, position: int) -> str:
    """Return what a test case does."""
    bits = draw(seed, "task", position)
    return f"{pick(_VERB, bits)} {pick(_MATTER, bits >> 8)}, case {position + 1}"


def us_date(day: int) -> str:
    """Return a day, counted from the first day of this world, as MM/DD/YYYY."""
    return (_FIRST_DAY + timedelta(days=day)).strftime("%m/%d/%Y")


def epoch_ms(day: int) -> int:
    """Return the same day as milliseconds since 1970."""
    return ((_FIRST_DAY - _EPOCH).days + day) * _MS_A_DAY
