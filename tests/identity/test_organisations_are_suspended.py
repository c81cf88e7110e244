"""Two operators suspend an organisation: it begins nothing new."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from identity import services as identity
from identity import suspensions
from identity.contracts import (
    AlreadySuspended,
    NotSuspended,
    OrganizationSuspended,
    Role,
    SecondPersonRequired,
    SuspensionReasonMissing,
)
from identity.events import selectors as events
from identity.models import Organization, Suspension
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Listing
from marketplace.orders import services as orders
from marketplace.vouchers import services as vouchers
from tests import cast
from tests.cast import NOW
from tests.catalog import supply
from tests.factories.trade import approved, issued
from tests.identity import standing
from tests.orders.cast import HOUR, buyer, clear, place, programme, seen, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def operators():
    return standing.operators()


def suspend(organization, operators, **facts):
    first, second = operators
    standing.suspend(organization, by=first, second=second, **facts)


def reinstate(organization, operators, **facts):
    first, second = operators
    standing.reinstate(organization, by=first, second=second, **facts)


def state_of(listing):
    return Listing.objects.get(pk=listing.pk).state


def told(organization):
    with tenancy.acting_as_platform():
        return list(events.recorded(organization.pk).values_list("name", flat=True))


def test_a_suspended_buyer_orders_nothing_and_what_waits_is_cancelled(operators):
    listing, owner = supply.listed(cards=4), buyer("1000")
    runs, asked = place(owner, wish(listing)), wish(listing, key="waits")
    clear(listing)
    waits = place(owner, asked)

    suspend(owner, operators)

    assert (seen(runs).state, seen(waits).state) == ("CLEARED", "CANCELLED")
    with pytest.raises(OrganizationSuspended):
        place(owner, wish(listing))
    assert place(owner, asked).pk == waits.pk  # A retry is answered as before.
    assert "identity.organization.suspended" in told(owner)
    reinstate(owner, operators)
    assert place(owner, wish(listing)).state == "PLACED"
    assert told(owner).count("identity.organization.reinstated") == 1


def test_a_suspended_providers_offers_leave_the_market_and_come_back(operators):
    listing = supply.listed(cards=4)
    provider = listing.provider
    paused = supply.listed(provider)
    with tenancy.acting_as(provider.pk):
        catalog.pause_listing(listing_id=paused.pk, provider_id=provider.pk, now=NOW)
    runs = place(buyer("1000"), wish(listing))
    clear(listing)

    suspend(provider, operators)

    assert (state_of(listing), state_of(paused)) == ("PAUSED", "PAUSED")
    assert seen(runs).state == "CLEARED"
    with tenancy.acting_as(provider.pk), pytest.raises(OrganizationSuspended):
        catalog.resume_listing(listing_id=listing.pk, provider_id=provider.pk, now=NOW)
    with pytest.raises(OrganizationSuspended):
        supply.listed(provider)
    reinstate(provider, operators)
    assert (state_of(listing), state_of(paused)) == ("OPEN", "PAUSED")


def test_what_a_provider_closed_meanwhile_stays_closed(operators):
    listing = supply.listed()
    suspend(listing.provider, operators)
    with tenancy.acting_as(listing.provider_id):
        catalog.close_listing(listing_id=listing.pk, provider_id=listing.provider_id, now=NOW)

    reinstate(listing.provider, operators)

    assert state_of(listing) == "CLOSED"


def test_a_listing_that_waits_for_a_check_opens_after_both(operators):
    listing = supply.listed()
    catalog.set_listings_aside(listing_ids=[listing.pk], code="x", detail="x", now=NOW)
    suspend(listing.provider, operators)

    assert catalog.retry_listing(listing_id=listing.pk).state == "PAUSED"

    reinstate(listing.provider, operators)
    assert state_of(listing) == "OPEN"


def test_a_suspended_organisation_gets_no_vouchers(operators):
    city, owner = programme("1000"), buyer()
    applicant = cast.member(owner, Role.BUYER)
    facts = {
        "programme_id": city.pk,
        "applicant_id": owner.pk,
        "amount_minor": 100_00,
        "purpose": "training",
        "applied_by_id": applicant.pk,
        "now": NOW,
    }
    with tenancy.acting_as(owner.pk):
        waits = vouchers.apply(**facts)
    with tenancy.acting_as_platform():
        approved(waits)
    suspend(owner, operators)

    with tenancy.acting_as(owner.pk), pytest.raises(OrganizationSuspended):
        vouchers.apply(**facts)
    with tenancy.acting_as_platform(), pytest.raises(OrganizationSuspended):
        issued(waits)


def test_its_keys_answer_403_and_its_members_read_who_they_are(operators, client):
    owner = cast.organization()
    maker = cast.member(owner, Role.PROVIDER)
    facts = {
        "organization_id": owner.pk,
        "created_by": maker.pk,
        "name": "robot",
        "roles": [Role.PROVIDER],
        "scopes": ["organizations:read", "metering:write"],
        "now": NOW,
        "expires_at": NOW + timedelta(days=300),
    }
    with tenancy.acting_as(owner.pk):
        issued = identity.create_api_key(**facts)
    key = {"Authorization": f"Bearer {issued.secret}"}
    suspend(owner, operators)

    refused = client.get("/api/v1/me", headers=key)
    sent = client.post(
        "/api/v1/metering/events",
        "[]",
        content_type="application/cloudevents-batch+json",
        headers=key,
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "organization_suspended")
    assert (sent.status_code, sent.json()["code"]) == (403, "organization_suspended")
    browser = cast.signed_in(maker)
    assert browser.get("/api/v1/me").json()["organization"]["suspended_at"]
    with tenancy.acting_as(owner.pk), pytest.raises(OrganizationSuspended):
        identity.create_api_key(**facts)


def test_two_operators_of_another_organisation_decide_each_time(operators):
    first, second = operators
    owner = cast.organization()
    insider = cast.member(owner, Role.OPERATOR)
    of_its_own = standing.Person(insider.pk, owner.pk)
    asked = {"organization_id": owner.pk, "reason": "bills unpaid", "now": NOW}

    with pytest.raises(SecondPersonRequired):
        suspensions.propose_suspension(**asked, by=of_its_own)
    proposed = suspensions.propose_suspension(**asked, by=first)
    for person in (first, of_its_own):
        with pytest.raises(SecondPersonRequired):
            orders.confirm_suspension(
                proposal_id=proposed.id,
                person_id=person.id,
                organization_id=person.organization_id,
                now=NOW,
            )
    assert Organization.objects.get(pk=owner.pk).suspended_at is None
    standing.agree(proposed, first, second, at=NOW, act=orders.confirm_suspension)
    assert Organization.objects.get(pk=owner.pk).suspended_at == NOW


def test_it_is_suspended_once_and_reinstated_once(operators):
    owner = cast.organization()
    first, _second = operators
    asked = {"organization_id": owner.pk, "reason": "again", "by": first, "now": NOW}

    with pytest.raises(NotSuspended):
        suspensions.propose_reinstatement(**asked)
    suspend(owner, operators)
    with pytest.raises(AlreadySuspended):
        suspensions.propose_suspension(**asked)
    reinstate(owner, operators, at=NOW + HOUR)
    with pytest.raises(NotSuspended):
        suspensions.propose_reinstatement(**asked)
    suspend(owner, operators, at=NOW + 2 * HOUR)
    with tenancy.acting_as_platform():
        assert Suspension.objects.filter(organization=owner).count() == 2


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501], ids=["empty", "blank", "long"])
def test_a_suspension_has_a_reason(operators, reason):
    first, _second = operators

    with pytest.raises(SuspensionReasonMissing):
        suspensions.propose_suspension(
            organization_id=cast.organization().pk, reason=reason, by=first, now=NOW
        )


def test_the_database_takes_no_suspension_that_nobody_agreed_on(operators):
    owner, other = cast.organization("Late"), cast.organization("Else")
    suspend(owner, operators)
    with tenancy.acting_as_platform():
        for attack in (
            "UPDATE identity_organization SET suspended_at = NULL",
            "UPDATE identity_suspension SET ended_at = now(), end_reason = 'x'",
            "UPDATE identity_suspension SET reason = 'another'",
            "DELETE FROM identity_suspension",
            "INSERT INTO identity_suspension (id, organization_id, reason, since, end_reason,"
            " suspended_by_id, agreed_by_id, proposal_id)"
            f" SELECT uuidv7(), '{other.pk}', reason, since, '', suspended_by_id, agreed_by_id,"
            " proposal_id FROM identity_suspension",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)


def test_the_database_refuses_what_a_program_forgot(operators):
    listing, owner = supply.listed(cards=4), buyer("1000")
    order = place(owner, wish(listing))
    for organization in (owner, listing.provider):
        suspend(organization, operators)
    with tenancy.acting_as_platform():
        for attack in (
            f"UPDATE catalog_listing SET state = 'OPEN' WHERE id = '{listing.pk}'",
            f"INSERT INTO orders_order SELECT (jsonb_populate_record(o, jsonb_build_object("
            f"'id', uuidv7(), 'number', 'O-x', 'key', 'x'))).* FROM orders_order o"
            f" WHERE id = '{order.pk}'",
        ):
            with pytest.raises(DatabaseError, match="suspended"), transaction.atomic():
                connection.cursor().execute(attack)


def test_others_neither_read_the_reason_nor_propose(operators):
    owner = cast.organization("Late")
    suspend(owner, operators)
    address = f"/api/v1/organizations/{owner.pk}/suspensions"
    asked = {"data": {"reason": "x"}, "content_type": "application/json"}

    stranger = cast.signed_in(cast.member(cast.organization("Else"), Role.BUYER))
    member = cast.signed_in(cast.member(owner, Role.BUYER))

    assert stranger.get(address).status_code == 404
    assert member.get(address).json()["results"][0]["reason"] == "bills unpaid"
    for browser in (stranger, member):
        key = {"Idempotency-Key": "one"}
        assert browser.post(address, headers=key, **asked).status_code == 403


def test_an_operator_proposes_over_the_api(operators):
    owner = cast.organization("Late")
    browser = cast.signed_in(cast.member(cast.organization("Office"), Role.OPERATOR))
    address = f"/api/v1/organizations/{owner.pk}/"
    asked = {"data": {"reason": "x"}, "content_type": "application/json"}

    sent = browser.post(address + "suspensions", headers={"Idempotency-Key": "1"}, **asked)
    early = browser.post(address + "reinstatement", headers={"Idempotency-Key": "2"}, **asked)

    assert (sent.status_code, bool(sent.json()["proposal_id"])) == (202, True)
    assert (early.status_code, early.json()["code"]) == (409, "not_suspended")
