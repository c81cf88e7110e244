"""What an order's use cost in electricity and carbon: by charge, contract, trade and hour."""

import csv
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from common import tenancy
from identity.contracts import Actor, Role
from marketplace.audit import selectors as audit_selectors
from marketplace.audit import services as audit
from marketplace.audit import verify_export
from marketplace.audit.contracts import ExportFormat, ExportKind, Query
from marketplace.catalog import selectors as catalog_selectors
from marketplace.demands.selectors import supply
from marketplace.portal import remark_words
from marketplace.settlement import selectors
from marketplace.settlement.folding import Remark
from metering.energy import selectors as energy_selectors
from tests import cast as people
from tests import databases, environment
from tests.energy import cast
from tests.settlement.cast import NOON, Market

# An A100 has a published 400 W: 3 card-hours are 1.2 kWh, at a PUE of 1.25 1.5 kWh at the door;
# Gansu's grid has 0.4772 kg a kWh: 715.8 g, and 238.6 g a standard hour.
KWH = Decimal("1.2")
GRAMS = Decimal("715.8")


def market_of_three_hours() -> Market:
    market = Market()
    market.traded = market.order(cards=4)
    market.use(market.traded, "3")
    where = cast.centre(market.provider, market.meter.resource)
    cast.pue(where, "1.25")
    market.settle()
    cast.close_and_count()
    return market


@pytest.fixture
def market(db):
    return market_of_three_hours()


def reader(organization, role: Role):
    return people.signed_in(people.member(organization, role))


def results(browser, path: str) -> list[dict]:
    answer = browser.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


@pytest.mark.parametrize("party", ["buyer", "provider"])
def test_both_parties_read_what_a_charge_a_contract_and_a_trade_cost(market, party):
    browser = reader(getattr(market, party), Role[party.upper()])

    (contract,) = results(browser, f"contracts?order={market.traded.pk}")
    (charge,) = results(browser, f"charges?contract={contract['id']}")
    (trade,) = results(browser, "trade-records?kind=TRADE")

    assert (charge["energy"]["basis"], Decimal(charge["energy"]["it_kwh"])) == ("ESTIMATED", KWH)
    assert charge["energy"]["pue_basis"] == "MONTH"
    for told in (charge["energy"], contract["energy"], trade["energy"]):
        assert (told["facility_kwh"], told["location_g"]) == ("1.500", "715.800")
        assert told["it_kwh_per_standard_hour"] == "0.400000"
        assert told["g_per_standard_hour"] == "238.600"
    (month,) = contract["energy"]["months"]
    assert (month["month"], Decimal(month["it_kwh_estimated"])) == ("2026-11", KWH)
    whole = browser.get(f"/api/v1/contracts/{contract['id']}").json()
    order = browser.get(f"/api/v1/orders/{market.traded.pk}/energy").json()
    assert order == {
        "order_id": str(market.traded.pk),
        "contract_id": contract["id"],
        **whole["energy"],
    }


def test_a_stranger_reads_no_orders_energy(market):
    browser = reader(people.organization(), Role.BUYER)

    assert browser.get(f"/api/v1/orders/{market.traded.pk}/energy").status_code == 404


def test_a_revision_counts_instead_of_what_it_replaces(market):
    market.revise(market.traded, "0.5")
    market.charge()
    cast.close_and_count()
    browser = reader(market.buyer, Role.BUYER)

    charges = results(browser, "charges")
    (contract,) = results(browser, "contracts")

    assert [each["energy"]["is_superseded"] for each in charges] == [False, True]
    assert [each["energy"]["basis"] for each in charges] == ["ESTIMATED", None]
    assert Decimal(contract["energy"]["it_kwh"]) == Decimal(charges[0]["energy"]["it_kwh"])
    assert Decimal(contract["energy"]["it_kwh"]) == Decimal(
        "0.2"
    )  # half a card-hour is what counts


def test_one_record_that_nobody_counted_leaves_the_sum_open(market):
    again = market.order(cards=1)
    market.use(again, "1")
    market.charge()

    with tenancy.acting_as_platform():
        found = selectors.contract_of_order(again.pk)
        total = selectors.emission_of_contracts([found.pk])[found.pk]

    assert (total.it_kwh, total.unknown, total.records) == (None, 1, 1)


@pytest.mark.parametrize("party", ["buyer", "provider"])
def test_the_orders_page_tells_it_by_month_and_by_hour(market, party):
    browser = reader(getattr(market, party), Role[party.upper()])

    page = browser.get(f"/orders/{market.traded.pk}/?part=energy").content.decode()
    listed = browser.get(f"/orders/{market.traded.pk}/?part=charges").content.decode()

    for told in ("2026-11", "1.200 kWh", "1.500 kWh", "715.8 g CO₂", "238.6 g CO₂", "估算"):
        assert told in page, told
    assert "1.20" in listed


def test_the_providers_trades_and_a_meters_usage_tell_it_as_files(market):
    browser = reader(market.provider, Role.PROVIDER)
    columns = "col=number&col=it_kwh&col=co2_kg"

    trades = browser.get(f"/settlement/?format=csv&{columns}").content.decode("utf-8-sig")

    assert "1.2" in trades


def test_a_charge_says_in_words_why_it_is_less(market):
    more = market.order(cards=1)
    market.use(more, "3", hour=0)
    market.charge()
    browser = reader(market.buyer, Role.BUYER)
    (charge,) = market.charges(more)

    page = browser.get(f"/orders/charges/{charge.pk}/").content.decode()

    assert charge.remark == "beyond_order"
    assert "同一时刻使用的单元超过订单数量" in page
    assert "计量器" in page
    with tenancy.acting_as_platform():
        assert charge.usage.inputs_hash in page


