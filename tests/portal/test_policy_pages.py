"""Workbench, report, the desk of a programme and its public page, as people meet them."""

import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from common import tenancy
from identity.contracts import Role
from identity.models import User
from marketplace.policy.models import PolicyRun
from tests import cast
from tests.claims.cast import Claimed
from tests.policy.deciding import decided
from tests.settlement.cast import NOON
from tests.vouchers.published import rules_2

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(days=3)
DAYS = {"from": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture(autouse=True)
def today(settings, tmp_path):
    settings.POLICY_RUN_DIR = tmp_path
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def claimed():
    return Claimed()


def officer(claimed):
    return cast.signed_in(User.objects.get(pk=claimed.officers[0].id))


def typed(claimed, **changes):
    said = {
        "key": str(uuid4()),
        "title": "如果改为全部",
        "source": f"in-force:{claimed.code}",
        "compared": f"in-force:{claimed.code}",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-30",
        "years_later": "0",
        "basis": "TRADES",
        "budget_minor": "1000.00",
    }
    return said | changes


def test_an_issuer_tries_rules_reads_them_and_publishes_them(claimed):
    client = officer(claimed)
    assert client.get(reverse("portal:workbench")).status_code == 200

    asked = client.post(reverse("portal:workbench-new"), typed(claimed))
    assert asked.status_code == 302, asked.content.decode()
    waiting = client.get(asked["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    with tenancy.acting_as_platform():
        run = decided(PolicyRun.objects.get())
    seen = client.get(asked["Location"]).content.decode()
    assert "18.00" in seen
    assert "如果改为全部" in seen
    over = client.get(reverse("portal:workbench-progress", args=[run.pk]))
    assert over["HX-Refresh"] == "true"
    client.post(reverse("portal:workbench-publish", args=[run.pk]))

    sent = client.get(reverse("portal:workbench-file", args=[run.pk]))
    names = zipfile.ZipFile(io.BytesIO(b"".join(sent.streaming_content))).namelist()
    assert {"run.json", "result.json", "verify_run.py", "charges.csv"} <= set(names)
    stranger = cast.signed_in(cast.member(cast.organization("Board"), Role.AUDITOR))
    assert run.run_hash in stranger.get(asked["Location"]).content.decode()
    public = Client().get(reverse("portal:public-programme", args=[claimed.code]))
    assert run.run_hash in public.content.decode()


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"source": "text", "text": "{", "code": "NEW"}, "text"),
        ({"source": "text", "text": '{"schema": 2}', "code": "NEW"}, "text"),
        ({"ends_on": "2025-01-01"}, "ends_on"),
        ({"budget_minor": "-1"}, "budget_minor"),
        ({"years_later": "99"}, "years_later"),
    ],
    ids=["no json", "not whole", "no time", "no money", "years"],
)
def test_what_is_typed_wrong_is_told_beside_it_and_kept(changes, beside):
    member = cast.member(cast.organization("City"), Role.ISSUER)
    client = cast.signed_in(member)
    said = {
        "key": str(uuid4()),
        "title": "Kept",
        "source": "text",
        "text": json.dumps(rules_2()),
        "code": "NEW",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-30",
        "years_later": "0",
        "basis": "TRADES",
        "budget_minor": "1000.00",
    }

    reply = client.post(reverse("portal:workbench-new"), said | changes)

    assert reply.status_code == 422
    assert f'id="id_{beside}_error"' in reply.content.decode()
    assert "Kept" in reply.content.decode()
    assert not PolicyRun.objects.exists()


def test_the_report_reads_the_same_as_page_csv_xlsx_and_pdf(claimed):
    client = officer(claimed)
    pk = claimed.programme.pk

    page = client.get(reverse("portal:programme-performance", args=[pk]), DAYS)
    lines = client.get(reverse("portal:performance-lines", args=[pk]), DAYS | {"figure": "USED"})
    csv, xlsx, pdf = (
        client.get(reverse("portal:performance-file", args=[pk, form]), DAYS)
        for form in ("csv", "xlsx", "pdf")
    )

    assert page.status_code == lines.status_code == 200
    assert "18.00" in page.content.decode()
    assert "18.00" in lines.content.decode()
    named, told = (line.split(",") for line in csv.content.decode("utf-8-sig").splitlines()[:2])
    total = dict(zip(named, told, strict=True))
    # Added up anew from the figures of the file: what was paid out of what was charged.
    assert (total["used"], total["own_money"]) == ("18.00", "42.00")
    sheet = load_workbook(io.BytesIO(xlsx.content)).active
    assert float(sheet.cell(2, 7).value) == 18
    assert pdf.content.startswith(b"%PDF")
    assert client.get(reverse("portal:performance-file", args=[pk, "doc"])).status_code == 404
    assert client.get(reverse("portal:performance-lines", args=[pk])).status_code == 404


def test_the_desk_shows_money_versions_vouchers_and_claims(claimed):
    claimed.submit()
    client = officer(claimed)
    address = reverse("portal:programme", args=[claimed.programme.pk])

    seen = client.get(address).content.decode()

    assert "5,000.00" in seen
    assert "v1" in seen
    for role in (Role.AUDITOR, Role.FINANCE):
        reader = cast.signed_in(cast.member(cast.organization(role.label), role))
        assert reader.get(address).status_code == 200
    other = cast.signed_in(cast.member(cast.organization("Elsewhere"), Role.ISSUER))
    assert other.get(address).status_code == 302


def test_everybody_reads_a_programme_and_its_published_run(client, claimed):
    address = reverse("portal:public-programme", args=[claimed.code])

    seen = client.get(address).content.decode()
    assert claimed.code in seen
    assert claimed.market.buyer.name not in seen  # Its rules publish no names.
    assert client.get("/programmes/rules/NOBODY/").status_code == 404
