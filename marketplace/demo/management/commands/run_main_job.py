"""`manage.py run_main_job`: do the market's main job over HTTP and say what happened."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from common import commands
from common.money import Money
from marketplace.demo import cast, delivering
from marketplace.demo.client import JobFailed
from marketplace.demo.main_job import MainJob

STEPS = 34
ONE_LINE = Column(no_wrap=True, overflow="ellipsis")


class Command(commands.Command):
    help = "Run the main job of the market over HTTP, as the demo accounts."
    # It is a client: it needs no database and no checks of one.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")
        parser.add_argument(
            "--driver-listen",
            default=delivering.LISTEN,
            help="where the provider's driver listens; the market has to be let call there",
        )
        parser.add_argument(
            "--keep-driver",
            action="store_true",
            help="leave the provider's driver registered, for who starts it again",
        )
        parser.add_argument("--json", action="store_true", help="print one summary object")

    def handle(self, *_args: Any, **options: Any) -> None:
        path = cast.accounts_file()
        if not path.exists():
            message = "there are no demo accounts here: run `manage.py load_sample` first"
            raise CommandError(message)
        accounts = json.loads(path.read_text(encoding="utf-8"))
        console = Console(stderr=options["json"])
        with Steps(console) as steps:
            job = MainJob(
                base_url=options["base_url"],
                accounts=accounts["accounts"],
                password=accounts["password"],
                step=steps.step,
                driver_listen=options["driver_listen"],
                keeps_driver=options["keep_driver"],
            )
            try:
                facts = job.run()
            except (JobFailed, requests.RequestException) as error:
                raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))
        else:
            show(console, facts, base_url=options["base_url"])


class Steps:
    """A list of steps with their times, and a bar below it while there is a terminal."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            TextColumn("{task.description}", table_column=ONE_LINE),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self.task = self.progress.add_task("", total=STEPS)

    def __enter__(self) -> "Steps":
        self.progress.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.progress.stop()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while it runs, and its mark and time when it is over."""
        started = time.monotonic()
        self.progress.update(self.task, description=title)
        try:
            yield
        except BaseException:
            self.progress.console.print(f"[red]✗[/red] {title}")
            raise
        seconds = time.monotonic() - started
        self.progress.console.print(f"[green]✓[/green] {title} [dim]{seconds:.1f} s[/dim]")
        self.progress.advance(self.task)


def show(console: Console, facts: dict[str, Any], *, base_url: str) -> None:
    """Print what happened and where to look at it."""
    trade, export = facts["trade"], facts["export"]
    rows = [
        ("Compute identifier", facts["identifier"]),
        ("Order", f"{facts['order']} → {base_url}/orders/{facts['order_id']}"),
        ("Delivered", "{ran_from} – {ran_until}, {state}".format(**facts["delivery"])),
        ("… by its driver", "{driver}, exit code {exit_code}".format(**facts["delivery"])),
        ("Measured", f"{trade['standard_hours']} standard hours, {facts['readings']} readings"),
        ("Gross", str(Money(trade["gross_minor"]))),
        ("… by voucher", str(Money(trade["voucher_minor"]))),
        ("… in cash", str(Money(trade["cash_minor"]))),
        ("Fee", str(Money(trade["fee_minor"]))),
        ("Trade record", trade["number"]),
        ("Top-up", _told(facts["top_up"], "amount_minor")),
        ("Payout run", _told(facts["payout_run"], "amount_minor")),
        ("Voucher claim", _told(facts["claim"], "accepted_minor")),
        ("… its evidence", "; ".join(facts["evidence"])),
        ("Tokens", _tokens(facts["tokens"])),
        ("Demand", _demanded(facts["demand"])),
        ("Call round", _decided(facts["round"])),
        *(
            (f"Statement ({each['side'].lower()})", f"{each['number']}, {each['lines']} lines")
            for each in facts["statements"]
        ),
        ("… verified offline", "; ".join(facts["statements_verified"])),
        ("Month", f"{facts['closing']['month'][:7]}, {facts['closing']['state']}"),
        ("Case", f"{facts['case']}, opened by surveillance"),
        ("Export", f"{export['number']}, {export['rows']} rows, sha256 {export['sha256'][:16]}…"),
        ("Verifier", export["verifier"][-1]),
        ("… once altered", "; ".join(facts["altered"])),
    ]
    for label, value in rows:
        # Never wrapped: an address or an identifier must survive copying.
        console.print(f"[dim]{label:<20}[/dim]{value}", soft_wrap=True, highlight=False)


def _told(record: dict[str, Any], amount: str) -> str:
    """Write what became of a movement of money."""
    if amount not in record:
        return str(record["state"])
    return f"{record['number']}, {Money(record[amount])}, {record['state']}"


def _tokens(tokens: dict[str, Any]) -> str:
    read, generated, cached = tokens["used"].values()
    gross = Money(tokens["gross_minor"]).decimal()
    kinds = f"{read:,} read, {generated:,} generated and {cached:,} from a cache"
    return f"{tokens['order']}, {kinds}, {gross} CNY"


def _demanded(demand: dict[str, Any]) -> str:
    """Write why a demand was refused, and what came of the change that its reason names."""
    limit, paid = Money(demand["limit_minor"]), Money(demand["amount_minor"])
    return (
        f"{demand['refused']} refused ({demand['code']}, {demand['considered']} listings);"
        f" at {limit} a standard hour {demand['filled']} is filled for {paid}"
    )


def _decided(call: dict[str, Any]) -> str:
    """Write what a call round came to, and that its verifier agrees."""
    return (
        f"{call['number']}, {call['filled']} of {call['orders']} orders filled at"
        f" {Money(call['price_minor'])} a standard hour; {call['verifier'][-1]}"
    )
