"""Energy and statistics over HTTP: a provider's year, what the public reads, what is refused."""

from decimal import Decimal

import pytest
from django.test import Client

from common import tenancy
from identity.contracts import Role
from metering.statistics import services as statistics_services
from tests import cast as people
from tests.energy import cast
from tests.energy.cast import LATER, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return people.organization()


@pytest.fixture
def browser(provider):
    return people.signed_in(people.member(provider, Role.PROVIDER))


@pytest.fixture
def operator():
    return people.signed_in(people.member(people.organization(), Role.OPERATOR))


_KEYS = iter(range(10_000))


def post(browser, address, **body):
    return browser.post(
        f"/api/v1/{address}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": f"k{next(_KEYS)}"},
    )


def test_a_provider_tells_of_a_centre_and_covers_its_month(provider, browser):
    meter = cast.meter(provider)
    energy = cast.meter(provider, meter.resource, name="pdu", rule=cast.rule_of_energy())
    cast.read(meter, 3600)
    cast.read(energy, 1000, unit="kWh")
    cast.close_and_count()

    made = post(browser, "data-centres", name="庆阳一号", region="621000")
    assert made.status_code == 201, made.content
    centre = f"data-centres/{made.json()['id']}"
    placed = post(
        browser, f"{centre}/resources", resources=[str(meter.resource_id)], month="2026-01"
    )
    assert placed.json() == {"placed": 1}
    pue = post(browser, f"{centre}/pue", month="2026-11", value="1.25", evidence="报告 7")
    assert (pue.status_code, pue.json()["version"]) == (201, 1), pue.content
    supply = post(
        browser, "green-supplies", kind="CERTIFICATE", number="A" * 32, month="2026-11",
        evidence="绿证平台",
    )  # fmt: skip
    assert supply.status_code == 201, supply.content
    claimed = post(
        browser, f"green-supplies/{supply.json()['id']}/claim",
        centre_id=made.json()["id"], month="2026-11",
    )  # fmt: skip
    assert claimed.json()["state"] == "CLAIMED", claimed.content

    (month,) = browser.get(f"/api/v1/{centre}/months?first=2026-11&last=2026-11").json()
    assert month["it_kwh_measured"] == "1000.000"
    assert (month["facility_kwh"], month["location_kg"]) == ("1250.000", "596.500")
    assert (month["green_share"], month["green_state"], month["pue_state"]) == (
        "0.800000", "MET", "MET",
    )  # fmt: skip
    assert month["market_kg"] == "146.400"
    (record,) = cast.current(meter)
    told = browser.get(f"/api/v1/usage-records/{record.pk}/energy").json()
    assert (told["basis"], told["it_kwh"]) == ("MEASURED", "1000.000000000000")
    assert (told["location_g"], told["market_g"]) == ("596500.000", "146400.000")
    stranger = people.signed_in(people.member(people.organization(), Role.PROVIDER))
    assert stranger.get(f"/api/v1/{centre}/months?first=2026-11&last=2026-11").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"month": "2026-11", "value": "0.999", "evidence": "x"}, "pue_refused"),
        ({"month": "2999-11", "value": "1.2", "evidence": "x"}, "energy_month_in_future"),
        ({"month": "2026-13", "value": "1.2", "evidence": "x"}, "validation_error"),
    ],
)
def test_a_pue_that_cannot_be_is_refused(browser, body, code):
    made = post(browser, "data-centres", name="一号", region="621000").json()

    reply = post(browser, f"data-centres/{made['id']}/pue", **body)

    assert reply.status_code == 400
    assert code in (reply.json()["code"], "validation_error")


def test_factors_are_everybodys_and_published_by_an_operator(operator, browser):
    known = Client().get("/api/v1/grid-factors").json()
    assert {"810000"} & {each["province"] for each in known} == set()
    facts = {"province": "620000", "year": 2023, "value": "0.4500", "source": "公告"}
    assert post(browser, "grid-factors", **facts).status_code == 403

    made = post(operator, "grid-factors", **facts)

    assert made.status_code == 201, made.content
    assert len(Client().get("/api/v1/grid-factors").json()) == len(known) + 1


def test_the_public_reads_sums_and_no_single_firm(provider, browser, operator):
    for each in [provider, *(people.organization() for _ in range(2))]:
        cast.read(cast.meter(each), 3600)
    cast.close_and_count()
    with tenancy.acting_as_platform():
        statistics_services.roll_up(now=LATER)
    address = "/api/v1/statistics/usage?span=MONTH&first=2026-11-01&last=2026-11-30"

    (whole,) = Client().get(address).json()["results"]
    assert (whole["native_hours"], whole["providers"]) == ("3.000000", 3)
    (own,) = browser.get(f"{address}&own=true").json()["results"]
    assert (own["native_hours"], own["it_kwh"]) == ("1.000000", "0.700")
    assert Client().get(f"{address}&by=provider").status_code == 403
    assert Client().get(address.replace("MONTH", "HOUR")).status_code in (400, 403)
    by_provider = operator.get(f"{address}&by=provider").json()["results"]
    assert [each["native_hours"] for each in by_provider] == ["1.000000"] * 3
    assert Client().get(f"{address}&cursor=made-up").status_code == 400


def test_pages_of_sums_follow_each_other(provider, browser):
    meter = cast.meter(provider, at=NOON)
    cast.read(meter, 3600)
    cast.close_and_count()
    with tenancy.acting_as_platform():
        statistics_services.roll_up(now=NOON)
    address = "/api/v1/statistics/usage?own=true&span=DAY&first=2026-11-15&last=2027-10-30"

    found, cursor = [], ""
    for _page in range(3):
        reply = browser.get(f"{address}&cursor={cursor}").json()
        found += [each["starts_at"] for each in reply["results"]]
        cursor = reply["next_cursor"]
        if not cursor:
            break

    assert found == sorted(set(found))
    assert sum(Decimal(1) for _each in found) >= 1


def test_capacity_is_told_in_the_precision_asked_for(operator, provider):
    cast.meter(provider)

    reply = operator.get("/api/v1/statistics/capacity?by=provider&precision=FP16")

    (cell,) = [each for each in reply.json() if each["group"] == str(provider.pk)]
    assert (cell["petaflops"], cell["units"]) == ("7.912000", "8.000")
    assert Client().get("/api/v1/statistics/capacity?by=provider").status_code == 403
