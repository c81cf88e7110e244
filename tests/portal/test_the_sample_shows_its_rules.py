"""The sample holds one of each for strangers: what is given, a promise that was missed, scores."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from django.test import Client
from django.urls import reverse

from common import clock, tenancy
from identity.models import User
from marketplace.assurance.models import LevelEvaluation, ResourceScore
from marketplace.catalog import selectors as catalog_selectors
from marketplace.orders.models import Order
from marketplace.settlement.models import Adjustment
from tests.orders.cast import clear, place, wish
from tests.portal.visitor import demo

SCRIPT = Path(__file__).parents[2] / "marketplace" / "assurance" / "verify_level.py"
ENGLISH = {"Accept-Language": "en"}


def a_visitor(role: str) -> Client:
    browser = Client()
    with tenancy.acting_as_platform():
        browser.force_login(User.objects.get(email=demo(role)))
    return browser


def test_strangers_see_what_is_given_and_the_demos_buyer_takes_of_it(sample_market):
    with tenancy.acting_as_platform():
        (given,) = catalog_selectors.community_listings()
    stranger = Client().get(reverse("portal:community"), headers=ENGLISH)

    assert "RTX 4090 community capacity" in stranger.text
    assert "200 hours a member and month" in stranger.text
    assert "Left to you" not in stranger.text

    now, buyer = clock.now(), a_visitor("buyer")
    with tenancy.acting_as_platform():
        owner = User.objects.get(email=demo("buyer")).memberships.get().organization
        start = now.replace(microsecond=0) + timedelta(seconds=5)
        order = place(owner, wish(given, cards="2", hours=3, start=start), at=now)
        clear(given, at=now)
        order.refresh_from_db()
    assert (order.state, order.cash_minor, order.voucher_minor) == ("CLEARED", 0, 0)
    left = buyer.get(reverse("portal:community"), headers=ENGLISH).text
    assert "194 of 200" in left


def test_a_promise_was_missed_counted_given_back_and_can_be_checked_by_hand(
    sample_market, tmp_path
):
    with tenancy.acting_as_platform():
        shown = Order.objects.get(key="sample-900")
        missed = LevelEvaluation.objects.get(month__contract__order=shown)
        back = Adjustment.objects.filter(contract_id=missed.month.contract_id)
        moved = {each.asset: each.amount_minor for each in back}
    # 600 minutes less 25, of which ten are forgiven: 97.5 %, below 99 %.
    assert (missed.availability_ppm, missed.credit_bp) == (975_000, 2_500)
    assert moved
    assert moved == missed.credits

    buyer = a_visitor("buyer")
    page = buyer.get(reverse("portal:level-evaluation", args=[missed.pk]), headers=ENGLISH)
    document = tmp_path / "document.json"
    raw = buyer.get(reverse("portal:level-document", args=[missed.pk])).content
    document.write_bytes(raw)
    ran = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(document)], capture_output=True, check=False
    )
    assert "97.5" in page.text
    assert ran.returncode == 0, ran.stdout
    assert json.loads(raw)["result"]["credits"] == missed.credits


def test_what_the_sample_offers_is_scored_from_what_was_told_of_it(sample_market):
    with tenancy.acting_as_platform():
        scored = ResourceScore.objects.exclude(stability=None)
        assert scored.count() == 30
        assert len(set(scored.values_list("stability", flat=True))) > 3
    market = Client().get(reverse("portal:market"), headers=ENGLISH)
    assert "Stability" in market.text
