"""The pages on which a second person approves what another proposed."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import override

from common import clock, tenancy
from identity.approvals import kinds
from identity.approvals.contracts import LIMIT
from identity.approvals.models import Proposal
from identity.contracts import ResourceClass, Role
from marketplace.payments.models import Deposit
from marketplace.portal import names, order_proposals
from tests import cast
from tests.approvals import examples
from tests.orders import cast as orders
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh-hans"}


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
        "step": "confirm",
        "confirmed_minor": "1,000,000.00",
    }
    told = browser.post(reverse("portal:deposits"), typed, headers=ENGLISH, follow=True)
    assert "waits until somebody else approves it" in told.text
    assert "1 act waits for a second person." in told.text
    with tenancy.acting_as_platform():
        return Proposal.objects.get()


def page_of(proposal):
    return reverse("portal:approval", args=[proposal.pk])


def decide(browser, proposal, decision, note="", **changes):
    typed = {
        "decision": decision,
        "note": note,
        "key": str(uuid4()),
        "content_hash": proposal.content_hash,
    } | changes
    return browser.post(page_of(proposal), typed, headers=ENGLISH, follow=True)


def test_one_clerk_records_and_another_approves_having_seen_what_happens(desk):
    buyer = orders.buyer("1")
    clerk, second = (cast.signed_in(cast.member(desk, Role.FINANCE)) for _n in range(2))
    proposal = waiting(clerk, buyer)
    page = page_of(proposal)

    assert page in second.get(reverse("portal:approvals")).text
    assert page not in clerk.get(reverse("portal:approvals")).text
    assert page in clerk.get(reverse("portal:approvals") + "?show=mine").text
    shown = second.get(page, headers=ENGLISH).text
    assert "¥1.00" in shown
    assert "¥1,000,001.00" in shown
    assert "The buyer is credited at once." in shown
    own = decide(clerk, proposal, "APPROVE")
    unread = decide(second, proposal, "APPROVE", content_hash="0" * 64)
    assert own.status_code == unread.status_code == 422
    assert "not the one that was read" in unread.text
    done = decide(second, proposal, "APPROVE")

    assert "Deposit BANK-1 is approved and carried out." in done.text
    assert orders.cash(buyer)[0] == yuan("1000001")
    decided = second.get(page, headers=ENGLISH).text
    assert "Afterwards" not in decided
    assert "¥2,000,001.00" not in decided
    assert page in second.get(reverse("portal:approvals") + "?show=decided").text
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
        assert Proposal.objects.get().note == "a zero too many"
        assert not Deposit.objects.exists()


def test_an_auditor_reads_and_is_told_who_decides(desk):
    clerk = cast.signed_in(cast.member(desk, Role.FINANCE))
    auditor = cast.signed_in(cast.member(cast.organization(), Role.AUDITOR))
    proposal = waiting(clerk, orders.buyer())

    shown = auditor.get(page_of(proposal), headers=ENGLISH).text
    tried = decide(auditor, proposal, "APPROVE")

    assert page_of(proposal) in auditor.get(reverse("portal:approvals")).text
    assert "Somebody else decides: a person of the role Finance." in shown
    assert tried.status_code == 422
    with tenancy.acting_as_platform():
        assert not Deposit.objects.exists()


@pytest.mark.parametrize("tab", ["to-decide", "mine", "waiting", "decided", "nonsense"])
def test_an_empty_list_says_what_will_be_there(desk, tab):
    clerk = cast.signed_in(cast.member(desk, Role.FINANCE))

    shown = clerk.get(reverse("portal:approvals") + f"?show={tab}", headers=ENGLISH)

    assert shown.status_code == 200
    assert "cm-empty" in shown.text


@pytest.mark.parametrize("name", examples.OF)
def test_every_kind_is_read_in_plain_words_and_carried_out(name):
    """Its service is there, its words are in both languages, its page renders before and after."""
    kind = kinds.kind(name)
    with tenancy.acting_as_platform():
        example = examples.OF[name](clock.now())
        proposal = Proposal.objects.get(pk=example.proposed.id)
    reader = cast.signed_in(example.second)

    for headers in (ENGLISH, CHINESE):
        shown = reader.get(page_of(proposal), headers=headers)
        assert shown.status_code == 200
        with override(headers["Accept-Language"]):
            words = (str(kind.label), str(kind.consequence))
        for fact in (*example.facts, *words):
            assert escape(fact) in shown.text, fact
    done = decide(reader, proposal, "APPROVE")

    assert "is approved and carried out" in done.text
    with tenancy.acting_as_platform():
        assert example.came_true()
    after = reader.get(page_of(proposal), headers=ENGLISH)
    assert (after.status_code, "Afterwards" in after.text) == (200, False)


def test_a_limit_is_called_by_what_it_is_for():
    with tenancy.acting_as_platform():
        example = examples.OF[LIMIT](clock.now())
    reader = cast.signed_in(example.second)
    page = reverse("portal:approval", args=[example.proposed.id])

    for path in (page, reverse("portal:approvals")):
        shown = reader.get(path, headers=ENGLISH).text
        assert "Deposit" in shown
        assert "orders.deposit" not in shown


def test_whoever_approves_an_order_for_no_listing_reads_where_and_on_what_it_runs():
    wish = {
        "listing_id": None,
        "requirement": {"resource_class": "AI", "hub": "GAN", "chips": ["H100", "H200"]},
        "units_milli": 8_000,
        "period": {"starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-01T01:00:00Z"},
        "project_id": None,
    }
    with override("en"):
        what, *_rest = order_proposals.proposed_order(
            {"wish": wish, "amount_minor": None, "from_minor": 1}, clock.now()
        )
        told = f"{ResourceClass.AI.label} · {names.hub('GAN')} · H100/H200"
    assert what.proposed == told
