"""The records of the five levels, each made from seed and position when it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from spectra.demo import world as w
from spectra.demo.chance import draw, pick
from spectra.demo.names import epoch_ms, person, task, title, us_date

if TYPE_CHECKING:
    from spectra.demo.world import World

Record: TypeAlias = dict[str, object]

_DAYS = 900
_STATUSES = ("1", "1", "1", "2", "3", "4", None)
_ENVIRONMENTS = ("staging", "rehearsal", "production", "")
_DESCRIPTION_ABSENT, _START_ABSENT, _END_ABSENT = 42, 33, 45  # of the 80 releases


def _without_none(record: Record) -> Record:
    """Return the record as this API writes it: a key without a value is omitted, never null."""
    return {key: value for key, value in record.items() if value is not None}


def project(world: World, position: int) -> Record:
    """Return one project in full."""
    bits = draw(world.seed, "project", position)
    day = bits % _DAYS
    return _without_none(
        {
            "id": w.PROJECT_IDS.id(position),
            "version": bits % 9,
            "name": title(world.seed, "project", position),
            "description": f"What {title(world.seed, 'project', position)} is tested for" if bits & 4 else None,
            "startDate": us_date(day),
            "projectStartDate": epoch_ms(day),
            "endDate": us_date(day + 365) if bits & 8 else None,
            "projectEndDate": epoch_ms(day + 365) if bits & 8 else None,
            "status": str(bits % 3),
            "showItem": bool(bits & 16),
            "newItem": False,
            "members": [{"userId": w.USER_IDS.id((bits >> shift) % w.USERS), "roleId": 3} for shift in (8, 16, 24)],
            "projectGroups": [],
            "createdOn": epoch_ms(day) + bits % 86_400_000,
            "shared": False,
            "active": position in w.ACTIVE,
            "dashboardSecured": bool(bits & 32),
            "allowedInternally": True,
            "isolationLevel": bits % 2,
            "customProperties": {},
            "customFieldValues": [],
            "externalId": f"EXT-{bits % 10_000:04d}" if bits & 64 else None,
        }
    )


def project_lite(world: World, position: int) -> Record:
    """Return one project as id and name."""
    return {"id": w.PROJECT_IDS.id(position), "name": title(world.seed, "project", position)}


def release(world: World, position: int) -> Record:
    """Return one release; over all of them description, startDate and endDate are absent in 42, 33 and 45."""
    bits = draw(world.seed, "release", position)
    day, length, turn = bits % _DAYS, 14 + (bits >> 16) % 90, world.seed % w.RELEASES.total
    described = (position * 37 + turn) % w.RELEASES.total >= _DESCRIPTION_ABSENT
    started = (position * 13 + turn) % w.RELEASES.total >= _START_ABSENT
    ended = (position * 27 + turn) % w.RELEASES.total >= _END_ABSENT
    return _without_none(
        {
            "id": w.RELEASE_IDS.id(position),
            "name": title(world.seed, "release", position),
            "description": f"Everything due by {us_date(day + length)}" if described else None,
            "startDate": us_date(day) if started else None,
            "releaseStartDate": epoch_ms(day) if started else None,
            "endDate": us_date(day + length) if ended else None,
            "releaseEndDate": epoch_ms(day + length) if ended else None,
            "createdDate": epoch_ms(day) - bits % 86_400_000,
            "status": bits % 3,
            "projectId": w.PROJECT_IDS.id(w.RELEASES.parent(position)),
            "orderId": position - w.RELEASES.children(w.RELEASES.parent(position)).start,
            "globalRelease": False,
            "projectRelease": True,
            "hasChild": bool(w.CYCLES.children(position)),
            "syncEnabled": bool(bits & 32),
        }
    )


def cycle(world: World, position: int) -> Record:
    """Return one cycle with its phases inside."""
    bits = draw(world.seed, "cycle", position)
    day = bits % _DAYS
    return {
        "id": w.CYCLE_IDS.id(position),
        "environment": pick(_ENVIRONMENTS, bits),
        "build": f"{bits % 4}.{(bits >> 8) % 20}.{(bits >> 16) % 100}",
        "name": title(world.seed, "cycle", position),
        "startDate": us_date(day),
        "endDate": us_date(day + 13),
        "cycleStartDate": epoch_ms(day),
        "cycleEndDate": epoch_ms(day + 13),
        "status": bits % 2,
        "revision": bits % 50,
        "releaseId": w.RELEASE_IDS.id(w.CYCLES.parent(position)),
        "cyclePhases": [phase(world, child) for child in w.PHASES.children(position)],
        "createdOn": epoch_ms(day) - 3_600_000,
        "hasChild": bool(w.PHASES.children(position)),
    }


def phase(world: World, position: int) -> Record:
    """Return one phase of a cycle."""
    bits = draw(world.seed, "phase", position)
    day = bits % _DAYS
    return {
        "id": w.PHASE_IDS.id(position),
        "name": title(world.seed, "phase", position),
        "tcrCatalogTreeId": bits % 9_000,
        "freeForm": bool(bits & 1),
        "startDate": us_date(day),
        "endDate": us_date(day + 6),
        "createdOn": epoch_ms(day),
        "cycleId": w.CYCLE_IDS.id(w.PHASES.parent(position)),
    }


def execution(world: World, position: int) -> Record:
    """Return one execution; its tester follows from its position, its status may be absent."""
    bits = draw(world.seed, "execution", position)
    modified, case, tester = world.modified_at(position), world.testcase_of(position), tester_of(position)
    record: Record = {
        "id": w.EXECUTION_IDS.id(position),
        "assignmentDate": us_date(bits % _DAYS),
        "testerId": w.USER_IDS.id(tester),
        "testerIdName": " ".join(person(world.seed, tester)),
        "estimatedTime": (bits >> 16) % 7_200,
        "cyclePhaseId": w.PHASE_IDS.id(world.phase_of(position)),
        "lastModifiedOn": datetime.fromtimestamp(modified, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tcrTreeTestcase": {
            "id": w.TESTCASE_IDS.id(case),
            "revision": bits % 40,
            "lastModifiedOn": modified * 1_000,
            "versionNumber": 1 + bits % 4,
        },
    }
    status = pick(_STATUSES, bits >> 32)
    if status is not None:
        record |= {"status": status, "actualTime": (bits >> 40) % 7_200}
    return record


def tester_of(execution: int) -> int:
    """Return the user who tests an execution: all users in turn."""
    return execution % w.USERS


def testcase(world: World, position: int) -> Record:
    """Return one test case."""
    bits = draw(world.seed, "testcase", position)
    return _without_none(
        {
            "id": w.TESTCASE_IDS.id(position),
            "versionId": w.TESTCASE_IDS.id(position),
            "altId": f"ALT-{position + 1}",
            "name": task(world.seed, position),
            "description": "Steps are kept apart." if bits & 1 else None,
            "priority": str(1 + (bits >> 8) % 5),
            "tag": " ".join(tag for flag, tag in ((2, "smoke"), (4, "nightly")) if bits & flag) or None,
            "automated": bool(bits & 8),
            "estimatedTime": (bits >> 16) % 7_200,
            "releaseId": w.RELEASE_IDS.id(world.release_of_testcase(position)),
            "creationDate": us_date(bits % _DAYS),
            "lastModifiedOn": epoch_ms(bits % _DAYS),
            "customProperties": {},
        }
    )
