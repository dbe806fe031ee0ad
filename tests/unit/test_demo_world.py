from __future__ import annotations

from itertools import pairwise

import pytest

from spectra.demo import records as r
from spectra.demo import world as w
from spectra.demo.chance import draw

WORLD = w.World(seed=7, executions=50_000)


def test_37_projects_hold_80_releases_of_which_44_may_be_read() -> None:
    per_project = w.releases_per_project()

    assert len(per_project) == 37
    assert sum(per_project.values()) == 80
    assert sum(per_project[project] for project in w.readable_projects()) == 44
    assert len(w.ACTIVE) == 2
    assert {w.PROJECT_IDS.id(position) for position in w.ACTIVE} <= set(w.readable_projects())


def test_84_cycles_lie_under_readable_releases_only() -> None:
    per_release = w.cycles_per_release()
    readable = {w.RELEASE_IDS.id(position) for position in w.READABLE_RELEASES}

    assert sum(per_release.values()) == 84
    assert {release for release, count in per_release.items() if count} <= readable


def test_a_cycle_has_0_to_7_phases() -> None:
    counts = {len(w.PHASES.children(cycle)) for cycle in range(w.CYCLES.total)}

    assert (min(counts), max(counts)) == (0, 7)


@pytest.mark.parametrize("executions", [0, 1, 100, 50_000, 999_983])
def test_every_execution_lies_in_exactly_one_release(executions: int) -> None:
    world = w.World(seed=1, executions=executions)
    blocks = [world.executions_of_release(release) for release in range(w.RELEASES.total)]

    assert blocks[0].start == 0
    assert all(before.stop == after.start for before, after in pairwise(blocks))
    assert sum(w.executions_per_release(world).values()) == executions


def test_phase_of_an_execution_is_the_phase_that_lists_it() -> None:
    for phase in range(w.PHASES.total):
        for execution in world_edges(WORLD.executions_of_phases(range(phase, phase + 1))):
            assert WORLD.phase_of(execution) == phase


def world_edges(positions: range) -> tuple[int, ...]:
    return (positions[0], positions[-1]) if positions else ()


@pytest.mark.parametrize("execution", [0, 1, 777, 25_000, 49_999])
def test_a_test_case_lists_the_executions_that_name_it(execution: int) -> None:
    case = WORLD.testcase_of(execution)

    assert execution in WORLD.executions_of_testcase(case)
    assert {WORLD.testcase_of(other) for other in WORLD.executions_of_testcase(case)} == {case}


@pytest.mark.parametrize("position", [0, 1, 12_345, 49_999])
def test_modified_since_keeps_what_changed_then_or_later(position: int) -> None:
    moment = WORLD.modified_at(position)

    assert WORLD.modified_since(moment)[0] == position
    assert WORLD.modified_since(moment + 1)[:1] in (range(position + 1, position + 2), range(50_000, 50_000))
    assert len(WORLD.modified_since(0)) == 50_000
    assert len(WORLD.modified_since(32_472_144_000)) == 0


def test_of_80_releases_description_lacks_in_42_start_in_33_end_in_45() -> None:
    for seed in (0, 7, 12_345):
        world = w.World(seed, 0)
        rows = [r.release(world, position) for position in range(w.RELEASES.total)]
        absent = {key: sum(key not in row for row in rows) for key in ("description", "startDate", "endDate")}

        assert absent == {"description": 42, "startDate": 33, "endDate": 45}
        assert all(value is not None for row in rows for value in row.values())


def test_the_same_seed_gives_the_same_record_and_another_seed_another() -> None:
    same, other = w.World(7, 50_000), w.World(8, 50_000)

    for make in (r.project, r.release, r.cycle, r.execution, r.testcase):
        assert make(WORLD, 3) == make(same, 3)
        assert make(WORLD, 3) != make(other, 3)


def test_a_record_does_not_depend_on_which_were_made_before() -> None:
    alone = r.execution(w.World(7, 50_000), 40_000)
    [r.execution(WORLD, position) for position in range(100)]

    assert r.execution(WORLD, 40_000) == alone


def test_executions_have_status_1_to_4_or_none() -> None:
    statuses = {r.execution(WORLD, position).get("status") for position in range(500)}

    assert statuses == {"1", "2", "3", "4", None}


def test_draws_of_neighbouring_positions_streams_and_seeds_share_nothing() -> None:
    draws = {draw(seed, stream, position) for seed in range(20) for stream in "abc" for position in range(50)}

    assert len(draws) == 20 * 3 * 50
    assert all(0 <= bits < 1 << 64 for bits in draws)


def test_no_two_kinds_of_the_five_levels_share_an_id() -> None:
    spans = [
        (w.PROJECT_IDS, w.PROJECT_COUNT),
        (w.RELEASE_IDS, w.RELEASES.total),
        (w.CYCLE_IDS, w.CYCLES.total),
        (w.PHASE_IDS, w.PHASES.total),
        (w.TESTCASE_IDS, w.World(7, 1_000_000).testcases),
        (w.EXECUTION_IDS, 1_000_000),
        (w.USER_IDS, w.USERS),
    ]
    ids = [set(range(numbering.first, numbering.first + count)) for numbering, count in spans]

    assert len(set.union(*ids)) == sum(map(len, ids))
