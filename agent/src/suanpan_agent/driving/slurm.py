"""
Jobs handed to Slurm: submitted by sbatch, followed by sacct or scontrol, ended by scancel.

A job bears the name of its delivery, so one that was submitted is found again after a restart, and
none is submitted twice.
"""

import subprocess
from collections.abc import Sequence
from typing import Final

from suanpan_agent.driving.jobs import DrivenJob, JobStanding

NAME: Final = "suanpan-"
SECONDS: Final = 20
RUNNING: Final = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT", "SUSPENDED"})
WAITING: Final = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "RESIZING", "REQUEUE_HOLD"})
# What ends without a code of its own.
CODES: Final = {"CANCELLED": 130, "TIMEOUT": 124, "OUT_OF_MEMORY": 137, "NODE_FAIL": 1}


def sbatch_arguments(job: DrivenJob, *, gres: str = "") -> list[str]:
    """Return the arguments that submit a job; its command is handed over word by word."""
    minutes = max(1, -(-job.wall_seconds // 60))
    asked = [f"--gres={gres}:{job.cards}"] if gres else []
    pairs = [f"{name}={value}" for name, value in sorted(job.environment.items())]
    return [
        "--parsable",
        f"--job-name={NAME}{job.delivery_id}",
        f"--time={minutes}",
        "--ntasks=1",
        "--export=NONE",
        "--output=/dev/null",
        *asked,
        "--wrap",
        _line(["env", *pairs, *(job.command or ["sleep", str(job.wall_seconds)])]),
    ]


def _line(words: Sequence[str]) -> str:
    """Return words as one line in which a shell finds exactly these words."""
    return " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in words)


def read_sacct(text: str) -> JobStanding:
    """
    Return what `sacct -n -P -X -o State,ExitCode` says of a job.

    :raises ValueError: if it says something else
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return JobStanding()  # Accounting has not heard of it yet.
    state, code = lines[-1].split("|")[:2]
    return _standing(state, code)


def read_scontrol(text: str) -> JobStanding:
    """Return what `scontrol show job -o` says of a job, where there is no accounting."""
    facts = dict(part.split("=", 1) for part in text.split() if "=" in part)
    return _standing(facts.get("JobState", "PENDING"), facts.get("ExitCode", "0:0"))


def _standing(state: str, code: str) -> JobStanding:
    word = state.split(maxsplit=1)[0]
    if word in WAITING:
        return JobStanding()
    if word in RUNNING:
        return JobStanding(is_running=True)
    status, _colon, by_signal = code.partition(":")
    found = int(status) or (128 + int(by_signal or 0) if int(by_signal or 0) else 0)
    if word != "COMPLETED" and not found:
        found = CODES.get(word, 1)
    return JobStanding(exit_code=min(found, 255))


class SlurmBackend:
    """Runs jobs by Slurm's own commands, as the user that it is started by."""

    runs_at_once = False

    def __init__(self, *, gres: str = "", has_accounting: bool = True) -> None:
        self._gres = gres
        self._has_accounting = has_accounting
        self._numbers: dict[str, str] = {}

    def start(self, job: DrivenJob) -> None:
        """Submit the job, unless one of its name is there."""
        if not self._number(job.delivery_id):
            said = _run(["sbatch", *sbatch_arguments(job, gres=self._gres)])
            self._numbers[job.delivery_id] = said.split(";")[0].strip()

    def look(self, delivery_id: str) -> JobStanding:
        """Return where the job stands."""
        number = self._number(delivery_id)
        if not number:
            return JobStanding()
        if self._has_accounting:
            return read_sacct(
                _run(["sacct", "-n", "-P", "-X", "-o", "State,ExitCode", "-j", number])
            )
        return read_scontrol(_run(["scontrol", "show", "job", "-o", number]))

    def stop(self, delivery_id: str) -> None:
        """Cancel the job."""
        if number := self._number(delivery_id):
            _run(["scancel", number])

    def wipe(self, delivery_id: str) -> None:
        """Slurm's epilog wipes; what it wrote went to /dev/null."""

    def _number(self, delivery_id: str) -> str:
        if delivery_id not in self._numbers:
            asked = ["squeue", "-h", "-o", "%A", f"--name={NAME}{delivery_id}"]
            self._numbers[delivery_id] = _run(asked).split("\n")[0].strip()
            if not self._numbers[delivery_id]:
                del self._numbers[delivery_id]
                return ""
        return self._numbers[delivery_id]


def _run(words: Sequence[str]) -> str:
    done = subprocess.run(  # noqa: S603 - commands of Slurm
        list(words), capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return done.stdout
