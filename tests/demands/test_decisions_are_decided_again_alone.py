"""A script that shares no code with the market decides demands again, to the same hash."""

import copy
import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest

from common import tenancy
from identity.contracts import Role
from identity.identifiers import regions
from marketplace.demands import selectors, verify_demand
from marketplace.demands.contracts import Preference
from marketplace.portal.views.decisions import DEMAND_VERIFIER
from tests import cast
from tests.catalog.supply import listed, listed_under_terms
from tests.demands.cast import HOUR, START, demanded, option, post, standing, terms
from tests.orders.cast import buyer, clear, place, wish

ELSEWHERE = next(hub.regions[0] for hub in regions.hubs() if hub.code != "ZHW")
pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return buyer("100000")


def file_of(demand):
    with tenancy.acting_as_platform():
        return selectors.decision_file(demand)


def asked(acme):
    """Yield demands of every kind: whole, divided, late, dear, far, green, and with no room."""
    limit = {"max_price_per_standard_hour_minor": 300}
    yield terms(option(cards=1))
    yield terms(option(cards=9, least=2), prefer=Preference.GREENEST)
    near = {"near_hub": "ZHW", "near_ms": Decimal(60)}
    yield terms(option(cards=4, hours=3, latest=6, **near), prefer=Preference.NEAREST)
    yield terms(option(cards=2, limit={"max_amount_minor": 1}), option(cards=1, limit=limit))
    yield terms(option(cards=64))
    yield terms(option(chips=("B200",)), data_gb=10)
    yield terms(option(**near, pue_max=Decimal("1.3")), data_gb=500)
    yield terms(option(cards=3, least=1, start=START + timedelta(minutes=7), hubs=("ZHW",)))
    yield terms(option(hours=5, limit={"max_price_per_unit_hour_minor": 100}))


def test_demands_of_every_kind_are_decided_again(acme):
    near = listed(cards=4, price="2.40")
    listed(cards=2, price="2.80", region=ELSEWHERE)
    listed(cards=8, price="9.00")
    place(acme, wish(near, cards="3"))
    clear(near)

    files = [file_of(demanded(acme, each)) for each in asked(acme)]

    assert [verify_demand.check(each).faults for each in files] == [[]] * len(files)
    ends = {each["result"]["tried"][0]["code"] for each in files}
    assert len(ends) > 3, ends
    assert {len(each["result"]["lots"]) for each in files} >= {0, 1, 2}


def test_one_altered_digit_is_found(acme):
    listed(cards=4, price="2.40")
    stored = file_of(demanded(acme))
    assert verify_demand.check(stored).is_right

    altered = copy.deepcopy(stored)
    altered["snapshot"]["candidates"][0]["offer"]["factor"] = "1.000001"
    assert len(verify_demand.check(altered).faults) == 3
    altered["input_hash"] = verify_demand.hash_of(altered["snapshot"])
    assert len(verify_demand.check(altered).faults) == 2

    altered = copy.deepcopy(stored)
    altered["result"]["lots"][0]["amount_minor"] += 1
    altered["output_hash"] = verify_demand.hash_of(altered["result"])
    assert verify_demand.check(altered).faults


def test_a_buyer_gets_its_own_and_nobody_elses(acme, tmp_path):
    listed(cards=4, price="2.40")
    found = demanded(acme)
    own = cast.signed_in(cast.member(acme, Role.BUYER))
    other = cast.signed_in(cast.member(buyer("1"), Role.BUYER))
    auditor = cast.signed_in(cast.member(cast.organization("Bureau"), Role.AUDITOR))
    for number, address in enumerate(
        (f"/demands/{found.pk}/decision.json", f"/api/v1/demands/{found.pk}/decision")
    ):
        assert other.get(address).status_code == 404
        assert auditor.get(address).status_code == 200
        (tmp_path / f"{number}.json").write_bytes(own.get(address).content)
    script = tmp_path / "verify_demand.py"
    script.write_bytes(own.get("/demands/verify_demand.py").content)
    assert script.read_bytes() == DEMAND_VERIFIER.read_bytes()

    for number in range(2):
        file = tmp_path / f"{number}.json"
        done = subprocess.run(
            [sys.executable, "-I", str(script), "--json", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert json.loads(done.stdout)["output_hash"] == file_of(found)["output_hash"], done.stderr
    page = own.get(f"/demands/{found.pk}/", headers={"Accept-Language": "en"}).text
    assert f"/demands/{found.pk}/decision.json" in page
    assert "The script that decides it again" in page


def test_a_demand_that_waits_was_not_decided_yet(acme):
    waiting = post(acme, standing(option(cards=64), until=START + HOUR))
    own = cast.signed_in(cast.member(acme, Role.BUYER))

    told = own.get(f"/api/v1/demands/{waiting.pk}/decision")

    assert (told.status_code, told.json()["code"]) == (404, "not_decided")


def test_what_plans_with_terms_ask_is_decided_again_with_the_scripts_beside(acme, tmp_path):
    use = {
        "code": "usage", "model": "unit", "unit": "unit_hour", "unit_price": "2",
        "bands": {"valley": "0.4"},
    }  # fmt: skip
    least = {"code": "least", "model": "minimum", "price": "5", "per": "contract"}
    night = [{"band": "valley", "from": "00:00", "until": "23:00"}]
    with tenancy.acting_as_platform():
        listed_under_terms([use, least], cards=4, bands=night)
        listed(chip="A100", cards=4, price="9.00")
    own = cast.signed_in(cast.member(acme, Role.BUYER))
    found = demanded(acme)
    assert file_of(found)["result"]["lots"][0]["amount_minor"] == 500
    for address in (
        f"/demands/{found.pk}/decision.json", "/demands/verify_demand.py",
        "/clearing-rounds/verify_clearing.py", "/clearing-rounds/verify_price.py",
    ):  # fmt: skip
        (tmp_path / address.split("/")[-1]).write_bytes(own.get(address).content)

    def ran():
        command = [sys.executable, "verify_demand.py", "decision.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert ran() == 0
    (tmp_path / "verify_price.py").rename(tmp_path / "away.py")
    assert ran() == 2
