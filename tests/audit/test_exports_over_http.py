"""An auditor asks for an export, follows it, downloads it; others find nothing."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

from django.test import Client

from identity.contracts import Role
from marketplace.audit import services
from tests import cast
from tests.settlement.cast import NOON, Market

LATER = NOON + timedelta(days=2)
BODY = {
    "kind": "TRADES",
    "file_format": "JSONL",
    "starts_at": "2026-11-01T00:00:00Z",
    "ends_at": "2026-12-01T00:00:00Z",
}


def auditor() -> Client:
    return cast.signed_in(cast.member(cast.organization("Audit office"), Role.AUDITOR))


def ask(browser: Client, key: str = "one", **changes: object):
    return browser.post(
        "/api/v1/exports",
        json.dumps(BODY | changes),
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def test_an_export_is_asked_for_built_and_downloaded(fresh_database):
    market = Market()
    market.use(market.order(), "0.5")
    market.settle()
    browser = auditor()

    estimate = browser.get("/api/v1/export-estimates", BODY).json()
    asked = ask(browser)
    repeated = ask(browser)
    address = f"/api/v1/exports/{asked.json()['id']}"
    early = browser.get(f"{address}/download")
    services.build_next(clock=lambda: LATER)
    ready = browser.get(address).json()
    download = browser.get(f"{address}/download")

    assert estimate["rows"] == 1
    assert (asked.status_code, asked.json()["number"]) == (202, "X-0001")
    assert repeated.json() == asked.json()
    assert (early.status_code, early.json()["code"]) == (409, "export_not_ready")
    assert (ready["state"], ready["rows"], ready["progress_percent"]) == ("READY", 1, 100)
    assert ready["manifest"]["control_totals"]["columns"]["gross"] == "6.00"
    with ZipFile(BytesIO(b"".join(download.streaming_content))) as bundle:
        (line,) = bundle.read("X-0001-trades.jsonl").decode().splitlines()
    assert json.loads(line)["buyer_uscc"] == market.buyer.uscc
    assert auditor().get(address).status_code == 404
    assert len(browser.get("/api/v1/exports?state=READY").json()["results"]) == 1


def test_a_bad_request_says_what_is_wrong(db):
    browser = auditor()

    answers = [
        ask(browser, "a", ends_at="2026-10-01T00:00:00Z"),
        ask(browser, "b", kind="SECRETS"),
        ask(browser, "c", columns=["all"]),
        ask(browser, ""),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (400, "invalid_export_period"),
        (400, "invalid_choice"),
        (400, "unknown_field"),
        (400, "idempotency_key_missing"),
    ]


def test_a_buyer_may_not_export_the_ledger(db):
    browser = cast.signed_in(cast.member(cast.organization("Buyer"), Role.BUYER))

    answer = ask(browser, kind="LEDGER")

    assert (answer.status_code, answer.json()["code"]) == (403, "export_not_allowed")


def test_everyone_may_fetch_the_verifier(client, db):
    answer = client.get("/api/v1/export-verifier")

    assert b"".join(answer.streaming_content).startswith(b"#!/usr/bin/env python3")


def test_a_waiting_export_can_be_cancelled_once(db):
    browser = auditor()
    address = f"/api/v1/exports/{ask(browser).json()['id']}"

    assert browser.delete(address).json()["state"] == "CANCELLED"
    assert browser.delete(address).json()["code"] == "export_over"
