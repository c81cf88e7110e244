"""
Of all combinations of vouchers, `cover-2` takes the one that pays most: as trying them all says.

What is tried here is written down once more, with fractions: every subset of the vouchers, its
programmes in every order. `COVER_CASES=10000` tries as many small cases.
"""

import os
from datetime import timedelta
from fractions import Fraction
from itertools import combinations, permutations
from random import Random

import pytest

from marketplace.vouchers import rules
from marketplace.vouchers.contracts import CoverLimit, PayableLine, Purse, Unfit
from tests.vouchers.cast import NOON, purchase, purse, rate, yuan
from tests.vouchers.published import rules_2, share

CASES = int(os.environ.get("COVER_CASES", "300"))
COVER = rules.RULES.rule("cover-2")
LIMITS = ("per_order_minor", "per_entity_year_minor")


def some_purse(draw: Random, number: int) -> Purse:
    code = draw.choice(["CITY", "STATE", "PARK", "ZONE"])
    common = {
        "left": draw.choice(["0.07", "3.33", "40", "250", "99999"]),
        "programme": code,
        "days_left": draw.randint(1, 5),
    }
    of = draw.choice(["0.1", "0.3333", "0.5", "0.6", "1"])
    cap = draw.choice([None, None, 5, 2_000, 20_000])
    kinds = draw.choice([["COMPUTE"], ["COMPUTE", "STORAGE"], ["STORAGE"]])
    if draw.random() < 0.3:
        return purse(
            f"V-{number}",
            rates=[rate(of)],
            per_order_cap_minor=cap,
            combines=draw.random() < 0.8,
            eligible_lines=kinds,
            **common,
        )
    others = [each for each in ("CITY", "STATE", "PARK", "ZONE") if each != code]
    return purse(
        f"V-{number}",
        **rules_2(
            rates=[share(of), share("0.8", resource_class="HPC")],
            limits={"per_order_minor": cap},
            eligible_lines=kinds,
            stacking={
                "combines": draw.random() < 0.8,
                "excludes": draw.sample(others, draw.choice([0, 0, 1])),
            },
        ),
        **common,
    )


def some_case(draw: Random):
    lines = tuple(
        PayableLine(
            draw.choice(["COMPUTE", "COMPUTE", "STORAGE", "NETWORK"]),
            draw.choice([1, 7, 99, 1_234, 100_000]),
            resource_class=draw.choice(["", "HPC"]),
        )
        for _ in range(draw.randint(1, 3))
    )
    purses = [some_purse(draw, number) for number in range(draw.choice([1, 2, 3, 3, 4]))]
    codes = {each.programme_code for each in purses}
    left = {code: draw.choice([0, 9, 700, 10**6]) for code in codes if draw.random() < 0.3}
    return lines, purses, left


def may_pay_together(purses) -> bool:
    for one in purses:
        for other in purses:
            if one.programme_code == other.programme_code:
                continue
            excluded = one.rules.terms.stacking.excludes if one.rules.terms else ()
            if not one.rules.combines or other.programme_code in excluded:
                return False
    return True


def half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def best_rate(voucher: Purse, kind: str, resource_class: str) -> Fraction | None:
    if kind not in voucher.rules.eligible_lines:
        return None
    entries = (voucher.rules.terms or voucher.rules).rates
    fits = [each.share for each in entries if each.resource_class in (resource_class, "ANY")]
    return Fraction(max(fits)) if fits else None


def terms_of(voucher: Purse):
    """Vouchers of a programme under the same terms pay together, those that expire first first."""
    stated = voucher.rules.terms or voucher.rules
    kinds = tuple(sorted(voucher.rules.eligible_lines))
    return (voucher.programme_code, stated.rates, kinds, voucher.rules.per_order_cap_minor)


