"""The main job in the browser: search, quote, order, clear, watch, use, settle, export."""

import io
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from common import tenancy
from marketplace.audit import services as audit
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.settlement import services as settlement
from metering import selectors as metering_reads
from metering import services as metering
from metering.contracts import Reading
from tests.portal.visitor import Look, demo, visit

pytestmark = pytest.mark.browser
ENGLISH = Look("en", "light", 1440)


def work(step, **arguments):
    """Do what a worker does when its bell rings."""
    with tenancy.acting_as_platform():
        return step(**arguments)


def test_the_main_job_in_the_browser(chromium, site, tmp_path):
    with visit(chromium, site, email=demo("buyer"), look=ENGLISH) as visitor:
        page = visitor.page
        visitor.open("/market/?resource_class=AI")
        page.get_by_role("checkbox", name="NVIDIA H100 SXM").check()
        page.wait_for_url("**chip=NVIDIA**")
        expect(page.locator(".cm-chips")).to_contain_text("H100")
        page.get_by_role("link", name="Order L-").first.click()
        page.get_by_label("How much").fill("8")
        page.get_by_label("For").fill("60")
        page.get_by_label("Unit of time").select_option("minute")
        quoted(page, units="8", length="60", length_unit="minute")
        expect(page.locator("#quote")).to_contain_text("Voucher covers")

        page.get_by_role("button", name="Place the order").click()
        page.wait_for_url("**/orders/*/")
        expect(page.locator("main")).to_contain_text("It waits for the next round of its book")

        order = placed()
        work(orders.clear_book, book_id=order.book_id, now=timezone.now())
        page.get_by_text("Scheduled").first.wait_for()
        visitor.open(f"/orders/{order.pk}/?part=evidence")
        expect(page.locator("main")).to_contain_text("Clearing round B-")
        visitor.open(f"/orders/{order.pk}/?part=ledger")
        expect(page.locator("main")).to_contain_text("Balanced")

        use_and_settle(order)
        visitor.open(f"/orders/{order.pk}/")
        expect(page.locator(".cm-step.is-done")).to_have_count(7)
        expect(page.locator("main")).to_contain_text("Charges")
        assert visitor.complaints == []

    with visit(chromium, site, email=demo("auditor"), look=ENGLISH) as visitor:
        page = visitor.page
        visitor.open("/audit/exports/")
        page.get_by_label("To day").fill(f"{timezone.now() + timedelta(days=2):%Y-%m-%d}")
        page.get_by_role("button", name="Export in the background").click()
        page.get_by_text("is queued").wait_for()
        audit.build_next(clock=timezone.now)
        page.get_by_text("Ready ·").wait_for()
        with page.expect_download() as download:
            page.locator("a[href$='/file/']").first.click()
        bundle = Path(download.value.path()).read_bytes()
        assert visitor.complaints == []

    assert verified(bundle, tmp_path)


def quoted(page: Page, **typed: str) -> None:
    """Wait until the page shows the quote of what was typed, and of nothing that stood before."""

    def is_of_it(reply) -> bool:
        asked = parse_qs(reply.request.post_data or "")
        return all(asked.get(name) == [value] for name, value in typed.items())

    with page.expect_response(is_of_it) as answered:
        page.get_by_label("Unit of time").dispatch_event("change")
    quote = re.search(r'name="quote_id" value="([^"]+)"', answered.value.text())
    expect(page.locator("[name=quote_id]")).to_have_value(quote.group(1))


def placed() -> Order:
    with tenancy.acting_as_platform():
        order = Order.objects.select_related("listing", "wanted_listing").latest("id")
    assert order.units_milli == 8000
    return order


def use_and_settle(order: Order) -> None:
    """Let the hour of the order pass: readings, windows, charges, settlement."""
    with tenancy.acting_as_platform():
        order.refresh_from_db()
        resource = order.listing.resource_id
        meter = metering_reads.meters_of_resource(resource_id=resource)[0]
    later = order.ends_at + timedelta(hours=30)
    work(settlement.open_contracts, now=timezone.now())
    readings = list(hours_of(order, meter))
    taken = work(
        metering.ingest, provider_id=order.provider_id, readings=readings, received_at=later
    )
    assert (taken.accepted, taken.refused) == (len(readings), ())
    work(metering.close_windows, now=later)
    work(settlement.charge_due, now=later)
    work(settlement.settle_due, now=later)


