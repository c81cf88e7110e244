"""What months commit to: exact at month ends, where clocks change, and at half-open borders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.period import Period
from marketplace.settlement import commitments
from marketplace.settlement.commitments import Committed
from marketplace.settlement.contracts import Measured
from pricing import rate_2
from pricing.contracts import RateUnit
from pricing.rate_2 import TimedUse
from tests.pricing.timed_plans import card, flat, terms, unit

BERLIN = "Europe/Berlin"
USED = Fraction(1, 1000)


def moment(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def agreed(starts: str, ends: str, zone: str = "UTC") -> Period:
    return Period(moment(starts, zone), moment(ends, zone))


def committed(plan: dict, period: Period, *, used: Fraction = USED, facts=None) -> Committed:
    """Return a contract in all of whose time a little was used."""
    rated = card(plan)
    use = TimedUse(period, {RateUnit.UNIT_HOUR: used}, Fraction(0))
    asked = rate_2.RatingContext(facts or {}, period)
    cells = rate_2.advanced(rated.terms, {}, use, asked) if used else {}
    measured = Measured(rate_2.decimal_of(used), None)
    return Committed(rated, cells, facts or {}, period, 1000, measured, "card")


def monthly(price: str, model: str, zone: str = "UTC", **more) -> dict:
    return terms(unit("0", per="month"), flat(price, per="month", model=model)) | {
        "zone": zone, **more
    }  # fmt: skip


def state(plan: dict, period: Period, **more) -> commitments.CommitmentState:
    return commitments.states_of(committed(plan, period, **more))[0]


@pytest.mark.parametrize("model", ["flat", "minimum"])
@pytest.mark.parametrize(
    ("starts", "ends", "minor"),
    [
        # A third of November and a third of December, each rounded up by itself.
        ("2026-11-21T00:00:00", "2026-12-11T08:00:00", 34 + 34),
        ("2026-11-01T00:00:00", "2026-12-01T00:00:00", 100),  # The end is not of December.
        ("2026-11-01T00:00:00", "2026-12-01T00:00:01", 100 + 0),  # Under a thousandth of a fen.
        ("2026-11-01T00:00:00", "2026-12-01T01:00:00", 100 + 1),
        ("2027-01-31T12:00:00", "2027-03-01T12:00:00", 2 + 100 + 2),
        ("2028-02-01T00:00:00", "2028-02-29T00:00:00", 97),  # 28 of 29 days.
    ],
)
def test_what_months_commit_to_is_what_they_charge(model, starts, ends, minor):
    found = state(monthly("1", model), agreed(starts, ends))

    assert found.agreed_minor == found.owed_minor == minor


def test_before_anything_is_used_it_says_what_is_agreed_and_owes_nothing():
    found = state(
        monthly("1", "minimum"), agreed("2026-11-21T00:00:00", "2026-12-11T08:00:00"), used=0
    )

    assert (found.agreed_minor, found.owed_minor) == (68, 0)


@pytest.mark.parametrize(
    ("starts", "ends", "share"),
    [
        # March has 743 hours by this clock, and its 29th day has 23.
        ("2026-03-29T00:00:00", "2026-03-30T00:00:00", Fraction(23, 743)),
        ("2026-10-25T00:00:00", "2026-10-26T00:00:00", Fraction(25, 745)),
        ("2026-03-31T23:00:00", "2026-04-01T00:00:00", Fraction(1, 743)),
    ],
)
def test_where_clocks_change_a_month_is_as_long_as_its_clock_makes_it(starts, ends, share):
    plan = monthly("1000", "flat", BERLIN)

    found = state(plan, agreed(starts, ends, BERLIN))

    assert found.agreed_minor == found.owed_minor == rate_2.rounded_up(1000 * share, card(plan))


def test_a_group_pays_its_share_of_a_flat_fee_and_all_of_a_minimum():
    group = {"factors": {"group": {"otherwise": "1", "values": {"inside": "0.5"}}}}
    whole = agreed("2026-11-01T00:00:00", "2026-12-01T00:00:00")
    fee = terms(unit("0"), flat("10", per="month", factors=["group"]), **group)
    least = terms(unit("0", per="month", factors=["group"]), flat("10", "month", "minimum"))

    paid = state(fee | {"zone": "UTC"}, whole, facts={"group": "inside"})
    owed = state(least | group | {"zone": "UTC"}, whole, facts={"group": "inside"})

    assert (paid.agreed_minor, paid.owed_minor) == (500, 500)
    assert (owed.agreed_minor, owed.owed_minor) == (1000, 1000)


@given(
    days=st.integers(1, 40), hours=st.integers(0, 23),
    price=st.sampled_from(["0.01", "1", "9.99"]), model=st.sampled_from(["flat", "minimum"]),
    to_minor=st.sampled_from([1, 10]),
)  # fmt: skip
def test_law_used_in_every_month_as_much_is_charged_as_was_agreed(
    days, hours, price, model, to_minor
):
    start = moment("2026-09-17T05:00:00", BERLIN)
    period = Period(start, start + days * timedelta(days=1, hours=hours))
    plan = monthly(price, model, BERLIN, to_minor=to_minor)

    found = state(plan, period, used=Fraction(days))

    assert found.agreed_minor == found.owed_minor


@pytest.mark.parametrize("used", ["0.333333333333", "1", "2.999999999999", "3", "7.1"])
def test_used_and_left_are_together_what_was_agreed(used):
    prepaid = {
        "code": "usage", "model": "prepaid", "unit": "unit_hour", "hours": "3", "price": "9",
        "unit_price": "4",
    }  # fmt: skip
    found = state(
        terms(prepaid), agreed("2026-11-01T00:00:00", "2026-11-02T00:00:00"), used=Fraction(used)
    )

    assert found.used + found.left == found.agreed == 3
    assert found.beyond == max(Decimal(used) - 3, 0)
