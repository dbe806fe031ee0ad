"""How the invented world is laid out: who belongs to whom, from projects down to test cases, by arithmetic alone."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MODIFIED_FROM = 1_730_419_200  # 2024-11-01T00:00:00Z, when the oldest execution was last changed
MODIFIED_SPAN = 730 * 86_400  # two years, over which all executions are spread
USERS = 60
_TESTCASES_AT_LEAST = 440
_EXECUTIONS_A_TESTCASE = 5


@dataclass(frozen=True, slots=True)
class Nest:
    """Which positions of a kind lie under which parent: one run of neighbours each."""

    starts: tuple[int, ...]

    @classmethod
    def of(cls, counts: Iterable[int]) -> Nest:
        """Lay out so many children under each parent."""
        return cls((0, *accumulate(counts)))

    @property
    def total(self) -> int:
        """The number of children under all parents."""
        return self.starts[-1]

    def children(self, parent: int) -> range:
        """Return the positions under one parent."""
        return range(self.starts[parent], self.starts[parent + 1])

    def parent(self, child: int) -> int:
        """Return the position of the parent."""
        return bisect_right(self.starts, child) - 1


@dataclass(frozen=True, slots=True)
class Numbering:
    """The ids of one kind: no two kinds share one, so that an id in the wrong place shows."""

    first: int

    def id(self, position: int) -> int:
        """Return the id at a position."""
        return self.first + position

    def position(self, number: int) -> int:
        """Return the position of an id; below 0 or beyond the last where there is none."""
        return number - self.first


PROJECT_IDS = Numbering(1)
USER_IDS = Numbering(51)
RELEASE_IDS = Numbering(201)
CYCLE_IDS = Numbering(401)
PHASE_IDS = Numbering(601)
EXECUTION_IDS = Numbering(1_000_000_001)
TESTCASE_IDS = Numbering(100_001)

FORBIDDEN = frozenset({3, 7, 8, 13, 17, 21, 24, 26, 29, 31, 34, 36})  # projects that refuse the token
ACTIVE = frozenset({0, 2})
RELEASES = Nest.of(
    (4, 3, 5, 3, 2, 0, 4, 3, 3, 3, 1, 5, 2, 3, 3, 0, 4, 3, 5, 3, 0, 3, 0, 0, 3, 0, 3, 0, 0, 3, 0, 3, 0, 0, 3, 0, 3)
)
PROJECT_COUNT = len(RELEASES.starts) - 1
READABLE_RELEASES = tuple(r for r in range(RELEASES.total) if RELEASES.parent(r) not in FORBIDDEN)
_RANK = {release: rank for rank, release in enumerate(READABLE_RELEASES)}
_CYCLES_EACH = (3, 2, 0, 1, 4, 2, 1, 0, 3, 2, 3)
CYCLES = Nest.of(_CYCLES_EACH[_RANK[r] % len(_CYCLES_EACH)] if r in _RANK else 0 for r in range(RELEASES.total))
_PHASES_EACH = (2, 1, 3, 0, 7, 4, 1, 2, 5, 3, 6, 1)
PHASES = Nest.of(_PHASES_EACH[cycle % len(_PHASES_EACH)] for cycle in range(CYCLES.total))


@dataclass(frozen=True, slots=True)
class World:
    """One invented world: a seed for what things are called, and how many executions there are."""

    seed: int
    executions: int

    @property
    def testcases(self) -> int:
        """The number of test cases, shared out evenly among the readable releases."""
        return max(_TESTCASES_AT_LEAST, self.executions // _EXECUTIONS_A_TESTCASE)

    def executions_of_phases(self, phases: range) -> range:
        """Return the executions of neighbouring phases."""
        return range(phases.start * self.executions // PHASES.total, phases.stop * self.executions // PHASES.total)

    def executions_of_release(self, release: int) -> range:
        """Return the executions in all phases of all cycles of a release."""
        return self.executions_of_phases(phases_of_release(release))

    def phase_of(self, execution: int) -> int:
        """Return the phase that an execution lies in."""
        return ((execution + 1) * PHASES.total - 1) // self.executions

    def testcases_of(self, release: int) -> range:
        """Return the test cases of a release, none where the token may not read it."""
        if release not in _RANK:
            return range(0)
        rank, shares = _RANK[release], len(READABLE_RELEASES)
        return range(rank * self.testcases // shares, (rank + 1) * self.testcases // shares)

    def release_of_testcase(self, testcase: int) -> int:
        """Return the release that a test case belongs to."""
        return READABLE_RELEASES[((testcase + 1) * len(READABLE_RELEASES) - 1) // self.testcases]

    def testcase_of(self, execution: int) -> int:
        """Return the test case that an execution runs: those of its release in turn."""
        release = release_of_phase(self.phase_of(execution))
        cases = self.testcases_of(release)
        return cases[(execution - self.executions_of_release(release).start) % len(cases)]

    def executions_of_testcase(self, testcase: int) -> range:
        """Return the executions of one test case."""
        release = self.release_of_testcase(testcase)
        cases, executions = self.testcases_of(release), self.executions_of_release(release)
        return range(executions.start + testcase - cases.start, executions.stop, len(cases))

    def modified_at(self, execution: int) -> int:
        """Return when an execution was last changed, in seconds since 1970; later ones never before earlier ones."""
        return MODIFIED_FROM + execution * MODIFIED_SPAN // self.executions

    def modified_since(self, seconds: int) -> range:
        """Return the executions changed at that second or later."""
        first = -((MODIFIED_FROM - seconds) * self.executions // MODIFIED_SPAN)
        return range(min(max(first, 0), self.executions), self.executions)


def phases_of_release(release: int) -> range:
    """Return the phases of all cycles of a release."""
    cycles = CYCLES.children(release)
    return range(PHASES.starts[cycles.start], PHASES.starts[cycles.stop])


def release_of_phase(phase: int) -> int:
    """Return the release that a phase belongs to."""
    return CYCLES.parent(PHASES.parent(phase))


def releases_per_project() -> dict[int, int]:
    """Return how many releases each project has, by project id, readable or not."""
    return {PROJECT_IDS.id(p): len(RELEASES.children(p)) for p in range(PROJECT_COUNT)}


def readable_projects() -> tuple[int, ...]:
    """Return the ids of the projects that the token may read."""
    return tuple(PROJECT_IDS.id(p) for p in range(PROJECT_COUNT) if p not in FORBIDDEN)


def cycles_per_release() -> dict[int, int]:
    """Return how many cycles each release has, by release id."""
    return {RELEASE_IDS.id(r): len(CYCLES.children(r)) for r in range(RELEASES.total)}


def executions_per_release(world: World) -> dict[int, int]:
    """Return how many executions each release has, by release id."""
    return {RELEASE_IDS.id(r): len(world.executions_of_release(r)) for r in range(RELEASES.total)}
