"""Inputs for the first vectors of a new version: drawn once, then stored beside the answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

from marketplace.orders.contracts import Demand, Offer, Related
from metering.contracts import Aggregate, Combine, Reading, Reads
from metering.measure_2 import MeasureTerms
from pricing.contracts import Measure, RateCard, RateComponent, RateTier, RateUnit
from tests.orders import market
from tests.pricing import timed_plans
from tests.rulebooks.books import plain
from tests.vouchers import cast
from tests.vouchers.published import rules_2, share

UNITS = [*RateUnit]
SHARES = ["0.30", "0.3333", "0.5", "1", "0.07"]
PRICES = ["0", "0.005", "1", "2.40", "3.335", "12.3456", "999999.999999"]
SOME_TIERS = [{"from": "0", "unit_price": "2.4"}, {"from": "24", "unit_price": "1.005"}]
PLACES = ["1", "0.5", "7.25", "0.000000001", "123.456789012"]


def tiers(draw: Random) -> tuple[RateTier, ...]:
    borders = [0, *sorted(draw.sample(range(1, 200), draw.randint(0, 3)))]
    return tuple(RateTier(Decimal(each), Decimal(draw.choice(PRICES))) for each in borders)


def card(draw: Random, units: list[RateUnit]) -> RateCard:
    parts = [
        RateComponent(f"part-{n}", draw.choice(units), tiers(draw))
        for n in range(draw.randint(1, 3))
    ]
    return replace(market.card("1"), version_id=_id(draw), components=tuple(parts))


def ratings(draw: Random) -> Iterator[Any]:
    for number in range(60):
        measured = {unit: Decimal(draw.choice(PLACES)) * draw.randint(0, 300) for unit in UNITS}
        before = {unit: Decimal(draw.randint(0, 250)) for unit in UNITS}
        taken_back = {unit: -before[unit] / 2 for unit in UNITS}
        is_after, is_back = number % 3 == 1, number % 3 == 2
        yield {
            "card": plain(card(draw, UNITS)),
            "measure": plain(Measure(taken_back if is_back else measured, _id(draw))),
            "after": plain(Measure(before)) if is_after or is_back else None,
        }


def ratings_2(draw: Random) -> Iterator[Any]:
    """Every model, with bands, months, factors, and use that was rated before."""
    metered = [
        {"model": "unit", "unit": "unit_hour", "unit_price": "0.005", "increment": "0.25"},
        {"model": "graduated", "unit": "standard_hour", "tiers": SOME_TIERS, "per": "month"},
        {"model": "volume", "unit": "unit_hour", "tiers": SOME_TIERS},
        {"model": "package", "unit": "unit_hour", "block": "7", "price": "3.335"},
        {"model": "ready", "unit_price": "0.3", "factors": ["region"]},
        {"model": "reserved", "unit_price": "1.1", "discount": "0.25"},
        {"model": "prepaid", "unit": "unit_hour", "hours": "9", "price": "4", "unit_price": "2"},
    ]
    owed = [
        {"model": "flat", "price": "10", "per": "month"},
        {"model": "minimum", "price": "50", "per": "contract"},
    ]
    for number in range(70):
        made = [metered[number % 7], *draw.sample(metered, 2), *draw.sample(owed, 1)]
        said = [each | {"code": f"part-{place}"} for place, each in enumerate(made)]
        if number % 2:
            for each in said[:3]:
                if each["model"] != "prepaid":
                    each["bands"] = {"peak": "1.5", "valley": "0.5"}
        data = timed_plans.terms(
            *said,
            bands=timed_plans.PEAK_AND_VALLEY,
            factors={"region": {"otherwise": "1.1", "values": {"31": "0.9"}}},
            to_minor=draw.choice([1, 10]),
        )
        measure = timed_plans.used(
            Decimal(draw.choice(PLACES)) * draw.randint(1, 300),
            draw.choice(["2026-11-30T09:59:59", "2026-11-28T00:00", "2026-02-28T23:30"]),
            draw.choice([1, 24, 100]),
        )
        measure = replace(measure, facts=draw.choice([(), (("region", "31"),)]))
        back = {unit: -amount / 2 for unit, amount in measure.quantities.items()}
        is_back = number % 5 == 0
        yield {
            "card": plain(timed_plans.card(data)),
            "measure": plain(replace(measure, quantities=back) if is_back else measure),
            "after": plain(measure) if number % 5 < 2 else None,
        }


def ratings_3(draw: Random) -> Iterator[Any]:
    """Tokens by kind, with a price for those from a cache and without, and use given back."""
    for number in range(60):
        kinds = ["in", "out", "cached"] if number % 2 else ["in", "out"]
        said = [
            {"code": kind, "model": "unit", "unit": f"mtoken_{kind}", "unit_price": "3.335"}
            for kind in kinds
        ]
        if number % 3 == 0:
            said[0] |= {"model": "graduated", "tiers": SOME_TIERS}
            del said[0]["unit_price"]
        if number % 4 == 0:
            said[1]["bands"] = {"peak": "1.5", "valley": "0.5"}
            said.append({"code": "least", "model": "minimum", "price": "50", "per": "contract"})
        data = timed_plans.terms(*said, bands=timed_plans.PEAK_AND_VALLEY)
        amounts = {
            RateUnit(f"mtoken_{kind}"): Decimal(draw.choice(PLACES)) * draw.randint(0, 30)
            for kind in ("in", "out", "cached")
        }
        measure = replace(timed_plans.used("1", lasts=draw.choice([1, 24])), quantities=amounts)
        back = {unit: -amount / 2 for unit, amount in amounts.items()}
        is_back = number % 5 == 0
        yield {
            "card": plain(replace(timed_plans.card(data), rating_rule="rate-3")),
            "measure": plain(replace(measure, quantities=back) if is_back else measure),
            "after": plain(measure) if number % 5 < 2 else None,
        }


def ratings_4(draw: Random) -> Iterator[Any]:
    """Prices of several things in one plan: each use is of one, and finds no other's."""
    said = [
        {"code": "card", "model": "unit", "unit": "unit_hour", "sold_as": "compute"},
        {"code": "least", "model": "minimum", "price": "9", "per": "contract"},
        {"code": "kept", "model": "graduated", "unit": "gb_month", "sold_as": "storage"},
        {"code": "moved", "model": "package", "unit": "gb_moved", "sold_as": "network"},
        {"code": "port", "model": "flat", "price": "2", "per": "month", "sold_as": "network"},
    ]
    for number in range(60):
        parts = [dict(each) for each in said]
        parts[0] |= {"unit_price": draw.choice(PRICES), "bands": {"peak": "1.5"}}
        parts[1]["sold_as"] = draw.choice(["compute", "storage"])
        parts[2]["tiers"] = SOME_TIERS
        parts[3] |= {"block": "7", "price": draw.choice(PRICES), "factors": ["path"]}
        data = timed_plans.terms(
            *draw.sample(parts, len(parts)),
            bands=timed_plans.PEAK_AND_VALLEY,
            factors={"path": {"otherwise": "1.2", "values": {"le-5ms": "0.5"}}},
        )
        amounts = {
            unit: Decimal(draw.choice(PLACES)) * draw.randint(0, 60)
            for unit in (RateUnit.UNIT_HOUR, RateUnit.GB_MONTH, RateUnit.GB_MOVED)
        }
        sold = [(), (("sold_as", "storage"),), (("path", "le-5ms"), ("sold_as", "network"))]
        measure = replace(
            timed_plans.used("1", lasts=draw.choice([1, 24])),
            quantities=amounts,
            facts=sold[number % 3],
        )
        back = {unit: -amount / 2 for unit, amount in amounts.items()}
        is_back = number % 5 == 0
        yield {
            "card": plain(replace(timed_plans.card(data), rating_rule="rate-4")),
            "measure": plain(replace(measure, quantities=back) if is_back else measure),
            "after": plain(measure) if number % 5 < 2 else None,
        }


