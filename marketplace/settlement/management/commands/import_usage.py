import contextlib
import io
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from common import clock, commands, tenancy
from common.errors import Refusal
from common.money import Money, parse_decimal
from identity import services as identity
from identity.models import Organization, User
from marketplace import accounts
from marketplace.catalog import rules as catalog
from marketplace.settlement import importing
from marketplace.settlement.importing import Imported
from metering import formats
from metering.contracts import BadRow, UsageFormat, UsageRow

UNUSABLE: Final = 2
SOME_REFUSED: Final = 1
SHOWN_MAX: Final = 50
# Made-up firms that buy and sell what is imported without --buyer and --provider.
SAMPLE_BUYER: Final = {
    "uscc": "91640500MA0000002F",
    "name": "样例导入采购方",
    "name_en": "Sample import buyer",
}
SAMPLE_CLERK: Final = "import-clerk@sample.example"  # has no password: nobody signs in as this one
SAMPLE_PROVIDER: Final = {
    "uscc": "91640500MA00000196",
    "name": "样例导入提供方",
    "name_en": "Sample import provider",
}


class Strict(Exception):  # noqa: N818 - nothing went wrong: a row was refused
    """Undo everything: a row was refused and --strict was given."""


class Command(commands.Command):
    help = (
        "Import usage from a file: CloudEvents JSON Lines, the openb pod list, the Azure token "
        "trace or Slurm's sacct. Pods and jobs need capacity that is imported before them. Exit "
        "code 0: all rows are in; 1: some rows were refused, or no order met any capacity; 2: "
        "nothing could be read. See docs/how-to/import-usage.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file, UTF-8")
        parser.add_argument(
            "--format",
            choices=[str(each) for each in UsageFormat],
            default="",
            help="insist on a format; else the first line tells it",
        )
        parser.add_argument("--dry-run", action="store_true", help="try everything, keep nothing")
        parser.add_argument("--strict", action="store_true", help="one bad row refuses the file")
        parser.add_argument("--provider", metavar="USCC", help="whose meters count")
        parser.add_argument("--buyer", metavar="USCC", help="who orders; else a sample firm")
        parser.add_argument(
            "--deposit",
            metavar="CNY",
            help="prepaid before the first order; 100000000.00 for the sample firm, else nothing",
        )
        parser.add_argument(
            "--person",
            metavar="EMAIL",
            help="who imports: a deposit bears this name; else a made-up clerk of the sample firm",
        )
        parser.add_argument("--region", default="640500", help="GB/T 2260 code of the books")
        parser.add_argument(
            "--epoch",
            default="2023-01-01T00:00:00Z",
            help="the moment that traces with relative seconds count from",
        )
        parser.add_argument(
            "--token-price", default="0.002", metavar="CNY", help="of 1,000 tokens (Azure trace)"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            usage_format, imported = self._import(options)
        except (Refusal, OSError, ValueError) as error:
            raise CommandError(commands.told(error), returncode=UNUSABLE) from error
        kept = not options["dry_run"] and not (options["strict"] and imported.refused)
        run = {
            "file": str(options["file"]),
            "format": str(usage_format),
            "region": options["region"],
            "kept": kept,
            "seconds": round(time.monotonic() - started, 1),
            "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        self._print(run, imported, as_json=options["json"])
        if imported.refused or imported.found_no_capacity:
            sys.exit(SOME_REFUSED)

    def _import(self, options: dict[str, Any]) -> tuple[UsageFormat, Imported]:
        path: Path = options["file"]
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
        usage_format = UsageFormat(options["format"] or formats.detect(first))
        is_whole = options["dry_run"] or options["strict"]
        imported = Imported()
        with (
            _bar() as progress,
            contextlib.suppress(Strict),
            transaction.atomic() if is_whole else contextlib.nullcontext(),
        ):
            imported = _run(path, usage_format, options, progress)
            if options["dry_run"] or (options["strict"] and imported.refused):
                raise Strict
        return usage_format, imported

    def _print(self, run: dict[str, Any], imported: Imported, *, as_json: bool) -> None:
        if as_json:
            figures = asdict(imported) | {
                "balanced": imported.is_balanced,
                "hint": _hint(run, imported),
            }
            self.stdout.write(json.dumps(run | figures, ensure_ascii=False, default=str))
            return
        for row in imported.refused[:SHOWN_MAX]:
            self.stderr.write(f"line {row.line}: {row.code}: {row.detail}")
        hidden = len(imported.refused) - SHOWN_MAX
        if hidden > 0:
            self.stderr.write(f"… and {hidden} more; --json lists them all")
        console = Console(file=io.StringIO(), width=100)
        with console.capture() as text:
            console.print(_table(run, imported))
        self.stdout.write(text.get())
        if hint := _hint(run, imported):
            self.stdout.write(hint)


def _run(
    path: Path, usage_format: UsageFormat, options: dict[str, Any], progress: importing.Progress
) -> Imported:
    """Import a file of a format."""
    now, name = clock.now(), path.name
    with tenancy.acting_as_platform():
        accounts.install_chart()
    if usage_format is UsageFormat.CLOUDEVENTS:
        provider = _organization(options["provider"]) if options["provider"] else None
        with path.open(encoding="utf-8-sig") as file:
            return importing.import_events(
                file, provider_id=provider, received_at=now, progress=progress
            )
    rows = _rows(path, usage_format, options["epoch"])
    if usage_format is UsageFormat.AZURE_LLM:
        token_plan = importing.TokenPlan(
            name=name,
            provider_id=_organization(options["provider"], sample=SAMPLE_PROVIDER),
            region=options["region"],
            unit_price=parse_decimal(options["token_price"]),
            now=now,
        )
        return importing.import_tokens(rows, plan=token_plan, progress=progress)
    deposit = options["deposit"] or ("0" if options["buyer"] else "100000000.00")
    plan = importing.ImportPlan(
        name=name,
        buyer_id=_organization(options["buyer"], sample=SAMPLE_BUYER),
        person_id=_person(options),
        hub=catalog.place_of(options["region"]),
        deposit_minor=Money.parse(deposit).minor,
        now=now,
    )
    return importing.import_trace(rows, plan=plan, progress=progress)


def _rows(path: Path, usage_format: UsageFormat, epoch: str) -> list[UsageRow | BadRow]:
    origin = commands.moment(epoch, option="--epoch")
    with path.open(encoding="utf-8-sig") as file:
        return list(
            formats.parse(
                file, usage_format=usage_format, reckoning=formats.Reckoning(origin=origin)
            )
        )


def _organization(uscc: str | None, *, sample: dict[str, str] | None = None) -> UUID:
    """Return a named organisation, or the sample firm, entering it if it is new."""
    with tenancy.acting_as_platform():
        wanted = uscc or (sample["uscc"] if sample else "")
        found = Organization.objects.filter(uscc=wanted).first()
        if found is None and sample is not None and not uscc:
            found = identity.create_organization(on=clock.now().date(), **sample)
        if found is None:
            message = f"no organisation has the unified social credit code {uscc}"
            raise ValueError(message)
        return found.pk


def _person(options: dict[str, Any]) -> int:
    """Return the person who asked for the import; for the sample firm there is a made-up clerk."""
    if options["buyer"] and options["deposit"] and not options["person"]:
        message = "--deposit for a --buyer needs --person: who books it"
        raise ValueError(message)
    email = (options["person"] or SAMPLE_CLERK).strip().lower()
    with tenancy.acting_as_platform():
        found = User.objects.filter(email=email, is_active=True).first()
        if found is None and not options["person"]:
            found = User.objects.create_user(email, name="样例导入 / Sample import")
    if found is None:
        message = f"nobody has the e-mail address {email}"
        raise ValueError(message)
    return found.pk


@contextlib.contextmanager
def _bar() -> Iterator[importing.Progress]:
    """Show bars on standard error; nothing where that is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield importing.silent
        return
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total or None)
            bars.update(tasks[step], completed=done, total=total or None)

        yield show


def _hint(run: dict[str, Any], imported: Imported) -> str:
    """Return what to do if most orders met no offer; nothing otherwise."""
    without, decided = imported.orders_without_capacity, imported.orders_decided
    if 2 * without <= decided:
        return ""
    hint = (
        f"{without:,} of {decided:,} orders were rejected because no capacity was offered then."
        " Import capacity first: manage.py import_capacity NODES.csv --region"
        f" {run['region']}; then import this file"
    )
    # Orders are remembered by the file's name, with how they ended.
    is_remembered = run["kept"] and imported.orders_placed + imported.orders_known > 0
    return f"{hint} under another name." if is_remembered else f"{hint} again."


def _table(run: dict[str, Any], imported: Imported) -> Table:
    name = Path(run["file"]).name
    table = Table(title=f"{name} ({run['format']})", show_header=False, min_width=48)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for label, value in _figures(run, imported):
        table.add_row(label, value)
    return table


def _figures(run: dict[str, Any], imported: Imported) -> Iterator[tuple[str, str]]:
    """Yield what is worth telling: figures of steps that did not happen are left out."""
    counts = {
        "rows": imported.rows,
        "rows refused": len(imported.refused),
        "never started, no order": imported.never_started,
        "orders placed": imported.orders_placed,
        "orders known before": imported.orders_known,
        "orders cleared": imported.orders_cleared,
        "meters registered": imported.meters,
        "readings taken": imported.readings,
        "readings known before": imported.readings_known,
        "windows closed": imported.windows_closed,
        "usage records": imported.usage_records,
        "charges": imported.charges,
        "contracts settled": imported.contracts_settled,
        "contracts still open": imported.contracts_open,
    }
    amounts = {
        "rated": imported.rated_minor,
        "collected": imported.gross_minor,
        "not collected": imported.uncollected_minor,
        "fees": imported.fee_minor,
        "holds released": imported.released_minor,
    }
    yield from ((label, f"{count:,}") for label, count in counts.items() if count)
    for code, count in sorted(imported.orders_rejected.items()):
        yield f"orders rejected: {code}", f"{count:,}"
    if imported.orders_unused:
        yield "orders never used", f"{imported.orders_unused:,}"
        yield "billed for them", _yuan(imported.unused_billed_minor)
    if imported.tokens:
        yield "tokens", f"{imported.tokens:,f}"
    yield from ((label, _yuan(minor)) for label, minor in amounts.items() if minor)
    yield "debits", _amount(imported.ledger_debits_minor)
    yield "credits", _amount(imported.ledger_credits_minor)
    yield "ledger", "balanced" if imported.is_balanced else "NOT BALANCED"
    yield "kept", "yes" if run["kept"] else f"no; {commands.NUMBERS_SKIP}"
    yield "time", f"{run['seconds']} s"
    yield "peak memory", f"{run['peak_memory_mib']} MiB"


def _yuan(minor: int) -> str:
    return f"¥{_amount(minor)}"


def _amount(minor: int) -> str:
    return f"{Decimal(minor).scaleb(-2):,.2f}"
