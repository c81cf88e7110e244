"""A large deposit is credited when a second person confirms it, and the ledger moves with that."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.contracts import Role, SecondPersonRequired
from marketplace.orders import services
from marketplace.orders.models import Deposit, DepositProposal
from marketplace.proposals import (
    OthersProposal,
    ProposalDecided,
    ProposalState,
    ReasonMissing,
)
from marketplace.vouchers.contracts import ReferenceReused
from tests import cast as people
from tests.orders.cast import NOW, buyer, cash
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
LIMIT = "1000000.00"
LARGE, SMALL = yuan(LIMIT), yuan(LIMIT) - 1


@pytest.fixture
def desk():
    return people.organization("Desk")


@pytest.fixture
def clerk(desk):
    return people.member(desk, Role.FINANCE)


@pytest.fixture
def second(desk):
    return people.member(desk, Role.FINANCE)


@pytest.fixture
def haichao():
    return buyer()


def record(owner, by, amount=LARGE, reference="BANK-1"):
    return services.record_deposit(
        organization_id=owner.pk,
        amount_minor=amount,
        reference=reference,
        recorded_by_id=by.pk,
        now=NOW,
    )


def confirm(proposal, by, desk):
    return services.confirm_deposit(
        proposal_id=proposal.pk, person_id=by.pk, organization_id=desk.pk, now=NOW
    )


def booked():
    with tenancy.acting_as_platform():
        return Deposit.objects.exists()


def test_from_the_limit_on_nothing_is_credited_before_a_second_person_confirms(
    haichao, desk, clerk, second
):
    small = record(haichao, clerk, SMALL, "BANK-0")
    proposed = record(haichao, clerk)
    assert isinstance(small, Deposit)
    assert isinstance(proposed, DepositProposal)
    assert cash(haichao) == (SMALL, SMALL)

    made = confirm(proposed, second, desk)

    assert (made.recorded_by, made.confirmed_by) == (clerk, second)
    assert cash(haichao) == (SMALL + LARGE, SMALL + LARGE)


def test_a_large_deposit_in_small_parts_is_a_large_deposit(haichao, desk, clerk, second):
    first = record(haichao, clerk, SMALL, "BANK-0")
    rest = record(haichao, second, yuan("0.01"), "BANK-1")
    elsewhere = record(buyer(), clerk, SMALL, "BANK-2")

    assert [type(each) for each in (first, rest, elsewhere)] == [Deposit, DepositProposal, Deposit]
    assert cash(haichao) == (SMALL, SMALL)

    confirm(rest, clerk, desk)

    assert isinstance(record(haichao, clerk, yuan("0.01"), "BANK-3"), DepositProposal)


def test_who_proposed_does_not_confirm_or_refuse(haichao, desk, clerk):
    elsewhere = people.organization("Other desk")
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=elsewhere.pk, user_id=clerk.pk, role=Role.FINANCE)
    proposed = record(haichao, clerk)

    for place in (desk, elsewhere):
        with pytest.raises(SecondPersonRequired):
            confirm(proposed, clerk, place)
        with pytest.raises(SecondPersonRequired):
            services.refuse_deposit(
                proposal_id=proposed.pk,
                person_id=clerk.pk,
                organization_id=place.pk,
                reason="mine",
                now=NOW,
            )

    assert not booked()


def test_a_member_of_the_buyer_does_not_confirm(haichao, desk, clerk, second):
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=haichao.pk, user_id=second.pk, role=Role.PROVIDER)
    proposed = record(haichao, clerk)

    with pytest.raises(SecondPersonRequired):
        confirm(proposed, second, desk)


def test_who_lost_the_role_meanwhile_does_not_confirm(haichao, desk, clerk, second):
    proposed = record(haichao, clerk)
    with tenancy.acting_as_platform():
        identity.remove_member(organization_id=desk.pk, user_id=second.pk, role=Role.FINANCE)

    with pytest.raises(Forbidden):
        confirm(proposed, second, desk)

    assert not booked()


def test_a_reference_waits_once_and_is_free_again_after_a_refusal(haichao, desk, clerk, second):
    proposed = record(haichao, clerk)

    assert record(haichao, second).pk == proposed.pk
    for amount in (LARGE + 1, 1):
        with pytest.raises(ReferenceReused):
            record(haichao, clerk, amount)
    services.refuse_deposit(
        proposal_id=proposed.pk,
        person_id=second.pk,
        organization_id=desk.pk,
        reason="a zero too many",
        now=NOW,
    )
    right = record(haichao, clerk, LARGE + 1)
    confirm(right, second, desk)
    with pytest.raises(ReferenceReused):
        record(haichao, clerk, LARGE)
    assert isinstance(record(haichao, clerk, LARGE + 1), Deposit)
    assert cash(haichao) == (LARGE + 1, LARGE + 1)


def test_a_decision_is_made_once_and_a_no_has_its_reason(haichao, desk, clerk, second):
    proposed = record(haichao, clerk)
    withdraw = {"proposal_id": proposed.pk, "now": NOW}

    with pytest.raises(OthersProposal):
        services.withdraw_deposit(person_id=second.pk, reason="not mine", **withdraw)
    with pytest.raises(ReasonMissing):
        services.withdraw_deposit(person_id=clerk.pk, reason=" ", **withdraw)
    services.withdraw_deposit(person_id=clerk.pk, reason="typed twice", **withdraw)
    with pytest.raises(ProposalDecided):
        confirm(proposed, second, desk)

    with tenancy.acting_as_platform():
        proposed.refresh_from_db()
    assert (proposed.state, proposed.reason) == (ProposalState.WITHDRAWN, "typed twice")


ATTACKS = {
    "confirmed by who proposed": "state = 'CONFIRMED', decided_by_id = proposed_by_id,"
    " decided_at = now()",
    "confirmed by nobody": "state = 'CONFIRMED', decided_at = now()",
    "confirmed without a booking": "state = 'CONFIRMED', decided_by_id = %(other)s,"
    " decided_at = now()",
    "another proposer": "proposed_by_id = %(other)s",
    "another amount": "amount_minor = 1",
    "refused without a reason": "state = 'REFUSED', decided_by_id = %(other)s, decided_at = now()",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_raw_sql_confirms_nothing(haichao, clerk, second, attack):
    proposed = record(haichao, clerk)

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(
                f"UPDATE orders_depositproposal SET {ATTACKS[attack]} WHERE id = %(id)s",
                {"id": proposed.pk, "other": second.pk},
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("DELETE FROM orders_depositproposal")


def post(client, path, body=None):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def test_over_http_two_people_make_one_deposit(haichao, clerk, second):
    first, other = people.signed_in(clerk), people.signed_in(second)
    wish = {"organization_id": str(haichao.pk), "amount_minor": LARGE, "reference": "BANK-1"}

    proposed = post(first, "deposits", wish)
    assert (proposed.status_code, proposed.json()["state"]) == (202, "PROPOSED")
    path = f"deposit-proposals/{proposed.json()['id']}"
    own = post(first, f"{path}/confirm")
    unfounded = post(other, f"{path}/refuse", {"reason": ""})
    confirmed = post(other, f"{path}/confirm")
    late = post(other, f"{path}/refuse", {"reason": "too late"})

    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    assert unfounded.status_code == 400
    assert (confirmed.status_code, confirmed.json()["amount_minor"]) == (200, LARGE)
    assert (late.status_code, late.json()["code"]) == (409, "proposal_already_decided")
    (listed,) = other.get("/api/v1/deposit-proposals?state=CONFIRMED").json()["results"]
    assert listed["deposit_id"] == confirmed.json()["id"]
    assert cash(haichao) == (LARGE, LARGE)
