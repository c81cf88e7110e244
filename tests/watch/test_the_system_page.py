"""An operator sees every part, what is due and what was set aside, and acts on it."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from common import reviews as columns
from common import tenancy
from config.pulse import clocks, rings, tasks
from identity.contracts import Role
from identity.events import services as events
from ledger import selectors as ledger
from marketplace import accounts
from marketplace.audit.contracts import ExportFormat, ExportKind, ExportState
from marketplace.audit.models import Export
from marketplace.catalog import services as catalog
from marketplace.catalog.contracts import ListingState
from marketplace.catalog.models import Allocation, Listing
from marketplace.orders.contracts import OrderState
from marketplace.orders.models import Order
from marketplace.portal import reviews
from marketplace.settlement import services as settlement
from marketplace.settlement.models import Contract, UnopenedOrder
from marketplace.settlement.services import opening
from marketplace.vouchers.models import Voucher
from metering.models import Window, WindowDecision
from tests import cast
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, cash, clear, place, programme, seen, voucher, wish
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
PAGE = "/oversight/system/"
ENGLISH = {"Accept-Language": "en"}
LATER = NOW + timedelta(days=2)


@pytest.fixture
def desk():
    return cast.organization("Platform")


@pytest.fixture
def operator(desk):
    return cast.signed_in(cast.member(desk, Role.OPERATOR))


def look(browser) -> str:
    response = browser.get(PAGE, headers=ENGLISH)
    assert response.status_code == 200
    return response.text


def aside(model, pk, code="clearing_failed") -> None:
    with tenancy.acting_as_platform():
        model.objects.filter(pk=pk).update(**columns.set_aside(code, "KeyError: 'unit'", at=NOW))


def close(browser, kind: str, pk, reason="It was mistyped by a migration."):
    typed = {"key": str(uuid4()), "reason": reason}
    return browser.post(f"{PAGE}{kind}/{pk}/close/", typed, headers=ENGLISH, follow=True)


def retry(browser, kind: str, pk):
    return browser.post(f"{PAGE}{kind}/{pk}/retry/", headers=ENGLISH, follow=True)


# --- Parts ---------------------------------------------------------------------------------
def test_every_part_is_told_in_words_with_its_last_sign_of_life(operator):
    for service in ("beat", "worker", "web"):
        clocks.leave_mark(service)
    for sender, queue in rings.EXPECTED:
        tasks.hear(sender=sender, queue=queue)

    page = look(operator)

    for words in ("Answers", "Works", "Rings for what is due", "Seals what is posted",
                  "Rings arrive", "Has room", "Agree", "every part is well", " ago"):  # fmt: skip
        assert words in page, words


def test_a_silent_worker_is_said_in_words(operator):
    page = look(operator)

    assert "Gives no sign of life" in page
    assert "Needs a look" in page


def test_due_work_says_how_old_it_is(operator):
    place(buyer("100"), wish(listed()))

    page = look(operator)

    assert "Orders to clear" in page
    assert "marketplace.orders.tasks.ring_overdue_books" in page


@pytest.mark.parametrize("role", [Role.BUYER, Role.PROVIDER, Role.AUDITOR, Role.FINANCE])
def test_nobody_else_sees_it(desk, role):
    browser = cast.signed_in(cast.member(desk, role))

    assert browser.get(PAGE).status_code == 403
    for act in ("retry", "close"):
        assert browser.post(f"{PAGE}order/{uuid4()}/{act}/").status_code == 403


def test_without_anything_set_aside_the_page_says_so(operator):
    assert "Nothing was set aside" in look(operator)


# --- Set aside: orders ---------------------------------------------------------------------
def test_an_order_is_tried_again_from_the_page(operator):
    order = place(buyer("100"), wish(listed()))
    aside(Order, order.pk)
    assert order.number in look(operator)
    assert "KeyError: &#x27;unit&#x27;" in look(operator)

    page = retry(operator, "order", order.pk)

    assert f"{order.number} is tried again." in page.text
    assert "Nothing was set aside" in page.text
    assert clear(order.wanted_listing).cleared == 1
    assert "somebody was faster" in retry(operator, "order", order.pk).text


def test_an_order_is_closed_with_a_reason_and_nothing_was_paid(operator, desk):
    owner = buyer("100")
    order = place(owner, wish(listed()))
    aside(Order, order.pk)
    shown = operator.get(f"{PAGE}order/{order.pk}/close/", headers=ENGLISH).text
    assert "It was not cleared, so it holds no money." in shown

    page = close(operator, "order", order.pk)

    assert f"{order.number} is closed." in page.text
    now = seen(order)
    assert (now.state, now.refusal_code, now.review_code) == (
        OrderState.REJECTED, "closed_in_review", "",
    )  # fmt: skip
    assert cash(owner)[:2] == (10_000, 10_000)
    with tenancy.acting_as_platform():
        told = events.of_objects("order", [order.pk])[order.pk][-1]
    assert (told.name, told.facts["code"]) == ("orders.order.refused", "closed_in_review")
    assert told.facts["reason"] == "It was mistyped by a migration."
    assert clear(order.wanted_listing).cleared == 0
    reader = cast.signed_in(cast.member(owner, Role.BUYER))
    told = reader.get(reverse("portal:order", args=[order.pk]), headers=ENGLISH).text
    assert "the market&#x27;s operator closed it. Nothing was paid." in told


def test_a_reason_is_needed_and_has_a_length(operator):
    order = place(buyer("100"), wish(listed()))
    aside(Order, order.pk)

    for reason in ("", "  ", "x" * 301):
        assert close(operator, "order", order.pk, reason=reason).status_code == 422

    assert seen(order).needs_review


def test_what_does_not_wait_is_not_found(operator):
    order = place(buyer("100"), wish(listed()))

    for kind, name in [("order", order.pk), ("order", uuid4()), ("nonsense", "1"), ("window", "x")]:
        assert close(operator, kind, name).status_code == 404
    assert seen(order).state == OrderState.PLACED


# --- Set aside: the other kinds ------------------------------------------------------------
def test_a_listing_is_closed_for_good_and_what_was_sold_stays_sold(operator):
    lot = listed()
    order = place(buyer("100"), wish(lot))
    clear(lot)
    with tenancy.acting_as_platform():
        catalog.set_listings_aside(
            listing_ids=[lot.pk], code="clearing_failed", detail="odd", now=NOW
        )

    close(operator, "listing", lot.pk)

    with tenancy.acting_as_platform():
        now = Listing.objects.get(pk=lot.pk)
        assert Allocation.objects.filter(order_id=order.pk).exists()
    assert (now.state, now.needs_review) == (ListingState.CLOSED, False)
    assert seen(order).state == OrderState.CLEARED


def test_a_contract_is_never_closed_and_its_money_stays_where_it_is(operator):
    market = Market()
    order = market.order(hours=1)
    settlement.open_contracts(now=LATER)
    contract = market.contract(order)
    aside(Contract, contract.pk, code="not_charged")
    shown = operator.get(f"{PAGE}contract/{contract.pk}/close/", headers=ENGLISH).text
    assert "so it cannot be closed" in shown
    before = cash(order.buyer)

    page = close(operator, "contract", contract.pk)

    assert page.status_code == 422
    assert "It cannot be closed: mend what is wrong" in page.text
    assert cash(order.buyer) == before
    assert market.contract(order).needs_review


@pytest.fixture
def unopened(monkeypatch):
    """Return a market and an order of which no contract could be made."""
    market = Market()
    order = market.order(hours=1)

    def fail(*_args, **_facts):
        raise KeyError("rule")

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_contract", fail)
        settlement.open_contracts(now=LATER)
    return market, order


def test_an_order_without_contract_is_called_off_and_gets_everything_back(operator, unopened):
    _market, order = unopened

    page = close(operator, "unopened", order.pk)

    assert page.status_code == 200
    assert seen(order).state == OrderState.CANCELLED
    posted, available = cash(order.buyer)[:2]
    assert posted == available
    with tenancy.acting_as_platform():
        assert not UnopenedOrder.objects.exists()
    assert settlement.open_contracts(now=LATER) == 0


def test_one_that_was_used_is_not_called_off(operator, unopened):
    market, order = unopened
    market.use(order, "1")

    page = close(operator, "unopened", order.pk)

    assert page.status_code == 422
    assert "Use was measured for this order" in page.text
    assert seen(order).state == OrderState.CLEARED


def test_a_voucher_that_holds_money_is_not_closed_and_an_empty_one_is(operator):
    of = programme()
    full = voucher(buyer(), "10", of)
    aside(Voucher, full.pk, code="not_returned")

    refused = close(operator, "voucher", full.pk)

    assert refused.status_code == 422
    with tenancy.acting_as_platform():
        assert Voucher.objects.get(pk=full.pk).needs_review
        held = ledger.balances([accounts.voucher(full.pk)])[accounts.voucher(full.pk)]
    assert held.posted == 1_000


def test_a_window_is_measured_again_or_discarded(operator):
    market = Market()
    order = market.order(hours=1)
    market.use(order, "1")
    with tenancy.acting_as_platform():
        window = Window.objects.get()
        Window.objects.filter(pk=window.pk).update(
            state="SET_ASIDE", set_aside_reason="not_measurable", closed_at=NOW
        )
    assert "not_measurable" in look(operator)

    retry(operator, "window", window.pk)
    with tenancy.acting_as_platform():
        assert Window.objects.get().state == "OPEN"
        Window.objects.filter(pk=window.pk).update(
            state="SET_ASIDE", set_aside_reason="not_measurable", closed_at=NOW
        )

    assert close(operator, "window", window.pk).status_code == 200
    with tenancy.acting_as_platform():
        decision = WindowDecision.objects.get()
        assert Window.objects.get().state == "CLOSED"
    assert (decision.verdict, decision.reason) == ("DISCARD", "It was mistyped by a migration.")


@pytest.fixture
def export(desk, tmp_path, settings):
    settings.AUDIT_EXPORT_DIR = tmp_path
    requester = cast.member(desk, Role.AUDITOR)
    with tenancy.acting_as_platform():
        return Export.objects.create(
            organization=desk, requested_by=requester, kind=ExportKind.TRADES,
            file_format=ExportFormat.CSV, scope="PLATFORM", starts_at=NOW - timedelta(days=1),
            ends_at=NOW, queued_at=NOW,
        )  # fmt: skip


def test_an_export_that_fails_is_given_up_with_the_reason(operator, export):
    with tenancy.acting_as_platform():
        Export.objects.filter(pk=export.pk).update(
            state=ExportState.FAILED, finished_at=NOW, failure="given up after 3 tries"
        )

    close(operator, "export", export.pk)

    with tenancy.acting_as_platform():
        now = Export.objects.get(pk=export.pk)
    assert (now.state, now.failure) == (
        ExportState.CANCELLED,
        "It was mistyped by a migration.",
    )


# --- The command ---------------------------------------------------------------------------
def test_the_command_closes_with_a_name_and_a_reason(desk):
    person = cast.member(desk, Role.OPERATOR)
    order = place(buyer("100"), wish(listed()))
    aside(Order, order.pk)
    out = StringIO()

    for incomplete in (["--reason", "x"], ["--by", person.email], []):
        with pytest.raises(CommandError, match="needs a kind"):
            call_command("needs_review", "--close", "order", order.number, *incomplete)
    with pytest.raises(CommandError, match="is no operator"):
        call_command(
            "needs_review", "--close", "order", order.number, "--reason", "x", "--by", "a@b.cn"
        )
    call_command(
        "needs_review", "--close", "order", order.number, "--reason", "mistyped",
        "--by", person.email, stdout=out,
    )  # fmt: skip

    assert out.getvalue() == f"order {order.number} is closed\n"
    assert seen(order).state == OrderState.REJECTED


def test_each_kind_says_what_closing_means():
    assert {kind.name for kind in reviews.KINDS} >= {
        "order", "listing", "window", "contract", "unopened", "voucher", "export",
    }  # fmt: skip
    assert all(str(kind.means) and str(kind.label) for kind in reviews.KINDS)
