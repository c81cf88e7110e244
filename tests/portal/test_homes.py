"""Each role lands on a home: what waits, sorted by what waiting costs, each from real rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import translation

from common import tenancy
from identity import services as identity
from identity.contracts import Actor, CertificateKind, Role
from identity.webhooks import services as webhooks
from identity.webhooks.contracts import Wish
from identity.webhooks.models import Endpoint
from marketplace.orders.models import Order
from marketplace.portal import reviews
from marketplace.portal.homes.page import HOMES, HomePage, home_of
from marketplace.portal.homes.parts import Todo, WaitingCost
from marketplace.settlement import selectors as settlement
from marketplace.settlement.services.opening import open_contracts
from marketplace.vouchers import services as vouchers
from tests import cast, factories
from tests.catalog.supply import listed
from tests.orders import cast as orders

pytestmark = pytest.mark.django_db
NOW = cast.NOW
SOON = NOW + timedelta(minutes=5)


def home(owner, *roles: Role, now: datetime = SOON, wanted: str = "") -> HomePage:
    person = cast.member(owner, *roles)
    actor = Actor(owner.pk, frozenset(roles), person.pk)
    tenant = tenancy.PLATFORM if actor.spans_tenants else owner.pk
    with tenancy.acting_as(tenant), translation.override("en"):
        return home_of(actor, now, wanted=wanted)


def titles(found: HomePage) -> list[str]:
    return [todo.title for todo in found.todos]


# --- The page ------------------------------------------------------------------------------
@pytest.mark.parametrize("role", list(HOMES), ids=str)
def test_each_role_lands_on_its_home(role):
    browser = cast.signed_in(cast.member(cast.organization("Acme"), role))

    answer = browser.get("/", follow=True, headers={"Accept-Language": "en"})

    assert answer.redirect_chain == [("/home/", 302)]
    assert answer.status_code == 200
    assert "cm-band" in answer.text


def test_a_member_of_several_roles_has_all_to_dos_and_chooses_the_figures():
    acme = orders.buyer("0")
    place_refused(acme)

    found = home(acme, Role.BUYER, Role.PROVIDER, wanted="provider")

    assert [role.value for role in found.roles] == ["BUYER", "PROVIDER"]
    assert found.role == Role.PROVIDER
    assert found.face.band[0].label == "Owed to you in cash"
    assert any("was refused" in title for title in titles(found))


def test_an_unknown_role_in_the_address_shows_the_first_one():
    assert home(cast.organization("Acme"), Role.BUYER, wanted="king").role == Role.BUYER


def test_somebody_whose_roles_wait_for_a_second_factor_sees_no_figures():
    desk = cast.member(cast.organization("Audit"), Role.AUDITOR, second_factor=False)

    page = cast.signed_in(desk).get(reverse("portal:own-home"))

    assert page.status_code == 200
    assert "cm-band" not in page.text


def test_to_dos_are_sorted_by_what_waiting_costs_and_then_by_the_day():
    def todo(cost: WaitingCost, days: int | None) -> Todo:
        due = None if days is None else NOW + timedelta(days=days)
        return Todo(cost=cost, icon="x", title=str(days), means="", act="", address="", due_at=due)

    mixed = [
        todo(WaitingCost.GOOD_TO_DO, 1),
        todo(WaitingCost.WILL_LOSE, None),
        todo(WaitingCost.WILL_LOSE, 9),
        todo(WaitingCost.WILL_LOSE, 3),
        todo(WaitingCost.LOSING, 30),
    ]

    assert [each.title for each in sorted(mixed, key=lambda each: each.order)] == [
        "30", "3", "9", "None", "1",
    ]  # fmt: skip


def test_more_to_dos_than_fit_are_counted():
    acme = orders.buyer("0")
    for place in range(3):
        webhook(acme, f"https://r{place}.invalid/hook")
        api_key(acme, f"key {place}", NOW + timedelta(days=3))
        factories.MeterFactory(provider=acme, name=f"meter {place}")
    with tenancy.acting_as_platform():
        Endpoint.objects.filter(organization=acme.pk).update(
            state="DISABLED", disabled_at=NOW, disabled_for="FAILING"
        )

    found = home(acme, Role.BUYER, Role.PROVIDER)

    assert (len(found.todos), found.more) == (8, 1)


# --- Buyers --------------------------------------------------------------------------------
def place_refused(owner) -> Order:
    listing = listed()
    order = orders.place(owner, orders.wish(listing))
    orders.clear(listing)
    return orders.seen(order)


def test_a_certificate_ends_by_the_day_of_the_market():
    acme, bureau = orders.buyer("0"), cast.organization("Bureau")
    late = datetime(2026, 11, 20, 17, tzinfo=UTC)  # The 21st where the market is.
    for number, end in {"over": date(2026, 11, 21), "ends": date(2026, 12, 21)}.items():
        with tenancy.acting_as_platform():
            identity.issue_sme_certificate(
                organization_id=acme.pk,
                issued_by=bureau.pk,
                issued_by_person=cast.member(bureau, Role.ISSUER).pk,
                kind=CertificateKind.SME,
                number=number,
                valid_from=date(2026, 1, 1),
                valid_to=end,
                figures=identity.CertificateFigures(staff_count=0, revenue_minor=0, assets_minor=0),
            )

    told = titles(home(acme, Role.BUYER, now=late))

    assert [title for title in told if "SME" in title] == ["Renew the SME certificate ends"]


def test_a_refused_order_waits_with_its_reason_until_something_else_is_ordered():
    haichao = orders.buyer("0")
    refused = place_refused(haichao)

    before = home(haichao, Role.BUYER)

    [todo] = [each for each in before.todos if refused.number in each.title]
    assert todo.means == "The prepaid balance did not cover the cash part."
    assert todo.cost == WaitingCost.OTHERS_WAIT

    with tenancy.acting_as_platform():
        listing = Order.objects.get(pk=refused.pk).wanted_listing
    orders.place(haichao, orders.wish(listing), at=SOON)

    assert not any(refused.number in title for title in titles(home(haichao, Role.BUYER)))


def test_a_refusal_of_last_month_waits_no_more():
    haichao = orders.buyer("0")
    place_refused(haichao)

    late = home(haichao, Role.BUYER, now=NOW + timedelta(days=8))

    assert titles(late) == []


def test_who_ordered_more_than_they_have_is_told_before_the_round():
    haichao = orders.buyer("5")
    orders.place(haichao, orders.wish(listed(), cards="2"))

    found = home(haichao, Role.BUYER)

    assert found.todos[0].title == "Pay in ¥15.16 for what is ordered"
    assert found.todos[0].cost == WaitingCost.LOSING


def test_a_voucher_about_to_expire_waits_first_with_its_programme():
    haichao = orders.buyer("100")
    orders.voucher(haichao, "50", orders.programme(validity_days=20))

    found = home(haichao, Role.BUYER)

    [todo] = [each for each in found.todos if each.is_voucher]
    assert todo.title == "Use ¥50.00 of vouchers"
    assert todo.due_at is not None
    assert "vouchers=1" in todo.address


def test_a_voucher_of_next_year_does_not_wait():
    haichao = orders.buyer("100")
    orders.voucher(haichao, "50", orders.programme(validity_days=300))

    assert [each for each in home(haichao, Role.BUYER).todos if each.is_voucher] == []


def test_the_band_says_what_there_is_and_what_is_held():
    haichao, listing = orders.buyer("100"), listed()
    orders.place(haichao, orders.wish(listing))
    orders.clear(listing)

    band = home(haichao, Role.BUYER).face.band

    assert (band[0].value, band[0].note) == ("¥89.92", "¥10.08 held for orders")


def test_nothing_of_another_buyer_is_on_a_home():
    haichao, other = orders.buyer("0"), orders.buyer("100")
    place_refused(haichao)

    found = home(other, Role.BUYER)

    assert titles(found) == []
    assert found.face.charts[0].plot is None


# --- First steps ---------------------------------------------------------------------------
def test_a_new_buyer_sees_first_steps_and_a_buyer_with_an_order_does_not():
    haichao, listing = orders.buyer("0"), listed()

    new = home(haichao, Role.BUYER).face
    assert [step.is_done for step in new.steps] == [False, False, False]

    orders.deposit(haichao, "100")
    assert [step.is_done for step in home(haichao, Role.BUYER).face.steps] == [True, False, False]

    orders.place(haichao, orders.wish(listing))
    assert home(haichao, Role.BUYER).face.steps_left == 0


def test_a_new_provider_sees_first_steps_that_are_ticked_off():
    acme = cast.organization("Provider")
    assert [step.is_done for step in home(acme, Role.PROVIDER).face.steps] == [False] * 4

    cast.resource(acme)

    assert [step.is_done for step in home(acme, Role.PROVIDER).face.steps] == [
        True, False, False, False,
    ]  # fmt: skip


def test_the_steps_of_the_page_go_when_they_are_done():
    browser = cast.signed_in(cast.member(cast.organization("Acme"), Role.BUYER))

    page = browser.get(reverse("portal:own-home"), headers={"Accept-Language": "en"}).text

    assert "First steps" in page
    assert "3 steps left" in page


# --- Providers -----------------------------------------------------------------------------
def test_a_provider_has_machines_ready_for_what_starts_soon():
    haichao, listing = orders.buyer("100"), listed()
    orders.place(haichao, orders.wish(listing))
    orders.clear(listing)

    with tenancy.acting_as_platform():
        provider = listing.provider
    found = home(provider, Role.PROVIDER)

    [todo] = [each for each in found.todos if each.title.startswith("Have ")]
    assert todo.due_at == orders.START
    assert todo.cost == WaitingCost.WILL_LOSE


def test_a_meter_that_was_never_heard_of_waits():
    meter = factories.MeterFactory()
    with tenancy.acting_as_platform():
        provider = meter.provider

    found = home(provider, Role.PROVIDER)

    assert titles(found) == ["See to the meter main of H100 ×8: Silent"]
    assert found.todos[0].cost == WaitingCost.LOSING


# --- Issuers -------------------------------------------------------------------------------
def apply(programme, holder, amount: int = 5000) -> None:
    vouchers.apply(
        programme_id=programme.pk,
        applicant_id=holder.pk,
        applied_by_id=cast.member(holder, Role.BUYER).pk,
        amount_minor=amount,
        purpose="",
        now=NOW,
    )


@pytest.mark.parametrize(("days", "cost"), [(1, WaitingCost.OTHERS_WAIT), (9, WaitingCost.LOSING)])
def test_applications_wait_for_their_issuer_and_cost_more_when_they_are_late(days, cost):
    programme = orders.programme()
    with tenancy.acting_as_platform():
        issuer = programme.issuer
        apply(programme, orders.buyer())
        apply(programme, orders.buyer())

    found = home(issuer, Role.ISSUER, now=NOW + timedelta(days=days))

    assert found.todos[0].title == "Decide 2 applications"
    assert found.todos[0].cost == cost
    assert home(cast.organization("Other issuer"), Role.ISSUER).todos == []


def test_a_programme_that_is_nearly_empty_asks_for_money():
    programme = orders.programme("100")
    orders.voucher(orders.buyer(), "95", programme)
    with tenancy.acting_as_platform():
        issuer = programme.issuer

    found = home(issuer, Role.ISSUER)

    assert any(title.startswith("Fund ") for title in titles(found))
    assert found.face.band[0].value == "¥5.00"


# --- Whoever watches -----------------------------------------------------------------------
def test_work_that_was_set_aside_waits_for_an_operator_kind_by_kind():
    order = orders.place(orders.buyer("100"), orders.wish(listed()))
    with tenancy.acting_as_platform():
        Order.objects.filter(pk=order.pk).update(
            review_code="worker_died", review_detail="x", review_since=NOW
        )

    found = home(cast.organization("Operator"), Role.OPERATOR)

    assert found.todos[0].title == "Look into 1 that was set aside: Order"
    assert found.todos[0].since == NOW


def test_what_is_set_aside_is_counted_by_one_statement(django_assert_num_queries):
    with tenancy.acting_as_platform(), django_assert_num_queries(1):
        assert reviews.counts() == []


def test_a_balance_that_is_none_is_said_first_to_finance():
    orders.deposit(orders.buyer(), "100")

    found = home(cast.organization("Desk"), Role.FINANCE)

    assert found.face.band[0].value == "¥100.00"
    assert not any("balance" in title for title in titles(found))


# --- Everybody -----------------------------------------------------------------------------
def api_key(owner, name: str, expires_at: datetime) -> None:
    with tenancy.acting_as_platform():
        identity.create_api_key(
            organization_id=owner.pk,
            created_by=cast.member(owner, Role.BUYER).pk,
            name=name,
            roles=[Role.BUYER],
            scopes=["orders:read"],
            expires_at=expires_at,
            now=NOW,
        )


def webhook(owner, url: str) -> Endpoint:
    with tenancy.acting_as_platform():
        made = webhooks.create_endpoint(
            organization_id=owner.pk,
            person_id=cast.member(owner, Role.BUYER).pk,
            wish=Wish(url, "warehouse", ("orders",)),
            now=NOW,
        )
    return made.endpoint


def test_a_key_that_ends_soon_is_replaced_and_a_later_one_is_not():
    acme = orders.buyer("1")
    api_key(acme, "nightly", NOW + timedelta(days=3))
    api_key(acme, "yearly", NOW + timedelta(days=300))

    assert titles(home(acme, Role.BUYER)) == ["Replace the API key “nightly”"]


# --- Figures -------------------------------------------------------------------------------
def test_what_happens_to_one_thing_again_is_one_line():
    haichao, listing = orders.buyer("100"), listed()
    order = orders.place(haichao, orders.wish(listing))
    orders.clear(listing)

    told = [line.text for line in home(haichao, Role.BUYER).events]

    assert f"Order cleared {order.number}" in told
    assert len(told) == len(set(told))


def test_what_runs_is_drawn_as_a_part_of_the_time():
    haichao, listing = orders.buyer("100"), listed()
    orders.place(haichao, orders.wish(listing))
    orders.clear(listing)
    with tenancy.acting_as_platform():
        open_contracts(now=orders.START, limit=10)

    face = home(haichao, Role.BUYER, now=orders.START + timedelta(minutes=30)).face
    [span] = face.charts[1].spans

    assert Decimal(0) < Decimal(span.done) < Decimal(span.width)
    assert Decimal(span.x) + Decimal(span.width) <= 100
    assert face.band[1].address == "/orders/?state=CLEARED"  # It has no delivery: by the clock.


def test_charges_by_day_of_nobody_are_none():
    with tenancy.acting_as_platform():
        assert settlement.charges_by_day(since=NOW, buyer_id=UUID(int=1)) == []
