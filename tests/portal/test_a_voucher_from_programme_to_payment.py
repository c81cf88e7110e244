"""A voucher in the browser, in each role: found, applied for, decided, spent, claimed, paid."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from common import tenancy
from identity.contracts import Role
from marketplace.claims.contracts import ClaimState
from marketplace.claims.models import VoucherClaim
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.vouchers import services as vouchers
from marketplace.vouchers.models import Application
from tests.cast import member
from tests.portal.test_a_buyer_orders import ENGLISH, quoted, use_and_settle, work
from tests.portal.visitor import demo, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CODE = "CD2025"
SECOND = "issuer2@demo.example"


@pytest.fixture
def at(site, chromium):
    """Return a function that lets a person do something on the pages, without a complaint."""

    def act(email: str, *steps):
        with visit(chromium, site, email=email, look=ENGLISH) as visitor:
            for path, step in steps:
                visitor.open(path)
                step(visitor.page)
                assert visitor.overflow() <= 0, path
            assert visitor.complaints == []

    return act


def shows(*texts: str):
    def step(page: Page) -> None:
        for text in texts:
            expect(page.locator("main")).to_contain_text(text)

    return step


def apply(page: Page) -> None:
    page.locator("[name=amount_minor]").fill("300")
    page.locator("[name=purpose]").fill("Training of a model")
    choose(page, "use", "TRAINING")
    choose(page, "has_other_support", "no")
    page.locator("[name=consent]").check()
    page.get_by_role("button", name="Send the application").click()
    page.wait_for_url(lambda address: "/apply/" not in address)


def choose(page: Page, name: str, value: str) -> None:
    field = page.locator(f"select[name={name}]")
    if field.count():
        field.select_option(value)
    else:
        page.locator(f"[name={name}][value={value}]").check()


def approve(page: Page) -> None:
    choose(page, "decision", "APPROVE")
    page.get_by_role("button", name="Record the decision").click()
    expect(page.locator("body")).to_contain_text("is decided")


def issue(page: Page) -> None:
    page.get_by_role("button", name="Issue the voucher").click()
    expect(page.locator("body")).to_contain_text("is decided")


def order_eight_cards(page: Page) -> None:
    page.get_by_role("checkbox", name="NVIDIA H100 SXM").check()
    page.wait_for_url("**chip=NVIDIA**")
    page.get_by_role("link", name="Order L-").first.click()
    page.get_by_label("How much").fill("8")
    page.get_by_label("For").fill("60")
    page.get_by_label("Unit of time").select_option("minute")
    quoted(page, units="8", length="60", length_unit="minute")
    expect(page.locator("#quote")).to_contain_text("Voucher covers")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/*/")


def claim(page: Page) -> None:
    page.locator("select[name=programme_id]").select_option(label=programme_of(page))
    in_two_steps(page)


def programme_of(page: Page) -> str:
    options = page.locator("select[name=programme_id] option").all_inner_texts()
    return next(each for each in options if CODE in each or "Chengdu" in each)


def in_two_steps(page: Page) -> None:
    """Send a form that first shows what it will do, and then does it."""
    for _step in range(2):
        before = page.url
        page.locator("main form button.cm-btn--primary").last.click()
        page.wait_for_load_state("networkidle")
        if page.url != before:
            return


def hand_over(page: Page) -> None:
    page.locator("[name=batch]").fill("B-77")
    in_two_steps(page)


def pay(page: Page) -> None:
    page.locator("[name=payment_reference]").fill("PAY-77")
    in_two_steps(page)


def latest(model):
    with tenancy.acting_as_platform():
        return model.objects.order_by("id").last()


def test_a_voucher_goes_from_its_programme_to_the_payment_of_its_claim(at):
    at("", ("/programmes/eligible/", shows("Chengdu")))
    at(
        demo("buyer"),
        ("/vouchers/programmes/", shows("Chengdu")),
        (f"/vouchers/apply/{CODE}/", apply),
    )
    application = latest(Application)

    officer_page = f"/programmes/applications/{application.pk}/"
    at(demo("issuer"), ("/programmes/", shows(application.number)), (officer_page, approve))
    at(SECOND, (officer_page, approve))
    application = latest(Application)
    if application.state == "PUBLISHED":
        at("", ("/programmes/publicity/", shows(application.number)))
        work(vouchers.close_publicity, now=application.publicity_until)
    at(demo("issuer"), (officer_page, issue))
    with tenancy.acting_as_platform():
        number = Application.objects.get(pk=application.pk).voucher.number
    at(
        demo("buyer"),
        ("/vouchers/", shows(number)),
        ("/market/?resource_class=AI", order_eight_cards),
    )

    order = latest(Order)
    work(orders.clear_book, book_id=order.book_id, now=timezone.now())
    with tenancy.acting_as_platform():
        order = Order.objects.select_related("listing").get(pk=order.pk)
    assert order.voucher_minor > 0
    use_and_settle(order)

    provider = member(order.listing.provider, Role.PROVIDER).email
    at(provider, ("/claims/new/", claim))
    claimed = latest(VoucherClaim)
    page = f"/claims/{claimed.pk}/"
    at(demo("issuer"), ("/claims/", shows(claimed.number)), (f"{page}check/", in_two_steps))
    at(demo("issuer"), ("/claims/batches/new/", hand_over))
    at(SECOND, ("/claims/payments/", shows(claimed.number)), (f"{page}paid/", pay))
    at(provider, (page, shows("Paid", "PAY-77")))
    assert latest(VoucherClaim).state == ClaimState.PAID
