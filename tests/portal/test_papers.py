"""Documents as PDF: set from values, in both languages, with fonts that come along."""

import re
import time
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from common import tenancy
from identity.models import Membership, User
from marketplace.demo import files
from marketplace.orders.models import Order
from marketplace.portal import papers
from tests.portal.visitor import demo

AT = datetime(2026, 11, 26, 6, 5, tzinfo=UTC)


def values(**changes):
    row = ["2026-11-01", "1,204.500", "¥4,191.66", "¥1,257.50", "¥2,934.16"]
    given = {
        "lang": "zh",
        "market": "算盘",
        "subtitle": "算力市场",
        "title": "订单确认单",
        "state": "交付中",
        "number": "O-20261112-00004",
        "number_label": "编号",
        "parties": [{"label": "购买方", "name": "海潮", "code": "91440300MA5XXXXX14"}],
        "facts": [{"label": "内容", "value": "H100"}],
        "sums": [{"label": "已计费", "value": "¥1.00", "tone": ""}],
        "days_title": "按日",
        "days_note": "",
        "no_days": "尚未计费。",
        "heads": ["日", "标准时", "计费", "算力券", "自付"],
        "days": [row] * 3,
        "total": ["合计", "", "¥1.00", "¥0.00", "¥1.00"],
        "note": "注",
        "footer": "截至",
    }
    return given | changes


def fonts(pdf: bytes) -> set[str]:
    return {name.decode() for name in re.findall(rb"/FontName ?/(?:[A-Z]{6}\+)?([\w-]+)", pdf)}


def test_a_paper_brings_its_fonts_and_is_made_for_archives():
    pdf = papers.typeset("order", values(), at=AT)

    assert pdf.startswith(b"%PDF-")
    assert all("NotoSansCJK" in name for name in fonts(pdf))
    assert b"pdfaid" in pdf


def test_the_same_values_at_the_same_moment_are_the_same_paper():
    assert papers.typeset("order", values(), at=AT) == papers.typeset("order", values(), at=AT)


@pytest.mark.parametrize(
    "text", ["#panic()", '"]) #read("/etc/passwd")', "$x^2$ *b* _i_ <a>", "\\u{0}", ""]
)
def test_what_a_person_typed_is_never_markup(text):
    parties = [{"label": "x", "name": text, "code": text}]

    assert papers.typeset("order", values(parties=parties, note=text), at=AT).startswith(b"%PDF-")


@pytest.mark.parametrize("text", ["\N{ROCKET} H100", "ئۇيغۇر", "བོད", "H100\N{ZERO WIDTH JOINER}"])
def test_what_no_font_of_ours_has_makes_a_paper_all_the_same(text):
    facts = [{"label": "内容", "value": text}]

    assert papers.typeset("order", values(facts=facts), at=AT).startswith(b"%PDF-")


def test_an_order_of_a_year_takes_several_sheets_and_little_time():
    began = time.monotonic()
    days = values()["days"][:1] * 400

    pdf = papers.typeset("order", values(days=days), at=AT)

    assert time.monotonic() - began < 20
    assert len(pdf) < 1_000_000


def test_an_order_without_charges_is_a_paper_too():
    assert papers.typeset("order", values(days=[]), at=AT).startswith(b"%PDF-")


@pytest.fixture
def order(sample_market) -> Order:
    with tenancy.acting_as_platform():
        mine = Order.objects.filter(buyer__memberships__user__email=demo("buyer"))
        return mine.filter(state="SETTLED").first() or mine.first()


def reading(email: str) -> Client:
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=email))
    return browser


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("role", ["buyer", "auditor", "operator", "finance"])
def test_who_reads_an_order_gets_it_as_a_paper(order, role, language):
    browser = reading(demo(role))
    with translation.override(language):
        browser.cookies["django_language"] = language

        answer = browser.get(reverse("portal:order-paper", args=[order.pk]))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert order.number in answer["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.browser
def test_nobody_else_gets_it(order):
    address = reverse("portal:order-paper", args=[order.pk])

    assert Client().get(address).status_code == 302
    assert reading(demo("issuer")).get(address).status_code == 403
    others = [each for each in files.entries("people") if "BUYER" in each["roles"]][1:]
    strangers = [str(each["email"]) for each in others if not is_party(order, str(each["email"]))]
    assert [reading(email).get(address).status_code for email in strangers[:1]] in ([], [404])


def is_party(order: Order, email: str) -> bool:
    with tenancy.acting_as_platform():
        organizations = Membership.objects.filter(user__email=email).values_list(
            "organization_id", flat=True
        )
        return bool({order.buyer_id, order.provider_id} & set(organizations))
