"""A provider's energy in pages, the statistics for everybody, and what stands behind a charge."""

import html
import re

import pytest
from django.test import Client

from common import tenancy
from identity.contracts import Role
from metering.energy.models import CentrePue, GreenSupply
from metering.statistics import services as statistics_services
from tests import cast as people
from tests.energy import cast
from tests.energy.cast import LATER
from tests.settlement import cast as settlement

pytestmark = pytest.mark.django_db
KEY = "0190a2a0-0000-7000-8000-00000000000{}"


@pytest.fixture
def provider():
    return people.organization()


@pytest.fixture
def browser(provider):
    return people.signed_in(people.member(provider, Role.PROVIDER))


def sent(browser, address, once, **typed):
    return browser.post(address, {"key": KEY.format(once)} | typed)


def test_a_provider_enters_a_centre_its_pue_and_a_certificate(provider, browser):
    meter = cast.meter(provider)
    energy = cast.meter(provider, meter.resource, name="pdu", rule=cast.rule_of_energy())
    cast.read(meter, 3600)
    cast.read(energy, 1000, unit="kWh")
    cast.close_and_count()
    with tenancy.acting_as_platform():
        statistics_services.roll_up(now=LATER)
    assert "尚无数据中心" in browser.get("/energy/").content.decode()

    made = sent(browser, "/energy/centres/new/", 1, name="庆阳一号", region="621000")
    assert made.status_code == 302, made.content.decode()[:3000]
    places = made["Location"]
    placed = sent(browser, places, 2, month="2026-01", resources=[str(meter.resource_id)])
    assert placed.status_code == 302
    centre = placed["Location"]
    low = sent(browser, f"{centre}pue/", 3, month="2026-11", value="0.99", evidence="x")
    assert low.status_code == 422
    assert sent(
        browser, f"{centre}pue/", 4, month="2026-11", value="1.25", evidence="报告 7"
    ).status_code == 302  # fmt: skip
    new = sent(
        browser, "/energy/green/new/", 5, kind="CERTIFICATE", number="A" * 32,
        month="2026-11", evidence="绿证平台",
    )  # fmt: skip
    assert new.status_code == 302, new.content.decode()[:3000]
    with tenancy.acting_as(provider.pk):
        centre_id = CentrePue.objects.get().centre_id
    assert sent(browser, new["Location"], 6, centre=str(centre_id)).status_code == 302

    shown = browser.get("/energy/?month=2026-11").content.decode()
    assert "1,250 kWh" in shown
    assert "596.5" in shown
    assert "80.0 %" in shown
    assert "GB 40879-2021" in browser.get(f"{centre}?month=2026-11").content.decode()
    listed = browser.get("/energy/green/").content.decode()
    assert "A" * 32 in listed
    ended = sent(browser, new["Location"], 7, act="cancel", reason="错报")
    assert ended.status_code == 302
    with tenancy.acting_as(provider.pk):
        assert GreenSupply.objects.get().state == "CANCELLED"
    assert browser.get("/energy/green/?format=csv").status_code == 200


def test_a_refusal_stands_beside_its_field(provider, browser):
    reply = sent(
        browser, "/energy/green/new/", 1, kind="CERTIFICATE", number="short",
        month="2026-11", evidence="绿证平台",
    )  # fmt: skip

    assert reply.status_code == 422
    assert "32" in reply.content.decode()


def test_statistics_are_everybodys_and_withhold_single_firms(provider, browser):
    cast.read(cast.meter(provider), 3600)
    cast.close_and_count()
    with tenancy.acting_as_platform():
        statistics_services.roll_up(now=LATER)
    address = "/statistics/?span=MONTH&by=region&from=2026-11-01&to=2026-11-30"

    public = Client().get(address)
    assert public.status_code == 200
    assert "不公开" in public.content.decode()
    own = browser.get(f"{address}&own=1").content.decode()
    assert "0.7" in own
    operator = people.signed_in(people.member(people.organization(), Role.OPERATOR))
    seen = operator.get(address.replace("region", "provider")).content.decode()
    assert provider.name in seen
    assert own.index("2026-11") < own.index("0.7")
    assert "卡时" in own
    assert " card-second" not in own
    narrowed = browser.get(f"{address}&own=1&resource_class=GENERAL").content.decode()
    assert "1 卡时" in own
    assert "1 卡时" not in narrowed
    for junk in ("?span=x&by=y", "?from=2026-13-01", "?precision=FP99", "?from=1900-01-01&to=x"):
        assert Client().get(f"/statistics/{junk}").status_code == 200


def test_the_newest_period_is_first_and_the_list_has_pages(provider, browser):
    meter = cast.meter(provider)
    for day in range(25):
        cast.read(meter, 360 * (day + 1), at=cast.NOON - day * 24 * cast.HOUR)
    cast.close_and_count()
    with tenancy.acting_as_platform():
        statistics_services.roll_up(now=LATER)
    address = "/statistics/?span=DAY&own=1&from=2026-10-20&to=2026-11-20"

    first = browser.get(address).content.decode()

    assert first.index("2026-11-20</") < first.index("2026-11-19</")
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)
    assert following is not None
    second = browser.get(f"/statistics/{html.unescape(following[1])}").content.decode()
    assert "2.50 卡时" in second + first
    assert browser.get(f"{address}&cursor=junk").status_code == 400
    written = browser.get(f"{address}&export=csv")
    assert written.status_code == 200


def test_a_buyer_sees_usage_digest_and_meter_behind_a_charge(provider):
    market = settlement.Market(provider=provider)
    order = market.order()
    market.use(order, "1")
    market.settle()
    cast.close_and_count()
    with tenancy.acting_as_platform():
        contract = market.records(order)[0].contract
        charge = contract.charges.select_related("usage__meter").first()
    buyer = people.signed_in(people.member(market.buyer, Role.BUYER))

    shown = buyer.get(f"/orders/charges/{charge.pk}/")

    text = shown.content.decode()
    assert shown.status_code == 200
    assert charge.usage.inputs_hash in text
    assert charge.usage.meter.name in text
    assert "kWh" in text
    stranger = people.signed_in(people.member(people.organization(), Role.BUYER))
    assert stranger.get(f"/orders/charges/{charge.pk}/").status_code == 404


def test_an_operator_adds_a_grid_factor_and_all_see_every_version(provider, browser):
    operator = people.signed_in(people.member(people.organization(), Role.OPERATOR))
    typed = {
        "province": "520000",
        "year": "2023",
        "value": "0.4712",
        "source": "公告 2025 年第 3 号",
    }
    assert sent(browser, "/energy/factors/new/", 1, **typed).status_code == 403
    bad = sent(operator, "/energy/factors/new/", 2, **typed | {"year": "2999"})
    assert bad.status_code == 422

    for once, value in ((3, "0.4712"), (4, "0.4711")):
        made = sent(operator, "/energy/factors/new/", once, **typed | {"value": value})
        assert made.status_code == 302, made.content.decode()[:2000]

    listed = browser.get("/energy/factors/?province=520000&year=2023").content.decode()
    assert "0.4712" in listed
    assert "0.4711" in listed
    assert "公告 2025 年第 3 号" in listed
    assert "/energy/factors/new/" not in listed
    assert "/energy/factors/new/" in operator.get("/energy/factors/").content.decode()
