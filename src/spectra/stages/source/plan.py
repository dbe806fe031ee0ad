"""The plan of a Source run: which requests it will send, as far as that is known before the first one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectra.stages.source.scope import Scope

_PROOF_MOST = 4
_TRIES_OF_A_FILTER = 5


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step: at least and at most so many requests (None: as many as the level above has records), and what for."""

    name: str
    least: int
    most: int | None
    said: str

    def as_dict(self) -> dict[str, Any]:
        """Return the step as JSON has it."""
        return {"step": self.name, "least": self.least, "most": self.most, "said": self.said}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will ask; retries and redirects come on top, at most `attempts` tries for each request.

    `seconds` is what the pace alone takes for the fewest requests; `held_mb` is how many MiB of answers may be in
    memory at once; `not_probed` counts endpoints that will not be asked, by reason.
    """

    source_system: str
    base_url: str
    steps: tuple[PlannedStep, ...]
    not_probed: dict[str, int]
    attempts: int
    requests_per_second: float
    concurrency: int
    held_mb: float

    @property
    def least(self) -> int:
        """The fewest requests."""
        return sum(step.least for step in self.steps)

    @property
    def most(self) -> int | None:
        """The most requests; None where that depends on what the API holds."""
        every = [step.most for step in self.steps]
        known = [most for most in every if most is not None]
        return sum(known) if len(known) == len(every) else None

    @property
    def seconds(self) -> float:
        """How long the fewest requests take at the pace allowed."""
        return max(0.0, (self.least - 1) / self.requests_per_second)

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as JSON has it."""
        return {
            "source_system": self.source_system,
            "base_url": self.base_url,
            "requests_least": self.least,
            "requests_most": self.most,
            "seconds_least": round(self.seconds, 3),
            "answers_held_mb_most": self.held_mb,
            "attempts": self.attempts,
            "requests_per_second": self.requests_per_second,
            "concurrency": self.concurrency,
            "steps": [step.as_dict() for step in self.steps],
            "not_probed": self.not_probed,
        }


def plan_of(scope: Scope) -> Plan:
    """Return the plan of a source as declared; nothing is sent."""
    definition, limits = scope.definition, scope.definition.limits
    probing, not_probed = _probing(scope)
    steps = (_proof(scope), *_levels(scope), *_filters(scope), *_pages(scope), probing)
    ahead = limits.concurrency + limits.concurrency // 2 + 1
    return Plan(
        source_system=definition.source,
        base_url=definition.base_url,
        steps=tuple(step for step in steps if step.most != 0),
        not_probed=not_probed,
        attempts=limits.attempts,
        requests_per_second=limits.requests_per_second,
        concurrency=limits.concurrency,
        held_mb=ahead * limits.response_mb,
    )


def _proof(scope: Scope) -> PlannedStep:
    endpoint = scope.auth_probe()
    if scope.definition.auth.type == "none" or endpoint is None:
        return PlannedStep("authenticated", 0, 0, "")
    return PlannedStep("authenticated", 1, _PROOF_MOST, f"GET {endpoint.path} with credentials and without")


def _levels(scope: Scope) -> list[PlannedStep]:
    steps = []
    for entity in scope.order():
        references = scope.references(entity)
        above = {reference.partition(".")[0] for reference in references}
        path = f"GET {scope.path_of(entity)}"
        if not references:
            steps.append(PlannedStep(f"level {entity}", 1, 1, path))
        elif above <= {scope.root}:
            steps.append(PlannedStep(f"level {entity}", 0, None, f"{path}, once per {scope.root}"))
        else:
            most = scope.definition.walk.parents
            said = f"{path}, under at most {most} parents of each {scope.root or 'root'}"
            steps.append(PlannedStep(f"level {entity}", 0, None if scope.root else most, said))
    return steps


def _filters(scope: Scope) -> list[PlannedStep]:
    entities = scope.definition.entities.values()
    count = sum(len(entity.query) + (entity.incremental is not None) for entity in entities)
    return [PlannedStep("filters", 0, count * _TRIES_OF_A_FILTER, f"{count} parameters tried with two values each")]


def _pages(scope: Scope) -> list[PlannedStep]:
    paged = [name for name, entity in scope.definition.entities.items() if entity.pagination.type != "none"]
    most = len(paged) * scope.definition.walk.pages
    return [PlannedStep("pagination", 0, most, f"pages that follow the first of {', '.join(paged)}")]


def _probing(scope: Scope) -> tuple[PlannedStep, dict[str, int]]:
    sure = needing = 0
    not_probed: dict[str, int] = {}
    for endpoint in scope.catalogue.endpoints:
        fed = scope.feeds(endpoint)
        if endpoint.method != "GET":
            reason = f"{endpoint.method} is never sent"
        elif None in fed.values():
            reason = "no id is mapped for its path"
        else:
            entity = scope.entity_of(endpoint)
            needs = bool(scope.references(entity) if entity else fed)
            needing, sure = needing + needs, sure + (not needs)
            continue
        not_probed[reason] = not_probed.get(reason, 0) + 1
    said = f"{sure} GET endpoints as they are, {needing} with ids found above"
    return PlannedStep("endpoints", sure, sure + needing, said), dict(sorted(not_probed.items()))
