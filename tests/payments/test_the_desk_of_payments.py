"""The pages of the finance desk: a difference is taken on with a note, and settled."""

from uuid import uuid4

import pytest
from django.urls import reverse

from common import clock, tenancy
from identity.contracts import Role
from marketplace import accounts
from marketplace.payments import services
from marketplace.payments.contracts import DifferenceKind
from tests import cast
from tests.payments import cast as payments_cast

pytestmark = pytest.mark.django_db


def key(page) -> str:
    return page.content.decode().split('name="key" value="')[1].split('"')[0]


def english(person):
    browser = cast.signed_in(person)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


@pytest.fixture
def clerks():
    accounts.install_chart()
    office = cast.organization("Desk")
    return [cast.member(office, Role.FINANCE) for _n in range(2)]


def test_a_difference_is_taken_on_taken_over_and_settled_on_its_page(clerks):
    about = services.note_difference(
        DifferenceKind.DISPUTED, "pi_1", now=clock.now(), channel="STRIPE", theirs_minor=5_00
    )
    page = reverse("portal:difference", args=[about.pk])
    take = reverse("portal:difference-take", args=[about.pk])
    first, second = (english(person) for person in clerks)
    assert "nobody sees to it" in first.get(page).content.decode()

    typed = {"key": key(first.get(page)), "note": "asked the bank"}
    assert first.post(take, typed).headers["Location"] == page
    assert first.post(take, typed).headers["Location"] == page  # Twice is once.
    shown = second.get(page).content.decode()
    assert "asked the bank" in shown
    assert "Take over" in shown
    second.post(take, {"key": key(second.get(page)), "note": ""})
    with tenancy.acting_as_platform():
        about.refresh_from_db()
    assert (about.owner_id, about.note) == (clerks[1].pk, "asked the bank")

    long = first.post(take, {"key": key(first.get(page)), "note": "n" * 501})
    assert long.status_code == 422
    assert "n" * 501 in long.content.decode()
    desk = reverse("portal:payments-desk")
    assert "less than an hour" in first.get(desk).content.decode()
    settled = {"key": key(second.get(page)), "resolution": "booked"}
    assert second.post(page, settled).headers["Location"] == desk
    assert "Take over" not in second.get(page).content.decode()
    late = first.post(take, {"key": str(uuid4()), "note": "x"})
    assert late.status_code == 422


def test_the_desk_shows_what_each_clearing_account_holds(clerks):
    raw = b"date,amount,text\n2026-11-25,20.00,unknown\n"
    by = type("By", (), {"id": clerks[0].pk, "organization_id": None})
    services.import_statement(raw=raw, file_name="bank.csv", by=by, now=clock.now())
    shown = english(clerks[0]).get(reverse("portal:payments-desk"))

    assert "¥20.00" in shown.content.decode()
    assert "nothing under way" in shown.content.decode()


def test_what_moved_and_what_differed_is_listed_for_those_with_a_duty(clerks):
    payments_cast.paid_in(payments_cast.buyer(name="Haichao"), 5_00)
    about = services.note_difference(
        DifferenceKind.DISPUTED, "pi_1", now=clock.now(), channel="STRIPE", reference="dp_1"
    )
    services.settle_difference(
        difference_id=about.pk, resolution="won", person_id=clerks[0].pk, now=clock.now()
    )
    browser = english(cast.member(cast.organization("Audit"), Role.AUDITOR))
    movements = browser.get(reverse("portal:all-movements")).content.decode()
    under_way = browser.get(reverse("portal:all-movements") + "?state=SENT").content.decode()
    settled = browser.get(reverse("portal:all-differences") + "?state=settled").content.decode()
    open_ones = browser.get(reverse("portal:all-differences") + "?state=open").content.decode()

    assert ("M-0" in movements, "M-0" in under_way) == (True, False)
    assert ("dp_1" in settled, "dp_1" in open_ones) == (True, False)
    outsider = english(cast.member(cast.organization("Other"), Role.BUYER))
    assert outsider.get(reverse("portal:all-movements")).status_code == 403
