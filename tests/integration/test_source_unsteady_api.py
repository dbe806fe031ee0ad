"""An API that answers now this, now that, and lists that are none: nothing of it is called proven (one run)."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from spectra.testing.served import Answered, Asked, ServedApi
from tests.integration.conftest import TOKEN, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGED = {"type": "page_number", "size_param": "size", "size": 2}
FIRST_PAGES: dict[str, Any] = {
    "volatile": None,
    "broken": [{"id": 1}, {"id": 2}],
    "failing": {"data": [{"id": 1}, {"id": 2}]},
    "busy": {"data": [{"id": 1}, {"id": 2}]},
    "bare": {"data": [{"id": 1}, {"id": 2}]},
    "terse": {"data": [{"id": 1}, {"id": 2}]},
    "jobs": [{"id": 1, "error": "x"}, {"id": 2, "error": "y"}],
}
LAST_PAGES: dict[str, Any] = {
    "broken": {"error": "slow down"},
    "failing": {"errors": ["slow down"], "data": []},
    "busy": b"busy",
    "bare": [{"id": 4}],
    "terse": {"errors": []},
    "jobs": [],
}


class Unsteady:
    """Two servers that take turns and do not agree, behind one address; `/me` is asked for the credentials."""

    def __init__(self) -> None:
        self.turns = {name: itertools.count() for name in ("me", "tasks", "volatile")}

    def __call__(self, asked: Asked) -> Answered:
        name = asked.path.rpartition("/")[2]
        if name in {"me", "tasks"}:
            other = next(self.turns[name]) % 2
            return Answered([{"id": 1}, {"id": 2}][: other + 1])
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answered(b"", 401)
        page = int(asked.query.get("page", "1"))
        if name in {"rows", "steps"}:
            return self.endless(name, asked.path.split("/")[-2], page)
        if name == "volatile":
            return Answered([{"id": each, "read": next(self.turns[name])} for each in (1, 2)])
        if name in FIRST_PAGES:
            second: Any = {"data": [{"id": 3}]} if isinstance(FIRST_PAGES[name], dict) else [{"id": 3}]
            return Answered([FIRST_PAGES[name], second, LAST_PAGES[name]][min(page, 3) - 1])
        return Answered([{"id": 1}, {"id": 2}])

    def endless(self, name: str, project: str, page: int) -> Answered:
        """Answer with lists that are fuller and longer under project 2; the total of one of them is not stated."""
        if project == "2":
            return Answered({"data": [{"id": 2 * page}, {"id": 2 * page + 1}]})
        return Answered({"total": 100, "data": [{"id": page}] if name == "rows" or page == 1 else []})


def under_project(name: str) -> dict[str, Any]:
    path = f"/projects/{{projectId}}/{name}"
    return {"endpoint": path, "key": ["id"], "parents": ["project"], "pagination": PAGED, "records": "data"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder: Path = tmp_path_factory.mktemp("unsteady")
    nested = [f"/projects/{{projectId}}/{name}" for name in ("rows", "steps")]
    paths = [*nested, "/me", "/tasks", "/projects", *(f"/{name}" for name in FIRST_PAGES)]
    lists = {
        name: {
            "endpoint": f"/{name}",
            "key": ["id"],
            "pagination": PAGED,
        }
        | ({"records": "data"} if isinstance(first, dict) else {})
        for name, first in FIRST_PAGES.items()
    }
    with ServedApi(Unsteady()) as api:
        made = Project(folder, api.url)
        made.write(
            auth={"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/me"},
            catalogue=[{"method": "GET", "path": path, "query_parameters": ["project"]} for path in paths],
            entities={
                "project": {"endpoint": "/projects", "key": ["id"]},
                "task": {"endpoint": "/tasks", "key": ["id"], "query": {"project": "project.id"}},
                **lists,
                **{name: under_project(name) for name in ("rows", "steps")},
            },
            ids={"projectid": "project.id"},
            walk={"pages": 6},
            endpoints=None,
            expect=None,
            error_body=None,
        )
        made.pipeline().run("acme")
        yield made


def finding(project: Project, kind: str, subject: str) -> tuple[str, str | None]:
    (row,) = project.rows("log.findings", kind=kind, subject=subject)
    return row["outcome"], row["code"]


def test_servers_that_take_turns_do_not_look_like_credentials_that_work(project: Project) -> None:
    assert finding(project, "auth", "bearer") == ("unproven", "auth-unproven")
    assert project.rows("source.portfolio")[0]["auth_status"] == "Unknown"


def test_servers_that_take_turns_do_not_look_like_a_filter_that_works(project: Project) -> None:
    assert finding(project, "filter", "task.project") == ("unproven", "parameter-unproven")


def test_records_that_only_look_new_are_no_further_page(project: Project) -> None:
    assert finding(project, "pagination", "volatile") == ("failed", "page-repeated")


@pytest.mark.parametrize("entity", ["broken", "failing", "busy", "bare"])
def test_an_error_in_the_place_of_a_page_is_not_the_end_of_a_list(project: Project, entity: str) -> None:
    assert finding(project, "pagination", entity) == ("failed", "page-without-list")


@pytest.mark.parametrize("entity", ["terse", "jobs"])
def test_a_list_that_is_left_out_when_empty_and_records_about_errors_are_in_order(
    project: Project, entity: str
) -> None:
    assert finding(project, "pagination", entity) == ("proven", None)


def test_pages_are_spent_on_the_fullest_list_and_never_more_than_are_allowed(project: Project) -> None:
    (row,) = project.rows("log.findings", kind="pagination", subject="rows")
    evidence = json.loads(row["evidence"])

    assert {each["parents"]["project.id"]: each["pages"] for each in evidence["parents"]} == {"1": 2, "2": 6}
    assert (evidence["pages_read"], evidence["complete"], evidence["total_stated"]) == (8, False, None)


def test_a_list_that_ended_under_one_parent_does_not_make_that_of_another_complete(project: Project) -> None:
    (row,) = project.rows("log.findings", kind="pagination", subject="steps")
    evidence = json.loads(row["evidence"])

    assert {each["parents"]["project.id"]: each["complete"] for each in evidence["parents"]} == {"1": True, "2": False}
    assert evidence["complete"] is False
