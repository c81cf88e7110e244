"""A page that looks at so many meters and no more says so."""

import pytest
from django.urls import reverse

from identity.contracts import Role
from marketplace.portal.views import metering as view
from tests import cast
from tests.metering.cast import meter

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("most", "is_told"), [(2, True), (3, False)])
def test_meters_beyond_the_limit_are_not_passed_over_in_silence(monkeypatch, most, is_told):
    monkeypatch.setattr(view, "METERS_MAX", most)
    owner = cast.organization("Provider")
    for _each in range(2):
        meter(owner)
    browser = cast.signed_in(cast.member(owner, Role.PROVIDER))

    shown = browser.get(reverse("portal:metering"), headers={"Accept-Language": "en"})

    assert ("Only the first" in shown.text) is is_told


def test_two_meters_of_one_name_are_two_rows():
    owner = cast.organization("Provider")
    first, second = (meter(owner, name="rack 1") for _each in range(2))
    browser = cast.signed_in(cast.member(owner, Role.PROVIDER))

    rows = browser.get(reverse("portal:metering")).context["table"].rows

    assert {row.id for row in rows} == {str(first.pk), str(second.pk)}
