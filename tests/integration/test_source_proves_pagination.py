"""One source with a list for each way to come in pages, well and badly; asked twice over real sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from spectra.testing.served import Answered, Asked, ServedApi
from tests.integration.conftest import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.runs.manifest import SourceManifest

NUMBERS = [{"id": n} for n in range(8)]
SIZED = {"size_param": "limit", "size": 3}
TOKEN = {"type": "page_token", "token": "next", "token_param": "t", **SIZED}
OFFSET = {"type": "offset", "size": 3}
STYLES: dict[str, dict[str, Any]] = {
    "whole": TOKEN,
    "linked": {"type": "link_header"},
    "keyed": {"type": "keyset", "fields": {"id": "after"}, **SIZED},
    "people": {"type": "scim", "size": 3},
    "wiki": {"type": "continuation"},
    "looping": {"type": "next_url", "url": "next"},
    "circling": TOKEN,
    "endless": TOKEN,
    "shifting": OFFSET,
    "lying": OFFSET,
    "gappy": TOKEN,
    "capped": {"type": "offset", "size": 1000},
    "ignoring": {"type": "page_number", "size": 3},
    "straying": {"type": "next_url", "url": "next"},
    "breaking": TOKEN,
    "busy": TOKEN,
    "misnamed": {"type": "next_url", "url": "next"},
    "single": OFFSET,
    "quiet": {"type": "none"},
    "longer": {"type": "none"},
    "still": {"type": "none"},
    "task": OFFSET,
}
PLAIN = ("project", "fading", "retired", "bare", "normal")


@dataclass(slots=True)
class Lists:
    """Answers for every list; `gone` are the paths that have been taken away."""

    foreign: str = ""
    gone: set[str] = field(default_factory=set)
    inserted: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answered:
        if asked.path in self.gone:
            return Answered(b"", 404)
        parts = asked.path.strip("/").split("/")
        if parts[1] == "project" and len(parts) > 2:
            return self.sliced([{"id": f"{parts[2]}-{n}"} for n in range(4 * int(parts[2]))], asked)
        answered: Answered = getattr(self, parts[1])(asked)
        return answered

    @staticmethod
    def sliced(records: list[dict[str, Any]], asked: Asked, cap: int = 1000, **beside: Any) -> Answered:
        start, size = int(asked.query.get("offset", 0)), min(int(asked.query.get("limit", 1000)), cap)
        return Answered({"items": records[start : start + size], **beside})

    @staticmethod
    def tokens(asked: Asked, pages: list[list[Any]], **beside: Any) -> Answered:
        place = int(asked.query.get("t", 0))
        following = {"next": str(place + 1)} if place + 1 < len(pages) else {"next": None}
        return Answered({"items": pages[place], **following, **beside})

    def project(self, _: Asked) -> Answered:
        return Answered([{"id": 1}, {"id": 2}])

    def whole(self, asked: Asked) -> Answered:
        return self.tokens(asked, [NUMBERS[:3], NUMBERS[3:6], NUMBERS[6:]], total=8)

    def linked(self, asked: Asked) -> Answered:
        page = int(asked.query.get("page", 1))
        following = {"Link": f'</api/linked>; rel="first", <?page={page + 1}>; rel="next"'} if page < 3 else {}
        return Answered([{"id": page}], headers=following)

    def keyed(self, asked: Asked) -> Answered:
        after = int(asked.query.get("after", -1))
        return Answered([each for each in NUMBERS if each["id"] > after][:2], headers={"X-Total-Count": "8"})

    def people(self, asked: Asked) -> Answered:
        start = int(asked.query["startIndex"]) - 1
        found = NUMBERS[start : start + int(asked.query["count"])]
        return Answered({"schemas": [], "totalResults": 8, "startIndex": start + 1, "Resources": found})

    def wiki(self, asked: Asked) -> Answered:
        if asked.query.get("a") == "1":
            return Answered({"items": [2], "continue": {"b": "2"}})
        return Answered({"items": [3]} if "b" in asked.query else {"items": [1], "continue": {"a": "1", "c": "-"}})

    def looping(self, _: Asked) -> Answered:
        return Answered({"items": [1], "next": "/api/looping"})

    def circling(self, asked: Asked) -> Answered:
        place = int(asked.query.get("t", 0))
        return Answered({"items": [place % 2], "next": place + 1})

    def endless(self, asked: Asked) -> Answered:
        place = int(asked.query.get("t", 0))
        return Answered({"items": [{"id": place}], "next": place + 1})

    def shifting(self, asked: Asked) -> Answered:
        if asked.query["offset"] != "0":
            self.inserted.insert(0, {"id": -len(self.inserted) - 1})
        moved = self.inserted + [each | {"seen": asked.query["offset"]} for each in NUMBERS]
        return self.sliced(moved, asked)

    def lying(self, asked: Asked) -> Answered:
        return self.sliced(NUMBERS, asked, total=11)

    def gappy(self, asked: Asked) -> Answered:
        return self.tokens(asked, [NUMBERS[:3], [], [], NUMBERS[3:]])

    def capped(self, asked: Asked) -> Answered:
        return self.sliced(NUMBERS, asked, cap=3)

    def ignoring(self, _: Asked) -> Answered:
        return Answered(NUMBERS[:3])

    def straying(self, _: Asked) -> Answered:
        return Answered({"items": [1], "next": f"{self.foreign}/api/straying?page=2"})

    def breaking(self, asked: Asked) -> Answered:
        return Answered(b"", 500) if "t" in asked.query else self.tokens(asked, [[1], [2]])

    def busy(self, asked: Asked) -> Answered:
        later = Answered(b"", 429, {"Retry-After": "3600"})
        return later if "t" in asked.query else self.tokens(asked, [[1], [2]])

    def misnamed(self, _: Asked) -> Answered:
        return Answered({"items": [1], "next": {"page": 2}})

    def single(self, asked: Asked) -> Answered:
        return self.sliced(NUMBERS[:2], asked)

    def quiet(self, _: Asked) -> Answered:
        return Answered([1, 2], headers={"Link": "</api/quiet?page=2>; rel=next"})

    def longer(self, _: Asked) -> Answered:
        return Answered({"total": 40, "items": [1, 2]})

    def still(self, _: Asked) -> Answered:
        return Answered(b"", 304)

    def fading(self, _: Asked) -> Answered:
        return Answered([1], headers={"Deprecation": "@1767225600", "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT"})

    def retired(self, _: Asked) -> Answered:
        return Answered([1])

    def bare(self, _: Asked) -> Answered:
        return Answered([])

    def normal(self, _: Asked) -> Answered:
        return Answered([1])


@dataclass(frozen=True, slots=True)
class Runs:
    """What two runs left; between them /retired was taken away."""

    project: Project
    manifests: tuple[SourceManifest, SourceManifest]
    asked: tuple[Asked, ...]
    strayed: int

    def rows(self, table: str, run: int = 0, **where: Any) -> list[dict[str, Any]]:
        version = self.manifests[run].table_versions.get(table)
        found = self.project.pipeline().table(table, version=version).to_pylist()
        where |= {"execution_id": self.manifests[run].execution_id}
        return [row for row in found if all(row[name] == value for name, value in where.items())]

    def proof(self, entity: str) -> dict[str, Any]:
        (row,) = self.rows("log.findings", kind="pagination", subject=entity)
        return row | {"evidence": json.loads(row["evidence"])}

    def notes(self, entity: str) -> dict[str, str]:
        return {row["code"]: row["observed"] for row in self.rows("log.findings", kind="warning", subject=entity)}

    def endpoint(self, path: str, run: int = 0) -> dict[str, Any]:
        (row,) = self.rows("source.endpoints", run, endpoint_path=path)
        return row


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    lists = Lists()
    entities: dict[str, Any] = {name: {"endpoint": f"/{name}", "pagination": style} for name, style in STYLES.items()}
    entities["task"] |= {"endpoint": "/project/{id}/tasks", "key": ["id"]}
    entities["shifting"] |= {"key": ["id"]}
    entities["project"] = {"endpoint": "/project", "key": ["id"]}
    paths = [*(each["endpoint"] for each in entities.values()), *(f"/{name}" for name in PLAIN if name != "project")]
    with ServedApi(lambda _: Answered([])) as canary, ServedApi(lists) as api:
        lists.foreign = canary.url
        project = Project(tmp_path_factory.mktemp("paged"), api.url)
        project.write(
            catalogue=[{"method": "GET", "path": path} for path in paths],
            auth={"type": "none"},
            entities=entities,
            ids={},
            endpoints={"/project/{id}/tasks": {"ids": {"id": "project.id"}}},
            roots=None,
            expect=None,
            walk={"pages": 6},
            limits={"requests_per_second": 2000, "attempts": 1, "concurrency": 4},
            outcomes=[{"status": 404, "endpoint": "/normal", "means": "empty"}],
        )
        first = project.pipeline().source("acme")
        lists.inserted.clear()
        lists.gone.add("/api/retired")
        yield Runs(project, (first, project.pipeline().source("acme")), tuple(api.asked), len(canary.asked))


@pytest.mark.parametrize(
    ("entity", "pages", "records"),
    [("whole", 3, 8), ("linked", 3, 3), ("keyed", 5, 8), ("people", 4, 8), ("wiki", 3, 3), ("task", 7, 12)],
)
def test_a_list_is_followed_to_its_end_and_its_records_are_those_there_are(
    runs: Runs, entity: str, pages: int, records: int
) -> None:
    proof = runs.proof(entity)
    assert (proof["outcome"], proof["code"]) == ("proven", None)
    found = proof["evidence"]
    assert (found["complete"], found["pages_read"], found["records_read"]) == (True, pages, records)
    assert f"pagination:{entity}" in runs.manifests[0].capabilities
    assert found["style"] == STYLES[entity]["type"]


def test_evidence_names_each_parent_whose_list_was_read(runs: Runs) -> None:
    parents = runs.proof("task")["evidence"]["parents"]
    assert [each["parents"] for each in parents] == [{"project.id": "1"}, {"project.id": "2"}]
    assert [(each["records"], each["complete"]) for each in parents] == [(4, True), (8, True)]


@pytest.mark.parametrize(
    ("entity", "code"),
    [
        ("looping", "page-loop"),
        ("circling", "page-repeated"),
        ("ignoring", "page-repeated"),
        ("straying", "foreign-host"),
        ("breaking", "server-error"),
        ("misnamed", "page-reference-wrong"),
    ],
)
def test_a_pagination_that_does_not_work_is_said_to_with_its_reason(runs: Runs, entity: str, code: str) -> None:
    proof = runs.proof(entity)
    assert (proof["outcome"], proof["code"], proof["severity"]) == ("failed", code, "error")
    assert not proof["evidence"]["complete"]
    assert f"pagination:{entity}" not in runs.manifests[0].capabilities
    assert runs.manifests[0].readiness == "DEGRADED"


def test_a_host_that_is_busy_says_nothing_about_its_pagination(runs: Runs) -> None:
    proof = runs.proof("busy")
    assert (proof["outcome"], proof["code"], proof["severity"]) == ("unproven", "rate-limited", "warning")
    assert "come back at" in proof["observed"]


def test_nothing_is_sent_to_the_host_that_a_link_leads_to(runs: Runs) -> None:
    assert runs.strayed == 0


def test_a_list_without_end_is_read_as_far_as_the_walk_is_bounded(runs: Runs) -> None:
    proof = runs.proof("endless")
    assert (proof["outcome"], proof["evidence"]["pages_read"]) == ("proven", 7)
    assert not proof["evidence"]["complete"]
    assert "there is more" in proof["observed"]


def test_an_empty_page_in_the_middle_is_read_over(runs: Runs) -> None:
    proof = runs.proof("gappy")
    assert (proof["outcome"], proof["evidence"]["records_read"], proof["evidence"]["complete"]) == ("proven", 8, True)


def test_records_that_shift_while_paging_are_counted_and_told_from_changed_ones(runs: Runs) -> None:
    found = runs.proof("shifting")["evidence"]
    assert found["repeated"] == found["differing"] > 0
    assert "with other content" in runs.notes("shifting")["page-overlap"]


def test_a_total_that_is_not_true_is_reported(runs: Runs) -> None:
    assert runs.proof("lying")["evidence"]["total_stated"] == 11
    assert runs.notes("lying") == {"total-mismatch": "8 records came"}


def test_a_silent_cap_is_recognised_and_nothing_is_lost_by_it(runs: Runs) -> None:
    found = runs.proof("capped")["evidence"]
    assert (found["size_asked"], found["size_seen"], found["cap"], found["records_read"]) == (1000, 3, 3, 8)
    assert runs.notes("capped") == {"page-size-capped": "3 records a page"}
    assert runs.endpoint("/capped")["page_cap"] == 3
    assert runs.endpoint("/whole")["page_cap"] is None


def test_one_page_of_data_proves_nothing(runs: Runs) -> None:
    proof = runs.proof("single")
    assert (proof["outcome"], proof["code"], proof["severity"]) == ("unproven", "pagination-unproven", "info")


@pytest.mark.parametrize(("entity", "said"), [("quiet", "by link_header"), ("longer", "2 of 40 records")])
def test_a_list_that_goes_on_undeclared_is_a_warning(runs: Runs, entity: str, said: str) -> None:
    proof = runs.proof(entity)
    assert (proof["outcome"], proof["code"], proof["severity"]) == ("unproven", "pagination-undeclared", "warning")
    assert said in proof["observed"]


def test_the_pages_read_stand_in_the_log_and_keep_to_the_bound(runs: Runs) -> None:
    logged = runs.rows("log.probes")
    assert sum(row["attempts"] for row in logged) == runs.manifests[0].request_count
    assert sum(row["attempts"] for row in logged + runs.rows("log.probes", 1)) == len(runs.asked)
    pages = [row for row in logged if row["full_path"] == "/api/endless" and row["purpose"] == "level"]
    assert len(pages) == 7


def test_what_an_endpoint_shows_of_its_pages_is_in_its_row(runs: Runs) -> None:
    seen = {name: runs.endpoint(f"/{name}")["pagination_seen"] for name in ("whole", "linked", "people", "wiki")}
    assert seen == {"whole": "page_token", "linked": "link_header", "people": "scim", "wiki": "continuation"}
    assert [runs.endpoint(path)["total_given"] for path in ("/whole", "/linked", "/keyed")] == [True, False, True]


def test_an_announced_end_is_kept_as_written_and_told_before_it_comes(runs: Runs) -> None:
    row = runs.endpoint("/fading")
    assert (row["deprecation"], row["sunset"]) == ("@1767225600", "Fri, 01 Jan 2027 00:00:00 GMT")
    (finding,) = runs.rows("log.findings", code="endpoint-deprecated-soon")
    assert (finding["subject"], finding["severity"]) == ("GET /fading", "warning")
    assert finding["observed"] == "Deprecation: 2026-01-01, Sunset: 2027-01-01"
    assert (row["readiness"], runs.endpoint("/whole")["deprecation"]) == ("READY", None)


def test_an_endpoint_that_is_gone_since_the_last_publication_is_drift(runs: Runs) -> None:
    assert runs.rows("log.findings", kind="drift") == []
    (finding,) = runs.rows("log.findings", 1, kind="drift")
    assert (finding["subject"], finding["code"]) == ("GET /retired", "endpoint-gone")
    assert finding["expected"] == "accessible, as in the last publication"
    assert runs.endpoint("/whole", 1)["probe_status"] == "accessible"


def test_an_answer_that_nothing_has_changed_counts_as_unchanged_and_never_as_no_records(runs: Runs) -> None:
    row = runs.endpoint("/still")
    assert (row["probe_status"], row["http_status"], row["record_count"]) == ("accessible", 304, None)
    assert row["error_code"] == "not-modified"
    (level,) = runs.rows("log.findings", kind="level", subject="still")
    assert "1 answered that nothing has changed" in level["observed"]
    assert json.loads(level["evidence"])["unchanged"] == 1


def test_an_endpoint_says_whether_empty_is_normal(runs: Runs) -> None:
    assert runs.endpoint("/bare")["empty_is_normal"] is True
    assert runs.endpoint("/normal")["empty_is_normal"] is True
    assert runs.endpoint("/whole")["empty_is_normal"] is False
    assert runs.endpoint("/retired", 1)["empty_is_normal"] is None


def test_a_second_run_finds_the_same(runs: Runs) -> None:
    passing = {"latency_ms", "probed_at", "execution_id"}
    found: list[list[dict[str, Any]]] = [[], []]
    for run in (0, 1):
        for row in runs.rows("source.endpoints", run):
            if row["endpoint_path"] != "/retired":
                found[run].append({name: value for name, value in row.items() if name not in passing})
    assert found[0] == found[1]
    assert runs.manifests[0].capabilities == runs.manifests[1].capabilities
