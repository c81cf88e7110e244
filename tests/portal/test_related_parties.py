"""The page of related parties: the operator records and ends ties, the auditor reads them."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role, TieKind
from identity.models import OrganizationTie
from marketplace.catalog.models import Listing
from marketplace.orders.models import Order
from marketplace.portal.lists.oversight import TIES
from tests import cast
from tests.catalog import supply
from tests.orders import cast as orders

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
PAGE = "/oversight/related-parties/"


@pytest.fixture
def operator():
    return cast.signed_in(cast.member(cast.organization("Market"), Role.OPERATOR))


@pytest.fixture
def pair():
    return cast.organization("Parent"), cast.organization("Child")


def record(browser, pair, **changes):
    holder, held = pair
    values = {
        "key": str(uuid4()),
        "holder": holder.uscc,
        "held": held.uscc,
        "kind": "SHARE",
        "percent": "33.333333",
        "first_day": "2026-01-01",
        "last_day": "",
        "source": "Register, 2026-11-01",
    }
    return browser.post(PAGE + "new/", values | changes, headers=ENGLISH, follow=True)


def end(browser, tie, last_day="2026-06-30"):
    address = reverse("portal:tie-end", args=[tie.pk])
    values = {"key": str(uuid4()), "last_day": last_day}
    return browser.post(address, values, headers=ENGLISH, follow=True)


def known() -> list[OrganizationTie]:
    with tenancy.acting_as_platform():
        return list(OrganizationTie.objects.order_by("id"))


def test_without_ties_the_page_says_so(operator):
    page = operator.get(PAGE, headers=ENGLISH).text

    assert "No ties recorded" in page
    assert "Record a tie" in page


def test_the_operator_records_a_share_and_reads_it(operator, pair):
    page = record(operator, pair)

    (tie,) = known()
    assert (tie.holder_id, tie.held_id) == tuple(each.pk for each in pair)
    assert (tie.kind, tie.share) == (TieKind.SHARE, Decimal("0.33333333"))
    assert (tie.valid_from, tie.valid_to) == (date(2026, 1, 1), None)
    assert "33.333333%" in page.text
    assert [row.it for row in operator.get(PAGE).context["table"].rows] == [tie]
    assert "Register, 2026-11-01" in page.text


def test_control_needs_no_share_and_its_last_day_counts(operator, pair):
    page = record(operator, pair, kind="CONTROL", percent="", last_day="2026-03-31")

    (tie,) = known()
    assert "– 2026-03-31" in page.text
    assert (tie.kind, tie.share, tie.valid_to) == (TieKind.CONTROL, None, date(2026, 4, 1))


def test_sending_the_form_twice_records_once(operator, pair):
    key = str(uuid4())

    first, second = (record(operator, pair, key=key) for _n in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(known()) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("holder", "91310000MA1FL0000X", "No organisation has this code."),
        ("held", "short", "at least 18 characters"),
        ("kind", "FRIEND", "Select a valid choice"),
        ("percent", "", "Say how large the share is."),
        ("percent", "0", "At least"),
        ("percent", "100.000001", "At most 100."),
        ("percent", "NaN", "Enter a number"),
        ("first_day", "2026-02-30", "Enter a valid date"),
        ("last_day", "2025-12-31", "It ends before it begins."),
        ("source", "   ", "This field is required"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    operator, pair, field, value, told
):
    page = record(operator, pair, **{field: value})

    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert told in page.context["form"].errors[field][0]
    assert page.context["form"]["percent" if field != "percent" else "source"].value()
    assert known() == []


def test_an_organisation_has_no_tie_to_itself(operator, pair):
    page = record(operator, (pair[0], pair[0]))

    assert "Name another organisation" in page.context["form"].errors["held"][0]


def test_what_is_known_already_is_said_beside_the_day(operator, pair):
    record(operator, pair)

    page = record(operator, pair, percent="40")

    assert page.status_code == 422
    assert "recorded for a part of that time" in page.context["form"].errors["first_day"][0]


def test_ending_a_tie_asks_first_and_keeps_what_was_recorded(operator, pair):
    record(operator, pair)
    (tie,) = known()

    asked = operator.get(reverse("portal:tie-end", args=[tie.pk]), headers=ENGLISH).text
    early = end(operator, tie, "2025-12-31")
    done = end(operator, tie)
    again = end(operator, tie, "2026-07-31")

    assert f"Does the tie of {pair[0].name} to {pair[1].name} end?" in asked
    assert early.context["form"].errors["last_day"] == ["It ends before it begins."]
    assert "The tie ends after 2026-06-30." in done.text
    assert again.status_code == 404
    assert known()[0].valid_to == date(2026, 7, 1)


def test_the_auditor_reads_and_others_do_not_find_the_page(operator, pair):
    record(operator, pair)
    auditor = cast.signed_in(cast.member(cast.organization("Audit"), Role.AUDITOR))

    page = auditor.get(PAGE, headers=ENGLISH)

    assert pair[0].name in page.text
    assert "Record a tie" not in page.text
    assert record(auditor, pair, kind="CONTROL").status_code == 403
    assert end(auditor, known()[0]).status_code == 403
    for role in (Role.PROVIDER, Role.BUYER, Role.FINANCE, Role.ISSUER):
        other = cast.signed_in(cast.member(pair[0], role))
        assert other.get(PAGE).status_code == 403
        assert PAGE not in other.get(reverse("portal:market")).text
    assert len(known()) == 1


def test_many_ties_are_paged(operator, pair):
    begin = date(2020, 1, 1)
    days = [begin + timedelta(days=2 * n) for n in range(TIES.size + 1)]
    for day in days:
        record(operator, pair, first_day=f"{day}", last_day=f"{day}")

    first = operator.get(PAGE, headers=ENGLISH)
    second = operator.get(PAGE + first.context["pages"].next, headers=ENGLISH)

    assert [row.it.valid_from for row in first.context["table"].rows] == days[:0:-1]
    assert [row.it.valid_from for row in second.context["table"].rows] == days[:1]


def a_flagged_order(operator) -> tuple[Order, Listing]:
    listing, buyer = supply.listed(), orders.buyer("100")
    record(operator, (buyer, listing.provider), kind="CONTROL", percent="")
    order = orders.place(buyer, orders.wish(listing))
    orders.clear(listing)
    return orders.seen(order), listing


@pytest.mark.parametrize("role", [Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.OPERATOR])
def test_a_flagged_order_says_so_in_plain_words(operator, role):
    order, listing = a_flagged_order(operator)
    party = {Role.BUYER: order.buyer, Role.PROVIDER: listing.provider}.get(role)
    reader = cast.signed_in(cast.member(party or cast.organization("Desk"), role))

    for address in (reverse("portal:order", args=[order.pk]), reverse("portal:orders")):
        page = reader.get(address, headers=ENGLISH).text
        assert ">Related parties</span>" in page
        assert "Related by control or shareholding" in page
