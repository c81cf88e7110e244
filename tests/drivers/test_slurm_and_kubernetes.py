"""What the provider's program hands to Slurm and to Kubernetes, and what it reads of them."""

import json
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from suanpan_agent.driving import wire
from suanpan_agent.driving.jobs import DrivenJob, JobStanding
from suanpan_agent.driving.kubernetes import KubernetesBackend, manifest, read_status
from suanpan_agent.driving.server import ProviderDriverProgram
from suanpan_agent.driving.slurm import SlurmBackend, read_sacct, read_scontrol, sbatch_arguments

from tests import debian
from tests.platform.rabbitmq import free_ports

JOB = DrivenJob(
    "0197-d1",
    command=["python3", "train.py", "it's; rm -rf $HOME"],
    image="registry.example/train:1",
    environment={"EPOCHS": "3"},
    wall_seconds=90,
    cards=2,
    data_reference="s3://bucket/data",
)


def test_a_job_is_submitted_word_by_word():
    words = sbatch_arguments(JOB, gres="gpu")

    assert "--job-name=suanpan-0197-d1" in words
    assert "--time=2" in words
    assert "--gres=gpu:2" in words
    assert shlex.split(words[-1]) == ["env", "EPOCHS=3", *JOB.command]


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ("", JobStanding()),
        ("PENDING|0:0\n", JobStanding()),
        ("RUNNING|0:0\n", JobStanding(is_running=True)),
        ("COMPLETED|0:0\n", JobStanding(exit_code=0)),
        ("FAILED|3:0\n", JobStanding(exit_code=3)),
        ("FAILED|0:9\n", JobStanding(exit_code=137)),
        ("CANCELLED by 1000|0:15\n", JobStanding(exit_code=143)),
        ("CANCELLED|0:0\n", JobStanding(exit_code=130)),
        ("TIMEOUT|0:0\n", JobStanding(exit_code=124)),
        ("OUT_OF_MEMORY|0:125\n", JobStanding(exit_code=253)),
        ("NODE_FAIL|0:0\n", JobStanding(exit_code=1)),
    ],
)
def test_what_sacct_says_is_read(said, standing):
    assert read_sacct(said) == standing


def test_what_scontrol_says_is_read():
    said = "JobId=7 JobName=suanpan-a JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0"

    assert read_scontrol(said) == JobStanding(exit_code=3)


@pytest.mark.parametrize("job", [JOB, DrivenJob("bare")])
def test_manifests_are_what_the_schemas_of_kubernetes_ask_for(job):
    validating = pytest.importorskip("kubernetes_validate")

    validating.validate(manifest(job), "1.31", strict=True)
    broken = manifest(job)
    broken["spec"]["backoffLimit"] = "never"
    with pytest.raises(validating.ValidationError):
        validating.validate(broken, "1.31", strict=True)


def test_a_machine_without_a_job_stands_for_all_of_its_time():
    told = {
        "delivery_id": "d",
        "starts_at": "2026-11-20T00:00:00Z",
        "leaves_at": "2026-11-22T00:00:00Z",
        "job": None,
    }

    assert DrivenJob.read(told).wall_seconds == 2 * 86_400 + 3_600
    assert DrivenJob.read(told | {"job": {"wall_seconds": 60}}).wall_seconds == 60


def test_a_scheduler_that_fails_for_a_moment_ends_no_following(monkeypatch):
    heard = []
    standings = iter([subprocess.CalledProcessError(1, "sacct"), JobStanding(exit_code=0)])

    class Backend:
        def start(self, job):
            pass

        def look(self, _delivery_id):
            found = next(standings)
            if isinstance(found, Exception):
                raise found
            return found

    def post(_url, _secret, _name, content):
        heard.append(content["type"])
        return 200

    monkeypatch.setattr(wire, "is_signed", lambda *_given, **_now: True)
    monkeypatch.setattr(wire, "post", post)
    program = ProviderDriverProgram(Backend(), "whsec_")
    for step in ("prepare", "run"):
        data = {"delivery_id": "d", "callback_url": "http://x/", "job": None}
        call = json.dumps({"type": f"driver.{step}", "data": data}).encode()
        assert program.take({"webhook-id": step}, call) == 200

    program.follow()
    assert heard == []
    program.follow()
    assert heard == ["delivery.ready", "delivery.exited"]


def test_a_status_of_a_cluster_is_read(tmp_path: Path):
    backend = KubernetesBackend(tmp_path)
    backend.start(JOB)
    assert backend.look(JOB.delivery_id) == JobStanding()
    written = json.loads((tmp_path / "0197-d1.json").read_text())
    assert written["spec"]["activeDeadlineSeconds"] == 90

    (tmp_path / "0197-d1.status.json").write_text('{"active": 1}')
    assert backend.look(JOB.delivery_id).is_running
    late = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}
    assert read_status({"conditions": [late]}).exit_code == 124
    assert read_status({"conditions": [{"type": "Complete", "status": "True"}]}).exit_code == 0
    backend.wipe(JOB.delivery_id)
    assert list(tmp_path.iterdir()) == []


CONFIGURATION = """
ClusterName=tried
SlurmctldHost=localhost
SlurmctldPort={port}
SlurmdPort={second}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
ReturnToService=2
MinJobAge=300
NodeName=localhost CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch):
    """A cluster of one node on this machine, made of Debian's packages."""
    if shutil.which("slurmctld") is None and not debian.install(
        "slurmctld", "slurmd", "slurm-client", "munge"
    ):
        pytest.skip("no Slurm, and none could be installed")
    port, second = free_ports(2)
    for name in ("state", "spool"):
        (tmp_path / name).mkdir()
    (tmp_path / "slurm.conf").write_text(
        CONFIGURATION.format(folder=tmp_path, port=port, second=second)
    )
    (tmp_path / "munge.key").write_bytes(b"k" * 128)
    (tmp_path / "munge.key").chmod(0o400)
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "slurm.conf"))
    munged = [
        "munged",
        "--foreground",
        "--force",
        f"--key-file={tmp_path}/munge.key",
        f"--socket={tmp_path}/munge.socket",
        f"--log-file={tmp_path}/munged.log",
        f"--pid-file={tmp_path}/munged.pid",
        f"--seed-file={tmp_path}/munged.seed",
    ]
    started = [subprocess.Popen(munged)]
    time.sleep(1)
    started += [subprocess.Popen([name, "-D"]) for name in ("slurmctld", "slurmd")]
    yield SlurmBackend(has_accounting=False)
    for process in reversed(started):
        process.terminate()
    for process in started:
        process.wait(timeout=20)


def until(backend: SlurmBackend, delivery: str, wanted, *, seconds: float = 40) -> JobStanding:
    ends = time.monotonic() + seconds
    standing = backend.look(delivery)
    while not wanted(standing) and time.monotonic() < ends:
        time.sleep(0.5)
        standing = backend.look(delivery)
    return standing


@pytest.mark.slow
def test_a_real_slurm_runs_and_cancels(slurm):
    slurm.start(DrivenJob("three", command=["sh", "-c", "exit 3"], wall_seconds=60))
    assert until(slurm, "three", lambda each: each.is_over).exit_code == 3

    long = DrivenJob("long", command=["sleep", "300"], wall_seconds=300)
    slurm.start(long)
    slurm.start(long)  # Said twice, submitted once.
    assert until(slurm, "long", lambda each: each.is_running).is_running
    again = SlurmBackend(has_accounting=False)  # A driver that was started anew finds it.
    assert again.look("long").is_running
    again.stop("long")
    assert until(slurm, "long", lambda each: each.is_over).is_over
