"""A contract ends early as its plan says: notice, a fee within the hold, hours given back."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from common import tenancy
from identity.contracts import Role
from marketplace.settlement import closing, selectors, services
from marketplace.settlement.closing import PlannedEnd
from marketplace.settlement.contracts import EndsAnyway
from marketplace.settlement.models import Charge, EarlyEnd
from pricing import verify_price
from pricing.rate_2 import RatedCell, RatingContext
from tests import cast as people
from tests.pricing.timed_plans import card, terms
from tests.settlement.cast import HOUR, NOON, Market, is_balanced

HALF_PAST = NOON + timedelta(minutes=30)
LATER = NOON + timedelta(days=3)
PREPAID = {
    "code": "usage", "model": "prepaid", "unit": "unit_hour", "hours": "10", "price": "100",
    "unit_price": "12",
}  # fmt: skip
SAID = {"notice_hours": 2, "fee": "30", "gives_back": "0.5"}


FROM_START = {"owed_from": "start"}


def plan(owed=None, **said) -> dict:
    return terms(PREPAID | (owed or {}), early_end=SAID | said) | {"zone": "UTC"}


def running(market, cards=2, hours=10):
    order = market.order(cards=cards, hours=hours)
    services.open_contracts(now=NOON)
    return order


def end(market, order, at=HALF_PAST):
    with tenancy.acting_as(market.buyer.pk):
        return services.end_early(
            contract_id=market.contract(order).pk, buyer_id=market.buyer.pk, now=at
        )


def used_and_ended(market, order, hours=("1", "1", "1")):
    end(market, order)
    for hour, used in enumerate(hours):
        market.use(order, used, hour=hour)
    market.settle()
    return market.contract(order)


# --- The arithmetic -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("used", "held", "said", "fee", "back"),
    [
        # 100 yuan for ten hours: of seven unused half comes back, and 30 is asked.
        ("3", 220_00, {}, 30_00, 35_00),
        ("9.99", 220_00, {}, 30_00, 5),  # 5.0 fen, rounded down
        ("9.999", 220_00, {}, 30_00, 0),
        ("10", 220_00, {}, 30_00, 0),
        ("15", 220_00, {}, 30_00, 0),
        ("3", 100_00, {"fee": "50"}, 35_00, 35_00),  # no more than the hold leaves
        ("3", 100_00, {"fee": "50", "gives_back": "0"}, 0, 0),
        ("20", 220_00, {}, 0, 0),
        ("0", 220_00, {}, 30_00, 0),  # nothing is owed of which anything could come back
    ],
)
def test_the_fee_stays_within_the_hold_and_unused_hours_come_back(used, held, said, fee, back):
    found = card(plan(**said))
    below = min(Decimal(used), Decimal(10))
    counted = {
        RatedCell("usage", "", "", 0): below, RatedCell("usage", "", "", 1): Decimal(used) - below,
        RatedCell("", "", "", 0): Decimal(used),
    }  # fmt: skip
    cells = {cell: closing.Fraction(n) for cell, n in counted.items() if n}
    end = PlannedEnd(held, closing.fee_of(found), found.terms.early_end.gives_back)

    closed = closing.closed(found, cells, RatingContext(), end)

    assert (closed.fee_minor, closed.given_back_minor) == (fee, back)
    assert (
        sum(line["amount_minor"] for line in closing.lines(found, closing.ClosedEnd(), closed, end))
        == fee - back
    )


# --- In the market ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_it_ends_after_its_plans_notice_and_its_fee_is_charged_once():
    market = Market(terms=plan())
    order = running(market)

    ended = end(market, order)
    again = end(market, order, at=HALF_PAST + timedelta(minutes=1))
    contract = used_and_ended(market, order)

    assert (ended.rule_version, ended.fee_minor) == ("plan-1", 30_00)
    assert (ended.notice_seconds, ended.gives_back) == (7_200, Decimal("0.5"))
    assert ended.ends_at == NOON + 3 * HOUR
    assert again.pk == ended.pk
    assert (contract.rated_minor, contract.gross_minor) == (95_00, 95_00)
    assert market.cash() == ("99905.00", "99905.00")
    assert is_balanced()
    (last,) = [each for each in market.charges(order) if each.kind == "CLOSING"]
    assert last.usage_id is None
    assert [(line["ending"], line["amount_minor"]) for line in last.lines] == [
        ("given_back", -35_00),
        ("fee", 30_00),
    ]
    (record,) = market.records(order)
    assert record.gross_minor == 95_00


@pytest.mark.django_db
def test_what_vouchers_paid_goes_back_to_them_and_cash_to_cash():
    market = Market(terms=plan())
    market.voucher("1000.00", share="0.60")
    order = running(market)

    contract = used_and_ended(market, order)

    # 100 was paid 60 : 40; five less in all, so three come back to the voucher.
    assert (contract.voucher_minor, contract.cash_minor) == (57_00, 38_00)
    assert market.cash() == ("99962.00", "99962.00")
    assert is_balanced()


@pytest.mark.django_db
def test_a_fee_above_what_is_held_is_asked_only_as_far_as_that_reaches():
    market = Market(terms=plan(fee="50"))
    order = running(market, cards=1)

    contract = used_and_ended(market, order)

    assert (contract.rated_minor, contract.gross_minor) == (100_00, 100_00)
    assert {each.uncollected_minor for each in market.charges(order)} == {0}


@pytest.mark.django_db
@pytest.mark.parametrize("before", [3, 2, 1])
def test_what_arrives_late_comes_to_the_same_figures(before):
    market = Market(terms=plan())
    order = running(market)
    used_and_ended(market, order, hours=["2"] * before)

    for hour in range(before, 3):
        market.use(order, "2", hour=hour)
    market.charge(at=LATER)
    late = market.contract(order)
    market.revise(order, "0.5", hour=0)
    market.charge(at=LATER + HOUR)
    less = market.contract(order)

    # Six hours of ten: 100 − 20 + 30. Then four and a half: 100 − 27.50 + 30.
    assert (late.rated_minor, less.rated_minor) == (110_00, 102_50)
    assert is_balanced()
    with tenancy.acting_as_platform():
        told = selectors.charges_document(selectors.rerated_for(order_id=order.pk))
    assert verify_price.check_charges(json.loads(json.dumps(told))) == []
    told["early_end"]["held_minor"] = 100_00
    assert verify_price.check_charges(told) != []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_ended", "fen", "told", "later"),
    [
        (False, 100_00, ["unused"], 100_00),
        (True, 80_00, ["unused", "given_back", "fee"], 90_00),
    ],
)
def test_prepaid_hours_that_are_owed_from_the_start_are_charged_though_nobody_used_any(
    is_ended, fen, told, later
):
    market = Market(terms=plan(owed=FROM_START))
    order = running(market)
    if is_ended:
        end(market, order)
    market.settle()
    whole = market.contract(order)

    # Used later than it was settled: of what was owed already nothing is asked again.
    market.use(order, "2")
    market.charge(at=LATER)

    # Half of ten unused hours came back, 100 − 50 + 30; then half of eight.
    assert (whole.state, whole.rated_minor, whole.gross_minor) == ("SETTLED", fen, fen)
    assert market.contract(order).rated_minor == later
    (first, *_later) = market.charges(order)
    assert [line["ending"] for line in first.lines] == told
    assert is_balanced()
    with tenancy.acting_as_platform():
        document = selectors.charges_document(selectors.rerated_for(order_id=order.pk))
    assert verify_price.check_charges(json.loads(json.dumps(document))) == []


@pytest.mark.django_db
def test_prepaid_hours_of_other_plans_cost_nothing_before_they_are_used():
    market = Market(terms=terms(PREPAID) | {"zone": "UTC"})
    order = running(market)

    market.settle()

    assert market.contract(order).rated_minor == 0
    assert market.charges(order) == []


@pytest.mark.django_db
def test_a_plan_that_is_silent_ends_by_the_markets_rule_and_a_long_notice_may_come_too_late():
    silent, patient = Market(terms=terms(PREPAID)), Market(terms=plan(notice_hours=9))

    ended = end(silent, running(silent))

    assert (ended.rule_version, ended.fee_minor, ended.gives_back) == ("end-1", 0, None)
    with pytest.raises(EndsAnyway):
        end(patient, running(patient))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "attack",
    [
        {"rule_version": "end-1", "notice_seconds": None, "gives_back": None, "fee_minor": 0},
        {"rule_version": "undelivered-1", "notice_seconds": None, "gives_back": None,
         "fee_minor": 0},
        {"rule_version": "instalment-1", "notice_seconds": None, "gives_back": None,
         "fee_minor": 0},
        {"fee_minor": 0},
        {"fee_minor": 30_01},
        {"notice_seconds": 3_600},
        {"gives_back": Decimal(1)},
        {"ends_at": NOON + 2 * HOUR},
    ],
)  # fmt: skip
def test_the_database_lets_no_contract_end_but_as_its_plan_says(attack):
    market = Market(terms=plan())
    contract = market.contract(running(market))
    said = {
        "contract": contract, "buyer_id": contract.buyer_id, "provider_id": contract.provider_id,
        "rule_version": "plan-1", "fee_minor": 30_00, "notice_seconds": 7_200,
        "gives_back": Decimal("0.5"), "ended_before": contract.ends_at,
        "ends_at": NOON + 3 * HOUR, "asked_at": HALF_PAST,
    }  # fmt: skip

    with (
        pytest.raises(IntegrityError, match="as its plan says"),
        tenancy.acting_as_platform(),
        transaction.atomic(),
    ):
        EarlyEnd.objects.create(**said | attack)
    with tenancy.acting_as_platform(), transaction.atomic():
        EarlyEnd.objects.create(**said)


@pytest.mark.django_db
def test_the_database_lets_nobody_charge_an_end_twice_or_without_one():
    market, other = Market(terms=plan()), Market(terms=plan())
    ended, going = running(market), running(other)
    used_and_ended(market, ended)
    (closed,) = [each for each in market.charges(ended) if each.kind == "CLOSING"]
    contract = other.contract(going)

    for of in ({}, {"contract": contract, "buyer_id": contract.buyer_id}):
        again = Charge(**{
            each.attname: getattr(closed, each.attname)
            for each in Charge._meta.concrete_fields
            if each.attname not in ("id", "recorded_in")
        })  # fmt: skip
        for name, value in of.items():
            setattr(again, name, value)
        with pytest.raises(IntegrityError), tenancy.acting_as_platform(), transaction.atomic():
            again.save(force_insert=True)


# --- Over HTTP and on pages ---------------------------------------------------------------------
@pytest.fixture
def half_past():
    with time_machine.travel(HALF_PAST, tick=False):
        yield


@pytest.mark.django_db
def test_api_and_pages_tell_what_ending_asks_before_and_after(half_past):
    market = Market(terms=plan())
    order = running(market)
    market.use(order, "1")
    market.charge(at=HALF_PAST)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))
    contract_id = market.contract(order).pk

    def page(address):
        return visitor.get(address, headers={"accept-language": "en"}).content.decode()

    told = visitor.get(f"/api/v1/contracts/{contract_id}/commitment").json()
    sheet = page(f"/orders/{order.pk}/end/")
    commitment = page(f"/orders/{order.pk}/commitment/")
    ordering = page(f"/market/{market.listing.pk}/order/")
    done = visitor.post(f"/orders/{order.pk}/end/", {"key": str(uuid4())})
    rules = visitor.get("/api/v1/ending-rules").json()

    assert told["ending"] == {
        "name": "plan-1", "notice_seconds": 7200, "fee_minor": 30_00, "gives_back": "0.5",
    }  # fmt: skip
    # Nothing was measured yet: nothing is owed of which anything could come back.
    assert (told["early_end"]["fee_minor"], told["early_end"]["given_back_minor"]) == (30_00, 0)
    assert "The notice is 2 hours, and ending costs ¥30.00, within what is held." in sheet
    assert "50% of the price of prepaid hours that are not used comes back." in sheet
    assert "The notice is over at 2026-11-20 22:30" in sheet
    assert (
        "in windows of 1 hour, and ends with the one that runs then: at 2026-11-20 23:00" in sheet
    )
    assert "Given back, taken off" in commitment
    assert "To end early: 2 h of notice; a fee of ¥30" in ordering
    assert "rule that runs then is over; a window is 1 hour long." in ordering
    assert "covered by the prepaid hours" in page(f"/orders/{order.pk}/")
    assert done.status_code == 302
    assert rules["of_plans"] == {"name": "plan-1", "notice_hours_most": 720, "fee": "within_hold"}


@pytest.mark.django_db
def test_a_cleared_order_shows_its_commitment_before_it_begins(half_past):
    market = Market(terms=plan())
    order = market.order(cards=1, hours=4, starts_at=NOON + 2 * HOUR)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))

    page = visitor.get(f"/orders/{order.pk}/commitment/", headers={"accept-language": "en"})

    assert page.status_code == 200
    assert "¥100.00" not in page.content.decode().split("Charged for it")[0]
    assert "It begins at" in page.content.decode()


@pytest.mark.django_db
def test_what_does_not_end_early_says_why_beside_the_way_back(half_past):
    market = Market(terms=plan())
    soon, later = running(market, hours=3), market.order(cards=1, starts_at=NOON + 2 * HOUR)
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))

    def refused(order):
        address = f"/orders/{order.pk}/end/"
        english = {"accept-language": "en"}
        shown = visitor.post(address, {"key": str(uuid4())}, headers=english)
        assert shown.status_code == visitor.get(address, headers=english).status_code == 409
        assert f'href="/orders/{order.pk}/"' in shown.text.split("Nothing was changed.")[1]
        return shown.text

    told, before = refused(soon), refused(later)

    assert "It runs until 2026-11-20 23:00" in told
    assert "The notice is over at 2026-11-20 22:30" in told
    assert "contract_ends_anyway" not in told
    assert "It has not begun: it begins at 2026-11-20 22:00" in before


@pytest.mark.django_db
def test_the_charge_of_an_early_end_has_a_page_of_its_own():
    market = Market(terms=plan())
    order = running(market)
    used_and_ended(market, order)
    (closed,) = [each for each in market.charges(order) if each.kind == "CLOSING"]
    visitor = people.signed_in(people.member(market.buyer, Role.BUYER))

    page = visitor.get(f"/orders/charges/{closed.pk}/", headers={"accept-language": "en"})
    rows = visitor.get("/api/v1/charges").json()["results"]
    (listed,) = [each for each in rows if each["id"] == str(closed.pk)]

    assert "Charge at the end" in page.content.decode()
    assert "fee for ending early, within what was held" in page.content.decode()
    assert (listed["usage_id"], listed["kind"]) == (None, "CLOSING")
