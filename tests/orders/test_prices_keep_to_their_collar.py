"""A book allows prices around a reference, a day after that was announced; others are refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from common import tenancy
from identity.contracts import SecondPersonRequired
from marketplace.catalog import selectors, services
from marketplace.catalog.contracts import Band, CollarBase, CollarRefused, PriceOutsideCollar
from marketplace.catalog.models import PriceCollar
from tests.cast import NOW
from tests.catalog import supply
from tests.catalog.collars import CHEAP, agreed, office, proposed
from tests.orders.cast import buyer, clear, needs, place, seen, wish

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATER = NOW + DAY


@pytest.fixture
def listing():
    return supply.listed(cards=8)


@pytest.fixture
def operators():
    return office()


@pytest.fixture
def collared(listing, operators):
    def announce(band=CHEAP, *, at=NOW):
        return agreed(proposed(listing, operators[0], band, at=at), operators[1], at=at)

    return announce


def around(listing, *, below=1_000, above=1_000):
    return Band(listing.price_per_standard_hour, below, above)


def test_it_holds_a_day_after_it_was_approved_and_refuses_by_name(listing, collared):
    owner = buyer("10000")
    collared()

    place(owner, wish(listing, start=NOW + 3 * DAY), at=LATER - timedelta(seconds=1))
    with pytest.raises(PriceOutsideCollar) as refused:
        place(owner, wish(listing, start=NOW + 3 * DAY), at=LATER)
    assert refused.value.field == "listing_id"
    assert (refused.value.facts["low"], refused.value.facts["high"]) == ("0.005", "0.015")


def test_a_price_within_the_band_is_taken_and_cleared(listing, collared):
    collared(around(listing))
    order = place(buyer("10000"), wish(listing, start=NOW + 3 * DAY), at=LATER)

    assert clear(listing, LATER + timedelta(minutes=1)).cleared == 1
    assert seen(order).state == "CLEARED"


def test_what_waited_when_a_collar_began_is_rejected_with_its_code(listing, collared):
    named = place(buyer("10000"), wish(listing, start=NOW + 3 * DAY))
    required = place(
        buyer("10000"),
        needs(hub=listing.hub, resource_class=listing.resource_class, start=NOW + 3 * DAY),
    )
    collared()

    assert clear(listing, LATER).rejected == 2
    assert {seen(each).refusal_code for each in (named, required)} == {"price_outside_collar"}


def test_a_listing_outside_is_not_opened_and_one_inside_is(listing, collared):
    collared(around(listing))

    with pytest.raises(PriceOutsideCollar) as refused:
        supply.listed(price="999", at=LATER)
    assert refused.value.field == "plan_version_id"
    basis = {"source": "调价文件 2026-3", "clause": "第二条"}  # Of such a book a rule demands it.
    assert supply.listed(at=LATER, basis=basis).book_id == listing.book_id


def test_the_index_moves_the_reference_no_further_than_the_edge(listing, collared):
    collared(Band(Decimal(10), 1_000, 2_000))
    moved = services.follow_index(
        day=date(2026, 11, 21), prices={listing.resource_class: Decimal(100)}, now=LATER
    )

    assert moved == 1
    (latest, _first) = selectors.collars()
    assert (latest.reference, latest.low, latest.high) == (12, Decimal("10.8"), Decimal("14.4"))
    assert latest.valid_from == LATER + DAY
    again = {listing.resource_class: Decimal(11)}
    assert services.follow_index(day=date(2026, 11, 21), prices=again, now=LATER) == 0


def test_a_collar_ends_as_it_began_by_two_and_with_notice(listing, collared):
    collared()
    collared(Band(None), at=LATER)

    assert selectors.collar_in_force(book_id=listing.book_id, at=LATER + DAY) is None
    assert place(buyer("10000"), wish(listing, start=NOW + 3 * DAY), at=LATER + DAY)
    prices = {listing.resource_class: Decimal(10)}
    assert services.follow_index(day=date(2026, 11, 23), prices=prices, now=LATER + DAY) == 0


def test_who_proposed_it_does_not_approve_it(listing, operators):
    waiting = proposed(listing, operators[0])

    with pytest.raises(SecondPersonRequired):
        agreed(waiting, operators[0])


@pytest.mark.parametrize(
    ("band", "reason", "field"),
    [
        (Band(Decimal(0), 1_000, 1_000), "why", "reference"),
        (Band(Decimal(1), 99, 1_000), "why", "below"),
        (Band(Decimal(1), 1_000, 100_001), "why", "above"),
        (Band(Decimal(1), 1_000, 1_000), "  ", "reason"),
    ],
)
def test_what_is_no_band_is_refused_beside_its_field(listing, operators, band, reason, field):
    with pytest.raises(CollarRefused) as refused:
        proposed(listing, operators[0], band, reason=reason)

    assert refused.value.field == field


def test_the_database_takes_no_collar_that_nobody_agreed_on_and_changes_none(listing, collared):
    made = collared()
    forged = {
        "book_id": listing.book_id,
        "reference": 5,
        "below_bp": 1_000,
        "above_bp": 1_000,
        "announced_at": NOW,
        "valid_from": NOW + DAY,
    }
    with tenancy.acting_as_platform():
        for attack in (
            lambda: PriceCollar.objects.create(**forged, index_day=date(2026, 11, 21)),
            lambda: PriceCollar.objects.create(
                **forged | {"valid_from": NOW}, index_day=date(2026, 11, 21)
            ),
            lambda: PriceCollar.objects.filter(pk=made.pk).update(reference=7),
        ):
            with pytest.raises(DatabaseError):
                _in_savepoint(attack)


def test_the_database_takes_no_order_outside_whoever_forgot_to_ask(listing, collared, monkeypatch):
    collared()
    monkeypatch.setattr("marketplace.orders.services.guarding._dear", lambda *_a, **_k: {})

    with pytest.raises(DatabaseError, match="outside the collar"):
        _in_savepoint(
            lambda: place(buyer("10000"), wish(listing, start=NOW + 3 * DAY), at=LATER + DAY)
        )


def _in_savepoint(attack):
    with transaction.atomic():
        attack()


def test_no_index_moves_a_collar_that_is_the_reference_price(listing, operators):
    proposal = services.propose_collar(
        resource_class=listing.resource_class,
        hub=listing.hub,
        band=Band(Decimal(3), 2_000, 2_000),
        base=CollarBase.REFERENCE,
        reason="the reference price binds",
        by=operators[0],
        now=NOW,
    )
    made = agreed(proposal, operators[1])
    assert made.base == CollarBase.REFERENCE
    day = date(2026, 1, 1)
    prices = {listing.resource_class: Decimal("3.1")}
    assert services.follow_index(day=day, prices=prices, now=NOW) == 0
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        PriceCollar.objects.create(
            book=made.book,
            reference=Decimal("3.1"),
            below_bp=2_000,
            above_bp=2_000,
            index_day=day,
            announced_at=NOW,
            valid_from=NOW + DAY,
        )
