"""Service levels on their pages, over HTTP, and counted again by the script."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse

from common import tenancy
from identity.contracts import Role
from marketplace.assurance.level_contracts import LevelPromise, LevelTermsInvalid, LevelUnchanged
from marketplace.assurance.models import ListingLevel
from tests import cast
from tests.assurance.levels import PROMISE, Promising, close, run, stand_still

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[2] / "marketplace" / "assurance" / "verify_level.py"


@pytest.fixture
def missed() -> Promising:
    market = Promising()
    order = run(market)
    stand_still(market, order, 25)
    close(market, order)
    market.count()
    market.order_made = order
    return market


def recount(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", SCRIPT, path], capture_output=True, text=True, check=False
    )


def test_both_parties_read_why_and_the_script_counts_the_same(missed, client, tmp_path):
    (found,) = missed.evaluated()
    for party in (missed.buyer, missed.provider):
        role = Role.BUYER if party == missed.buyer else Role.PROVIDER
        client.force_login(cast.member(party, role))
        listed = client.get(reverse("portal:level-evaluations"))
        assert found.contract_number in listed.content.decode()
        shown = client.get(reverse("portal:level-evaluation", args=[found.pk])).content.decode()
        assert "97.5%" in shown
        assert "¥28.75" in shown
        at_order = client.get(reverse("portal:order", args=[missed.order_made.pk]))
        assert at_order.status_code == 200
    delivery = missed.delivery(missed.order_made)
    assert "97.5%" in client.get(reverse("portal:delivery", args=[delivery.pk])).content.decode()
    path = tmp_path / "document.json"
    path.write_bytes(client.get(reverse("portal:level-document", args=[found.pk])).content)

    assert recount(path).returncode == 0
    document = json.loads(path.read_text())
    document["result"]["credits"]["CNY"] += 1
    path.write_text(json.dumps(document))
    told = recount(path)
    assert told.returncode == 1
    assert "credits" in told.stdout


def test_a_provider_publishes_on_the_page_and_everybody_reads_it(client):
    market = Promising(promise=None)
    address = reverse("portal:listing-level", args=[market.listing.pk])
    client.force_login(cast.member(market.provider, Role.PROVIDER))
    page = client.get(address)
    key = page.context["form"]["key"].value() if "form" in (page.context or {}) else "1"
    sent = {"key": key, "availability": "99.9", "credit_1": "10", "below_2": "99", "credit_2": "25"}

    for field, wrong in (
        ("below_2", {"below_2": "99.95"}),
        ("credit_2", {"credit_2": "10"}),
        ("credit_2", {"credit_2": ""}),
        ("below_3", {"credit_3": "50"}),
        ("below_3", {"below_3": "99", "credit_3": "50"}),
        ("below_2", {"credit_1": ""}),
    ):
        refused = client.post(address, sent | wrong)
        (block,) = refused.context["side"]
        assert (refused.status_code, [*block.form.errors]) == (422, [field])
    sent |= {"ready_minutes": "15", "ready_credit": "5"}
    preview = client.post(address, sent)
    assert b"99.9%" in preview.content
    with tenancy.acting_as_platform():
        assert not ListingLevel.objects.exists()
    seen = preview.content.decode().split('name="seen" value="')[1].split('"')[0]
    answer = client.post(address, sent | {"seen": seen})

    assert answer.status_code == 302, answer.content.decode()[-2000:]
    client.force_login(cast.member(market.buyer, Role.BUYER))
    for name in ("portal:listing", "portal:order-place", "portal:listing-level"):
        shown = client.get(reverse(name, args=[market.listing.pk])).content.decode()
        assert "99.9%" in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "This promises nothing"),
        ({"ready_minutes": "0", "ready_credit": "50"}, "At least 1."),
        ({"network": "99", "nothing": "on"}, "Targets are filled in above"),
    ],
)
def test_a_slip_is_told_beside_its_field_and_nothing_is_published(client, typed, told):
    market = Promising()
    address = reverse("portal:listing-level", args=[market.listing.pk])
    client.force_login(cast.member(market.provider, Role.PROVIDER))

    answer = client.post(address, {"key": str(uuid4())} | typed, headers={"Accept-Language": "en"})

    assert answer.status_code == 422
    assert told in answer.content.decode()
    with tenancy.acting_as_platform():
        assert ListingLevel.objects.count() == 1


def test_what_is_promised_no_more_is_said_on_purpose(client):
    market = Promising()
    address = reverse("portal:listing-level", args=[market.listing.pk])
    client.force_login(cast.member(market.provider, Role.PROVIDER))
    sent = {"key": str(uuid4()), "nothing": "on"}
    preview = client.post(address, sent, headers={"Accept-Language": "en"}).content.decode()
    assert "No service level is promised." in preview
    seen = preview.split('name="seen" value="')[1].split('"')[0]
    assert client.post(address, sent | {"seen": seen}).status_code == 302
    with tenancy.acting_as_platform():
        assert ListingLevel.objects.count() == 2


def test_terms_are_valid_differ_and_worse_ones_wait():
    market = Promising()
    with pytest.raises(LevelUnchanged):
        market.promise(PROMISE)
    for wrong in (
        LevelPromise(availability_ppm=1_000_001),
        LevelPromise(availability_ppm=999_000, tiers=((990_000, 1),)),
        LevelPromise(availability_ppm=999_000, tiers=((999_000, 5), (990_000, 5))),
        LevelPromise(response_ms=123),
        LevelPromise(ready_seconds=59),
    ):
        with pytest.raises(LevelTermsInvalid):
            market.promise(wrong)


def test_over_http_levels_are_published_and_read(missed):
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_login(cast.member(missed.provider, Role.PROVIDER))
    other = Promising(promise=None, provider=missed.provider)
    body = {
        "listing_id": str(other.listing.pk),
        "availability_ppm": 990_000,
        "tiers": [[990_000, 500]],
    }
    made = client.post(
        "/api/v1/service-levels", body, format="json", headers={"Idempotency-Key": "1"}
    )
    assert made.status_code == 201, made.content
    listed = client.get("/api/v1/service-level-evaluations?is_missed=true").json()
    row = (listed.get("results") or listed.get("items"))[0]
    assert row["credits"] == {"CNY": 2_875}
    document = client.get(f"/api/v1/service-level-evaluations/{row['id']}/document").json()
    assert document["content_hash"] == row["content_hash"]
    with tenancy.acting_as_platform():
        assert missed.months()[0].due_at is None
