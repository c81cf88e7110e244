"""Rate cards for tests, without a database."""

from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from pricing import rules
from pricing.contracts import Measure, RateCard, RateUnit

VERSION = UUID(int=1)
RULE = UUID(int=2)


def card(*components: dict) -> RateCard:
    parsed = rules.parse_components(components)
    return RateCard(
        version_id=VERSION,
        plan_code="plan",
        version=1,
        asset="CNY",
        components=parsed,
        content_hash=rules.version_hash(
            plan_code="plan", version=1, asset="CNY", components=parsed
        ),
        provider_id=UUID(int=3),
    )


def component(*tiers: tuple[str, str], unit: str = "standard_hour", code: str = "usage") -> dict:
    return {
        "code": code,
        "unit": unit,
        "tiers": [{"from": border, "unit_price": price} for border, price in tiers],
    }


def hours(quantity: str | Decimal) -> Measure:
    return Measure({RateUnit.STANDARD_HOUR: Decimal(quantity)}, rule_version_id=RULE)


def quantities(**limits):
    return st.decimals(
        min_value=limits.get("min_value", 0), max_value=10**9, places=9, allow_nan=False
    )


@st.composite
def graduated(draw) -> RateCard:
    """A component with one to six tiers at any borders and prices."""
    borders = draw(st.lists(st.integers(1, 10**6), unique=True, max_size=5).map(sorted))
    prices = st.decimals(min_value=0, max_value=1000, places=6)
    tiers = [(f"{border}", f"{draw(prices):f}") for border in [0, *borders]]
    return card(component(*tiers))
