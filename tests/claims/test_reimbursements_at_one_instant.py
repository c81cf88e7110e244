"""Real threads on PostgreSQL: what caps leave is reimbursed to the fen, and the locks are why."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from uuid import UUID

import pytest

from common import tenancy
from identity.contracts import Role
from marketplace.claims.models import Reimbursement, VoucherClaim
from marketplace.claims.reimbursement_contracts import ReimbursementState
from marketplace.orders import services as orders_services
from marketplace.vouchers import locks
from marketplace.vouchers.models import Application, Programme, ReimbursedAmount, Voucher
from tests import cast as people
from tests import factories
from tests.claims.reimbursed import Reimbursing
from tests.instant import at_once
from tests.orders.cast import pool
from tests.settlement.cast import OPENED, is_balanced
from tests.vouchers.cast import yuan
from tests.vouchers.test_applications_at_one_instant import asked, issuing

REQUESTS = 6
YEAR = [{"year": 2026, "quarter": None, "amount_minor": 100_00}]
QUARTER = [
    {"year": 2026, "quarter": None, "amount_minor": 1_000_00},
    {"year": 2026, "quarter": 4, "amount_minor": 100_00},
]
Instant = Callable[[], AbstractContextManager[None]]


def of_many_buyers(instant: Instant, **rules: object) -> int:
    """Let requests of ¥36.00 each, of as many buyers, race for what is left; return their sum."""
    world = Reimbursing(**rules)
    rows = [world.review(world.ask())]
    for number in range(1, REQUESTS):
        owner = people.organization(f"Buyer {number}")
        factories.DepositFactory(organization=owner, amount="1000", at=OPENED)
        world.market.buyer = world.buyer = owner
        world.clerk = people.member(owner, Role.BUYER)
        world.trade(later=number)
        rows.append(world.review(world.ask()))
    with instant():
        assert at_once(*[checking(world, each) for each in rows]) == []
    return granted(world)


def of_one_buyer(instant: Instant, **rules: object) -> int:
    """Let a request of ¥36.00 and vouchers of ¥36.00 of its buyer race for what is left."""
    world = Reimbursing(mode="BOTH", payee="EITHER", **rules)
    row = world.review(world.ask())
    with tenancy.acting_as_platform():
        rows = [asked(world.programme, world.buyer, "36") for _n in range(REQUESTS - 1)]
        clerk = people.officer(world.programme.issuer, Role.ISSUER)

    def issue(application: Application) -> Callable[[], object]:
        def act() -> None:
            with tenancy.acting_as_platform():
                issuing(application, clerk)()

        return act

    with instant():
        assert at_once(checking(world, row), *[issue(each) for each in rows]) == []
    return granted(world)


def checking(world: Reimbursing, row: Reimbursement) -> Callable[[], object]:
    return lambda: world.check(row)


def granted(world: Reimbursing) -> int:
    """Return what was granted in all, which left the pool, is claimed, and is balanced."""
    with tenancy.acting_as_platform():
        approved = Reimbursement.objects.filter(state=ReimbursementState.APPROVED)
        amounts = sum(approved.values_list("amount_minor", flat=True))
        counted = sum(ReimbursedAmount.objects.values_list("counted_minor", flat=True))
        claimed = sum(VoucherClaim.objects.values_list("accepted_minor", flat=True))
        issued = sum(Voucher.objects.values_list("face_minor", flat=True))
    assert counted == claimed == amounts
    assert pool(world.programme) == yuan("1000") - counted - issued
    assert is_balanced()
    return counted + issued


@contextmanager
def unlocked() -> Iterator[None]:
    """Let nobody wait for a programme, and let all be there before any of them reads."""
    together = threading.Barrier(REQUESTS)

    def programme(*, programme_id: UUID, issuer_id: UUID) -> Programme:
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=20)
        return Programme.objects.get(pk=programme_id, issuer_id=issuer_id)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(locks, "programme", programme)
        patched.setattr(orders_services, "hold_caps", lambda **_facts: None)
        yield


CAPS = {
    "budget of a year": (of_many_buyers, {"budget": YEAR}, {100_00}),
    "budget of a quarter": (of_many_buyers, {"budget": QUARTER}, {100_00}),
    "whole programme": (of_many_buyers, {"limits": {"programme_minor": 100_00}}, {100_00}),
    # A voucher is issued whole or not at all: of what two leave, a request alone takes the rest.
    "entity and year": (
        of_one_buyer,
        {"limits": {"per_entity_year_minor": 100_00}},
        {72_00, 100_00},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("cap", CAPS)
def test_what_a_cap_leaves_is_reimbursed_to_the_fen(fresh_database, django_db_blocker, cap):
    race, rules, totals = CAPS[cap]
    with django_db_blocker.unblock():
        assert race(nullcontext, **rules) in totals


@pytest.mark.slow
@pytest.mark.parametrize("cap", CAPS)
def test_without_the_locks_the_cap_is_broken(fresh_database, django_db_blocker, cap):
    """The negative control: without its locks, the race of the test above happens."""
    race, rules, _totals = CAPS[cap]
    with django_db_blocker.unblock():
        total = race(unlocked, **rules)

    assert total > 100_00, "the race did not happen: the test above would prove nothing"
