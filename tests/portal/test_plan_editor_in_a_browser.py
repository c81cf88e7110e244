"""The plan editor in a real browser: fields follow the way of pricing, rows come and go."""

import re

import pytest
from playwright.sync_api import expect

from tests.portal.visitor import Look, demo, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("look", [Look("en", "dark", 390), Look("en", "light", 1440)], ids=str)
def test_a_plan_is_edited_row_by_row(chromium, site, look):
    with visit(chromium, site, email=demo("provider"), look=look) as visitor:
        page = visitor.page
        visitor.open("/supply/plans/")
        plan = re.search(r"/supply/plans/[0-9a-f-]{36}/", page.content())[0]
        visitor.open(f"{plan}drafts/new/?template=time-of-use")
        assert visitor.accessibility() == []
        assert visitor.overflow() <= 0

        page.get_by_label("How it is priced").select_option("package")
        expect(page.get_by_label("Units in a package")).to_be_visible()
        page.get_by_label("How it is priced").select_option("graduated")
        page.get_by_role("button", name="One more tier").click()
        page.get_by_role("button", name="One more tier").click()
        tiers = page.get_by_role("group", name=re.compile(r"^Tier \d"))
        expect(tiers).to_have_count(2)
        tiers.nth(0).get_by_label("Up to").fill("100")
        tiers.nth(0).get_by_label("Price of a unit").fill("5")
        tiers.nth(1).get_by_label("Price of a unit").fill("x")
        page.get_by_role("button", name="Keep the draft").last.click()
        expect(tiers.nth(1)).to_contain_text("A price in plain digits")
        assert tiers.nth(0).get_by_label("Up to").input_value() == "100"
        tiers.nth(1).get_by_label("Price of a unit").fill("4.5")
        page.get_by_role("button", name="Keep the draft").last.click()
        page.wait_for_url(re.compile(r"/supply/drafts/[0-9a-f-]{36}/"))
        expect(page.locator("main")).to_contain_text("¥4.50")
        assert visitor.overflow() <= 0
        assert visitor.accessibility() == []
    assert [each for each in visitor.complaints if "422" not in each] == []
