"""Whoever watches an account is told once each time that it becomes so."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from common import clock, tenancy
from common.ids import uuid7
from identity.contracts import Role
from identity.events.models import RecordedEvent
from ledger import services as ledger
from ledger.contracts import Transfer
from marketplace import accounts
from marketplace.statements import services
from marketplace.statements.models import AccountMonitor
from tests import cast, factories
from tests.statements.cast import pay_in

pytestmark = pytest.mark.django_db
MONITORS = "/api/v1/account-monitors"
REASONS = accounts.TransferReason


@pytest.fixture
def owner():
    return factories.BuyerFactory(stem="Haichao", cash="100.00")


def watch(browser, key="one", **body):
    answer = browser.post(
        MONITORS, body, content_type="application/json", headers={"Idempotency-Key": key}
    )
    return answer.status_code, answer.json()


def looked(at):
    """Look at what is due, and return what was told since the beginning."""
    services.look_at_monitors(now=at)
    with tenancy.acting_as_platform():
        told = RecordedEvent.objects.filter(name__contains="monitor").order_by("id")
        return [each.name.removeprefix("statements.") for each in told]


def spend(owner, minor):
    ledger.post(
        transfers=[
            Transfer(
                id=uuid7(),
                debit=accounts.buyer_cash(owner.pk),
                credit=accounts.bank(),
                asset=accounts.CNY,
                amount=minor,
                reason=REASONS.WITHDRAWAL,
            )
        ]
    )


def clear(*, debit, credit, minor, reason):
    one = Transfer(
        id=uuid7(), debit=debit, credit=credit, asset=accounts.CNY, amount=minor, reason=reason
    )
    ledger.post(transfers=[one])


def test_a_buyer_is_told_once_when_its_cash_falls_below_and_once_when_it_is_back(owner):
    browser = cast.signed_in(cast.member(owner, Role.BUYER))
    account = accounts.buyer_cash(owner.pk)
    status, made = watch(browser, account=account, kind="BELOW", below_minor=50_00)
    assert status == 201
    now = clock.now() + timedelta(seconds=1)
    assert looked(now) == []

    spend(owner, 60_00)
    assert looked(now + timedelta(minutes=2)) == ["monitor.raised"]
    assert looked(now + timedelta(minutes=4)) == ["monitor.raised"]
    assert browser.get(MONITORS).json()["results"][0]["balance_minor"] == 40_00
    pay_in(owner, 20_00, at=clock.now())
    assert looked(now + timedelta(minutes=6)) == ["monitor.raised", "monitor.cleared"]
    spend(owner, 20_00)
    browser.post(
        f"{MONITORS}/{made['id']}/end",
        content_type="application/json",
        headers={"Idempotency-Key": "end"},
    )
    assert looked(now + timedelta(minutes=8)) == ["monitor.raised", "monitor.cleared"]


def test_finance_is_told_of_what_is_not_cleared_for_three_days(owner):
    browser = cast.signed_in(cast.member(cast.organization("Desk"), Role.FINANCE))
    code = accounts.clearing_in()
    assert watch(browser, account=code, kind="UNCLEARED", days=3)[0] == 201
    clear(debit=accounts.bank(), credit=code, minor=7_00, reason=REASONS.STATEMENT)
    now = clock.now()
    assert looked(now) == []
    assert looked(now + timedelta(days=2)) == []
    assert looked(now + timedelta(days=4)) == ["desk_monitor.raised"]

    clear(debit=code, credit=accounts.bank(), minor=7_00, reason=REASONS.RETURNED)
    clear(debit=accounts.bank(), credit=code, minor=9_00, reason=REASONS.STATEMENT)
    # It is not at zero, but it was meanwhile.
    told = looked(now + timedelta(days=2, hours=1))
    assert told == ["desk_monitor.raised"]
    with tenancy.acting_as_platform():
        AccountMonitor.objects.update(due_at=now)
    assert looked(now + timedelta(days=2, hours=1)) == [
        "desk_monitor.raised",
        "desk_monitor.cleared",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "BELOW"}, "below_minor"),
        ({"kind": "BELOW", "below_minor": 10**16}, "below_minor"),
        ({"kind": "BELOW", "below_minor": 1, "days": 1}, "below_minor"),
        ({"kind": "UNCLEARED", "days": 91}, "days"),
        ({"kind": "UNCLEARED", "days": 0}, "days"),
        ({"kind": "UNCLEARED"}, "days"),
    ],
)
def test_a_monitor_that_says_nothing_is_refused_beside_its_field(owner, body, field):
    browser = cast.signed_in(cast.member(owner, Role.BUYER))
    status, told = watch(browser, account=accounts.buyer_cash(owner.pk), **body)
    assert (status, told["code"]) == (400, "invalid_monitor")
    assert field in str(told)


def test_nobody_watches_an_account_of_somebody_else_or_one_twice(owner):
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    wish = {"account": accounts.buyer_cash(owner.pk), "kind": "BELOW", "below_minor": 1}
    assert watch(stranger, **wish)[1]["code"] == "monitored_account_unknown"
    assert watch(stranger, **wish | {"account": "nobody"})[1]["code"] == "monitored_account_unknown"
    own = cast.signed_in(cast.member(owner, Role.BUYER))
    _status, made = watch(own, **wish)
    assert watch(own, key="two", **wish)[1]["code"] == "monitor_exists"
    assert stranger.get(MONITORS).json()["results"] == []
    page = reverse("portal:account-monitor", args=[UUID(made["id"])])
    assert (own.get(page).status_code, stranger.get(page).status_code) == (200, 404)


def test_the_page_adds_a_monitor_and_ends_it(owner):
    browser = cast.signed_in(cast.member(owner, Role.BUYER))
    page = reverse("portal:account-monitors")
    key = browser.get(page).content.decode().split('name="key" value="')[1].split('"')[0]
    sent = {"key": key, "account": accounts.buyer_cash(owner.pk), "kind": "BELOW"}
    refused = browser.post(page, sent)
    assert refused.status_code == 422
    assert accounts.buyer_cash(owner.pk) in refused.content.decode()
    assert browser.post(page, sent | {"below": "50.00"}).status_code == 302
    assert "¥50.00" in browser.get(page).content.decode()
    with tenancy.acting_as_platform():
        made = AccountMonitor.objects.get()
    own = reverse("portal:account-monitor", args=[made.pk])
    key = browser.get(own).content.decode().split('name="key" value="')[1].split('"')[0]
    assert browser.post(own, {"key": key}).status_code == 302
    with tenancy.acting_as_platform():
        assert AccountMonitor.objects.get().ended_at
