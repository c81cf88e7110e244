"""
A list of the portal: sorted, narrowed, paged, written as a file and kept as a person wants it.

Tried on the list of orders, of which a buyer has over 150 that are alike in what it is sorted by.
"""

import csv
import io
import re
from decimal import Decimal
from urllib.parse import urlencode, urljoin

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from common import tenancy
from identity.lists.contracts import SIZES, VIEWS_MAX
from identity.lists.models import ListChoice, SavedView
from identity.models import User
from marketplace.orders.models import Order
from marketplace.portal.tables import exporting, sources
from marketplace.portal.tables.declared import PICKS_MAX
from tests.flow.crowds import crowd
from tests.flow.test_no_page_makes_a_500 import JUNK
from tests.portal.visitor import Look, demo, visit

SORTS = {"number": "id", "starts": "starts_at", "gross": "gross_minor"}
NARROWED = {"all": "", "by state": "state=SETTLED&state=CANCELLED", "by amount": "amount_from=0.01"}
ALIKE = 150  # three pages and a part of one
SAVE = "/preferences/lists/orders/"


def signed_in(role: str) -> Client:
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo(role)))
    return browser


@pytest.fixture(scope="module")
def crowded(sample_market) -> None:
    """Let the buyer have many orders more, all alike."""
    with tenancy.acting_as_platform():
        orders = Order.objects.filter(buyer__memberships__user__email=demo("buyer"))
        first = orders.filter(state="SETTLED").earliest("id")
    crowd("orders_order", f"id = '{first.pk}'", times=ALIKE)


@pytest.fixture
def buyer(crowded) -> Client:
    """The buyer's browser, by whom nothing was chosen yet."""
    with tenancy.acting_as_platform():
        ListChoice.objects.all().delete()
        SavedView.objects.all().delete()
    return signed_in("buyer")


def opened(browser: Client, query: str):
    response = browser.get(f"/orders/?{query}")
    assert response.status_code == 200, query
    return response


def shown(response) -> list[str]:
    return [row.id for row in response.context["table"].rows]


def want(browser: Client, **wish: object) -> None:
    plain = {"density": "COMFORTABLE", "size": "20", "next": "/orders/"}
    assert browser.post(SAVE, plain | wish).status_code == 302


# --- Order, filters, pages ---------------------------------------------------------------------
def walked(browser: Client, query: str, way: str) -> list[list[str]]:
    pages, address = [], f"/orders/?{query}"
    while address:
        response = browser.get(address)
        pages.append(shown(response))
        beside = getattr(response.context["table"].pages, way)
        address = beside and urljoin("/orders/", beside)
        back = response.wsgi_request.get_full_path()
    return [*pages, [back]]


@pytest.mark.parametrize(
    ("key", "narrowed"),
    [
        *((key, "by state") for key in SORTS),
        *((f"-{key}", "by state") for key in SORTS),
        ("number", "all"),
        ("-gross", "by amount"),
    ],
)
def test_each_order_under_each_filter_ends_and_leads_back(buyer, key, narrowed):
    want(buyer, size="50")
    *forward, [end] = walked(buyer, f"sort={key}&{NARROWED[narrowed]}", "next")
    *backward, _start = walked(buyer, end.partition("?")[2], "previous")

    rows = [row for page in forward for row in page]
    assert len(rows) == len(set(rows)) > ALIKE
    assert opened(buyer, f"sort={key}&{NARROWED[narrowed]}").context["table"].count == len(rows)
    assert backward[::-1] == forward
    with tenancy.acting_as_platform():
        found = {str(order.pk): order for order in Order.objects.filter(pk__in=rows)}
    values = [getattr(found[row], SORTS[key.removeprefix("-")]) for row in rows]
    assert values == sorted(values, reverse=key.startswith("-"))


@pytest.mark.parametrize(
    "query",
    [
        "state=SETTLED",
        "state=REJECTED&state=CANCELLED",
        "amount_from=1000&amount_to=23000.50",
        "placed_from=2026-01-01",
        "starts_until=2026-11-20T08:00:00%2B08:00",
        "q=O-2026",
        "q=nobody of this name",
        "refusal_code=insufficient_funds",
    ],
)
def test_a_filter_of_the_page_is_that_of_the_api(crowded, query):
    auditor = signed_in("auditor")

    told = auditor.get(f"/api/v1/orders?{query}&page_size=20").json()["results"]

    assert shown(opened(auditor, query)) == [order["id"] for order in told]


