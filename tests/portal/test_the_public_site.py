"""Pages that are read without signing in: what they show, and that they read nothing private."""

import re
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from common import tenancy
from identity.models import AccessRequest, User
from marketplace.bulletin import boards, wall_links
from marketplace.bulletin.board_contracts import Alarm
from marketplace.catalog import services as catalog
from marketplace.catalog.models import Listing
from marketplace.portal.index_chart import index_chart
from tests.cast import uscc
from tests.portal.visitor import Look, demo, visit

PAGES = [
    "/", "/market/", "/market/?resource_class=AI&q=H100", "/prices/", "/prices/?class=HPC",
    "/prices/?class=AI&day=2020-01-01", "/programmes/rules/", "/rules/changes/", "/access/",
    "/access/sent/", "/status/", "/terms/", "/privacy/", "/robots.txt", "/sitemap.xml",
]  # fmt: skip
# Tables of which a stranger may see no row, whatever page asks.
PRIVATE = [
    "orders_order", "settlement_contract", "settlement_charge", "settlement_traderecord",
    "vouchers_voucher", "vouchers_application", "identity_membership", "identity_apikey",
    "identity_accessrequest", "bulletin_walllink", "metering_reading", "ledger_account",
    "ledger_transfer", "events_event", "notices_notice", "orders_deposit",
]  # fmt: skip


@pytest.fixture
def market(sample_market, django_db_blocker):
    boards.take(now=timezone.now())
    boards.post_alarms([], now=timezone.now())


def stranger(**headers):
    return Client(headers={"accept-language": "en", **headers})


class Watch:
    """Notes for whom each statement of a request was asked, and what it could have seen."""

    def __init__(self):
        self.tenants, self.seen, self.queries, self.is_looking = set(), {}, 0, False

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if not self.is_looking and connection.in_atomic_block and not sql.startswith("RELEASE"):
            self.is_looking = True
            try:
                self.look()
            finally:
                self.is_looking = False
        self.queries += not self.is_looking
        return result

    def look(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT suanpan_tenant()")
            self.tenants.add(cursor.fetchone()[0])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_for_strangers_acts_for_nobody(market, path):
    watch = Watch()
    with connection.execute_wrapper(watch):
        response = stranger().get(path)

    assert response.status_code == 200
    assert watch.tenants <= {"", None}


@pytest.mark.parametrize("table", PRIVATE)
def test_who_acts_for_nobody_sees_no_private_row(market, table):
    with tenancy.acting_as(""), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        seen = cursor.fetchone()[0]

    assert seen == 0


@pytest.mark.parametrize("path", ["/", "/market/", "/prices/", "/programmes/rules/"])
def test_a_page_names_no_party_of_a_trade_and_nobody_s_address(market, path):
    shown = stranger().get(path).content.decode()

    with tenancy.acting_as_platform():
        emails = list(User.objects.values_list("email", flat=True))
    assert not [email for email in emails if email in shown]
    assert not re.search(r"O-\d{8}-\d+|T-\d{8,}", shown)


@pytest.mark.parametrize("path", ["/", "/market/", "/prices/", "/programmes/rules/"])
def test_a_browser_may_keep_a_page_for_a_moment_and_nobody_else(market, path):
    assert stranger().get(path)["Cache-Control"] == "private, max-age=10"


def test_the_front_page_says_what_it_is_of(market):
    shown = stranger().get("/").content.decode()

    assert "Every yuan adds up." in shown
    assert "figures as of" in shown
    assert "0.00" in shown


def test_a_market_whose_figures_stand_still_says_so(market):
    boards.take(now=timezone.now() - timedelta(hours=1))

    assert "No newer figures than of" in stranger().get("/").content.decode()


def test_a_day_without_figure_says_what_is_missing(market):
    shown = stranger().get("/prices/?class=AI&day=2020-01-01").content.decode()

    assert "No figure for this day." in shown
    assert "0 / 3" in shown


@pytest.mark.parametrize("day", ["yesterday", "2020-13-01", "'", "2020-1-1"])
def test_what_is_no_day_is_not_found(market, day):
    assert stranger().get(f"/prices/?day={day}").status_code == 404


def test_a_stranger_searches_and_finds_no_way_to_act(market):
    shown = stranger().get("/market/?resource_class=AI").content.decode()

    assert "Sign in to order" in shown
    assert "/order/" not in shown
    assert "compare" not in shown.lower()


def test_a_listing_that_was_found_is_ordered_after_signing_in(market):
    listing = Listing.objects.filter(state="OPEN").order_by("sort_price")[0]

    shown = stranger().get("/market/").content.decode()

    assert f"/accounts/login/?next=/market/{listing.pk}/" in shown


def test_a_stranger_reads_a_listing_and_nothing_of_members(market, django_assert_max_num_queries):
    listing = Listing.objects.filter(state="OPEN").order_by("sort_price")[0]
    watch = Watch()
    with connection.execute_wrapper(watch), django_assert_max_num_queries(40):
        answer = stranger().get(f"/market/{listing.pk}/")
    shown = answer.content.decode()

    assert watch.tenants <= {"", None}
    assert f'href="/market/{listing.pk}/"' in stranger().get("/market/").content.decode()
    assert f"/accounts/login/?next=/market/{listing.pk}/" in shown
    for told in (listing.number, "Rate plan", "Credibility", "/market/calculator/", "/r/"):
        assert told in shown
    assert not re.search(r"O-\d{8}-\d+|T-\d{8,}|[\w.]+@[\w.]+", shown)
    assert f"/market/{listing.pk}/order/" not in shown


def test_what_is_not_on_the_market_is_shown_to_members_alone(market):
    listing = Listing.objects.exclude(state="OPEN").order_by("id").first()
    if listing is None:
        listing = Listing.objects.filter(state="OPEN").order_by("-id")[0]
        with tenancy.acting_as(listing.provider_id):
            catalog.close_listing(
                listing_id=listing.pk, provider_id=listing.provider_id, now=timezone.now()
            )
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("buyer")))

    assert stranger().get(f"/market/{listing.pk}/").status_code == 404
    assert browser.get(f"/market/{listing.pk}/").status_code == 200


