"""The bar that an observed number has to meet, in the operators of ODCS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

Operator = Literal[
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
Number = int | float
Bounds = tuple[Number, Number]

_HOLDS: dict[Operator, Callable[[Number | Decimal, Number, Number], bool]] = {
    "mustBe": lambda seen, low, _: seen == low,
    "mustNotBe": lambda seen, low, _: seen != low,
    "mustBeGreaterThan": lambda seen, low, _: seen > low,
    "mustBeGreaterOrEqualTo": lambda seen, low, _: seen >= low,
    "mustBeLessThan": lambda seen, low, _: seen < low,
    "mustBeLessOrEqualTo": lambda seen, low, _: seen <= low,
    "mustBeBetween": lambda seen, low, high: low <= seen <= high,
    "mustNotBeBetween": lambda seen, low, high: not low <= seen <= high,
}
_TIGHTER: dict[Operator, Callable[[Bounds, Bounds], bool]] = {
    "mustBeGreaterThan": lambda new, old: new[0] >= old[0],
    "mustBeGreaterOrEqualTo": lambda new, old: new[0] >= old[0],
    "mustBeLessThan": lambda new, old: new[0] <= old[0],
    "mustBeLessOrEqualTo": lambda new, old: new[0] <= old[0],
    "mustBeBetween": lambda new, old: new[0] >= old[0] and new[1] <= old[1],
    "mustNotBeBetween": lambda new, old: new[0] <= old[0] and new[1] >= old[1],
}


@dataclass(frozen=True, slots=True)
class Bar:
    """An operator and its threshold; both bounds are the same number but for the two `Between`."""

    operator: Operator
    bounds: Bounds

    def holds(self, observed: Number | Decimal | None) -> bool:
        """Return whether the observed number meets the bar; no number meets none."""
        return observed is not None and _HOLDS[self.operator](observed, *self.bounds)

    def at_least_as_tight_as(self, other: Bar) -> bool:
        """Return whether everything that meets this bar meets the other one, as far as their operators tell."""
        if self == other:
            return True
        tighter = _TIGHTER.get(self.operator)
        return self.operator == other.operator and tighter is not None and tighter(self.bounds, other.bounds)
