"""A project around a served API, ready to run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from spectra import Pipeline
from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "canary-7f3a9c51d2e84b60-token"


@dataclass(slots=True)
class World:
    """A small API with two levels, two roots and a filter that works; tests change it as they need."""

    roots: list[dict[str, Any]] = field(default_factory=lambda: [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}])
    tasks: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            "1": [{"id": 10, "project": 1}, {"id": 11, "project": 1}],
            "2": [{"id": 20, "project": 2}],
        }
    )
    token: str | None = TOKEN
    special: dict[str, Callable[[Asked], Answered]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answered:  # noqa: PLR0911 - one line an endpoint
        if asked.path in self.special:
            return self.special[asked.path](asked)
        if self.token is not None and asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answered({"errorMsg": "who are you", "errorCode": 401}, 401)
        parts = asked.path.strip("/").split("/")
        match parts:
            case ["api", "projects"]:
                return Answered(self.roots)
            case ["api", "projects", key, "tasks"]:
                return Answered(self.tasks[key]) if key in self.tasks else Answered(b"", 404)
            case ["api", "tasks"]:
                wanted = asked.query.get("project")
                every = [task for tasks in self.tasks.values() for task in tasks]
                found = [task for task in every if wanted is None or str(task["project"]) == wanted]
                return Answered({"total": len(found), "results": found})
            case ["api", "tasks", key]:
                every = [task for tasks in self.tasks.values() for task in tasks]
                return next((Answered(task) for task in every if str(task["id"]) == key), Answered(b"", 404))
        return Answered(b"", 404)


CATALOGUE = [
    {"method": "GET", "path": "/projects"},
    {"method": "GET", "path": "/projects/{projectId}/tasks"},
    {"method": "GET", "path": "/tasks", "query_parameters": ["project"]},
    {"method": "GET", "path": "/tasks/{id}"},
    {"method": "GET", "path": "/missing"},
    {"method": "GET", "path": "/widgets/{widgetId}"},
    {"method": "POST", "path": "/tasks"},
]


def definition(url: str, **changes: Any) -> dict[str, Any]:
    """Return a definition of the world; top-level keys can be changed, None takes one away."""
    plain = {
        "source": "acme",
        "name": "Acme",
        "base_url": f"{url}/api",
        "auth": {"type": "bearer", "token": "secret://ACME_TOKEN", "probe": "/projects"},
        "limits": {"requests_per_second": 500, "concurrency": 8, "attempts": 2, "total_seconds": 5},
        "catalogue": {"file": "endpoints.json"},
        "ids": {"projectid": "project.id"},
        "endpoints": {"/tasks/{id}": {"ids": {"id": "task.id"}}},
        "entities": {
            "project": {"endpoint": "/projects", "key": ["id"]},
            "task": {"endpoint": "/projects/{projectId}/tasks", "key": ["id"], "parents": ["project"]},
            "found_task": {"endpoint": "/tasks", "key": ["id"], "query": {"project": "project.id"}},
        },
        "roots": {"entity": "project"},
        "expect": {"endpoints": 7, "levels": ["project", "task"]},
        "error_body": ["errorMsg", "errorCode"],
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


@dataclass(slots=True)
class Project:
    """A project folder on disk."""

    folder: Path
    url: str
    name: str = "acme"

    def write(self, *, token: str | None = TOKEN, catalogue: list[Any] | None = None, **changes: Any) -> None:
        """Write definition, catalogue and secrets; JSON is YAML."""
        sources = self.folder / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        (self.folder / "spectra.yaml").write_text("lakehouse: ./lakehouse\n")
        (sources / "endpoints.json").write_text(json.dumps(catalogue or CATALOGUE))
        made = definition(self.url, **({"source": self.name} | changes))
        (sources / f"{self.name}.yaml").write_text(json.dumps(made, indent=1))
        (self.folder / ".env").write_text("" if token is None else f"ACME_TOKEN={token}\n")

    def pipeline(self, **given: Any) -> Pipeline:
        """Open the project."""
        return Pipeline(self.folder, **given)

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Return rows of a table at its newest version, filtered by equality."""
        found = self.pipeline().table(table).to_pylist()
        return [row for row in found if all(row[name] == value for name, value in where.items())]

    def newest(self) -> dict[str, Any]:
        """Return the newest row of log.source."""
        return max(self.rows("log.source", source_system=self.name), key=lambda row: row["run_seq"])


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def api(world: World) -> Iterator[ServedApi]:
    with ServedApi(world) as served:
        yield served


@pytest.fixture
def project(tmp_path: Path, api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    made = Project(tmp_path / "project", api.url)
    made.write()
    return made