def purses(draw: Random) -> tuple[Any, ...]:
    found = []
    for number in range(draw.randint(0, 4)):
        programme = draw.choice(["CITY", "STATE", "PARK"])
        found.append(
            cast.purse(
                f"V-{number}",
                left=draw.choice(["0", "0.01", "3.33", "250", "99999"]),
                programme=programme,
                days_left=draw.choice([0, 1, 30, 30, 90]),
                rates=[cast.rate(draw.choice(SHARES)), cast.rate("0.2", beneficiary="SME")],
                per_order_cap_minor=draw.choice([None, None, 100, 20_000]),
                per_entity_year_cap_minor=draw.choice([None, None, 50_000]),
                requires_sme_certificate=draw.random() < 0.3,
                combines=draw.random() < 0.7,
            )
        )
    return tuple(found)


def published_purses(draw: Random) -> Iterator[Any]:
    for number in range(draw.randint(0, 3)):
        yield cast.purse(
            f"W-{number}",
            left=draw.choice(["3.33", "250", "99999"]),
            programme=draw.choice(["TOWN", "CITY", "LAND"]),
            days_left=draw.choice([1, 30, 90]),
            **rules_2(
                rates=[share(draw.choice(SHARES)), share("0.6", origin="DOMESTIC")],
                limits={"per_order_minor": draw.choice([None, 20_000])},
                stacking={"combines": draw.random() < 0.8, "excludes": ["STATE"]},
                beneficiaries={"clean_years": draw.choice([0, 0, 3])},
            ),
        )


