from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from identity.events.models import RecordedEvent
from ledger.contracts import Op
from marketplace.orders import selectors, services
from marketplace.orders.contracts import OrderState, RefusalCode, StepState
from marketplace.orders.event_names import OrderEvent
from marketplace.orders.models import Order
from marketplace.orders.selectors.paths import steps
from tests.catalog.supply import listed
from tests.orders.cast import NOW, START, buyer, clear, place, programme, voucher, wish
from tests.vouchers.cast import yuan

pytestmark = pytest.mark.django_db


def page(order, owner, at=NOW):
    with tenancy.acting_as(owner.pk):
        return selectors.order_page(order_id=order.pk, at=at, organization_id=owner.pk)


def states(shown):
    return "".join(step.state[0] for step in shown.steps)


def test_while_it_waits_an_order_knows_its_place_in_the_queue():
    listing = listed()
    haichao = buyer("100")
    for seconds in range(3):
        order = place(haichao, wish(listing), at=NOW + timedelta(seconds=seconds))
    other = place(buyer("100"), wish(listing), at=NOW + timedelta(seconds=9))

    shown = page(order, haichao)

    assert other.book_id == order.book_id
    assert states(shown) == "dnttttt"
    assert shown.panel.is_live
    assert (shown.panel.position, shown.panel.total) == (3, 4)
    assert shown.ledger_lines == ()
    assert shown.is_moving


def test_a_cleared_order_shows_its_round_its_price_and_both_sides_of_the_ledger():
    listing = listed()
    haichao = buyer("100")
    card = voucher(haichao, "50", programme())
    order = place(haichao, wish(listing, cards="2"))
    number = clear(listing).round_number

    shown = page(order, haichao)

    assert states(shown) == "ddddntt"
    assert (shown.panel.is_live, shown.panel.number) == (False, number)
    assert [str(lap.label) for lap in shown.panel.laps]
    assert shown.panel.microseconds == sum(lap.microseconds for lap in shown.panel.laps) > 0
    (line,) = shown.breakdown.lines
    assert (str(line.quantity), str(line.unit_price), line.amount_minor) == (
        "6.339744",
        "3.18",
        2016,
    )
    (covered,) = shown.breakdown.vouchers
    assert (covered.number, covered.amount_minor, covered.left_minor) == (
        card.number,
        605,
        yuan("50") - 605,
    )
    assert shown.breakdown.rule.startswith("accelerator-hours v")
    assert shown.breakdown.plan.endswith(" v1")
    (held,) = shown.ledger_totals
    assert (held.op, held.debit_minor, held.credit_minor) == (Op.HOLD, 2016, 2016)
    assert shown.is_balanced
    assert len(shown.ledger_lines) == 4


def test_an_order_without_voucher_does_not_wait_for_one():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing, use_vouchers=False))
    clear(listing)

    shown = page(order, haichao)

    assert states(shown) == "ddddntt"
    assert str(shown.steps[2].note)


def test_a_rejected_order_says_where_and_why_it_ended():
    listing = listed()
    poor = buyer()
    order = place(poor, wish(listing))
    clear(listing)

    shown = page(order, poor)

    assert states(shown) == "dttfttt"  # the money was short when clearing held it
    assert str(shown.refusal)
    assert not shown.is_moving
    assert not shown.is_cancellable


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (RefusalCode.VOUCHER_REFUSED, "dtftttt"),
        (RefusalCode.CAPACITY_EXHAUSTED, "dfttttt"),
        (RefusalCode.LISTING_CLOSED, "dfttttt"),
        (RefusalCode.OUTSIDE_AVAILABILITY, "dfttttt"),
        (RefusalCode.NO_ELIGIBLE_LISTING, "dfttttt"),
        (RefusalCode.INSUFFICIENT_FUNDS, "dttfttt"),
        (RefusalCode.PERIOD_OVER, "dttfttt"),
    ],
)
def test_the_step_that_failed_follows_the_reason(code, expected):
    order = Order(state=OrderState.REJECTED, refusal_code=code)
    events = [
        RecordedEvent(name=OrderEvent.PLACED, happened_at=NOW),
        RecordedEvent(name=OrderEvent.REFUSED, happened_at=NOW),
    ]

    found = steps(order, events, [])

    assert "".join(step.state[0] for step in found) == expected


def test_the_path_is_walked_to_its_end():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    clear(listing)
    seen = []
    services.provision_started(now=START)
    seen.append(states(page(order, haichao, at=START)))
    services.note_metered(order_ids=[order.pk], at=START)
    seen.append(states(page(order, haichao, at=START)))
    services.mark_settled(order_ids=[order.pk], at=START)
    seen.append(states(page(order, haichao, at=START)))

    assert seen == ["dddddnt", "ddddddn", "ddddddd"]
    assert all(step.state == StepState.DONE for step in page(order, haichao).steps)


def test_a_list_of_orders_needs_two_queries_for_all_paths(django_assert_num_queries):
    listing = listed()
    haichao = buyer("100")
    for _number in range(5):
        place(haichao, wish(listing))
    clear(listing)
    with tenancy.acting_as(haichao.pk):
        found = list(selectors.orders(buyer_id=haichao.pk))

        with django_assert_num_queries(2):
            rows = selectors.order_rows(found)

    assert len(rows) == 5


def test_a_round_is_replayed_by_its_number(capsys):
    listing = listed()
    place(buyer("100"), wish(listing))
    number = clear(listing).round_number

    call_command("replay_round", number, "--json")

    assert '"output_is_the_same": true' in capsys.readouterr().out
    with pytest.raises(CommandError, match="no round"):
        call_command("replay_round", "B-0")
