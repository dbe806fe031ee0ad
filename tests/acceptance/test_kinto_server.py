"""Kinto serves what it was filled with, so that a difference later on is the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.servers.kinto import PASSWORD, READER, READER_PASSWORD, USER

if TYPE_CHECKING:
    from tests.acceptance.servers.kinto import Kinto

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/buckets", 2),
        ("/buckets/crm/collections", 2),
        ("/buckets/hr/collections", 2),
        ("/buckets/crm/collections/customers/records", 131),
        ("/buckets/crm/collections/orders/records", 1203),
        ("/buckets/hr/collections/people/records", 50),
        ("/buckets/hr/collections/empty/records", 0),
        ("/buckets/crm/history", 1361),
        ("/buckets/hr/history", 53),
    ],
)
def test_a_list_holds_its_known_number_of_records(kinto: Kinto, path: str, count: int) -> None:
    assert len(kinto.read_all(path)) == count


def test_deleted_customers_come_back_as_tombstones_when_asked_since_the_beginning(kinto: Kinto) -> None:
    records = kinto.read_all("/buckets/crm/collections/customers/records?_since=0")

    assert len(records) == 137
    assert sum(record.get("deleted", False) for record in records) == 6


def test_more_than_50_records_a_page_are_refused_in_silence(kinto: Kinto) -> None:
    answer = kinto.ask("/buckets/crm/collections/orders/records?_limit=500", login=(USER, PASSWORD))

    assert len(answer.body["data"]) == 50


def test_buckets_are_refused_without_a_login(kinto: Kinto) -> None:
    assert kinto.ask("/buckets").status == 401


def test_a_reader_may_see_one_bucket_and_not_the_other(kinto: Kinto) -> None:
    login = (READER, READER_PASSWORD)

    assert kinto.ask("/buckets/crm/collections/customers/records", login=login).status == 200
    assert kinto.ask("/buckets/hr/collections/people/records", login=login).status == 403


def test_a_wrong_password_is_taken_for_a_stranger_who_sees_an_empty_list(kinto: Kinto) -> None:
    stranger = (USER, "wrong-" + PASSWORD)

    buckets = kinto.ask("/buckets", login=stranger)

    assert (buckets.status, buckets.body["data"]) == (200, [])
    assert kinto.ask("/buckets/crm", login=stranger).status == 403
    assert kinto.ask("/buckets/crm", login=(USER, PASSWORD)).status == 200