def covers(draw: Random) -> Iterator[Any]:
    for _ in range(60):
        bought = cast.purchase(
            draw.choice(["0", "0.01", "12.34", "1000", "250000.55"]),
            storage=draw.choice(["0", "5"]),
            is_certified=draw.random() < 0.7,
        )
        yield {
            "purchase": plain(bought),
            "purses": plain([*purses(draw), *published_purses(draw)]),
            "at": cast.NOON.isoformat(),
            "entity_year_left": draw.choice([{}, {"CITY": 0}, {"CITY": 777, "PARK": 10**9}]),
        }


def an_offer(draw: Random, number: int, plan: RateCard) -> Offer:
    least = draw.choice([{}, {}, {"least_milli": 2000}, {"step_seconds": 7200}, {"least_minor": 9}])
    return market.offer(
        f"listing {number}",
        cards=draw.randint(2, 12),
        chip=draw.choice(["H100", "A100"]),
        is_open=draw.random() < 0.9,
        accepts_vouchers=draw.random() < 0.8,
        capacity_unit=draw.choice(["", "", "card", "card", "vcpu"]),
        plan_version_id=plan.version_id,
        factor=draw.choice([None, Decimal("3.169872"), Decimal(1)]),
        taken=draw.choice([(), (market.taken(1, 0, 2),)]),
        available_until=draw.choice([None, None, market.NOON + timedelta(hours=4)]),
        **least,
    )


def an_order(draw: Random, number: int, offers: list[Offer]) -> Demand:
    listing = draw.choice([None, None, draw.choice(offers)])
    return market.demand(
        f"order {number}",
        cards=draw.randint(1, 3),
        start=draw.randint(-1, 3),
        hours=draw.randint(1, 3),
        after=draw.randint(0, 2),
        of=listing,
        chips=() if listing else draw.choice([(), (), ("H100",), ("A100", "H100"), ("T4",)]),
        buyer=market.named(draw.choice(["haichao", "acme", "other"])),
        use_vouchers=draw.random() < 0.7,
        voucher_ids=draw.choice([(), (), (), (cast.purse("V-1").voucher_id,)]),
    )


def clearings(draw: Random) -> Iterator[Any]:
    for number in range(24):
        plans = [card(draw, UNITS[:2]) for _ in range(draw.randint(1, 4))]
        offers = [an_offer(draw, each, draw.choice(plans)) for each in range(draw.randint(1, 6))]
        orders = [an_order(draw, each, offers) for each in range(draw.randint(1, 9))]
        there = market.snapshot(orders, offers, purses=purses(draw), prices=(), cards=tuple(plans))
        related = (
            Related(orders[0].buyer_id, offers[0].provider_id, "CONTROL", is_refused=False),
            Related(orders[-1].buyer_id, offers[-1].provider_id, "OWN", is_refused=True),
        )
        cash = [300, 10**6, 10**12, 10**17]
        yield plain(
            replace(
                there,
                seed=f"seed {number}",
                related=related[: draw.randint(0, 2)],
                purchasers=tuple(
                    replace(each, cash_minor=draw.choice(cash), covered_this_year={"CITY": 45_000})
                    for each in there.purchasers
                ),
            )
        )


