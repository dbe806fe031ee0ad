"""Roundup serves what it was filled with, so that a difference later on is the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.servers.roundup import ADMIN, COUNTS, PASSWORD, USER, USER_PASSWORD, served_roundup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.servers.roundup import Roundup

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

LOGIN = (ADMIN, PASSWORD)


@pytest.mark.parametrize(("kind", "count"), COUNTS.items())
def test_a_class_holds_its_known_number_of_items(roundup: Roundup, kind: str, count: int) -> None:
    items = roundup.read_all(kind)

    assert len({item["id"] for item in items}) == len(items) == count


def test_a_retired_issue_is_not_listed(roundup: Roundup) -> None:
    listed = {item["id"] for item in roundup.read_all("issue")}

    assert {str(n) for n in range(5, 105, 10)}.isdisjoint(listed)


def test_a_list_holds_stubs_unless_fields_are_asked_for(roundup: Roundup) -> None:
    stubs = roundup.ask("/data/issue?@page_size=1", login=LOGIN).body["data"]["collection"]
    told = roundup.ask("/data/issue?@page_size=1&@fields=title", login=LOGIN).body["data"]["collection"]

    assert set(stubs[0]) == {"id", "link"}
    assert told[0]["title"] == "Issue 0"


def test_the_total_beyond_the_last_page_is_made_up(roundup: Roundup) -> None:
    last, beyond = (
        roundup.ask(f"/data/issue?@page_size=50&@page_index={page}", login=LOGIN).body["data"] for page in (15, 17)
    )

    assert (len(last["collection"]), last["@total_size"]) == (20, 720)
    assert (len(beyond["collection"]), beyond["@total_size"]) == (0, 800)


def test_a_stranger_is_told_403_and_a_wrong_password_401_as_plain_text(roundup: Roundup) -> None:
    wrong = roundup.ask("/data/issue", login=("user39", "wrong"))

    assert roundup.ask("/data/issue").status == 403
    assert (wrong.status, wrong.headers["content-type"]) == (401, "text/plain")


def test_four_wrong_passwords_bar_even_the_right_one_for_a_while(roundup: Roundup) -> None:
    wrong = [roundup.ask("/data/status", login=("user38", "wrong")).status for _ in range(5)]
    right = roundup.ask("/data/status", login=("user38", USER_PASSWORD))

    assert (wrong[0], wrong[-1]) == (401, 429)
    assert right.status == 429
    assert int(right.headers["retry-after"]) > 60


def test_a_user_may_not_see_the_address_of_another(roundup: Roundup) -> None:
    assert roundup.ask("/data/user/5/address", login=(USER, USER_PASSWORD)).status == 403


def test_who_asks_too_often_is_told_when_to_come_back(tracker: Path, tmp_path: Path) -> None:
    with served_roundup(tracker, tmp_path, calls=3, seconds=60) as limited:
        answers = [limited.ask("/data/status", login=LOGIN) for _ in range(5)]

    assert [answer.status for answer in answers[:3]] == [200] * 3
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) == 20
