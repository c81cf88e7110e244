from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from common import clock, commands, tenancy
from common.errors import Refusal
from marketplace.importing.usage import ImportFile, at_work
from marketplace.importing.usage.contracts import ImportBusy
from marketplace.orders import selectors as orders_selectors
from marketplace.orders import services as orders_services
from marketplace.orders.rows import ImportRunRow


class Command(commands.Command):
    """List imports that are unfinished, or end one for good."""

    help = (
        "List imports that are at work or broke off. The same import_usage command finishes one; "
        "where nobody will run it again, name the import here: what it did not clear is cancelled, "
        "and what it did is left to the workers, who charge and settle it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("import", nargs="?", metavar="ID", help="end this import for good")

    def handle(self, **options: Any) -> None:
        with tenancy.acting_as_platform():
            unfinished = list(orders_selectors.unfinished_imports())
        if options["import"] is None:
            self._list(unfinished)
        else:
            self._end(_named(unfinished, options["import"]))

    def _list(self, unfinished: Sequence[ImportRunRow]) -> None:
        for run in unfinished:
            with tenancy.acting_as_platform():
                counts = orders_selectors.open_orders_of(run.pk)
            told = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no orders"
            began = f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}"
            state = "AT WORK" if _is_at_work(run) else run.state
            self.stdout.write(
                f"{run.pk}  {began}  {state:10}  {run.source}  {run.file_name}  {told}"
            )
        if not unfinished:
            self.stdout.write("No import is unfinished.")

    def _end(self, run: ImportRunRow) -> None:
        try:
            with at_work(ImportFile(source=run.source), run.organization_id):
                cancelled = orders_services.abandon_import(run_id=run.pk, now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        self.stdout.write(f"{run.source} is ended; {cancelled} orders were cancelled.")


def _named(unfinished: Sequence[ImportRunRow], text: str) -> ImportRunRow:
    with suppress(ValueError):
        named = UUID(text)
        for run in unfinished:
            if run.pk == named:
                return run
    message = f"no unfinished import is called {text[:60]!r}"
    raise CommandError(message, returncode=2)


def _is_at_work(run: ImportRunRow) -> bool:
    try:
        with at_work(ImportFile(source=run.source), run.organization_id):
            return False
    except ImportBusy:
        return True
