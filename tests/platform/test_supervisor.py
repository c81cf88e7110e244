import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from embedded import processes
from embedded import supervisor as supervisor_module
from embedded.supervisor import BACK_OFF_SECONDS_MAX, Child, Service, Supervisor, describe
from tests.platform.conftest import wait_until

PATIENT = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
WITH_CHILD = """
import subprocess, time
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


def service(directory: Path, code: str, **options) -> Service:
    return Service(
        name="service",
        command=[sys.executable, "-c", code],
        log=directory / "service.log",
        directory=directory,
        environment={"PATH": os.environ["PATH"], processes.MARK: str(directory)},
        **options,
    )


def is_running(pid: int) -> bool:
    try:
        return state_of(pid) != "Z"
    except FileNotFoundError:
        return False


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_a_killed_service_starts_again_and_its_end_is_told(tmp_path):
    said: list[str] = []
    supervisor = Supervisor(said.append)
    child = supervisor.start(service(tmp_path, PATIENT))
    first = child.process.pid

    os.kill(first, signal.SIGKILL)
    supervisor.watch(until=lambda: child.restarts == 1)

    assert child.process.pid != first
    assert said == ["service ended (signal SIGKILL); it starts again"]
    supervisor.stop()


def test_a_process_that_somebody_stopped_goes_on_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor_module, "CHORE_SECONDS", 0.1)
    monkeypatch.setattr(processes, "STOPPED_SECONDS_MAX", 1.0)
    said: list[str] = []
    supervisor = Supervisor(said.append)
    child = supervisor.start(service(tmp_path, WITH_CHILD))
    wait_until(lambda: (tmp_path / "service.log").read_text().strip(), seconds=30)
    stopped = [child.process.pid, int((tmp_path / "service.log").read_text())]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)

    supervisor.watch(until=lambda: len(said) == 2)

    assert {state_of(pid) for pid in stopped} == {"S"}
    assert child.restarts == 0
    supervisor.stop()


def test_a_service_that_keeps_dying_is_started_later_and_later(tmp_path):
    child = Child(service(tmp_path, "raise SystemExit(3)"))
    delays = []

    for _ in range(8):
        child.started_at = time.monotonic()
        child.note_death()
        delays.append(round(child.start_not_before - time.monotonic(), 1))

    assert delays[:4] == [0.2, 0.4, 0.8, 1.6]
    assert delays[-1] == BACK_OFF_SECONDS_MAX


def test_what_a_dead_service_left_in_its_group_dies_too(tmp_path):
    supervisor = Supervisor(lambda _: None)
    child = supervisor.start(service(tmp_path, WITH_CHILD))
    log = tmp_path / "service.log"
    wait_until(lambda: log.read_text().strip() != "", seconds=10)
    grandchild = int(log.read_text())

    os.kill(child.process.pid, signal.SIGKILL)
    supervisor.watch(until=lambda: child.restarts == 1)

    wait_until(lambda: not is_running(grandchild), seconds=5)
    supervisor.stop()


def test_a_service_that_will_not_stop_is_killed_after_its_grace_time(tmp_path):
    supervisor = Supervisor(lambda _: None)
    child = supervisor.start(service(tmp_path, STUBBORN, grace_seconds=0.5))
    time.sleep(0.3)
    pid = child.process.pid

    supervisor.stop()

    assert not is_running(pid)


def test_services_die_with_a_killed_supervisor(tmp_path):
    code = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from embedded.supervisor import Service, Supervisor
directory = Path({str(tmp_path)!r})
service = Service("s", [sys.executable, "-c", {PATIENT!r}], directory / "log", directory, {{}})
print(Supervisor(print).start(service).process.pid, flush=True)
time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    service_pid = int(process.stdout.readline())

    process.kill()
    process.communicate()

    wait_until(lambda: not is_running(service_pid), seconds=5)


def test_leftovers_are_found_by_mark_and_strangers_are_spared(tmp_path):
    mine, other = tmp_path / "mine", tmp_path / "other"
    for path in (mine, other):
        path.mkdir()
    supervisor = Supervisor(lambda _: None)
    left = supervisor.start(service(mine, PATIENT)).process
    stranger = Supervisor(lambda _: None).start(service(other, PATIENT)).process

    ended = processes.end_leftovers(state_dir=mine, working_in=tmp_path / "nothing")

    assert ended == 1
    assert left.wait(timeout=5) == -signal.SIGKILL
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_ends_are_described_in_words():
    assert describe(-9) == "signal SIGKILL"
    assert describe(3) == "exit 3"