def paid_in(order, vouchers, lines, left) -> dict[str, int]:
    """Return what each voucher pays if vouchers of equal terms pay in an order."""
    rest: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line.kind, line.resource_class or "AI")
        rest[key] = rest.get(key, 0) + line.amount_minor
    paid: dict[str, int] = {}
    programmes: dict[str, dict] = {}
    for voucher in (each for unit in order for each in vouchers if terms_of(each) == unit):
        code = voucher.programme_code
        mine = programmes.setdefault(code, dict.fromkeys(rest, 0))
        caps = [voucher.rules.per_order_cap_minor, left.get(code)]
        rooms = [cap - sum(mine.values()) for cap in caps if cap is not None]
        room = max(0, min([voucher.available_minor, *rooms]))
        for key, whole in rest.items():
            others = sum(its[key] for other, its in programmes.items() if other != code)
            of = best_rate(voucher, *key) or Fraction(0)
            part = min(room, max(0, half_up(of * (whole - others)) - mine[key]))
            mine[key] += part
            room -= part
            paid[voucher.number] = paid.get(voucher.number, 0) + part
    return paid


def the_most(lines, purses, left) -> tuple[int, list[int]]:
    """Return the greatest cover of all, and of the fullest ways to it that of earliest expiry."""
    by_expiry = sorted(purses, key=lambda each: (each.expires_at, each.number))
    most, best = 0, (0, [0] * len(purses))
    for count in range(1, len(purses) + 1):
        for chosen in combinations(by_expiry, count):
            if not may_pay_together(chosen):
                continue
            rest = [each for each in by_expiry if each not in chosen]
            is_full = not any(may_pay_together([*chosen, each]) for each in rest)
            for order in permutations({terms_of(each) for each in chosen}):
                paid = paid_in(order, chosen, lines, left)
                amounts = [paid.get(each.number, 0) for each in by_expiry]
                most = max(most, sum(amounts))
                best = max(best, (sum(amounts), amounts)) if is_full else best
    assert most == best[0]
    return best


def test_trying_every_combination_comes_to_the_same():
    draw = Random(620)  # noqa: S311 - samples, no secrets
    for number in range(CASES):
        lines, purses, left = some_case(draw)
        bought = purchase()
        bought = type(bought)(
            **{n: getattr(bought, n) for n in bought.__slots__} | {"lines": lines}
        )

        plan = COVER(bought, purses, at=NOON, entity_year_left=left)

        by_expiry = sorted(purses, key=lambda each: (each.expires_at, each.number))
        paid = {each.voucher_number: each.amount_minor for each in plan.covers}
        amounts = [paid.get(each.number, 0) for each in by_expiry]
        assert (plan.total_minor, amounts) == the_most(lines, purses, left), number
        assert plan.gain_minor >= 0
        assert COVER(bought, purses[::-1], at=NOON, entity_year_left=left) == plan
        per_line = [0] * len(lines)
        for cover in plan.covers:
            assert sum(each.amount_minor for each in cover.lines) == cover.amount_minor
            assert cover.amount_minor <= cover.base_minor
            for each in cover.lines:
                per_line[each.line] += each.amount_minor
        assert all(
            0 <= paid <= line.amount_minor for paid, line in zip(per_line, lines, strict=True)
        )


def two(city: dict, province: dict, bought: str = "1000"):
    soon = purse("V-city", days_left=1, **rules_2(**city))
    late = purse("V-province", programme="PROVINCE", days_left=9, **rules_2(**province))
    return COVER(purchase(bought), [late, soon], at=NOON, entity_year_left={})


def test_who_is_not_bound_by_a_cap_pays_first():
    """60 % up to 100 beside 20 %: first the 20 % of 1,000, then 100; not 100 and 20 % of 900."""
    plan = two({"limits": {"per_order_minor": yuan("100")}}, {"rates": [share("0.2")]})

    assert plan.total_minor == yuan("300")
    assert plan.by_expiry_minor == yuan("280")
    assert plan.gain_minor == yuan("20")


def test_a_programme_that_stands_alone_does_not_keep_a_greater_one_away():
    plan = two({"stacking": {"combines": False}, "rates": [share("0.1")]}, {})

    assert [each.voucher_number for each in plan.covers] == ["V-province"]
    assert plan.gain_minor == yuan("500")
    assert plan.unfit[0][1] == Unfit.NOT_COMBINABLE


