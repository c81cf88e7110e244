"""People choose how they read, and see and end where they are signed in."""

import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.urls import reverse

from common import moments, seals
from common.ids import uuid7
from identity import selectors, services
from identity.contracts import Role
from identity.models import User
from identity.notices.services import wording
from identity.services import devices
from tests import cast

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
PROFILE = {"name": "林岚", "language": "en", "zone": "Europe/Berlin", "theme": "dark"}


@pytest.fixture
def person():
    return cast.member(cast.organization("Buyer"), Role.BUYER)


def browser(person, agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": agent, "Accept-Language": "en"})
    client.force_login(person)
    client.get(reverse("portal:market"))
    return client


def known(person):
    with seals.signing_in():
        return selectors.devices_of(person.pk)


# --- Profile -------------------------------------------------------------------------------
def test_a_person_chooses_name_language_zone_and_theme(person):
    client = browser(person)

    client.post(reverse("portal:profile"), PROFILE)

    kept = User.objects.get(pk=person.pk)
    assert {name: getattr(kept, name) for name in PROFILE} == PROFILE
    page = client.get(reverse("portal:profile")).text
    assert 'lang="en"' in page
    assert 'data-theme="dark"' in page


def test_another_browser_of_the_person_has_the_same_theme(person):
    browser(person).post(reverse("portal:profile"), PROFILE)

    assert 'data-theme="dark"' in browser(person).get(reverse("portal:profile")).text


def test_a_theme_that_is_as_the_systems_is_taken_back_from_the_browser(person):
    client = browser(person)
    client.post(reverse("portal:choose-theme"), {"theme": "dark"})

    client.post(reverse("portal:profile"), PROFILE | {"theme": ""})

    assert 'data-chosen="system"' in client.get(reverse("portal:profile")).text


@pytest.mark.parametrize(
    "wrong",
    [{"zone": "Mars/Olympus"}, {"language": "tlh"}, {"theme": "neon"}, {"name": "x" * 81}],
    ids=str,
)
def test_a_wrong_choice_is_said_beside_its_field_and_loses_nothing(person, wrong):
    answer = browser(person).post(reverse("portal:profile"), PROFILE | wrong)

    assert answer.status_code == 422
    assert f'id="id_{next(iter(wrong))}_error"' in answer.text
    assert "林岚" in answer.text or "name" in wrong
    assert User.objects.get(pk=person.pk).zone == ""


def test_times_are_in_the_readers_zone_with_the_markets_beside(person):
    client = browser(person)
    client.post(reverse("portal:profile"), PROFILE)

    page = client.get(reverse("portal:profile")).text

    assert "(UTC+1) / " in page or "(UTC+2) / " in page
    assert "(UTC+8)" in page


def test_a_moment_of_another_day_names_the_day_of_the_market():
    moment = moments.parse_moment("2026-11-20T20:30:00Z")

    with moments.reading_in("America/New_York"):
        assert moments.written(moment) == "2026-11-20 15:30 (UTC-5) / 2026-11-21 04:30 (UTC+8)"
    with moments.reading_in("Asia/Shanghai"):
        assert moments.written(moment) == "2026-11-21 04:30 (UTC+8)"


def test_the_next_reader_of_the_same_process_has_the_markets_zone_again(person):
    client = browser(person)
    client.post(reverse("portal:profile"), PROFILE)
    client.get(reverse("portal:profile"))

    assert moments.reader_zone() is None


def test_the_api_takes_the_zone_too(person):
    client = browser(person)

    wrong = client.patch("/api/v1/me", {"zone": "Mars/X"}, content_type="application/json")
    right = client.patch("/api/v1/me", {"zone": "Asia/Tokyo"}, content_type="application/json")

    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_time_zone")
    assert right.json()["user"]["zone"] == "Asia/Tokyo"


def test_letters_are_written_in_the_readers_zone():
    class Told:
        pk = uuid7()
        happened_at = moments.parse_moment("2026-11-20T20:30:00Z")
        reminders = 0
        count = 1
        object_label = "O-1"
        name = "orders.order.refused"

    _subject, body = wording.letter([Told()], language="en", zone="Europe/Berlin")

    assert "2026-11-20 21:30 (UTC+1) / 2026-11-21 04:30 (UTC+8)" in body


# --- Sessions ------------------------------------------------------------------------------
def test_a_person_sees_each_browser_with_its_network_and_not_its_address(person):
    here = browser(person)
    browser(person, PHONE)

    page = here.get(reverse("portal:devices")).text

    assert "Firefox · Linux" in page
    assert "Safari · iPhone" in page
    assert "127.0.0.0/24" in page
    assert "127.0.0.1" not in page


def test_one_session_is_ended_and_its_browser_is_signed_out(person):
    here, there = browser(person), browser(person, PHONE)
    phone = next(each for each in known(person) if "iPhone" in each.agent)

    here.post(reverse("portal:devices"), {"device": phone.pk})

    assert there.get(reverse("portal:profile")).status_code == 302
    assert here.get(reverse("portal:profile")).status_code == 200
    assert len(known(person)) == 1


def test_what_can_be_no_session_is_none(person):
    assert browser(person).post(reverse("portal:devices"), {"device": "\0"}).status_code == 404


def test_all_others_are_ended_at_once(person):
    here, *others = [browser(person) for _ in range(3)]

    here.post(reverse("portal:devices"), {"device": "others"})

    assert [each.get(reverse("portal:profile")).status_code for each in others] == [302, 302]
    assert here.get(reverse("portal:profile")).status_code == 200


def test_a_session_of_somebody_else_is_not_found(person):
    stranger = cast.member(cast.organization("Other"), Role.BUYER)
    browser(stranger)
    [theirs] = known(stranger)

    answer = browser(person).post(reverse("portal:devices"), {"device": theirs.pk})

    assert answer.status_code == 404
    assert known(stranger) == [theirs]


def test_signing_out_takes_the_device_with_it(person):
    client = browser(person)

    client.post(reverse("account_logout"))

    assert known(person) == []


def test_use_of_a_session_that_is_over_is_not_kept(person):
    services.note_device(
        user_id=person.pk, session_key="gone", address="203.0.113.7", agent="x", now=cast.NOW
    )

    assert known(person) == []


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("unknown", ""),
    ],
)
def test_of_an_address_the_network_is_kept(address, place):
    assert devices.place_of(address) == place


def test_devices_are_read_by_signing_in_alone(person):
    browser(person)

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('suanpan.sign_in', '', true)")
        cursor.execute("SELECT count(*) FROM identity_signedindevice")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("column", ["user_id", "signed_in_at", "session_key"])
def test_nobody_moves_a_device(person, column):
    browser(person)

    with (
        pytest.raises(Error, match="permission denied"),
        seals.signing_in(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE identity_signedindevice SET {column} = {column}")


def test_a_person_without_an_organisation_has_profile_and_sessions():
    client = Client()
    client.force_login(cast.somebody())

    assert client.get(reverse("portal:profile")).status_code == 200
    assert client.get(reverse("portal:devices")).status_code == 200
