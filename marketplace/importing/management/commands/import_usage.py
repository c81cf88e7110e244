import contextlib
import getpass
import hashlib
import io
import json
import resource
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from common import clock, commands, moments, tenancy
from common.errors import Refusal
from common.moments import market_date
from common.money import Money, parse_decimal
from identity import selectors as identity_selectors
from identity import services as identity_services
from marketplace import accounts
from marketplace.catalog import rules as catalog_rules
from marketplace.importing import formats
from marketplace.importing import usage as importing
from marketplace.importing.contracts import UsageFormat
from marketplace.importing.formats import cards
from marketplace.importing.usage import Imported, ImportFile, prepaying, summary

UNUSABLE: Final = 2
SOME_REFUSED: Final = 1
CHUNK_BYTES: Final = 1024 * 1024
# Made-up firms that buy and sell what is imported without --buyer and --provider.
SAMPLE_BUYER: Final = {
    "uscc": "91640500MA0000002F",
    "name": "样例导入购买方",
    "name_en": "Sample import buyer",
}
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
        "code 0: all rows are in and settled; 1: some rows were refused or are not settled; 2: "
        "nothing could be read. See docs/how-to/import-usage.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file: text, see --charset")
        parser.add_argument(
            "--format",
            choices=[str(each) for each in UsageFormat],
            default="",
            help="insist on a format; else the first line tells it",
        )
        parser.add_argument("--charset", default="", help="of the file; UTF-8 if it does not say")
        parser.add_argument(
            "--source",
            metavar="NAME",
            help="whose rows these are, such as a cluster's name; else the file's name. The same "
            "row of the same source is taken once",
        )
        parser.add_argument(
            "--zone",
            metavar="NAME",
            help="IANA name of the zone of times that name none, and of --epoch; else the market's",
        )
        parser.add_argument(
            "--card",
            metavar="KIND=CHIP",
            action="append",
            default=[],
            help="which chip a kind of card is (gpu=CHIP: cards without a kind); may be repeated",
        )
        parser.add_argument(
            "--slice",
            metavar="PROFILE=PART",
            action="append",
            default=[],
            help="which part of a card a slice is, such as 1g.10gb=0.125; may be repeated",
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
        parser.add_argument(
            "--confirmed-by",
            metavar="EMAIL",
            help="of finance: the second person who confirms a large deposit",
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
            file, charset, imported = self._import(options)
        except (Refusal, OSError, ValueError) as error:
            raise CommandError(commands.describe_error(error), returncode=UNUSABLE) from error
        run = summary.RunFacts(
            file=file,
            path=str(options["file"]),
            charset=charset,
            region=options["region"],
            kept=not options["dry_run"] and not (options["strict"] and imported.refused),
            seconds=round(time.monotonic() - started, 1),
            peak_memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        )
        self._print(run, imported, as_json=options["json"])
        if imported.refused or imported.undone or imported.found_no_capacity:
            sys.exit(SOME_REFUSED)

    def _import(self, options: dict[str, Any]) -> tuple[ImportFile, str, Imported]:
        path: Path = options["file"]
        zone = _zone(options["zone"])
        is_whole = options["dry_run"] or options["strict"]
        imported = Imported()
        with (
            formats.open_usage(
                path,
                usage_format=options["format"],
                charset=options["charset"],
                reckoning=_reckoning(options, zone),
            ) as usage,
            _bar() as progress,
        ):
            file = _file(path, options["source"], usage.usage_format, zone)
            with (
                contextlib.suppress(Strict),
                transaction.atomic() if is_whole else contextlib.nullcontext(),
            ):
                imported = _run(usage, file, options, progress)
                if options["dry_run"] or (options["strict"] and imported.refused):
                    raise Strict
            return file, usage.lines.charset, imported

    def _print(self, run: summary.RunFacts, imported: Imported, *, as_json: bool) -> None:
        if as_json:
            told = summary.as_json(run, imported)
            self.stdout.write(json.dumps(told, ensure_ascii=False, default=str))
            return
        for line in summary.named_lines(imported):
            self.stderr.write(line)
        console = Console(file=io.StringIO(), width=100)
        with console.capture() as text:
            console.print(summary.table(run, imported))
        self.stdout.write(text.get())
        if hint := summary.hint(run, imported):
            self.stdout.write(hint)


def _run(
    usage: formats.UsageFile,
    file: ImportFile,
    options: dict[str, Any],
    progress: importing.Progress,
) -> Imported:
    """Import a file of a format."""
    now = clock.now()
    with tenancy.acting_as_platform():
        accounts.install_chart()
    if usage.usage_format is UsageFormat.CLOUDEVENTS:
        provider = _organization(options["provider"]) if options["provider"] else None
        return importing.import_events(
            usage.lines, file=file, provider_id=provider, received_at=now, progress=progress
        )
    if usage.usage_format is UsageFormat.AZURE_LLM:
        token_plan = importing.TokenPlan(
            file=file,
            provider_id=_organization(options["provider"], sample=SAMPLE_PROVIDER),
            region=options["region"],
            unit_price=parse_decimal(options["token_price"]),
            now=now,
        )
        return importing.import_tokens(usage, plan=token_plan, progress=progress)
    deposit = options["deposit"] or ("0" if options["buyer"] else "100000000.00")
    plan = importing.ImportPlan(
        file=file,
        buyer_id=_organization(options["buyer"], sample=SAMPLE_BUYER),
        **_people(options),
        hub=catalog_rules.place_of(options["region"]),
        deposit_minor=Money.parse(deposit).minor,
        now=now,
    )
    return importing.import_trace(usage, plan=plan, progress=progress)


def _file(path: Path, source: str | None, usage_format: UsageFormat, zone: ZoneInfo) -> ImportFile:
    """Return what the file is known by."""
    named = path.name if source is None else source
    if not 1 <= len(named) <= importing.SOURCE_MAX or not named.isprintable():
        message = f"--source must be 1 to {importing.SOURCE_MAX} characters that can be printed"
        raise ValueError(message)
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return ImportFile(
        source=named,
        is_named=source is not None,
        name=path.name[-255:],
        content_hash=digest.hexdigest(),
        usage_format=usage_format,
        zone=zone.key,
        requested_by=_login(),
    )


def _login() -> str:
    """Return who runs the command, as far as the machine knows."""
    try:
        return getpass.getuser()[:80]
    except (KeyError, OSError):  # an account without a name, as in a container
        return ""


def _zone(name: str | None) -> ZoneInfo:
    if name is None:
        return moments.market_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"--zone {name[:60]!r} is no time zone; name one such as Asia/Shanghai"
        raise ValueError(message) from error


def _reckoning(options: dict[str, Any], zone: ZoneInfo) -> formats.Reckoning:
    return formats.Reckoning(
        origin=commands.moment(options["epoch"], option="--epoch", zone=zone),
        zone=zone,
        cards={kind: _chip(kind, chip) for kind, chip in _pairs(options["card"], "--card")},
        slices={name: _part(name, part) for name, part in _pairs(options["slice"], "--slice")},
    )


def _pairs(texts: list[str], option: str) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, _, value = text.rpartition("=")
        if not name or not value:
            message = f"{option} {text[:60]!r} must be NAME=VALUE"
            raise ValueError(message)
        yield name, value


def _chip(kind: str, name: str) -> str:
    chip = cards.find(name)
    if chip is None:
        message = f"--card {kind}: {name[:60]!r} is no chip of the identifier profile"
        raise ValueError(message)
    return chip


def _part(name: str, text: str) -> Decimal:
    part = parse_decimal(text)
    if not 0 < part <= 1 or part * 1000 != (part * 1000).to_integral_value():
        message = f"--slice {name}: a part is above 0, at most 1, and a whole number of thousandths"
        raise ValueError(message)
    return part


def _organization(uscc: str | None, *, sample: dict[str, str] | None = None) -> UUID:
    """Return a named organisation, or the sample firm, entering it if it is new."""
    with tenancy.acting_as_platform():
        wanted = uscc or (sample["uscc"] if sample else "")
        found = identity_selectors.organization_by_uscc(wanted)
        if found is None and sample is not None and not uscc:
            found = identity_services.create_organization(on=market_date(clock.now()), **sample)
        if found is None:
            message = f"no organisation has the unified social credit code {uscc}"
            raise ValueError(message)
        return found.pk


def _people(options: dict[str, Any]) -> dict[str, Any]:
    """Return who books the deposit and who confirms it; for the sample firm two made-up clerks."""
    if options["buyer"] and options["deposit"] and not options["person"]:
        message = "--deposit for a --buyer needs --person: who books it"
        raise ValueError(message)
    if not options["person"]:
        person_id, confirmer = prepaying.sample_clerks()
        return {"person_id": person_id, "confirmer": confirmer}
    confirming = options["confirmed_by"]
    return {
        "person_id": prepaying.person(options["person"]),
        "confirmer": prepaying.confirmer(confirming) if confirming else None,
    }


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
