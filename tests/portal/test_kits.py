"""The shared parts of pages, as somebody uses them: sheets, drafts, paper, and without script."""

import re

import pytest
from playwright.sync_api import expect

from common import tenancy
from marketplace.portal import drawing
from marketplace.vouchers.models import Programme
from tests.portal.cotton import drawn
from tests.portal.visitor import SHORT, demo, visit

PHONE = SHORT[1]


def test_a_figure_of_a_strip_is_a_term_with_its_value():
    page = drawn("<c-figs><c-fig label='Balance' value='¥1.00' unit='CNY'>all</c-fig></c-figs>")

    assert "<dt>Balance</dt>" in page
    assert re.search(r"¥1\.00\s*<small>CNY</small>", page)


def test_a_page_head_says_its_answer_below_its_title():
    page = drawn("<c-page-head title='Wallet' answer='Lasts until 12-15' />")

    assert page.index("<h1>Wallet") < page.index("Lasts until 12-15")
    assert "cm-actions" not in page


def test_a_panel_draws_only_what_it_is_given():
    page = drawn("<c-panel title='Pay in'>form</c-panel>")

    assert "<h2>Pay in</h2>" in page
    assert "cm-panel__foot" not in page


def test_what_a_component_is_given_is_text_and_never_markup():
    page = drawn("<c-panel :title='evil'>x</c-panel>", evil="<script>alert(1)</script>")

    assert "<script>" not in page


def test_a_ranking_says_its_figures_beside_its_bars():
    ranked = drawing.Ranked([drawing.Row("H100", [("1", 3), ("voucher", 1)], "¥4.00")])

    page = drawn("<c-ranked :of='of' />", of=ranked)

    assert "H100" in page
    assert "<b>¥4.00</b>" in page


@pytest.fixture
def applying(sample_market) -> str:
    with tenancy.acting_as_platform():
        return f"/vouchers/apply/{Programme.objects.order_by('code')[0].code}/"


@pytest.mark.browser
def test_a_sheet_opens_in_place_and_gives_the_focus_back(chromium, site):
    with visit(chromium, site, email=demo("provider"), look=PHONE) as visitor:
        visitor.open("/supply/listings/")
        link = visitor.page.locator("a[data-sheet]").first
        link.click()

        sheet = visitor.page.locator("dialog .cm-sheet")
        sheet.wait_for()
        assert visitor.accessibility() == []
        assert visitor.overflow() <= 0

        visitor.page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        expect(link).to_be_focused()
        assert visitor.complaints == []


@pytest.mark.browser
def test_without_script_the_link_of_a_sheet_leads_to_its_page(chromium, site):
    with visit(chromium, site, email=demo("provider"), scripts=False) as visitor:
        visitor.open("/supply/listings/")
        visitor.page.locator("a[data-sheet]").first.click()

        expect(visitor.page.locator("main .cm-sheet")).to_be_visible()


@pytest.mark.browser
def test_what_was_typed_is_back_after_leaving_and_gone_after_beginning_anew(
    chromium, site, applying
):
    with visit(chromium, site, email=demo("buyer")) as visitor:
        visitor.open(applying)
        visitor.page.locator("[name=amount_minor]").fill("1234.50")
        visitor.open("/market/")
        visitor.open(applying)

        amount = visitor.page.locator("[name=amount_minor]")
        expect(amount).to_have_value("1234.50")
        expect(visitor.page.locator("[data-draft]")).to_be_visible()
        assert visitor.accessibility() == []

        visitor.page.locator("[data-forgets]").click()
        expect(amount).to_have_value("")
        visitor.open(applying)
        expect(visitor.page.locator("[data-draft]")).to_be_hidden()


@pytest.mark.browser
def test_somebody_else_at_the_same_browser_sees_no_draft(chromium, site, applying):
    with visit(chromium, site, email=demo("buyer")) as visitor:
        visitor.open(applying)
        visitor.page.locator("[name=amount_minor]").fill("1234.50")
        key = visitor.page.evaluate("Object.keys(localStorage).find(k => k.startsWith('draft:'))")

        owner = visitor.page.locator("[data-draft]").get_attribute("data-draft")
        assert key == f"draft:{owner}"
        assert re.fullmatch(r"[\w-]+:\S+", owner)


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/orders/", "/prices/", "/vouchers/"])
def test_paper_is_light_and_holds_no_menu(chromium, site, path):
    with visit(chromium, site, email=demo("buyer"), look=PHONE) as visitor:
        visitor.open(path)
        visitor.page.emulate_media(media="print")

        expect(visitor.page.locator(".cm-side")).to_be_hidden()
        expect(visitor.page.locator(".cm-top")).to_be_hidden()
        expect(visitor.page.locator("h1").first).to_have_css("color", "rgb(15, 28, 46)")
