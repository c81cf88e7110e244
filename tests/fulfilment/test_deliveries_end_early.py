"""Deliveries that end early: taken back with the notice of their listing, or stopped by two."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from common import tenancy
from common.period import Period
from identity.contracts import SecondPersonRequired
from marketplace.fulfilment import rules, selectors, services
from marketplace.fulfilment.contracts import (
    ComputeDeliveryNotFound,
    DeliveryMove,
    DeliveryReasonUnfit,
    MoveRefused,
)
from marketplace.fulfilment.ending_contracts import (
    DeliveryIsOver,
    NotPreemptible,
    PreemptionNoticed,
    PreemptionTooLate,
    PreemptionTooShort,
    StopInvalid,
)
from marketplace.fulfilment.models import EmergencyStop
from marketplace.settlement import services as settlement
from tests.fulfilment.cast import HOUR, NOON, Delivering, propose_stop, stop
from tests.settlement.cast import is_balanced

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
READY, EXIT = DeliveryMove.READY, DeliveryMove.EXIT


def write(sql: str, *given: object) -> None:
    with tenancy.acting_as_platform(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)


# --- Taken back with notice --------------------------------------------------------------------
def test_what_is_taken_back_with_notice_is_charged_to_its_moment_and_frees_the_rest():
    """Eight cards at ¥12.00 run for 45 minutes: ¥72.00; capacity is free from 12:45 on."""
    market = Delivering(preemption_minutes=15)
    order = market.running()
    notice = market.take_back(order, now=NOON + 30 * MINUTE)
    again = market.take_back(order, now=NOON + 31 * MINUTE)
    services.advance(now=NOON + 44 * MINUTE)
    assert market.delivery(order).state == "RUNNING"
    assert (notice.takes_back_at, again.pk) == (NOON + 45 * MINUTE, notice.pk)
    assert market.delivery(order).leaves_at == NOON + 45 * MINUTE

    services.advance(now=NOON + 45 * MINUTE)
    settlement.end_undelivered(now=NOON + 45 * MINUTE)
    again_sold = market.order(cards=8, hours=1, starts_at=NOON + 50 * MINUTE)
    market.use(order, "8")
    market.settle(at=NOON + 3 * HOUR)

    delivery = market.delivery(order)
    assert (delivery.state, delivery.reason) == ("EXITED", "preempted")
    assert market.ran(order) == [(NOON, NOON + 45 * MINUTE)]
    assert market.contract(order).gross_minor == 7200
    assert market.contract(order).state == "SETTLED"
    assert (market.contract(order).preemption_rule, market.contract(order).preemption_minutes) == (
        "preemption-1",
        15,
    )
    assert again_sold.state == "CLEARED"
    assert is_balanced()


def test_what_was_taken_back_with_notice_was_no_interruption():
    market = Delivering(preemption_minutes=15)
    order = market.running()
    market.take_back(order, now=NOON)
    services.advance(now=NOON + 15 * MINUTE)
    other = Delivering().running(cards=1)
    market.say(order, DeliveryMove.WIPE, at=NOON + HOUR)

    with tenancy.acting_as_platform():
        courses = selectors.courses_of([order.pk, other.pk])
    assert courses[order.pk].interrupted == ()
    assert not courses[order.pk].is_failed_start


def test_what_was_taken_back_with_notice_before_it_was_ready_is_no_failed_start():
    """Of two that never got ready one was taken back with its notice: one start, and it failed."""
    market = Delivering(preemption_minutes=15)
    taken, late = market.order(cards=2, hours=8), market.order(cards=2, hours=8)
    for order in (taken, late):
        market.asked(order)
    market.take_back(taken, now=NOON + MINUTE)
    services.advance(now=NOON + HOUR)

    states = [(market.delivery(each).state, market.delivery(each).reason) for each in (taken, late)]
    assert states == [("FAILED", "preempted"), ("FAILED", "not_ready_in_time")]
    with tenancy.acting_as_platform():
        courses = selectors.courses_of([taken.pk, late.pk])
        resource_id = taken.listing.resource_id
        counts = selectors.start_counts([resource_id], Period(NOON - HOUR, NOON + 9 * HOUR))
    assert [courses[each.pk].is_failed_start for each in (taken, late)] == [False, True]
    assert counts[resource_id] == (1, 1)


def test_what_ends_by_itself_keeps_no_other_contract_waiting():
    market = Delivering()
    short, long = market.running(hours=1, cards=4), market.running(hours=8, cards=4)
    for order in (short, long):
        market.say(order, EXIT, at=NOON + MINUTE, reason="job_done")
    assert settlement.end_undelivered(now=NOON + 2 * MINUTE, limit=1) == 1
    assert market.contract(long).ends_at == NOON + HOUR


def test_notice_is_refused_where_it_was_not_promised_or_is_too_short():
    plain, market = Delivering(), Delivering(preemption_minutes=30)
    never, order = plain.running(), market.running(hours=1)
    with pytest.raises(NotPreemptible):
        plain.take_back(never, now=NOON)
    with pytest.raises(PreemptionTooShort):
        market.take_back(order, now=NOON, at=NOON + 29 * MINUTE)
    with pytest.raises(PreemptionTooLate):
        market.take_back(order, now=NOON + 31 * MINUTE)
    with pytest.raises(ComputeDeliveryNotFound):
        services.give_preemption_notice(
            delivery_id=market.delivery(order).pk, provider_id=plain.provider.pk, now=NOON
        )
    market.take_back(order, now=NOON, at=NOON + 40 * MINUTE)
    with pytest.raises(PreemptionNoticed):
        market.take_back(order, now=NOON, at=NOON + 41 * MINUTE)
    plain.say(never, EXIT, at=NOON + MINUTE, reason="job_done")
    with pytest.raises(DeliveryIsOver):
        plain.take_back(never, now=NOON + 2 * MINUTE)


def test_whoever_speaks_after_its_moment_is_too_late():
    market = Delivering(preemption_minutes=15)
    order = market.running()
    market.take_back(order, now=NOON)
    market.say(order, EXIT, at=NOON + 20 * MINUTE, reason="job_done")
    assert market.ran(order) == [(NOON, NOON + 15 * MINUTE)]
    assert market.delivery(order).reason == "preempted"


def test_what_is_taken_back_before_its_start_is_given_back_whole():
    market = Delivering(preemption_minutes=2)
    order = market.order(cards=8)
    market.asked(order)
    market.take_back(order, now=NOON - 3 * MINUTE)
    services.advance(now=NOON - MINUTE)

    assert (market.delivery(order).state, market.delivery(order).reason) == ("FAILED", "preempted")
    assert market.cash() == ("100000.00", "100000.00")
    assert market.order(cards=8).state == "CLEARED"


ATTACKS = [
    "UPDATE catalog_listing SET preemption_minutes = 5 WHERE preemption_rule > ''",
    "UPDATE catalog_listing SET preemption_rule = '', preemption_minutes = NULL",
    "UPDATE fulfilment_computedelivery SET preemption_minutes = 5",
    "UPDATE fulfilment_computedelivery SET leaves_at = leaves_at + interval '1 hour'",
    "UPDATE fulfilment_computedelivery SET state = 'EXITED', next_at = NULL, reason = 'preempted'",
    "UPDATE fulfilment_computedelivery SET state = 'EXITED', next_at = NULL,"
    " reason = 'emergency_stop'",
    "UPDATE settlement_contract SET preemption_minutes = 5",
    "INSERT INTO fulfilment_preemptionnotice (id, delivery_id, buyer_id, provider_id, rule,"
    " notice_minutes, noticed_at, takes_back_at, note)"
    " SELECT gen_random_uuid(), id, buyer_id, provider_id, preemption_rule, preemption_minutes,"
    " changed_at, changed_at + interval '14 minutes', '' FROM fulfilment_computedelivery",
    "INSERT INTO fulfilment_preemptionnotice (id, delivery_id, buyer_id, provider_id, rule,"
    " notice_minutes, noticed_at, takes_back_at, note)"
    " SELECT gen_random_uuid(), id, buyer_id, provider_id, preemption_rule, 2,"
    " changed_at, changed_at + interval '3 minutes', '' FROM fulfilment_computedelivery",
    "INSERT INTO fulfilment_emergencystop (id, delivery_id, buyer_id, provider_id, reason,"
    " evidence, stopped_at, proposed_by_id, approved_by_id, proposal_id)"
    " SELECT gen_random_uuid(), d.id, d.buyer_id, d.provider_id, 'x', 'x', d.changed_at,"
    " p.published_by_id, p.approved_by_id, p.proposal_id"
    " FROM fulfilment_computedelivery d, fulfilment_deliverypolicy p",
]


def test_the_database_keeps_what_was_promised_and_agreed_on():
    market = Delivering(preemption_minutes=15)
    market.running()
    for attack in ATTACKS:
        with pytest.raises(DatabaseError):
            write(attack)


# --- Stopped by two operators --------------------------------------------------------------------
def test_two_operators_stop_what_runs_and_it_is_charged_to_that_moment():
    """Eight cards at ¥12.00 run for 20 minutes: ¥32.00."""
    market = Delivering()
    order = market.running()
    made = stop(order, at=NOON + 20 * MINUTE)
    again_sold = market.order(cards=8, hours=1, starts_at=NOON + 25 * MINUTE)
    market.use(order, "8")
    market.settle(at=NOON + 3 * HOUR)

    delivery = market.delivery(order)
    assert (delivery.state, delivery.reason) == ("EXITED", "emergency_stop")
    assert (made.stopped_at, made.reason, made.evidence) == (
        NOON + 20 * MINUTE,
        "it mines coins",
        "report 7",
    )
    assert market.contract(order).gross_minor == 3200
    assert market.contract(order).ends_at == NOON + HOUR
    assert market.contract(order).state == "SETTLED"
    assert again_sold.state == "CLEARED"
    assert is_balanced()
    with pytest.raises(MoveRefused):
        market.say(order, READY, at=NOON + 4 * HOUR)


def test_what_is_stopped_before_it_began_holds_nothing():
    market = Delivering()
    order = market.order(cards=8)
    market.asked(order)
    stop(order, at=NOON - 3 * MINUTE)

    assert market.delivery(order).state == "FAILED"
    resource_id = market.listing.resource_id
    with tenancy.acting_as_platform():
        assert not selectors.courses_of([order.pk])[order.pk].is_failed_start
        counts = selectors.start_counts([resource_id], Period(NOON - HOUR, NOON + 9 * HOUR))
        assert counts[resource_id] == (0, 0)  # Its provider has failed in nothing.
    assert market.cash() == ("100000.00", "100000.00")
    assert market.order(cards=8).state == "CLEARED"


def test_what_began_this_moment_and_has_no_contract_yet_is_stopped_whole():
    market = Delivering()
    order = market.order(cards=8, hours=8)
    market.asked(order)
    stop(order, at=NOON + MINUTE)
    market.settle(at=NOON + 3 * HOUR)

    assert market.contract(order).ends_at == NOON + HOUR
    assert market.contract(order).state == "SETTLED"
    assert market.cash() == ("100000.00", "100000.00")


def test_a_stop_takes_two_happens_once_and_says_why():
    market = Delivering()
    order = market.running()
    proposed, second = propose_stop(order, at=NOON)
    alone = second | {"person_id": proposed.proposed_by_id}
    with pytest.raises(SecondPersonRequired):
        settlement.stop_delivery(proposal_id=proposed.id, now=NOON, **alone)
    market.say(order, EXIT, at=NOON + MINUTE, reason="job_done")
    with pytest.raises(DeliveryIsOver):
        settlement.stop_delivery(proposal_id=proposed.id, now=NOON + 2 * MINUTE, **second)
    with pytest.raises(DeliveryIsOver):
        propose_stop(order, at=NOON + 3 * MINUTE)
    with tenancy.acting_as_platform():
        assert not EmergencyStop.objects.exists()
    for reason, evidence in (("", "a"), ("a", " "), ("a", "b" * 1_001)):
        with pytest.raises(StopInvalid):
            services.propose_stop(
                delivery_id=market.delivery(order).pk,
                reason=reason,
                evidence=evidence,
                by=None,
                now=NOON,
            )


# --- Reasons and times -------------------------------------------------------------------------
def test_a_reason_fits_what_happened():
    market = Delivering()
    order = market.running()
    with pytest.raises(DeliveryReasonUnfit):
        market.say(order, DeliveryMove.INTERRUPT, at=NOON, reason="job_done")
    with pytest.raises(DeliveryReasonUnfit):
        market.say(order, EXIT, at=NOON, reason="never_ready")
    assert market.delivery(order).state == "RUNNING"


@pytest.mark.parametrize(
    ("minutes", "rule", "ready"),
    [
        (10, "delivery-2", 5),
        (60, "delivery-2", 30),
        (600, "delivery-2", 60),
        (10, "delivery-1", 60),
    ],
)
def test_no_part_of_a_delivery_is_longer_than_half_of_its_order(minutes, rule, ready):
    ends_at = NOON + minutes * MINUTE
    found = rules.ready_by(
        rules.DELIVERIES.rule(rule), opened_at=NOON - HOUR, starts_at=NOON, ends_at=ends_at
    )
    assert found == NOON + ready * MINUTE


def test_a_late_clearing_never_gives_time_beyond_the_end():
    terms = rules.DELIVERIES.rule("delivery-2")
    found = rules.ready_by(terms, opened_at=NOON + 50 * MINUTE, starts_at=NOON, ends_at=NOON + HOUR)
    assert found == NOON + HOUR
