"""The main job in the browser: search, quote, order, clear, watch, use, settle, export."""

import io
import subprocess
import sys
import zipfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

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
        page.get_by_role("link", name="Order L-").first.click()
        page.get_by_label("How much").fill("8")
        page.get_by_label("For").fill("60")
        page.get_by_label("Unit of time").select_option("minute")
        page.get_by_role("button", name="Place the order").wait_for()
        with page.expect_response(lambda reply: reply.request.method == "POST"):
            page.get_by_label("Unit of time").dispatch_event("change")
        assert "Voucher covers" in page.locator("#quote").inner_text()

        page.get_by_role("button", name="Place the order").click()
        page.wait_for_url("**/orders/*/")
        assert "It waits for the next round of its book" in page.inner_text("main")

        order = placed()
        work(orders.clear_book, book_id=order.book_id, now=timezone.now())
        page.get_by_text("Scheduled").first.wait_for()
        visitor.open(f"/orders/{order.pk}/?part=evidence")
        assert "Clearing round B-" in page.inner_text("main")
        visitor.open(f"/orders/{order.pk}/?part=ledger")
        assert "Balanced" in page.inner_text("main")

        use_and_settle(order)
        visitor.open(f"/orders/{order.pk}/")
        assert page.locator(".cm-step.is-done").count() == 7
        assert "Charges" in page.inner_text("main")
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

        page.get_by_label("For").fill("7")
        page.get_by_role("button", name="Place the order").click()
        page.wait_for_load_state()

        page.get_by_text(note).wait_for()
        assert page.url.endswith("/order/")


def test_filtering_and_ordering_need_no_mouse(chromium, site):
    with visit(chromium, site, email=demo("buyer"), look=ENGLISH) as visitor:
        page = visitor.page
        visitor.open("/market/")
        tab_to(page, "#f-form-container")
        page.keyboard.press("Space")
        page.wait_for_url("**form=CONTAINER**")
        assert page.evaluate("document.activeElement.id") == "f-form-container"

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
        assert "4 card" in page.inner_text("main")


def tab_to(page, selector: str) -> None:
    """Press Tab until the wanted thing has the focus."""
    for _ in range(120):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by keyboard")
