"""The index of prices orders plans of times of use by their exact prices, and stays flat."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.orders.curves import Curve, at_least, octave_of
from marketplace.orders.price_index import PriceIndex
from marketplace.orders.timed_curves import OrderedTime, TimedCurve
from tests.orders.market import RULE, named
from tests.orders.market import card as plain_card
from tests.pricing.timed_plans import STARTS, card, plans, terms, unit

FACTORS = st.sampled_from([Decimal("0.333333"), Decimal(1), Decimal("2.5")])


def wish(start, milli: int, seconds: int) -> OrderedTime:
    return OrderedTime(milli, start, start + timedelta(seconds=seconds))


wishes = st.builds(
    wish,
    STARTS,
    st.sampled_from([1, 333, 1000, 64_000]),
    st.sampled_from([1, 59, 3600, 5400, 86_400, 900_000]),
)


@settings(max_examples=200, deadline=None)
@given(data=plans(), factor=FACTORS, when=wishes)
def test_no_time_of_use_undercuts_the_bound(data, factor, when):
    curve = TimedCurve.of(card(data), factor)
    amount = when.units_milli * ((when.ends_at - when.starts_at) // timedelta(seconds=1))

    minor = curve.minor_at(when)

    if minor is not None:
        assert at_least(curve.floor(octave_of(amount)), amount) <= minor


@settings(max_examples=60, deadline=None)
@given(offered=st.lists(plans(), min_size=1, max_size=6), when=wishes)
def test_plans_come_in_the_order_of_their_prices_at_the_time(offered, when):
    curves = {
        (named(f"plan {n}"), Decimal(1), RULE): TimedCurve.of(card(data), Decimal(1))
        for n, data in enumerate(offered)
    }
    curves[named("plain"), None, RULE] = Curve.of(plain_card("1"), None)
    amount = when.units_milli * ((when.ends_at - when.starts_at) // timedelta(seconds=1))

    found = list(PriceIndex(curves).walk(amount, when))

    prices = {
        key: curve.minor(amount) if isinstance(curve, Curve) else curve.minor_at(when)
        for key, curve in curves.items()
    }
    known = [key for key in curves if prices[key] is not None]
    assert found == sorted(known, key=lambda key: (prices[key], str(key)))


def test_few_of_many_plans_are_priced():
    times = [{"band": "peak", "from": "10:00", "until": "15:00"}]
    curves = {}
    for number in range(400):
        data = terms(unit(f"{1 + number / 10:.6f}", bands={"peak": "1.5"}), bands=times)
        made = replace(card(data), version_id=named(f"plan {number}"))
        curves[made.version_id, None, RULE] = TimedCurve.of(made, None)
    index = PriceIndex(curves)
    start = plain_card("1") and wish(STARTS.elements[0], 1000, 3600)

    for _ in range(3):
        next(iter(index.walk(3_600_000, start)))

    assert index.priced < 30
