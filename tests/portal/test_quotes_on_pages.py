"""Quotes on pages: asked for, kept, shared, explained, put on paper, and ordered at."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from common import clock, moments, tenancy
from common.period import Period
from marketplace.orders.models import Order
from marketplace.portal.views import quotes
from pricing import services as pricing
from pricing.models import Quote, QuoteLink
from tests import cast
from tests.catalog import supply
from tests.orders import cast as orders


@pytest.fixture
def market(db):
    with tenancy.acting_as_platform():
        listing = supply.listed(price="3.18", available_from=clock.now() - timedelta(hours=1))
        buyer = orders.buyer("100000")
        person = cast.member(buyer, "BUYER")
    return listing, buyer, cast.signed_in(person)


def asked(browser, listing, *, headers=None, **typed):
    start = (clock.now() + timedelta(hours=2)).astimezone(moments.market_zone())
    values = {
        "key": "7b6f9dbe-0f4c-4c1d-8c8e-0b9a7e1d2c3f", "units": "2",
        "starts_at": start.strftime("%Y-%m-%dT%H:00:00"),
        "length": "24", "length_unit": "hour", "valid_days": "3",
    }  # fmt: skip
    return browser.post(f"/market/{listing.pk}/quote/", values | typed, headers=headers)


def kept(browser, listing, **typed):
    answer = asked(browser, listing, **typed)
    assert answer.status_code == 302, re.findall(r"cm-errors.{300}", answer.content.decode())
    return Quote.objects.get(pk=answer.url.split("/")[2])


def as_platform(read):
    with tenancy.acting_as_platform():
        return read()


def test_a_quote_is_kept_for_days_and_listed(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))

    assert quote.valid_until - quote.quoted_at == timedelta(days=3)
    shown = browser.get("/quotes/").content.decode()
    assert f"Q-{quote.pk.hex[-10:].upper()}" in shown


def test_the_length_follows_from_what_a_job_needs(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing, need="20", length=""))

    assert quote.subject["units_milli"] == 2000
    assert 20 <= quote.standard_hours < Decimal("20.01")


def test_neither_a_length_nor_a_need_is_refused_beside_its_field(market):
    listing, _buyer, browser = market

    answer = asked(browser, listing, length="")

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"need": "5", "length": "3"}, "Say how long, or what the job needs, not both."),
        ({"length": "99999999", "length_unit": "day"}, "An order lasts at most 366 days."),
    ],
)
def test_two_lengths_and_one_too_long_are_refused_in_the_fields_own_words(market, typed, told):
    listing, _buyer, browser = market

    answer = asked(browser, listing, **typed, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert "31,622,400" not in answer.content.decode()


def test_a_proposed_length_gives_way_to_what_the_job_needs(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing, need="20", length="1"))

    assert 20 <= quote.standard_hours < Decimal("20.01")


def test_a_page_shows_lines_payment_energy_and_links_on(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))

    shown = browser.get(f"/quotes/{quote.pk}/").content.decode()

    for address in ("paper/", "why/", "order/"):
        assert f"/quotes/{quote.pk}/{address}" in shown


def test_nobody_elses_quote_is_shown(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    with tenancy.acting_as_platform():
        stranger = cast.signed_in(cast.member(cast.organization("Other"), "BUYER"))

    for part in ("", "paper/", "why/", "evidence.json", "order/"):
        assert stranger.get(f"/quotes/{quote.pk}/{part}").status_code == 404


def test_a_link_shows_the_price_and_not_whose_until_it_is_revoked(market):
    listing, buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    page = browser.post(f"/quotes/{quote.pk}/", {"key": str(quote.pk), "days": "2"})
    shown = page.content.decode()
    token = re.search(r"/q/([\w-]{40,})/", shown)[1]

    answer = Client().get(f"/q/{token}/")

    assert answer.status_code == 200
    assert "noindex" in answer["X-Robots-Tag"]
    assert buyer.name not in answer.content.decode()
    assert buyer.uscc not in answer.content.decode()
    link = as_platform(QuoteLink.objects.get)
    assert token not in link.link_hash
    assert browser.post(f"/quotes/links/{link.pk}/revoke/").status_code == 302
    assert Client().get(f"/q/{token}/").status_code == 404
    assert Client().get("/q/guessed/").status_code == 404


def test_a_link_is_over_in_time_and_stays_as_it_was_made(market):
    listing, buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    with tenancy.acting_as(buyer.pk):
        made = pricing.share_quote(
            quote_id=quote.pk, buyer_id=buyer.pk, days=1, now=clock.now() - timedelta(days=2)
        )
        for sql in (
            "UPDATE pricing_quotelink SET expires_at = expires_at + interval '9 days'",
            "DELETE FROM pricing_quotelink",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
    assert Client().get(f"/q/{made.token}/").status_code == 404


def test_a_proof_tells_a_hash_and_no_price(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))

    right = Client(headers={"accept-language": "en"}).get(
        f"/proof/quotes/{quote.pk}/?hash={quote.inputs_hash}"
    )
    wrong = Client(headers={"accept-language": "en"}).get(f"/proof/quotes/{quote.pk}/?hash=0")

    assert "as they were promised" in right.content.decode()
    assert "altered" in wrong.content.decode()
    assert "¥" not in right.content.decode()


def test_the_paper_is_a_pdf_in_both_languages(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))

    papers = [
        browser.get(f"/quotes/{quote.pk}/paper/", headers={"accept-language": language})
        for language in ("en", "zh-hans")
    ]

    assert all(paper.content.startswith(b"%PDF-") for paper in papers)


def test_the_page_explains_and_its_download_is_computed_without_the_market(market, tmp_path):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    shown = browser.get(f"/quotes/{quote.pk}/why/").content.decode()
    command = re.search(r"python3 (verify_price\.py Q-\w+\.json)", shown)[1].split()
    script, document = tmp_path / command[0], tmp_path / command[1]
    script.write_bytes(browser.get("/clearing-rounds/verify_price.py").content)
    document.write_bytes(browser.get(f"/quotes/{quote.pk}/evidence.json").content)

    def ran():
        return subprocess.run([sys.executable, *command], cwd=tmp_path, check=False).returncode

    assert ran() == 0
    for change in ("gross_minor", "inputs_hash", "quantity"):
        told = json.loads(browser.get(f"/quotes/{quote.pk}/evidence.json").content)
        if change == "quantity":
            told["measure"]["quantities"]["standard_hour"] = "1"
        else:
            told[change] = 7 if change == "gross_minor" else "0" * 64
        document.write_text(json.dumps(told))
        assert ran() == 1, change


def test_the_page_says_its_inputs_in_words_and_leads_to_the_text_of_the_rule(market):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    english = {"Accept-Language": "en"}

    shown = browser.get(f"/quotes/{quote.pk}/why/", headers=english).content.decode()
    rule = Client().get("/rules/rating/rate-1/", headers=english).content.decode()

    assert quote.subject["starts_at"] not in shown
    assert "(UTC+8)" in shown
    assert "2 cards" in shown
    assert 'href="/rules/rating/rate-1/"' in shown
    for page in (shown, rule):
        assert "§4" in page
        assert "rounded once, half up, to the fen" in page
    assert Client().get("/rules/rating/rate-9/").status_code == 404


def test_an_order_is_placed_at_the_quoted_price(market):
    listing, buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))

    answer = browser.post(
        f"/quotes/{quote.pk}/order/", {"key": "3b6f9dbe-0f4c-4c1d-8c8e-0b9a7e1d2c3f"}
    )

    assert answer.status_code == 302, re.findall(r"cm-errors.{300}", answer.content.decode())
    order = as_platform(lambda: Order.objects.get(buyer=buyer))
    assert (order.quote_id, order.lines) == (quote.pk, quote.lines)


def test_a_quote_is_used_once_and_leads_to_its_order(market):
    listing, buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    other = as_platform(lambda: kept(browser, listing, key="3b6f9dbe-0f4c-4c1d-8c8e-0b9a7e1d2c40"))
    keys = [f"3b6f9dbe-0f4c-4c1d-8c8e-0b9a7e1d2c3{n}" for n in range(3)]
    english = {"Accept-Language": "en"}

    browser.post(f"/quotes/{quote.pk}/order/", {"key": keys[0]})
    again = browser.post(f"/quotes/{quote.pk}/order/", {"key": keys[1]}, headers=english)
    shown = browser.get(f"/quotes/{quote.pk}/", headers=english)
    browser.post(f"/quotes/{other.pk}/order/", {"key": keys[2]})

    used, _second = as_platform(lambda: list(Order.objects.filter(buyer=buyer).order_by("id")))
    for page in (again, shown):
        text = page.content.decode()
        assert f"This quote was used: order {used.number} stands at it." in text
        assert f"/orders/{used.pk}/" in text
    assert again.status_code == 422
    assert f"/quotes/{quote.pk}/order/" not in shown.content.decode()


def test_a_quote_whose_time_has_begun_is_asked_anew_with_the_same_figures(market, monkeypatch):
    listing, _buyer, browser = market
    quote = as_platform(lambda: kept(browser, listing))
    later = clock.now() + timedelta(hours=4)
    monkeypatch.setattr(quotes, "clock", SimpleNamespace(now=lambda: later))

    shown = browser.get(f"/quotes/{quote.pk}/", headers={"Accept-Language": "en"}).content.decode()
    anew = f"/market/{listing.pk}/quote/?units=2&amp;seconds=86400"
    form = browser.get(anew.replace("&amp;", "&")).context["main"][0].form

    assert "Its time has begun" in shown
    assert anew in shown
    assert f"/quotes/{quote.pk}/order/" not in shown
    assert (form["units"].value(), form["length"].value(), form["length_unit"].value()) == (
        "2",
        1,
        "day",
    )


@pytest.mark.parametrize("seconds", [-1, 8 * 86_400])
def test_no_statement_promises_a_price_for_longer_than_a_week(market, seconds):
    listing, buyer, _browser = market
    with tenancy.acting_as(buyer.pk), pytest.raises(DatabaseError), transaction.atomic():
        supply.services.quote_listing(
            buyer_id=buyer.pk, listing_id=listing.pk, milli=1000, now=clock.now(),
            period=Period(clock.now() + supply.HOUR, clock.now() + 2 * supply.HOUR),
            valid_for=timedelta(seconds=seconds),
        )  # fmt: skip
