"""The provider's agent: the real one, a process beside a log that the site's scheduler writes."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from marketplace.demo.client import Client, JobFailed

SOURCE: Final = Path(__file__).resolve().parents[2] / "agent" / "src"
ARRIVING_SECONDS: Final = 60
CONFIG: Final = """
[market]
url = "{url}"
[agent]
state = "{folder}/state"
every_seconds = 1
retry_seconds_max = 2
[[source]]
kind = "file"
name = "scheduler"
path = "{folder}/usage.jsonl*"
"""


class Agent:
    """One installation of `suanpan-agent`; its key is made there, the market knows half of it."""

    def __init__(self, *, client: Client) -> None:
        self.client = client
        self.agent_id = ""
        self.key_id = ""
        self._folder = tempfile.TemporaryDirectory(prefix="suanpan-agent-")
        self._log = Path(self._folder.name) / "usage.jsonl"
        self._process: subprocess.Popen[bytes] | None = None

    def register(self, *, name: str) -> None:
        """Make a key on the agent's machine, and tell the market its public half."""
        printed = self._run("key", "new")
        public_key = printed[printed.index("-----BEGIN") :]
        registered = self.client.post("metering-agents", {"name": name, "public_key": public_key})
        self.agent_id, self.key_id = registered["id"], registered["key_id"]

    def start(self) -> None:
        """Run the agent; what it was about when it was killed it does then."""
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter and a program of ours
            self._words("run"), env=self._environment(), stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """Kill the agent without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End the agent, and let go of its machine."""
        self.kill()
        self._folder.cleanup()

    def log(
        self,
        *,
        meter_id: str,
        order_id: str,
        starts_at: datetime,
        ends_at: datetime,
        card_seconds: int,
    ) -> None:
        """Write down what an order used, as the site's scheduler does when a stretch is over."""
        row = {
            "meter": meter_id,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(),
            "quantity": str(card_seconds),
            "order": order_id,
        }
        with self._log.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def wait_for_batches(self, count: int) -> Any:
        """Wait until so many batches arrived; return how the market sees the agent."""
        return self.client.wait_for(
            f"metering/chains/{self.key_id}",
            lambda seen: seen["arrived"] >= count,
            seconds=ARRIVING_SECONDS,
        )

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "suanpan_agent", *words]

    def _environment(self) -> dict[str, str]:
        key = str(self.client.session.headers["Authorization"]).removeprefix("Bearer ")
        told = CONFIG.format(url=self.client.base_url, folder=self._folder.name)
        return {
            **os.environ,
            "PYTHONPATH": str(SOURCE),
            "SUANPAN_AGENT_TOML": told,
            "SUANPAN_AGENT_API_KEY": key,
        }

    def _run(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - the interpreter and a program of ours
            self._words(*words),
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"suanpan-agent {' '.join(words)}: {done.stderr}"
            raise JobFailed(message)
        return done.stdout
