"""Which records a question means: positions that cost nothing to hold, and the function that makes one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from spectra.demo import furnishings as f
from spectra.demo import records as r
from spectra.demo import world as w
from spectra.demo.answers import NOT_FOUND, Question, RefusedError, refusal, whole_number

if TYPE_CHECKING:
    from spectra.demo.records import Record
    from spectra.demo.world import Numbering, World


_FEW = 10


def _always(position: int) -> bool:
    del position
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: how it is numbered, how many there are, what one looks like, which the token may read."""

    ids: Numbering
    count: Callable[[World], int]
    record: Callable[[World, int], Record]
    readable: Callable[[int], bool] = _always

    def position(self, world: World, number: int) -> int:
        """Return the position of an id; raises RefusedError: 404 where there is none, 403 where it is not readable."""
        position = self.ids.position(number)
        if not 0 <= position < self.count(world):
            raise RefusedError(NOT_FOUND)
        if not self.readable(position):
            raise RefusedError(refusal(403, "User does not have the permission to read this."))
        return position


@dataclass(frozen=True, slots=True)
class Chosen:
    """The records that a question means, none of them made yet."""

    world: World
    positions: Sequence[int]
    record: Callable[[World, int], Record]

    def slice(self, start: int, size: int) -> list[Record]:
        """Make the records of one page."""
        return [self.record(self.world, position) for position in self.positions[start : start + size]]


Select: TypeAlias = Callable[[Question], Chosen]


def _release_readable(position: int) -> bool:
    return w.RELEASES.parent(position) not in w.FORBIDDEN


def _fixed(count: int) -> Callable[[World], int]:
    return lambda world: count + 0 * world.seed


PROJECT = Kind(w.PROJECT_IDS, _fixed(w.PROJECT_COUNT), r.project, lambda position: position not in w.FORBIDDEN)
PROJECT_LITE = Kind(w.PROJECT_IDS, _fixed(w.PROJECT_COUNT), r.project_lite, PROJECT.readable)
RELEASE = Kind(w.RELEASE_IDS, _fixed(w.RELEASES.total), r.release, _release_readable)
CYCLE = Kind(w.CYCLE_IDS, _fixed(w.CYCLES.total), r.cycle)
PHASE = Kind(w.PHASE_IDS, _fixed(w.PHASES.total), r.phase)
EXECUTION = Kind(w.EXECUTION_IDS, lambda world: world.executions, r.execution)
TESTCASE = Kind(w.TESTCASE_IDS, lambda world: world.testcases, r.testcase)
USER = Kind(w.USER_IDS, _fixed(w.USERS), f.user)
FIELD = Kind(f.FIELD_IDS, _fixed(f.FIELDS), f.field)
FIELD_TYPE = Kind(w.Numbering(1), _fixed(f.FIELD_TYPES), f.field_type)
TREE = Kind(f.TREE_IDS, _fixed(f.TREES), f.tree)
TEMPLATE = Kind(f.TEMPLATE_IDS, _fixed(f.TEMPLATES), f.template)
DEFECT = Kind(f.DEFECT_IDS, _fixed(f.DEFECTS), f.defect)
STEP = Kind(f.STEP_IDS, _fixed(f.STEPS), f.step)
HISTORY = Kind(f.HISTORY_IDS, _fixed(f.HISTORIES), f.history)
FLAT = Kind(f.FLAT_IDS, _fixed(f.FLAT), f.flat)


def every(kind: Kind) -> Select:
    """Choose all records of a kind."""
    return lambda question: Chosen(question.world, range(kind.count(question.world)), kind.record)


def by_id(kind: Kind, name: str) -> Select:
    """Choose the one record whose id stands in the path."""

    def select(question: Question) -> Chosen:
        return Chosen(question.world, (kind.position(question.world, question.number(name)),), kind.record)

    return select


def by_ids(kind: Kind, param: str) -> Select:
    """Choose the records whose ids a query parameter lists, the first few where it is missing."""

    def select(question: Question) -> Chosen:
        text, world = question.params.get(param, ""), question.world
        if not text:
            return Chosen(world, range(min(_FEW, kind.count(world))), kind.record)
        positions = (kind.ids.position(whole_number(part)) for part in text.split(","))
        return Chosen(world, tuple(p for p in positions if 0 <= p < kind.count(world)), kind.record)

    return select


