"""The records beside the five levels: users, fields, trees, templates, defects, steps, histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from spectra.demo import world as w
from spectra.demo.chance import draw, pick
from spectra.demo.names import epoch_ms, person, task, title, us_date
from spectra.demo.world import Numbering

if TYPE_CHECKING:
    from spectra.demo.records import Record
    from spectra.demo.world import World

FIELD_IDS: Final = Numbering(2_001)
TREE_IDS: Final = Numbering(3_001)
TEMPLATE_IDS: Final = Numbering(4_001)
DEFECT_IDS: Final = Numbering(5_001)
STEP_IDS: Final = Numbering(6_001)
HISTORY_IDS: Final = Numbering(7_001)
FLAT_IDS: Final = Numbering(9_001)

FIELDS, TEMPLATES, DEFECTS, STEPS, HISTORIES, FLAT = 24, 6, 25, 200, 300, 3
BRANCHES: Final = 4  # tree nodes of each readable release
TREES: Final = BRANCHES * len(w.READABLE_RELEASES)
FIELD_ENTITIES: Final = ("testcase", "requirement", "project", "release")
_FIELD_TYPES: Final = ("TEXT", "LONG_TEXT", "PICKLIST", "NUMBER", "DATE", "CHECKBOX")
_SEVERITIES: Final = ("minor", "major", "blocker")
_CHANGES: Final = ("status", "tester", "actualTime", "comment")


def user(world: World, position: int) -> Record:
    """Return one user; addresses end in a domain that nobody can have."""
    first, last = person(world.seed, position)
    bits = draw(world.seed, "user", position)
    record: Record = {
        "id": w.USER_IDS.id(position),
        "username": f"{first}.{last}.{position + 1}".lower(),
        "firstName": first,
        "lastName": last,
        "fullName": f"{first} {last}",
        "email": f"{first}.{last}.{position + 1}@testers.invalid".lower(),
        "accountEnabled": bits % 10 > 0,
        "type": bits % 3,
        "lastLoggedInOn": epoch_ms(bits % 900),
    }
    return record | ({"title": "Lead"} if bits & 4 else {})


def field(world: World, position: int) -> Record:
    """Return one field that may be shown for a kind of record."""
    name = title(world.seed, "field", position)
    return {
        "id": FIELD_IDS.id(position),
        "entityName": FIELD_ENTITIES[position % len(FIELD_ENTITIES)],
        "fieldName": f"zcf_{position + 1}",
        "displayName": name,
        "fieldType": pick(_FIELD_TYPES, draw(world.seed, "field", position)),
        "systemField": position % 3 == 0,
        "mandatory": position % 5 == 0,
    }


def field_type(world: World, position: int) -> Record:
    """Return one type that a field may have."""
    del world
    return {"id": position + 1, "name": _FIELD_TYPES[position], "sortable": position != 1}


FIELD_TYPES: Final = len(_FIELD_TYPES)


def tree(world: World, position: int) -> Record:
    """Return one node of the tree that test cases hang in; the first of each release is its root."""
    rank, branch = divmod(position, BRANCHES)
    record: Record = {
        "id": TREE_IDS.id(position),
        "name": title(world.seed, "tree", position),
        "type": "Module" if branch else "Phase",
        "releaseId": w.RELEASE_IDS.id(w.READABLE_RELEASES[rank]),
        "createdOn": epoch_ms(draw(world.seed, "tree", position) % 900),
    }
    return record | ({"parentId": TREE_IDS.id(rank * BRANCHES)} if branch else {})


def template(world: World, position: int) -> Record:
    """Return one template for reading results of automated runs."""
    return {
        "id": TEMPLATE_IDS.id(position),
        "name": title(world.seed, "template", position),
        "jsonTemplate": '[{"status": "$suite.case.result"}]',
        "isSystem": position < TEMPLATES // 2,
    }


def defect(world: World, position: int) -> Record:
    """Return one defect."""
    bits = draw(world.seed, "defect", position)
    return {
        "id": DEFECT_IDS.id(position),
        "alternateId": f"BUG-{position + 1}",
        "projectId": w.PROJECT_IDS.id(0),
        "summary": task(world.seed, position),
        "severity": pick(_SEVERITIES, bits),
        "openedOn": us_date(bits % 900),
    }


def step(world: World, position: int) -> Record:
    """Return the result of one step of an execution."""
    bits = draw(world.seed, "step", position)
    return {
        "id": STEP_IDS.id(position),
        "cyclePhaseId": w.PHASE_IDS.id(position % w.PHASES.total),
        "status": str(1 + bits % 4),
        "executedOn": epoch_ms(bits % 900),
        "orderId": position % 8,
    }


def history(world: World, position: int) -> Record:
    """Return one change of a record."""
    bits = draw(world.seed, "history", position)
    return {
        "id": HISTORY_IDS.id(position),
        "changed": pick(_CHANGES, bits),
        "oldValue": str((bits >> 8) % 9),
        "newValue": str((bits >> 16) % 9),
        "changedBy": w.USER_IDS.id((bits >> 24) % w.USERS),
        "changedOn": epoch_ms(bits % 900),
    }


def flat(world: World, position: int) -> Record:
    """Return one record of the endpoints that stand alone."""
    return {"id": FLAT_IDS.id(position), "name": title(world.seed, "flat", position)}