def test_of_equal_covers_the_voucher_that_expires_first_pays():
    plan = two({"stacking": {"excludes": ["PROVINCE"]}}, {})

    assert [each.voucher_number for each in plan.covers] == ["V-city"]
    assert plan.gain_minor == 0


@pytest.mark.parametrize("programmes", [5, 10])
def test_many_programmes_pay_no_less_than_by_expiry(programmes):
    draw = Random(programmes)  # noqa: S311 - samples, no secrets
    purses = [
        purse(
            f"V-{number:02}",
            programme=f"P-{number}",
            days_left=number + 1,
            left=draw.choice(["20", "300", "99999"]),
            **rules_2(
                rates=[share(draw.choice(["0.2", "0.5", "0.9"]))],
                limits={"per_order_minor": draw.choice([None, 9_000])},
            ),
        )
        for number in range(programmes)
    ]

    plan = COVER(purchase("1000"), purses, at=NOON, entity_year_left={})

    assert plan.by_expiry_minor <= plan.total_minor <= yuan("1000")


@pytest.mark.parametrize(
    ("cap", "paid", "limit"),
    [("600.01", "600", "RATE"), ("600", "600", "RATE"), ("599.99", "599.99", "PER_ORDER_CAP")],
    ids=["a fen above", "met exactly", "a fen below"],
)
def test_a_cap_that_is_met_exactly_cuts_nothing(cap, paid, limit):
    voucher = purse(**rules_2(limits={"per_order_minor": yuan(cap)}))

    plan = COVER(purchase("1000"), [voucher], at=NOON, entity_year_left={})

    assert plan.total_minor == yuan(paid)
    assert plan.covers[0].limited_by == CoverLimit(limit)


@pytest.mark.parametrize(
    ("left", "paid", "limit"),
    [
        (60_001, 60_000, "RATE"),
        (60_000, 60_000, "RATE"),
        (59_999, 59_999, "ENTITY_YEAR_CAP"),
        (1, 1, "ENTITY_YEAR_CAP"),
    ],
)
def test_a_year_pays_to_the_last_fen_and_no_further(left, paid, limit):
    voucher = purse(**rules_2(limits={"per_entity_year_minor": 60_000}))

    plan = COVER(purchase("1000"), [voucher], at=NOON, entity_year_left={"CITY": left})
    none = COVER(purchase("1000"), [voucher], at=NOON, entity_year_left={"CITY": 0})

    assert (plan.total_minor, plan.covers[0].limited_by) == (paid, CoverLimit(limit))
    assert (none.total_minor, none.unfit[0][1]) == (0, Unfit.ENTITY_YEAR_CAP)


def test_limits_cut_in_the_order_that_the_programme_states():
    limits = {"order": ["ENTITY_YEAR_CAP", "PER_ORDER_CAP", "WINDOW_CAP", "PROGRAMME_CAP"]}
    voucher = purse(left="50", **rules_2(limits=limits | {"per_order_minor": yuan("100")}))

    plan = COVER(purchase("1000"), [voucher], at=NOON, entity_year_left={"CITY": yuan("300")})

    cuts = [(each.limit, each.before_minor, each.after_minor) for each in plan.covers[0].cuts]
    assert cuts == [
        ("ENTITY_YEAR_CAP", yuan("600"), yuan("300")),
        ("PER_ORDER_CAP", yuan("300"), yuan("100")),
        ("BALANCE", yuan("100"), yuan("50")),
    ]
    assert plan.covers[0].cuts[0].clause.number == "第11条"


@pytest.mark.parametrize(("seconds", "reason"), [(-1, None), (0, Unfit.EXPIRED)])
def test_a_voucher_pays_until_the_moment_it_ends(seconds, reason):
    voucher = purse(**rules_2())
    at = voucher.expires_at + timedelta(seconds=seconds)

    plan = COVER(purchase("1000"), [voucher], at=at, entity_year_left={})

    assert [each for _id, each in plan.unfit] == ([] if reason is None else [reason])
