"""What is left on a voucher goes back once; who waits for a check, and who is swept again."""

from datetime import timedelta
from uuid import uuid4

import pytest

from common import tenancy
from marketplace.vouchers import programme_rules, rules, services
from marketplace.vouchers.contracts import VoucherNotFound, VoucherState
from marketplace.vouchers.models import Voucher
from tests.factories import NOW, VoucherFactory, fen
from tests.orders.cast import left, pool
from tests.vouchers.cast import rules_data

pytestmark = pytest.mark.django_db
OVER = NOW + timedelta(days=1_000)


def seen(voucher: Voucher) -> Voucher:
    with tenancy.acting_as_platform():
        return Voucher.objects.select_related("programme_version__programme").get(pk=voucher.pk)


def test_what_is_left_goes_back_to_the_pool_once():
    voucher = VoucherFactory(amount="100", programme__pool="1000")
    programme = seen(voucher).programme_version.programme

    services.expire_vouchers(now=OVER)
    services.expire_vouchers(now=OVER + timedelta(days=1))

    assert (left(voucher), pool(programme)) == ((0, 0), fen("1000"))
    assert seen(voucher).returned_minor == fen("100")


def test_a_voucher_that_is_over_is_looked_at_again_and_one_that_holds_is_not():
    over, still = VoucherFactory(), VoucherFactory()
    with tenancy.acting_as_platform():
        Voucher.objects.filter(pk=over.pk).update(state=VoucherState.EXPIRED)

    services.sweep_again(voucher_ids=[over.pk, still.pk], now=NOW)

    assert seen(over).sweep_at == NOW
    assert seen(still).sweep_at != NOW


def test_nobody_is_looked_at_again_for_nothing(django_assert_num_queries):
    with django_assert_num_queries(2):  # The transaction's savepoint.
        services.sweep_again(voucher_ids=[], now=NOW)


def test_a_voucher_that_was_set_aside_is_swept_again_and_no_other():
    voucher = VoucherFactory()
    with tenancy.acting_as_platform():
        Voucher.objects.filter(pk=voucher.pk).update(review_code="not_returned", review_since=NOW)

    assert not services.retry_voucher(voucher_id=voucher.pk).needs_review
    for voucher_id in (voucher.pk, uuid4()):
        with pytest.raises(VoucherNotFound):
            services.retry_voucher(voucher_id=voucher_id)


def test_only_a_programme_that_pays_at_once_takes_applications():
    for mode, takes in (("OFFSET", True), ("EX_POST", False)):
        parsed = programme_rules.parse(rules_data(mode=mode))

        assert rules.takes_applications(parsed, at=NOW) is takes


@pytest.mark.parametrize(
    ("stored", "posted", "at", "shown"),
    [
        ("ACTIVE", 1, NOW, "ACTIVE"),
        ("ACTIVE", 0, NOW, "EXHAUSTED"),
        ("ACTIVE", 1, OVER, "EXPIRED"),
        ("CLAWED_BACK", 1, OVER, "CLAWED_BACK"),
    ],
)
def test_a_person_sees_the_state_that_the_ledger_knows_first(stored, posted, at, shown):
    state = rules.voucher_state(
        VoucherState(stored), posted_minor=posted, expires_at=NOW + timedelta(days=1), at=at
    )

    assert state == shown
