from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from common import tenancy
from identity.contracts import Role
from marketplace.orders import services
from marketplace.orders.models import Deposit
from marketplace.proposals import ProposalDecided
from tests import cast as people
from tests.orders.cast import NOW, buyer, cash
from tests.vouchers.cast import yuan

AMOUNT = yuan("1000000")


def test_of_eight_confirmers_at_once_one_books_the_deposit(fresh_database):
    haichao, desk = buyer(), people.organization("Desk")
    clerk, *others = (people.member(desk, Role.FINANCE) for _n in range(9))
    proposed = services.record_deposit(
        organization_id=haichao.pk,
        amount_minor=AMOUNT,
        reference="BANK-1",
        recorded_by_id=clerk.pk,
        now=NOW,
    )
    start = Barrier(len(others))

    def confirm(person):
        start.wait()
        try:
            services.confirm_deposit(
                proposal_id=proposed.pk, person_id=person.pk, organization_id=desk.pk, now=NOW
            )
        except ProposalDecided:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(others)) as pool:
        booked = list(pool.map(confirm, others))

    assert booked.count(True) == 1
    with tenancy.acting_as_platform():
        assert Deposit.objects.count() == 1
    assert cash(haichao) == (AMOUNT, AMOUNT)
