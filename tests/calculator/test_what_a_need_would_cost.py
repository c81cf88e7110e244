"""Offers of the market for a need: priced as an order would be, the cheapest first."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client

from common import clock, tenancy
from common.period import Period
from marketplace.calculator import selectors
from marketplace.calculator.contracts import ComputeNeed, NeedKind, NoFigure
from marketplace.catalog import services as catalog_services
from metering import services as metering
from metering.contracts import (
    Assessment,
    CapacityLine,
    CertificateRefused,
    ComputePath,
    Density,
    Precision,
)
from tests import cast, factories

ADDRESS = "/api/v1/calculator/offers"
pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    return factories.ListingFactory(at=clock.now(), available_from=clock.now() - timedelta(hours=2))


def asked(**query):
    return Client().get(ADDRESS, query)


def card_hours(hours="80", **said):
    return ComputeNeed(NeedKind.CARD_HOURS, unit_hours=Decimal(hours), hours=Decimal(10), **said)


def test_an_offer_costs_what_a_quote_of_it_would(listing):
    (offer,) = selectors.calculate(card_hours(), at=clock.now()).offers
    assert (offer.shape.milli, offer.shape.seconds) == (8_000, 36_000)

    buyer = factories.BuyerFactory()
    end = offer.starts_at + timedelta(seconds=offer.shape.seconds)
    with tenancy.acting_as(buyer.pk):
        quote = catalog_services.quote_listing(
            buyer_id=buyer.pk,
            listing_id=listing.pk,
            milli=offer.shape.milli,
            period=Period(offer.starts_at, end),
            now=clock.now(),
        )
    assert quote.gross_minor == offer.gross_minor > 0


def test_electricity_follows_from_the_chips_power(listing):
    (offer,) = selectors.calculate(card_hours(), at=clock.now()).offers
    factor = listing.resource.pue or Decimal(1)
    assert offer.kwh == Decimal(80 * 700) / 1000 * factor


def test_card_hours_may_be_of_one_chip_by_any_of_its_names(listing):
    def offers(chip):
        return selectors.calculate(replace(card_hours(), chip=chip), at=clock.now()).offers

    assert [len(offers(chip)) for chip in ("H100", listing.chip, "A100", "")] == [1, 1, 0, 1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("unit_hours=80&hours=10&chip=NOPE", "No open listing has cards that go by the name NOPE."),
        ("unit_hours=1000&hours=10", "1 listing was looked at."),
    ],
)
def test_a_page_without_offers_says_why_and_promises_nothing_of_others(listing, asked, told):
    page = (
        Client()
        .get(f"/market/calculator/?need=CARD_HOURS&{asked}", headers={"accept-language": "en"})
        .text
    )

    assert told in page
    assert "no other can be cheaper" not in page.casefold()
    assert "0 listings" not in page


def test_what_is_too_small_is_counted_and_not_shown(listing):
    found = selectors.calculate(card_hours("1000"), at=clock.now())
    assert (list(found.offers), found.left_out) == ([], {NoFigure.TOO_SMALL: 1})


def test_nobody_is_offered_their_own(listing):
    with tenancy.acting_as(listing.provider_id):
        found = selectors.calculate(card_hours(), at=clock.now(), buyer_id=listing.provider_id)
    assert found.left_out == {NoFigure.OWN_LISTING: 1}


def test_a_buyer_reads_what_its_vouchers_pay(listing):
    buyer = factories.BuyerFactory()
    with tenancy.acting_as(buyer.pk):
        (offer,) = selectors.calculate(card_hours(), at=clock.now(), buyer_id=buyer.pk).offers
    assert offer.voucher_minor == 0
    assert offer.cash_minor == offer.total_minor


def test_a_model_is_served_by_measured_certificates_alone(listing):
    need = ComputeNeed(
        NeedKind.SERVE,
        model="qwen-72b",
        requests=Decimal(2),
        tokens_a_request=300,
        hours=Decimal(24),
    )
    assert not selectors.calculate(need, at=clock.now()).offers

    certify(listing, Assessment.NAMEPLATE)
    assert not selectors.calculate(need, at=clock.now()).offers

    certify(listing, Assessment.MEASURED, model="Qwen-72B-Chat")  # Another model.
    found = selectors.calculate(need, at=clock.now())
    assert (list(found.offers), found.no_figure) == ([], NoFigure.NO_CERTIFICATE)

    certify(listing, Assessment.MEASURED)
    (offer,) = selectors.calculate(need, at=clock.now()).offers
    # 600 tokens a second of 250 · 0.60: four cards.
    assert (offer.shape.milli, offer.certified) == (4_000, Decimal(250))


def test_a_model_is_found_by_each_of_its_names_and_by_no_part_of_one(listing):
    certify(listing, Assessment.MEASURED, aliases=["Qwen/Qwen-72B", "通义千问-72B"])
    said = {"requests": Decimal(2), "tokens_a_request": 300, "hours": Decimal(24)}

    def found(model):
        need = ComputeNeed(NeedKind.SERVE, model=model, **said)
        return selectors.calculate(need, at=clock.now())

    for name in ("Qwen-72B", "qwen-72b", "QWEN/qwen-72b", "通义千问-72b"):
        assert len(found(name).offers) == 1
    for part in ("Qwen", "72B", "Qwen-72", "%", "Qwen_72B"):
        assert found(part).no_figure == NoFigure.NO_CERTIFICATE
    assert selectors.certified_models(at=clock.now()) == ["Qwen-72B"]
    shown = Client().get("/market/calculator/?need=SERVE").content.decode()
    assert '<option value="Qwen-72B">' in shown


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("TFLOPS", {"model": "Qwen-72B"}),
        ("tokens/s", {"model": "", "aliases": ["qwen"]}),
        ("tokens/s", {"model": "x" * 61}),
        ("tokens/s", {"model": "a", "aliases": [f"b{n}" for n in range(9)]}),
    ],
)
def test_only_tokens_a_second_are_a_models(listing, unit, said):
    with pytest.raises(CertificateRefused):
        certify(listing, Assessment.MEASURED, unit=unit, **said)


def test_the_lowest_certificate_counts_however_many_there_are(listing):
    for value in (100, 250, 300, 400):
        certify(listing, Assessment.MEASURED, Decimal(value))
    need = ComputeNeed(
        NeedKind.SERVE, model="qwen-72b", requests=Decimal(1), tokens_a_request=60,
        hours=Decimal(24),
    )  # fmt: skip

    (offer,) = selectors.calculate(need, at=clock.now()).offers

    assert offer.certified == Decimal(100)


def certify(listing, assessment, value=Decimal(250), *, unit="tokens/s", **said):
    home, now = cast.organization("Lab"), clock.now()
    with tenancy.acting_as_platform():
        metering.certify_capacity(
            resource_id=listing.resource_id,
            line=CapacityLine(Precision.FP16, Density.DENSE, ComputePath.TENSOR, value, unit),
            assessment=assessment,
            source="Bench, batch 16",
            verifier_id=home.pk,
            verifier_person_id=cast.member(home).pk,
            period=Period(now, now + timedelta(days=90)),
            now=now,
            **({"model": "Qwen-72B"} | said),
        )


def test_everybody_may_ask(listing):
    found = asked(need="CARD_HOURS", unit_hours="80", hours="10", place="hub:GAN", moved_gb="100")
    assert found.status_code == 200
    (offer,) = found.json()["offers"]
    assert offer["listing"] == listing.number
    assert offer["total_minor"] == offer["gross_minor"] + offer["path_minor"]
    assert offer["voucher_minor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"need": "TRAIN", "parameters": "1e9", "tokens": "1"}, "parameters"),
        ({"need": "TRAIN", "parameters": "7"}, "tokens"),
        ({"need": "CARD_HOURS", "unit_hours": "-1"}, "unit_hours"),
        ({"need": "CARD_HOURS", "unit_hours": "8", "place": "hub:XXX"}, "place"),
        ({"need": "DREAM"}, "need"),
        ({"need": "TRAIN", "unknown": "1"}, "unknown"),
    ],
)
def test_what_cannot_be_calculated_is_refused_by_name(query, field):
    refused = asked(**query)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == field


def test_what_is_assumed_is_published_with_its_sources():
    found = Client().get("/api/v1/calculator/assumptions").json()
    assert found["version"] == 1
    assert all(each["source"] and each["basis"] for each in found["assumptions"])


@pytest.mark.parametrize(
    "query", ["", "?need=SERVE", "?need=GB_MONTHS", "?need=TOKENS", "?need=CORE_HOURS"]
)
def test_the_page_opens_for_everybody(listing, query):
    assert Client().get(f"/market/calculator/{query}").status_code == 200


def test_the_page_leads_to_an_order_form_that_is_filled_in(listing):
    shown = Client().get("/market/calculator/?need=CARD_HOURS&unit_hours=80&hours=10")
    assert f"/market/{listing.pk}/order/?units=8&amp;seconds=36000" in shown.content.decode()
    assert f"/market/{listing.pk}/quote/?units=8&amp;seconds=36000" in shown.content.decode()


def test_the_page_offers_chips_by_name_and_says_that_a_need_is_unknown(listing):
    english = {"accept-language": "en"}
    shown = Client().get("/market/calculator/?need=CARD_HOURS", headers=english).content.decode()
    assert f'<option value="{listing.chip}">' in shown
    assert 'list="known-chips"' in shown
    unknown = Client().get("/market/calculator/?need=NOPE", headers=english).content.decode()
    assert "There is no kind of need called NOPE" in unknown


def test_the_page_claims_nothing_of_listings_that_it_could_not_price(listing):
    english = {"Accept-Language": "en"}
    found = Client().get(
        "/market/calculator/?need=CARD_HOURS&unit_hours=80&hours=10", headers=english
    )
    none = Client().get(
        "/market/calculator/?need=CORE_HOURS&unit_hours=80&hours=10", headers=english
    )

    assert "No other can be cheaper by its plan." in found.content.decode()
    assert "Nothing of this kind is listed." in none.content.decode()
    assert "No other can be cheaper" not in none.content.decode()


def test_the_page_says_what_is_wrong_beside_its_field():
    shown = Client().get("/market/calculator/?need=CARD_HOURS&unit_hours=0&hours=10")
    assert shown.status_code == 422
    assert 'id="id_unit_hours_error"' in shown.content.decode()


def test_the_command_tells_the_same(listing, capsys):
    call_command("calculate", "CARD_HOURS", unit_hours="80", hours="10", json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["offers"][0]["listing"] == listing.number
    assert said["need"]["kind"] == "CARD_HOURS"
