"""Numbers in forms are plain ASCII digits, as in the API; Python would read those of any script."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from rest_framework import serializers

from identity.http.fields import DayField, StrictDecimalField, StrictIntegerField
from marketplace.portal.forms import (
    DayFormField,
    ExactField,
    MomentFormField,
    MoneyField,
    WholeField,
)

ODD = [
    "１２",
    "٣",
    "१",
    "1_0",
    "1e2",
    "+1",
    "１.5",
    "1.",
    ".5",
    "NaN",
    "Infinity",
    "0x10",
    "1\u200b",
]


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("field", [ExactField, WholeField, MoneyField])
def test_a_number_of_other_digits_is_refused(field, text):
    with pytest.raises(ValidationError):
        field().clean(text)


def test_plain_numbers_are_taken():
    assert ExactField().clean(" 12.50 ") == Decimal("12.50")
    assert WholeField().clean("12") == 12
    assert MoneyField().clean("12.50") == 1250
    assert ExactField(required=False).clean("") is None


@pytest.mark.parametrize("text", ["７", "１２", "１.5", "-５", "1．5", "٣", "２０２６-12-20"])
@pytest.mark.parametrize(
    "field", [ExactField, WholeField, MoneyField, DayFormField, MomentFormField]
)
def test_a_number_in_other_digits_is_told_so_wherever_it_is_typed(field, text):
    with pytest.raises(ValidationError) as refused, translation.override("en"):
        field().clean(text)

    with translation.override("en"):
        assert "half-width digits" in str(refused.value)


@pytest.mark.parametrize("text", ["七", "x", "1e2", "１２元"])
def test_what_is_no_number_is_told_otherwise(text):
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        WholeField().clean(text)

    with translation.override("en"):
        assert ("half-width" in str(refused.value)) == (text == "１２元")


@pytest.mark.parametrize("field", [StrictIntegerField(), StrictDecimalField(9, 2), DayField()])
def test_the_api_says_the_same(field):
    with translation.override("en"), pytest.raises(serializers.ValidationError) as refused:
        field.run_validation("２０")

    assert "half-width digits" in str(refused.value.detail)


def test_bounds_are_said_as_figures_are_written():
    field = WholeField(min_value=1, max_value=1_000_000)
    for language, told in (("en", "At most 1,000,000."), ("zh-hans", "不超过 1,000,000。")):
        with translation.override(language), pytest.raises(ValidationError) as refused:
            field.clean("99999999")
        with translation.override(language):
            assert refused.value.messages == [told]


def test_no_page_asks_for_a_number_by_another_field():
    portal = Path(__file__).parents[2] / "marketplace" / "portal"
    raw = re.compile(
        r"forms\.(?:Integer|Decimal|Float|Date|DateTime)Field\((?!widget=forms\.Hidden)"
    )

    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(portal.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if raw.search(line) and not line.startswith("class ")
    ]
    assert found == []
