"""Scores: counted by hand, public with all inputs, made anew by a script; and what they stop."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from common import tenancy
from gateway.sensing.contracts import Health, StateSource
from identity.contracts import Role
from marketplace.assurance import services
from marketplace.assurance.models import ListingStop, ResourceScore
from marketplace.assurance.score_1 import score
from marketplace.assurance.score_contracts import ScoreInputs
from marketplace.catalog import selectors as catalog
from marketplace.catalog import services as catalog_services
from marketplace.catalog.contracts import MarketFilter, MarketSort, StoppedByRule
from marketplace.catalog.models import Listing
from tests import cast
from tests.assurance.levels import Promising

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).parents[2] / "marketplace" / "assurance" / "verify_scores.py"
NIGHT = datetime(2026, 12, 20, 17, tzinfo=UTC)  # one o'clock where the market is
DAY = timedelta(days=1)


def inputs(**said) -> ScoreInputs:
    month = 30 * 24 * 3_600 * 1_000_000
    whole = {
        "total_us": month,
        "told_us": month,
        "availability_ppm": 1_000_000,
        "certificate_level": 2,
        "certificate_age_days": 100,
        "records": 100,
        "revised": 2,
        "contracts": 10,
        "disputes": 0,
        "deliveries": 4,
        "failed_starts": 1,
        "months": 2,
        "missed_months": 1,
    }
    return ScoreInputs(**whole | said)


def told(market: Promising, *, down_hours: int = 0) -> None:
    """Let the agent have told of the resource for a month, with some hours of standing still."""
    first, last = NIGHT - 31 * DAY, NIGHT
    middle = first + 10 * DAY
    until = middle + down_hours * DAY / 24
    market.told(StateSource.AGENT, Health.OK, first, middle)
    if down_hours:
        market.told(StateSource.AGENT, Health.DOWN, middle, until)
    market.told(StateSource.AGENT, Health.OK, until, last)


def state_of(market: Promising) -> tuple[str, str]:
    with tenancy.acting_as_platform():
        found = Listing.objects.get(pk=market.listing.pk)
    return found.state, found.stopped_code


def test_both_scores_are_counted_by_hand():
    """
    Credible: coverage 1,000 × 40, certificate 800 less a tenth 720 × 30, corrections 980 × 15,
    disputes 1,000 × 15, of 100: 913. Stable: 1,000 × 60, starts 750 × 25, promises 500 × 15: 862.
    """
    found = score(inputs())
    assert (found.credibility, found.stability) == (913, 862)


def test_what_is_not_known_is_left_out_and_a_newcomer_has_no_record():
    known = score(inputs(deliveries=0, failed_starts=0, months=0, missed_months=0))
    assert known.stability == 1_000
    new = score(inputs(told_us=6 * 24 * 3_600 * 1_000_000))
    assert (new.credibility, new.stability) == (None, None)


def test_scores_are_made_once_a_day_searched_and_made_anew_by_the_script(client, tmp_path):
    market, newcomer = Promising(), Promising(promise=None)
    told(market)
    assert services.score_resources(now=NIGHT) == 2
    assert services.score_resources(now=NIGHT) == 0

    stable = catalog.market_page(MarketFilter(stability_min=900), at=NIGHT)
    assert [row.id for row in stable.rows] == [market.listing.pk]
    ranked = catalog.market_page(MarketFilter(), at=NIGHT, sort=MarketSort.STABILITY)
    assert [row.stability for row in ranked.rows] == [1_000, None]
    client.force_login(cast.member(market.buyer, Role.BUYER))
    shown = client.get(reverse("portal:listing", args=[newcomer.listing.pk])).content.decode()
    assert "尚无记录" in shown
    page = client.get(reverse("portal:resource-score", args=[market.listing.resource_id]))
    assert page.status_code == 200
    provider = reverse("portal:provider-score", args=[market.provider.pk])
    assert client.get(provider).status_code == 200
    assert client.get(f"{provider}export/").status_code == 200
    path = tmp_path / "scores.json"
    path.write_bytes(client.get(f"{provider}export/").content)

    def verify() -> int:
        return subprocess.run([sys.executable, "-I", SCRIPT, path], check=False).returncode

    assert verify() == 0
    export = json.loads(path.read_text())
    export["resources"][0]["inputs"]["disputes"] = 1
    path.write_text(json.dumps(export))
    assert verify() == 1


def test_a_passport_shows_quality_by_month_and_takes_it_along(client, tmp_path):
    market = Promising()
    resource = market.listing.resource
    page = reverse("portal:passport", args=[resource.identifier])
    assert "no record yet" in client.get(page, headers={"Accept-Language": "en"}).text
    for at in (NIGHT - 31 * DAY, NIGHT):
        market.told(StateSource.AGENT, Health.OK, at - 12 * DAY, at)
        services.score_resources(now=at)

    shown = client.get(page, headers={"Accept-Language": "en"}).text
    assert "Available, 2026-12" in shown
    assert "100% of the 30 days until 2026-12-20" in shown
    assert "100% of the 30 days until 2026-11-19" in shown

    file = client.get(reverse("portal:passport-quality", args=[resource.identifier]))
    path = tmp_path / "quality.json"

    def verified(content):
        path.write_bytes(content)
        return subprocess.run([sys.executable, "-I", SCRIPT, path], check=False).returncode

    assert verified(file.content) == 0
    assert verified(file.content.replace(b'"revised":0', b'"revised":1', 1)) == 1
    script = client.get(reverse("portal:quality-script"))
    assert script.content == SCRIPT.read_bytes()
    assert client.get(reverse("portal:passport-quality", args=["SP1-NONE"])).status_code == 404


def test_below_98_per_cent_it_is_warned_stopped_and_comes_back_by_rule(client):
    """Twenty hours of 720 down: 97.2222 %; a month later it is above."""
    market = Promising()
    told(market, down_hours=20)
    services.score_resources(now=NIGHT)
    with tenancy.acting_as_platform():
        stop = ListingStop.objects.get()
    assert stop.availability_ppm == 972_222
    services.stop_listings(now=NIGHT + DAY - timedelta(seconds=1))
    assert state_of(market) == ("OPEN", "")

    assert services.stop_listings(now=NIGHT + DAY) == 1
    assert state_of(market) == ("PAUSED", "service_level")
    with tenancy.acting_as(market.provider.pk), pytest.raises(StoppedByRule):
        catalog_services.resume_listing(
            listing_id=market.listing.pk, provider_id=market.provider.pk, now=NIGHT + DAY
        )
    client.force_login(cast.member(market.provider, Role.PROVIDER))
    listed = client.get(reverse("portal:listing-stops")).content.decode()
    assert "97.2222%" in listed

    market.told(StateSource.AGENT, Health.OK, NIGHT, NIGHT + 40 * DAY)
    services.score_resources(now=NIGHT + 30 * DAY)
    assert state_of(market) == ("OPEN", "")
    with tenancy.acting_as_platform():
        assert ListingStop.objects.get().ended_at == NIGHT + 30 * DAY
        assert ResourceScore.objects.count() == 2


@pytest.mark.parametrize(
    ("address", "name", "figures", "said"),
    [
        ("service-level-rules", "level-1", {"buffer_seconds": 600}, "1.5 × not reachable"),
        ("score-rules", "score-1", {"days": 30, "floor_ppm": 950_000}, "| coverage | 40 |"),
        ("unlisting-rules", "unlist-1", {"below_ppm": 980_000}, "less than 98 %"),
    ],
)
def test_rules_are_data_at_an_address_with_their_text(client, address, name, figures, said):
    told = client.get(f"/api/v1/{address}").json()

    (version,) = told["versions"]
    assert (told["newest"], version["name"]) == (name, name)
    assert {each: version[each] for each in figures} == figures
    assert said in version["text"]
