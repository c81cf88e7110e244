"""The palette, the keys, the help centre, the switch of organisations, failures in the frame."""

import io
import re

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from common import tenancy
from identity import services as identity
from identity.contracts import PLATFORM_ROLES, Actor, Role
from marketplace.portal import how_tos, palette, shell
from tests import cast
from tests.catalog.supply import listed
from tests.orders import cast as orders
from tests.portal.visitor import SHORT, demo, visit

ENGLISH = {"Accept-Language": "en"}
EMPHASIS = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")
QUOTED = re.compile("“([^”\n]+)”")
EVERY_ROLE = Actor(cast.NOW, frozenset(Role), 1)  # type: ignore[arg-type] # of no organisation


def found(browser: Client, text: str) -> str:
    return browser.get(reverse("portal:palette"), {"q": text}, headers=ENGLISH).text


def browser_of(*roles: Role, owner=None) -> Client:
    return cast.signed_in(cast.member(owner or cast.organization("Acme"), *roles))


# --- The palette ---------------------------------------------------------------------------
@pytest.mark.django_db
def test_without_text_the_palette_offers_what_the_role_can_do_and_its_pages():
    offered = found(browser_of(Role.BUYER), "")

    assert "Place an order" in offered
    assert reverse("portal:vouchers") in offered
    assert "Book a deposit" not in offered
    assert reverse("portal:listings") not in offered


@pytest.mark.django_db
def test_an_order_is_found_by_the_beginning_of_its_number_and_by_its_parties_alone():
    haichao, other = orders.buyer("100"), orders.buyer("100")
    order = orders.place(haichao, orders.wish(listed()))
    address = reverse("portal:order", args=[order.pk])

    assert address in found(browser_of(Role.BUYER, owner=haichao), order.number[:8].lower())
    assert address not in found(browser_of(Role.BUYER, owner=other), order.number)


@pytest.mark.django_db
def test_a_voucher_is_found_by_its_holder_alone():
    haichao = orders.buyer("100")
    card = orders.voucher(haichao, "50", orders.programme())

    assert f"#{card.number}" in found(browser_of(Role.BUYER, owner=haichao), card.number)
    assert f"#{card.number}" not in found(browser_of(Role.BUYER), card.number)
    assert f"#{card.number}" not in found(browser_of(Role.PROVIDER, owner=haichao), card.number)


@pytest.mark.django_db
def test_a_listing_is_found_by_its_name_and_by_its_number():
    listing = listed()
    address = reverse("portal:listing", args=[listing.pk])
    browser = browser_of(Role.BUYER)

    assert address in found(browser, listing.title)
    assert address in found(browser, listing.number)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "x" * 500, "%_\\", "O-", "\u0001", "'; --", "🙂"],
    ids=ascii,
)
def test_whatever_is_typed_is_answered_and_escaped(text):
    answer = browser_of(Role.BUYER).get(reverse("portal:palette"), {"q": text})

    assert answer.status_code in (200, 400)  # Control characters are refused at the edge.
    assert "<script>" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "O-2026", "C-0", "T-0", "V-2026", "A-2026", "L-1", "H100"])
def test_a_look_of_the_palette_is_two_statements_at_most(text, django_assert_max_num_queries):
    acme = cast.organization("Acme")
    actor = Actor(acme.pk, frozenset({Role.BUYER, Role.ISSUER}), cast.member(acme).pk)
    request = type("Request", (), {"path": "/"})()

    with tenancy.acting_as(acme.pk), django_assert_max_num_queries(4):
        palette.found(request, actor, text)


def test_every_command_leads_to_a_page():
    for command in palette.COMMANDS:
        assert reverse(f"portal:{command.page}")


def test_no_two_pages_of_the_side_bar_have_the_same_key():
    keys = [entry.key for group in shell.GROUPS for entry in group.entries if entry.key]

    assert len(keys) == len(set(keys))
    assert "g" not in keys


# --- The help centre -----------------------------------------------------------------------
@pytest.mark.parametrize("topic", how_tos.TOPICS, ids=lambda topic: topic.name)
def test_each_how_to_is_there_in_both_languages_with_the_same_parts(topic):
    english, chinese = (
        how_tos.path(topic.name, is_english=is_english).read_text(encoding="utf-8")
        for is_english in (True, False)
    )

    for text in (english, chinese):
        assert text.startswith("# ")
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    if "```" in chinese:
        assert english.count("```") >= chinese.count("```")


