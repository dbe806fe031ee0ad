from __future__ import annotations

import json
from collections import Counter

import pytest

from spectra.demo.answers import Question, RefusedError
from spectra.demo.behaviours import MAX_RESULTS, OFFSET, READ_ONLY, Bare, Wrapped
from spectra.demo.catalogue import catalogue_text, catalogued
from spectra.demo.router import Router
from spectra.demo.settings import DemoSettings
from spectra.demo.table import READS, behaviours
from spectra.demo.world import World

ROWS = json.loads(catalogue_text())
METHODS = {"GET", "POST", "PUT", "DELETE"}
GOOD = [row for row in ROWS if row["method"] in METHODS]


def bare(path: str) -> str:
    return str(path).split("?", maxsplit=1)[0]


def test_the_catalogue_has_228_rows_of_which_4_are_surplus_and_2_corrupt() -> None:
    assert len(ROWS) == 228
    assert len(ROWS) - len(GOOD) == 2
    assert len(GOOD) - len({(row["method"], row["path"]) for row in GOOD}) == 4


def test_the_table_covers_exactly_the_222_endpoints_of_the_catalogue() -> None:
    wanted = {(row["method"], bare(row["path"])) for row in GOOD}

    assert set(behaviours()) == wanted
    assert len(wanted) == len(catalogued()) == 222
    assert Counter(method for method, _ in wanted) == {"GET": 120, "POST": 58, "PUT": 32, "DELETE": 12}


def test_every_write_is_refused() -> None:
    assert all(behaviour is READ_ONLY for key, behaviour in behaviours().items() if key[0] != "GET")


def test_the_12_gets_that_catalogue_offset_and_pagesize_page_by_them() -> None:
    wanted = {
        bare(r["path"]) for r in GOOD if r["method"] == "GET" and {"offset", "pagesize"} <= {*r["query_parameters"]}
    }
    paging = {path for path, b in READS.items() if isinstance(b, Wrapped) and b.paging == OFFSET}

    assert paging == wanted
    assert len(wanted) == 12


def test_three_lists_are_cut_by_maxresults() -> None:
    assert sum(isinstance(b, Bare) and b.paging == MAX_RESULTS for b in READS.values()) == 3


def test_a_literal_segment_wins_over_a_placeholder() -> None:
    router = Router([("GET", "/testcase/{id}"), ("GET", "/testcase/count"), ("GET", "/testcase/{id}/teststep")])

    assert [match.key[1] for path in ("/testcase/count", "/testcase/12") if (match := router.match("GET", path))] == [
        "/testcase/count",
        "/testcase/{id}",
    ]
    found = router.match("GET", "/testcase/count/teststep")
    assert found is not None
    assert found.ids == {"id": "count"}


def test_paths_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="the same path"):
        Router([("GET", "/a/{x}"), ("GET", "/a/{y}")])


def test_slashes_count() -> None:
    router = Router([("GET", "//double"), ("GET", "/end/"), ("GET", "/end/{id}")])

    assert [
        bool(router.match("GET", path)) for path in ("//double", "/double", "/end/", "/end", "/end/7", "/end/7/")
    ] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("executions", [1_000, 10_000_000_000])
def test_a_page_makes_only_its_own_records(executions: int) -> None:
    world = World(7, executions)
    question = Question(world, {}, {"offset": "500", "pagesize": "3"})
    behaviour = READS["/execution"]
    assert isinstance(behaviour, Wrapped)
    chosen = behaviour.select(question)

    assert isinstance(chosen.positions, range)
    made = chosen.slice(500, 3)
    assert [record["id"] for record in made] == [1_000_000_501, 1_000_000_502, 1_000_000_503]


@pytest.mark.parametrize("word", ["null", "", "1.5", "0x10", "٣", "9" * 40])
def test_what_is_no_number_is_refused_with_400(word: str) -> None:
    with pytest.raises(RefusedError) as caught:
        READS["/release/{releaseid}"].answer(Question(World(7, 10), {"releaseid": word}, {}))

    assert caught.value.answer.status == 400
    assert json.loads(caught.value.answer.body) == {"errorMsg": f'For input string: "{word}"', "errorCode": 400}


def test_bursts_follow_from_the_number_of_the_request() -> None:
    settings = DemoSettings(rate_limit_every=5, rate_limit_burst=2, error_every=3)

    assert [n for n in range(1, 13) if settings.limited(n)] == [5, 6, 10, 11]
    assert [n for n in range(1, 13) if settings.failing(n)] == [3, 6, 9, 12]
    assert not any(DemoSettings().limited(n) or DemoSettings().failing(n) for n in range(1, 100))


def test_the_token_follows_from_the_seed_and_stays_out_of_the_repr() -> None:
    settings = DemoSettings(seed=3)
    given = DemoSettings(token="given-token-of-some-length")

    assert settings.bearer == DemoSettings(seed=3).bearer != DemoSettings(seed=4).bearer
    assert len(settings.bearer) >= 24
    assert given.bearer == "given-token-of-some-length"
    assert "given-token" not in repr(given)