def test_members_see_the_pages_of_members(market):
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("buyer")))

    assert "cm-side" in browser.get("/market/").content.decode()
    assert browser.get("/").status_code == 302


def test_programmes_say_their_rules_in_words(market):
    shown = stranger().get("/programmes/rules/").content.decode()

    assert "Cap per order" in shown
    assert "left of" in shown


def test_search_engines_are_told_what_is_public(market):
    robots = stranger().get("/robots.txt").content.decode()
    sitemap = stranger().get("/sitemap.xml").content.decode()

    assert "Disallow: /accounts/" in robots
    assert "/sitemap.xml" in robots
    assert "/market/</loc>" in sitemap


def test_a_deployment_puts_its_own_words_and_numbers(market, settings, tmp_path):
    (tmp_path / "terms.en.txt").write_text("# Ours\n\nWe answer for <b>everything</b>.")
    settings.SITE_LEGAL_DIR = str(tmp_path)
    settings.SITE_ICP_NUMBER = "京ICP备00000000号"
    settings.SITE_POLICE_NUMBER = "京公网安备 11000000000000号"

    terms = stranger().get("/terms/").content.decode()

    assert "We answer for &lt;b&gt;everything&lt;/b&gt;." in terms
    assert "京ICP备00000000号" in terms
    assert "code=11000000000000" in terms
    assert "These terms come with the program" not in terms
    assert "comes with the program" in stranger().get("/privacy/").content.decode()


def test_who_reads_too_much_is_told_when_to_come_again(market, settings):
    settings.PUBLIC_RATE_ADDRESS = "3/m"
    browser = Client(REMOTE_ADDR="192.0.2.7")

    answers = [browser.get("/terms/").status_code for _ in range(5)]

    assert answers.count(429) == 2


# --- Asking for access ---------------------------------------------------------------------------
ASKED = {
    "uscc": uscc(7_000_003).lower(),
    "organization_name": "Newcomer",
    "person_name": "Li Na",
    "email": "li.na@newcomer.example",
    "role": "BUYER",
    "message": "We train small models.",
}


def test_a_stranger_asks_for_access_and_an_operator_accepts(market):
    watch = Watch()
    with connection.execute_wrapper(watch):
        asked = stranger().post("/access/", ASKED)
    assert (asked.status_code, asked["Location"]) == (302, "/access/sent/")
    assert watch.tenants <= {"", None}

    browser = Client(headers={"accept-language": "en"})
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("operator")))
        found = AccessRequest.objects.get(email=ASKED["email"])
    listed = browser.get("/oversight/access/").content.decode()
    assert "Newcomer" in listed

    page = f"/oversight/access/{found.pk}/"
    key = re.search(r'name="key" value="([^"]+)"', browser.get(page).content.decode()).group(1)
    answered = browser.post(page, {"key": key, "answer": "ACCEPT", "words": "Welcome."})
    again = browser.post(page, {"key": key, "answer": "ACCEPT", "words": "Welcome."})

    assert (answered.status_code, again.status_code) == (302, 302)
    assert "Answered by" in browser.get(page).content.decode()
    assert any("Welcome." in letter.body for letter in mail.outbox)


