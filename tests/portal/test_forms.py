"""Forms act once, answer with a redirect, and say a refusal beside the input it is about."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from common import tenancy
from identity.api.scopes import known_scopes
from identity.contracts import CapacityUnit, Role
from identity.models import ApiKey
from marketplace import accounts
from marketplace.catalog.models import Listing
from marketplace.orders.models import Order
from marketplace.payments.models import Deposit
from marketplace.portal.scope_words import told_scope
from metering import selectors as metering
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
    values |= {"reference": "BANK-1"} | changes
    return {"step": "confirm", "confirmed_minor": values["amount_minor"]} | values


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


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("-5", "must be more than zero"),
        ("0", "must be more than zero"),
        ("12.345", "at most 2 decimals"),
        ("abc", "plain digits"),
    ],
)
def test_the_form_says_what_is_wrong_with_an_amount(finance, amount, told):
    buyer = cast.organization("Buyer")

    response = finance.post(
        reverse("portal:deposits"),
        deposit(buyer, amount_minor=amount),
        headers={"Accept-Language": "en"},
    )

    assert told in response.context["form"].errors["amount_minor"][0]


def test_a_repeated_deposit_is_said_to_be_booked_already_in_the_readers_language(finance):
    buyer = cast.organization("买方", name_en="Haichao")
    english = {"Accept-Language": "en"}

    first = finance.post(reverse("portal:deposits"), deposit(buyer), headers=english, follow=True)
    again = finance.post(reverse("portal:deposits"), deposit(buyer), headers=english, follow=True)

    assert [str(each) for each in first.context["messages"]] == [
        "The deposit of Haichao is booked."
    ]
    (told,) = again.context["messages"]
    assert "of Haichao was booked already on 20" in str(told)
    assert Deposit.objects.count() == 1


def test_an_api_key_offers_the_scopes_of_its_makers_roles():
    def offered(*roles: Role) -> set[str]:
        person = cast.signed_in(cast.member(cast.organization("Some"), *roles))
        form = person.get(reverse("portal:developers")).context["form"]
        return {scope for scope, _label in form.fields["scopes"].choices}

    buyer, provider = offered(Role.BUYER), offered(Role.PROVIDER)

    assert "orders:write" in buyer - provider
    assert "listings:write" in provider - buyer
    assert buyer | provider <= known_scopes()


def test_an_api_key_is_made_once_and_its_secret_shown_once():
    person = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))
    form = {"key": str(uuid4()), "name": "robot", "days": "30", "scopes": ["orders:read"]}

    first = person.post(reverse("portal:developers"), form)
    second = person.post(reverse("portal:developers"), form)

    assert first.context["issued"].secret in first.content.decode()
    assert f'data-copy="{ApiKey.objects.get().pk}"' in first.text  # the client_id of OAuth
    assert "grant_type=client_credentials" in first.text
    assert second.status_code == 302
    assert ApiKey.objects.count() == 1
    revoke = reverse("portal:api-key-revoke", args=[ApiKey.objects.get().pk])
    assert person.get(revoke).status_code == 200  # asked first
    assert ApiKey.objects.get().revoked_at is None
    assert person.post(revoke).status_code == 302
    assert ApiKey.objects.get().revoked_at


def test_every_scope_says_what_it_allows():
    assert {scope for scope in known_scopes() if told_scope(scope) == scope} == set()


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


def test_a_new_price_asks_to_be_confirmed(buyer, listing):
    address = reverse("portal:order-place", args=[listing.pk])
    note = "The price was worked out again"
    english = {"Accept-Language": "en", "HX-Request": "true"}

    first = buyer.post(address, wish(), headers=english)
    quote = first.context["quote"]
    again = buyer.post(address, wish(units="3", quote_id=str(quote.pk)), headers=english)

    assert note not in first.content.decode()
    assert note in again.content.decode()


def test_a_quote_for_something_else_is_not_ordered_at_and_a_new_one_is_shown(buyer, listing):
    address = reverse("portal:order-place", args=[listing.pk])
    quote = buyer.post(address, wish()).context["quote"]

    response = buyer.post(address, wish(action="order", quote_id=str(quote.pk), units="3"))

    assert response.status_code == 200
    assert response.context["is_again"]
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


# --- Listings ----------------------------------------------------------------------------------
def test_a_listing_is_measured_by_a_rule_that_fits_its_resource():
    provider = cast.organization("Provider")
    cards = cast.resource(provider)
    person = cast.signed_in(cast.member(provider, Role.PROVIDER))

    form = person.get(reverse("portal:listing-new")).context["form"]

    assert {rule.unit for rule in form.rules.values()} == {"card-second"}
    assert set(form.resources) == {cards.pk}


def test_a_rule_that_counts_something_else_is_refused_beside_the_rule():
    provider = cast.organization("Provider")
    cards = cast.resource(provider)
    specification, unit = {"vcpu": 64}, CapacityUnit.VCPU
    cast.resource(provider, specification=specification, capacity_unit=unit)
    person = cast.signed_in(cast.member(provider, Role.PROVIDER))
    rules = metering.rule_versions(at=timezone.now())
    wrong = next(rule for rule in rules if rule.fits("vcpu"))

    page = person.post(
        reverse("portal:listing-new"),
        {"key": str(uuid4()), "resource": str(cards.pk), "rule": str(wrong.id)},
        headers={"Accept-Language": "en"},
    )

    assert "This rule measures in vcpu-second" in page.context["form"].errors["rule"][0]


# --- The market's filters ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("price_min=cheap", "Write a price in plain digits"),
        ("price_max=-1", "Write a price in plain digits"),
        ("resource_class=QUANTUM", "Some filters of this address are not known"),
        ("level=9", "Some filters of this address are not known"),
    ],
)
def test_the_market_says_which_filters_it_left_out(buyer, listing, query, told):
    page = buyer.get(f"{reverse('portal:market')}?{query}", headers={"Accept-Language": "en"})

    assert page.status_code == 200
    assert told in page.content.decode()
    assert page.context["facets"].total == 1


def test_every_moment_that_is_typed_is_read_on_the_clock_of_the_market():
    """A field of Django alone reads it in UTC, eight hours off."""
    pages = Path(__file__).parents[2] / "marketplace" / "portal"
    plain = {
        str(each.relative_to(pages))
        for each in pages.rglob("*.py")
        if "forms.DateTimeField(" in (text := each.read_text(encoding="utf-8"))
        and "local_moment(" not in text
    }

    assert plain == set()
