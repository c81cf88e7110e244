"""A large budget is in its programme's pool when a second person of the issuer confirms it."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.errors import Forbidden
from identity import services as identity
from identity.contracts import Role, SecondPersonRequired
from marketplace.proposals import ProposalNotFound
from marketplace.vouchers import services
from marketplace.vouchers.contracts import ReferenceReused
from marketplace.vouchers.models import FundingProposal, ProgrammeFunding
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
    return people.officer(city.issuer, Role.ISSUER)


@pytest.fixture
def second(city, officer):
    return people.member(city.issuer, Role.ISSUER)


def fund(city, by, amount=LARGE):
    with tenancy.acting_as_platform():
        return services.fund_programme(
            programme_id=city.pk,
            issuer_id=city.issuer_id,
            amount_minor=amount,
            reference="2026",
            funded_by_id=by.pk,
            now=NOW,
        )


def confirm(proposal, by, issuer_id):
    with tenancy.acting_as_platform():
        return services.confirm_funding(
            proposal_id=proposal.pk, issuer_id=issuer_id, person_id=by.pk, now=NOW
        )


def test_a_large_budget_is_in_the_pool_when_a_second_person_confirms(city, officer, second):
    proposed = fund(city, officer)
    assert isinstance(proposed, FundingProposal)
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


def test_nobody_else_and_nobody_of_another_issuer_confirms(city, officer, second):
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


def test_raw_sql_confirms_no_budget_alone(city, officer):
    fund(city, officer)

    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        for lie in ("decided_by_id = proposed_by_id", "decided_by_id = NULL"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(
                    "UPDATE vouchers_fundingproposal SET state = 'CONFIRMED', decided_at = now(),"
                    " funding_id = (SELECT id FROM vouchers_programmefunding LIMIT 1), " + lie
                )
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("UPDATE vouchers_fundingproposal SET proposed_by_id = proposed_by_id+1")


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
    path = f"funding-proposals/{proposed.json()['id']}"
    refused = post(other, f"{path}/refuse", {"reason": "not in this year's plan"})
    again = post(first, f"programmes/{city.pk}/fundings", wish)
    withdrawn = post(
        first, f"funding-proposals/{again.json()['id']}/withdraw", {"reason": "next year"}
    )

    assert proposed.status_code == again.status_code == 202
    assert (refused.json()["state"], withdrawn.json()["state"]) == ("REFUSED", "WITHDRAWN")
    assert len(other.get("/api/v1/funding-proposals").json()["results"]) == 2
    assert cast.pool(city) == yuan("1000")
