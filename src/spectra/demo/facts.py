"""What the demo answers where no single kind of record is meant: counts, licences, preferences, shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from spectra.demo import records as r
from spectra.demo import selection as s
from spectra.demo import world as w
from spectra.demo.chance import draw
from spectra.demo.furnishings import FIELDS, HISTORIES, STEPS

if TYPE_CHECKING:
    from spectra.demo.answers import Question
    from spectra.demo.selection import Chosen
    from spectra.demo.world import World

LICENSE: Final[dict[str, object]] = {"licensedTo": "Nobody in particular", "type": "demo", "validUntil": "12/31/2030"}
PREFERENCES: Final[list[dict[str, object]]] = [
    {"id": 1, "name": "page.size", "value": "10"},
    {"id": 2, "name": "date.format", "value": "MM/dd/yyyy"},
    {"id": 3, "name": "session.minutes", "value": "30"},
]
LISTS_OF_VALUES: Final[list[dict[str, object]]] = [
    {
        "id": 1,
        "name": "execution.status",
        "values": {"1": "passed", "2": "failed", "3": "blocked", "4": "not executed"},
    },
    {"id": 2, "name": "testcase.priority", "values": {"1": "P1", "2": "P2", "3": "P3", "4": "P4", "5": "P5"}},
]
TAGS: Final[list[dict[str, object]]] = [{"id": 1, "tag": "smoke"}, {"id": 2, "tag": "nightly"}]
_TEAM, _STEPS_EACH, _CHANGES_EACH, _LEADS = 7, 4, 5, 3


def _under_release(kind: s.Kind, nest: w.Nest) -> s.Select:
    return s.below(kind, s.RELEASE, "releaseid", lambda world, release: nest.children(release + 0 * world.seed))


releases_of_project = s.below(
    s.RELEASE, s.PROJECT, "projectid", lambda world, project: w.RELEASES.children(project + 0 * world.seed)
)
cycles_of_release = _under_release(s.CYCLE, w.CYCLES)
trees_of_release = s.below(s.TREE, s.RELEASE, "releaseid", s.trees_of_release)
executions_of_release = s.below(
    s.EXECUTION, s.RELEASE, "releaseid", lambda world, release: world.executions_of_release(release)
)


def projects_of_user(question: Question) -> Chosen:
    """Choose the readable projects in which a user works: every third."""
    user = s.USER.position(question.world, question.number("userid"))
    readable = [p for p in range(w.PROJECT_COUNT) if p not in w.FORBIDDEN]
    return s.Chosen(question.world, readable[user % 3 :: 3], r.project)


def team_of_project(world: World, project: int) -> tuple[int, ...]:
    """Return the users who work in a project."""
    first = draw(world.seed, "team", project) % w.USERS
    return tuple((first + member) % w.USERS for member in range(_TEAM))


def fields_of_project(world: World, project: int) -> range:
    """Return the fields that a project shows."""
    return range((world.seed + project) % 2, FIELDS, 2)


def steps_of(world: World, testcase: int) -> range:
    """Return the steps of a test case."""
    first = draw(world.seed, "steps", testcase) % (STEPS - _STEPS_EACH)
    return range(first, first + _STEPS_EACH)


def history_of(world: World, testcase: int) -> range:
    """Return the changes of a test case."""
    first = draw(world.seed, "changes", testcase) % (HISTORIES - _CHANGES_EACH)
    return range(first, first + _CHANGES_EACH)


def leads(question: Question) -> list[r.Record]:
    """Return who leads projects."""
    return s.every(s.USER)(question).slice(0, _LEADS)


def count_of_testcases(question: Question) -> r.Record:
    """Return how many test cases there are, in a release where one is named."""
    return {"count": len(s.testcases(question).positions)}


def count_of_release(question: Question) -> r.Record:
    """Return how much a release holds."""
    world = question.world
    release = s.RELEASE.position(world, question.number("releaseid"))
    return {
        "releaseId": w.RELEASE_IDS.id(release),
        "cycles": len(w.CYCLES.children(release)),
        "executions": len(world.executions_of_release(release)),
        "testcases": len(world.testcases_of(release)),
    }


def tags_of_release(question: Question) -> list[dict[str, object]]:
    """Return the tags used in a release."""
    s.RELEASE.position(question.world, question.number("releaseid"))
    return TAGS


def license_peak(question: Question) -> r.Record:
    """Return how many seats were taken at most."""
    return {"licenseType": question.params.get("licensetype", ""), "peak": w.USERS - 3}


def gadget(question: Question) -> r.Record:
    """Return what a dashboard shows."""
    return {"dashboardId": question.number("dashboardid"), "gadgets": ["progress", "defects"]}
