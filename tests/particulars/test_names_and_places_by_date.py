"""What an organisation was called is kept by itself; addresses and branches have days."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common import tenancy
from identity import services as identity
from identity.contracts import Role
from identity.particulars import services
from identity.particulars.contracts import (
    InvalidPlace,
    PlaceEnded,
    PlaceHeld,
    PlaceKind,
    PlaceNotFound,
)
from identity.particulars.models import FormerName, Place
from tests import cast

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


@pytest.fixture
def acme():
    return cast.organization("Acme")


@pytest.fixture
def person(acme):
    return cast.member(acme, Role.BUYER)


def record(acme, person, **changes):
    facts = {
        "organization_id": acme.pk,
        "kind": PlaceKind.REGISTERED,
        "address": "Street 1",
        "region": "640500",
        "valid_from": DAY,
        "person_id": person.pk,
        "now": timezone.now(),
    }
    return services.record_place(**facts | changes)


def end(acme, person, place, valid_to=date(2026, 5, 1)):
    return services.end_place(
        organization_id=acme.pk, place_id=place.pk, valid_to=valid_to, person_id=person.pk
    )


def test_every_name_is_kept_and_nobody_writes_one(acme):
    first = acme.name
    with tenancy.acting_as(acme.pk):
        for changes in ({"name": "Next"}, {"region": "640500"}, {"name_en": "Next Ltd"}):
            identity.update_organization(organization_id=acme.pk, on=DAY, changes=changes)
        kept = FormerName.objects.filter(organization=acme).order_by("id")
        assert list(kept.values_list("name", "name_en")) == [
            (first, ""),
            ("Next", ""),
            ("Next", "Next Ltd"),
        ]
    with tenancy.acting_as_platform():
        for attack in (
            "UPDATE particulars_formername SET name = 'x'",
            "DELETE FROM particulars_formername",
            "INSERT INTO particulars_formername (organization_id, name, name_en, since)"
            f" VALUES ('{acme.pk}', 'x', '', now())",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)


def test_an_address_ends_and_the_next_begins(acme, person):
    former = record(acme, person)
    with pytest.raises(PlaceHeld):
        record(acme, person, address="Street 2")

    end(acme, person, former)

    record(acme, person, address="Street 2", valid_from=date(2026, 5, 1))
    with pytest.raises(PlaceEnded):
        end(acme, person, former)


def test_there_are_many_branches_each_with_a_name(acme, person):
    for name in ("East", "West"):
        record(acme, person, kind=PlaceKind.BRANCH, name=name)
    with tenancy.acting_as(acme.pk):
        assert Place.objects.count() == 2
    with tenancy.acting_as(cast.organization("Other").pk):
        assert not Place.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"address": " "},
        {"kind": PlaceKind.BRANCH},
        {"region": "999999"},
        {"address": "x" * 201},
        {"name": "x" * 121},
    ],
)
def test_what_is_no_place_is_refused(acme, person, changes):
    with pytest.raises(InvalidPlace):
        record(acme, person, **changes)


def test_it_ends_after_it_began_and_only_ones_own_does(acme, person):
    place = record(acme, person)
    with pytest.raises(InvalidPlace):
        end(acme, person, place, DAY)
    with pytest.raises(PlaceNotFound):
        end(cast.organization("Other"), person, place)
    with tenancy.acting_as_platform():
        for attack in (
            "UPDATE particulars_place SET address = 'x'",
            "DELETE FROM particulars_place",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                connection.cursor().execute(attack)


def test_keepers_record_on_the_page_and_over_http(acme, person):
    browser = cast.signed_in(person)
    page = f"/organizations/{acme.pk}/particulars/"
    form = browser.get(page).context["side"][0].form
    typed = {
        "key": form.initial["key"],
        "kind": "BRANCH",
        "name": "East",
        "address": "1 East Road",
        "valid_from": "2026-03-01",
    }
    assert browser.post(page, typed).status_code == 302
    assert "1 East Road" in browser.get(page).text
    told = browser.get(f"/api/v1/organizations/{acme.pk}/particulars").json()
    [place] = told["places"]
    assert (place["name"], told["names"][0]["name"]) == ("East", acme.name)
    ended = browser.post(
        f"/api/v1/organizations/{acme.pk}/particulars/{place['id']}/end",
        {"valid_to": "2026-04-01"},
        content_type="application/json",
    )
    assert ended.json()["valid_to"] == "2026-04-01"
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    assert stranger.get(page).status_code == 404
