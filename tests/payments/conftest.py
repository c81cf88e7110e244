"""A gateway to try payments with, in a thread, driven by the real client."""

import os

import pytest

from common import networks
from marketplace.payments import channels
from marketplace.payments.contracts import PayChannel
from marketplace.payments.stripe_channel import StripeChannel

os.environ["SUANPAN_TEST_GATEWAY"] = "yes"
SECRET = "whsec_test"


@pytest.fixture
def gateway(settings):
    from marketplace.demo.gateway.server import Gateway

    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    started = Gateway(secret=SECRET).start()
    connected = StripeChannel("sk_test_1", secrets=(SECRET,), is_live=False, base=started.url)
    channels.install([(PayChannel.STRIPE, connected)])
    yield started
    channels.install([])
    started.close()