def test_an_answer_that_is_too_long_for_the_proposal_is_said_beside_its_field(market):
    stranger().post("/access/", ASKED)
    browser = Client(headers={"accept-language": "en"})
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("operator")))
        found = AccessRequest.objects.filter(email=ASKED["email"]).latest("id")
    page = f"/oversight/access/{found.pk}/"
    key = re.search(r'name="key" value="([^"]+)"', browser.get(page).content.decode()).group(1)

    long = browser.post(page, {"key": key, "answer": "ACCEPT", "words": "x" * 501})
    fits = browser.post(page, {"key": key, "answer": "ACCEPT", "words": "x" * 500})

    assert (long.status_code, fits.status_code) == (422, 302)
    assert "at most 500 characters" in long.content.decode()


def test_an_index_of_nothing_is_drawn():
    days = [SimpleNamespace(day=date(2026, 11, day), price=Decimal(0)) for day in (1, 2)]

    assert len(index_chart(days).points) == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("uscc", "91640500Y4CL12TH3X", "check character"),
        ("uscc", "", "required"),
        ("email", "nobody", "valid"),
        ("role", "OPERATOR", "valid choice"),
        ("message", "x" * 2_001, "2000"),
        ("organization_name", "\x00", "ull characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(market, field, value, words):
    answer = stranger().post("/access/", ASKED | {field: value})
    shown = answer.content.decode()

    assert answer.status_code == 422
    assert words in shown
    assert ASKED["person_name"] in shown
    assert "cm-errors" in shown


def test_an_address_asks_only_so_often(market, settings):
    settings.ACCESS_REQUESTS_ADDRESS = "2/24h"
    browser = Client(REMOTE_ADDR="192.0.2.8")

    answers = [
        browser.post("/access/", ASKED | {"email": f"p{at}@newcomer.example"}).status_code
        for at in range(4)
    ]

    assert answers == [302, 302, 429, 429]


# --- The big screen ------------------------------------------------------------------------------
def issued(days=30):
    with tenancy.acting_as_platform():
        person = User.objects.get(email=demo("operator"))
    return wall_links.issue(label="Hall", days=days, issued_by_id=person.pk, now=timezone.now())


def test_whoever_has_the_link_sees_the_screen_and_no_token_in_its_address(market):
    browser = stranger()
    link = issued()

    opened = browser.get(f"/wall/open/{link.token}/")
    watch = Watch()
    with connection.execute_wrapper(watch):
        shown = browser.get("/wall/")

    assert opened["Location"] == "/wall/"
    assert shown.status_code == 200
    assert link.token not in shown.content.decode()
    assert opened.cookies["wall"]["httponly"]
    assert "Orders a minute" in shown.content.decode()
    assert shown["Cache-Control"].startswith("max-age=0, no-cache")
    assert watch.tenants <= {"", None}
    assert browser.get("/oversight/wall-links/").status_code == 302


def test_a_link_that_is_revoked_shows_nothing_any_more(market):
    browser = stranger()
    link = issued()
    browser.get(f"/wall/open/{link.token}/")
    with tenancy.acting_as_platform():
        person = User.objects.get(email=demo("operator"))
    wall_links.revoke(link_id=link.id, revoked_by_id=person.pk, now=timezone.now())

    shown = browser.get("/wall/")

    assert shown.status_code == 404
    assert "This link is over." in shown.content.decode()
    assert stranger().get(f"/wall/open/{link.token}/").status_code == 404


def test_a_link_that_ended_shows_nothing(market):
    with tenancy.acting_as_platform():
        person = User.objects.get(email=demo("operator"))
    link = wall_links.issue(
        label="Hall", days=1, issued_by_id=person.pk, now=timezone.now() - timedelta(days=2)
    )

    assert stranger().get(f"/wall/open/{link.token}/").status_code == 404


@pytest.mark.parametrize("token", ["x", "%27", "a" * 65, "../etc", "0" * 43])
def test_a_guessed_link_shows_nothing(market, token):
    browser = stranger()
    browser.cookies["wall"] = token

    assert browser.get(f"/wall/open/{token}/").status_code == 404
    assert browser.get("/wall/").status_code == 404


def test_an_operator_makes_a_link_sees_its_address_once_and_revokes_it(market):
    browser = Client(headers={"accept-language": "en"})
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("operator")))
    page = "/oversight/wall-links/"
    key = re.search(r'name="key" value="([^"]+)"', browser.get(page).content.decode()).group(1)

    made = browser.post(page, {"key": key, "label": "Lobby", "days": "30"}).content.decode()
    token = re.search(r"/wall/open/([^/]+)/", made).group(1)
    later = browser.get(page).content.decode()

    assert stranger().get(f"/wall/open/{token}/").status_code == 302
    assert token not in later
    link_id = re.search(r"/oversight/wall-links/([0-9a-f-]{36})/revoke/", later).group(1)
    assert browser.post(f"{page}{link_id}/revoke/").status_code == 302
    assert browser.get(f"{page}{link_id}/revoke/").status_code == 404
    assert stranger().get(f"/wall/open/{token}/").status_code == 404


