"""Programmes that ask how large a supplier is pay by what it qualifies with at the moment."""

import pytest

from common import tenancy
from identity.models import Organization
from marketplace.orders.models import OrderCover
from marketplace.orders.selectors import snapshots
from tests.assurance.audits import Auditing
from tests.catalog.supply import listed
from tests.orders.cast import NOW, buyer, clear, place, programme, voucher, wish
from tests.vouchers.published import rules_2

pytestmark = pytest.mark.django_db
SIZES = {"listed": None, "pflops_min": 100, "racks_min": None, "unrelated": True}


def covered(owner, listing, of) -> int:
    """Return what a voucher pays of an order from a listing."""
    card = voucher(owner, "2", of)
    order = place(owner, wish(listing, voucher_ids=(card.pk,)))
    clear(listing)
    with tenancy.acting_as_platform():
        found = OrderCover.objects.filter(order=order).first()
        return found.amount_minor if found else 0


def test_an_audit_that_finds_less_ends_what_vouchers_pay_from_the_next_round_on():
    listing, owner = listed(), buyer("100")
    of = programme("100000", **rules_2(publicity_days=0, suppliers=SIZES))
    with tenancy.acting_as_platform():
        provider = Organization.objects.get(pk=listing.provider_id)

    unknown = covered(owner, listing, of)
    auditing = Auditing(at=NOW, supplier=provider)
    large = covered(owner, listing, of)
    auditing.conclude(auditing.answer(auditing.asked()))
    small = covered(owner, listing, of)

    assert unknown == small == 0  # What is not known is never taken for a yes.
    assert large > 0


def test_a_round_reads_sizes_only_where_a_voucher_asks():
    listing, owner = listed(), buyer("100")
    of = programme("100000", **rules_2(publicity_days=0))
    with tenancy.acting_as_platform():
        provider = Organization.objects.get(pk=listing.provider_id)
    Auditing(at=NOW, supplier=provider)
    card = voucher(owner, "2", of)
    order = place(owner, wish(listing, voucher_ids=(card.pk,)))

    with tenancy.acting_as_platform():
        found = snapshots.snapshot(book_id=order.book_id, orders=[order], at=NOW, seed="")

    assert found.sizes == ()
