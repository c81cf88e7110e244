"""From which amount on it takes two people is an amount of the ledger, zero or more."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.translation import override

from common import tenancy
from common.money import AMOUNT_MINOR_MAX, AmountTooLarge
from identity.approvals import selectors, services
from identity.approvals.contracts import LimitUnchanged, NegativeLimit, UnknownKind
from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace.payments.contracts import DEPOSIT_KIND
from tests import cast as people
from tests.approvals.cast import person
from tests.cast import NOW, signed_in

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def office():
    return people.organization("Office")


@pytest.fixture
def operator(office):
    return people.member(office, Role.OPERATOR)


@pytest.mark.parametrize(
    ("kind", "from_minor", "refusal"),
    [
        (DEPOSIT_KIND, -1, NegativeLimit),
        (DEPOSIT_KIND, AMOUNT_MINOR_MAX + 1, AmountTooLarge),
        (DEPOSIT_KIND, 1_000_000_00, LimitUnchanged),
        ("settlement.fee_rule", 1, UnknownKind),
        ("nothing.known", 1, UnknownKind),
    ],
)
def test_what_is_no_limit_is_never_proposed(office, operator, kind, from_minor, refusal):
    with pytest.raises(refusal):
        services.propose_limit(
            kind=kind, from_minor=from_minor, by=person(operator, office), reason="-", now=NOW
        )

    with tenancy.acting_as_platform():
        assert not Proposal.objects.exists()


def propose(browser, **typed):
    typed = {"kind": DEPOSIT_KIND, "reason": "more clerks", "key": str(uuid4())} | typed
    return browser.post(reverse("portal:approval-limits"), typed, headers=ENGLISH, follow=True)


@pytest.mark.parametrize(
    ("from_minor", "told"),
    [
        ("-1", "The amount must not be negative."),
        ("", "This field is required."),
        ("much", "Write the amount in plain digits"),
        ("1e5", "Write the amount in plain digits"),
        ("1,000,000.00", "This is the limit already."),
    ],
)
def test_the_page_tells_what_is_wrong_beside_the_amount_and_keeps_the_reason(
    operator, from_minor, told
):
    reply = propose(signed_in(operator), from_minor=from_minor)

    assert reply.status_code == 422
    assert told in reply.text
    assert "more clerks" in reply.text
    with tenancy.acting_as_platform():
        assert not Proposal.objects.exists()


def test_zero_means_always_once_another_operator_approves(office, operator):
    second = signed_in(people.member(office, Role.OPERATOR))

    proposed = propose(signed_in(operator), from_minor="0")
    with tenancy.acting_as_platform():
        waiting = Proposal.objects.get()
    before = selectors.from_minor(DEPOSIT_KIND)
    typed = {"decision": "APPROVE", "key": str(uuid4()), "content_hash": waiting.content_hash}
    second.post(reverse("portal:approval", args=[waiting.pk]), typed)

    assert "The limit waits until another operator approves it." in proposed.text
    assert (before, selectors.from_minor(DEPOSIT_KIND)) == (1_000_000_00, 0)
    with override("en"):
        shown = second.get(reverse("portal:approval-limits"), headers=ENGLISH)
    assert shown.text.count("Always") >= 5


def test_who_only_reads_sees_the_limits_and_proposes_none(office):
    auditor = signed_in(people.member(office, Role.AUDITOR))

    shown = auditor.get(reverse("portal:approval-limits"), headers=ENGLISH)

    assert "¥1,000,000.00" in shown.text
    assert "Propose another limit" not in shown.text
    assert propose(auditor, from_minor="1").status_code == 403
