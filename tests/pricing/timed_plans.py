"""Plans under `rate-2` for tests, without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from common.period import Period
from pricing import plan_terms
from pricing.contracts import Measure, RateCard, RateUnit

SHANGHAI = "Asia/Shanghai"
PEAK_AND_VALLEY = [
    {"band": "peak", "from": "10:00", "until": "15:00", "days": ["workday"]},
    {"band": "valley", "from": "00:00", "until": "08:00"},
]


def terms(*components: dict, **more) -> dict:
    return {"zone": SHANGHAI, "components": [*components], **more}


def unit(price: str = "5", **more) -> dict:
    return {"code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": price, **more}


def tiered(*tiers: tuple[str, str], model: str = "graduated", **more) -> dict:
    said = [{"from": border, "unit_price": price} for border, price in tiers]
    return {"code": "usage", "model": model, "unit": "unit_hour", "tiers": said, **more}


def flat(price: str, per: str = "contract", model: str = "flat", **more) -> dict:
    return {"code": model, "model": model, "price": price, "per": per, **more}


def card(data: dict, *, asset: str = "CNY", scale: int = 2) -> RateCard:
    parsed = plan_terms.parse(data)
    return RateCard(
        version_id=UUID(int=1),
        plan_code="plan",
        version=1,
        asset=asset,
        components=plan_terms.projected(parsed),
        content_hash="hash",
        provider_id=UUID(int=3),
        rating_rule="rate-2",
        terms=parsed,
        scale=scale,
    )


def at(text: str) -> datetime:
    """Return a moment by the clock of Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def used(hours: str | Decimal, starts: str = "2026-11-24T00:00", lasts: float = 24) -> Measure:
    start = at(starts)
    return Measure(
        {RateUnit.UNIT_HOUR: Decimal(hours), RateUnit.STANDARD_HOUR: Decimal(hours) * 3},
        spread=Period(start, start + timedelta(hours=lasts)),
    )


PRICES = st.sampled_from(["0", "0.004", "0.01", "0.333333", "1", "2.5", "1000000"])
FACTORS = st.sampled_from(["0", "0.5", "1", "1.2345", "2"])
ZONES = st.sampled_from([SHANGHAI, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
CLOCKS = ["00:00", "01:30", "02:00", "02:30", "08:00", "12:00", "23:59", "24:00"]


@st.composite
def bands(draw) -> list[dict]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        begins, ends = sorted(
            draw(st.lists(st.sampled_from(CLOCKS), min_size=2, max_size=2, unique=True))
        )
        found.append(
            {
                "band": draw(st.sampled_from(["peak", "valley", "deep", "flat"])),
                "from": begins,
                "until": ends,
                "days": draw(
                    st.lists(
                        st.sampled_from(["workday", "weekend", "holiday"]), min_size=1, unique=True
                    )
                ),
                **draw(st.sampled_from([{}, {}, {"months": [3, 10, 11]}])),
            }
        )
    return found


UNITS = st.sampled_from(["unit_hour", "standard_hour"])
BORDERS = st.lists(st.sampled_from(["0.5", "7", "24", "100.000001"]), unique=True, max_size=3)
TIERS = st.builds(
    lambda borders, prices: [
        {"from": border, "unit_price": price}
        for border, price in zip(["0", *sorted(borders, key=Decimal)], prices, strict=False)
    ],
    BORDERS,
    st.lists(PRICES, min_size=4, max_size=4),
)
STEPS = st.sampled_from([{}, {}, {"increment": "0.25"}])
MEMBERS = {
    "unit": st.fixed_dictionaries({"unit": UNITS, "unit_price": PRICES}),
    "graduated": st.fixed_dictionaries({"unit": UNITS, "tiers": TIERS}),
    "volume": st.fixed_dictionaries({"unit": UNITS, "tiers": TIERS}),
    "package": st.fixed_dictionaries(
        {"unit": UNITS, "block": st.sampled_from(["0.7", "1", "100"]), "price": PRICES}
    ),
    "ready": st.fixed_dictionaries({"unit_price": PRICES}),
    "reserved": st.fixed_dictionaries(
        {"unit_price": PRICES, "discount": st.sampled_from(["0", "0.25", "1"])}
    ),
    "prepaid": st.fixed_dictionaries(
        {
            "unit": UNITS,
            "price": PRICES,
            "unit_price": PRICES,
            "hours": st.sampled_from(["1", "10", "24.5"]),
        },
        optional={"owed_from": st.just("start")},
    ),
    "flat": st.fixed_dictionaries({"price": PRICES}),
}


@st.composite
def parts(draw, number: int, *, has_bands: bool, kinds: list[str]) -> dict:
    model = draw(st.sampled_from([*MEMBERS]))
    part = {"code": f"part-{number}", "model": model, **draw(MEMBERS[model])}
    borders = [Decimal(tier["from"]) for tier in part.get("tiers", ())]
    holds_steps = model == "graduated" and not any(border % Decimal("0.25") for border in borders)
    if model in ("unit", "volume") or holds_steps:
        part |= draw(STEPS)
    if model != "prepaid":
        part["per"] = draw(st.sampled_from(["contract", "month"]))
    if has_bands and model not in ("prepaid", "flat"):
        part |= draw(st.sampled_from([{}, {"bands": {"peak": "1.5", "valley": "0.5"}}]))
    if kinds:
        part["factors"] = draw(st.lists(st.sampled_from(kinds), unique=True))
    return part


@st.composite
def early_ends(draw, made: list[dict]) -> dict:
    """What a plan may say of ending early; it gives back of prepaid hours alone."""
    said = draw(st.sampled_from([{}, {"notice_hours": 24}, {"notice_hours": 0, "fee": "12"}]))
    models = {each["model"] for each in made}
    if said and "prepaid" in models and "minimum" not in models and draw(st.booleans()):
        said = said | {"gives_back": "0.75"}
    return {"early_end": said} if said else {}


@st.composite
def plans(draw) -> dict:
    """A plan of one to four components, whatever they are."""
    times = draw(bands())
    tables = draw(st.sampled_from([{}, {"region": {"otherwise": "1.1", "values": {"31": "0.9"}}}]))
    made = [
        draw(parts(number, has_bands=bool(times), kinds=[*tables]))
        for number in range(draw(st.integers(1, 4)))
    ]
    made.append({"code": "last", "model": "unit", "unit": "unit_hour", "unit_price": draw(PRICES)})
    if all(each.get("per") == "month" for each in made[:-1]):
        made[-1]["per"] = "month"
        made.append(flat(draw(PRICES), "month", "minimum"))
    elif draw(st.booleans()):
        made.append(flat(draw(PRICES), "contract", "minimum"))
    data = {"zone": draw(ZONES), "components": made, "to_minor": draw(st.sampled_from([1, 10]))}
    data |= draw(early_ends(made))
    if times:
        data |= {"bands": times, "holidays": ["2026-10-25"], "workdays": ["2026-03-29"]}
    return data | ({"factors": tables} if tables else {})


# Around the days on which clocks change, and ends of months.
STARTS = st.sampled_from(
    [
        datetime(2026, 3, 28, 22, 30, tzinfo=UTC),
        datetime(2026, 10, 24, 23, 0, tzinfo=UTC),
        datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 31, 12, 0, tzinfo=UTC),
        datetime(2026, 4, 4, 14, 45, tzinfo=UTC),
    ]
)


@st.composite
def stretches(draw) -> Period:
    start = draw(STARTS)
    return Period(start, start + timedelta(seconds=draw(st.integers(1, 5 * 86_400))))
