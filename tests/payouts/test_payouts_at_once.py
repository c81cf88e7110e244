"""Sixty-four approve, send and answer one run at once: its provider is paid once, booked once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, connections

from common import clock, tenancy
from common.moments import market_date
from identity.approvals.contracts import Person, ProposalDecided
from identity.contracts import Role
from marketplace import accounts
from marketplace.payments.models import Movement
from marketplace.payouts import services
from marketplace.payouts.contracts import Answer, BankAnswer
from marketplace.settlement.contracts import Party
from tests import cast
from tests.payouts.cast import account, payable
from tests.settlement.cast import adjusted, balance

THREADS = 64


def at_once(act, *refused):
    """Let sixty-four do the same at one moment; return what each was told."""
    start = Barrier(THREADS)

    def one(_number: int):
        start.wait()
        try:
            act()
        except refused as error:
            return type(error)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def proposed():
    """Return a run of one payout of ¥120.00, its payee, and who approves it."""
    payee, desk = cast.organization("Provider"), cast.organization("Desk")
    adjusted(payee, payee=Party.PROVIDER, amount_minor=120_00)
    account(payee)
    first, second = (cast.member(desk, Role.FINANCE) for _n in range(2))
    now = clock.now()
    run, waiting = services.propose_run(
        until=market_date(now), threshold_minor=100, by=Person(first.pk, desk.pk), now=now
    )

    def approve() -> None:
        services.approve_run(
            proposal_id=waiting.id,
            person_id=second.pk,
            organization_id=desk.pk,
            now=clock.now(),
        )

    return run, payee, approve


def movements() -> list[Movement]:
    with tenancy.acting_as_platform():
        return list(Movement.objects.all())


def test_a_run_is_approved_sent_and_answered_once_by_sixty_four(fresh_database):
    run, payee, approve = proposed()

    told = at_once(approve, ProposalDecided)
    assert told.count(None) == 1
    assert (len(movements()), payable(payee)) == (1, 0)

    at_once(lambda: services.send_run(run_id=run.pk, now=clock.now()))
    answer = BankAnswer(1, movements()[0].number, 120_00, Answer.PAID)
    at_once(lambda: services.take_answers(run_id=run.pk, answers=[answer], now=clock.now()))
    assert [each.state for each in movements()] == ["DONE"]
    assert balance(accounts.clearing_out("BANK")).posted == 0


@pytest.mark.slow
def test_without_locks_the_race_happens_and_the_database_still_pays_once(
    fresh_database, monkeypatch
):
    """The negative control: unlocked, several get further, and the database lets one through."""
    run, payee, approve = proposed()
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda found, **_how: found
    )
    monkeypatch.setattr("marketplace.limits.take_turns", lambda _kind: None)

    told = at_once(approve, ProposalDecided, DatabaseError)

    assert told.count(None) == 1
    assert any(issubclass(each, DatabaseError) for each in told if each)
    assert (len(movements()), payable(payee), run.payouts) == (1, 0, 1)
