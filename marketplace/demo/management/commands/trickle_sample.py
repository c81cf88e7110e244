"""`manage.py trickle_sample`: keep the sample market alive while it is shown."""

import time
from typing import Any

from django.core.management.base import CommandParser
from django.db import close_old_connections

from common import clock, commands
from marketplace.demo import delivering
from marketplace.demo.trickle import Trickle

SECONDS = 20


class Command(commands.Command):
    help = "Let orders and readings trickle into the sample market until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--steps", type=int, help="stop after so many looks, for tests")

    def handle(self, *_args: Any, **options: Any) -> None:
        trickle = Trickle.begin(now=clock.now())
        delivering.let_market_probe(now=clock.now())
        left = options["steps"]
        while left is None or left > 0:
            trickle.step(now=clock.now())
            left = None if left is None else left - 1
            if left != 0:
                close_old_connections()
                time.sleep(SECONDS)
