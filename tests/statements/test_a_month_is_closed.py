"""A month is closed by two persons, and takes nothing any more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from common import clock, tenancy
from common.moments import market_date
from identity.approvals.contracts import Person
from identity.contracts import Role, SecondPersonRequired
from identity.models import User
from ledger.contracts import TransferRefused
from marketplace.statements import services
from marketplace.statements.contracts import MonthNotOver, MonthNotReady
from marketplace.statements.models import BookClosing, StatementRound
from marketplace.statements.selectors import books
from tests import cast
from tests.statements.cast import ISSUED, MONTH, pay_in, traded

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return traded()


@pytest.fixture
def two():
    desk = cast.organization("Desk")
    return [Person(cast.member(desk, Role.FINANCE).pk, desk.pk) for _n in range(2)]


def stated():
    services.begin_rounds(now=ISSUED)
    while services.issue_due(now=ISSUED):
        pass


def close(proposed, by):
    return services.close_month(
        proposal_id=proposed.id, person_id=by.id, organization_id=by.organization_id, now=ISSUED
    )


def test_a_month_is_closed_once_all_is_done_and_another_agrees(market, two):
    with pytest.raises(MonthNotReady):
        services.propose_closing(month=MONTH, by=two[0], now=ISSUED)
    stated()
    _closing, proposed = services.propose_closing(month=MONTH, by=two[0], now=ISSUED)
    with pytest.raises(SecondPersonRequired):
        close(proposed, two[0])
    close(proposed, two[1])

    with pytest.raises(TransferRefused, match="period_closed"):
        pay_in(market.buyer, 1, at=datetime(2026, 11, 15, tzinfo=UTC))
    pay_in(market.buyer, 1, at=datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(MonthNotOver):
        services.propose_closing(month=MONTH, by=two[0], now=ISSUED)


def test_what_was_booked_after_the_proposal_is_not_what_was_agreed_on(market, two):
    stated()
    _closing, proposed = services.propose_closing(month=MONTH, by=two[0], now=ISSUED)
    pay_in(market.buyer, 1, at=datetime(2026, 11, 15, tzinfo=UTC))
    with pytest.raises(MonthNotReady):
        close(proposed, two[1])
    pay_in(market.buyer, 1, at=datetime(2026, 11, 15, tzinfo=UTC))


def test_a_month_that_runs_is_not_closed(two):
    with pytest.raises(MonthNotOver):
        services.propose_closing(month=MONTH, by=two[0], now=datetime(2026, 11, 20, tzinfo=UTC))


def test_the_database_closes_nothing_that_nobody_agreed_on(market, two):
    stated()
    closing, _proposed = services.propose_closing(month=MONTH, by=two[0], now=ISSUED)
    with tenancy.acting_as_platform(), pytest.raises(DatabaseError), transaction.atomic():
        BookClosing.objects.filter(pk=closing.pk).update(
            state="CLOSED", closed_at=ISSUED, closed_by=two[1].id
        )


def test_the_books_say_what_is_open_and_what_they_held(market):
    clerk = cast.signed_in(cast.member(cast.organization("Desk"), Role.FINANCE))
    page = reverse("portal:ledger-books")
    assert clerk.get(page).status_code == 200
    key = clerk.get(page).content.decode().split('name="key" value="')[1].split('"')[0]
    assert clerk.post(page, {"key": key, "month": "2026-99"}).status_code == 422
    trial = reverse("portal:trial-as-of")
    shown = clerk.get(trial, {"effective": "2026-12-01T00:00:00Z"}).content.decode()
    assert "¥100,000.00" in shown
    assert "¥2.16" in shown
    assert (
        "¥100,000.00" not in clerk.get(trial, {"effective": "2026-01-01T00:00Z"}).content.decode()
    )
    assert clerk.get(trial, {"effective": "soon"}).status_code == 200
    with tenancy.acting_as_platform():
        sums = books.trial_balance(MONTH)
    assert sum(each.debits - each.credits for each in sums) == 0


def test_a_month_is_closed_over_the_api(two):
    clerks = [cast.signed_in(User.objects.get(pk=each.id)) for each in two]
    month = (market_date(clock.now()).replace(day=1) - timedelta(days=1)).replace(day=1)
    address = "/api/v1/book-closings"
    unstated = clerks[0].get(f"{address}/{month:%Y-%m}/checklist").json()[0]
    assert (unstated["name"], unstated["open"]) == ("statements", 1)
    assert clerks[0].get(f"{address}/2026-13/checklist").status_code == 400
    with tenancy.acting_as_platform():
        StatementRound.objects.create(month=month)  # of which nothing was booked
    body, form = {"month": f"{month:%Y-%m}-28"}, "application/json"
    waiting = clerks[0].post(address, body, form, headers={"Idempotency-Key": "propose"})
    assert waiting.status_code == 202
    page = f"/api/v1/approvals/{waiting.json()['proposal_id']}"
    agreed = {"content_hash": clerks[1].get(page).json()["content_hash"]}
    told = clerks[1].post(f"{page}/approve", agreed, form, headers={"Idempotency-Key": "approve"})
    assert told.status_code == 200
    shown = clerks[1].get(address).json()["results"][0]
    assert (shown["month"], shown["state"]) == (month.isoformat(), "CLOSED")
