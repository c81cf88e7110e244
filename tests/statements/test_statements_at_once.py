"""Whoever issues at once, and whatever arrives meanwhile: one statement, each transfer once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import tenancy
from ledger import selectors as ledger_selectors
from marketplace import accounts
from marketplace.statements.contracts import BillSide, NothingToState, StatementIssued
from marketplace.statements.models import Statement, StatementLine
from marketplace.statements.subjects import of_organization
from tests import factories
from tests.statements.cast import DECEMBER, ISSUED, MONTH, buyer, issue, pay_in, traded

THREADS = 64
CUT_OFF = datetime(2026, 11, 30, 16, tzinfo=UTC)


def at_once(acts):
    start = Barrier(len(acts))

    def one(act):
        start.wait()
        try:
            act()
        except (StatementIssued, NothingToState) as error:
            return type(error)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_sixty_four_issue_at_once_and_numbers_have_no_gaps(fresh_database):
    markets = [traded() for _n in range(2)]
    wanted = [buyer(markets[number % 2]) for number in range(THREADS)]

    told = at_once([lambda subject=subject: issue(subject) for subject in wanted])

    assert told.count(None) == 2
    with tenancy.acting_as_platform():
        made = list(Statement.objects.order_by("sequence"))
        assert [each.sequence for each in made] == [1, 2]
        line = StatementLine.objects.filter(statement=made[0]).first()
        line.pk, line.position, line.transfer_id = None, 999, made[0].pk
        with pytest.raises(DatabaseError), transaction.atomic():
            line.save(force_insert=True)


def test_what_arrives_at_the_instant_of_the_cut_off_is_on_exactly_one(fresh_database):
    market = traded()
    moments = [CUT_OFF + timedelta(microseconds=number - 16) for number in range(32)]

    at_once(
        [
            *(lambda at=at: pay_in(market.buyer, 1_00, at=at) for at in moments),
            lambda: issue(buyer(market)),
        ]
    )
    issue(buyer(market), month=DECEMBER, now=ISSUED + timedelta(days=31))

    with tenancy.acting_as_platform():
        stated = StatementLine.objects.filter(amount_minor=1_00)
        assert stated.values("transfer_id").distinct().count() == stated.count() == 32
        on_time = {each.occurred_at for each in stated.filter(statement__starts_on=MONTH)}
        kept = ledger_selectors.balances([accounts.buyer_cash(market.buyer.pk)])
        last = Statement.objects.order_by("-sequence")[0]
    assert all(each < CUT_OFF for each in on_time)
    assert last.closing_minor == kept[accounts.buyer_cash(market.buyer.pk)].posted


MONTHS = [date(2026, month, 1) for month in (9, 10, 11, 12)]


@pytest.mark.django_db
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.integers(1, 10**12), st.integers(0, 121 * 24)),
            st.sampled_from(MONTHS),
        ),
        max_size=8,
    )
)
def test_opening_and_lines_are_the_closing_in_any_order_of_events(steps):
    """Money of any of 121 days comes in any order, and months are stated between."""
    accounts.install_chart()
    owner = factories.OrganizationFactory(stem="Law")
    accounts.open_buyers([owner.pk])
    subject = of_organization(BillSide.BUYER, owner.pk)
    paid = 0
    for step in [*steps, MONTHS[-1]]:
        if isinstance(step, tuple):
            paid += step[0]
            pay_in(owner, step[0], at=datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=step[1]))
            continue
        try:
            issue(subject, month=step, now=datetime(2027, 2, 1, tzinfo=UTC))
        except (NothingToState, StatementIssued):
            continue

    with tenancy.acting_as_platform():
        made = list(Statement.objects.filter(subject=subject.key).order_by("sequence"))
        lines = StatementLine.objects.filter(statement__in=made)
        stated = sum(lines.values_list("amount_minor", flat=True))
    opening = 0
    for each in made:
        assert each.opening_minor == opening
        opening = each.closing_minor
    assert opening == stated
    assert stated <= paid
