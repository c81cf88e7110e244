"""The comparison moves data at the price of the network that is ordered with a listing."""

from decimal import Decimal

import pytest

from common import clock, tenancy
from marketplace.calculator import selectors as calculator
from marketplace.calculator.contracts import ComputeNeed, NeedKind
from marketplace.catalog import selectors
from marketplace.catalog import services as catalog
from tests.orders.side_by_side import Set
from tests.settlement.cast import OPENED

pytestmark = pytest.mark.django_db


def compared(made: Set) -> dict[str, tuple[Decimal | None, bool]]:
    with tenancy.acting_as_platform():
        catalog.compute_due_all_in(now=clock.now())
        found = selectors.all_in_by_place(made.cards.listing.pk)
    return {
        place: (each.path_per_standard_hour, each.path_is_charged) for place, each in found.items()
    }


def test_its_price_stands_in_the_place_of_the_published_path():
    made = Set()
    made.stand(network_id=None)
    before = compared(made)

    made.stand()
    after = compared(made)

    # 8 cards for a week are 1,344 standard hours, which move 134.4 GB: 100 × 0.50 + 34.4 × 0.30.
    line = (Decimal("60.32") / Decimal(1344)).quantize(Decimal("0.000001"))
    assert after[""] == before[""] == (0, False)
    assert {found for place, found in after.items() if place} == {(line, True)}
    assert not any(charged for _price, charged in before.values())
    with tenancy.acting_as(made.pipe.provider.pk):
        catalog.pause_listing(
            listing_id=made.pipe.listing.pk, provider_id=made.pipe.provider.pk, now=OPENED
        )
    assert compared(made) == before


def test_the_calculator_moves_data_over_it_too():
    made = Set()
    need = ComputeNeed(
        NeedKind.CARD_HOURS,
        unit_hours=Decimal(80),
        hours=Decimal(10),
        place="region:310000",
        moved_gb=200,
    )

    (offer,) = calculator.calculate(need, at=clock.now()).offers
    made.stand(network_id=None)
    (published,) = calculator.calculate(need, at=clock.now()).offers

    # 100 × 0.50 + 100 × 0.30
    assert (offer.path_minor, offer.path_is_charged) == (80_00, True)
    assert offer.total_minor == 960_00 + 80_00
    assert published.path_is_charged is False
    assert published.path_minor != offer.path_minor
