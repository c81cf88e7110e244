"""`suanpan-driver BACKEND --listen HOST:PORT`, with the secret in DRIVER_SECRET."""

import argparse
import os
import shlex
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from suanpan_agent.driving.access import AccessProgram
from suanpan_agent.driving.jobs import Backend
from suanpan_agent.driving.journal import DrivingJournal
from suanpan_agent.driving.kubernetes import KubernetesBackend
from suanpan_agent.driving.local import LocalBackend
from suanpan_agent.driving.server import ProviderDriverProgram, serve
from suanpan_agent.driving.slurm import SlurmBackend
from suanpan_agent.driving.wire import PREFIX


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until ended; 2 if it was not started properly."""
    parser = argparse.ArgumentParser(prog="suanpan-driver")
    parser.add_argument("backend", choices=["local", "slurm", "kubernetes"])
    parser.add_argument("--listen", default="127.0.0.1:8950")
    parser.add_argument("--folder", type=Path, default=Path("suanpan-driver"))
    parser.add_argument("--gres", default="", help="of Slurm: what a card is, such as gpu")
    parser.add_argument("--without-accounting", action="store_true", help="Slurm without sacct")
    parser.add_argument(
        "--access", default="", help="the program that lets buyers in: called with grant or revoke"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PROGRAM",
        help="of local: a program that jobs may run; named once, no others are (again for more)",
    )
    given = parser.parse_args(arguments)
    secret = os.environ.pop("DRIVER_SECRET", "")
    if not secret.startswith(PREFIX):
        sys.stderr.write("DRIVER_SECRET has to hold the secret of the driver.\n")
        return 2
    program = ProviderDriverProgram(
        _backend(given),
        secret,
        DrivingJournal(given.folder / "driver.jsonl"),
        AccessProgram(shlex.split(given.access)) if given.access else None,
    )
    host, _colon, port = given.listen.rpartition(":")
    server = serve(program, host, int(port))
    sys.stdout.write(f"listening on {host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    threading.Thread(target=program.run, daemon=True).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        program.close()
    return 0


def _backend(given: argparse.Namespace) -> Backend:
    if given.backend == "slurm":
        return SlurmBackend(gres=given.gres, has_accounting=not given.without_accounting)
    if given.backend == "kubernetes":
        return KubernetesBackend(given.folder)
    return LocalBackend(given.folder, only=given.only)


if __name__ == "__main__":
    sys.exit(main())
