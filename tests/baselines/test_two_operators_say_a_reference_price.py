"""A reference price is agreed on by two, announced a day before, and shown beside offers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from common import clock, tenancy
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from marketplace.baselines import selectors, services
from marketplace.baselines.contracts import ReferencePriceRefused, ReferencePriceTerms
from marketplace.portal import reference_words
from tests import cast, factories
from tests.catalog.supply import listed

pytestmark = pytest.mark.django_db
TERMS = ReferencePriceTerms(Decimal("3.2"), 2_000, 3_000, Decimal("2.1"), 23, 7, 3_000)
DAY = timedelta(days=1)


@pytest.fixture
def office():
    home = cast.organization("Office")
    return [Person(cast.member(home, Role.OPERATOR).pk, home.pk) for _each in range(2)]


def proposed(by, terms=TERMS, *, hour_class="training", reason="costs fell", at=None):
    return services.propose_reference(
        hour_class=hour_class, terms=terms, reason=reason, by=by, now=at or clock.now()
    )


def agreed(proposal, by, *, at=None):
    return services.confirm_reference(
        proposal_id=proposal.id,
        person_id=by.id,
        organization_id=by.organization_id,
        now=at or clock.now(),
    )


def test_it_holds_a_day_after_another_operator_approved_it(office):
    now = clock.now()
    found = agreed(proposed(office[0], at=now), office[1], at=now)
    assert (found.low, found.high) == (Decimal("2.56"), Decimal("4.16"))
    assert selectors.reference_in_force(at=now + DAY - timedelta(seconds=1)) is None
    assert selectors.reference_in_force(at=now + DAY).pk == found.pk


def test_nobody_approves_their_own(office):
    with pytest.raises(SecondPersonRequired):
        agreed(proposed(office[0]), office[0])


def test_one_without_a_figure_ends_it(office):
    long_ago = clock.now() - 5 * DAY
    agreed(proposed(office[0], at=long_ago), office[1], at=long_ago)
    now = clock.now()
    agreed(proposed(office[0], ReferencePriceTerms(None), at=now), office[1], at=now)
    assert selectors.reference_in_force(at=now) is not None
    assert selectors.reference_in_force(at=now + DAY) is None


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (ReferencePriceTerms(Decimal(0), 2_000, 2_000), "reference"),
        (ReferencePriceTerms(Decimal(3), 99, 2_000), "below"),
        (ReferencePriceTerms(Decimal(3), 2_000, 100_001), "above"),
        (ReferencePriceTerms(Decimal(3), 2_000, 2_000, Decimal(4)), "floor"),
        (ReferencePriceTerms(Decimal(3), 2_000, 2_000, None, 7, 7, 3_000), "off_peak_from"),
        (ReferencePriceTerms(Decimal(3), 2_000, 2_000, None, 23, 7, 9_001), "off_peak"),
        (ReferencePriceTerms(None, floor=Decimal(1)), "reference"),
    ],
)
def test_what_is_no_band_is_refused_by_name(office, terms, field):
    with pytest.raises(ReferencePriceRefused) as refused:
        proposed(office[0], terms)
    assert (refused.value.code, refused.value.field) == ("invalid_reference_price", field)


@pytest.mark.parametrize(
    "change", ["reference = 9", "floor = 0.5", "reason = 'another'", "valid_from = announced_at"]
)
def test_no_sql_changes_one(office, change):
    agreed(proposed(office[0]), office[1])
    refused_by_the_database(f"UPDATE baselines_referenceprice SET {change}")
    refused_by_the_database("DELETE FROM baselines_referenceprice")


def test_no_sql_makes_one_that_nobody_agreed_on_or_with_less_notice(office):
    agreed(proposed(office[0]), office[1])
    copied = (
        "INSERT INTO baselines_referenceprice (id, hour_class, reference, below_bp, above_bp,"
        " off_peak_bp, baseline_version, reason, announced_at, valid_from, proposed_by_id,"
        " agreed_by_id, proposal_id) SELECT gen_random_uuid(), hour_class, {}, below_bp, above_bp,"
        " off_peak_bp, baseline_version, reason, announced_at, {}, proposed_by_id, agreed_by_id,"
        " proposal_id FROM baselines_referenceprice"
    )
    refused_by_the_database(copied.format("9", "valid_from"))
    refused_by_the_database(copied.format("reference", "announced_at + interval '23 hours'"))


def refused_by_the_database(statement):
    with (
        tenancy.acting_as_platform(),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_everybody_reads_it_beside_offers_and_apart_from_the_index(office):
    long_ago = clock.now() - 2 * DAY
    agreed(proposed(office[0], at=long_ago), office[1], at=long_ago)
    shown = Client(headers={"accept-language": "en"}).get("/prices/reference/").content.decode()
    assert "¥3.20" in shown
    assert "a policy figure and no index" in shown

    listing = factories.ListingFactory(at=clock.now(), available_from=long_ago)
    buyer = cast.signed_in(cast.member(factories.BuyerFactory(), Role.BUYER))
    for address in (f"/market/{listing.pk}/", f"/market/{listing.pk}/order/", "/market/"):
        shown = buyer.get(address, headers={"accept-language": "en"}).content.decode()
        assert "to the reference price" in shown
        assert "Off-peak guidance 23:00 to 07:00: 30% less" in shown

    buyer.post(f"/market/{listing.pk}/compare/")
    shown = buyer.get("/market/compare/", headers={"accept-language": "en"}).content.decode()
    assert "To the reference price" in shown
    assert "23:00 to 07:00: 30% less" in shown


def test_a_quote_says_how_its_standard_hour_lies_to_it(office):
    long_ago = clock.now() - 2 * DAY
    agreed(proposed(office[0], at=long_ago), office[1], at=long_ago)
    (fact,) = reference_words.of_quote(3_18, Decimal(1), at=clock.now())
    assert "−0.6%" in fact[1].text
    assert "¥3.20" in fact[1].note
    assert reference_words.of_quote(3_18, None, at=clock.now()) == []


def test_the_page_says_how_many_ask_less_than_the_floor(office):
    long_ago = clock.now() - 2 * DAY
    agreed(proposed(office[0], at=long_ago), office[1], at=long_ago)
    english = {"Accept-Language": "en"}
    nobody = Client().get("/prices/reference/", headers=english).content.decode()
    for price in ("2.00", "2.10", "3.00"):
        listed(price=price)

    page = Client().get("/prices/reference/", headers=english).content.decode()

    assert "it forbids none" in nobody
    assert "it forbids none: 1 of 3 open listings ask less" in page


def test_the_api_tells_it_and_lets_operators_propose(office):
    long_ago = clock.now() - 2 * DAY
    agreed(proposed(office[0], at=long_ago), office[1], at=long_ago)
    (found,) = Client().get("/api/v1/reference-prices?hour_class=training").json()["results"]
    assert (found["reference"], found["floor"]) == ("3.200000", "2.100000")
