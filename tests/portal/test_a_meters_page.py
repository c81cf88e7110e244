"""A meter's page holds all that it counted; a window's page all that speaks for and against it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from common import tenancy
from common.ids import uuid7
from identity.contracts import Role
from metering.models import Window
from tests import cast
from tests.metering import cast as meters

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def owner():
    return cast.organization("Acme")


@pytest.fixture
def provider(owner):
    return cast.signed_in(cast.member(owner, Role.PROVIDER))


@pytest.fixture
def operator():
    return cast.signed_in(cast.member(cast.organization("Desk"), Role.OPERATOR))


def shown(browser, name, *arguments, **query) -> str:
    page = browser.get(reverse(f"portal:{name}", args=arguments), query, headers=ENGLISH)
    assert page.status_code == 200
    return page.text


def test_a_late_reading_is_shown_as_a_revision_with_what_it_changed(provider, owner):
    meter, subject = meters.meter(owner), uuid7()
    meters.ingest(meter, meters.reading(meter, 1200, seconds=600, subject=subject))
    meters.close()
    late = meters.reading(meter, 600, at=timedelta(minutes=30), seconds=600, subject=subject)
    meters.ingest(meter, late)
    meters.close()

    page = shown(provider, "meter", meter.pk)
    revised = shown(provider, "meter", meter.pk, **{"usage-is_revised": "true"})

    for words in ("Superseded", "Counts", "What was measured", "Gaps by hour", "Covered each day"):
        assert words in page, words
    assert "1,800" in revised
    assert "Superseded" not in revised


def test_the_readings_are_a_list_of_their_own_with_pages_and_a_file(provider, owner):
    meter = meters.meter(owner)
    meters.ingest(
        meter, *(meters.reading(meter, 1, at=timedelta(minutes=n), seconds=60) for n in range(12))
    )
    address = reverse("portal:meter", args=[meter.pk])

    first = provider.get(address, headers=ENGLISH)
    onward = first.context["main"][2].table.pages.next
    second = provider.get(address + onward, headers=ENGLISH)

    assert len(first.context["main"][2].table.rows) == 10
    assert len(second.context["main"][2].table.rows) == 2


def test_a_meter_nobody_sent_for_says_so_in_every_part(provider, owner):
    page = shown(provider, "meter", meters.meter(owner).pk)

    for words in ("No reading arrived yet", "No readings yet", "No windows yet",
                  "Nothing measured yet", "Nobody numbers the batches"):  # fmt: skip
        assert words in page, words


def test_the_list_of_meters_shows_their_hours_and_where_readings_are(provider, owner):
    meter = meters.meter(owner)
    meters.ingest(meter, meters.reading(meter))

    page = shown(provider, "meters")

    assert "cm-strip" in page
    assert "Accepted less accounted for" in page
    assert "of 1 readings" in page


@pytest.fixture
def waiting(owner):
    """Return a window in which one source counted the same time twice."""
    meter, subject = meters.meter(owner), uuid7()
    meters.ingest(
        meter,
        *(meters.reading(meter, 3600, source="urn:card:one", event_id=f"e{n}", subject=subject)
          for n in range(2)),
    )  # fmt: skip
    meters.close()
    with tenancy.acting_as_platform():
        return Window.objects.get(meter=meter)


def test_a_window_shows_use_against_capacity_and_where_readings_overlap(operator, waiting):
    page = shown(operator, "window", waiting.pk)

    for words in ("Use against capacity", "What the resource has", "No order",
                  "Where readings lie over each other", "Nobody is charged until"):  # fmt: skip
        assert words in page, words


def test_a_window_of_a_count_is_drawn_without_a_capacity(operator, owner):
    meter = meters.meter(owner, rule="tokens")
    meters.ingest(meter, meters.reading(meter, 5, unit="token"))
    meters.close()
    with tenancy.acting_as_platform():
        window = Window.objects.get(meter=meter)

    page = shown(operator, "window", window.pk)

    assert "Use against capacity" not in page
    assert "5 token" in page