def test_every_remark_has_its_words():
    assert {str(each) for each in Remark if each} == set(remark_words.WORDS)


@pytest.fixture(scope="module")
def traded_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), databases.made_once(market_of_three_hours) as again:
        yield again


@pytest.fixture
@databases.maker
def kept(traded_once, django_db_blocker):
    """The market in a database of its own: an export reads one moment in a transaction."""
    with django_db_blocker.unblock():
        yield traded_once()
        connections.close_all()
        databases.drop(environment.DATABASE)


def exported(who: Actor, kind: ExportKind, directory, file_format=ExportFormat.CSV):
    tenant = tenancy.PLATFORM if who.spans_tenants else who.organization_id
    later = NOON + timedelta(days=80)
    query = Query(
        kind=kind,
        starts_at=datetime(2026, 11, 1, tzinfo=UTC),
        ends_at=datetime(2027, 3, 1, tzinfo=UTC),
    )
    with tenancy.acting_as(tenant):
        asked = audit.request_export(
            actor=who, query=query, file_format=file_format, queued_at=later
        )
    audit.build_next(clock=lambda: later)
    with zipfile.ZipFile(audit_selectors.bundle_path(asked.pk)) as bundle:
        bundle.extractall(directory)
    return json.loads((directory / "manifest.json").read_text())


@pytest.mark.parametrize("kind", [ExportKind.USAGE, ExportKind.CHARGES, ExportKind.TRADES])
def test_an_export_tells_it_beside_the_records_and_verifies(kept, kind, tmp_path, settings):
    settings.AUDIT_EXPORT_DIR = tmp_path / "exports"
    who = Actor(people.organization().pk, frozenset({Role.AUDITOR}), people.somebody().pk)

    for file_format in ExportFormat:
        directory = tmp_path / f"{kind}-{file_format}"
        told = exported(who, kind, directory, file_format)

        assert verify_export.main([str(directory)]) == 0
        assert told["format"] == "suanpan-export/2"
        totals = told["control_totals"]["columns"]
        assert (totals["facility_kwh"], totals["co2_kg"]) == ("1.5", "0.7158")
        derived = {it["name"] for it in told["columns"] if it.get("derived")}
        assert {"energy_basis", "co2_kg_per_standard_hour"} < derived


def test_a_buyers_export_tells_what_its_charges_cost(kept, tmp_path, settings):
    settings.AUDIT_EXPORT_DIR = tmp_path / "exports"
    who = Actor(kept.buyer.pk, frozenset({Role.BUYER}), people.somebody().pk)

    told = exported(who, ExportKind.CHARGES, tmp_path / "own")

    with (tmp_path / "own" / told["file"]).open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert (row["energy_basis"], row["it_kwh"], row["co2_kg"]) == ("ESTIMATED", "1.2", "0.7158")


def test_what_is_derived_is_no_part_of_the_hash_and_is_summed_all_the_same(
    kept, tmp_path, settings
):
    """A forger who alters a figure of carbon and the file's hash is told by the control total."""
    settings.AUDIT_EXPORT_DIR = tmp_path / "exports"
    who = Actor(people.organization().pk, frozenset({Role.AUDITOR}), people.somebody().pk)
    directory = tmp_path / "altered"
    told = exported(who, ExportKind.TRADES, directory)
    path = directory / told["file"]
    path.write_text(path.read_text("utf-8-sig").replace("0.7158", "0.0158"), "utf-8-sig")

    assert verify_export.main([str(directory)]) == 1


def test_the_pue_of_the_latest_month_stands_before_the_one_that_is_stated(db, client):
    market = Market()
    resource = market.meter.resource
    where = cast.centre(market.provider, resource, month=date(2025, 1, 1))
    cast.pue(where, "1.31", month=date(2025, 9, 1))
    browser = reader(market.buyer, Role.BUYER)
    listing = f"/market/{market.listing.pk}/"
    with tenancy.acting_as_platform():
        found = energy_selectors.latest_pues([resource.pk], on=date(2026, 11, 27))
        assert found == {}, "a PUE of more than a year ago says nothing of today"

    cast.pue(where, "1.27", month=date(2026, 9, 1))
    cast.pue(where, "1.18", month=date(2026, 10, 1))
    cast.pue(where, "1.19", month=date(2026, 10, 1))

    with tenancy.acting_as_platform():
        found = energy_selectors.latest_pues([resource.pk], on=date(2026, 11, 27))
        before = energy_selectors.latest_pues([resource.pk], on=date(2026, 9, 30))
    assert (found[resource.pk].value, found[resource.pk].month) == (
        Decimal("1.190"),
        date(2026, 10, 1),
    )
    assert before[resource.pk].value == Decimal("1.270")
    shown = browser.get(listing, headers={"accept-language": "en"}).content.decode()
    assert "1.19" in shown
    assert "measured in 2026-10" in shown
    passport = client.get(f"/r/{resource.identifier}/", headers={"accept-language": "en"})
    assert "entered with evidence for 2026-10" in passport.content.decode()


def test_the_greenest_is_found_by_the_pue_of_the_latest_month(db):
    market = Market()
    where = cast.centre(market.provider, market.meter.resource)
    cast.pue(where, "1.09")

    with tenancy.acting_as_platform():
        listing = catalog_selectors.listing(market.listing.pk)
        pues = energy_selectors.latest_pues([listing.resource_id], on=date(2026, 11, 27))
        grid = energy_selectors.grid_book(year=2026)
        facts = supply._facts(listing, grid, pues.get(listing.resource_id))

    assert facts.pue == Decimal("1.090")
