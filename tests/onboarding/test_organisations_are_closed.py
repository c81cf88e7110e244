"""Two people close an organisation once nothing of it runs; its records stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import tenancy
from identity import services as identity
from identity.approvals.contracts import Person
from identity.contracts import KeyKind, OrganizationClosed, RenameKind, Role, SecondPersonRequired
from identity.models import ApiKey, ComputeResource, Membership, MeteringAgent, Organization, User
from identity.onboarding import closures, leaving, selectors
from identity.onboarding.contracts import AlreadyClosed, Life, OrganizationNotEmpty
from identity.onboarding.models import Closure
from marketplace.catalog.models import Listing
from tests import cast, factories
from tests.cast import NOW
from tests.catalog import supply
from tests.identity import standing
from tests.orders.cast import buyer, clear, place, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def operators():
    by, second = standing.operators()
    return by, Person(second.pk, by.organization_id)


def close(organization, operators, at=None):
    by, second = operators
    now = at or timezone.now()
    proposed = closures.propose_closure(
        organization_id=organization.pk, reason="wound up", by=by, now=now
    )
    return closures.close_organization(
        proposal_id=proposed.id,
        person_id=second.id,
        organization_id=second.organization_id,
        now=now,
    )


def key_of(organization, maker, kind=KeyKind.ORGANIZATION):
    now = timezone.now()
    with tenancy.acting_as_platform():
        return identity.create_api_key(
            organization_id=organization.pk,
            created_by=maker.pk,
            name="robot",
            roles=[Role.PROVIDER],
            scopes=["organizations:read"],
            now=now,
            expires_at=now + timedelta(days=1),
            kind=kind,
        )


def test_everything_that_acts_for_it_ends_and_its_records_stay(operators, client):
    acme = cast.organization("Leaver")
    maker = cast.member(acme, Role.PROVIDER)
    issued, token = key_of(acme, maker), key_of(acme, maker, KeyKind.PERSONAL)
    agent = factories.AgentFactory(provider=acme)
    browser = cast.signed_in(maker)
    assert browser.get("/api/v1/me").status_code == 200
    with tenancy.acting_as_platform():
        before = set(ApiKey.objects.values_list("pk", flat=True))

    closure = close(acme, operators)

    assert selectors.life_of(acme.pk) == Life.CLOSED
    for secret in (issued.secret, token.secret):
        refused = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert refused.status_code == 401
    assert browser.get("/api/v1/me").status_code in (401, 403)
    assert closure.members == [[maker.pk, "PROVIDER"]]
    with tenancy.acting_as_platform():
        assert MeteringAgent.objects.get(pk=agent.pk).revoked_at
        assert not Membership.objects.filter(organization=acme).exists()
        assert set(ApiKey.objects.values_list("pk", flat=True)) == before
    assert Organization.objects.filter(pk=acme.pk).exists()


def test_who_belongs_elsewhere_stays_signed_in_there(operators):
    acme, other = cast.organization("Leaver"), cast.organization("Stays")
    person = cast.member(acme, Role.BUYER)
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=other.pk, user_id=person.pk, role=Role.BUYER)
    browser = cast.signed_in(person)
    assert browser.get("/api/v1/me").json()["organization"]["id"] == str(acme.pk)
    sessions = Session.objects.count()

    close(acme, operators)

    assert browser.get("/api/v1/me").json()["organization"]["id"] == str(other.pk)
    assert Session.objects.count() == sessions


def test_its_offers_leave_the_market_for_good(operators):
    listing = supply.listed(cards=4)

    close(listing.provider, operators, at=NOW)

    assert Listing.objects.get(pk=listing.pk).state == "CLOSED"


def test_a_suspended_one_is_closed_with_all_that_it_registered_and_offered(operators, client):
    listing = supply.listed(cards=4)
    owner = listing.provider
    old, new = cast.resource(owner), cast.resource(owner)
    with tenancy.acting_as_platform():
        identity.rename_code(
            resource_id=old.pk,
            provider_id=owner.pk,
            to=[new.identifier],
            kind=RenameKind.RENAME,
            reason="moved",
            now=NOW,
        )
    by, second = operators
    standing.suspend(owner, by=by, second=User.objects.get(pk=second.id))

    close(owner, operators, at=timezone.now())

    with tenancy.acting_as_platform():
        states = ComputeResource.objects.filter(provider=owner).values_list("status", flat=True)
        assert sorted(states) == ["RENAMED", "WITHDRAWN", "WITHDRAWN"]
    assert Listing.objects.get(pk=listing.pk).state == "CLOSED"
    assert "wound up" in client.get(f"/r/{new.identifier}/").text


def test_what_runs_or_is_held_is_named_and_nothing_is_closed(operators):
    listing, owner = supply.listed(cards=4), buyer("1000")
    place(owner, wish(listing))
    clear(listing)

    for organization, codes in (
        (owner, {"orders", "balances"}),
        (listing.provider, {"orders", "resources", "listings"}),
    ):
        left = leaving.left_of(organization.pk, now=NOW)
        assert {each.code for each in left if each.count} >= codes
        with pytest.raises(OrganizationNotEmpty) as refused:
            close(organization, operators, at=NOW)
        assert "1" in str(refused.value)
    assert not Closure.objects.exists()


def test_what_came_meanwhile_stops_the_approval(operators):
    by, second = operators
    listing, owner = supply.listed(cards=4), buyer("1000")
    acme = listing.provider
    proposed = closures.propose_closure(
        organization_id=acme.pk, reason="wound up", by=by, now=timezone.now()
    )
    place(owner, wish(listing))
    clear(listing)

    with pytest.raises(OrganizationNotEmpty):
        closures.close_organization(
            proposal_id=proposed.id,
            person_id=second.id,
            organization_id=second.organization_id,
            now=timezone.now(),
        )
    assert selectors.life_of(acme.pk) == Life.ACTIVE


def test_nobody_closes_their_own_or_alone_or_twice(operators):
    by, _second = operators
    acme = cast.organization("Leaver")
    inside = cast.member(acme, Role.OPERATOR)
    with pytest.raises(SecondPersonRequired):
        closures.propose_closure(
            organization_id=acme.pk, reason="x", by=Person(inside.pk, acme.pk), now=timezone.now()
        )
    with pytest.raises(SecondPersonRequired):
        close(acme, (by, by))
    close(cast.organization("Gone"), operators)
    gone = Organization.objects.get(closed_at__isnull=False)
    with pytest.raises(AlreadyClosed):
        close(gone, operators)


def test_the_database_keeps_it_closed(operators):
    acme, other = cast.organization("Leaver"), cast.organization("Other")
    person = cast.member(other, Role.BUYER)
    close(acme, operators)
    with tenancy.acting_as_platform():
        for attack in (
            "UPDATE identity_organization SET closed_at = NULL",
            "UPDATE onboarding_closure SET reason = 'x'",
            "DELETE FROM onboarding_closure",
            "INSERT INTO identity_membership (organization_id, user_id, role, created_at)"
            f" VALUES ('{acme.pk}', {person.pk}, 'BUYER', now())",
            "INSERT INTO onboarding_closure SELECT (jsonb_populate_record(c, jsonb_build_object("
            f"'id', uuidv7(), 'organization_id', '{other.pk}'))).* FROM onboarding_closure c",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)
    with pytest.raises(OrganizationClosed):
        identity.require_standing(acme.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.ResourceFactory(provider=acme)


def test_an_operator_enters_an_organisation_that_is_onboarded_first(operators):
    by, _second = operators
    operator = cast.signed_in(User.objects.get(pk=by.id))
    body = {"uscc": "91350100M000100Y43", "name": "福州示范", "role": "PROVIDER"}

    made = operator.post("/api/v1/organizations", body, content_type="application/json").json()

    assert made["onboarding_since"]
    told = operator.get(f"/api/v1/organizations/{made['id']}/onboarding").json()
    assert (told["life"], told["role"]) == ("ONBOARDING", "PROVIDER")


def test_operators_close_on_a_page_and_over_http(operators):
    by, _second = operators
    acme = cast.organization("Leaver")
    operator = cast.signed_in(User.objects.get(pk=by.id))
    path = f"/organizations/{acme.pk}/close/"
    form = operator.get(path).context["main"][1].form
    sent = operator.post(path, {"key": form.initial["key"], "reason": "wound up"})

    assert sent.status_code == 302
    left = operator.get(f"/api/v1/organizations/{acme.pk}/closure").json()
    assert left["closed_at"] is None
    assert {each["code"] for each in left["left"]} == {
        "orders",
        "deliveries",
        "claims",
        "balances",
        "listings",
        "resources",
    }
    again = operator.post(
        f"/api/v1/organizations/{acme.pk}/closure",
        {"reason": "other"},
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    assert again.status_code == 409