@pytest.mark.parametrize(
    "query", ["state=NOWHERE", "amount_from=1e5", "placed_from=2026-02-30", "listing_id=1"]
)
def test_a_filter_that_the_api_refuses_is_named_on_the_page(buyer, query):
    name = query.partition("=")[0]

    assert buyer.get(f"/api/v1/orders?{query}").status_code == 400
    table = opened(buyer, query).context["table"]
    assert (table.rows, table.narrowing.set.form.errors.keys()) == ([], {name})
    assert (
        "A filter cannot be read"
        in buyer.get(f"/orders/?{query}", headers={"Accept-Language": "en"}).text
    )


def test_chips_are_removed_one_by_one(buyer):
    table = opened(buyer, "state=SETTLED&amount_from=5&sort=-gross&q=O-").context["table"]

    assert [(chip.name, chip.words) for chip in table.chips][1:] == [
        ("state", "已结算"),
        ("amount_from", "5"),
    ]
    assert {chip.name: chip.without for chip in table.chips}["state"] == (
        "/orders/?amount_from=5&sort=-gross&q=O-"
    )


def test_an_empty_list_says_which_filter_to_drop(buyer):
    told = opened(buyer, "amount_from=99999999&state=SETTLED").text

    found = re.findall(r"去掉“(\w+)[^”]*”后有 ([\d,]+) 条", told)
    assert [(name, count == "0") for name, count in found] == [
        ("状态", True),
        ("金额不低于", False),
    ]


def test_a_count_is_exact_up_to_its_bound(buyer, monkeypatch):
    table = opened(buyer, "").context["table"]
    assert table.counted == f"{table.count:,}"

    for module in ("bound", "narrowing", "sources"):
        monkeypatch.setattr(f"marketplace.portal.tables.{module}.COUNT_MAX", 100)
    with CaptureQueriesContext(connection) as queries:
        assert opened(buyer, "").context["table"].counted == "100+"
    assert any("LIMIT 101" in query["sql"] for query in queries)


READ_FROM_THE_ADDRESS = ["sort", "size", "state", "q", "placed_from", "amount_to", "export"]


def assert_no_500(buyer, name, junk):
    want(buyer, size="10")
    for value in junk:
        response = buyer.get("/orders/", {name: value[:4_000]})
        assert response.status_code in (200, 414), (name, value[:40])


@pytest.mark.parametrize("name", READ_FROM_THE_ADDRESS)
def test_no_junk_in_the_address_makes_a_500(buyer, name):
    turns = len(READ_FROM_THE_ADDRESS) // 2  # Each value comes to two names or three.
    assert_no_500(buyer, name, JUNK[READ_FROM_THE_ADDRESS.index(name) % turns :: turns])


@pytest.mark.slow
@pytest.mark.parametrize("name", READ_FROM_THE_ADDRESS)
def test_no_junk_at_all_in_the_address_makes_a_500(buyer, name):
    assert_no_500(buyer, name, JUNK)


@pytest.mark.parametrize(
    "query",
    [
        "placed_from=2026-11-20T14:05:00%2B08:00&placed_from=",
        "placed_from=2026-11-20T14:05:00%2B08:00&placed_from=2026-01-01",
        "amount_from=5&amount_from=",
        "q=%20",
    ],
)
def test_a_chip_says_what_the_last_of_several_values_says(buyer, query):
    table = opened(buyer, query).context["table"]

    assert [chip.words for chip in table.chips] == (["2026-01-01"] if "2026-01-01" in query else [])


# --- Files -------------------------------------------------------------------------------------
def read_file(response) -> list[dict[str, str]]:
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_file_holds_what_is_shown(buyer):
    query = "state=SETTLED&sort=-gross"
    want(buyer, columns=["gross", "starts"])
    table = opened(buyer, query).context["table"]

    rows = read_file(buyer.get(f"/orders/?{query}&export=csv"))

    assert len(rows) == table.count
    assert list(rows[0]) == [str(column.label) for column in table.columns]
    shown_cells = [list(row.values()) for row in rows[: len(table.rows)]]
    for (number, starts, gross, _state), row in zip(shown_cells, table.rows, strict=True):
        assert number == row.label
        assert starts.endswith("+08:00")
        assert gross == f"{Decimal(row.it.order.gross_minor) / 100:.2f}"


def test_a_file_that_was_cut_says_so(buyer, monkeypatch):
    monkeypatch.setattr(exporting, "ROWS_MAX", 30)

    cut = buyer.get("/orders/?export=csv")

    assert len(read_file(cut)) == 30
    assert "orders-first-30-" in cut["Content-Disposition"]
    assert "前 30 行" in opened(buyer, "").text


