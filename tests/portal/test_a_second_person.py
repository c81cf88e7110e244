"""The pages on which a second person confirms what another recorded."""

from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.orders.models import Deposit, DepositProposal
from tests import cast
from tests.orders import cast as orders
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def desk():
    return cast.organization("Desk")


def waiting(browser, buyer):
    """Record a large deposit on the page; return its proposal."""
    typed = {
        "uscc": buyer.uscc,
        "amount_minor": "1,000,000.00",
        "reference": "BANK-1",
        "key": str(uuid4()),
    }
    told = browser.post(reverse("portal:deposits"), typed, headers=ENGLISH, follow=True)
    assert "waits until somebody else confirms it" in told.text
    with tenancy.acting_as_platform():
        return DepositProposal.objects.get()


def decide(browser, proposal, decision, reason=""):
    typed = {"decision": decision, "reason": reason, "key": str(uuid4())}
    return browser.post(
        reverse("portal:deposit-proposal", args=[proposal.pk]), typed, headers=ENGLISH, follow=True
    )


def test_one_clerk_records_and_another_confirms_having_seen_what_happens(desk):
    buyer = orders.buyer("1")
    clerk, second = (cast.signed_in(cast.member(desk, Role.FINANCE)) for _n in range(2))
    proposal = waiting(clerk, buyer)
    page = reverse("portal:deposit-proposal", args=[proposal.pk])

    assert page in second.get(reverse("portal:deposits")).text
    shown = second.get(page, headers=ENGLISH).text
    assert "¥1.00" in shown
    assert "¥1,000,001.00" in shown
    own = decide(clerk, proposal, "CONFIRM")
    assert own.status_code == 422
    done = decide(second, proposal, "CONFIRM")

    assert "BANK-1 is confirmed and booked." in done.text
    assert orders.cash(buyer)[0] == yuan("1000001")
    decided = second.get(page, headers=ENGLISH).text
    assert "Afterwards" not in decided
    assert "¥2,000,001.00" not in decided
    late = decide(second, proposal, "REFUSE", "too late")
    assert late.status_code == 422
    assert "already decided" in late.text


def test_a_no_needs_its_reason_beside_the_field(desk):
    buyer = orders.buyer()
    clerk, second = (cast.signed_in(cast.member(desk, Role.FINANCE)) for _n in range(2))
    proposal = waiting(clerk, buyer)

    without = decide(second, proposal, "REFUSE")
    refused = decide(second, proposal, "REFUSE", "a zero too many")

    assert (without.status_code, refused.status_code) == (422, 200)
    assert "Say why." in without.text
    with tenancy.acting_as_platform():
        assert DepositProposal.objects.get().reason == "a zero too many"
        assert not Deposit.objects.exists()
