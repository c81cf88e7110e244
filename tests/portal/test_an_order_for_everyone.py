"""An order's page, as each role that can open it: every part opens, and the path is the same."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.orders import services as orders
from tests import cast, factories
from tests.settlement.cast import NOON, Market

pytestmark = pytest.mark.django_db

PARTS = ["", "charges", "ledger", "evidence", "events", "nonsense"]
WATCHERS = [Role.AUDITOR, Role.OPERATOR, Role.FINANCE]


def browsers(market: Market) -> dict[str, object]:
    """Return a browser of each role that may open the page."""
    office = factories.OrganizationFactory(stem="Office")
    people = {
        "buyer": cast.member(market.buyer, Role.BUYER),
        "provider": cast.member(market.provider, Role.PROVIDER),
    } | {role.lower(): cast.member(office, role) for role in WATCHERS}
    return {name: cast.signed_in(person) for name, person in people.items()}


def steps_of(page: str) -> list[str]:
    return re.findall(r'class="cm-step ([\w-]+)"', page)


@pytest.fixture
def market():
    return Market(price="12.00")


def opened(browser, order, part=""):
    address = reverse("portal:order", args=[order.pk])
    return browser.get(address, {"part": part}, headers={"Accept-Language": "en"})


def test_each_part_opens_for_each_role_while_the_order_runs_and_when_it_is_settled(market):
    order = market.order(cards=2)
    readers = browsers(market)
    market.use(order, "1")
    for act in (market.charge, market.settle):
        act()
        for name, browser in readers.items():
            for part in PARTS:
                assert opened(browser, order, part).status_code == 200, (name, part)


def test_the_path_is_drawn_alike_for_each_role_at_every_stage(market):
    order = market.order(cards=2)
    readers = browsers(market)

    def seen() -> set[tuple[str, ...]]:
        pages = [opened(browser, order).content.decode() for browser in readers.values()]
        return {tuple(steps_of(page)) for page in pages}

    scheduled = seen()
    with tenancy.acting_as_platform():
        orders.provision_started(now=NOON)
    started = seen()
    market.use(order, "1")
    market.settle()
    settled = seen()

    assert scheduled == {("is-done",) * 4 + ("is-current",) + ("is-todo",) * 2}
    assert started == {("is-done",) * 5 + ("is-current", "is-todo")}
    assert settled == {("is-done",) * 7}


def test_who_is_no_party_and_has_no_duty_finds_no_order(market):
    order = market.order()
    stranger = cast.signed_in(cast.member(factories.OrganizationFactory(stem="Other"), Role.BUYER))
    issuer = cast.signed_in(cast.member(factories.OrganizationFactory(stem="Fund"), Role.ISSUER))

    assert opened(stranger, order).status_code == 404
    assert opened(issuer, order).status_code == 403


def test_finance_reads_an_order_and_acts_on_none(market):
    order = market.order()
    finance = browsers(market)["finance"]

    page = opened(finance, order).content.decode()
    cancelled = finance.post(reverse("portal:order-cancel", args=[order.pk]))

    assert order.number in finance.get(reverse("portal:orders")).content.decode()
    assert "Yes, cancel it" not in page
    assert "part=events" not in page
    assert cancelled.status_code == 403


def test_charges_of_several_days_bear_their_day(market):
    order = market.order(hours=30)
    for hour in (0, 20):
        market.use(order, "1", hour=hour)
    market.charge(at=NOON + timedelta(days=3))
    buyer = browsers(market)["buyer"]

    page = opened(buyer, order).content.decode()
    one_day = opened(buyer, order, "charges&day=2026-11-21")

    assert "2026-11-20 20:00 – 21:00" in page
    assert "2026-11-21 16:00 – 17:00" in page
    assert page.index('id="day-2026-11-21"') < page.index('id="day-2026-11-20"')
    assert one_day.status_code == 200


def test_a_day_that_is_none_shows_all_days(market):
    order = market.order()
    market.use(order, "1")
    market.charge()
    buyer = browsers(market)["buyer"]
    address = reverse("portal:order", args=[order.pk])

    for day in ("yesterday", "2026-13-01", "9999-99-99", "\x00"):
        assert buyer.get(address, {"part": "charges", "day": day}).status_code == 200
