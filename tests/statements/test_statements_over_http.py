"""Statements and fapiao over the API: read by whose they are, verified by anybody."""

import json
import subprocess
import sys

import pytest
from django.test import Client

from common import tenancy
from identity.contracts import Role
from marketplace.statements import files, services
from marketplace.statements.contracts import (
    FapiaoKind,
    FapiaoMoved,
    FapiaoRefused,
    FapiaoState,
    FapiaoWish,
    InvalidTaxpayer,
    StatementNotCancellable,
    TaxAnswer,
)
from marketplace.statements.models import Fapiao
from tests import cast
from tests.statements.cast import ISSUED, buyer, issue, traded

pytestmark = pytest.mark.django_db
USCC = "91440300MA5FAKE1X8"
SENT = {"content_type": "application/json", "headers": {"Idempotency-Key": "one"}}
WISH = FapiaoWish(kind=FapiaoKind.ORDINARY, title="Acme", taxpayer_code=USCC)


@pytest.fixture
def market():
    return traded()


@pytest.fixture
def made(market):
    return issue(buyer(market))


def of(market, role=Role.BUYER):
    return cast.signed_in(cast.member(market.buyer, role))


def ask(made, **facts):
    return services.request_fapiao(
        **{
            "statement_id": made.pk,
            "organization_id": made.organization_id,
            "wish": WISH,
            "by_id": cast.somebody().pk,
            "now": ISSUED,
        }
        | facts
    )


def answer(*lines, **facts):
    answers = [TaxAnswer(number, *line) for number, line in enumerate(lines, start=1)]
    return services.take_tax_answers(answers=answers, now=ISSUED, **facts)


def test_a_buyer_reads_its_statement_lines_and_sums_and_nobody_elses(market, made):
    own = of(market)
    page = f"/api/v1/issued-statements/{made.pk}"
    assert own.get("/api/v1/issued-statements").json()["results"][0]["number"] == made.number
    assert own.get(page).json()["closing_minor"] == 99_928_00
    assert len(own.get(f"{page}/lines").json()["results"]) == 2
    assert own.get(f"{page}/sums?by=chip").json()[1]["called"] == "NVIDIA A100 80GB SXM"
    assert own.get(f"{page}/sums?by=luck").status_code == 400
    stranger = cast.signed_in(cast.member(cast.organization("Other"), Role.BUYER))
    assert stranger.get(page).status_code == 404
    assert stranger.get(f"{page}/lines").status_code == 404


@pytest.mark.parametrize("form", list(files.TYPES))
def test_a_statement_is_a_file(market, made, form):
    told = of(market).get(f"/api/v1/issued-statements/{made.pk}/file?form={form}")
    assert told.status_code == 200
    assert len(b"".join(told.streaming_content)) > 300
    told.close()


def test_its_file_is_verified_away_from_the_market_and_an_altered_one_is_not(
    market, made, tmp_path
):
    told = of(market).get(f"/api/v1/issued-statements/{made.pk}/file?form=json")
    path = tmp_path / "statement.json"
    path.write_bytes(b"".join(told.streaming_content))
    told.close()
    verify = [sys.executable, "-I", str(files.VERIFIER), str(path)]
    good = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout
    assert made.content_hash in good.stdout

    altered = json.loads(path.read_text())
    altered["lines"][1][4] = "-7201"
    path.write_text(json.dumps(altered))
    bad = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout.count("FAILED")) == (1, 2)


def test_anybody_asks_whether_a_hash_is_a_statements_and_learns_no_amount(made):
    page = f"/api/v1/statement-proofs/{made.number}"
    told = Client().get(page, {"hash": made.content_hash}).json()
    assert told["is_same"] is True
    assert not [name for name in told if "minor" in name]
    assert Client().get(page, {"hash": "0" * 64}).json()["is_same"] is False
    assert Client().get("/api/v1/statement-proofs/ST-000000-000009").status_code == 404


def test_finance_issues_and_cancels_over_http(market):
    clerk = cast.signed_in(cast.member(cast.organization("Desk"), Role.FINANCE))
    asked = {"side": "BUYER", "organization_id": str(market.buyer.pk), "month": "2026-11-05"}
    early = clerk.post("/api/v1/issued-statements", asked, **SENT)
    assert early.json()["errors"][0]["code"] == "statement_not_due"
    assert clerk.post("/api/v1/issued-statements", {}, **SENT).status_code == 400


def test_a_fapiao_is_asked_for_exported_issued_and_reversed(market, made):
    page = "/api/v1/fapiao"
    wanted = {
        "statement_id": str(made.pk),
        "kind": "ORDINARY",
        "title": "Acme",
        "taxpayer_code": USCC,
    }
    told = of(market).post(page, wanted, **SENT)
    assert (told.status_code, told.json()["amount_minor"]) == (201, 72_00)
    assert told.json()["tax_minor"] == 4_08
    with pytest.raises(FapiaoRefused):
        ask(made)
    clerk = cast.signed_in(cast.member(cast.organization("Desk"), Role.FINANCE))
    table = clerk.post(f"{page}/export", {}, **SENT).content.decode()
    assert "FP-000001" in table
    assert "72.00,67.92,4.08" in table
    assert clerk.post(f"{page}/export", {}, **SENT).content.decode() == table

    lines = {"lines": [{"reference": "FP-000001", "state": "ISSUED", "fapiao_number": "26442"}]}
    said = clerk.post(f"{page}/answers", lines, **SENT).json()
    assert said == {"taken": 1, "known": 0, "bad": []}
    with pytest.raises(StatementNotCancellable):
        services.cancel_statement(
            statement_id=made.pk, reason="?", by_id=cast.somebody().pk, now=ISSUED
        )
    assert answer(("FP-000001", FapiaoState.REVERSED)).taken == 1
    assert ask(made).number == "FP-000002"


def test_a_bad_line_of_an_answer_spoils_no_other(made):
    asked = ask(made)
    services.export_fapiao(now=ISSUED)
    lines = [
        ("FP-999999", FapiaoState.ISSUED, "1"),
        (asked.number, FapiaoState.REVERSED),
        (asked.number, FapiaoState.ISSUED),
        (asked.number, FapiaoState.ISSUED, "26442"),
        (asked.number, FapiaoState.ISSUED, "26443"),
    ]
    shown = answer(*lines, is_preview=True)
    with tenancy.acting_as_platform():
        assert Fapiao.objects.get().state == FapiaoState.EXPORTED
    told = answer(*lines)
    assert told == shown
    assert [each.code for each in told.bad] == [
        "unknown_request",
        "answered_before",
        "number_missing",
        "twice",
    ]
    assert answer(lines[3]).known == 1
    assert answer(lines[4]).bad[0].code == "other_number"


def test_a_request_is_withdrawn_until_it_is_exported_and_its_code_is_one(made):
    asked = ask(made)
    owner = made.organization_id
    services.withdraw_fapiao(fapiao_id=asked.pk, organization_id=owner, now=ISSUED)
    again = ask(made)
    services.export_fapiao(now=ISSUED)
    with pytest.raises(FapiaoMoved):
        services.withdraw_fapiao(fapiao_id=again.pk, organization_id=owner, now=ISSUED)
    with pytest.raises(InvalidTaxpayer):
        ask(made, wish=FapiaoWish(kind=FapiaoKind.SPECIAL, title="A", taxpayer_code="1"))
