"""What waits before it is a dispute: on the desk, in the calendar, among the probes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from common.period import Period
from gateway.sensing import probe_rules
from gateway.sensing import services as sensing
from gateway.sensing.contracts import Health, StateSource, ToldSpan
from gateway.sensing.models import ProbedEndpoint
from identity.contracts import Role
from identity.models import User
from marketplace.assurance import desk_selectors, level_rules
from marketplace.assurance.desk_contracts import DeskKind
from marketplace.assurance.level_contracts import LevelFacts
from marketplace.fulfilment import calendar_selectors
from marketplace.fulfilment import services as fulfilment
from marketplace.fulfilment.contracts import DeliveryMove, InterruptedTime
from marketplace.fulfilment.maintenance_contracts import AnnouncedWork, MaintenanceImpact
from marketplace.settlement import services as settlement
from tests import cast
from tests.assurance.disputes import LATER, Disputing
from tests.assurance.levels import HOUR, MINUTE, NOON, PROMISE, Promising, run
from tests.fulfilment.cast import Delivering

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
DAY = timedelta(days=1)


def browser(organization, role):
    return cast.signed_in(User.objects.get(pk=cast.member(organization, role).pk))


def test_a_month_under_way_tells_how_much_of_its_allowance_is_left():
    """99.9 % of ten days: 14 minutes 24 seconds and the ten minutes that are forgiven."""
    facts = LevelFacts(
        period=Period(NOON, NOON + 10 * DAY),
        runs_from=NOON,
        asked_at=NOON,
        interrupted=(InterruptedTime(NOON + HOUR, None, "hardware_fault"),),
        told=(),
        excused=(),
        probes=0,
        probes_within=0,
        charged={},
    )
    left = level_rules.headroom(PROMISE, facts, NOON + HOUR + 20 * MINUTE)
    assert left.allowed == 24 * MINUTE + timedelta(seconds=24)
    assert left.left == 4 * MINUTE + timedelta(seconds=24)
    assert (left.is_down, left.credit_bp, left.next_credit_bp) == (True, 0, 1_000)
    late = level_rules.headroom(PROMISE, facts, NOON + HOUR + 30 * MINUTE)
    assert late.left < timedelta()
    assert (late.credit_bp, late.next_credit_bp) == (1_000, 2_500)


def test_what_waits_is_sorted_by_what_is_due_first():
    market = Promising()
    order = run(market, hours=24 * 9)
    buyer = cast.member(market.buyer, Role.BUYER)
    market.say(order, DeliveryMove.INTERRUPT, at=NOON + HOUR, reason="hardware_fault")
    fulfilment.write_message(
        order_id=order.pk,
        organization_id=market.buyer.pk,
        body="does it run?",
        by_id=buyer.pk,
        now=NOON + HOUR,
    )
    settlement.open_contracts(now=NOON + MINUTE)
    market.count(at=NOON + 2 * MINUTE)
    at = NOON + HOUR + 20 * MINUTE

    items = desk_selectors.provider_desk(market.provider.pk, now=at)

    assert [each.kind for each in items] == [DeskKind.LEVEL, DeskKind.RESTORE, DeskKind.MESSAGE]
    assert items[0].facts["is_down"] == 1
    with tenancy.acting_as(market.provider.pk):  # levels are left out
        assert desk_selectors.desk_count(market.provider.pk, now=at) == 2
    assert items[1].due_at == NOON + 2 * HOUR
    assert items[2].due_at == NOON + HOUR + DAY
    assert desk_selectors.provider_desk(market.buyer.pk, now=at) == []
    late = desk_selectors.market_desk(now=at)
    assert [each.kind for each in late] == [DeskKind.RESTORE]


def test_disputes_stand_on_both_desks_with_their_clocks():
    case = Disputing()
    dispute = case.open()
    provider = case.market.provider
    (own,) = desk_selectors.provider_desk(provider.pk, now=LATER)
    assert (own.kind, own.due_at) == (DeskKind.ANSWER, dispute.answer_due_at)
    case.answer(dispute)
    assert desk_selectors.provider_desk(provider.pk, now=LATER) == []
    (office,) = desk_selectors.market_desk(now=LATER)
    assert (office.kind, office.due_at) == (DeskKind.DECIDE, LATER + 5 * DAY)

    desk = browser(provider, Role.PROVIDER)
    assert "Nothing is due" in desk.get(reverse("portal:due-desk"), headers=ENGLISH).text
    operator = cast.signed_in(User.objects.get(pk=case.operator.id))
    shown = operator.get(reverse("portal:due-desk"), headers=ENGLISH).text
    assert dispute.number in shown
    (item,) = operator.get("/api/v1/desk").json()
    assert (item["kind"], item["facts"]) == ("DECIDE", {"claimed_minor": 30_00})


def test_the_calendar_says_what_is_taken_maintained_and_free_again():
    market = Delivering()
    order = market.order(cards=3, hours=2)
    market.asked(order)
    fulfilment.announce_maintenance(
        provider_id=market.provider.pk,
        work=AnnouncedWork(
            listing_ids=(market.listing.pk,),
            starts_at=NOON + HOUR,
            ends_at=NOON + 3 * HOUR,
            impact=MaintenanceImpact.DEGRADED,
        ),
        by_id=None,
        now=NOON - 8 * DAY,
    )
    first = (NOON - DAY).date()
    days = calendar_selectors.capacity_calendar(market.provider.pk, first=first, days=3)
    assert [(each.taken_milli, each.free_milli) for each in days] == [
        (0, 8_000),
        (3_000, 5_000),
        (0, 8_000),
    ]
    assert [len(each.maintenance) for each in days] == [0, 1, 0]
    (end,) = days[1].ends
    assert (end.order_id, end.milli) == (order.pk, 3_000)

    with tenancy.acting_as_platform():
        (told,) = calendar_selectors.maintenance_of_buyer(market.buyer.pk, now=NOON)
    assert (told.delivery.order_id, told.is_excused) == (order.pk, True)

    provider, buyer = browser(market.provider, Role.PROVIDER), browser(market.buyer, Role.BUYER)
    page = reverse("portal:capacity-calendar")
    for view in ("week", "month"):
        shown = provider.get(f"{page}?view={view}&from={first}", headers=ENGLISH)
        assert order.number in shown.text or "5 cards" in shown.text
        assert f">{market.listing.number}</text>" in shown.text  # whole, in the heat map
        assert shown.text.count(f"<td>{first}") <= 1  # days on which nothing happens are no rows
    assert "Maintenance of what runs for you" in buyer.get(page, headers=ENGLISH).text
    api = provider.get(f"/api/v1/capacity-calendar?first={first}&days=3").json()
    assert [each["taken_milli"] for each in api] == [0, 3_000, 0]


def test_agent_and_probe_are_compared():
    def said(source, health, begins, ends):
        return ToldSpan(source, health, Period(NOON + begins * MINUTE, NOON + ends * MINUTE))

    spans = [
        said(StateSource.AGENT, Health.OK, 0, 60),
        said(StateSource.PROBE, Health.OK, 0, 20),
        said(StateSource.PROBE, Health.DOWN, 30, 50),
    ]
    found = probe_rules.compared(spans, NOON + 40 * MINUTE)
    assert (found.both, found.disagreed) == (40 * MINUTE, 20 * MINUTE)
    assert found.is_agreed is False
    assert probe_rules.compared(spans, NOON + 55 * MINUTE).is_agreed is None


def test_a_provider_starts_and_stops_a_probe_and_nobody_else_does():
    market = Delivering()
    resource = market.listing.resource_id
    provider = browser(market.provider, Role.PROVIDER)
    page = reverse("portal:probe", args=[resource])
    url = "https://probe.example.com/up"
    sent = {"key": str(uuid4()), "url": url}
    assert "Kept" in provider.post(page, sent, headers=ENGLISH, follow=True).text
    with tenancy.acting_as_platform():
        assert ProbedEndpoint.objects.get(pk=resource).next_at is not None
    assert url in provider.get(reverse("portal:probes"), headers=ENGLISH).text
    (row,) = provider.get("/api/v1/probes").json()["results"]
    assert (row["url"], row["is_asked"], row["is_agreed"]) == (url, True, None)
    stranger = browser(cast.organization("Stranger"), Role.PROVIDER)
    assert stranger.get(page).status_code == 404

    with tenancy.acting_as(market.provider.pk):
        sensing.ask_address(
            resource_id=resource, provider_id=market.provider.pk, url="", now=clock.now()
        )
    with tenancy.acting_as_platform():
        stopped = ProbedEndpoint.objects.get(pk=resource)
    assert (stopped.url, stopped.next_at) == (url, None)
