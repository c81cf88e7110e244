"""Control looks at what is claimed: a case holds it, what is unknown is said and accuses nobody."""

from datetime import timedelta

import pytest

from common import tenancy
from marketplace.claims import controls, selectors
from marketplace.claims.contracts import ClaimUnderCase
from marketplace.vouchers.contracts import CheckOutcome
from tests import cast
from tests.assurance import cases
from tests.claims.cast import Claimed
from tests.claims.reimbursed import Reimbursing
from tests.claims.test_claim_pages import address, reading
from tests.settlement.cast import NOON

pytestmark = pytest.mark.django_db


def said_of(claim) -> dict[str, tuple[str, int]]:
    with tenancy.acting_as_platform():
        lines = list(selectors.lines(claim.pk).filter(is_live=True))
        found = controls.controls_of(lines, asks_power=True, at=NOON)
    return {each.code.value: (each.outcome.value, each.count) for each in found}


def under_a_case(party) -> None:
    case = cases.opened(party, at=NOON)
    cases.shown_by_orders(case, party, at=NOON - timedelta(days=1))


def test_use_without_signatures_and_without_a_measure_of_power_is_unknown_and_holds_nothing():
    claimed = Claimed()
    claim = claimed.submit()

    assert said_of(claim) == {
        "wash_trades": (CheckOutcome.MET.value, 0),
        "unsigned_readings": (CheckOutcome.UNKNOWN.value, 1),
        "power_not_measured": (CheckOutcome.UNKNOWN.value, 1),
    }
    assert claimed.check(claim).accepted_minor == 18_00


def test_a_case_holds_the_trades_that_it_rests_on_until_people_dismiss_it():
    claimed = Claimed()
    claim = claimed.submit()
    under_a_case(claimed.market.buyer)

    assert said_of(claim)["wash_trades"] == (CheckOutcome.NOT_MET.value, 1)
    with pytest.raises(ClaimUnderCase) as held:
        claimed.check(claim)
    assert held.value.field == "struck"
    page = reading(claimed.clerk).get(address("voucher-claim", claim.pk)).content.decode()
    assert "A case of surveillance rests on the trade" in page


def test_a_case_holds_a_reimbursement_too():
    world = Reimbursing()
    row = world.ask()
    under_a_case(world.buyer)

    with pytest.raises(ClaimUnderCase):
        world.review(row)


def test_the_api_says_it_and_strangers_read_nothing():
    claimed = Claimed()
    claim = claimed.submit()
    browser = cast.signed_in(claimed.clerk)

    told = browser.get(f"/api/v1/voucher-claims/{claim.pk}").json()

    assert [each["rule"] for each in told["control"]] == [
        "wash_trades",
        "unsigned_readings",
        "power_not_measured",
    ]
    assert told["control"][1]["outcome"] == "UNKNOWN"
