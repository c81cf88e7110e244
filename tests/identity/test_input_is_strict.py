"""Fields that every room reads its input with."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import get_resolver
from rest_framework import serializers

from identity.http.fields import (
    MomentField,
    StrictCharField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
)


class Form(StrictSerializer):
    text = StrictCharField(max_length=10, required=False)
    whole = StrictIntegerField(min_value=0, max_value=1000, required=False)
    exact = StrictDecimalField(max_digits=12, decimal_places=6, required=False)


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ({"text": " 算盘 "}, {"text": "算盘"}),
        ({"whole": 12}, {"whole": 12}),
        ({"whole": "12"}, {"whole": 12}),
        ({"exact": "1.500000"}, {"exact": Decimal("1.5")}),
        ({"exact": Decimal("1.5")}, {"exact": Decimal("1.5")}),
        ({"exact": 3}, {"exact": Decimal(3)}),
    ],
)
def test_plain_input_is_read(body, values):
    form = Form(data=body)

    assert form.is_valid(), form.errors
    assert form.validated_data == values


@pytest.mark.parametrize(
    "body",
    [
        {"text": 5},
        {"text": True},
        {"text": "tab\there"},
        {"text": "x" * 11},
        {"whole": 1.0},
        {"whole": True},
        {"whole": "１２"},
        {"whole": "1_2"},
        {"whole": " 12"},
        {"whole": "+12"},
        {"whole": "1e2"},
        {"whole": 10**30},
        {"exact": "NaN"},
        {"exact": "Infinity"},
        {"exact": "1e3"},
        {"exact": "１.５"},
        {"exact": "1_0"},
        {"exact": "0.0000001"},
        {"exact": Decimal("1E+999999999")},
        {"exact": Decimal("1E-999999999")},
        {"exact": Decimal("NaN")},
        {"exact": True},
        {"exact": 1.5},
        {"more": 1},
        ["a list"],
    ],
    ids=str,
)
def test_anything_else_is_refused(body):
    assert not Form(data=body).is_valid()


def test_unknown_fields_are_named():
    form = Form(data={"text": "x", "colour": "red", "size": 5})

    assert not form.is_valid()
    assert {name: errors[0].code for name, errors in form.errors.items()} == {
        "colour": "unknown_field",
        "size": "unknown_field",
    }


def test_a_form_inside_a_form_is_strict_too():
    class Outer(StrictSerializer):
        inner = Form()
        many = serializers.ListField(child=Form(), required=False)

    assert not Outer(data={"inner": {"colour": "red"}}).is_valid()
    assert not Outer(data={"inner": {}, "many": [{"colour": "red"}]}).is_valid()


@pytest.mark.parametrize("text", ["2000-01-01T00:00:00+14:00", "2000-01-01T00:00:00-12:30"])
def test_a_moment_is_kept_in_utc(text):
    moment = MomentField().run_validation(text)

    assert moment.tzinfo is UTC
    assert moment == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+16:00", "9999-12-31T23:59:59-16:00", "now", "2000-01-01T00:00:00"]
)
def test_a_moment_outside_of_time_is_refused(text):
    with pytest.raises(serializers.ValidationError):
        MomentField().run_validation(text)


LOOSE = (
    *(serializers.UUIDField, serializers.DateField, serializers.DateTimeField),
    *(serializers.IntegerField, serializers.DecimalField, serializers.FloatField),
    *(serializers.CharField, serializers.DurationField, serializers.TimeField),
)


def forms_of(form: type) -> list[type]:
    return [each for one in form.__subclasses__() for each in (one, *forms_of(one))]


def loose_fields(field, path: str) -> list[str]:
    """Return the fields that read what DRF reads: other digits, braces, days beyond the market."""
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return loose_fields(field.child, path)
    if isinstance(field, serializers.BaseSerializer):
        inner = {name: each for name, each in field.fields.items() if not each.read_only}
        return [one for name in inner for one in loose_fields(inner[name], f"{path}.{name}")]
    return [path] if type(field) in LOOSE else []


def test_every_field_of_every_body_is_strict():
    get_resolver().url_patterns  # noqa: B018 - loads every view with its forms
    forms = {form for form in forms_of(StrictSerializer) if not form.__module__.startswith("tests")}

    assert len(forms) > 20
    assert [one for form in forms for one in loose_fields(form(), form.__name__)] == []
