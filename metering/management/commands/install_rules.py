from typing import Any

from common import clock, commands
from metering import services


class Command(commands.Command):
    """Publish the rule versions that came with this release and are not there yet."""

    help = "Publish the metrics and measurement rules that come with Suanpan (safe to repeat)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for rule in services.install_shipped_rules(now=clock.now()):
            self.stdout.write(f"{rule.code} v{rule.version}  {rule.content_hash[:12]}")
