"""The state directory: where everything lies that the services of one machine keep."""

import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any, Final, TextIO

from config.folders import mend
from embedded.places import give, reachable
from embedded.postgres import Cluster
from embedded.program import PROJECT
from embedded.users import application_account

DATABASE: Final = "suanpan"
# What web, worker and beat write; the rest is for whoever started them.
APPLICATION_DIRECTORIES: Final = (
    "cache",
    "files",
    "keys",
    "mail",
    "metrics",
    "queue",
    "queue-control",
    "static",
)
DEMO_ACCOUNTS: Final = "keys/demo-accounts.json"
DEMO_DRIVER: Final = "keys/demo-driver.json"
DRIVER_OF_THE_HOW_TO: Final = "127.0.0.1:8950"


class Home:
    """Paths and secrets of one installation, and the lock that keeps two runs apart."""

    def __init__(self, directory: Path | None = None) -> None:
        chosen = directory or Path(os.environ.get("SUANPAN_STATE_DIR", PROJECT / ".suanpan"))
        self.chosen = Path(chosen).absolute()
        self.account = application_account()
        self.directory = reachable(self.chosen, self.account)
        self.shows_demo = False
        self.public_url = ""
        self.gateway: dict[str, str] = {}
        self.driver_listen = ""
        self._lock: TextIO | None = None

    def __truediv__(self, name: str) -> Path:
        return self.directory / name

    def make(self) -> None:
        """Make the private directories. The outer one may be crossed, but not listed."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.directory.chmod(0o711)
            self.mend_folders()
        except PermissionError as error:
            message = f"{error.filename} is not yours: it was made by another user."
            raise SystemExit(message) from None

    def mend_folders(self) -> None:
        """Make what vanished, was shut or was replaced; the application's user could not."""
        mend(self / "logs")
        for name in APPLICATION_DIRECTORIES:
            mend(self / name)
            self.account.own(self / name)

    def lock(self) -> None:
        """Take this installation, or stop and say who has it."""
        self.make()
        lock = (self / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = self.running()
            where = f" at {running['url']}" if running.get("url") else ""
            message = f"Suanpan already runs from {self.directory}{where}"
            message += f" (process {running.get('pid', 'unknown')}). Stop it first, with Ctrl-C."
            raise SystemExit(message) from None
        self._lock = lock
        self.note_running(pid=os.getpid())

    def is_locked(self) -> bool:
        """Tell whether a supervisor has this installation now."""
        if not (self / "lock").exists():
            return False
        with (self / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def note_running(self, **facts: Any) -> None:
        """Write down what others may want to know about the running services."""
        write_private(self / "running.json", json.dumps(facts))

    def running(self) -> dict[str, Any]:
        """Return what the running services wrote down."""
        try:
            return dict(json.loads((self / "running.json").read_text()))
        except (OSError, ValueError):
            return {}

    def secret_key(self) -> str:
        """Return Django's secret key; it is made once and kept for the owner's eyes."""
        path = self / "secret_key"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(48))
        return path.read_text()

    def empty_queue(self) -> None:
        """Forget rings of an earlier run: due rows are rung again, half-written files are not."""
        for name in ("queue", "queue-control"):
            shutil.rmtree(self / name, ignore_errors=True)
            mend(self / name)
            self.account.own(self / name)

    def give_to_application(self) -> None:
        """Give what root made in the application's directories to its user."""
        for name in APPLICATION_DIRECTORIES:
            give(self / name, self.account)

    def environment(self, cluster: Cluster) -> dict[str, str]:
        """Return the settings of this installation."""
        settings = {
            "SECRET_KEY": self.secret_key(),
            "DATABASE_URL": cluster.url(DATABASE, "suanpan_app"),
            "SUANPAN_STATE_DIR": str(self.directory),
            "SUANPAN_TLS": "false",
        }
        if self.public_url:
            settings["SUANPAN_PUBLIC_URL"] = os.environ.get("SUANPAN_PUBLIC_URL", self.public_url)
        settings |= self.gateway
        if "OUTBOUND_ALLOWED" in settings:  # Beside what an operator allows, and not instead.
            allowed = [os.environ.get("OUTBOUND_ALLOWED", ""), settings["OUTBOUND_ALLOWED"]]
            settings["OUTBOUND_ALLOWED"] = ",".join(filter(None, allowed))
        if self.driver_listen:
            settings["SUANPAN_DEMO_DRIVERS"] = f"{self.driver_listen},{DRIVER_OF_THE_HOW_TO}"
        accounts = self.demo_accounts() if self.shows_demo else []
        if accounts:
            # Whoever tries the sample market on loopback need not set up a second factor, as long
            # as the demonstration lasts.
            settings["SUANPAN_MFA_REQUIRED"] = "false"
            settings["SUANPAN_DEMO_ACCOUNTS"] = ",".join(
                f"{role}={email}:{password}" for role, email, password in accounts
            )
        return settings

    @property
    def takes_test_cards(self) -> bool:
        """Tell whether a test gateway stands in for a real one: only while a sample is shown."""
        return self.shows_demo and not os.environ.get("STRIPE_API_KEY")

    def open_gateway(self, url: str) -> dict[str, str]:
        """Let the market use a test gateway from now on; return what its process needs."""
        secret = {"STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_urlsafe(24)}"}
        self.gateway = secret | {
            "STRIPE_API_KEY": "sk_test_demonstration",
            "STRIPE_API_BASE": url,
            "OUTBOUND_ALLOWED": url.removeprefix("http://"),
        }
        return secret | {"SUANPAN_TEST_GATEWAY": "yes"}

    def write_environment(self, cluster: Cluster) -> None:
        """Write the settings down for management commands of another terminal."""
        lines = [f"{name}={value}\n" for name, value in self.environment(cluster).items()]
        write_private(self / "environment", "".join(lines))

    def end_demo(self, cluster: Cluster) -> None:
        """Offer no demo accounts from now on, and ask for second factors again."""
        if self.shows_demo:
            self.shows_demo, self.gateway, self.driver_listen = False, {}, ""
            self.write_environment(cluster)

    def demo_accounts(self) -> list[tuple[str, str, str]]:
        """
        Return role, e-mail address and password of the accounts of the sample market.

        Those come last who agree to what another person of their role proposed.
        """
        path = self / DEMO_ACCOUNTS
        if not path.exists():
            return []
        kept = json.loads(path.read_text(encoding="utf-8"))
        shown = [*kept["accounts"].items(), *kept.get("seconds", {}).items()]
        return [(role, email, kept["password"]) for role, email in shown]

    def demo_driver(self) -> dict[str, str]:
        """Return the driver that stays after the main job: where it listens, its secret."""
        try:
            return dict(json.loads((self / DEMO_DRIVER).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def remove(self) -> None:
        """Remove everything. The caller holds the lock."""
        link = self / "postgres"
        if link.is_symlink():
            shutil.rmtree(link.resolve(), ignore_errors=True)
        shutil.rmtree(self.directory)
        self.forget_link()

    def forget_link(self) -> None:
        """Remove the link that says where root's closed checkout keeps its state."""
        if self.chosen.is_symlink():
            self.chosen.unlink()


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner reads, in one step."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    unfinished.replace(path)
