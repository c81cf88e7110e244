"""
`migrate`, which renders no model twice without need and ends by telling the database the seals of
the settings' secret key.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from common import migrating, seals

# The command finds its executor in its module.
migrate.MigrationExecutor = migrating.ExecutorInPlace  # type: ignore[attr-defined]


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            seals.install(connections[options["database"]])