def test_a_workbook_is_one(buyer):
    response = buyer.get("/orders/?state=CANCELLED&export=xlsx")

    assert b"".join(response).startswith(b"PK")


@pytest.mark.parametrize("address", ["/audit/exports/", "/ledger/accounts/"])
def test_a_list_that_is_no_file_is_written_as_none(crowded, address):
    auditor = signed_in("auditor")

    assert auditor.get(f"{address}?export=csv")["Content-Type"].startswith("text/html")


def test_an_act_does_not_write_a_list_that_is_no_file(crowded):
    auditor = signed_in("auditor")
    row = auditor.get("/ledger/accounts/").context["table"].rows[0].id
    sent = {"list": "ledger-accounts", "act": "export-csv", "pick": [row]}

    assert auditor.post("/ledger/accounts/", sent).status_code == 400


# --- Ticked rows -------------------------------------------------------------------------------
def test_ticked_rows_are_written_and_no_others(buyer):
    rows = opened(buyer, "").context["table"].rows[3:6]
    picked = {"list": "orders", "act": "export-csv", "pick": [row.id for row in rows]}

    written = read_file(buyer.post("/orders/", picked))

    assert {next(iter(row.values())) for row in written} == {row.label for row in rows}


def test_an_act_is_told_before_it_is_done_and_leaves_what_it_must(buyer):
    rows = opened(buyer, "state=SETTLED").context["table"].rows[:2]
    picked = {"list": "orders", "act": "cancel", "pick": [row.id for row in rows]}

    told = buyer.post("/orders/", picked)
    done = buyer.post("/orders/", picked | {"confirmed": "1"}, follow=True)

    assert all(row.label in told.text for row in rows)
    assert next(str(message) for message in done.context["messages"]).startswith("2 行未处理")
    with tenancy.acting_as_platform():
        states = Order.objects.filter(pk__in=picked["pick"]).values_list("state", flat=True)
        assert set(states) == {"SETTLED"}


@pytest.mark.parametrize(
    ("picks", "act", "status"),
    [
        ([], "cancel", 302),
        (["x", "\0", "' OR 1=1"], "cancel", 302),
        (["00000000-0000-0000-0000-000000000000"], "export-csv", 302),
        (["00000000-0000-0000-0000-000000000000"] * (PICKS_MAX + 1), "cancel", 400),
        (["00000000-0000-0000-0000-000000000000"], "nothing", 400),
    ],
    ids=["none", "no keys", "of nobody", "too many", "no act"],
)
def test_nonsense_ticks_change_nothing(buyer, picks, act, status):
    sent = {"list": "orders", "act": act, "pick": picks, "confirmed": "1"}

    assert buyer.post("/orders/", sent).status_code == status


def test_a_number_that_no_row_can_have_is_left_out(crowded):
    sent = {"list": "books", "act": "export-csv", "pick": ["9" * 40]}

    assert signed_in("operator").post("/oversight/books/", sent).status_code == 302


def test_nobody_acts_on_orders_of_others(buyer):
    own = opened(buyer, "").context["table"].rows[0].id
    provider = signed_in("provider")
    picked = {"list": "orders", "pick": [own], "confirmed": "1"}

    assert provider.post("/orders/", picked | {"act": "cancel"}).status_code == 400
    with tenancy.acting_as_platform():
        theirs = Order.objects.exclude(provider__memberships__user__email=demo("provider"))
        other = str(theirs.filter(provider__isnull=False).first().pk)
    sent = provider.post("/orders/", picked | {"act": "export-csv", "pick": [other]})
    assert sent.status_code == 302


# --- What a person keeps -----------------------------------------------------------------------
def test_columns_rows_and_density_are_kept_for_one_person_alone(buyer):
    want(buyer, columns=["cash", "provider"], density="COMPACT", size="50")

    table = opened(buyer, "").context["table"]
    assert [column.key for column in table.columns] == ["number", "provider", "cash", "state"]
    assert (table.is_compact, len(table.rows)) == (True, 50)
    other = opened(signed_in("provider"), "").context["table"]
    assert (other.is_compact, other.size) == (False, 20)

    buyer.post(SAVE, {"reset": "1", "next": "/orders/"})
    assert len(opened(buyer, "").context["table"].columns) > 4


