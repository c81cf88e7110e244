"""Sixty-four ask for money back at once: what came by the source goes back, and no more."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from django.db import Error, connections

from common import tenancy
from common.errors import Refusal
from marketplace.payments import services
from marketplace.payments.contracts import MovementKind
from marketplace.payments.models import PaymentSource
from tests import databases
from tests.cast import NOW
from tests.payments.cast import asked, buyer, member, paid_in

THREADS = 64


def at_once(act) -> int:
    """Return how many of sixty-four succeeded."""
    start = Barrier(THREADS)

    def go(_number) -> bool:
        try:
            start.wait()
            act()
        except (Refusal, Error):
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(go, range(THREADS)))


def taken(source: PaymentSource) -> int:
    with tenancy.acting_as_platform():
        source.refresh_from_db()
    return source.taken_minor


def test_of_64_refunds_as_many_are_taken_as_the_source_covers(fresh_database):
    haichao = buyer(cash="1000")
    source, by = paid_in(haichao, 100_00), member(haichao)

    def ask():
        services.ask_refund(source_id=source.pk, amount_minor=5_00, key=uuid4().hex, by=by, now=NOW)

    assert at_once(ask) == 20
    assert taken(source) == 100_00


def test_without_the_bound_of_the_database_more_goes_back_than_came(fresh_database):
    """The negative control: past the service the check alone holds, and it does."""
    haichao = buyer(cash="1000")
    source = paid_in(haichao, 100_00)

    def past_the_service():
        asked(haichao, 5_00, MovementKind.REFUND, source_id=source.pk)

    assert at_once(past_the_service) == 20
    with databases.admin(fresh_database) as owner:
        owner.execute(
            "ALTER TABLE payments_paymentsource DROP CONSTRAINT source_gives_what_it_took"
        )
    assert at_once(past_the_service) == THREADS
    assert taken(source) > 100_00
