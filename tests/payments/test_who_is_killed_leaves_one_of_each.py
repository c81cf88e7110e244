"""A process that is killed with -9 right after the gateway answered: paid once, booked once."""

import signal

import pytest

from common import tenancy
from marketplace import accounts
from marketplace.payments.contracts import MovementState
from marketplace.payments.services import sending
from tests.payments import cast
from tests.payments.cast import approved, available, buyer, posted
from tests.payments.conftest import SECRET
from tests.payments.killed import sent_and_killed
from tests.payments.test_the_gateway_is_asked_once import drain, paid, pay, state, told, top_up


@pytest.fixture
def haichao(fresh_database, gateway):
    return buyer()


def test_a_top_up_is_asked_for_once(haichao, gateway):
    movement = top_up(haichao)

    assert sent_and_killed(gateway, SECRET) == -signal.SIGKILL
    assert state(movement) == MovementState.REQUESTED
    drain(sending.LEASE)
    drain(sending.LEASE * 2)

    assert state(movement) == MovementState.SENT
    assert len(gateway.state.all("checkout.session")) == 1
    pay(gateway, movement)
    told(gateway)
    assert (state(movement), available(haichao)) == (MovementState.DONE, 500_00)


def test_a_refund_goes_back_once(haichao, gateway):
    refund = cast.refund(haichao, 200_00, paid(gateway, haichao))
    with tenancy.acting_as_platform():
        approved(refund)

    assert sent_and_killed(gateway, SECRET) == -signal.SIGKILL
    told(gateway)  # The gateway tells of it before anybody tries again.
    drain(sending.LEASE)

    assert len(gateway.state.all("refund")) == 1
    assert (state(refund), available(haichao)) == (MovementState.DONE, 300_00)
    assert posted(accounts.clearing_out("STRIPE")) == 0
