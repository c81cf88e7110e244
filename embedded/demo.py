"""The demonstration: services, sample market, main job, and where to look."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from embedded.program import PROJECT
from embedded.services import Machine


class Steps:
    """Shows what is being done, and how long each step took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.started_at = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while it runs, and its mark when it is over."""
        started_at = time.monotonic()
        with self.console.status(title):
            try:
                yield
            except BaseException:
                self.console.print(f"[red]✗[/red] {title}")
                raise
        seconds = time.monotonic() - started_at
        self.console.print(f"[green]✓[/green] {title} [dim]{seconds:.1f} s[/dim]")

    def seconds(self) -> float:
        """Return the seconds since the beginning."""
        return round(time.monotonic() - self.started_at, 2)


def start(machine: Machine, steps: Steps, port: int | None, *, sample: bool = False) -> None:
    """Bring the services up, step by step."""
    ended = machine.clear_leftovers()
    if ended:
        steps.console.print(f"Ended {ended} processes that a killed run had left behind.")
    with steps.step("PostgreSQL 18, on a private socket"):
        machine.start_database()
    with steps.step("Tables and static files"):
        machine.prepare()
    if sample:
        with steps.step("Sample market"):
            run_command(machine, "load_sample")
    if machine.home.shows_demo:
        machine.home.write_environment(machine.cluster)
    with steps.step("Worker, beat and web"):
        machine.start_application(port)


def run_demo(
    machine: Machine, steps: Steps, *, port: int | None, as_json: bool, stays: bool = False
) -> dict[str, Any]:
    """Bring everything up with the sample market and run the main job; return the summary."""
    machine.home.shows_demo = True
    start(machine, steps, port, sample=True)
    ready_seconds = steps.seconds()
    job = run_main_job(machine, as_json=as_json, keeps_driver=stays)
    summary = {"url": machine.url, "state_dir": str(machine.home.directory)}
    return summary | {"ready_seconds": ready_seconds, "total_seconds": steps.seconds()} | job


def show_accounts(machine: Machine, console: Console) -> None:
    """Print who can sign in to the sample market."""
    accounts = machine.home.demo_accounts()
    if not accounts:
        return
    table = Table(title="Demo accounts", title_justify="left", box=None)
    for heading in ("Role", "E-mail", "Password"):
        table.add_column(heading)
    for role, email, password in accounts:
        table.add_row(role.capitalize(), email, password)
    console.print(table)


def warn_of_accounts(machine: Machine, console: Console) -> None:
    """Say what is open when a market that was shown as a demonstration is served."""
    accounts = machine.home.demo_accounts()
    if not accounts:
        return
    if machine.home.shows_demo:
        console.print(
            "[bold red]DEMO MODE:[/bold red] whoever reaches this address can sign in as any of "
            "the demo accounts, operator and finance included, without a second factor. It "
            "listens on 127.0.0.1 only: put no proxy in front of it."
        )
        show_accounts(machine, console)
        return
    addresses = ", ".join(email for _role, email, _password in accounts)
    console.print(
        f"[bold yellow]WARNING:[/bold yellow] this market holds the demo accounts {addresses}. "
        "Their one password was shown by bin/demo. The sign-in page no longer offers them, and "
        "auditor, operator, issuer and finance act only after a second factor is set up under "
        "/accounts/2fa/. Close the accounts with bin/manage close_demo_accounts before anybody "
        "else can reach this market; bin/serve --demo shows them again."
    )


def run_command(machine: Machine, *command: str) -> None:
    """Run a management command; its output matters only when it fails."""
    if not exists(command[0]):
        return
    process = machine.manage(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    machine.supervisor.watch(until=lambda: process.poll() is not None)
    if process.returncode:
        output = process.stdout.read() if process.stdout else ""
        message = f"{command[0]} failed:\n{output}"
        raise SystemExit(message)


def run_main_job(machine: Machine, *, as_json: bool, keeps_driver: bool = False) -> dict[str, Any]:
    """Run the main job as a client of the services; it shows its own steps."""
    if not exists("run_main_job"):
        return {}
    command = ["run_main_job", "--base-url", machine.url, *(["--json"] if as_json else [])]
    command += ["--driver-listen", machine.home.driver_listen]
    command += ["--keep-driver"] if keeps_driver else []
    out = subprocess.PIPE if as_json else None
    process = machine.manage(*command, stdout=out)
    machine.supervisor.watch(until=lambda: process.poll() is not None)
    output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        message = f"the main job failed (exit {process.returncode})\n{output}"
        raise SystemExit(message)
    return {"job": json.loads(output)} if as_json else {}


def exists(command: str) -> bool:
    """Tell whether the project has a management command."""
    return any(PROJECT.glob(f"**/management/commands/{command}.py"))
