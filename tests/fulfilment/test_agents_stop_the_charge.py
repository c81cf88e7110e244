"""What a provider's own agent says of its machines stops the charge, and lets it go on."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.period import Period
from gateway.sensing import services as sensing
from gateway.sensing.contracts import Health, StateSource
from marketplace.fulfilment import rules, selectors, services
from marketplace.fulfilment.contracts import AgentStandsStill, DeliveryMove
from tests.fulfilment.cast import HOUR, NOON, Delivering
from tests.identity import standing

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DOWN, OK = Health.DOWN, Health.OK


class Watched(Delivering):
    """A market whose provider's agent speaks of the resource."""

    def agent(self, health, minute, until, *, source=StateSource.AGENT):
        """Say how it is at a minute past noon; the word counts until another minute."""
        sensing.relate(
            resource_ids=[self.listing.resource_id],
            source=source,
            health=health,
            period=Period(NOON + minute * MINUTE, NOON + until * MINUTE),
            evidence="made up",
        )

    def look(self, minute):
        return services.follow_agents(now=NOON + minute * MINUTE)


@pytest.fixture
def market():
    return Watched()


def test_a_time_of_which_the_agent_says_down_is_not_charged(market):
    """Two hours at ¥12.00; down from 12:10, up as of 12:35, heard at 12:36: 26 minutes are free."""
    order = market.running(hours=2, cards=1)
    market.agent(DOWN, 10, 14)
    assert market.look(11) == 1
    assert market.look(12) == 0
    stopped = market.delivery(order)
    market.agent(DOWN, 13, 36)
    market.agent(OK, 35, 39)
    assert (market.look(36), market.look(37)) == (1, 0)

    market.use(order, "1", hour=0)
    market.use(order, "1", hour=1)
    services.advance(now=NOON + 3 * HOUR)
    market.settle()

    assert (stopped.state, stopped.reason) == ("INTERRUPTED", "agent_down")
    assert market.steps(order) == ["READY", "INTERRUPT", "READY", "EXIT"]
    assert market.ran(order) == [
        (NOON, NOON + 10 * MINUTE),
        (NOON + 36 * MINUTE, NOON + 2 * HOUR),
    ]
    assert market.contract(order).gross_minor == 2400 - 520  # 26 of 120 minutes
    with tenancy.acting_as_platform():
        (gap,) = selectors.courses_of([order.pk])[order.pk].interrupted
    assert (gap.ends_at - gap.starts_at, gap.reason) == (26 * MINUTE, "agent_down")


def test_what_nobody_looked_at_meanwhile_is_written_down_whole_and_once(market):
    order = market.running(hours=2)
    market.agent(DOWN, 10, 14)
    market.agent(OK, 12, 15)

    assert [market.look(minute) for minute in (13, 14)] == [1, 0]

    assert market.ran(order) == [(NOON, NOON + 10 * MINUTE), (NOON + 12 * MINUTE, None)]


def test_a_word_that_comes_late_changes_nothing_before_what_was_said_since(market):
    order = market.running(hours=2)
    market.agent(OK, 20, 24)
    market.agent(DOWN, 15, 19)  # older than what is known: not taken
    assert market.look(21) == 0
    market.say(order, DeliveryMove.INTERRUPT, at=NOON + 30 * MINUTE, reason="network_fault")
    market.agent(DOWN, 25, 45)
    market.agent(OK, 40, 44)

    assert market.look(41) == 0
    assert market.delivery(order).reason == "network_fault"  # the provider says when it is over
    market.say(order, DeliveryMove.READY, at=NOON + 42 * MINUTE)
    assert market.look(43) == 0
    assert market.ran(order) == [(NOON, NOON + 30 * MINUTE), (NOON + 42 * MINUTE, None)]


@pytest.mark.parametrize("looks", [[11, 21], [21]], ids=["goes on", "was down meanwhile"])
def test_many_go_on_in_the_order_in_which_everybody_tells_of_resources(looks, monkeypatch):
    markets = sorted((Watched(), Watched()), key=lambda each: str(each.listing.resource_id))
    for market in reversed(markets):  # The later resource has the older delivery.
        market.running(hours=2)
        market.agent(DOWN, 10, 19)
        if looks[0] > 20:
            market.agent(OK, 20, 40)
    told = []
    monkeypatch.setattr(
        sensing, "observe", lambda *, resource_ids, **_said: told.extend(resource_ids)
    )
    for minute in looks:
        if minute > 20:
            for market in markets:
                market.agent(OK, 20, 40)
        assert markets[0].look(minute) == 2
    assert told == [each.listing.resource_id for each in markets]


def test_nobody_says_ready_while_the_own_agent_says_that_it_stands_still(market):
    order = market.running(hours=2)
    market.agent(DOWN, 10, 14)
    market.look(11)
    with pytest.raises(AgentStandsStill):
        market.say(order, DeliveryMove.READY, at=NOON + 12 * MINUTE)

    market.say(order, DeliveryMove.READY, at=NOON + 14 * MINUTE)  # its word counts no more

    assert market.delivery(order).state == "RUNNING"
    assert market.look(15) == 0


def test_what_is_not_up_again_in_time_has_failed(market):
    order = market.running(hours=8)
    market.agent(DOWN, 10, 90)
    market.look(11)
    services.advance(now=NOON + 70 * MINUTE)
    market.agent(OK, 71, 75)

    assert market.look(72) == 0
    assert market.delivery(order).reason == "not_restored_in_time"


def test_a_suspended_provider_runs_nothing_because_its_agent_says_up(market):
    order = market.running(hours=2)
    market.agent(DOWN, 10, 14)
    market.look(11)
    by, second = standing.operators()
    standing.suspend(market.provider, by=by, second=second, at=NOON + 12 * MINUTE)
    market.agent(OK, 13, 30)
    assert market.look(14) == 0
    standing.reinstate(market.provider, by=by, second=second, at=NOON + 20 * MINUTE)

    assert market.look(21) == 1
    assert market.ran(order) == [(NOON, NOON + 10 * MINUTE), (NOON + 21 * MINUTE, None)]


@pytest.mark.parametrize(
    ("following", "source"), [((), StateSource.AGENT), (("delivery-4",), StateSource.PROBE)]
)
def test_older_rules_and_other_sources_interrupt_nothing(market, monkeypatch, following, source):
    assert rules.FOLLOWING == ("delivery-4",)
    monkeypatch.setattr(rules, "FOLLOWING", following)
    order = market.running(hours=2)
    market.agent(DOWN, 10, 14, source=source)

    assert market.look(11) == 0
    assert market.delivery(order).state == "RUNNING"


def test_no_statement_gives_a_delivery_another_rule_or_reason(market):
    market.running(hours=2)
    for change in ("rule = 'delivery-3'", "reason = 'agent_up'"):
        with (
            tenancy.acting_as_platform(),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE fulfilment_computedelivery SET {change}")
