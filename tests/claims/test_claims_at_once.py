"""Sixty-four at once: what vouchers paid is claimed once, and paid once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from common import tenancy
from marketplace import accounts
from marketplace.claims.contracts import ClaimMoved, NothingToClaim
from marketplace.claims.models import VoucherClaim
from tests.claims.cast import Claimed
from tests.settlement.cast import balance

THREADS = 64


def at_once(act, refused):
    start = Barrier(THREADS)

    def one(number: int):
        start.wait()
        try:
            act(number)
        except refused as error:
            return type(error)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_sixty_four_claim_and_confirm_and_one_of_each_counts(fresh_database):
    claimed = Claimed()

    told = at_once(lambda _number: claimed.submit(), NothingToClaim)
    assert told.count(None) == 1
    with tenancy.acting_as_platform():
        (claim,) = VoucherClaim.objects.all()
    claimed.check(claim)
    claimed.instruct()
    told = at_once(
        lambda number: claimed.confirm(claim, payment_reference=f"PAY-{number}"), ClaimMoved
    )

    assert told.count(None) == 1
    assert balance(accounts.voucher_claimed(claimed.code, claimed.provider.pk)).posted == 0
