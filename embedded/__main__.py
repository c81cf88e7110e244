"""Run Suanpan on one machine: `python -m embedded demo | serve | reset | manage …`."""

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Callable

from rich.console import Console

from embedded import demo
from embedded.home import Home
from embedded.places import can_use
from embedded.program import remove_copies
from embedded.services import Machine


def main(arguments: list[str]) -> int:
    """Run one command; return its exit status."""
    options = parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    command: Callable[[argparse.Namespace], int] = options.run
    return command(options)


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(prog="suanpan", description="Suanpan on one machine.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("demo", help="serve the sample market and run the main job")
    command.add_argument("--once", action="store_true", help="end after the main job")
    command.add_argument("--json", action="store_true", help="print one summary object")
    command.add_argument("--port", type=int, help="listen here; default 8000 or the next free")
    command.set_defaults(run=run_demo)
    command = commands.add_parser("serve", help="serve the market")
    command.add_argument("--port", type=int, help="listen here; default 8000 or the next free")
    command.add_argument(
        "--demo", action="store_true", help="offer the demo accounts and ask for no second factor"
    )
    command.set_defaults(run=run_serve)
    command = commands.add_parser("reset", help="remove everything that was kept")
    command.set_defaults(run=run_reset)
    command = commands.add_parser("manage", help="run a management command")
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    command.set_defaults(run=run_manage)
    return top


def run_demo(options: argparse.Namespace) -> int:
    """Show the market at work, then serve it."""
    console = Console(stderr=options.json)

    def show(machine: Machine) -> None:
        steps = demo.Steps(console)
        summary = demo.run_demo(
            machine, steps, port=options.port, as_json=options.json, stays=not options.once
        )
        demo.show_accounts(machine, console)
        if options.json:
            sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        if not options.once:
            machine.start_driver()
            machine.start_trickle()
            serve_until_stopped(machine, console)

    return with_machine(console, show)


def run_serve(options: argparse.Namespace) -> int:
    """Serve the market until Ctrl-C."""
    console = Console()

    def show(machine: Machine) -> None:
        machine.home.shows_demo = options.demo
        demo.start(machine, demo.Steps(console), options.port)
        demo.warn_of_accounts(machine, console)
        if options.demo and machine.home.demo_accounts():
            machine.start_driver()
            machine.start_trickle()
        serve_until_stopped(machine, console)

    return with_machine(console, show)


def run_reset(options: argparse.Namespace) -> int:  # noqa: ARG001 - one grammar for all
    """Remove the state directory."""
    home = Home()
    if not home.directory.exists():
        sys.stdout.write(f"Nothing to remove: {home.directory} does not exist.\n")
        home.forget_link()
        return 0
    home.lock()
    Machine(home, lambda _: None).clear_leftovers()
    home.remove()
    remove_copies()
    sys.stdout.write(
        f"Removed {home.directory}: the database, keys, exports, queue and logs of this market.\n"
        "The program and its .venv are still there; bin/demo starts from nothing.\n"
    )
    return 0


def run_manage(options: argparse.Namespace) -> int:
    """Run a management command; the database is started for it unless the services run."""
    home = Home()
    if home.is_locked():
        home.shows_demo = bool(home.running().get("demo"))
        machine = Machine(home, lambda _: None)
        code = manage(machine, options.arguments).wait()
        home.give_to_application()
        return code
    code = 0

    def run(machine: Machine) -> None:
        nonlocal code
        machine.clear_leftovers()
        machine.start_database()
        machine.prepare()
        process = manage(machine, options.arguments)
        machine.supervisor.watch(until=lambda: process.poll() is not None)
        code = process.returncode
        home.give_to_application()

    return with_machine(Console(stderr=True), run) or code


def manage(machine: Machine, arguments: list[str]) -> "subprocess.Popen[str]":
    """
    Start a management command as the application's user.

    One that names a file which that user cannot use, as root may, keeps the caller's rights.
    """
    if can_use(machine.account, arguments):
        return machine.manage(*arguments)
    return machine.manage_as_caller(*arguments)


def with_machine(console: Console, run: Callable[[Machine], None]) -> int:
    """Run with the installation's lock; stop all services at the end, whatever it was."""
    home = Home()
    home.lock()
    machine = Machine(home, lambda sentence: console.print(f"[yellow]![/yellow] {sentence}"))
    try:
        run(machine)
    except KeyboardInterrupt:
        console.print("Stopping …")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        machine.stop()
    return 0


def serve_until_stopped(machine: Machine, console: Console) -> None:
    """Say where the market is, and keep it there."""
    # Terminals make links of addresses: no full stop may follow one.
    console.print(f"\nThe market is open at [bold]{machine.home.public_url}[/bold]")
    console.print("Ctrl-C closes it.")
    machine.supervisor.watch(until=lambda: False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