def hours_of(order: Order, meter):
    """Return full use of the order, one reading for each window that it touches."""
    seconds = meter.rule_version.window_seconds
    starts_at = order.starts_at
    while starts_at < order.ends_at:
        edge = int(starts_at.timestamp()) // seconds * seconds + seconds
        left = timedelta(seconds=edge - int(starts_at.timestamp()))
        ends_at = min(order.ends_at, starts_at + left)
        yield Reading(
            source="/browser-test",
            event_id=f"{order.number}-{starts_at:%H%M%S}",
            meter_id=meter.pk,
            starts_at=starts_at,
            ends_at=ends_at,
            quantity=Decimal((ends_at - starts_at).seconds * order.units_milli // 1000),
            unit="card-second",
            subject=order.pk,
        )
        starts_at = ends_at


def verified(bundle: bytes, directory: Path) -> bool:
    """Check the download as the page says: with the script that came in it."""
    path = directory / "export.zip"
    path.write_bytes(bundle)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        archive.extract("verify_export.py", directory)
    done = subprocess.run(
        [sys.executable, "verify_export.py", path.name], cwd=directory, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0 or pytest.fail(done.stdout + done.stderr)


def test_a_price_follows_what_is_typed_and_a_hasty_click_orders_nothing_unseen(chromium, site):
    note = "The price was worked out again"
    with visit(chromium, site, email=demo("buyer"), look=ENGLISH) as visitor:
        page = visitor.page
        visitor.open("/market/?q=H100")
        page.get_by_role("link", name="Order L-").first.click()
        page.get_by_role("button", name="Place the order").wait_for()
        with page.expect_response(lambda reply: reply.request.method == "POST"):
            page.get_by_label("How much").press_sequentially("1")
        page.get_by_text(note).wait_for()

        page.route("**/order/", without_quotes)
        page.get_by_label("For").fill("7")
        with page.expect_navigation():
            page.get_by_role("button", name="Place the order").click()

        expect(page.get_by_label("For")).to_have_value("7")
        expect(page.get_by_text(note)).to_be_visible()
        assert page.url.endswith("/order/")


def without_quotes(route: Route) -> None:
    """Let no quote arrive before the click: however slow the machine, the click is hastier."""
    if "hx-request" in route.request.headers:
        route.abort()
    else:
        route.continue_()


def test_finding_comparing_and_ordering_need_no_mouse(chromium, site):
    with visit(chromium, site, email=demo("buyer"), look=ENGLISH) as visitor:
        page = visitor.page
        visitor.open("/market/")
        tab_to(page, "#f-form-container")
        page.keyboard.press("Space")
        page.wait_for_url("**form=CONTAINER**")
        page.locator(".cm-chips").wait_for()
        expect(page.locator("#f-form-container")).to_be_focused()

        tab_to(page, ".cm-tick")
        page.keyboard.press("Enter")
        page.locator(".cm-tray").wait_for()
        tab_to(page, ".cm-tray a[href$='/market/compare/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/market/compare/")

        tab_to(page, "a[href$='/order/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/order/")
        page.get_by_role("button", name="Place the order").wait_for()
        tab_to(page, "button[value=order]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/orders/*/")

        assert visitor.complaints == []


def test_filtering_and_ordering_need_no_scripts(chromium, site):
    with visit(chromium, site, email=demo("buyer"), look=ENGLISH, scripts=False) as visitor:
        page = visitor.page
        visitor.open("/market/")
        page.get_by_role("checkbox", name="NVIDIA H20").check()
        page.get_by_role("button", name="Apply filters").click()
        page.wait_for_url("**chip=NVIDIA**")
        page.get_by_role("link", name="Order L-").first.click()
        page.get_by_label("How much").fill("4")
        page.get_by_role("button", name="Get the quote").click()
        page.get_by_text("You pay at most").wait_for()

        page.get_by_role("button", name="Place the order").click()

        page.wait_for_url("**/orders/*/")
        expect(page.locator("main")).to_contain_text("4 card")


def tab_to(page, selector: str) -> None:
    """Press Tab until the wanted thing has the focus."""
    for _ in range(120):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by keyboard")
