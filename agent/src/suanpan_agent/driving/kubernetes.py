"""
Jobs as manifests of kind Job, which the provider's own tools apply.

The driver writes `<delivery>.json` into a folder that, say, a GitOps agent follows, and reads where
the job stands from `<delivery>.status.json` beside it: the `status` of the Job as the cluster has
it. No credential of a cluster is kept here.
"""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from suanpan_agent.driving.jobs import DrivenJob, JobStanding

IMAGE: Final = "debian:stable-slim"
CARD: Final = "nvidia.com/gpu"


def manifest(job: DrivenJob, *, namespace: str = "suanpan", card: str = CARD) -> dict[str, Any]:
    """Return the Job of a delivery: tried once, bounded in time, without rights."""
    name = f"suanpan-{job.delivery_id}"
    container: dict[str, Any] = {
        "name": "job",
        "image": job.image or IMAGE,
        "command": list(job.command) or ["sleep", str(job.wall_seconds)],
        "env": [{"name": k, "value": v} for k, v in sorted(job.environment.items())],
        "resources": {"limits": {card: str(job.cards)}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": 65_532,
        },
    }
    labels = {"app.kubernetes.io/managed-by": "suanpan", "suanpan/delivery": job.delivery_id}
    marked = {"suanpan/data-reference": job.data_reference} if job.data_reference else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": marked},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": job.wall_seconds,
            "ttlSecondsAfterFinished": 86_400,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "containers": [container],
                },
            },
        },
    }


def read_status(status: Mapping[str, Any]) -> JobStanding:
    """Return what the status of a Job says; a job that failed without a code ended with 1."""
    for condition in status.get("conditions", ()):
        if condition.get("status") != "True":
            continue
        if condition.get("type") == "Complete":
            return JobStanding(exit_code=0)
        if condition.get("type") == "Failed":
            is_late = condition.get("reason") == "DeadlineExceeded"
            return JobStanding(exit_code=124 if is_late else int(status.get("exitCode", 1)))
    return JobStanding(is_running=bool(status.get("active")))


class KubernetesBackend:
    """Writes manifests into a folder, and reads statuses from it."""

    runs_at_once = False

    def __init__(self, folder: Path, *, namespace: str = "suanpan") -> None:
        self._folder, self._namespace = folder, namespace

    def start(self, job: DrivenJob) -> None:
        """Write the manifest."""
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(manifest(job, namespace=self._namespace), indent=2)
        (self._folder / f"{job.delivery_id}.json").write_text(text)

    def look(self, delivery_id: str) -> JobStanding:
        """Return where the job stands, as the cluster was last seen."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            return read_status(json.loads(self._status(delivery_id).read_text()))
        return JobStanding()

    def stop(self, delivery_id: str) -> None:
        """Take the manifest away: whoever follows the folder deletes the Job."""
        (self._folder / f"{delivery_id}.json").unlink(missing_ok=True)

    def wipe(self, delivery_id: str) -> None:
        """Take away what is left of it."""
        self.stop(delivery_id)
        self._status(delivery_id).unlink(missing_ok=True)

    def _status(self, delivery_id: str) -> Path:
        return self._folder / f"{delivery_id}.status.json"
