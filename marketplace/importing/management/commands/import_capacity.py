import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from rich.console import Console
from rich.progress import Progress

from common import clock, commands, tabular, tenancy
from common.errors import Refusal
from common.moments import market_date
from identity import selectors as identity_selectors
from identity import services as identity_services
from identity.contracts import ResourceForm
from marketplace.importing import capacity
from marketplace.importing.capacity import files, price_lists
from marketplace.importing.contracts import ImportedCapacity

FILE_BYTES_MAX: Final = 64 * 1024 * 1024
SHOWN_MAX: Final = 50
UNUSABLE: Final = 2
SOME_REFUSED: Final = 1
# A made-up firm that owns what is imported without --provider.
SAMPLE_PROVIDER: Final = {
    "uscc": "91640500MA00000196",
    "name": "样例导入提供方",
    "name_en": "Sample import provider",
}


class Command(commands.Command):
    help = (
        "Import capacity from a file: Suanpan's own CSV or the openb node list. Exit code 0: all "
        "rows are in or known; 1: some rows were refused; 2: nothing could be read. See "
        "docs/how-to/import-capacity.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file")
        parser.add_argument(
            "--charset", default="", help="how the file is written, if not in UTF-8: gb18030, …"
        )
        parser.add_argument(
            "--source",
            default="",
            help="the name of what the file lists, such as a cluster; rows are known by it",
        )
        parser.add_argument(
            "--pool", default="", metavar="PREFIX", help="new codes are of this pool of the owner"
        )
        parser.add_argument(
            "--format",
            choices=sorted(files.FORMATS),
            default="",
            help="insist on a format; else the header tells it",
        )
        parser.add_argument("--provider", metavar="USCC", help="the owner; else a sample firm")
        parser.add_argument("--region", default="640500", help="GB/T 2260 code of rows without one")
        parser.add_argument(
            "--form",
            choices=ResourceForm.values,
            default=ResourceForm.CONTAINER,
            help="how rows that do not say so are delivered (openb); CONTAINER if omitted",
        )
        parser.add_argument(
            "--plan",
            type=Path,
            default=price_lists.SAMPLE,
            help="price list (JSON); the shipped sample of invented prices if omitted",
        )
        parser.add_argument(
            "--available-from", default="2020-01-01T00:00:00Z", help="since when it is on offer"
        )
        parser.add_argument("--without-cpu", action="store_true", help="openb: cards only")
        parser.add_argument(
            "--update-prices",
            action="store_true",
            help="let known rows take another price; else they are named",
        )
        parser.add_argument("--strict", action="store_true", help="one bad row refuses the file")
        parser.add_argument("--dry-run", action="store_true", help="try everything, keep nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            summary = self._import(options)
        except (Refusal, OSError, ValueError) as error:
            raise CommandError(commands.describe_error(error), returncode=UNUSABLE) from error
        self._print(summary, as_json=options["json"])
        if summary["refused"]:
            sys.exit(SOME_REFUSED)

    def _import(self, options: dict[str, Any]) -> dict[str, Any]:
        now = clock.now()
        prices = price_lists.parse(_text(options["plan"]))
        available_from = commands.moment(options["available_from"], option="--available-from")
        file = _read(options)
        with (
            _progress(len(file.rows)) as progress,
            tenancy.acting_as_platform(),
            transaction.atomic(),
        ):
            imported = capacity.import_capacity(
                provider_id=_provider(options["provider"], now),
                rows=file.rows,
                prices=prices,
                available_from=available_from,
                now=now,
                source=options["source"],
                pool=options["pool"],
                updates_prices=options["update_prices"],
                is_strict=options["strict"],
                unreadable=len(file.bad),
                on_progress=lambda done: progress.update(progress.task_ids[0], completed=done),
            )
            is_refused = options["strict"] and bool(file.bad or imported.refused)
            transaction.set_rollback(options["dry_run"] or is_refused)
        return _summary(options, file, imported)

    def _print(self, summary: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
            return
        for row in summary["refused"][:SHOWN_MAX]:
            self.stderr.write(f"line {row['line']}: {row['code']}: {row['detail']}")
        hidden = len(summary["refused"]) - SHOWN_MAX
        if hidden > 0:
            self.stderr.write(f"… and {hidden} more; --json lists them all")
        self.stdout.write(
            f"{summary['rows']} rows: {summary['resources']} resources registered, "
            f"{summary['listings']} listed under {summary['plans']} plans, "
            f"{summary['repriced']} repriced; {summary['rows_in']} rows are in, "
            f"{summary['rows_known']} known before, {summary['rows_refused']} refused"
            + (f", {withheld} withheld (--strict)" if (withheld := _withheld(summary)) else "")
            + (f" (dry run: nothing kept; {commands.NUMBERS_SKIP})" if summary["dry_run"] else "")
        )


def _read(options: dict[str, Any]) -> files.CapacityFile:
    path: Path = options["file"]
    defaults = files.Defaults(
        region=options["region"],
        form=ResourceForm(options["form"]),
        with_cpu=not options["without_cpu"],
    )
    try:
        with tabular.open_lines(path, charset=options["charset"]) as lines:
            return files.read(lines, defaults=defaults, format_name=options["format"])
    except Refusal as refusal:
        message = f"{path} cannot be read: {refusal}"
        raise ValueError(message) from refusal


def _summary(
    options: dict[str, Any], file: files.CapacityFile, imported: ImportedCapacity
) -> dict[str, Any]:
    refused = sorted([*file.bad, *imported.refused], key=lambda row: row.line)
    figures = asdict(imported)
    return figures | {
        "file": str(options["file"]),
        "format": file.format_name,
        "source": options["source"],
        "rows": file.lines,
        "rows_in": len(figures.pop("lines_in")),
        "rows_known": len(figures.pop("lines_known")),
        "rows_refused": len({row.line for row in refused}),
        "dry_run": options["dry_run"],
        "refused": [asdict(row) for row in refused],
    }


def _withheld(summary: dict[str, Any]) -> int:
    """Return how many good rows are out because others were refused."""
    told = summary["rows_in"] + summary["rows_known"] + summary["rows_refused"]
    return int(summary["rows"] - told)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        message = f"{path} has more than {FILE_BYTES_MAX} bytes"
        raise ValueError(message)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path} cannot be read: {commands.describe_error(error)}"
        raise ValueError(message) from error


def _provider(uscc: str | None, now: datetime) -> UUID:
    """Return the owner of what is imported: the named organisation, or the sample firm."""
    found = identity_selectors.organization_by_uscc(uscc or SAMPLE_PROVIDER["uscc"])
    if found is None and uscc:
        message = f"no organisation has the unified social credit code {uscc}"
        raise ValueError(message)
    if found is None:
        found = identity_services.create_organization(on=market_date(now), **SAMPLE_PROVIDER)
    return found.pk


def _progress(total: int) -> Progress:
    """Return a bar on standard error; silent where that is no terminal."""
    console = Console(stderr=True)
    progress = Progress(console=console, transient=True, disable=not console.is_terminal)
    progress.add_task("import", total=total)
    return progress
