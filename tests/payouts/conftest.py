"""The gateway that payments are tried with also takes payouts."""

from tests.payments.conftest import gateway

__all__ = ["gateway"]
