"""A large deposit is credited when a second person approves it, and the ledger moves with that."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from common import tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.approvals import services as approvals
from identity.approvals.contracts import Person, ProposalDecided, Proposed
from identity.contracts import Role, SecondPersonRequired
from marketplace.payments import services
from marketplace.payments.contracts import DEPOSIT_KIND
from marketplace.payments.models import Deposit
from marketplace.vouchers.contracts import ReferenceReused
from tests import cast as people
from tests.approvals.cast import set_limit
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


def record(owner, by, amount=LARGE, reference="BANK-1", now=NOW):
    with tenancy.acting_as_platform():
        desk_id = by.memberships.order_by("id")[0].organization_id
    return services.record_deposit(
        organization_id=owner.pk,
        amount_minor=amount,
        reference=reference,
        by=Person(by.pk, desk_id),
        now=now,
    )


def confirm(proposed, by, desk):
    return services.confirm_deposit(
        proposal_id=proposed.id, person_id=by.pk, organization_id=desk.pk, now=NOW
    )


def refuse(proposed, by, desk, reason="no"):
    return approvals.refuse(
        proposal_id=proposed.id, by=Person(by.pk, desk.pk), reason=reason, now=NOW
    )


def booked():
    with tenancy.acting_as_platform():
        return Deposit.objects.exists()


def test_from_the_limit_on_nothing_is_credited_before_a_second_person_approves(
    haichao, desk, clerk, second
):
    small = record(haichao, clerk, SMALL, "BANK-0")
    proposed = record(haichao, clerk)
    assert isinstance(small, Deposit)
    assert isinstance(proposed, Proposed)
    assert cash(haichao) == (SMALL, SMALL)

    made = confirm(proposed, second, desk)

    assert (made.recorded_by, made.confirmed_by) == (clerk, second)
    assert cash(haichao) == (SMALL + LARGE, SMALL + LARGE)


def test_a_large_deposit_in_small_parts_is_a_large_deposit(haichao, desk, clerk, second):
    first = record(haichao, clerk, SMALL, "BANK-0")
    rest = record(haichao, second, yuan("0.01"), "BANK-1")
    elsewhere = record(buyer(), clerk, SMALL, "BANK-2")

    assert [type(each) for each in (first, rest, elsewhere)] == [Deposit, Proposed, Deposit]
    assert cash(haichao) == (SMALL, SMALL)

    confirm(rest, clerk, desk)

    assert isinstance(record(haichao, clerk, yuan("0.01"), "BANK-3"), Proposed)


def test_a_reference_that_nobody_confirmed_in_time_is_free_before_it_is_swept(haichao, clerk):
    lapsed = record(haichao, clerk)
    later = lapsed.expires_at + timedelta(seconds=1)

    anew = record(haichao, clerk, now=later)

    assert isinstance(anew, Proposed)
    assert anew.id != lapsed.id
    assert anew.expires_at > later


def test_the_limit_is_what_two_operators_agreed_on(haichao, clerk):
    set_limit(DEPOSIT_KIND, 0)
    assert isinstance(record(haichao, clerk, 1), Proposed)

    set_limit(DEPOSIT_KIND, 2 * LARGE)
    assert isinstance(record(haichao, clerk, LARGE, "BANK-2"), Deposit)


def test_who_proposed_does_not_approve_or_refuse(haichao, desk, clerk):
    elsewhere = people.organization("Other desk")
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=elsewhere.pk, user_id=clerk.pk, role=Role.FINANCE)
    proposed = record(haichao, clerk)

    for place in (desk, elsewhere):
        with pytest.raises(SecondPersonRequired):
            confirm(proposed, clerk, place)
        with pytest.raises(SecondPersonRequired):
            refuse(proposed, clerk, place)

    assert not booked()


def test_a_member_of_the_buyer_does_not_approve(haichao, desk, clerk, second):
    with tenancy.acting_as_platform():
        identity.add_member(organization_id=haichao.pk, user_id=second.pk, role=Role.PROVIDER)
    proposed = record(haichao, clerk)

    with pytest.raises(SecondPersonRequired):
        confirm(proposed, second, desk)


def test_who_lost_the_role_meanwhile_does_not_approve(haichao, desk, clerk, second):
    proposed = record(haichao, clerk)
    with tenancy.acting_as_platform():
        identity.remove_member(organization_id=desk.pk, user_id=second.pk, role=Role.FINANCE)

    with pytest.raises(Forbidden):
        confirm(proposed, second, desk)

    assert not booked()


def test_a_reference_waits_once_and_is_free_again_after_a_refusal(haichao, desk, clerk, second):
    proposed = record(haichao, clerk)

    assert record(haichao, second).id == proposed.id
    for amount in (LARGE + 1, 1):
        with pytest.raises(ReferenceReused):
            record(haichao, clerk, amount)
    refuse(proposed, second, desk, "a zero too many")
    right = record(haichao, clerk, LARGE + 1)
    confirm(right, second, desk)
    with pytest.raises(ReferenceReused):
        record(haichao, clerk, LARGE)
    with pytest.raises(ProposalDecided):
        confirm(right, second, desk)
    assert isinstance(record(haichao, clerk, LARGE + 1), Deposit)
    assert cash(haichao) == (LARGE + 1, LARGE + 1)


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
    assert (proposed.status_code, proposed.json()["kind"]) == (202, DEPOSIT_KIND)
    path = f"approvals/{proposed.json()['proposal_id']}"
    read = other.get(f"/api/v1/{path}").json()
    seen = {"content_hash": read["content_hash"]}
    own = post(first, f"{path}/approve", seen)
    unread = post(other, f"{path}/approve")
    another = post(other, f"{path}/approve", {"content_hash": "0" * 64})
    unfounded = post(other, f"{path}/refuse", {"reason": ""})
    approved = post(other, f"{path}/approve", seen)
    late = post(other, f"{path}/refuse", {"reason": "too late"})

    assert (own.status_code, own.json()["code"]) == (403, "second_person_required")
    assert unread.status_code == unfounded.status_code == 400
    assert (another.status_code, another.json()["code"]) == (409, "proposal_changed")
    assert (approved.status_code, approved.json()["amount_minor"]) == (200, LARGE)
    assert (late.status_code, late.json()["code"]) == (409, "proposal_already_decided")
    (listed,) = other.get("/api/v1/approvals?state=APPROVED").json()["results"]
    (deposit,) = other.get("/api/v1/deposits").json()["results"]
    assert listed["result_id"] == deposit["id"]
    assert cash(haichao) == (LARGE, LARGE)