def below(kind: Kind, parent: Kind, name: str, children: Callable[[World, int], Sequence[int]]) -> Select:
    """Choose the records under the parent whose id stands in the path."""

    def select(question: Question) -> Chosen:
        position = parent.position(question.world, question.number(name))
        return Chosen(question.world, children(question.world, position), kind.record)

    return select


def nothing(question: Question) -> Chosen:
    """Choose no record."""
    return Chosen(question.world, (), r.project)


def nothing_below(parent: Kind, name: str) -> Select:
    """Choose no record, after looking whether the parent may be read."""
    return below(parent, parent, name, lambda world, position: range(0 * (world.seed + position)))


def fields_of_entity(question: Question) -> Chosen:
    """Choose the fields that a kind of record has, by its name."""
    wanted = next(iter(question.ids.values()))
    if wanted not in f.FIELD_ENTITIES:
        raise RefusedError(NOT_FOUND)
    first = f.FIELD_ENTITIES.index(wanted)
    return Chosen(question.world, range(first, f.FIELDS, len(f.FIELD_ENTITIES)), f.field)


def trees_of_release(world: World, release: int) -> range:
    """Return the tree nodes of a release."""
    del world
    if release not in w.READABLE_RELEASES:
        return range(0)
    first = w.READABLE_RELEASES.index(release) * f.BRANCHES
    return range(first, first + f.BRANCHES)


def trees_of_project(world: World, project: int) -> tuple[int, ...]:
    """Return the tree nodes of all releases of a project."""
    return tuple(node for release in w.RELEASES.children(project) for node in trees_of_release(world, release))


def testcases_of_tree(world: World, node: int) -> range:
    """Return the test cases that hang in a tree node."""
    rank, branch = divmod(node, f.BRANCHES)
    return world.testcases_of(w.READABLE_RELEASES[rank])[branch :: f.BRANCHES]


def testcases(question: Question) -> Chosen:
    """Choose test cases; `releaseid` filters, every other parameter is ignored."""
    world, text = question.world, question.params.get("releaseid", "")
    positions = world.testcases_of(RELEASE.ids.position(whole_number(text))) if text else range(world.testcases)
    return Chosen(world, positions, r.testcase)


def executions_of_altid(question: Question) -> Chosen:
    """Choose the executions of the test case whose alternate id, ALT-1 or so, stands in the path."""
    prefix, _, rest = question.ids["altid"].partition("-")
    position = whole_number(rest) - 1 if prefix == "ALT" else -1
    world = question.world
    if not 0 <= position < world.testcases:
        raise RefusedError(NOT_FOUND)
    return Chosen(world, world.executions_of_testcase(position), r.execution)


def executions(question: Question) -> Chosen:
    """Choose executions; releaseid, cyclephaseid, testerid and modifiedsince filter, anything else is ignored.

    `modifiedsince` takes milliseconds since 1970 or ISO 8601, and keeps what changed then or later.
    """
    world, positions = question.world, range(question.world.executions)
    for param, narrowed in _EXECUTION_FILTERS.items():
        if text := question.params.get(param, ""):
            positions = _both(positions, narrowed(world, text))
    if text := question.params.get("testerid", ""):
        positions = _every_nth(positions, w.USER_IDS.position(whole_number(text)))
    return Chosen(world, positions, r.execution)


def _in_release(world: World, text: str) -> range:
    position = w.RELEASE_IDS.position(whole_number(text))
    return world.executions_of_release(position) if 0 <= position < w.RELEASES.total else range(0)


def _in_phase(world: World, text: str) -> range:
    position = w.PHASE_IDS.position(whole_number(text))
    return world.executions_of_phases(range(position, position + 1)) if 0 <= position < w.PHASES.total else range(0)


def _since(world: World, text: str) -> range:
    if text.isdigit():
        return world.modified_since(-(-whole_number(text) // 1_000))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(refusal(400, f'Unparseable date: "{text}"')) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return world.modified_since(-int(-aware.timestamp() // 1))


_EXECUTION_FILTERS: dict[str, Callable[[World, str], range]] = {
    "releaseid": _in_release,
    "cyclephaseid": _in_phase,
    "modifiedsince": _since,
}


def _both(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _every_nth(positions: range, tester: int) -> range:
    if not 0 <= tester < w.USERS:
        return range(0)
    first = positions.start + (tester - positions.start) % w.USERS
    return range(first, positions.stop, w.USERS)
