"""Codes of the second factor go by the database's clock, as everything does that decides."""

from collections.abc import Iterator

from allauth.mfa import app_settings
from allauth.mfa.totp.internal import auth

from common import clock


def counters() -> Iterator[int]:
    """Return the numbers of the periods whose codes are taken now."""
    present = int(clock.now().timestamp()) // int(app_settings.TOTP_PERIOD)
    tolerance = int(app_settings.TOTP_TOLERANCE)
    yield from range(present - tolerance, present + tolerance + 1)


def install() -> None:
    """Put our clock in allauth's place; it asks the web process's, and offers no setting."""
    auth.yield_hotp_counters_from_time = counters
