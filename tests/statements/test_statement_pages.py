"""Pages of statements and fapiao: each opens for whom it is, and what is typed is done."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.statements.contracts import Grouping
from marketplace.statements.models import Fapiao, Statement
from tests import cast
from tests.statements.cast import buyer, issue, traded

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return traded()


@pytest.fixture
def made(market):
    return issue(buyer(market))


@pytest.fixture
def own(market):
    return cast.signed_in(cast.member(market.buyer, Role.BUYER))


@pytest.fixture
def clerk():
    return cast.signed_in(cast.member(cast.organization("Desk"), Role.FINANCE))


def text(page):
    return re.sub(r"<[^>]+>", " ", page.content.decode())


def field(page, name):
    return page.content.decode().split(f'name="{name}" value="')[1].split('"')[0]


def test_a_buyer_sees_its_statements_and_the_month_that_runs(own, made):
    page = own.get(reverse("portal:bills"))
    assert made.number in text(page)
    assert "¥99,928.00" in text(page)
    for by in Grouping.values:
        shown = own.get(reverse("portal:bill", args=[made.pk]), {"by": by})
        assert shown.status_code == 200
        assert made.content_hash in shown.content.decode()


@pytest.mark.parametrize("form", ["pdf", "csv", "xlsx", "json", "doc"])
def test_a_statement_is_a_paper_and_files(own, made, form):
    answer = own.get(reverse("portal:bill-file", args=[made.pk, form]))
    assert answer.status_code == (404 if form == "doc" else 200)
    if form == "pdf":
        assert answer.content.startswith(b"%PDF")
    answer.close()


def test_a_fapiao_is_asked_for_exported_and_answered_on_pages(own, clerk, made):
    ask = reverse("portal:bill-fapiao", args=[made.pk])
    wrong = {
        "key": field(own.get(ask), "key"),
        "kind": "ORDINARY",
        "title": "Acme",
        "taxpayer_code": "12",
    }
    assert own.post(ask, wrong).status_code == 422
    right = wrong | {"key": field(own.get(ask), "key"), "taxpayer_code": "91440300MA5FAKE1X8"}
    assert own.post(ask, right).status_code == 302
    assert "FP-000001" in text(own.get(reverse("portal:fapiao")))

    export = reverse("portal:fapiao-export")
    table = clerk.post(export, {"key": field(clerk.get(export), "key")}).content.decode()
    assert "FP-000001" in table
    page = reverse("portal:fapiao")
    csv = "reference,result,fapiao_number\nFP-000001,issued,26442\nFP-9,issued,1\n"

    def sent(csv, **more):
        key = field(clerk.get(page), "key")
        file = SimpleUploadedFile("a.csv", csv.encode())
        return clerk.post(page, {"key": key, "file": file} | more)

    shown = sent(csv)
    assert "unknown_request" in text(shown)
    with tenancy.acting_as_platform():
        assert Fapiao.objects.get().state == "EXPORTED"
    good = csv.rsplit("FP-9", 1)[0]
    assert sent(good, seen=field(sent(good), "seen")).status_code == 302
    with tenancy.acting_as_platform():
        assert Fapiao.objects.get().fapiao_number == "26442"
    assert sent("nothing\n1\n").status_code == 422


def test_finance_cancels_a_statement_with_a_reason(clerk, made, time_machine):
    time_machine.move_to(made.issued_at)
    page = reverse("portal:bill-cancel", args=[made.pk])
    key = field(clerk.get(page), "key")
    done = clerk.post(page, {"key": key, "reason": "Wrong name"})
    assert done.status_code == 302
    assert "Wrong name" in text(clerk.get(done.headers["Location"]))
    with tenancy.acting_as_platform():
        assert not Statement.objects.filter(is_live=True).exists()


def test_anybody_verifies_a_hash_and_a_wrong_one_is_told(made):
    page = reverse("portal:statement-proof", args=[made.number])
    right = Client().get(page, {"hash": made.content_hash})
    wrong = Client().get(page, {"hash": "f" * 64})
    assert right.status_code == wrong.status_code == 200
    assert text(right) != text(wrong)
    assert "¥" not in text(right)
    assert Client().get(reverse("portal:statement-proof", args=["ST-1"])).status_code == 404


def test_each_sum_leads_to_its_lines(own, made):
    page = reverse("portal:bill", args=[made.pk])
    with tenancy.acting_as_platform():
        line = made.lines.exclude(order_number="").get()
    shown = own.get(page, {"by": "order", "order": line.order_number}).content.decode()
    assert f"order={line.order_number}" in shown
    lines = f"/api/v1/issued-statements/{made.pk}/lines"
    for name, value, count in (
        ("order", line.order_number, 1),
        ("chip", line.chip, 1),
        ("reason", "deposit", 1),
        ("region", line.region, 1),
        ("day", line.day.isoformat(), 1),
        ("project", "NONE", 0),
    ):
        assert len(own.get(lines, {name: value}).json()["results"]) == count, name
