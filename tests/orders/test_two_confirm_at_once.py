"""Eight approve one deposit at the same moment: it is booked once. Without the lock, it is not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import DatabaseError, connections

from common import tenancy
from identity.approvals.contracts import Person, ProposalDecided
from identity.contracts import Role
from marketplace.payments import services
from marketplace.payments.models import Deposit
from tests import cast as people
from tests.orders.cast import NOW, buyer, cash
from tests.vouchers.cast import yuan

AMOUNT = yuan("1000000")


def at_once(refused):
    """Let eight people approve; return the buyer and how many of them booked."""
    haichao, desk = buyer(), people.organization("Desk")
    clerk, *others = (people.member(desk, Role.FINANCE) for _n in range(9))
    proposed = services.record_deposit(
        organization_id=haichao.pk,
        amount_minor=AMOUNT,
        reference="BANK-1",
        by=Person(clerk.pk, desk.pk),
        now=NOW,
    )
    start = Barrier(len(others))

    def confirm(person):
        start.wait()
        try:
            services.confirm_deposit(
                proposal_id=proposed.id, person_id=person.pk, organization_id=desk.pk, now=NOW
            )
        except refused as error:
            return type(error)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(others)) as pool:
        return haichao, list(pool.map(confirm, others))


def test_of_eight_approvers_at_once_one_books_the_deposit(fresh_database):
    haichao, answers = at_once(refused=ProposalDecided)

    assert answers.count(None) == 1
    with tenancy.acting_as_platform():
        assert Deposit.objects.count() == 1
    assert cash(haichao) == (AMOUNT, AMOUNT)


def test_without_the_lock_the_race_happens_and_the_database_still_decides_once(
    fresh_database, monkeypatch
):
    """The negative control: unlocked, several get as far as the trigger, which lets one through."""
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda found, **_how: found
    )

    haichao, answers = at_once(refused=(ProposalDecided, DatabaseError))

    assert answers.count(None) == 1
    assert any(issubclass(each, DatabaseError) for each in answers if each)
    assert cash(haichao) == (AMOUNT, AMOUNT)
