"""Forms act once, answer with a redirect, and say a refusal beside the input it is about."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from common import tenancy
from identity.contracts import Role
from identity.models import ApiKey
from marketplace import accounts
from marketplace.catalog.models import Listing
from marketplace.orders.models import Deposit, Order
from tests import cast
from tests.catalog import supply

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance():
    with tenancy.acting_as_platform():
        accounts.install_chart()
    return cast.signed_in(cast.member(cast.organization("Platform"), Role.FINANCE))


def deposit(buyer, **changes) -> dict:
    values = {"key": str(uuid4()), "uscc": buyer.uscc, "amount_minor": "1,200.50"}
    return values | {"reference": "BANK-1"} | changes


def test_a_deposit_is_booked_and_answered_with_a_redirect(finance):
    buyer = cast.organization("Buyer")

    response = finance.post(reverse("portal:deposits"), deposit(buyer))

    assert response.status_code == 302
    assert Deposit.objects.get(organization=buyer).amount_minor == 120_050


def test_sending_the_same_form_twice_acts_once(finance):
    buyer = cast.organization("Buyer")
    form = deposit(buyer)

    first = finance.post(reverse("portal:deposits"), form)
    second = finance.post(reverse("portal:deposits"), form)

    assert (first.status_code, second.status_code) == (302, 302)
    assert second["Location"] == first["Location"]
    assert Deposit.objects.count() == 1


def test_a_form_changed_after_the_back_button_is_a_new_one(finance):
    buyer = cast.organization("Buyer")
    form = deposit(buyer)
    finance.post(reverse("portal:deposits"), form)

    response = finance.post(reverse("portal:deposits"), form | {"reference": "BANK-2"})

    assert response.status_code == 302
    assert Deposit.objects.count() == 2


def test_a_refusal_stands_beside_its_input_in_the_readers_language(finance):
    buyer = cast.organization("Buyer")
    finance.post(reverse("portal:deposits"), deposit(buyer))

    reused = deposit(buyer, amount_minor="7.00")
    chinese = finance.post(reverse("portal:deposits"), reused, headers={"Accept-Language": "zh"})
    english = finance.post(reverse("portal:deposits"), reused, headers={"Accept-Language": "en"})

    assert (chinese.status_code, english.status_code) == (422, 422)
    assert chinese.context["form"].errors["reference"] == ["该凭证号已用于其他金额或主体。"]
    assert "another amount or party" in english.context["form"].errors["reference"][0]
    assert Deposit.objects.count() == 1


@pytest.mark.parametrize("amount", ["NaN", "1e9", "-5", "0", "1.234", "１２", "99999999999999999"])
def test_what_is_no_amount_books_nothing(finance, amount):
    buyer = cast.organization("Buyer")

    response = finance.post(reverse("portal:deposits"), deposit(buyer, amount_minor=amount))

    assert response.status_code == 422
    assert "amount_minor" in response.context["form"].errors
    assert Deposit.objects.count() == 0


def test_an_api_key_is_made_once_and_its_secret_shown_once():
    person = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    form = {"key": str(uuid4()), "name": "robot", "days": "30", "scopes": ["orders:read"]}

    first = person.post(reverse("portal:developers"), form)
    second = person.post(reverse("portal:developers"), form)

    assert first.context["issued"].secret in first.content.decode()
    assert second.status_code == 302
    assert ApiKey.objects.count() == 1


# --- Orders ------------------------------------------------------------------------------------
@pytest.fixture
def buyer():
    return cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))


@pytest.fixture
def listing() -> Listing:
    return supply.listed()


def wish(**changes) -> dict:
    starts_at = f"{timezone.now() + timedelta(days=30):%Y-%m-%dT10:00:00}"
    values = {"key": str(uuid4()), "units": "2", "starts_at": starts_at, "length": "1"}
    return values | {"length_unit": "hour", "action": "quote"} | changes


def test_the_first_sending_shows_the_quote_and_orders_nothing(buyer, listing):
    response = buyer.post(reverse("portal:order-place", args=[listing.pk]), wish())

    assert response.status_code == 200
    assert response.context["quote"].gross_minor > 0
    assert Order.objects.count() == 0


def test_the_order_names_the_quote_that_was_seen(buyer, listing):
    address = reverse("portal:order-place", args=[listing.pk])
    quote = buyer.post(address, wish()).context["quote"]

    response = buyer.post(address, wish(action="order", quote_id=str(quote.pk)))

    order = Order.objects.get()
    assert response["Location"] == reverse("portal:order", args=[order.pk])
    assert (order.quote_id, order.gross_minor) == (quote.pk, quote.gross_minor)


def test_a_quote_for_something_else_is_refused_and_a_new_one_shown(buyer, listing):
    address = reverse("portal:order-place", args=[listing.pk])
    quote = buyer.post(address, wish()).context["quote"]

    response = buyer.post(address, wish(action="order", quote_id=str(quote.pk), units="3"))

    assert response.status_code == 422
    assert response.context["quote"].pk != quote.pk
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("units", "NaN"),
        ("units", "-1"),
        ("units", "0"),
        ("units", "0.0001"),
        ("starts_at", "2051-05-05T10:00:00"),
        ("starts_at", "2001-01-01T00:00:00"),
        ("starts_at", "soon"),
        ("length", "0"),
        ("length", "366000000"),
        ("length_unit", "fortnight"),
    ],
)
def test_what_makes_no_order_is_said_beside_its_input(buyer, listing, field, value):
    response = buyer.post(reverse("portal:order-place", args=[listing.pk]), wish(**{field: value}))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Order.objects.count() == 0


def test_more_than_the_listing_has_is_refused_beside_the_amount(buyer, listing):
    response = buyer.post(reverse("portal:order-place", args=[listing.pk]), wish(units="999999"))

    assert response.status_code == 422
    assert "units" in response.context["form"].errors
