"""What can change in a contract: each kind of change with whom it breaks and the step of the version it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Step = Literal["none", "patch", "minor", "major"]
Party = Literal["consumer", "producer"]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a kind of change counts."""

    step: Step
    breaks: tuple[Party, ...]
    meaning: str


_BOTH: tuple[Party, ...] = ("consumer", "producer")
_CONSUMER: tuple[Party, ...] = ("consumer",)
_PRODUCER: tuple[Party, ...] = ("producer",)

RULES: Mapping[str, Rule] = {
    "other-contract": Rule("major", _BOTH, "The id differs: it is another contract, and no step makes up for that."),
    "contract-retired": Rule("major", _CONSUMER, "The status becomes retired."),
    "status-changed": Rule("minor", (), "The status changes in another way."),
    "table-removed": Rule("major", _CONSUMER, "A table is no longer promised."),
    "table-renamed": Rule("major", _BOTH, "A table with the same columns has another name."),
    "table-added": Rule("minor", _PRODUCER, "A table is promised that was not."),
    "column-removed": Rule("major", _CONSUMER, "A column is no longer promised."),
    "column-renamed": Rule("major", _BOTH, "A column of the same type and position has another name."),
    "required-column-added": Rule("minor", _PRODUCER, "A column is added that must always be filled."),
    "optional-column-added": Rule("minor", (), "A column is added that may be null."),
    "columns-reordered": Rule("minor", _PRODUCER, "Columns stand in another order, or a new one not at the end."),
    "type-changed": Rule("major", _BOTH, "A column has another type."),
    "column-optional": Rule("major", _CONSUMER, "A column may be null that might not."),
    "column-required": Rule("minor", _PRODUCER, "A column may no longer be null."),
    "values-widened": Rule("major", _CONSUMER, "A column may hold values that it might not: enum, range or pattern."),
    "values-narrowed": Rule("minor", _PRODUCER, "A column may no longer hold some values: enum, range or pattern."),
    "pattern-changed": Rule("major", _BOTH, "A column has another pattern; whether it lets more in cannot be told."),
    "key-changed": Rule("major", _BOTH, "Other columns identify a row."),
    "partitioning-changed": Rule("minor", _PRODUCER, "A table is laid out by other columns."),
    "must-dropped": Rule("major", _CONSUMER, "A must guarantee is gone."),
    "must-softened": Rule("major", _CONSUMER, "A must becomes a should."),
    "must-loosened": Rule("major", _CONSUMER, "The threshold of a must lets more pass."),
    "must-changed": Rule("major", _BOTH, "A must checks something else, or against a threshold that does not compare."),
    "must-added": Rule("minor", _PRODUCER, "A must guarantee is new."),
    "must-tightened": Rule("minor", _PRODUCER, "The threshold of a must lets less pass."),
    "should-hardened": Rule("minor", _PRODUCER, "A should becomes a must."),
    "should-dropped": Rule("minor", (), "A should guarantee is gone; nobody could count on it."),
    "should-added": Rule("minor", (), "A should guarantee is new; it degrades and never blocks."),
    "should-changed": Rule("minor", (), "A should checks something else, or against another threshold."),
    "time-promise-dropped": Rule("major", _CONSUMER, "A promise of time is gone, or is about another column."),
    "time-promise-loosened": Rule("major", _CONSUMER, "More time may pass, or less is kept."),
    "time-promise-added": Rule("minor", _PRODUCER, "A promise of time is new."),
    "time-promise-tightened": Rule("minor", _PRODUCER, "Less time may pass, or more is kept."),
    "envelope-reduced": Rule("major", _CONSUMER, "A column is no longer part of the envelope."),
    "envelope-extended": Rule("minor", _PRODUCER, "A column becomes part of the envelope."),
    "handoff-reduced": Rule("major", _CONSUMER, "A check is no longer part of the handoff."),
    "handoff-extended": Rule("minor", _PRODUCER, "A check becomes part of the handoff."),
    "server-removed": Rule("major", _CONSUMER, "The tables no longer lie on a server named, or in another format."),
    "server-added": Rule("minor", (), "The tables lie on one server more."),
    "server-changed": Rule("minor", (), "A server has another address."),
    "custom-changed": Rule("minor", (), "Another custom property is added, removed or changed."),
    "contact-changed": Rule("patch", (), "Team or support changes."),
    "text-changed": Rule("patch", (), "A name, a description or the wording of a promise changes."),
    "other-changed": Rule("patch", (), "Something else in the document differs."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind in RULES, where it is, and what was there before and is there now."""

    what: str
    where: str
    before: str = ""
    after: str = ""

    @property
    def rule(self) -> Rule:
        """How it counts."""
        return RULES[self.what]

    def breaks(self, party: Party) -> bool:
        """Return whether it breaks the consumer or the producer."""
        return party in self.rule.breaks


@dataclass(frozen=True, slots=True)
class Difference:
    """Every change from one version of a contract to another, and whether the step between them is enough."""

    before: str
    after: str
    changes: tuple[Change, ...]

    @property
    def needed(self) -> Step:
        """The step of the version that the changes need."""
        return greatest(change.rule.step for change in self.changes)

    @property
    def taken(self) -> Step:
        """The step that was taken; none for the same version or an older one."""
        return step_taken(self.before, self.after)

    @property
    def goes_back(self) -> bool:
        """Whether the second version is older than the first."""
        return _numbers(self.after) < _numbers(self.before)

    @property
    def enough(self) -> bool:
        """Whether both are one contract and the step taken is at least the one needed."""
        if self.goes_back or any(change.what == "other-contract" for change in self.changes):
            return False
        return STEPS.index(self.taken) >= STEPS.index(self.needed)

    def breaking(self, party: Party) -> tuple[Change, ...]:
        """Return the changes that break the consumer or the producer."""
        return tuple(change for change in self.changes if change.breaks(party))


def greatest(steps: Iterable[Step]) -> Step:
    """Return the greatest of some steps, none where there are none."""
    return max(steps, key=STEPS.index, default="none")


def step_taken(before: str, after: str) -> Step:
    """Return the step from a version X.Y.Z to a newer one; none where it is not newer."""
    old, new = _numbers(before), _numbers(after)
    if new <= old:
        return "none"
    if new[0] > old[0]:
        return "major"
    return "minor" if new[1] > old[1] else "patch"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
