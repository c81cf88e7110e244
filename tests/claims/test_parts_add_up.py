"""The parts of payers add up to what they divide, for whatever amounts and shares."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from marketplace.claims.shares import ISSUER, by_source, divided
from marketplace.vouchers.contracts import Funding

AMOUNTS = st.integers(-(10**17), 10**17)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(sum)


@st.composite
def fundings(draw) -> tuple[Funding, ...]:
    """Draw sources whose shares add up to one, as rules have them."""
    cuts = draw(st.lists(st.integers(1, 999), max_size=5, unique=True).map(sorted))
    ends = [0, *cuts, 1000]
    return tuple(
        Funding(f"source {place}", Decimal(last - first) / 1000)
        for place, (first, last) in enumerate(pairwise(ends))
    )


@given(AMOUNTS, WEIGHTS)
def test_each_part_is_its_share_to_the_unit_and_all_are_the_whole(amount, weights):
    parts = divided(amount, dict(enumerate(weights)))

    assert sum(parts.values()) == amount
    for place, weight in enumerate(weights):
        exact = Fraction(amount * weight, sum(weights))
        assert abs(parts[place] - exact) < 1
    assert divided(-amount, dict(enumerate(weights))) == {key: -n for key, n in parts.items()}


@given(AMOUNTS, st.lists(st.tuples(st.integers(0, 10**12), fundings()), min_size=1, max_size=4))
def test_a_line_paid_by_several_versions_is_divided_whole(amount, versions):
    assert sum(by_source(amount, versions).values()) == amount


def test_the_first_of_equal_remainders_gets_the_odd_fen_and_rules_without_sources_are_the_issuers():
    halves = (Funding("province", Decimal("0.5")), Funding("city", Decimal("0.5")))

    assert by_source(19_99, [(1, halves)]) == {"province": 10_00, "city": 9_99}
    assert by_source(19_99, [(1, ())]) == {ISSUER: 19_99}
