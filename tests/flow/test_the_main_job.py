"""From a listing to a verified export, by the command that a new user runs."""

import json

import pytest

from tests.platform.conftest import Installation, migrated  # noqa: F401 - a fixture

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def summary(migrated):  # noqa: F811
    with Installation.copy_of(migrated) as installation:
        demo = installation.run("demo", "--once", "--json")
        output, _ = demo.communicate(timeout=300)
        assert demo.returncode == 0, output
        yield json.loads(output.splitlines()[-1])


def test_measured_use_is_priced_to_the_fen(summary):
    # 512 cards × 20 s = 10,240 card-seconds; × 3.169872 ÷ 3,600 = 9.0165248 standard hours;
    # × ¥3.35 = ¥30.2053… → ¥30.21. The voucher pays 60 %: ¥18.126 → ¥18.13, cash the rest.
    trade = summary["job"]["trade"]

    assert trade["standard_hours"] == "9.016524800000"
    assert trade["gross_minor"] == 3021
    assert trade["voucher_minor"] == 1813
    assert trade["cash_minor"] == 1208
    assert trade["fee_minor"] == 91  # 3 % of ¥30.21 = ¥0.9063


def test_the_driver_ran_the_job_of_the_order(summary):
    delivery = summary["job"]["delivery"]

    assert delivery["driver"] == "local-1"
    assert delivery["exit_code"] == 0
    assert delivery["steps"][:4] == ["PREPARE", "CONNECT", "SCHEDULE", "RUN"]
    assert delivery["steps"][-2:] == ["EXIT", "WIPE"]
    assert delivery["said"][0] == "delivery.ready"
    assert {"delivery.exited", "delivery.wiped"} <= set(delivery["said"])
    assert delivery["confirmed_by"] == "reading"


def test_access_was_sealed_and_the_buyer_alone_opened_it(summary):
    assert summary["job"]["access"] == {"kind": "SSH", "format": 2, "endpoint": ""}


def test_the_holds_covered_the_estimate(summary):
    assert summary["job"]["held"] == {"voucher_minor": 1813, "cash_minor": 1208}


def test_a_repeated_reading_counts_once(summary):
    # Each of the two windows was sent twice.
    assert summary["job"]["readings"] == 2


def test_the_export_verifies_and_an_altered_one_is_named(summary):
    job = summary["job"]

    assert job["export"]["verifier"][-1] == "VERIFIED"
    assert job["export"]["rows"] >= 1
    assert job["trade"]["number"] in " ".join(job["altered"])
    assert "NOT VERIFIED" in job["altered"][-1]


def test_the_last_month_is_stated_verified_and_closed(summary):
    job = summary["job"]

    assert [each["side"] for each in job["statements"]] == ["BUYER", "PROVIDER"]
    assert all(each["lines"] for each in job["statements"])
    assert len(job["statements_verified"]) == 2
    assert not any(job["checklist"].values())
    assert job["closing"]["state"] == "CLOSED"
    assert job["closing"]["month"] == job["statements"][0]["starts_on"]


def test_tokens_are_committed_metered_and_charged(summary):
    # 30,000 + 4 · 5,000 + 20,000 / 4 = 55,000 in ten seconds: 5,500 a second. Used: 24,000 read
    # at ¥20, 4,000 generated at ¥65 and 16,000 from a cache at ¥4 a million: 0.48 + 0.26 + 0.064,
    # of which a plan that says terms rounds the last up to 0.07.
    tokens = summary["job"]["tokens"]

    assert tokens["committed_a_minute"] == 330_000
    assert tokens["gross_minor"] == 81
