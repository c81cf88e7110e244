"""A script that shares no code with the market clears stored rounds again, to the same hash."""

import copy
import json
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from common import tenancy
from identity.contracts import Role
from marketplace.orders import frozen, rules, selectors, verify_clearing
from marketplace.portal.views.decisions import CLEARING_VERIFIER
from pricing import verify_price
from tests import cast
from tests.catalog.supply import listed
from tests.orders import market
from tests.orders.cast import buyer, clear, needs, place, programme, voucher, wish
from tests.pricing import timed_plans
from tests.rulebooks import books

READABLE = ("rule_version", "snapshot", "result", "input_hash", "output_hash")


def as_file(version: str, vector: dict[str, Any]) -> dict[str, Any]:
    hashed = verify_clearing.hash_of
    given, told = vector["input"], vector["output"]
    return dict(zip(READABLE, (version, given, told, hashed(given), hashed(told)), strict=True))


@pytest.mark.parametrize("version", ["clear-1", "clear-3"])
def test_every_stored_answer_of_a_rule_is_cleared_again(version):
    found = [verify_clearing.check(as_file(version, each)) for each in books.vectors(version)]

    assert [each.faults for each in found] == [[]] * len(found)
    assert sum(each.orders for each in found) > 100
    assert 0 < sum(each.told for each in found) < sum(each.orders for each in found) / 2


@pytest.fixture
def stored():
    """Return a round of named and unnamed orders, one of which finds no room."""
    near, far = listed(cards=8, price="2.40"), listed(cards=2, price="2.80")
    rich = buyer("1000")
    voucher(rich, "5", programme())
    place(rich, wish(near, cards="2"))
    for cards in ("2", "2", "2", "64"):
        place(buyer("1000"), needs("H100", hub=far.hub, cards=cards))
    number = clear(near).round_number
    with tenancy.acting_as_platform():
        return selectors.round_file(number=number)


@pytest.mark.django_db
def test_a_round_of_today_is_cleared_again_and_one_altered_digit_is_found(stored):
    assert [len(stored["result"][each]) for each in ("fills", "rejections")] == [4, 1]
    assert verify_clearing.check(stored).faults == []

    altered = copy.deepcopy(stored)
    price = altered["snapshot"]["cards"][0]["components"][0]["tiers"][0]
    price["unit_price"] = price["unit_price"].replace("2", "3", 1)
    assert verify_clearing.check(altered).faults

    # Who alters the input, and its hash with it, still does not clear to the result.
    altered["input_hash"] = verify_clearing.hash_of(altered["snapshot"])
    assert verify_clearing.check(altered).faults == [
        "the input does not clear to the result whose hash was told",
        "the result is another one",
    ]

    altered = copy.deepcopy(stored)
    altered["result"]["fills"][0]["gross_minor"] += 1
    altered["output_hash"] = verify_clearing.hash_of(altered["result"])
    assert verify_clearing.check(altered).faults


@pytest.mark.django_db
def test_vouchers_pay_no_more_in_the_result_than_the_buyer_had(stored):
    altered = copy.deepcopy(stored)
    (covered,) = [each for each in altered["result"]["fills"] if each["covers"]]
    covered["covers"][0]["amount_minor"] = 501  # of five yuan
    altered["output_hash"] = verify_clearing.hash_of(altered["result"])

    assert verify_clearing.check(stored).told == 1
    assert verify_clearing.check(altered).faults


@pytest.mark.django_db
def test_an_auditor_gets_file_and_script_and_runs_it_away_from_everything_of_ours(stored, tmp_path):
    auditor = cast.signed_in(cast.member(cast.organization("Bureau"), Role.AUDITOR))
    member = cast.signed_in(cast.member(buyer("1"), Role.BUYER))
    address = f"/clearing-rounds/{stored['number']}/round.json"
    (tmp_path / "round.json").write_bytes(auditor.get(address).content)
    script = tmp_path / "verify_clearing.py"
    script.write_bytes(member.get("/clearing-rounds/verify_clearing.py").content)
    assert script.read_bytes() == CLEARING_VERIFIER.read_bytes()
    over_http = auditor.get(f"/api/v1/clearing-rounds/{stored['number']}").json()
    (tmp_path / "api.json").write_text(json.dumps(over_http), encoding="utf-8")
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")

    def ran(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", str(script), "--json", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )

    for name in ("round.json", "api.json"):
        told = json.loads(ran(name).stdout)
        assert (told["agrees"], told["output_hash"]) == (True, stored["output_hash"])
    assert ran("none.json").returncode == 2
    assert member.get(address).status_code == 403


TIMES = [{"band": "peak", "from": "21:00", "until": "22:00"}]


def timed_round() -> dict[str, Any]:
    """Return a round of plans with times of use, factors and minima, and one without."""
    plans = [
        timed_plans.terms(timed_plans.unit("2", bands={"peak": "1.5"}), bands=TIMES),
        timed_plans.terms(
            timed_plans.tiered(("0", "2.5"), ("2", "1.333333"), factors=["class"]),
            timed_plans.flat("3", "month", "flat"),
            factors={"class": {"otherwise": "2", "values": {"AI": "0.9"}}},
        ),
        timed_plans.terms(
            {"code": "kept", "model": "reserved", "unit_price": "3", "discount": "0.25"},
            timed_plans.flat("9", "contract", "minimum"),
        ),
    ]
    cards = [
        replace(timed_plans.card(data), version_id=market.named(f"timed {number}"))
        for number, data in enumerate(plans)
    ]
    offers = [
        market.offer(
            f"listing {number}",
            plan_version_id=each.version_id,
            factor=Decimal(1),
            facts=(("class", "AI"),) if number == 1 else (),
        )
        for number, each in enumerate(cards)
    ]
    orders = [
        market.demand(f"order {number}", start=number % 3, hours=1 + number % 4, after=number)
        for number in range(12)
    ]
    there = market.snapshot(
        orders, [*offers, market.offer("plain", price="2.40")], prices=("2.40",), cards=(*cards,)
    )
    told = rules.clear(there)
    return as_file(
        there.rule_version,
        {"input": frozen.plain_snapshot(there), "output": frozen.plain_snapshot(told)},
    )


def test_plans_of_times_of_use_are_cleared_again_by_the_script_beside(monkeypatch):
    monkeypatch.setitem(sys.modules, "verify_price", verify_price)
    stored = timed_round()

    assert verify_clearing.check(stored).faults == []
    plans = {fill["plan_version_id"] for fill in stored["result"]["fills"]}
    assert len(plans) > 1
    read = frozen.thawed_snapshot(stored["snapshot"])
    assert frozen.plain_snapshot(read) == stored["snapshot"]


def test_without_the_script_of_prices_it_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "verify_price", None)

    with pytest.raises(verify_clearing.Unreadable, match=r"put verify_price\.py beside"):
        verify_clearing.check(timed_round())
