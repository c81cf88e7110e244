from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from common import tenancy
from common.period import Period
from ledger.contracts import Op
from marketplace.orders import selectors, services
from marketplace.orders.contracts import OrderState, Phase, RefusalCode, StepState
from marketplace.orders.models import Order
from marketplace.orders.rules import phase
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

    assert states(shown) == "pttfttt"  # the money was short when clearing held it
    assert str(shown.refusal)
    assert not shown.is_moving
    assert not shown.is_cancellable


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (RefusalCode.VOUCHER_REFUSED, "ptftttt"),
        (RefusalCode.CAPACITY_EXHAUSTED, "pfttttt"),
        (RefusalCode.LISTING_CLOSED, "pfttttt"),
        (RefusalCode.OUTSIDE_AVAILABILITY, "pfttttt"),
        (RefusalCode.NO_ELIGIBLE_LISTING, "pfttttt"),
        (RefusalCode.INSUFFICIENT_FUNDS, "pttfttt"),
        (RefusalCode.PERIOD_OVER, "pttfttt"),
    ],
)
def test_the_step_that_failed_follows_the_reason(code, expected):
    order = Order(
        state=OrderState.REJECTED,
        refusal_code=code,
        placed_at=NOW,
        closed_at=NOW,
        starts_at=START,
        ends_at=START,
    )

    found = steps(order)

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


def test_the_paths_of_a_list_need_no_query(django_assert_num_queries):
    listing = listed()
    haichao = buyer("100")
    for _number in range(5):
        place(haichao, wish(listing))
    clear(listing)
    with tenancy.acting_as(haichao.pk):
        found = list(selectors.orders(buyer_id=haichao.pk))

        with django_assert_num_queries(0):
            rows = selectors.order_rows(found)

    assert len(rows) == 5


def test_buyer_provider_and_market_see_one_and_the_same_path():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    clear(listing)
    services.provision_started(now=START)

    def path(tenant):
        with tenancy.acting_as(tenant):
            shown = selectors.order_page(order_id=order.pk, at=START)
        return [(step.kind, step.state, step.at) for step in shown.steps]

    seen = path(haichao.pk)

    assert "".join(state[0] for _kind, state, _at in seen) == "dddddnt"
    assert path(listing.provider_id) == seen
    assert path(tenancy.PLATFORM) == seen


def test_a_path_never_runs_backwards_though_its_start_was_noted_late():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    clear(listing)
    with tenancy.acting_as_platform():
        services.note_metered(order_ids=[order.pk], at=START)
        services.provision_started(now=START + timedelta(hours=2))
        services.mark_settled(order_ids=[order.pk], at=START + timedelta(hours=3))

    times = [step.at for step in page(order, haichao, at=START + timedelta(hours=3)).steps]

    assert times == sorted(times)


def test_a_cancelled_order_keeps_what_it_reached_as_past():
    listing = listed()
    haichao = buyer("100")
    order = place(haichao, wish(listing))
    clear(listing)
    with tenancy.acting_as(haichao.pk):
        services.cancel_order(order_id=order.pk, buyer_id=haichao.pk, now=NOW)

    assert states(page(order, haichao)) == "ppppftt"


@pytest.mark.parametrize(
    ("state", "hours", "expected"),
    [
        ("PLACED", 0, Phase.WAITING),
        ("CLEARED", -1, Phase.SCHEDULED),
        ("CLEARED", 0, Phase.RUNNING),
        ("CLEARED", 1, Phase.SETTLING),
        ("SETTLED", 9, Phase.SETTLED),
        ("REJECTED", 0, Phase.REJECTED),
        ("CANCELLED", 0, Phase.CANCELLED),
    ],
)
def test_one_word_says_what_an_order_does(state, hours, expected):
    period = {"starts_at": START, "ends_at": START + timedelta(hours=1)}

    found = phase(state, **period, is_set_aside=False, at=START + timedelta(hours=hours))

    assert found == expected
    assert phase("PLACED", **period, is_set_aside=True, at=START) == Phase.CHECKED


def test_a_rejected_order_foresees_what_its_quote_said():
    listing = listed()
    poor = buyer()
    voucher(poor, "5", programme())
    order = place(poor, wish(listing))
    clear(listing)
    with tenancy.acting_as(poor.pk):
        order.refresh_from_db()
        quoted = selectors.preview(
            buyer_id=poor.pk,
            listing=listing,
            lines=order.lines,
            at=NOW,
            period=Period(order.starts_at, order.ends_at),
        )

        found = selectors.foreseen(order)

    assert order.state == OrderState.REJECTED
    assert (found.gross_minor, found.cash_minor) == (quoted.gross_minor, quoted.cash_minor)
    assert found.cash_minor < order.gross_minor


def test_a_round_is_replayed_by_its_number(capsys):
    listing = listed()
    place(buyer("100"), wish(listing))
    number = clear(listing).round_number

    call_command("replay_round", number, "--json")

    assert '"output_is_the_same": true' in capsys.readouterr().out
    with pytest.raises(CommandError, match="no round"):
        call_command("replay_round", "B-0")
