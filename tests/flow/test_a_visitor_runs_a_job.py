"""While the demonstration is served its driver stays: a visitor's job runs and says how it went."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.demo.client import Client
from tests.platform.conftest import Installation, migrated, wait_until  # noqa: F401 - fixtures

pytestmark = [pytest.mark.services, pytest.mark.slow]
LASTS = timedelta(minutes=1)


@pytest.fixture
def market(migrated):  # noqa: F811
    with Installation.copy_of(migrated) as installation:
        installation.run("demo")
        kept = installation.home / "keys" / "demo-driver.json"
        wait_until(kept.exists, seconds=300)
        yield installation


def signed_in(market: Installation, role: str) -> Client:
    known = json.loads((market.home / "keys" / "demo-accounts.json").read_text())
    client = Client(market.url)
    client.sign_in(email=known["accounts"][role], password=known["password"])
    return client


def test_a_visitors_job_is_run_by_the_driver_that_stays(market):
    provider, buyer = signed_in(market, "PROVIDER"), signed_in(market, "BUYER")
    (driver,) = provider.get("drivers")["results"]
    (listing,) = buyer.get("listings", q="H100 burst pool")["results"]
    wait_until(
        lambda: [each["status"] for each in provider.get("probes")["results"]] == [204], seconds=120
    )

    said = {}
    for name, words in (("seq", ["seq", "3"]), ("sh", ["sh", "-c", "id"])):
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=10)
        placed = buyer.post(
            "job-orders",
            {
                "job": {"command": words, "wall_seconds": 30},
                "listing_id": listing["id"],
                "units_milli": 1000,
                "starts_at": starts_at.isoformat(),
                "ends_at": (starts_at + LASTS).isoformat(),
            },
        )
        said[name] = placed["order_id"]
    results = {}
    until = time.monotonic() + 150
    while len(results) < 2 and time.monotonic() < until:
        for name, order_id in said.items():
            job = buyer.get(f"job-orders/{order_id}")
            if job["exit_code"] is not None:
                results[name] = (job["exit_code"], job["log_tail"])
        time.sleep(1)

    assert driver["kind"] == "local-1"
    assert results["seq"] == (0, "1\n2\n3\n")
    assert results["sh"][0] == 126
    assert results["sh"][1].startswith("This driver runs these: echo,")
