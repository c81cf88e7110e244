"""The preview of an export speaks to people, and a class without a figure says what it lacks."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from identity.contracts import Role
from marketplace.bulletin import services
from marketplace.portal import export_words
from tests import cast, factories
from tests.settlement.cast import NOON, Market

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


def test_a_file_s_times_and_amounts_are_written_as_everywhere_else():
    columns = ["traded_at", "gross", "number", "relation"]

    cells = export_words.cells(columns, ["2026-11-20T12:00:00Z", "1284902.5", "T-1", ""])

    assert cells == ["2026-11-20 20:00 (UTC+8)", "¥1,284,902.50", "T-1", ""]


def test_codes_that_have_a_word_are_read_as_it_and_others_as_they_are():
    columns = ["kind", "resource_class", "kind"]

    with translation.override("en"):
        cells = export_words.cells(columns, ["TRADE", "AI", "USAGE"])

    assert cells == ["Trade", "AI compute", "USAGE"]


@pytest.mark.parametrize("text", ["soon", "2026-13-01T00:00:00Z", "1e999999", "NaN-ish", ""])
def test_what_is_no_time_or_amount_stays_as_it_is(text):
    assert export_words.cells(["traded_at"], [text]) == [text]
    assert export_words.cells(["note"], [text]) == [text]


def test_columns_bear_a_word_above_their_code():
    heads = export_words.heads(["traded_at", "odd_name"])
    with translation.override("en"):
        words = [(str(word), code) for word, code in heads]

    assert words == [("Traded", "traded_at"), ("odd name", "odd_name")]


def test_too_few_trades_say_how_many_are_needed():
    market = Market()
    order = market.order()
    market.use(order, "1")
    market.settle()
    services.publish_missing(now=NOON + timedelta(days=5))
    reader = cast.signed_in(cast.member(factories.OrganizationFactory(stem="Reader"), Role.BUYER))

    page = reader.get(reverse("portal:prices"), headers=ENGLISH).text

    assert "3 from 2 providers needed" in page
    assert "Not separable" not in page
