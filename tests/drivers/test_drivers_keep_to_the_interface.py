"""The conformance kit passes drivers that keep to the interface, and names what others do wrong."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from suanpan_agent.driving.jobs import DrivenJob
from suanpan_agent.driving.local import LocalBackend

from marketplace.drivers import check_driver, interface
from tests.api import schema
from tests.platform.rabbitmq import free_ports

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MDA="


def example() -> str:
    """Return the driver of the how-to."""
    page = (ROOT / "docs/how-to/write-a-driver.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]


def started(*words: str, text: str = ""):
    process = subprocess.Popen(
        [sys.executable, *words] if not text else [sys.executable, "-c", text, *words],
        env=os.environ | {"DRIVER_SECRET": SECRET, "PYTHONPATH": str(ROOT / "agent/src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, "http://" + line.split()[-1] + "/"


class Kept:
    """A driver that a command kills and starts again, at the same address."""

    def __init__(self, folder: Path, *words: str) -> None:
        (port,) = free_ports(1)
        self.place = ("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{port}/"
        self.pid = folder / "pid"
        text = " ".join(shlex.quote(word.replace("PORT", str(port))) for word in words)
        (folder / "restart").write_text(
            f"[ -f {self.pid} ] && kill -9 $(cat {self.pid})\n"
            f"DRIVER_SECRET={SECRET} PYTHONPATH={ROOT / 'agent/src'}"
            f" {sys.executable} {text} >/dev/null 2>&1 &\necho $! > {self.pid}\n"
        )
        self.restart = f"sh {folder / 'restart'}"

    def __enter__(self) -> "Kept":
        subprocess.run(shlex.split(self.restart), check=True)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(self.place, timeout=1):
                return self
            time.sleep(0.05)
        raise AssertionError("the driver does not listen")

    def __exit__(self, *_raised: object) -> None:
        os.kill(int(self.pid.read_text()), signal.SIGKILL)


def over(backend, delivery_id):
    until = time.monotonic() + 20
    while not (standing := backend.look(delivery_id)).is_over:
        assert time.monotonic() < until
        time.sleep(0.02)
    return standing


def test_what_a_job_leaves_in_its_folder_is_not_taken_for_how_it_ended(tmp_path):
    backend = LocalBackend(tmp_path)
    mischief = "mkdir exit_code; mkfifo output; echo 1 > runner; echo told; exit 3"
    backend.start(DrivenJob("d", command=("sh", "-c", mischief), wall_seconds=30))

    standing = over(backend, "d")
    assert (standing.exit_code, standing.log_tail) == (3, "told\n")
    backend.wipe("d")
    assert [*tmp_path.rglob("d")] == []


def test_a_driver_that_runs_some_programs_alone_runs_no_others(tmp_path):
    backend = LocalBackend(tmp_path, only=["echo"])
    for name, command in (("yes", ("echo", "told")), ("no", ("sh", "-c", "echo > ran"))):
        backend.start(DrivenJob(name, command=command, wall_seconds=30))

    assert over(backend, "yes").log_tail == "told\n"
    refused = over(backend, "no")
    assert (refused.exit_code, refused.log_tail) == (126, "This driver runs these: echo.\n")
    assert [*tmp_path.rglob("ran")] == []


LET_IN = """
import json, secrets, sys
told = json.load(sys.stdin)
if sys.argv[1] == "grant":
    print(json.dumps({"endpoint": "ssh://gpu7:22", "secret": secrets.token_urlsafe(12)}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("which", ["example", "local"])
def test_these_drivers_pass(which, tmp_path):
    folder = tmp_path / "state"
    (tmp_path / "driver.py").write_text(example())
    (tmp_path / "let_in.py").write_text(LET_IN)
    words = [str(tmp_path / "driver.py"), "PORT", str(folder)]
    if which == "local":
        words = ["-m", "suanpan_agent.driving", "local", "--listen=127.0.0.1:PORT"]
        words += [f"--folder={folder}", f"--access={sys.executable} {tmp_path / 'let_in.py'}"]
    with Kept(tmp_path, *words) as kept:
        report = check_driver.check(kept.url, SECRET, seconds=10, restart=kept.restart, access=True)

    assert report["failed"] == [], report
    assert report["passed"] == len(check_driver.CASES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "failed"),
    [
        ("if signed and abs", "if True or abs", {"forged_is_refused", "unsigned_is_refused"}),
        ("< 300 else 401", "< 3000 else 401", {"old_is_refused", "future_is_refused"}),
        ("exit_code=code)", "exit_code=0)", {"job_that_fails"}),
        ('say(known, "ready"', 'say(known, "odd"', {"steps_are_taken", "again_is_the_same"}),
    ],
)
def test_what_a_driver_does_wrong_is_named(right, wrong, failed, tmp_path):
    text = example()
    assert right in text
    process, url = started("0", str(tmp_path), text=text.replace(right, wrong))
    try:
        report = check_driver.check(url, SECRET, seconds=1)
    finally:
        process.kill()
        process.communicate()

    assert failed <= set(report["failed"])
    assert "test_is_answered" not in report["failed"]
    assert "restart_loses_nothing" in report["not_tried"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "failed"),
    [
        (
            "    state = json.loads(STATE.read_text())",
            "    pass",
            {"restart_loses_nothing", "restart_before_ready"},
        ),
        ("hpke.KEM.X25519, hpke.KDF", "hpke.KEM.P256, hpke.KDF", {"access_is_handed_over"}),
        ("secrets.token_urlsafe(24)", '"the same"', {"access_is_renewed"}),
        ('(step == "access" and "exit" in known["told"])', "False", {"access_ends_at_the_exit"}),
    ],
)
def test_what_is_forgotten_or_let_in_is_named(right, wrong, failed, tmp_path, monkeypatch):
    text = example()
    assert right in text
    (tmp_path / "driver.py").write_text(text.replace(right, wrong))
    wanted = [case for case in check_driver.CASES if case["name"] in failed]
    monkeypatch.setattr(check_driver, "CASES", wanted)
    with Kept(tmp_path, str(tmp_path / "driver.py"), "PORT", str(tmp_path / "state")) as kept:
        report = check_driver.check(kept.url, SECRET, seconds=2, restart=kept.restart, access=True)

    assert failed == set(report["failed"])


def test_a_driver_that_is_not_there_fails_every_case():
    report = check_driver.check("http://127.0.0.1:9/", SECRET, seconds=0.1)

    assert report["passed"] == 0
    assert "no answer" in report["cases"][0]["problem"]


def test_the_command_asks_for_a_secret(monkeypatch, capsys):
    monkeypatch.delenv("DRIVER_SECRET", raising=False)

    assert check_driver.main(["http://127.0.0.1:9/"]) == 2
    assert "DRIVER_SECRET" in capsys.readouterr().err


def test_the_committed_description_is_the_served_one():
    """As served, each part written out: not every reader of OpenAPI follows aliases."""
    served = json.loads(json.dumps(interface.openapi()))

    assert (ROOT / "docs/driver-openapi.yaml").read_text(encoding="utf-8") == schema.written(served)