@pytest.mark.parametrize("topic", how_tos.TOPICS, ids=lambda topic: topic.name)
def test_what_a_how_to_calls_by_name_is_called_so_on_the_pages(topic):
    words = (settings.LOCALE_PATHS[0] / "zh_Hans/LC_MESSAGES/django.po").read_bytes()
    catalogue = read_po(io.BytesIO(words))
    english, chinese = (
        how_tos.path(topic.name, is_english=is_english).read_text(encoding="utf-8")
        for is_english in (True, False)
    )

    named = {part.strip() for each in EMPHASIS.findall(english) for part in each.split("→")}
    quoted = {part.strip() for each in QUOTED.findall(chinese) for part in each.split("→")}

    assert named - {str(each.id) for each in catalogue} == set()
    assert quoted - {str(each.string) for each in catalogue} == set()


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_each_role_has_how_tos_of_its_own(role):
    with translation.override("en"):
        titles = [each.title for each in how_tos.topics_for(Actor(cast.NOW, frozenset({role}), 1))]

    assert "Sign in safely" in titles
    assert len(titles) >= 3
    assert ("Place an order" in titles) == (role == Role.BUYER)


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "names"), [("retry after", ["Receive webhooks"]), ("qqq", [])])
def test_help_is_searched_by_words(text, names):
    page = browser_of(Role.BUYER).get(reverse("portal:help"), {"q": text}, headers=ENGLISH).text

    for name in names:
        assert name in page
    assert ("No how-to holds these words" in page) == (not names)


@pytest.mark.django_db
def test_a_how_to_is_shown_in_the_readers_language_and_its_links_lead_somewhere():
    browser = browser_of(Role.PROVIDER)
    address = reverse("portal:help-topic", args=["send-readings"])

    english = browser.get(address, headers=ENGLISH).text
    chinese = browser.get(address, headers={"Accept-Language": "zh-hans"}).text

    assert "Put a meter on a resource" in english
    assert "在资源上设置计量器" in chinese
    assert ".md" not in english
    assert browser.get(reverse("portal:help-topic", args=["nothing"])).status_code == 404


def test_markup_in_a_how_to_is_text():
    assert "<b>" not in how_tos.rendered("a <b>bold</b> word")


# --- Failures keep the frame ---------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/finance/deposits/", 403)])
def test_what_is_not_there_or_not_allowed_keeps_the_menu(path, status):
    answer = browser_of(Role.BUYER).get(path, headers=ENGLISH)

    assert answer.status_code == status
    assert 'id="cm-side"' in answer.text
    assert reverse("portal:orders") in answer.text


@pytest.mark.django_db
def test_a_stranger_has_a_failure_without_a_menu():
    answer = Client().get("/nowhere/")

    assert answer.status_code == 404
    assert 'id="cm-side"' not in answer.text
    assert answer.text.count("<main") == 1


# --- Jobs ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_sign_of_a_job_goes_with_the_job():
    haichao, listing = orders.buyer("100"), listed()
    browser = browser_of(Role.BUYER, owner=haichao)
    orders.place(haichao, orders.wish(listing))

    assert "1 job running" in browser.get(reverse("portal:market"), headers=ENGLISH).text
    assert "hx-get" in browser.get(reverse("portal:job-pill"), headers=ENGLISH).text

    orders.clear(listing)

    assert browser.get(reverse("portal:job-pill"), headers=ENGLISH).text.strip() == ""


# --- Organisations -------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(("count", "has_search"), [(3, False), (9, True)])
def test_many_organisations_are_searched(count, has_search):
    person = cast.member(cast.organization("Own"), Role.BUYER)
    with tenancy.acting_as_platform():
        for place in range(count - 1):
            other = cast.organization(f"Other {place}")
            identity.add_member(organization_id=other.pk, user_id=person.pk, role=Role.BUYER)

    page = cast.signed_in(person).get(reverse("portal:market")).text

    assert ("data-filters" in page) == has_search
    assert "Other 1" in page


