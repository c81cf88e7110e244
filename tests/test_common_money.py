from decimal import Decimal

import pytest

from common.money import InvalidAmount, Money


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "1e9",
        "1_000",
        "１２",
        "",
        "1.234",
        "--1",
        "9" * 20,
        "0x10",
        "1,5",
        "12,34",
        ",1",
    ],
)
def test_what_is_no_plain_amount_is_refused(text):
    with pytest.raises(InvalidAmount):
        Money.parse(text)


def test_commas_may_part_thousands():
    assert Money.parse("1,284,902.50") == Money(128490250)


def test_an_amount_is_rounded_once_half_up():
    assert Money.from_decimal(Decimal("703703.665")) == Money(70370367)
    assert Money.from_decimal(Decimal("-0.005")) == Money(-1)


def test_assets_do_not_mix():
    with pytest.raises(TypeError):
        Money(1) + Money(1, "VCH-1")