def test_a_link_that_is_asked_for_twice_is_made_once(market):
    browser = Client(headers={"accept-language": "en"})
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("operator")))
    page = "/oversight/wall-links/"
    key = re.search(r'name="key" value="([^"]+)"', browser.get(page).content.decode()).group(1)
    sent = {"key": key, "label": "Twice", "days": "30"}

    first, second = browser.post(page, sent), browser.post(page, sent)

    assert (first.status_code, second.status_code) == (200, 302)
    with tenancy.acting_as_platform():
        assert wall_links.links().filter(label="Twice").count() == 1


@pytest.mark.parametrize("days", ["0", "367", "ten", ""])
def test_a_link_without_an_end_is_refused_beside_its_field(market, days):
    browser = Client(headers={"accept-language": "en"})
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo("operator")))
    page = "/oversight/wall-links/"
    key = re.search(r'name="key" value="([^"]+)"', browser.get(page).content.decode()).group(1)

    refused = browser.post(page, {"key": key, "label": "Lobby", "days": days})

    assert refused.status_code == 422
    assert "cm-errors" in refused.content.decode()


def test_buyers_and_providers_see_no_screen(market):
    for role in ("buyer", "provider"):
        browser = Client()
        with tenancy.acting_as_platform():
            browser.force_login(User.objects.get(email=demo(role)))

        assert browser.get("/wall/").status_code == 404


def test_the_screen_tells_alarms_and_that_figures_stand_still(market):
    boards.post_alarms([Alarm("worker", 1, timezone.now())], now=timezone.now())
    browser = stranger()
    browser.get(f"/wall/open/{issued().token}/")
    loud = browser.get("/wall/").content.decode()
    boards.take(now=timezone.now() - timedelta(hours=1))
    still = browser.get("/wall/").content.decode()

    assert "Worker gives no sign of life" in loud
    assert "No newer figures" not in loud
    assert "No newer figures" in still


@pytest.mark.browser
@pytest.mark.parametrize(
    "look", [Look("zh-hans", "light", 1920), Look("en", "dark", 1920)], ids=str
)
def test_the_screen_fits_and_is_read_from_afar(chromium, site, market, look):
    with visit(chromium, site, email=demo("operator"), look=look) as visitor:
        visitor.page.set_viewport_size({"width": 1920, "height": 1080})
        visitor.open("/wall/")
        small = visitor.page.evaluate(
            "[...document.querySelectorAll('.cm-wall *')].filter(e => [...e.childNodes].some("
            "n => n.nodeType === 3 && n.textContent.trim()) &&"
            " parseFloat(getComputedStyle(e).fontSize) < 20 && e.getClientRects().length)"
            ".map(e => e.outerHTML.slice(0, 90))"
        )
        figures = visitor.page.evaluate(
            "[...document.querySelectorAll('.cm-wall strong')].map("
            "e => parseFloat(getComputedStyle(e).fontSize))"
        )
        height = visitor.page.evaluate("document.documentElement.scrollHeight")

        assert visitor.accessibility() == []
        assert visitor.overflow() <= 0
        assert height <= 1080
        assert small == []
        assert min(figures) >= 40
        assert visitor.complaints == []


def test_budgets_are_kept_by_strangers(market):
    for path, most in {"/": 12, "/prices/": 9, "/status/": 12, "/programmes/rules/": 9}.items():
        browser = stranger()
        browser.get(path)
        watch = Watch()
        with connection.execute_wrapper(watch):
            browser.get(path)
        assert watch.queries <= most * 2, (path, watch.queries)  # each is looked at once
