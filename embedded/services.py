"""What runs on one machine: the database, the worker, beat and the web; and how it is prepared."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import psycopg

from config.health_probe import is_healthy
from embedded import processes
from embedded.home import DATABASE, Home
from embedded.postgres import Cluster
from embedded.program import PROJECT, Program, program_for
from embedded.supervisor import Child, Service, Supervisor

FIRST_PORT: Final = 8000
PORTS_TRIED: Final = 50
WEB_READY_SECONDS_MAX: Final = 60
BACKLOG: Final = 128
# The application's processes never get the owner's rights; migrations get them alone.
# What visitors may run by the driver of the demonstration: none of these reads a file.
DRIVER_RUNS: Final = ("echo", "seq", "sleep", "factor", "true", "false")
# It gets neither keys nor the database's address.
DRIVER_KNOWS: Final = frozenset({"PATH", "HOME", "LANG", "TMPDIR", processes.MARK})
AGENT: Final = "agent/src"
WITHHELD: Final = {"DATABASE_OWNER_URL"}


class Machine:
    """The services of one installation."""

    def __init__(self, home: Home, say: Callable[[str], None]) -> None:
        self.home = home
        self.account = home.account
        self.cluster = Cluster(home / "postgres", guest=self.account)
        self.supervisor = Supervisor(say, chore=home.mend_folders)
        self.url = ""
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        """Return how the application's user starts Python."""
        if self._program is None:
            self._program = program_for(self.account)
        return self._program

    def environment(self) -> dict[str, str]:
        """Return the environment of the application's processes."""
        inherited = {name: value for name, value in os.environ.items() if name not in WITHHELD}
        return inherited | self.home.environment(self.cluster) | {"PYTHONUNBUFFERED": "1"}

    def application_environment(self) -> dict[str, str]:
        """Return the environment of processes that run as the application's user."""
        of_user = {} if self.account.is_ours else {"HOME": "/", "USER": self.account.name}
        return self.environment() | dict(self.program.environment) | of_user

    def start_database(self) -> None:
        """Start PostgreSQL and wait until it answers; what an earlier run left is ended first."""
        self.home.empty_queue()
        self.home.give_to_application()
        self.cluster.make()
        child = self.supervisor.start(self._database())
        self._wait_for_database(child)
        self.cluster.prepare_database(DATABASE)
        self.home.write_environment(self.cluster)

    def prepare(self) -> None:
        """Migrate the database and collect static files, where something changed since."""
        owner = self.environment() | {
            "DATABASE_OWNER_URL": self.cluster.url(DATABASE, "suanpan_owner")
        }
        migrations = [*PROJECT.glob("*/migrations/*.py"), *PROJECT.glob("*/*/migrations/*.py")]
        sql = [*PROJECT.glob("*/sql/**/*.sql"), *PROJECT.glob("*/*/sql/**/*.sql")]
        migrate = ["migrate", "--database", "owner", "--verbosity", "0"]
        static = [path for path in (PROJECT / "static").rglob("*") if path.is_file()]
        collect = ["collectstatic", "--noinput", "--verbosity", "0"]
        lock = PROJECT / "uv.lock"
        jobs = [
            self._unless_done(
                "migrate",
                # The secret key makes the seals that `migrate` tells the database.
                [*migrations, *sql, lock, self.home / "secret_key"],
                lambda: start_quietly(migrate, owner),
            ),
            self._unless_done(
                "collectstatic",
                [*static, lock],
                lambda: self.manage(*collect, stdout=subprocess.PIPE, stderr=subprocess.STDOUT),
            ),
        ]
        for finish in jobs:
            finish()

    def start_application(self, port: int | None) -> None:
        """Start worker, beat and web, and wait until the web answers."""
        listener = listen(port)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        # Browsers keep passkeys for names, not for numbers.
        self.home.public_url = self.url.replace("127.0.0.1", "localhost")
        if self.home.shows_demo:  # The main job's driver listens there, and may be called.
            self.home.driver_listen = free_driver_place(self.home.demo_driver().get("listen", ""))
        if self.home.takes_test_cards:
            self._start_gateway()
        self.home.write_environment(self.cluster)
        for service in (self._web(listener.detach()), self._worker(), self._beat()):
            self.supervisor.start(service)
        self.home.note_running(
            pid=os.getpid(),
            url=self.url,
            demo=self.home.shows_demo,
            driver_listen=self.home.driver_listen,
        )
        self._wait_for_web()

    def _start_gateway(self) -> None:
        """Let the demonstration take test cards: a gateway of its own, by which no money moves."""
        port = free_port()
        gateway = self.home.open_gateway(f"http://127.0.0.1:{port}")
        command = ["marketplace.demo.gateway", "--port", str(port)]
        command += ["--tell", f"{self.url}/gateway/stripe/events"]
        service = self._service("gateway", command)
        self.supervisor.start(replace(service, environment={**service.environment, **gateway}))

    def start_trickle(self) -> None:
        """Keep the sample market alive: orders and readings come at a bounded rate."""
        self.supervisor.start(self._service("trickle", ["manage", "trickle_sample"]))

    def start_driver(self) -> bool:
        """
        Start the driver that the main job left registered; return whether there is one.

        Visitors may have it run jobs, so it runs harmless programs and no others.
        """
        kept = self.home.demo_driver()
        if kept.get("listen") != self.home.driver_listen:
            return False
        command = ["suanpan_agent.driving", "local", f"--listen={kept['listen']}"]
        command += [f"--folder={kept['folder']}", *(f"--only={each}" for each in DRIVER_RUNS)]
        service = self._service("driver", command)
        known = {name: service.environment[name] for name in DRIVER_KNOWS & {*service.environment}}
        own = {"DRIVER_SECRET": kept["secret"], "PYTHONPATH": str(self.program.project / AGENT)}
        self.supervisor.start(replace(service, environment=known | own))
        return True

    def manage(self, *arguments: str, **options: object) -> subprocess.Popen[str]:
        """Start a management command of the project as the application's user."""
        program = self.program
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - ours
            [program.python, str(program.project / "manage.py"), *arguments],
            env=self.application_environment(),
            text=True,
            **self.account.popen_arguments(),
            **options,
        )

    def manage_as_caller(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a management command that keeps the rights of whoever calls it."""
        return subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            env=self.environment(),
            text=True,
        )

    def stop(self) -> None:
        """Stop everything that was started; a demonstration ends with its services."""
        self.supervisor.stop()
        self.home.end_demo(self.cluster)

    def _clear_database_leftovers(self) -> None:
        processes.end_leftovers(state_dir=Path("/nowhere"), working_in=self.cluster.data_dir)
        self.cluster.forget_dead_postmaster()

    def clear_leftovers(self) -> int:
        """End what a killed supervisor of this installation left behind."""
        return processes.end_leftovers(
            state_dir=self.home.directory, working_in=self.cluster.data_dir
        )

    def _wait_for_database(self, child: Child) -> None:
        try:
            self.cluster.wait(is_alive=child.is_alive)
        except psycopg.OperationalError:
            tail = "\n".join(child.service.log.read_text(errors="replace").splitlines()[-8:])
            message = f"PostgreSQL did not start. The end of {child.service.log}:\n{tail}"
            raise SystemExit(message) from None

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + WEB_READY_SECONDS_MAX
        self.supervisor.watch(
            until=lambda: is_healthy(f"{self.url}/readyz") or time.monotonic() > deadline
        )
        if time.monotonic() > deadline:
            message = f"the web did not start; see {self.home / 'logs' / 'web.log'}"
            raise SystemExit(message)

    def _unless_done(
        self, name: str, inputs: Iterable[Path], start: Callable[[], subprocess.Popen[str]]
    ) -> Callable[[], None]:
        """Start a preparation unless its inputs are those of last time; return how to finish it."""
        stamp = self.home / f"{name}.done"
        digest = fingerprint(inputs)
        if stamp.exists() and stamp.read_text() == digest:
            return lambda: None
        process = start()

        def finish() -> None:
            output, _ = process.communicate()
            if process.returncode:
                message = f"{name} failed:\n{output}"
                raise SystemExit(message)
            stamp.write_text(digest)

        return finish

    def _service(self, name: str, command: list[str], **options: object) -> Service:
        marked = self.application_environment() | {processes.MARK: str(self.home.directory)}
        return Service(
            name=name,
            command=[self.program.python, "-m", *command],
            log=self.home / "logs" / f"{name}.log",
            directory=self.program.project,
            environment=marked,
            account=self.account,
            **options,  # type: ignore[arg-type]
        )

    def _database(self) -> Service:
        return Service(
            name="postgres",
            command=self.cluster.command(),
            log=self.home / "logs" / "postgres.log",
            directory=self.cluster.data_dir,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stop_signal=signal.SIGINT,  # A fast shutdown: sessions end, the log is flushed.
            grace_seconds=30,
            account=self.cluster.account,
            before_start=self._clear_database_leftovers,
        )

    def _worker(self) -> Service:
        options = ["--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
        return self._service(
            "worker", ["celery", "-A", "config", "worker", *options], grace_seconds=4
        )

    def _beat(self) -> Service:
        return self._service("beat", ["celery", "-A", "config", "beat", "--loglevel=INFO"])

    def _web(self, listener: int) -> Service:
        command = ["gunicorn", "config.wsgi", f"--bind=fd://{listener}"]
        command += [
            "--worker-class=config.web.ProblemWorker",
            "--limit-request-line=8190",
            "--workers=2",
            "--threads=8",
            "--preload",
            "--no-control-socket",
            "--graceful-timeout=5",
        ]
        return self._service("web", command, sockets=(listener,))


def listen(port: int | None) -> socket.socket:
    """
    Listen on loopback: on the port asked for, else on 8000 or the next free one.

    The supervisor keeps the socket; while the web starts again, callers wait instead of failing.
    """
    ports = [port] if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)
    for candidate in ports:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", candidate))
        except OSError:
            listener.close()
            continue
        listener.listen(BACKLOG)
        return listener
    message = f"port {ports[0]} is taken" if port else f"no free port from {FIRST_PORT} up"
    raise SystemExit(message)


def free_driver_place(known: str) -> str:
    """Return where the demonstration's driver listens: where it did before, if that is free."""
    host, _colon, port = known.rpartition(":")
    if host == "127.0.0.1" and port.isdigit():
        try:
            listen(int(port)).close()
        except SystemExit:
            pass
        else:
            return known
    return f"127.0.0.1:{free_port()}"


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with listen(0) as listener:
        return int(listener.getsockname()[1])


def start_quietly(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start a management command with the caller's rights; its output is for when it fails."""
    return subprocess.Popen(  # noqa: S603 - commands of ours
        [sys.executable, "manage.py", *command],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a hash of files' names and contents."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
