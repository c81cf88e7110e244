"""A large budget is in its programme's pool when a second person of the issuer approves it."""

import json
from uuid import uuid4

import pytest

from common import tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.approvals.contracts import Person, ProposalNotFound, Proposed
from identity.contracts import Role, SecondPersonRequired
from marketplace.vouchers import services
from marketplace.vouchers.contracts import ReferenceReused
from marketplace.vouchers.models import ProgrammeFunding
from tests import cast as people
from tests.orders import cast
from tests.orders.cast import NOW, programme
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
LARGE = yuan("10000000.00")


@pytest.fixture
def city():
    return programme("1000")


@pytest.fixture
def officer(city):
    return people.member(city.issuer, Role.ISSUER)


@pytest.fixture
def second(city):
    return people.member(city.issuer, Role.ISSUER)


def fund(city, by, amount=LARGE):
    with tenancy.acting_as_platform():
        return services.fund_programme(
            programme_id=city.pk,
            amount_minor=amount,
            reference="2026",
            by=Person(by.pk, city.issuer_id),
            now=NOW,
        )


def confirm(proposed, by, issuer_id):
    with tenancy.acting_as_platform():
        return services.confirm_funding(
            proposal_id=proposed.id, organization_id=issuer_id, person_id=by.pk, now=NOW
        )


def test_a_large_budget_is_in_the_pool_when_a_second_person_approves(city, officer, second):
    proposed = fund(city, officer)
    assert isinstance(proposed, Proposed)
    assert cast.pool(city) == yuan("1000")

    made = confirm(proposed, second, city.issuer_id)

    assert (made.funded_by, made.confirmed_by) == (officer, second)
    assert cast.pool(city) == yuan("1000") + LARGE
    assert isinstance(fund(city, officer), ProgrammeFunding)  # Sent again, it is the same.
    with pytest.raises(ReferenceReused):
        fund(city, officer, LARGE + 1)


def test_a_budget_one_fen_below_the_limit_needs_nobody_else(city, officer):
    assert isinstance(fund(city, officer, LARGE - 1), ProgrammeFunding)
    assert cast.pool(city) == yuan("1000") + LARGE - 1


def test_nobody_else_and_nobody_of_another_issuer_approves(city, officer, second):
    proposed = fund(city, officer)
    other = people.organization("Other issuer")
    stranger = people.member(other, Role.ISSUER)

    with pytest.raises(SecondPersonRequired):
        confirm(proposed, officer, city.issuer_id)
    with pytest.raises(ProposalNotFound):
        confirm(proposed, stranger, other.pk)
    with pytest.raises(Forbidden):
        confirm(proposed, stranger, city.issuer_id)
    with tenancy.acting_as_platform():
        identity.remove_member(organization_id=city.issuer_id, user_id=second.pk, role=Role.ISSUER)
    with pytest.raises(Forbidden):
        confirm(proposed, second, city.issuer_id)

    assert cast.pool(city) == yuan("1000")


def post(client, path, body=None):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex},
    )


def test_over_http_a_budget_is_refused_for_a_reason_and_tried_again(city, officer, second):
    first, other = people.signed_in(officer), people.signed_in(second)
    wish = {"amount_minor": LARGE, "reference": "2026"}

    proposed = post(first, f"programmes/{city.pk}/fundings", wish)
    path = f"approvals/{proposed.json()['proposal_id']}"
    refused = post(other, f"{path}/refuse", {"reason": "not in this year's plan"})
    again = post(first, f"programmes/{city.pk}/fundings", wish)
    path = f"approvals/{again.json()['proposal_id']}"
    others = post(other, f"{path}/withdraw", {"reason": "not mine"})
    withdrawn = post(first, f"{path}/withdraw", {"reason": "next year"})

    assert proposed.status_code == again.status_code == 202
    assert (others.status_code, others.json()["code"]) == (403, "not_your_proposal")
    assert (refused.json()["state"], withdrawn.json()["state"]) == ("REFUSED", "WITHDRAWN")
    listed = other.get("/api/v1/approvals?kind=vouchers.funding").json()["results"]
    assert [each["note"] for each in listed] == ["next year", "not in this year's plan"]
    assert cast.pool(city) == yuan("1000")
