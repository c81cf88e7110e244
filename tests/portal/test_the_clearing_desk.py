"""The clearing desk: how books stand, and the ways to halts, collars and rates."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from identity.approvals.models import Proposal
from identity.contracts import Role
from marketplace.orders.models import Order, OrderRate
from tests import cast
from tests.catalog import supply
from tests.orders.cast import HOUR, buyer, clear, place, wish

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def listing():
    return supply.listed()


@pytest.fixture
def office():
    return cast.organization("Office")


@pytest.fixture
def operator(office):
    return cast.signed_in(cast.member(office, Role.OPERATOR))


def send(browser, address, **values):
    sent = {"key": str(uuid4()), **values}
    return browser.post(address, sent, headers=ENGLISH, follow=True)


def collar_page(listing):
    return reverse("portal:book-collar", args=[listing.resource_class, listing.hub])


def test_the_desk_tells_what_waits_what_cleared_and_where_to_act(listing, operator):
    now = timezone.now().replace(microsecond=0)
    place(buyer("10000"), wish(listing, start=now + HOUR), at=now)
    clear(listing, now)
    place(buyer("10000"), wish(listing, start=now + HOUR), at=now)

    shown = operator.get(reverse("portal:clearing-desk"), headers=ENGLISH).text

    assert "1 cleared, 0 rejected" in shown
    assert "within 3 seconds" in shown
    assert "Every book trades" in shown
    assert collar_page(listing) in shown


def test_an_auditor_reads_the_desk_and_changes_nothing(listing, office):
    auditor = cast.signed_in(cast.member(office, Role.AUDITOR))

    assert auditor.get(reverse("portal:clearing-desk")).status_code == 200
    assert "Propose the collar" not in auditor.get(collar_page(listing), headers=ENGLISH).text
    refused = send(auditor, collar_page(listing), reference="3", below="1", above="1", reason="x")
    assert refused.status_code == 403
    rates = send(auditor, reverse("portal:order-rates"), organization="x")
    assert (rates.status_code, OrderRate.objects.count()) == (200, 0)


def test_a_collar_is_proposed_and_what_is_wrong_is_said_beside_its_field(listing, operator):
    wrong = send(operator, collar_page(listing), reference="3", below="", above="0.5", reason="x")
    said = send(
        operator, collar_page(listing), reference="3.18", below="20", above="30", reason="spikes"
    )

    assert (wrong.status_code, "Say how wide the band is." in wrong.text) == (422, True)
    assert "waits until another operator approves" in said.text
    content = Proposal.objects.get().content
    assert (content["reference"], content["below_bp"]) == ("3.180000", 2_000)


def test_a_rate_of_one_organisation_is_set_once_and_read(operator):
    owner = buyer()
    values = {"organization": owner.uscc, "placed_per_minute": "9", "reason": "too many"}

    wrong = send(operator, reverse("portal:order-rates"), **values, cancelled_per_minute="0")
    said = send(operator, reverse("portal:order-rates"), **values, cancelled_per_minute="3")

    assert wrong.status_code == 422
    assert "The rate is set" in said.text
    assert "too many" in said.text
    assert OrderRate.objects.get().placed_per_minute == 9


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_unusually_large_order_is_typed_again_before_it_counts(listing, settings, language):
    settings.ORDERS_REPEAT_FROM_MINOR = 1_00
    owner = buyer("10000")
    browser = cast.signed_in(cast.member(owner, Role.BUYER))
    address = reverse("portal:order-place", args=[listing.pk])
    headers = {"Accept-Language": language}
    form = browser.get(address, headers=headers).context["form"]
    typed = {name: form[name].value() for name in ("starts_at", "length", "length_unit", "key")}
    typed["units"] = "2"
    quoted = browser.post(address, typed | {"action": "quote"}, headers=headers)
    phrase, quote = quoted.context["to_repeat"], quoted.context["quote"]
    typed |= {"quote_id": str(quote.pk), "action": "order"}

    refused = browser.post(address, typed | {"repeat": phrase.replace("2", "3")}, headers=headers)
    placed = browser.post(address, typed | {"repeat": phrase.replace(" ", "  ")}, headers=headers)

    assert phrase.endswith(f"{Decimal(quote.gross_minor) / 100:,.2f}")
    assert (refused.status_code, phrase in refused.text) == (422, True)
    assert placed.status_code == 302
    assert Order.objects.get().units_milli == 2_000
