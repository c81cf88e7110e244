"""What an order was charged, downloaded from its page and computed without the market."""

import json
import re
import subprocess
import sys
from html import unescape

import pytest

from common import tenancy
from identity.contracts import Role
from tests import cast as people
from tests.pricing.timed_plans import flat, terms, tiered, unit
from tests.settlement.cast import Market

pytestmark = pytest.mark.django_db
TIMED = terms(
    unit("10", bands={"peak": "1.5"}),
    flat("5", model="minimum"),
    bands=[{"band": "peak", "from": "13:00", "until": "14:00"}],
)
PLANS = {
    "components": None,
    "times and a minimum": TIMED | {"zone": "UTC"},
    "tiers of a buyer's month": terms(tiered(("0", "3"), ("2", "2")), counted_by="buyer_month")
    | {"zone": "UTC"},
}


def charged(said):
    """Return a market and an order whose use was charged, beside another of the same buyer."""
    market = Market(terms=said, price="3.333")
    first, second = market.order(cards=2, hours=2), market.order(hours=2)
    market.use(first, "1.7")
    market.use(first, "0.3", hour=1)
    market.use(second, "0.9", hour=1, event_id="second")
    market.charge()
    return market, first


def signed_in(organization, role):
    with tenancy.acting_as_platform():
        return people.signed_in(people.member(organization, role))


@pytest.mark.parametrize("said", PLANS)
def test_the_page_leads_to_a_document_that_comes_to_what_was_charged(said, tmp_path):
    market, order = charged(PLANS[said])
    browser = signed_in(market.buyer, Role.BUYER)
    shown = unescape(browser.get(f"/orders/{order.pk}/?part=charges").content.decode())
    command = re.search(r"python3 (verify_price\.py \S+\.json)", shown)[1].split()
    script, document = (
        re.search(rf'href="([^"]*{name})"', shown)[1]
        for name in (r"verify_price\.py", r"charges\.json")
    )
    (tmp_path / command[0]).write_bytes(browser.get(script).content)
    answer = browser.get(document)
    assert answer["Content-Disposition"] == f'attachment; filename="{command[1]}"'
    told = json.loads(answer.content)
    assert told["rated_minor"] == sum(each.rated_minor for each in market.charges(order)) > 0

    def ran(changed):
        (tmp_path / command[1]).write_text(json.dumps(changed))
        call = [sys.executable, *command]
        return subprocess.run(call, cwd=tmp_path, check=False, capture_output=True, text=True)

    assert ran(told).stdout == f"OK: {told['rated_minor']} minor units\n"
    for changed in changes(told):
        assert ran(changed).returncode == 1


def changes(told):
    """Yield a document in which a charge, what was charged or what was counted is another."""
    first, *others = told["charges"]
    yield told | {"rated_minor": told["rated_minor"] + 1}
    yield told | {"charges": [first | {"rated_minor": first["rated_minor"] + 1}, *others]}
    line = first["lines"][0] | {"amount_minor": first["lines"][0]["amount_minor"] + 1}
    dearer = first | {"lines": [line, *first["lines"][1:]], "rated_minor": first["rated_minor"] + 1}
    yield told | {"charges": [dearer, *others], "rated_minor": told["rated_minor"] + 1}
    yield told | {"standard_hours": "9", "cells": dict.fromkeys(told["cells"], "9")}
    # What was counted moved to another tick, or was measured otherwise than was sealed.
    for cell, quantity in told["cells"].items():
        yield told | {"cells": told["cells"] | {cell: f"{quantity}1"}}
    more = first["sealed"] | {"quantity": "9"}
    yield told | {"charges": [first | {"sealed": more}, *others]}


def test_its_two_sides_and_who_watches_read_it_and_nobody_else():
    market, order = charged(None)
    address = f"/orders/{order.pk}/charges.json"

    for organization, role in (
        (market.buyer, Role.BUYER),
        (market.provider, Role.PROVIDER),
        (people.organization("Desk"), Role.AUDITOR),
    ):
        assert signed_in(organization, role).get(address).status_code == 200
    for role in (Role.BUYER, Role.PROVIDER):
        stranger = signed_in(people.organization(f"Other {role}"), role)
        assert stranger.get(address).status_code == 404


def test_an_order_without_a_contract_leads_to_no_document():
    market = Market(cash="0.01")
    order = market.order()
    browser = signed_in(market.buyer, Role.BUYER)

    page = browser.get(f"/orders/{order.pk}/?part=charges")

    assert (page.status_code, "charges.json" in page.content.decode()) == (200, False)
    assert browser.get(f"/orders/{order.pk}/charges.json").status_code == 404