def measurings(draw: Random) -> Iterator[Any]:
    for number in range(40):
        readings = [
            Reading(
                source=f"urn:agent:{draw.randint(1, 3)}",
                event_id=f"e-{draw.randint(1, 30)}",
                meter_id=UUID(int=number),
                starts_at=market.NOON + timedelta(seconds=second),
                ends_at=market.NOON + timedelta(seconds=second, microseconds=1_500_000),
                quantity=Decimal(draw.choice(PLACES)) * draw.randint(0, 9_999),
                unit="card-second",
            )
            for second in range(draw.randint(0, 12))
        ]
        tflops = draw.choice(["312", "989", "989.5", "0.0001", "2500"])
        yield {"readings": plain(readings), "tflops": tflops}


def measurings_2(draw: Random) -> Iterator[Any]:
    """Every way to read and to aggregate, with ties, resets, parts and states."""
    ways = [*product(Reads, Aggregate), *product(Reads, Aggregate)]
    for number, (reads, aggregate) in enumerate(ways):
        is_weighed = number % 2 == 1
        terms = MeasureTerms(
            reads=reads,
            aggregate=aggregate,
            window_seconds=draw.choice([10, 3600, 86_400]),
            unit="vcpu-second",
            is_time=number % 3 > 0,
            weights={
                "vcpu-second": Decimal(1),
                "memory-gb-second": Decimal("0.25"),
                "card-second": Decimal(2),
            }
            if is_weighed
            else {},
            combine=draw.choice([*Combine]),
            multipliers={"suspended": Decimal("0.75"), "stopped": Decimal("0.5")},
            increment=Decimal(draw.choice(["0", "0", "1", "60", "0.001"])),
            minimum=Decimal(draw.choice(["0", "0", "0.5", "60"])),
        )
        units = [*terms.weights] if is_weighed else [terms.unit]
        yield {"terms": plain(terms), **_readings_2(draw, number, units), "tflops": "989"}


def _readings_2(draw: Random, number: int, units: list[str]) -> dict[str, Any]:
    readings = [
        Reading(
            source=f"urn:agent:{draw.randint(1, 3)}",
            event_id=f"e-{draw.randint(1, 30)}",
            meter_id=UUID(int=number),
            starts_at=market.NOON + timedelta(seconds=draw.randint(0, 6)),
            ends_at=market.NOON + timedelta(seconds=7, microseconds=draw.randint(0, 2)),
            quantity=Decimal(draw.choice(PLACES)) * draw.randint(0, 9_999),
            unit=draw.choice(units),
            state=draw.choice(["", "", "suspended", "stopped"]),
        )
        for _ in range(draw.randint(0, 12))
    ]
    return {"readings": plain(readings)}


def fees(draw: Random) -> Iterator[Any]:
    some = [draw.randrange(10**6) for _ in range(40)]
    for gross in [0, 1, 16, 17, 49, 50, 51, 10**9, 10**17, *some]:
        yield {
            "gross_minor": gross,
            "rate": draw.choice(["0", "0.03", "0.025", "0.000001", "0.999999"]),
        }


def _id(draw: Random) -> UUID:
    return UUID(int=draw.getrandbits(128))


# By the kind of rule; a version that answers more than the kind's inputs ask has its own.
MAKERS: dict[str, Callable[[Random], Iterator[Any]]] = {
    "clearing": clearings,
    "cover": covers,
    "rating": ratings,
    "measuring": measurings,
    "measure-2": measurings_2,
    "fee": fees,
    "rate-2": ratings_2,
    "rate-3": ratings_3,
    "rate-4": ratings_4,
}
