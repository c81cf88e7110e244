"""Check a driver against the interface."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.drivers import check_driver


class Command(BaseCommand):
    """`manage.py driver check URL [--json]`: play the market, and name each case that failed."""

    help = "Check a driver against the interface; DRIVER_SECRET holds its secret."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is to be done, and the driver's address."""
        parser.add_argument("act", choices=["check"])
        parser.add_argument("url")
        parser.add_argument("--seconds", type=float, default=10, help="to wait for each message")
        parser.add_argument("--listen", default="127.0.0.1:0", help="where messages are sent to")
        parser.add_argument("--restart", default="", help="the command that restarts the driver")
        parser.add_argument("--access", action="store_true", help="it hands access over")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **given: Any) -> None:
        """Check the driver; the exit status is 1 if a case failed."""
        words = [given["url"], f"--seconds={given['seconds']}", f"--listen={given['listen']}"]
        words += [f"--restart={given['restart']}"] if given["restart"] else []
        words += [f"--{name}" for name in ("access", "json") if given[name]]
        status = check_driver.main(words)
        if status:
            message = "the driver does not keep to the interface"
            raise CommandError(message, returncode=status)
