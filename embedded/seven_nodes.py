"""
Seven nodes on one machine: one national, two regions, one industry, three providers.

One PostgreSQL cluster holds a database for each; each node is a process with its own keys and
address. Every step is checked, over HTTP or by a command, and told in a line.
"""

import contextlib
import json
import multiprocessing
import os
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from psycopg import sql

from embedded import services as machine
from embedded.postgres import NOT_DURABLE, Cluster
from embedded.program import PROJECT

TEMPLATE: Final = "level_template"
WAIT_SECONDS: Final = 180.0
RESOURCES: Final = 50
OPERATORS_USCC: Final = "91350100M000100Y43"


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """What a node is: its code, its port beyond the first, and the node above it."""

    code: str
    offset: int
    parent: str = ""
    uscc: str = ""
    region: str = ""


PLANS: Final = (
    LevelPlan("N00000", 0),
    LevelPlan("R31000", 1, "N00000"),
    LevelPlan("R52000", 2, "N00000"),
    LevelPlan("I65001", 3, "N00000"),
    LevelPlan("P00001", 11, "R31000", "91520100UH8NDBMWC0", "310115"),
    LevelPlan("P00002", 12, "R52000", "91640500Y4CL12TH3M", "520100"),
    LevelPlan("P00003", 13, "I65001", "91510100MA6XK2P7WK", "510116"),
)


