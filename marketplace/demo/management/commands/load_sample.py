"""`manage.py load_sample`: fill an installation with the sample market."""

from typing import Any

from common import clock, commands, tenancy
from marketplace.demo import sample


class Command(commands.Command):
    help = "Load the sample market: organisations, demo accounts, listings, programmes, trades."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with tenancy.acting_as_platform():
            loaded = sample.load(now=clock.now(), with_past_month=True)
        for name, count in loaded.items():
            self.stdout.write(f"{name}: {count}")
