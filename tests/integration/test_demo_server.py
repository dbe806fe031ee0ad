from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import urllib3

from spectra.demo import world as w
from spectra.demo.serve import serve
from spectra.demo.server import DemoServer, DemoSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLD = w.World(7, 50_000)
RELEASE, OTHER_RELEASE = w.RELEASE_IDS.id(0), w.RELEASE_IDS.id(1)


class Caller:
    """Asks a demo server, as itself or as a stranger."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self.pool = urllib3.PoolManager(retries=False)

    def ask(self, path: str, *, method: str = "GET", token: str | None = "") -> urllib3.BaseHTTPResponse:
        given = self.server.token if token == "" else token
        headers = {} if given is None else {"Authorization": f"Bearer {given}"}
        return self.pool.request(method, self.server.base_url + path, headers=headers)

    def data(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.status == 200, (path, answer.status, answer.data)
        return answer.json()

    def ids(self, path: str) -> list[int]:
        data = self.data(path)
        return [record["id"] for record in (data["results"] if isinstance(data, dict) else data)]


@pytest.fixture
def caller() -> Iterator[Caller]:
    with DemoServer(DemoSettings()) as server:
        caller = Caller(server)
        yield caller
        caller.pool.clear()


def counted(server: DemoServer) -> dict[str, Any]:
    with urllib3.PoolManager() as pool:
        told: dict[str, Any] = pool.request("GET", server.stats_url).json()
    return told


def test_five_levels_are_reached_with_ids_of_the_level_above(caller: Caller) -> None:
    project = caller.data("/project/details")[0]
    release = caller.data(f"/release/project/{project['id']}")[0]
    cycle = caller.data(f"/cycle/release/{release['id']}")[0]
    execution = caller.data(f"/execution?releaseid={release['id']}")["results"][0]
    case = caller.data(f"/testcase/{execution['tcrTreeTestcase']['id']}")

    assert release["projectId"] == project["id"]
    assert cycle["releaseId"] == release["id"]
    assert execution["cyclePhaseId"] in [phase["id"] for phase in cycle["cyclePhases"]]
    assert case["releaseId"] == release["id"]


def test_the_walk_over_projects_finds_44_releases_and_the_flat_list_80(caller: Caller) -> None:
    answers = {project: caller.ask(f"/release/project/{project}") for project in caller.ids("/project/details")}
    readable = {project for project, answer in answers.items() if answer.status == 200}

    assert len(answers) == 37
    assert readable == set(w.readable_projects())
    assert {answer.status for answer in answers.values()} == {200, 403}
    assert sum(len(answers[project].json()) for project in readable) == 44
    assert len(caller.ids("/release")) == 80


def test_releaseid_filters_executions(caller: Caller) -> None:
    wanted = w.executions_per_release(WORLD)[RELEASE]
    seen: list[int] = []
    while page := caller.ids(f"/execution?releaseid={RELEASE}&pagesize=500&offset={len(seen)}"):
        seen += page

    assert len(seen) == len(set(seen)) == wanted
    assert not set(seen) & set(caller.ids(f"/execution?releaseid={OTHER_RELEASE}&pagesize=1000"))
    assert caller.ids("/execution?releaseid=-999999999") == []


def test_cycleid_and_misspelt_parameters_are_ignored(caller: Caller) -> None:
    everything = caller.ask("/execution").data

    for query in ("cycleid=401", "cycleid=402", "cycleid=null", "releaseId=202", "nonsense=1"):
        assert caller.ask(f"/execution?{query}").data == everything


def test_cyclephaseid_and_testerid_filter_too(caller: Caller) -> None:
    phase = w.PHASE_IDS.id(3)
    tester = w.USER_IDS.id(5)
    both = caller.data(f"/execution?cyclephaseid={phase}&testerid={tester}")["results"]

    assert both
    assert {(record["cyclePhaseId"], record["testerId"]) for record in both} == {(phase, tester)}


def test_modifiedsince_takes_iso_and_milliseconds(caller: Caller) -> None:
    record = caller.data("/execution?offset=49990")["results"][0]
    iso, epoch = record["lastModifiedOn"], record["tcrTreeTestcase"]["lastModifiedOn"]

    assert len(caller.ids(f"/execution?modifiedsince={iso}&pagesize=1000")) == 10
    assert caller.ids(f"/execution?modifiedsince={iso}") == caller.ids(f"/execution?modifiedsince={epoch}")
    assert caller.ids("/execution?modifiedsince=2999-01-01T00:00:00Z") == []
    assert caller.ask("/execution?modifiedsince=yesterday").status == 400


def test_a_page_tells_resultsize_0_and_holds_10_by_default(caller: Caller) -> None:
    page = caller.data("/execution?offset=20")

    assert list(page) == ["firstResult", "resultSize", "pageNumber", "results", "type"]
    assert (page["firstResult"], page["resultSize"], page["pageNumber"]) == (20, 0, 2)
    assert len(page["results"]) == 10


def test_pages_laid_end_to_end_are_the_whole(caller: Caller) -> None:
    whole = caller.ids("/ui/users?pagesize=1000")

    pages = [caller.ids(f"/ui/users?pagesize=7&offset={start}") for start in range(0, 70, 7)]

    assert [number for page in pages for number in page] == whole
    assert len(whole) == w.USERS


def test_maxresults_cuts_a_bare_list(caller: Caller) -> None:
    assert len(caller.ids(f"/cycle/assignments/{RELEASE}?maxresults=3")) == 3


def test_days_come_as_text_and_as_milliseconds(caller: Caller) -> None:
    cycle = caller.data(f"/cycle/{w.CYCLE_IDS.id(0)}")
    told = time.strftime("%m/%d/%Y", time.gmtime(cycle["cycleStartDate"] / 1000))

    assert cycle["startDate"] == told


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/release/null", 400, {"errorMsg": 'For input string: "null"', "errorCode": 400}),
        (
            "/field/validate",
            400,
            {"errorMsg": "Required parameter 'searchfieldname' is not present.", "errorCode": 400},
        ),
        ("/license/", 410, {"errorMsg": "This resource is deprecated; use /license/detail.", "errorCode": 410}),
        ("/execution/path", 500, {"errorMsg": "Internal server error.", "errorCode": 500}),
        ("/release/99999", 404, None),
        ("/attachment", 404, None),
        ("/nowhere", 404, None),
        ("/upload-file/automation/schedule/get-latest-job-progress", 204, None),
    ],
)
def test_what_goes_wrong_is_told_as_this_api_tells_it(
    caller: Caller, path: str, status: int, body: dict[str, object] | None
) -> None:
    answer = caller.ask(path)

    assert answer.status == status
    assert (json.loads(answer.data) if answer.data else None) == body


def test_a_required_parameter_that_is_there_is_enough(caller: Caller) -> None:
    assert caller.data("/field/validate?searchfieldname=priority") == {"valid": True}


def test_a_read_by_id_is_forbidden_where_the_list_works(caller: Caller) -> None:
    assert caller.ask(f"/user/{caller.ids('/user')[0]}").status == 403


def test_two_endpoints_answer_plain_text(caller: Caller) -> None:
    for path in ("/system/info/servertime", "/user/loggedin/count"):
        answer = caller.ask(path)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/plain;charset=UTF-8")


@pytest.mark.parametrize("token", [None, "wrong", "demo-"])
def test_without_the_token_there_is_only_401(caller: Caller, token: str | None) -> None:
    answer = caller.ask("/project/details", token=token)

    assert answer.status == 401
    assert answer.json()["errorCode"] == 401


def test_every_answer_has_an_id_of_its_own(caller: Caller) -> None:
    ids = [caller.ask(path).headers["X-Zephyr-RequestId"] for path in ("/user", "/user", "/nowhere")]

    assert len(set(ids)) == 3


def test_one_seed_gives_the_same_bytes_in_every_process_and_another_seed_others() -> None:
    bodies = []
    for seed in (5, 5, 6):
        with DemoServer(DemoSettings(seed=seed, executions=1_000)) as server:
            caller = Caller(server)
            paths = ("/project/details", "/release", "/execution?pagesize=100", "/testcase", "/user")
            bodies.append([caller.ask(path).data for path in paths])
            caller.pool.clear()

    assert bodies[0] == bodies[1]
    assert all(one != other for one, other in zip(bodies[0], bodies[2], strict=True))


def test_the_counts_equal_what_was_asked(caller: Caller) -> None:
    asked = Counter(
        {
            "GET /project/details": 3,
            "GET //executionchangehistory": 2,
            "GET /release/{releaseid}": 2,
            "GET /project/user/{UserID}": 1,
            "GET /license/": 1,
            "HEAD /user": 1,
            "POST /cycle/": 1,
            "unmatched": 3,
        }
    )
    for _ in range(2):
        caller.ask("/project/details?any=thing")
        caller.ask("//executionchangehistory?offset=3")
    caller.ask("/project/details", token=None)
    caller.ask("/release/201")
    caller.ask("/release/null")
    caller.ask("/project/user/51?isLite=false&adminUser=false")
    caller.ask("/license/")
    caller.ask("/user", method="HEAD")
    caller.ask("/cycle/", method="POST")
    caller.ask("/nowhere")
    caller.ask("/executionchangehistory")
    caller.ask("/project/details", method="DELETE")

    told = counted(caller.server)
    assert told == {"requests": dict(asked), "total": asked.total(), "writes": 2}
    assert caller.server.stats() == dict(asked)


def test_a_write_is_refused_and_counted(caller: Caller) -> None:
    answer = caller.ask("/release/", method="POST")

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert counted(caller.server)["writes"] == 1


def test_the_second_port_tells_the_counts_and_nothing_else(caller: Caller) -> None:
    with urllib3.PoolManager() as pool:
        assert pool.request("GET", caller.server.stats_url.replace("__stats", "elsewhere")).status == 404
    assert counted(caller.server)["total"] == 0
    assert caller.ask("/__stats").status == 404


def test_refused_requests_are_counted_and_come_in_bursts() -> None:
    settings = DemoSettings(rate_limit_every=4, rate_limit_burst=2, retry_after_seconds=9, error_every=3)
    with DemoServer(settings) as server:
        caller = Caller(server)
        answers = [caller.ask("/user/current") for _ in range(9)]
        caller.pool.clear()
        assert server.stats() == {"GET /user/current": 9}

    assert [answer.status for answer in answers] == [200, 200, 503, 429, 429, 503, 200, 429, 429]
    assert {a.headers.get("retry-after") for a in answers if a.status == 429} == {"9"}


def test_latency_is_waited_by_each_request_and_side_by_side() -> None:
    with DemoServer(DemoSettings(latency_ms=200)) as server:
        callers = [Caller(server) for _ in range(8)]
        threads = [threading.Thread(target=caller.data, args=("/user/current",)) for caller in callers]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - started
        for caller in callers:
            caller.pool.clear()

    assert 0.2 <= took < 8 * 0.2


def test_flat_endpoints_are_added() -> None:
    with DemoServer(DemoSettings(flat_endpoints=3)) as server:
        caller = Caller(server)
        assert [caller.ask(f"/flat/{number}").status for number in range(4)] == [200, 200, 200, 404]
        assert len(caller.ids("/flat/0")) == 3
        assert server.stats()["GET /flat/2"] == 1
        caller.pool.clear()


def test_requests_on_one_connection_are_answered_one_after_the_other() -> None:
    with DemoServer(DemoSettings(latency_ms=100)) as server:
        parts = urlsplit(server.base_url)
        heads = [
            f"GET {parts.path}/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n{more}\r\n"
            for path, more in (("field/2001", ""), ("field/2002", "Connection: close\r\n"))
        ]
        started = time.monotonic()
        with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as connection:
            for head in heads:
                connection.sendall(head.encode())
                time.sleep(0.03)
            received = b""
            while part := connection.recv(65_536):
                received += part
        took = time.monotonic() - started

    assert took >= 0.2
    assert received.index(b'"id":2001') < received.index(b'"id":2002')


def test_what_is_no_http_gets_400_and_the_door(caller: Caller) -> None:
    parts = urlsplit(caller.server.base_url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as connection:
        connection.sendall(b"what is this\r\n\r\n")
        received = b""
        while part := connection.recv(65_536):
            received += part

    assert received.startswith(b"HTTP/1.1 400 ")
    assert caller.ask("/user/current").status == 200


def test_a_stopped_server_is_gone_and_gives_its_ports_back() -> None:
    server = DemoServer(DemoSettings())
    caller = Caller(server)
    caller.data("/user/current")
    port = int(urlsplit(server.base_url).port or 0)
    stats_port = int(urlsplit(server.stats_url).port or 0)
    server.stop()
    server.stop()

    with pytest.raises(urllib3.exceptions.HTTPError):
        caller.ask("/user/current")
    caller.pool.clear()
    with DemoServer(DemoSettings(port=port, stats_port=stats_port)) as again:
        assert Caller(again).server.base_url == server.base_url


def test_a_taken_port_is_told_and_leaves_nothing_open(caller: Caller) -> None:
    taken = int(urlsplit(caller.server.base_url).port or 0)

    with pytest.raises(OSError, match="in use"):
        DemoServer(DemoSettings(stats_port=taken))


def test_serving_alone_writes_one_line_that_leads_to_the_server() -> None:
    out, until = io.StringIO(), threading.Event()
    serving = threading.Thread(target=serve, args=(DemoSettings(), out, until))
    serving.start()
    while not out.getvalue():
        time.sleep(0.01)
    said = out.getvalue()
    url, token = (word.split("=", 1)[1] for word in said.split(" ")[:2])
    with urllib3.PoolManager() as pool:
        answered = pool.request("GET", url + "/user/current", headers={"Authorization": f"Bearer {token}"})
    until.set()
    serving.join()

    assert said.count("\n") == 1
    assert said.startswith("ZEPHYR_BASE_URL=http://127.0.0.1:")
    assert "ZEPHYR_API_TOKEN=demo-" in said
    assert "/__stats" in said
    assert answered.status == 200
