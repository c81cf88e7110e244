"""Numbers in forms are plain ASCII digits, as in the API; Python would read those of any script."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from marketplace.portal.forms import ExactField, MoneyField, WholeField

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
