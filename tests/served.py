"""The web as it is served, by processes of their own, on the database of this run."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).resolve().parents[1]
UNLIMITED: Final = ("SUANPAN_PACE_KEY", "SUANPAN_PACE_ADDRESS")


@contextmanager
def web() -> Iterator[str]:
    """Run two web processes on the database of this run; yield their address."""
    with tempfile.TemporaryDirectory(prefix="suanpan-web-") as state, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        listener.set_inheritable(True)
        given = os.environ | dict.fromkeys(UNLIMITED, "")
        given |= {"SUANPAN_STATE_DIR": state, "SUANPAN_STATIC_COLLECTED": "false"}
        given |= {"SUANPAN_MFA_REQUIRED": "false"}
        command = [sys.executable, "-m", "gunicorn", "config.wsgi"]
        command += [f"--bind=fd://{listener.fileno()}", "--workers=2", "--threads=2"]
        command += [
            "--worker-class=config.web.ProblemWorker",
            "--no-control-socket",
            "--log-level=error",
        ]
        log = (Path(state) / "log").open("w")
        served = subprocess.Popen(
            command, cwd=ROOT, env=given, stdout=log, stderr=log, pass_fds=[listener.fileno()]
        )
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            _wait(url)
            yield url
        finally:
            served.terminate()
            served.wait(timeout=30)
            log.close()


def _wait(url: str) -> None:
    for _attempt in range(120):
        try:
            if httpx.get(f"{url}/livez", timeout=30).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    message = "the web did not start"
    raise RuntimeError(message)
