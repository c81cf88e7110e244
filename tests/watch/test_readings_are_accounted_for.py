"""Readings accepted minus readings accounted for is a number, and it is 0."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from common import tenancy
from config.watch import tallying
from config.watch.models import Tally
from identity.contracts import Role
from metering import accounting
from metering import services as metering
from metering.contracts import Verdict
from metering.models import Window
from tests import cast as people
from tests.orders.cast import NOW
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def market():
    market = Market()
    order = market.order(hours=2)
    market.use(order, "1")
    market.use(order, "1", hour=1)
    return market


def walk(at=NOW, limit=tallying.SLICE_MAX) -> Tally:
    """Walk over everything there is: a test's own transaction never lies behind it."""
    with tenancy.acting_as_platform():
        Tally.objects.update_or_create(
            pk=1,
            defaults={"until": accounting.newest_reading_id(), "next_until": 1, "next_xid": 2**62},
        )
    while tallying.tally(now=at, limit=limit):
        continue
    return tallying.read()


def told() -> dict[str, float]:
    text = Client().get("/metrics").content.decode()
    return {
        family.name.removeprefix("suanpan_readings_"): family.samples[0].value
        for family in text_string_to_metric_families(text)
        if family.name.startswith("suanpan_readings_") and not family.samples[0].labels
    }


@pytest.mark.parametrize("limit", [1, 2, 5_000])
def test_what_waits_and_what_was_measured_is_accounted_for(market, limit):
    open_ones = walk(limit=limit)
    assert (open_ones.accepted, open_ones.accounted) == (2, 2)

    market.charge()
    closed = walk(at=NOW + 2 * DAY, limit=limit)

    assert (closed.accepted, closed.accounted, closed.unaccounted) == (2, 2, 0)
    assert told() == {"accepted": 2, "accounted": 2, "unaccounted": 0}


def test_a_window_that_closed_without_its_readings_is_noticed(market):
    with tenancy.acting_as_platform():
        lost = Window.objects.order_by("id")[0]
        Window.objects.filter(pk=lost.pk).update(state="CLOSED", revision=1, closed_at=NOW)

    found = walk()

    assert (found.accepted, found.accounted, found.unaccounted) == (2, 1, 1)
    assert told()["unaccounted"] == 1
    part = tallying.part()
    assert (part.name, part.is_well, part.facts["unaccounted"]) == ("readings", False, 1)
    assert Client().get("/readyz").json()["parts"]["readings"]["status"] == "lost"


def test_it_stays_told_until_a_whole_walk_finds_everything(market):
    with tenancy.acting_as_platform():
        lost = Window.objects.order_by("id")[0]
        Window.objects.filter(pk=lost.pk).update(state="CLOSED", revision=1, closed_at=NOW)
    walk()
    with tenancy.acting_as_platform():
        Window.objects.filter(pk=lost.pk).update(state="OPEN")

    assert walk(at=NOW + timedelta(hours=1)).unaccounted == 1
    assert walk(at=NOW + DAY).unaccounted == 0


def test_the_walk_waits_for_whoever_may_still_write(market):
    for _run in range(5):
        assert not tallying.tally(now=NOW)

    assert tallying.read().accepted == 0  # This test's transaction has not ended.


def test_the_database_takes_no_tally_that_does_not_add_up(market):
    walk()
    with (
        pytest.raises(IntegrityError, match="tally_adds_up"),
        tenancy.acting_as_platform(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE watch_tally SET accounted = accepted + 1")


# --- Live: at every moment, at the cost of what waits --------------------------------------------
def live(now=NOW) -> dict[str, int]:
    with tenancy.acting_as_platform():
        found = accounting.whereabouts(now=now)
    assert found.difference == 0
    assert found.accounted == found.accepted
    return {name: count for name, count in tallying.queues(found).items() if count}


def test_each_reading_is_somewhere_at_every_moment(market):
    later = NOW + 2 * DAY
    assert live() == {"running": 2}
    assert live(later) == {"due": 2}

    market.charge()
    assert live(later) == {"measured": 2}

    with tenancy.acting_as_platform():
        accounting.count(until=accounting.newest_reading_id(), limit=1)
    assert live(later) == {"measured": 2}
    walk(at=later)
    assert live(later) == {"measured": 2}


def test_a_late_one_waits_while_the_others_of_its_window_stay_measured(market):
    later = NOW + 2 * DAY
    market.charge()

    market.use(market.order(hours=1), "0.25")

    assert live(later) == {"measured": 2, "due": 1}
    market.charge()
    assert live(later) == {"measured": 3}


def test_what_was_set_aside_waits_and_what_was_discarded_is_told(market):
    with tenancy.acting_as_platform():
        window = Window.objects.order_by("id")[0]
        Window.objects.filter(pk=window.pk).update(
            state="SET_ASIDE", set_aside_reason="not_measurable"
        )
    assert live() == {"running": 1, "set_aside": 1}

    desk = people.organization("Desk")
    with tenancy.acting_as_platform():
        metering.decide_window(
            window_id=window.pk, decided_by=desk.pk, reason="A double.", now=NOW,
            decided_by_person=people.member(desk, Role.OPERATOR).pk, verdict=Verdict.DISCARD,
        )  # fmt: skip

    assert live() == {"running": 1, "discarded": 1}


def test_a_reading_that_is_nowhere_is_told_at_once(market):
    with tenancy.acting_as_platform():
        Window.objects.update(state="CLOSED", revision=1, closed_at=NOW)

    part = tallying.part()

    assert (part.is_well, part.facts["unaccounted"], part.facts["accepted"]) == (False, 2, 2)
    assert told()["unaccounted"] == 2


def test_a_provider_is_told_of_its_own(market):
    with tenancy.acting_as_platform():
        walk()
        provider = Window.objects.values_list("provider_id", flat=True)[0]
        own = accounting.whereabouts(now=NOW, provider_id=provider)
        other = accounting.whereabouts(now=NOW, provider_id=people.organization("Other").pk)

    assert (own.accepted, own.running, own.difference) == (2, 2, 0)
    assert (other.accepted, other.difference) == (0, 0)


def test_more_than_are_counted_at_once_is_no_difference(market, monkeypatch):
    monkeypatch.setattr(accounting, "TAIL_MAX", 1)

    with tenancy.acting_as_platform():
        found = accounting.whereabouts(now=NOW)

    assert (found.is_counting, found.difference) == (True, 0)
