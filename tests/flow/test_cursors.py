"""A cursor leads on in the list that it was made for, and opens nothing else."""

from datetime import timedelta
from itertools import pairwise
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from common import paging, tenancy
from identity.contracts import Role
from marketplace.catalog.models import Listing
from metering.models import Window
from tests import cast
from tests.catalog import supply

pytestmark = pytest.mark.django_db
LISTINGS = "/api/v1/listings"


@pytest.fixture
def offers() -> list[Listing]:
    """Seven listings at one price, and the chart that they need."""
    with tenancy.acting_as_platform():
        return [supply.listed() for _each in range(7)]


@pytest.fixture
def buyer() -> Client:
    return cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))


def cursor_in(address: str) -> str:
    (cursor,) = parse_qs(urlsplit(address).query)["cursor"]
    return cursor


def refused(answer) -> bool:
    problem = answer.json()
    (error,) = problem["errors"]
    return (answer.status_code, problem["code"], error["field"]) == (
        400,
        "invalid_cursor",
        "cursor",
    )


def test_rows_that_arrive_meanwhile_push_none_aside(offers, buyer):
    first = buyer.get(f"{LISTINGS}?page_size=3&sort=newest").json()
    with tenancy.acting_as_platform():
        late = {str(supply.listed().pk) for _each in range(4)}
    second = buyer.get(first["next"]).json()
    third = buyer.get(second["next"]).json()
    back = buyer.get(buyer.get(third["previous"]).json()["previous"]).json()
    newer = buyer.get(back["previous"]).json()

    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == {str(each.pk) for each in offers}
    assert back["results"] == first["results"]
    assert {row["id"] for row in newer["results"]} < late


@pytest.mark.parametrize("page_size", [1, 2, 7, 8])
def test_the_way_back_is_the_way_there(offers, buyer, page_size):
    pages, address = [], f"{LISTINGS}?page_size={page_size}"
    while address:
        pages.append(buyer.get(address).json())
        address = pages[-1]["next"]

    assert pages[0]["previous"] is None
    for earlier, later in pairwise(pages):
        assert buyer.get(later["previous"]).json()["results"] == earlier["results"]


def test_a_list_that_was_emptied_meanwhile_leads_back_to_what_is_left(offers, buyer):
    first = buyer.get(f"{LISTINGS}?page_size=4").json()
    left = {row["id"] for row in first["results"]}
    with tenancy.acting_as_platform():
        rest = Listing.objects.exclude(pk__in=left)
        rest.update(state="CLOSED", closed_at=timezone.now())

    last = buyer.get(first["next"]).json()
    back = buyer.get(last["previous"]).json()

    assert (last["results"], last["next"]) == ([], None)
    assert back["results"] == first["results"]


@pytest.mark.parametrize(
    "address",
    [
        f"{LISTINGS}?page_size=3&sort=newest&cursor=",
        f"{LISTINGS}?page_size=3&chip=H100&cursor=",
        f"{LISTINGS}?page_size=3&chip=H100&chip=A100&cursor=",
        "/api/v1/quotes?cursor=",
        "/api/v1/orders?cursor=",
        "/api/v1/ledger/accounts?cursor=",
    ],
)
def test_a_cursor_of_another_list_opens_nothing(offers, buyer, address):
    cursor = cursor_in(buyer.get(f"{LISTINGS}?page_size=3").json()["next"])

    assert refused(buyer.get(address + cursor))
    # The size of a page may change on the way.
    assert buyer.get(f"{LISTINGS}?page_size=2&cursor={cursor}").status_code == 200


def test_a_cursor_of_another_organisation_opens_nothing(offers, buyer):
    address = buyer.get(f"{LISTINGS}?page_size=3").json()["next"]
    stranger = cast.signed_in(cast.member(cast.organization("Stranger"), Role.BUYER))

    assert refused(stranger.get(address))
    assert buyer.get(address).status_code == 200


def test_a_cursor_that_was_cut_or_made_up_opens_nothing(offers, buyer):
    cursor = cursor_in(buyer.get(f"{LISTINGS}?page_size=3").json()["next"])
    body, _colon, signature = cursor.rpartition(":")
    cut = [cursor[:length] for length in range(1, len(cursor))]
    odd = [f"{body}A:{signature}", f"{body}:{signature[:-1]}", "é", "\ud800", "x" * 1_000]

    for wrong in [*cut, *odd]:
        answer = buyer.get(LISTINGS, {"page_size": "3", "cursor": wrong.encode(errors="replace")})
        assert refused(answer), wrong
    too_much = (("\0", 400, "control_character"), ("x" * 10_000, 414, "query_too_long"))
    for wrong, status, code in too_much:
        answer = buyer.get(LISTINGS, {"page_size": "3", "cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_pages_refuse_foreign_cursors_too(offers, buyer):
    page = buyer.get("/market/?view=list")
    stranger = cast.signed_in(cast.member(cast.organization("Stranger"), Role.BUYER))
    cursor = paging.cursor_at(paging.Position(("1", "2")), scope=("made up",))

    assert page.status_code == 200
    for address in (f"/market/?cursor={cursor}", f"/orders/?cursor={cursor}"):
        answer = stranger.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == 400
        assert "belongs to another list" in answer.content.decode()


def test_missing_values_and_mixed_directions_have_their_place():
    now = timezone.now().replace(microsecond=0)
    random = Random(5)  # noqa: S311 - for variety, not for secrets
    with tenancy.acting_as_platform():
        for _each in range(30):
            days = random.choice([None, 0, 1, 2])
            Listing.objects.filter(pk=supply.listed().pk).update(
                available_until=None if days is None else now + timedelta(10 + days),
                available_from=now + timedelta(random.choice([5, 6])),
            )
        for order in [
            ("available_until", "-available_from", "id"),
            ("-available_until", "available_from", "-id"),
            ("available_from", "available_until", "-id"),
            ("-available_from", "-available_until", "-id"),
        ]:
            whole = list(Listing.objects.order_by(*order).values_list("pk", flat=True))
            there, cursor = [], ""
            while True:
                page = paging.page_of(Listing.objects.all(), size=4, cursor=cursor, order=order)
                there += [row.pk for row in page.rows]
                if not page.next:
                    break
                cursor = page.next
            back = [row.pk for row in page.rows]
            while page.previous:
                page = paging.page_of(
                    Listing.objects.all(), size=4, cursor=page.previous, order=order
                )
                back = [row.pk for row in page.rows] + back

            assert there == back == whole, order


@pytest.mark.parametrize(
    ("found", "order", "condition"),
    [
        (Listing.objects.filter(state="OPEN"), ("sort_price", "id"), "ROW(sort_price, id) > ROW("),
        (Window.objects.all(), ("-starts_at", "-id"), "ROW(starts_at, id) < ROW("),
    ],
)
def test_an_index_answers_where_a_page_begins(found, order, condition):
    scope = (found.model._meta.label, *order)
    values = ("1", "01a215ff-95e8-7e8c-9018-b0df96c36994")
    if found.model is Window:
        values = ("2026-11-20T00:00:00+00:00", 7)
    cursor = paging.cursor_at(paging.Position(values), scope=scope)
    statements = []

    def noted(execute, sql, params, many, context):
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        paging.page_of(found, size=5, cursor=cursor, order=order)
    with connection.cursor() as inside:
        inside.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        sql, params = statements[-1]
        inside.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in inside.fetchall())

    assert condition in plan, plan
    assert "Index Cond" in plan, plan
