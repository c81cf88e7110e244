"""
Access in the main job: the buyer's sealing key, and what it opens; run, the provider's way in.

As a program (`python letting_in.py grant|revoke`) it is what `suanpan-driver --access` calls: it
reads one JSON object, and prints where the buyer comes in and with what. The driver seals both.
"""

import json
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

NAME: Final = "Main job"
COMMAND: Final = Path(__file__).parents[1] / "fulfilment" / "seal_access.py"
PLACE: Final = "ssh://train@gpu7.example:22"


class BuyersKey:
    """A pair that the buyer makes by the command; its private half stays in its own folder."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._folder = tempfile.TemporaryDirectory(prefix="suanpan-key-")
        self._file = Path(self._folder.name) / "key.json"

    def list_it(self) -> str:
        """List the public half in the place of those of earlier runs; return its fingerprint."""
        for known in self.client.get("access-keys")["results"]:
            if known["name"] == NAME and known["withdrawn_at"] is None:
                self.client.post(f"access-keys/{known['id']}/withdrawal", {})
        public = self._run("new", str(self._file)).strip()
        made = self.client.post("access-keys", {"kind": "SEAL", "name": NAME, "public_key": public})
        return str(made["fingerprint"])

    def open(self, delivery_id: str) -> dict[str, Any]:
        """
        Take what was handed over, open it, and erase it; return what may be told of it.

        :raises ValueError, subprocess.SubprocessError: if it leads elsewhere, or does not open
        """
        taken = self.client.post(f"deliveries/{delivery_id}/secret", {})
        opened = self._run("open", str(self._file), taken["info"], given=taken["sealed"])
        endpoint, _line, secret = opened.partition("\n")
        if endpoint != PLACE or not secret:
            message = "what was handed over leads elsewhere"
            raise ValueError(message)
        self.client.delete(f"deliveries/{delivery_id}/secret")
        handed = self.client.get(f"deliveries/{delivery_id}/access")["handovers"][0]
        return {"kind": handed["kind"], "format": handed["format"], "endpoint": handed["endpoint"]}

    def _run(self, *words: str, given: str = "") -> str:
        """Return what the command says that the page offers."""
        done = subprocess.run(  # noqa: S603 - the interpreter and a program of ours
            [sys.executable, str(COMMAND), *words],
            input=given,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def close(self) -> None:
        """Forget the private half."""
        self._folder.cleanup()


def main(arguments: list[str]) -> int:
    """Let somebody in, or nobody any more."""
    json.load(sys.stdin)
    given = {"endpoint": PLACE, "secret": secrets.token_urlsafe(24), "kind": "SSH"}
    sys.stdout.write(json.dumps(given if arguments == ["grant"] else {}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
