"""The least that may be ordered: who says it where, and where it is read before ordering."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from identity.contracts import Role
from marketplace.catalog.least import Least
from marketplace.catalog.models import Book, Listing
from tests import cast
from tests.catalog import supply

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}
SAID = Least(least_milli=500, step_milli=250, least_seconds=1800, step_seconds=90, least_minor=150)
TYPED = {
    "least_units": "0.5",
    "step_units": "0.25",
    "least_length": "30",
    "least_length_unit": "minute",
    "step_length": "90",
    "step_length_unit": "second",
    "least_minor": "1.50",
}


@pytest.fixture
def listing() -> Listing:
    return supply.listed()


@pytest.fixture
def provider(listing):
    return cast.signed_in(cast.member(listing.provider, Role.PROVIDER))


@pytest.fixture
def operator():
    return cast.signed_in(cast.member(cast.organization("Market"), Role.OPERATOR))


def send(browser, address, **changes):
    values = {"key": str(uuid4())} | TYPED | changes
    return browser.post(address, values, headers=ENGLISH, follow=True)


def of_listing(listing):
    return reverse("portal:listing-least", args=[listing.pk])


def of_book(listing):
    return reverse("portal:book-least", args=[listing.resource_class, listing.hub])


def test_the_provider_says_every_figure_and_finds_it_as_it_was_typed(provider, listing):
    said = send(provider, of_listing(listing))
    form = provider.get(of_listing(listing)).context["form"]

    assert f"The least order of {listing.number} is changed." in said.text
    assert Least.of(Listing.objects.get()) == SAID
    assert {name: str(form.initial[name]) for name in TYPED} == TYPED


def test_what_is_left_empty_is_any(provider, listing):
    send(provider, of_listing(listing))

    send(provider, of_listing(listing), **dict.fromkeys(TYPED, ""))

    assert Least.of(Listing.objects.get()) == Least()


def test_a_new_listing_says_all_of_it_too():
    owner = cast.organization("Provider")
    cards = cast.resource(owner)
    person = cast.signed_in(cast.member(owner, Role.PROVIDER))
    rule = next(iter(person.get(reverse("portal:listing-new")).context["form"].rules))
    offer = {"resource": str(cards.pk), "rule": str(rule), "title": "训练", "unit_price": "3"}

    refused = send(
        person, reverse("portal:listing-new"), **offer, rate_unit="unit_hour", least_units="9"
    )
    send(person, reverse("portal:listing-new"), **offer, rate_unit="unit_hour")

    assert refused.context["form"].errors["least_units"] == ["Only 8 units are on sale."]
    assert Least.of(Listing.objects.get()) == SAID


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("least_units", "8.001", "Only 8 units are on sale."),
        ("step_units", "9", "Only 8 units are on sale."),
        ("least_units", "0", "At least 0.001."),
        ("least_units", "1.0005", "no more than 3 decimal places"),
        ("least_units", "NaN", "Enter a number"),
        ("step_units", "99999999999999999999", "At most 1,000,000."),
        ("least_length", "1.5", "Enter a whole number"),
        ("least_length", "31622400", "At most 366 days."),
        ("step_length", "0", "At least 1."),
        ("step_length_unit", "year", "Select a valid choice"),
        ("least_minor", "10000000.01", "At most ¥10,000,000.00."),
        ("least_minor", "-1", "must be more than zero"),
    ],
)
def test_what_nobody_could_order_is_refused_beside_its_field(provider, listing, field, value, told):
    response = send(provider, of_listing(listing), **{field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert told in response.context["form"].errors[field][0]
    assert Least.of(Listing.objects.get()) == Least()


def test_no_whole_step_beyond_what_is_on_sale_is_the_least(provider, listing):
    response = send(provider, of_listing(listing), least_units="7", step_units="5")

    assert response.context["form"].errors["step_units"] == ["Only 8 units are on sale."]


def test_a_stranger_finds_no_listing_to_change(listing):
    other = cast.signed_in(cast.member(cast.organization("Other"), Role.PROVIDER))

    assert other.get(of_listing(listing)).status_code == 404
    assert send(other, of_listing(listing)).status_code == 404
    assert Least.of(Listing.objects.get()) == Least()


def test_the_operator_says_the_least_of_a_book_and_its_listings_say_it(operator, listing):
    assert of_book(listing) in operator.get(reverse("portal:books")).text

    said = send(operator, of_book(listing))

    assert said.status_code == 200
    assert ">1.50<" in said.text.replace(" ", "").replace("\n", "")
    assert Book.objects.get().least == SAID
    page = operator.get(reverse("portal:listing", args=[listing.pk]), headers=ENGLISH).text
    assert "0.5 cards (in steps of 0.25) · 30 minutes (in steps of 90 seconds) · ¥1.50" in page


def test_a_book_that_never_was_is_not_found(operator):
    assert operator.get(reverse("portal:book-least", args=["AI", "NOWHERE"])).status_code == 404
    assert operator.get(reverse("portal:books"), headers=ENGLISH).status_code == 200


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.BUYER, Role.AUDITOR, Role.FINANCE])
def test_only_the_operator_changes_a_book(listing, role):
    person = cast.signed_in(cast.member(listing.provider, role))

    assert send(person, of_book(listing)).status_code == 403
    assert reverse("portal:books") not in person.get(reverse("portal:market")).text
    assert Book.objects.get().least == Least()


def test_the_order_form_says_the_least_beside_its_fields_and_proposes_what_is_allowed(
    provider, listing
):
    buyer = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    address = reverse("portal:order-place", args=[listing.pk])
    usual = buyer.get(address, headers=ENGLISH).context["form"]
    send(provider, of_listing(listing), step_units="3", least_length="2", least_length_unit="hour")

    page = buyer.get(address, headers=ENGLISH)
    form = page.context["form"]

    assert (usual.fields["units"].help_text, usual.fields["length"].help_text) == ("", "")
    assert form.fields["units"].help_text == "At least 3, in steps of 3."
    assert form.fields["length"].help_text == "At least 2 hours, in steps of 90 seconds."
    assert "An order costs at least ¥1.50." in page.text
    proposed = {name: form.initial[name] for name in ("units", "length", "length_unit")}
    # Eight is what is on sale; nine would be the next whole step.
    assert proposed == {"units": "3", "length": 2, "length_unit": "hour"}
    starts_at = f"{timezone.now() + timedelta(days=30):%Y-%m-%dT10:00:00}"
    wish = {"key": str(uuid4()), "starts_at": starts_at, "action": "quote"} | proposed
    assert buyer.post(address, wish).context["quote"].gross_minor >= SAID.least_minor


def test_the_order_form_proposes_what_costs_enough():
    listing = supply.listed(cards=256)  # one card for an hour costs 10.08 yuan
    provider = cast.signed_in(cast.member(listing.provider, Role.PROVIDER))
    buyer = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    send(provider, of_listing(listing), **dict.fromkeys(TYPED, "") | {"least_minor": "500"})
    address = reverse("portal:order-place", args=[listing.pk])

    form = buyer.get(address, headers=ENGLISH).context["form"]
    wish = {name: form.initial[name] for name in ("units", "length", "length_unit", "starts_at")}

    assert form.initial["units"] == "50"
    sent = {"key": str(uuid4()), "action": "quote"} | wish
    assert buyer.post(address, sent).context["quote"].gross_minor >= 50_000
