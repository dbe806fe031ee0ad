"""Canaille serves what it was filled with, so that a difference later on is the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.servers.asking import ask, bearer
from tests.acceptance.servers.canaille import (
    CLIENT,
    COUNTS,
    EXPIRED,
    LASTING,
    REFRESH_TOKEN,
    REFRESHED,
    served_canaille,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.servers.canaille import Canaille

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("kind", "count"), COUNTS.items())
def test_a_kind_holds_its_known_number_of_resources(canaille: Canaille, kind: str, count: int) -> None:
    assert len(canaille.read_all(kind, LASTING)) == count


def test_a_list_goes_on_from_a_start_index_counted_from_one(canaille: Canaille) -> None:
    rest = canaille.ask("/scim/v2/Users?startIndex=101", token=LASTING).body

    assert (len(rest["Resources"]), rest["totalResults"]) == (43, 143)


def test_a_number_asked_for_is_an_error_of_the_server(canaille: Canaille) -> None:
    assert canaille.ask("/scim/v2/Users?count=25", token=LASTING).status == 500


def test_the_total_of_a_short_list_is_what_is_left_of_it(canaille: Canaille) -> None:
    totals = [
        canaille.ask(f"/scim/v2/ResourceTypes?startIndex={start}", token=LASTING).body["totalResults"]
        for start in (1, 2, 3)
    ]

    assert totals == [2, 1, 0]


def test_a_search_states_a_total_that_is_never_reached(canaille: Canaille) -> None:
    came, start = 0, 1
    for _ in range(20):
        question = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "startIndex": start, "count": 25
        }  # fmt: skip
        page = ask(
            f"{canaille.base_url}/scim/v2/.search",
            method="POST",
            body=question,
            headers={"Content-Type": "application/scim+json", **bearer(LASTING)},
        ).body
        came += len(page["Resources"])
        start += len(page["Resources"])
        if not page["Resources"]:
            break

    assert (came, page["totalResults"]) == (143, 164)


def test_a_client_gets_a_token_by_basic_and_not_with_its_secret_in_the_body(canaille: Canaille) -> None:
    by_basic, by_body = canaille.token(CLIENT), canaille.token(CLIENT, send="body")

    assert by_basic.status == 200
    assert len(canaille.read_all("Groups", by_basic.body["access_token"])) == COUNTS["Groups"]
    assert (by_body.status, by_body.body["error"]) == (401, "invalid_client")


def test_a_wrong_secret_gets_no_token(canaille: Canaille) -> None:
    assert canaille.token(CLIENT, secret="wrong").status == 401


@pytest.mark.parametrize("token", [None, "unknown", EXPIRED])
def test_without_a_token_in_force_nothing_is_told(canaille: Canaille, token: str | None) -> None:
    assert canaille.ask("/scim/v2/Groups", token=token).status == 401


def test_a_refresh_token_is_good_for_one_use(filled_canaille: Path, tmp_path: Path) -> None:
    with served_canaille(filled_canaille, tmp_path) as server:
        first, again = (
            server.token(REFRESHED, grant_type="refresh_token", refresh_token=REFRESH_TOKEN) for _ in range(2)
        )

        assert first.status == 200
        assert first.body["refresh_token"] != REFRESH_TOKEN
        assert again.status == 400
        assert len(server.read_all("Users", first.body["access_token"])) == COUNTS["Users"]