def test_duties_of_the_market_have_a_home_and_help_each():
    assert {role for topic in how_tos.TOPICS for role in topic.roles} >= PLATFORM_ROLES


# --- In a browser --------------------------------------------------------------------------
@pytest.mark.browser
def test_by_keyboard_alone_to_a_record_a_page_and_back(chromium, site):
    with visit(chromium, site, email=demo("buyer"), look=SHORT[0]) as visitor:
        page, keyboard = visitor.page, visitor.page.keyboard
        visitor.open("/home/")

        keyboard.press("Control+k")
        page.locator("#cm-palette[open]").wait_for()
        page.locator("#cm-palette [role=option]").first.wait_for()
        assert visitor.accessibility() == []
        keyboard.type("O-2026")
        keyboard.press("Enter")  # Before the list can answer: what comes first is opened.
        page.wait_for_url("**/orders/*/")

        keyboard.press("/")
        page.locator("#cm-palette [role=option]").nth(2).wait_for()
        keyboard.press("ArrowDown")
        keyboard.press("ArrowDown")
        keyboard.press("ArrowUp")
        chosen = page.locator("#cm-palette [aria-selected=true]")
        expect(chosen).to_have_id("cm-palette-1")
        keyboard.press("Escape")
        page.locator("#cm-palette[open]").wait_for(state="detached")

        keyboard.press("g")
        keyboard.press("h")
        page.wait_for_url("**/home/")

        keyboard.press("?")
        page.locator("#cm-keys[open]").wait_for()
        assert visitor.accessibility() == []
        keyboard.press("Escape")
        expect(page.locator("#cm-keys")).to_be_hidden()
        assert visitor.complaints == []


@pytest.mark.browser
def test_the_palette_fits_a_phone_and_closes(chromium, site):
    with visit(chromium, site, email=demo("provider"), look=SHORT[1]) as visitor:
        visitor.open("/home/")
        visitor.page.locator("#cm-search").click()
        visitor.page.locator("#cm-palette [role=option]").first.wait_for()

        assert visitor.overflow() <= 0
        assert visitor.accessibility() == []
        visitor.page.get_by_role("button", name="Close").click()
        expect(visitor.page.locator("#cm-palette")).to_be_hidden()


@pytest.mark.browser
def test_without_scripts_the_box_leads_to_the_search_page(chromium, site):
    with visit(chromium, site, email=demo("buyer"), scripts=False) as visitor:
        visitor.open("/home/")
        visitor.page.locator("#cm-search").fill("H100")
        visitor.page.locator("#cm-search").press("Enter")
        visitor.page.wait_for_url("**/market/**")

        assert visitor.page.locator("dialog[open]").count() == 0


@pytest.mark.browser
def test_letters_typed_into_a_field_are_no_keys(chromium, site):
    with visit(chromium, site, email=demo("buyer")) as visitor:
        visitor.open("/profile/")
        visitor.page.locator("#id_name").fill("")
        visitor.page.locator("#id_name").press_sequentially("g h ? /")

        expect(visitor.page.locator("#id_name")).to_have_value("g h ? /")
        assert visitor.page.url.endswith("/profile/")
        assert visitor.page.locator("dialog[open]").count() == 0


@pytest.mark.browser
def test_keys_pressed_before_the_next_frame_are_no_letters_of_the_box_that_was_closed(
    chromium, site
):
    with visit(chromium, site, email=demo("buyer")) as visitor:
        visitor.open("/orders/")
        visitor.page.keyboard.press("/")
        visitor.page.locator("#cm-palette[open]").wait_for()
        focused = visitor.page.evaluate(
            "() => { document.getElementById('cm-palette').close();"
            " const left = document.activeElement;"
            " for (const key of ['g', 'h'])"
            " left.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));"
            " return left.tagName }"
        )

        assert focused == "INPUT"  # A browser takes the focus away with the next frame.
        visitor.page.wait_for_url("**/home/")


def test_one_line_of_the_side_bar_is_where_the_reader_is():
    issuer = Actor(cast.NOW, frozenset({Role.ISSUER}), 1)  # type: ignore[arg-type]

    shown = [line for _g, group in shell.lines(issuer, "/programmes/vouchers/x/") for line in group]

    assert [line.entry.page for line in shown if line.is_current] == ["issued-vouchers"]
