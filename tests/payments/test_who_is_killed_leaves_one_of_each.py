"""A process that is killed with -9 right after the gateway answered: paid once, booked once."""

import os
import signal

import pytest
from django.db import connections

from common import clock, tenancy
from marketplace import accounts
from marketplace.payments import services
from marketplace.payments.contracts import MovementState
from marketplace.payments.services import sending
from tests.payments import cast
from tests.payments.cast import approved, available, buyer, posted
from tests.payments.test_the_gateway_is_asked_once import drain, paid, pay, state, told, top_up


def killed_after_the_call() -> int:
    """Let another process send what is due, and die before it writes down what came of it."""
    connections.close_all()  # A connection belongs to one process.
    child = os.fork()
    if not child:
        sending._note_sent = lambda *_args, **_facts: os.kill(os.getpid(), signal.SIGKILL)
        try:
            services.send_due(now=clock.now())
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status)


@pytest.fixture
def haichao(fresh_database, gateway):
    return buyer()


def test_a_top_up_is_asked_for_once(haichao, gateway):
    movement = top_up(haichao)

    assert killed_after_the_call() == signal.SIGKILL
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

    assert killed_after_the_call() == signal.SIGKILL
    told(gateway)  # The gateway tells of it before anybody tries again.
    drain(sending.LEASE)

    assert len(gateway.state.all("refund")) == 1
    assert (state(refund), available(haichao)) == (MovementState.DONE, 300_00)
    assert posted(accounts.clearing_out("STRIPE")) == 0
