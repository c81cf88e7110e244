"""
A process of its own that sends what is due, and dies by kill -9 once the gateway has answered.

`python -m tests.payments.killed ADDRESS SECRET` is that process; it inherits the test's database.
"""

import os
import signal
import subprocess
import sys
from typing import Any

import django
from django.db import connections


def sent_and_killed(gateway: Any, secret: str) -> int:
    """Let another process send what is due and die before it notes the answer; return its end."""
    connections.close_all()
    command = [sys.executable, "-m", "tests.payments.killed", gateway.url, secret]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    return done.returncode


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    from common import clock, networks
    from marketplace.payments import channels, services
    from marketplace.payments.contracts import PayChannel
    from marketplace.payments.services import sending
    from marketplace.payments.stripe_channel import StripeChannel

    settings.OUTBOUND_ALLOWED = (networks.read_allowed("127.0.0.0/8"),)
    url, secret = sys.argv[1:]
    channel = StripeChannel("sk_test_1", secrets=(secret,), is_live=False, base=url)
    channels.install([(PayChannel.STRIPE, channel)])
    sending._note_sent = lambda *_args, **_facts: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    sys.stderr.write(f"sent {services.send_due(now=clock.now())}\n")


if __name__ == "__main__":
    main()
