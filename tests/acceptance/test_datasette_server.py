"""Datasette serves what it was filled with, so that a difference later on is the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.servers.datasette import COUNTS, MOST_ROWS, SINCE_APRIL

if TYPE_CHECKING:
    from tests.acceptance.servers.datasette import Datasette

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("table", "count"), COUNTS.items())
def test_a_table_holds_its_known_number_of_rows(datasette: Datasette, table: str, count: int) -> None:
    assert len(datasette.read_all(table, token=datasette.root)) == count


def test_rows_of_a_compound_key_come_once_each(datasette: Datasette) -> None:
    lines = datasette.read_all("lines", token=datasette.reader)

    assert len({(line["event_id"], line["line_no"]) for line in lines}) == COUNTS["lines"]


def test_rows_since_a_day_are_fewer(datasette: Datasette) -> None:
    rows = datasette.read_all("events", token=datasette.reader, where="&updated_at__gte=2026-04-01")

    assert len(rows) == SINCE_APRIL


def test_the_next_page_stands_in_the_body_as_address_and_as_token_and_no_total_with_it(datasette: Datasette) -> None:
    body = datasette.ask("/lab/lines.json?_size=3", token=datasette.reader).body

    assert body["next"] == "2,2"
    assert body["next_url"] == f"{datasette.base_url}/lab/lines.json?_size=3&_next=2%2C2"
    assert set(body) == {"ok", "next", "next_url", "rows", "truncated"}


def test_more_rows_a_page_than_the_cap_are_refused_with_400(datasette: Datasette) -> None:
    asked = [datasette.ask(f"/lab/events.json?_size={size}", token=datasette.reader) for size in (MOST_ROWS, 201)]

    assert [answer.status for answer in asked] == [200, 400]


def test_a_stranger_is_told_403_and_who_comes_with_a_token_out_of_date_401(datasette: Datasette) -> None:
    assert datasette.ask("/lab/events.json").status == 403
    assert datasette.ask("/lab/events.json", token="unknown").status == 403
    assert datasette.ask("/lab/events.json", token=datasette.reader + "x").status == 401
    assert datasette.ask("/lab/events.json", token=datasette.expired).status == 401


def test_one_table_is_for_root_alone(datasette: Datasette) -> None:
    assert datasette.ask("/lab/secrets.json", token=datasette.reader).status == 403
    assert datasette.ask("/lab/secrets.json", token=datasette.root).status == 200
