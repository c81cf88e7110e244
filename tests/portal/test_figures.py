"""Numbers and times read alike in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from marketplace.portal import charts, icons
from marketplace.portal.templatetags import portal


@pytest.mark.parametrize(
    ("minor", "shown"),
    [
        (128_490_250, "¥1,284,902.50"),
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-90_000, "−¥900.00"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_money_is_grouped_and_signed_the_same_in_both_languages(language, minor, shown):
    with translation.override(language):
        assert portal.money(minor) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal(9000), "9,000"),
        (Decimal("412.500000000"), "412.5"),
        (Decimal("0.474359"), "0.474359"),
        (Decimal("0.123456789"), "0.123457"),
        (Decimal("-3.5"), "−3.5"),
    ],
)
def test_a_quantity_shows_the_digits_it_needs(value, shown):
    assert portal.quantity(value) == shown


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("zh-hans", 1_284_902, "128.5万"),
        ("en", 1_284_902, "1.3M"),
        ("zh-hans", 99_999, "99,999"),
        ("en", 184_320, "184,320"),
        ("zh-hans", 310_000_000, "3.1亿"),
    ],
)
def test_tiles_shorten_big_counts(language, value, shown):
    with translation.override(language):
        assert portal.counted(value) == shown


def test_a_moment_names_its_zone():
    moment = datetime(2026, 11, 20, 6, 5, 7, tzinfo=UTC)

    assert portal.when(moment) == "2026-11-20 14:05 (UTC+8)"
    assert portal.clock(moment) == "14:05:07"


def test_a_social_credit_code_is_masked():
    assert portal.masked("91440300MA5EXAMPL7") == "91440300••••••••L7"


def test_a_sparkline_spans_the_drawing():
    drawn = charts.spark([1, 3, 2])

    assert drawn.line == "0.0,33.0 45.0,3.0 90.0,18.0"
    assert charts.spark([1]) is None


def test_the_tallest_bar_fills_the_histogram():
    bars = charts.histogram([("1-2", 0, False), ("2-3", 8, True)])

    assert [bar.height for bar in bars] == ["0.00", "44.00"]
    assert [bar.is_inside for bar in bars] == [False, True]


def test_every_icon_of_the_set_can_be_drawn():
    names = {path.stem for path in icons.FOLDER.glob("*.svg")}

    for name in names:
        assert "<path" in icons.svg(name)


@pytest.mark.parametrize(
    ("language", "milli", "shown"),
    [
        ("en", 1000, "card"),
        ("en", 480_000, "cards"),
        ("en", 500, "cards"),
        ("zh-hans", 480_000, "卡"),
    ],
)
def test_more_than_one_card_are_cards(language, milli, shown):
    with translation.override(language):
        assert portal.unit_name("card", milli) == shown


def test_a_quantity_names_its_unit_in_the_right_number():
    with translation.override("en"):
        assert portal.rate_unit("standard_hour", "1.000000000") == "standard hour"
        assert portal.rate_unit("standard_hour", Decimal("6.34")) == "standard hours"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (1, "1 second", "1 秒"),
        (90, "90 seconds", "90 秒"),
        (1800, "30 minutes", "30 分钟"),
        (129_600, "36 hours", "36 小时"),
        (86_400, "1 day", "1 天"),
    ],
)
def test_a_length_of_time_is_said_exactly(seconds, english, chinese):
    with translation.override("en"):
        assert portal.duration(seconds) == english
    with translation.override("zh-hans"):
        assert portal.duration(seconds) == chinese


def test_the_last_day_of_a_period_is_the_one_before_its_end():
    midnight = datetime(2026, 11, 30, 16, tzinfo=UTC)  # in UTC+8

    assert portal.last_day(midnight) == "2026-11-30"
    assert portal.last_day(date(2026, 12, 1)) == "2026-11-30"