@pytest.mark.parametrize(
    "wish", [{"size": "7"}, {"size": "²"}, {"density": "x"}, {"columns": ["x"] * 99}], ids=str
)
def test_a_wish_without_sense_is_refused_or_left_out(buyer, wish):
    plain = {"density": "COMPACT", "size": "20", "next": "/orders/"}

    status = buyer.post(SAVE, plain | wish).status_code

    assert status == (302 if "columns" in wish else 400)
    assert len(opened(buyer, "").context["table"].columns) > 4
    assert buyer.post("/preferences/lists/none/", plain).status_code == 404


def test_a_view_is_kept_shown_and_dropped(buyer):
    query = urlencode({"state": "REJECTED", "sort": "-gross"})
    kept = {"name": "失败的", "query": query, "next": "/orders/"}

    buyer.post(f"{SAVE}views/", kept)
    refused = buyer.post(f"{SAVE}views/", kept, headers={"Accept-Language": "en"})
    assert refused.status_code == 409
    assert "You keep a view of this name already." in refused.text
    assert 'value="失败的"' in refused.text
    assert f'value="{query}"'.replace("&", "&amp;") in refused.text
    assert 'href="/orders/"' in refused.text

    tab = opened(buyer, query).context["table"].tabs[-1]
    assert (tab.label, tab.address, tab.is_current) == ("失败的", f"/orders/?{query}", True)
    drop = f"/preferences/lists/views/{tab.id}/drop/"
    assert signed_in("provider").post(drop).status_code == 404
    buyer.post(drop, {"next": "/orders/"})
    assert opened(buyer, "").context["table"].tabs[-1].label != "失败的"


@pytest.mark.parametrize("odd", [{"name": "a\0b"}, {"name": "a\nb"}, {"query": "\0"}], ids=str)
def test_a_view_is_named_by_what_can_be_read(buyer, odd):
    sent = {"name": "mine", "query": "", "next": "/orders/"}

    refused = buyer.post(f"{SAVE}views/", sent | odd)

    assert refused.status_code == 400
    assert SavedView.objects.count() == 0


def test_a_person_keeps_so_many_views_and_no_more(buyer):
    for number in range(VIEWS_MAX):
        buyer.post(f"{SAVE}views/", {"name": f"view {number}", "query": "", "next": "/orders/"})

    refused = buyer.post(f"{SAVE}views/", {"name": "one more", "query": ""})

    assert refused.status_code == 409
    with tenancy.acting_as_platform():
        assert SavedView.objects.count() == VIEWS_MAX
    assert buyer.post(f"{SAVE}views/", {"name": " ", "query": ""}).status_code == 400
    assert SIZES


def test_every_order_of_a_list_has_an_index(crowded):
    """A head that sorts names an index of its table which begins with its columns."""
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'orders_order'")
        indexes = [row[0] for row in cursor.fetchall()]

    for column in SORTS.values():
        assert any(re.search(rf"\({column}\b", each) for each in indexes), column
    assert sources.COUNT_MAX == 10_000


# --- In a browser ------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_person_sorts_narrows_and_ticks(chromium, site, crowded, scripts):
    with visit(chromium, site, email=demo("buyer"), scripts=scripts) as visitor:
        page = visitor.page
        visitor.open("/orders/")
        page.get_by_role("link", name="金额").click()
        expect(page.locator("th[aria-sort=descending]")).to_contain_text("金额")
        page.locator("summary", has_text="筛选与排序").click()
        page.get_by_label("已取消").check()
        page.get_by_role("button", name="查看", exact=True).click()
        expect(page.locator(".cm-chip--on")).to_contain_text("已取消")
        assert "state=CANCELLED" in page.url
        assert "sort=-gross" in page.url
        page.locator(".cm-chip--on a").click()
        expect(page.locator(".cm-chip--on")).to_have_count(0)
        page.locator("tbody input[name=pick]").first.check()
        expect(page.locator(".cm-bulk")).to_be_visible()
        assert visitor.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("role", ["buyer", "provider", "auditor", "operator"])
def test_rows_are_cards_on_a_phone(chromium, site, crowded, role):
    with visit(chromium, site, email=demo(role), look=Look("en", "light", 390)) as visitor:
        visitor.open("/orders/?sort=-gross")
        card = visitor.page.locator(".cm-dt tbody tr").first

        facts = card.locator("td.as-fact").all()
        assert len([fact for fact in facts if fact.is_visible()]) <= 4
        assert card.locator(".cm-tag").first.is_visible()
        cut = "e => [...e.querySelectorAll('.is-money')].filter(c => c.scrollWidth > c.clientWidth)"
        assert card.evaluate(f"({cut})").__len__() == 0
        assert visitor.overflow() <= 0
        assert visitor.accessibility() == []