class LevelCluster:
    """The PostgreSQL cluster of the nodes; its template is kept between runs."""

    def __init__(self, state: Path) -> None:
        settings = NOT_DURABLE | {"max_connections": "160", "shared_buffers": "128MB"}
        self.cluster = Cluster(state / "postgres", settings)
        self.state = state
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start PostgreSQL, and migrate the template if the code is another than last time."""
        self.cluster.make()
        self.cluster.forget_dead_postmaster()
        log = (self.state / "postgres.log").open("ab")
        self.process = subprocess.Popen(  # noqa: S603 - ours
            self.cluster.command(),
            cwd=self.cluster.data_dir,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            stdout=log,
            stderr=log,
            **self.cluster.account.popen_arguments(),
        )
        process = self.process
        self.cluster.wait(is_alive=lambda: process.poll() is None)
        self._template()

    def stop(self) -> None:
        """Stop PostgreSQL."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(2)
            self.process.wait(timeout=30)

    def secret(self) -> str:
        """Return the secret that the nodes of this show share."""
        path = self.state / "secret_key"
        if not path.exists():
            path.write_text(secrets.token_urlsafe(48))
            path.chmod(0o600)
        return path.read_text()

    def clone(self, name: str) -> None:
        """Make a node's database anew."""
        with self.cluster.connect() as connection:
            made = sql.Identifier(name)
            for statement in (
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                "CREATE DATABASE {} TEMPLATE " + TEMPLATE + " OWNER suanpan_owner",
                "REVOKE ALL ON DATABASE {} FROM PUBLIC",
                "GRANT CONNECT ON DATABASE {} TO suanpan_app",
            ):
                connection.execute(sql.SQL(statement).format(made))

    def edit(self, name: str, *statements: str) -> int:
        """Change a database behind the application's back; return how many rows were changed."""
        changed = 0
        with self.cluster.connect(name) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                changed += max(connection.execute(statement).rowcount, 0)
        return changed

    def _template(self) -> None:
        files = [*PROJECT.glob("*/migrations/*.py"), *PROJECT.glob("*/*/migrations/*.py")]
        files += [*PROJECT.glob("*/sql/**/*.sql"), *PROJECT.glob("*/*/sql/**/*.sql")]
        wanted = machine.fingerprint(files) + self.secret()[:8]
        stamp = self.state / "template.done"
        if stamp.exists() and stamp.read_text() == wanted and self._has_template():
            return
        with self.cluster.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        self.cluster.prepare_database(TEMPLATE)
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"],
            cwd=PROJECT,
            env=os.environ
            | {
                "SECRET_KEY": self.secret(),
                "DATABASE_URL": self.cluster.url(TEMPLATE, "suanpan_app"),
                "DATABASE_OWNER_URL": self.cluster.url(TEMPLATE, "suanpan_owner"),
                "SUANPAN_STATE_DIR": str(self.state),
                "SUANPAN_TLS": "false",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"the template could not be migrated:\n{done.stderr[-2000:]}"
            raise SystemExit(message)
        stamp.write_text(wanted)

    def _has_template(self) -> bool:
        with self.cluster.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
            return found.fetchone() is not None


@dataclass
class LevelProcess:
    """A node's process, and the pipe through which it is told what to do."""

    plan: LevelPlan
    port: int
    folder: Path
    settings: Mapping[str, str]
    root: str = ""
    codes: list[str] = field(default_factory=list)
    prefix: str = ""
    process: Any = None
    control: Any = None

    @property
    def code(self) -> str:
        """Return its node code."""
        return self.plan.code

    @property
    def url(self) -> str:
        """Return where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Fork its process."""
        from embedded import level_node

        context = multiprocessing.get_context("fork")
        self.control, theirs = context.Pipe()
        self.process = context.Process(
            target=_run_node,
            args=(level_node.serve_node, self.port, dict(self.settings), theirs, self.folder),
            daemon=True,
        )
        self.process.start()
        theirs.close()

    def wait(self) -> None:
        """Wait until it serves."""
        self._answer("start")

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self.process.kill()
        self.process.join()

    def do(self, operation: str, /, **arguments: Any) -> Any:
        """Let it do something, and return what came of it."""
        self.control.send((operation, arguments))
        return self._answer(operation)

    def manage(self, *arguments: str) -> Any:
        """Run one of its commands."""
        return self.do("manage", arguments=list(arguments))

    def _answer(self, name: str) -> Any:
        if not self.control.poll(WAIT_SECONDS):
            message = f"{self.code} does not answer ({name}); see {self.folder}.log"
            raise RuntimeError(message)
        try:
            said = self.control.recv()
        except EOFError as error:
            message = f"{self.code} ended ({name}); see {self.folder}.log"
            raise RuntimeError(message) from error
        if not said["ok"]:
            message = f"{self.code} {name}: {said['value']}"
            raise RuntimeError(message)
        return said["value"]

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask it over HTTP; return status and content."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as reply:  # noqa: S310
                return reply.status, dict(json.loads(reply.read()))
        except urllib.error.HTTPError as error:
            return error.code, dict(json.loads(error.read()))

    def resolve(self, code: str) -> tuple[int, dict[str, Any]]:
        """Resolve a code there, with its proof."""
        query = urllib.parse.urlencode({"code": code, "proof": "1"})
        return self.get(f"/api/gateway/v1/resolve?{query}")


def _run_node(serve: Any, port: int, settings: Mapping[str, str], control: Any, at: Path) -> None:
    log = os.open(f"{at}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    with contextlib.suppress(KeyboardInterrupt):
        serve(port, settings, control)


class SevenNodes:
    """The nodes, and what is shown with them."""

    def __init__(self, state: Path, first_port: int) -> None:
        self.state, self.first_port = state, first_port
        self.cluster = LevelCluster(state)
        self.nodes: dict[str, LevelProcess] = {}

    @property
    def nation(self) -> LevelProcess:
        """Return the national node."""
        return self.nodes["N00000"]

    @property
    def providers(self) -> list[LevelProcess]:
        """Return the providers' nodes."""
        return [each for each in self.nodes.values() if each.plan.uscc]

    def start(self) -> str:
        """Start the cluster and all nodes; return what they weigh."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.cluster.start()
        ports = [self.first_port + plan.offset for plan in PLANS]
        for plan in PLANS:
            folder = self.state / plan.code
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            (folder / "policy.json").write_text('{"format": "witness-policy/1"}')
            self.cluster.clone(_database(plan.code))
            self.nodes[plan.code] = LevelProcess(
                plan, self.first_port + plan.offset, folder, self._settings(plan, folder, ports)
            )
        _load_libraries()
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            node.wait()
        for node in self.nodes.values():
            node.manage("gateway", "--json", "make-keys")
            node.root = node.manage("gateway", "--json", "status")["root"]
        return f"{len(self.nodes)} nodes, {_megabytes(self.nodes.values())} MB"

    def stop(self) -> None:
        """End everything."""
        for node in self.nodes.values():
            if node.process is not None and node.process.is_alive():
                node.process.terminate()
        for node in self.nodes.values():
            if node.process is not None:
                node.process.join(timeout=10)
        self.cluster.stop()

    def _settings(self, plan: LevelPlan, folder: Path, ports: Sequence[int]) -> dict[str, str]:
        return {
            "SECRET_KEY": self.cluster.secret(),
            "DATABASE_URL": self.cluster.cluster.url(_database(plan.code), "suanpan_app"),
            "SUANPAN_STATE_DIR": str(folder),
            "SUANPAN_TLS": "false",
            "SUANPAN_PUBLIC_URL": f"http://127.0.0.1:{self.first_port + plan.offset}",
            "SUANPAN_NODE_KIND": plan.code[0],
            "SUANPAN_NODE_CODE": plan.code,
            "SUANPAN_MFA_REQUIRED": "false",
            "SUANPAN_STATIC_COLLECTED": "false",
            "SUANPAN_METRICS_DIR": str(folder / "metrics"),
            "LEDGER_ORIGIN": f"{plan.code.lower()}.example/ledger",
            "WITNESS_POLICY_FILE": str(folder / "policy.json"),
            "OUTBOUND_ALLOWED": ",".join(f"127.0.0.1:{port}" for port in ports),
            "CELERY_BROKER_URL": "memory://",
            "CACHE_URL": "locmemcache://",
            "EMAIL_URL": "memorymail://",
            "LOG_LEVEL": "WARNING",
            "API_RATE_ADDRESS": "",
            "API_RATE_MISSES": "",
            "PUBLIC_RATE_ADDRESS": "",
        }


def _database(code: str) -> str:
    return f"level_{code.lower()}"


def _load_libraries() -> None:
    """Load what every node needs once, before they are forked."""
    import celery
    import cryptography.hazmat.primitives.asymmetric.ed25519
    import django.db.models
    import django.forms
    import httpx
    import msgspec
    import structlog

    del celery, cryptography, django, httpx, msgspec, structlog


def _megabytes(nodes: Any) -> int:
    """Return what the processes weigh, each page that they share once (PSS)."""
    kilobytes = 0
    for node in nodes:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{node.process.pid}/smaps_rollup").read_text()
            kilobytes += sum(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:"))
    return kilobytes // 1024
